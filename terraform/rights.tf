# What each role may do. A role that asks Athena needs more than Athena's own actions: Athena reads and writes S3, Glue and the key
# as the caller. So each of those stands here too.
#
# `s3:ListBucket` of loader and build has no condition on a prefix: without the right S3 answers 403 in place of 404 for an object
# that is not there, and a request for an object has no prefix to compare.

locals {
  glue    = "arn:${local.partition}:glue:${local.region}:${local.account_id}"
  athena  = "arn:${local.partition}:athena:${local.region}:${local.account_id}"
  lake    = aws_s3_bucket.lake.arn
  objects = "${aws_s3_bucket.lake.arn}/"

  # Where rows that were set aside are, with their delivered text: the record, and the tables that builds work with. What this
  # shuts out is tested against the models.
  set_aside = [
    "${local.objects}${local.warehouse_prefix}/*/set_aside_rows*",
    "${local.objects}${local.warehouse_prefix}/*/int_*",
  ]

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
    sid       = "ReadLogs"
    actions   = ["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:StartQuery"]
    resources = ["arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/${var.name}/*"]
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

# Erasure: removes each version of one delivered object, of its parts and of its rejection, here and in the backup. It can
# neither read nor write one; commits and seals stay, and show that a file was there.

data "aws_iam_policy_document" "erasure" {
  statement {
    sid       = "FindVersions"
    actions   = ["s3:ListBucket", "s3:ListBucketVersions"]
    resources = [for bucket in [local.lake_bucket, local.inbox_bucket, local.backup_bucket] : "arn:${local.partition}:s3:::${bucket}"]
  }

  statement {
    sid     = "RemoveVersions"
    actions = ["s3:DeleteObjectVersion"]
    resources = concat(
      [local.landing, local.raw, local.rejections, "${aws_s3_bucket.inbox.arn}/*"],
      [for folder in ["landing", "raw", "rejections"] : "arn:${local.partition}:s3:::${local.backup_bucket}/${local.lake_prefix}/${folder}/*"],
    )
  }
}

# State machine

data "aws_iam_policy_document" "state_machine" {
  # A revision of these two families, on this cluster only. Earlier ones too: a run that is under way while a release is applied
  # starts the tasks that it began with.
  statement {
    sid       = "RunTasks"
    actions   = ["ecs:RunTask"]
    resources = [for task in [aws_ecs_task_definition.loader, aws_ecs_task_definition.build] : "${task.arn_without_revision}:*"]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [aws_ecs_cluster.tasks.arn]
    }
  }

  statement {
    sid       = "FollowTasks"
    actions   = ["ecs:StopTask", "ecs:DescribeTasks"]
    resources = ["arn:${local.partition}:ecs:${local.region}:${local.account_id}:task/${aws_ecs_cluster.tasks.name}/*"]
  }

  statement {
    sid       = "GiveTasksTheirRoles"
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.loader.arn, aws_iam_role.build.arn, aws_iam_role.upkeep.arn, aws_iam_role.execution.arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }

  # The rule by which Step Functions learns that a task has ended. AWS makes it under this name.
  statement {
    sid       = "HearOfTasks"
    actions   = ["events:PutTargets", "events:PutRule", "events:DescribeRule"]
    resources = ["arn:${local.partition}:events:${local.region}:${local.account_id}:rule/StepFunctionsGetEventsForECSTaskRule"]
  }

  statement {
    sid       = "Lock"
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
    resources = [local.lock_table_arn]
  }

  statement {
    sid       = "ListFeeds"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.inbox.arn]
  }

  statement {
    sid       = "SayHowItEnded"
    actions   = ["sns:Publish"]
    resources = [local.runs_topic_arn]
  }

  # Whether the run that holds the lock is still under way.
  statement {
    sid       = "LookAtRuns"
    actions   = ["states:DescribeExecution"]
    resources = [local.executions_arn]
  }

  # A run for whoever came while this one was under way.
  statement {
    sid       = "StartTheNextRun"
    actions   = ["states:StartExecution"]
    resources = [local.pipeline_arn]
  }

  statement {
    sid       = "KeyOfTopic"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.lake.arn]
  }

  statement {
    sid       = "KeyOfLock"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    resources = [aws_kms_key.lake.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["dynamodb.${local.region}.amazonaws.com"]
    }
  }

  # DynamoDB keeps a grant on the table's key, in the name of who uses the table.
  statement {
    sid       = "GrantForLock"
    actions   = ["kms:CreateGrant"]
    resources = [aws_kms_key.lake.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["dynamodb.${local.region}.amazonaws.com"]
    }

    condition {
      test     = "Bool"
      variable = "kms:GrantIsForAWSResource"
      values   = ["true"]
    }
  }

  # Log delivery. AWS has no resource for these.
  statement {
    sid = "DeliverLogs"
    actions = [
      "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:ListLogDeliveries",
      "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
    ]
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = var.tracing ? ["tracing"] : []

    # AWS has no resource for these either.
    content {
      sid       = "Trace"
      actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets"]
      resources = ["*"]
    }
  }
}

data "aws_iam_policy_document" "scheduler" {
  statement {
    sid       = "StartTheRun"
    actions   = ["states:StartExecution"]
    resources = [local.pipeline_arn]
  }

  # Scheduler writes what it could not start to the queue as this role.
  statement {
    sid       = "KeepWhatDidNotStart"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.not_started.arn]
  }

  statement {
    sid       = "KeyOfQueue"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.lake.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["sqs.${local.region}.amazonaws.com"]
    }
  }
}

# ECS

data "aws_iam_policy_document" "execution" {
  # AWS has no resource for this.
  statement {
    sid       = "LogInToRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid       = "PullImage"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [aws_ecr_repository.tasks.arn]
  }

  statement {
    sid       = "WriteLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.tasks.arn}:log-stream:*"]
  }
}

# Backup: S3's replication

data "aws_iam_policy_document" "backup" {
  statement {
    sid       = "LookAtLake"
    actions   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
    resources = [local.lake]
  }

  statement {
    sid       = "ReadVersions"
    actions   = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
    resources = [for prefix in [local.lake_prefix, local.warehouse_prefix] : "${local.objects}${prefix}/*"]
  }

  statement {
    sid       = "WriteCopies"
    actions   = ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"]
    resources = [for prefix in [local.lake_prefix, local.warehouse_prefix] : "arn:${local.partition}:s3:::${local.backup_bucket}/${prefix}/*"]
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.lake.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${local.region}.amazonaws.com"]
    }
  }
}
