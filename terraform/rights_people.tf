# What people may do, each by a role to assume. rights_operator.tf has the role of those on call.

locals {
  # Where rows that were set aside are, with their delivered text: the record, and the tables that builds work with. What this
  # shuts out is tested against the models.
  set_aside = [
    "${local.objects}${local.warehouse_prefix}/*/set_aside_rows*",
    "${local.objects}${local.warehouse_prefix}/*/int_*",
  ]
}

# Analyst: reads what readers' views read, and has a sandbox. Tables of the sandbox are Iceberg tables with a location below
# sandbox/: a Hive table would be made among the results, which expire.

data "aws_iam_policy_document" "analyst" {
  source_policy_documents = [data.aws_iam_policy_document.query["analysts"].json]

  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [local.lake]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${local.warehouse_prefix}/${local.schema}/*", "${local.sandbox_prefix}/*", "${local.results_prefix}/analysts/*"]
    }
  }

  statement {
    sid       = "ReadWarehouse"
    actions   = ["s3:GetObject"]
    resources = ["${local.objects}${local.warehouse_prefix}/${local.schema}/*"]
  }

  statement {
    sid       = "ReadDocsAndReport"
    actions   = ["s3:GetObject"]
    resources = ["${local.objects}${local.site_prefix}/*"]
  }

  statement {
    sid       = "Sandbox"
    actions   = concat(["s3:GetObject", "s3:DeleteObject"], local.s3_write)
    resources = ["${local.objects}${local.sandbox_prefix}/*"]
  }

  statement {
    sid     = "ReadTables"
    actions = local.glue_read
    resources = concat(["${local.glue}:catalog"], flatten([
      for schema in [local.schema, local.sandbox_schema] : ["${local.glue}:database/${schema}", "${local.glue}:table/${schema}/*"]
    ]))
  }

  statement {
    sid       = "SandboxTables"
    actions   = ["glue:CreateTable", "glue:UpdateTable", "glue:DeleteTable", "glue:DeleteTableVersion"]
    resources = ["${local.glue}:catalog", "${local.glue}:database/${local.sandbox_schema}", "${local.glue}:table/${local.sandbox_schema}/*"]
  }

  # Said outright, so that no further policy of the role can give it back.
  statement {
    sid       = "NoDeliveredText"
    effect    = "Deny"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = concat(local.set_aside, ["${local.objects}${local.lake_prefix}/*", "${aws_s3_bucket.inbox.arn}/*"])
  }

  statement {
    sid       = "NoResultsOfOthers"
    effect    = "Deny"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = [for group in ["pipeline", "auditors"] : "${local.objects}${local.results_prefix}/${group}/*"]
  }
}

# Auditor: reads everything, each version of it, and the logs. What is written are results of the auditor's own queries.

data "aws_iam_policy_document" "auditor" {
  source_policy_documents = [data.aws_iam_policy_document.query["auditors"].json]

  statement {
    sid       = "List"
    actions   = ["s3:ListBucket", "s3:ListBucketVersions"]
    resources = [for bucket in [local.lake_bucket, local.inbox_bucket, local.logs_bucket, local.backup_bucket] : "arn:${local.partition}:s3:::${bucket}"]
  }

  statement {
    sid       = "Read"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = [for bucket in [local.lake_bucket, local.inbox_bucket, local.logs_bucket, local.backup_bucket] : "arn:${local.partition}:s3:::${bucket}/*"]
  }

  statement {
    sid     = "ReadTables"
    actions = local.glue_read
    resources = concat(["${local.glue}:catalog"], flatten([
      for schema in [local.raw_schema, local.schema, local.sandbox_schema, local.rebuild_schemas] : ["${local.glue}:database/${schema}", "${local.glue}:table/${schema}/*"]
    ]))
  }

  statement {
    sid     = "ReadLogs"
    actions = ["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:StartQuery"]
    resources = [
      for group in ["/${var.name}/*", "/aws/vendedlogs/states/${var.name}-*"] : "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${group}"
    ]
  }

  # AWS has no resource for these.
  statement {
    sid       = "ReadAnswersOfLogs"
    actions   = ["logs:DescribeLogGroups", "logs:GetQueryResults", "logs:StopQuery"]
    resources = ["*"]
  }

  statement {
    sid       = "ReadRuns"
    actions   = ["states:DescribeStateMachine", "states:ListExecutions", "states:DescribeExecution", "states:GetExecutionHistory"]
    resources = [local.pipeline_arn, local.executions_arn]
  }
}

# Erasure: `loader erase` records that a file is erased, and removes each version of its bytes, its parts and its rejection, here
# and in the backup. It cannot read what it removes; commits and seals stay, and show that a file was there.

data "aws_iam_policy_document" "erasure" {
  statement {
    sid       = "FindVersions"
    actions   = ["s3:ListBucket", "s3:ListBucketVersions"]
    resources = [for bucket in [local.lake_bucket, local.inbox_bucket, local.backup_bucket] : "arn:${local.partition}:s3:::${bucket}"]
  }

  # The commit says what there was, and by the same one a backup is one of this lake; the manifest in files/ tells SQL that it is gone.
  statement {
    sid     = "ReadRecords"
    actions = ["s3:GetObject"]
    resources = concat(
      [for folder in ["commits", "contents", "files", "erasures"] : "${local.objects}${local.lake_prefix}/${folder}/*"],
      ["arn:${local.partition}:s3:::${local.backup_bucket}/${local.lake_prefix}/commits/*"],
    )
  }

  statement {
    sid       = "Record"
    actions   = ["s3:PutObject"]
    resources = [local.erasures, "${local.objects}${local.lake_prefix}/files/*"]
  }

  statement {
    sid     = "RemoveVersions"
    actions = ["s3:DeleteObjectVersion"]
    resources = concat(
      [local.landing, local.raw, local.rejections, "${aws_s3_bucket.inbox.arn}/*"],
      [for folder in ["landing", "raw", "rejections"] : "arn:${local.partition}:s3:::${local.backup_bucket}/${local.lake_prefix}/${folder}/*"],
    )
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.lake.arn]
  }
}
