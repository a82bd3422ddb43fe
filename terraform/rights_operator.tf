# Operator: starts and stops runs, sees what became of them, and puts old files into the inbox for a backfill. It reads no row,
# deletes nothing and changes no settings. Who has to ask for rows takes the role auditor as well.

data "aws_iam_policy_document" "operator" {
  statement {
    sid       = "StartRuns"
    actions   = ["states:StartExecution", "states:DescribeStateMachine", "states:ListExecutions"]
    resources = [local.pipeline_arn]
  }

  statement {
    sid       = "FollowAndStopRuns"
    actions   = ["states:DescribeExecution", "states:GetExecutionHistory", "states:StopExecution"]
    resources = [local.executions_arn]
  }

  statement {
    sid       = "LookAtLock"
    actions   = ["dynamodb:GetItem", "dynamodb:Scan"]
    resources = [local.lock_table_arn]
  }

  statement {
    sid       = "KeyOfLock"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.lake.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["dynamodb.${local.region}.amazonaws.com"]
    }
  }

  statement {
    sid       = "LookAtSchedules"
    actions   = ["scheduler:GetSchedule"]
    resources = ["arn:${local.partition}:scheduler:${local.region}:${local.account_id}:schedule/${var.name}/*"]
  }

  # AWS asks for all schedules when it lists those of a group.
  statement {
    sid       = "ListSchedules"
    actions   = ["scheduler:ListSchedules"]
    resources = ["arn:${local.partition}:scheduler:${local.region}:${local.account_id}:schedule/*"]
  }

  statement {
    sid       = "LookAtWhatDidNotStart"
    actions   = ["sqs:GetQueueUrl", "sqs:GetQueueAttributes"]
    resources = [aws_sqs_queue.not_started.arn]
  }

  # CloudWatch decrypts a log for whoever may read it.
  statement {
    sid     = "ReadLogs"
    actions = ["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:StartQuery"]
    resources = [
      for group in ["/${var.name}/tasks", "/aws/vendedlogs/states/${var.name}-pipeline"] : "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${group}:*"
    ]
  }

  # A list of alarms is of all of this account and region.
  statement {
    sid       = "LookAtAlarms"
    actions   = ["cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarmHistory"]
    resources = ["arn:${local.partition}:cloudwatch:${local.region}:${local.account_id}:alarm:*"]
  }

  statement {
    sid       = "LookAtDashboard"
    actions   = ["cloudwatch:GetDashboard"]
    resources = ["arn:${local.partition}:cloudwatch::${local.account_id}:dashboard/${var.name}"]
  }

  # AWS has no resource for these.
  statement {
    sid = "LookAtMetricsAndTasks"
    actions = [
      "cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "ecs:DescribeTaskDefinition", "logs:DescribeLogGroups", "logs:GetQueryResults",
      "logs:StopQuery", "states:ListStateMachines",
    ]
    resources = ["*"]
  }

  statement {
    sid       = "ListInbox"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.inbox.arn]
  }

  # Only a backfill's folders: no schedule and no delivery looks there, so a person starts what lands them.
  statement {
    sid       = "PutFilesOfBackfill"
    actions   = ["s3:PutObject", "s3:AbortMultipartUpload"]
    resources = ["${aws_s3_bucket.inbox.arn}/*/backfill/*"]
  }

  # An upload in parts reads what it wrote.
  statement {
    sid       = "KeyOfInbox"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.lake.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${local.region}.amazonaws.com"]
    }
  }
}
