# What tasks may do; the other files rights_….tf have the other roles. A role that asks Athena needs more than
# Athena's own actions: Athena reads and writes S3, Glue and the key as the caller. So each of those is listed here too.
#
# `s3:ListBucket` of loader and build has no condition on a prefix: without the right S3 answers 403 in place of 404 for an object
# that is not there, and a request for an object has no prefix to compare.

locals {
  glue    = "arn:${local.partition}:glue:${local.region}:${local.account_id}"
  athena  = "arn:${local.partition}:athena:${local.region}:${local.account_id}"
  lake    = aws_s3_bucket.lake.arn
  objects = "${aws_s3_bucket.lake.arn}/"

  glue_read = [
    "glue:GetTable", "glue:GetTables", "glue:GetTableVersion", "glue:GetTableVersions",
    "glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition",
  ]
  s3_write = ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
}

# What every query needs, whoever asks

data "aws_iam_policy_document" "query" {
  for_each = {
    pipeline = aws_athena_workgroup.pipeline.arn
    analysts = aws_athena_workgroup.analysts.arn
    auditors = aws_athena_workgroup.auditors.arn
  }

  statement {
    sid = "Query"
    actions = [
      "athena:GetWorkGroup", "athena:StartQueryExecution", "athena:StopQueryExecution", "athena:GetQueryExecution",
      "athena:BatchGetQueryExecution", "athena:GetQueryResults", "athena:GetQueryResultsStream", "athena:GetQueryRuntimeStatistics",
      "athena:ListQueryExecutions",
    ]
    resources = [each.value]
  }

  # Athena compares the name as it was written in the query.
  statement {
    sid       = "DataCatalog"
    actions   = ["athena:GetDataCatalog"]
    resources = ["${local.athena}:datacatalog/AwsDataCatalog", "${local.athena}:datacatalog/awsdatacatalog"]
  }

  # Names of databases. Athena looks for `default` in any case, and listing is of all or none.
  statement {
    sid       = "DatabaseNames"
    actions   = ["glue:GetDatabase", "glue:GetDatabases"]
    resources = ["${local.glue}:catalog", "${local.glue}:database/*"]
  }

  statement {
    sid       = "Results"
    actions   = concat(["s3:GetObject"], local.s3_write)
    resources = ["${local.objects}${local.results_prefix}/${each.key}/*"]
  }

  statement {
    sid       = "WhereTheBucketIs"
    actions   = ["s3:GetBucketLocation"]
    resources = [local.lake]
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.lake.arn]
  }
}

# Loader: docs/landing-files.md has the list

data "aws_iam_policy_document" "loader" {
  statement {
    sid       = "ListInbox"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.inbox.arn]
  }

  statement {
    sid       = "ReadInbox"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.inbox.arn}/*"]
  }

  # `recover` looks for uploads that never ended, `verify` for a second version of an object that is written once.
  statement {
    sid       = "ListLake"
    actions   = ["s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions"]
    resources = [local.lake]
  }

  statement {
    sid       = "ReadAndWriteLake"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]
    resources = ["${local.objects}${local.lake_prefix}/*"]
  }

  # `verify` compares the versions of an object that is written once.
  statement {
    sid       = "CompareVersions"
    actions   = ["s3:GetObjectVersion"]
    resources = [local.landing, local.commits, local.seals, local.erasures]
  }

  # Parts of a landing that lost the commit to another, and what `recover` sweeps. Nothing else is ever removed.
  statement {
    sid       = "RemoveParts"
    actions   = ["s3:DeleteObject"]
    resources = [local.raw]
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.lake.arn]
  }

  # The database is made here, so the loader needs no right to make one.
  statement {
    sid = "RawTables"
    actions = [
      "glue:GetTables", "glue:CreateTable", "glue:UpdateTable",
      "glue:GetPartitions", "glue:BatchCreatePartition", "glue:BatchUpdatePartition",
    ]
    resources = ["${local.glue}:catalog", "${local.glue}:database/${local.raw_schema}", "${local.glue}:table/${local.raw_schema}/*"]
  }
}

# Build: docs/running-on-aws.md has the list

data "aws_iam_policy_document" "build" {
  source_policy_documents = [data.aws_iam_policy_document.query["pipeline"].json]

  statement {
    sid       = "List"
    actions   = ["s3:ListBucket", "s3:ListBucketMultipartUploads"]
    resources = [local.lake]
  }

  # Rows and manifests by SQL; commits and rejections for what `loader status` says after a build. Not what was delivered.
  statement {
    sid       = "ReadLake"
    actions   = ["s3:GetObject"]
    resources = [for folder in ["raw", "files", "commits", "rejections"] : "${local.objects}${local.lake_prefix}/${folder}/*"]
  }

  statement {
    sid       = "Warehouse"
    actions   = concat(["s3:GetObject", "s3:DeleteObject"], local.s3_write)
    resources = ["${local.objects}${local.warehouse_prefix}/*"]
  }

  statement {
    sid       = "RemoveResults"
    actions   = ["s3:DeleteObject"]
    resources = ["${local.objects}${local.results_prefix}/pipeline/*"]
  }

  statement {
    sid       = "DocsAndReport"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]
    resources = ["${local.objects}${local.site_prefix}/*"]
  }

  statement {
    sid     = "ReadTables"
    actions = local.glue_read
    resources = concat(["${local.glue}:catalog"], flatten([
      for schema in [local.raw_schema, local.schema, local.rebuild_schemas] : ["${local.glue}:database/${schema}", "${local.glue}:table/${schema}/*"]
    ]))
  }

  statement {
    sid = "WriteTables"
    actions = [
      "glue:CreateTable", "glue:UpdateTable", "glue:DeleteTable", "glue:DeleteTableVersion",
      "glue:BatchCreatePartition", "glue:BatchDeletePartition",
    ]
    resources = concat(["${local.glue}:catalog"], flatten([
      for schema in [local.schema, local.rebuild_schemas] : ["${local.glue}:database/${schema}", "${local.glue}:table/${schema}/*"]
    ]))
  }

  statement {
    sid       = "DatabasesOfRebuilds"
    actions   = ["glue:CreateDatabase"]
    resources = ["${local.glue}:catalog", "${local.glue}:database/${local.rebuild_schemas}"]
  }
}

# Upkeep: statements that delete rows and compact tables that are there. It makes and drops none.

data "aws_iam_policy_document" "upkeep" {
  source_policy_documents = [data.aws_iam_policy_document.query["pipeline"].json]

  statement {
    sid       = "List"
    actions   = ["s3:ListBucket", "s3:ListBucketMultipartUploads"]
    resources = [local.lake]
  }

  statement {
    sid       = "Warehouse"
    actions   = concat(["s3:GetObject", "s3:DeleteObject"], local.s3_write)
    resources = ["${local.objects}${local.warehouse_prefix}/*"]
  }

  statement {
    sid     = "ReadTables"
    actions = local.glue_read
    resources = concat(["${local.glue}:catalog"], flatten([
      for schema in [local.raw_schema, local.schema] : ["${local.glue}:database/${schema}", "${local.glue}:table/${schema}/*"]
    ]))
  }

  # Each statement that changes an Iceberg table ends with this call.
  statement {
    sid       = "CommitTables"
    actions   = ["glue:UpdateTable"]
    resources = ["${local.glue}:catalog", "${local.glue}:database/${local.schema}", "${local.glue}:table/${local.schema}/*"]
  }
}
