# The most that any role of an environment may do, whatever its own policy says. CI can make a role only with this boundary, and
# cannot change the boundary: so it cannot give itself, by way of such a role, what it does not have, nor reach another environment.

resource "aws_iam_policy" "boundary" {
  for_each    = var.environments
  name        = "${var.name}-boundary-${each.key}"
  description = "Bounds every role that the environment ${each.key} makes"
  policy      = data.aws_iam_policy_document.boundary[each.key].json
}

data "aws_iam_policy_document" "boundary" {
  for_each = var.environments

  statement {
    sid = "Objects"
    actions = [
      "s3:Get*", "s3:List*", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload",
      "s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags",
    ]
    resources = ["arn:${local.partition}:s3:::${var.name}-${each.key}-*"]

    # Anybody can make a bucket of such a name in an account of their own.
    condition {
      test     = "StringEquals"
      variable = "aws:ResourceAccount"
      values   = [local.account_id]
    }
  }

  statement {
    sid       = "Keys"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey", "kms:CreateGrant"]
    resources = ["arn:${local.partition}:kms:${local.region}:${local.account_id}:key/*"]

    dynamic "condition" {
      for_each = local.tags[each.key]
      content {
        test     = "StringEquals"
        variable = "aws:ResourceTag/${condition.key}"
        values   = [condition.value]
      }
    }
  }

  statement {
    sid       = "Queries"
    actions   = ["athena:Get*", "athena:BatchGet*", "athena:List*", "athena:StartQueryExecution", "athena:StopQueryExecution"]
    resources = ["arn:${local.partition}:athena:${local.region}:${local.account_id}:workgroup/${var.name}-${each.key}-*", "arn:${local.partition}:athena:${local.region}:${local.account_id}:datacatalog/*"]
  }

  statement {
    sid = "Tables"
    actions = [
      "glue:Get*", "glue:BatchGet*", "glue:CreateDatabase", "glue:CreateTable", "glue:UpdateTable", "glue:DeleteTable",
      "glue:DeleteTableVersion", "glue:BatchCreatePartition", "glue:BatchUpdatePartition", "glue:BatchDeletePartition",
    ]
    resources = [
      "arn:${local.partition}:glue:${local.region}:${local.account_id}:catalog",
      "arn:${local.partition}:glue:${local.region}:${local.account_id}:database/${local.schema}_${each.key}",
      "arn:${local.partition}:glue:${local.region}:${local.account_id}:database/${local.schema}_${each.key}_*",
      "arn:${local.partition}:glue:${local.region}:${local.account_id}:table/${local.schema}_${each.key}/*",
      "arn:${local.partition}:glue:${local.region}:${local.account_id}:table/${local.schema}_${each.key}_*",
    ]
  }

  statement {
    sid       = "DatabaseNames"
    actions   = ["glue:GetDatabase", "glue:GetDatabases"]
    resources = ["arn:${local.partition}:glue:${local.region}:${local.account_id}:database/*"]
  }

  statement {
    sid       = "Tasks"
    actions   = ["ecs:RunTask", "ecs:StopTask", "ecs:DescribeTasks"]
    resources = [for tasks in ["task/${var.name}-${each.key}/*", "task-definition/${var.name}-${each.key}-*"] : "arn:${local.partition}:ecs:${local.region}:${local.account_id}:${tasks}"]
  }

  statement {
    sid       = "Roles"
    actions   = ["iam:PassRole"]
    resources = ["arn:${local.partition}:iam::${local.account_id}:role/${var.name}-${each.key}-*"]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }

  statement {
    sid     = "Runs"
    actions = ["states:StartExecution", "states:StopExecution", "states:List*", "states:Describe*", "states:GetExecutionHistory", "dynamodb:GetItem", "dynamodb:Scan", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "sns:Publish", "sqs:SendMessage", "sqs:GetQueue*"]
    resources = [
      "arn:${local.partition}:states:${local.region}:${local.account_id}:*:${var.name}-${each.key}-*",
      "arn:${local.partition}:dynamodb:${local.region}:${local.account_id}:table/${var.name}-${each.key}-*",
      "arn:${local.partition}:sns:${local.region}:${local.account_id}:${var.name}-${each.key}-*",
      "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${var.name}-${each.key}-*",
    ]
  }

  statement {
    sid       = "HearOfTasks"
    actions   = ["events:PutTargets", "events:PutRule", "events:DescribeRule"]
    resources = ["arn:${local.partition}:events:${local.region}:${local.account_id}:rule/StepFunctionsGetEventsForECSTaskRule"]
  }

  statement {
    sid       = "Image"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = ["arn:${local.partition}:ecr:${local.region}:${local.account_id}:repository/${var.name}-${each.key}"]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:Get*", "logs:FilterLogEvents", "logs:StartQuery", "logs:DescribeLogStreams"]
    resources = [for group in ["/${var.name}-${each.key}/*", "/aws/vendedlogs/states/${var.name}-${each.key}-*"] : "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${group}"]
  }

  statement {
    sid       = "Dashboard"
    actions   = ["cloudwatch:GetDashboard"]
    resources = ["arn:${local.partition}:cloudwatch::${local.account_id}:dashboard/${var.name}-${each.key}"]
  }

  statement {
    sid       = "Schedules"
    actions   = ["scheduler:GetSchedule"]
    resources = ["arn:${local.partition}:scheduler:${local.region}:${local.account_id}:schedule/${var.name}-${each.key}/*"]
  }

  # Lists, which show all or none.
  statement {
    sid     = "ListAlarmsAndSchedules"
    actions = ["cloudwatch:DescribeAlarm*", "scheduler:ListSchedules"]
    resources = [
      "arn:${local.partition}:cloudwatch:${local.region}:${local.account_id}:alarm:*",
      "arn:${local.partition}:scheduler:${local.region}:${local.account_id}:schedule/*",
    ]
  }

  # AWS has no resource for these.
  statement {
    sid = "WithoutAResource"
    actions = [
      "ecr:GetAuthorizationToken", "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
      "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
      "logs:GetQueryResults", "logs:StopQuery", "cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "ecs:DescribeTaskDefinition", "states:ListStateMachines",
      "xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets",
    ]
    resources = ["*"]
  }
}
