# What a deploy may do with what runs and watches.

data "aws_iam_policy_document" "ci_deploy_running" {
  #checkov:skip=CKV_AWS_356:The statement WithoutAResource has only actions for which AWS has no resource, or that list all or none
  for_each = var.environments

  statement {
    sid = "Images"
    actions = [
      "ecr:CreateRepository", "ecr:DescribeRepositories", "ecr:DescribeImages", "ecr:GetRepositoryPolicy", "ecr:GetLifecyclePolicy",
      "ecr:PutLifecyclePolicy", "ecr:PutImageScanningConfiguration", "ecr:PutImageTagMutability", "ecr:ListTagsForResource",
      "ecr:TagResource", "ecr:UntagResource", "ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart",
      "ecr:CompleteLayerUpload", "ecr:PutImage", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer",
    ]
    resources = ["${local.in.ecr}:repository/${var.name}-${each.key}"]
  }

  statement {
    sid       = "Cluster"
    actions   = ["ecs:CreateCluster", "ecs:DescribeClusters", "ecs:UpdateCluster", "ecs:UpdateClusterSettings", "ecs:DeleteCluster", "ecs:TagResource", "ecs:UntagResource", "ecs:ListTagsForResource"]
    resources = ["${local.in.ecs}:cluster/${var.name}-${each.key}", "${local.in.ecs}:task-definition/${var.name}-${each.key}-*"]
  }

  statement {
    sid       = "LogGroups"
    actions   = ["logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy", "logs:AssociateKmsKey", "logs:ListTagsForResource", "logs:TagResource", "logs:UntagResource", "logs:PutMetricFilter", "logs:DeleteMetricFilter"]
    resources = ["${local.in.logs}:log-group:/${var.name}-${each.key}/*", "${local.in.logs}:log-group:/aws/vendedlogs/states/${var.name}-${each.key}-*"]
  }

  statement {
    sid       = "StateMachine"
    actions   = ["states:CreateStateMachine", "states:UpdateStateMachine", "states:DeleteStateMachine", "states:DescribeStateMachine", "states:ListStateMachineVersions", "states:ListTagsForResource", "states:TagResource", "states:UntagResource"]
    resources = ["${local.in.states}:stateMachine:${var.name}-${each.key}-*"]
  }

  statement {
    sid       = "Schedule"
    actions   = ["scheduler:*Schedule", "scheduler:*ScheduleGroup", "scheduler:ListTagsForResource", "scheduler:TagResource", "scheduler:UntagResource"]
    resources = ["${local.in.scheduler}:schedule-group/${var.name}-${each.key}", "${local.in.scheduler}:schedule/${var.name}-${each.key}/*"]
  }

  statement {
    sid       = "Rules"
    actions   = ["events:PutRule", "events:DeleteRule", "events:DescribeRule", "events:PutTargets", "events:RemoveTargets", "events:ListTargetsByRule", "events:ListTagsForResource", "events:TagResource", "events:UntagResource"]
    resources = ["${local.in.events}:rule/${var.name}-${each.key}-*"]
  }

  statement {
    sid = "Lock"
    actions = [
      "dynamodb:CreateTable", "dynamodb:DescribeTable", "dynamodb:UpdateTable", "dynamodb:DescribeContinuousBackups", "dynamodb:UpdateContinuousBackups",
      "dynamodb:DescribeTimeToLive", "dynamodb:UpdateTimeToLive", "dynamodb:ListTagsOfResource", "dynamodb:TagResource", "dynamodb:UntagResource",
    ]
    resources = ["${local.in.dynamodb}:table/${var.name}-${each.key}-*"]
  }

  statement {
    sid       = "Topics"
    actions   = ["sns:CreateTopic", "sns:DeleteTopic", "sns:GetTopicAttributes", "sns:SetTopicAttributes", "sns:Subscribe", "sns:Unsubscribe", "sns:GetSubscriptionAttributes", "sns:SetSubscriptionAttributes", "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource", "sns:TagResource", "sns:UntagResource"]
    resources = ["${local.in.sns}:${var.name}-${each.key}-*"]
  }

  statement {
    sid       = "Queues"
    actions   = ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:GetQueueAttributes", "sqs:SetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags", "sqs:TagQueue", "sqs:UntagQueue"]
    resources = ["${local.in.sqs}:${var.name}-${each.key}-*"]
  }

  statement {
    sid       = "Alarms"
    actions   = ["cloudwatch:PutMetricAlarm", "cloudwatch:PutCompositeAlarm", "cloudwatch:DeleteAlarms", "cloudwatch:ListTagsForResource", "cloudwatch:TagResource", "cloudwatch:UntagResource", "cloudwatch:PutDashboard", "cloudwatch:GetDashboard", "cloudwatch:DeleteDashboards"]
    resources = ["${local.in.cloudwatch}:alarm:${var.name}-${each.key}-*", "${local.arn}:cloudwatch::${local.account_id}:dashboard/${var.name}-${each.key}"]
  }

  statement {
    sid       = "Trail"
    actions   = ["cloudtrail:CreateTrail", "cloudtrail:UpdateTrail", "cloudtrail:GetTrail", "cloudtrail:GetTrailStatus", "cloudtrail:StartLogging", "cloudtrail:PutEventSelectors", "cloudtrail:GetEventSelectors", "cloudtrail:GetInsightSelectors", "cloudtrail:ListTags", "cloudtrail:AddTags", "cloudtrail:RemoveTags"]
    resources = ["${local.in.cloudtrail}:trail/${var.name}-${each.key}"]
  }

  statement {
    sid       = "Budget"
    actions   = ["budgets:ViewBudget", "budgets:ModifyBudget", "budgets:ListTagsForResource", "budgets:TagResource", "budgets:UntagResource"]
    resources = ["${local.arn}:budgets::${local.account_id}:budget/${var.name}-${each.key}-*"]
  }

  # AWS has no resource for these, or lists all or none.
  statement {
    sid = "WithoutAResource"
    actions = [
      "ecr:GetAuthorizationToken", "ecs:RegisterTaskDefinition", "ecs:DescribeTaskDefinition", "logs:DescribeLogGroups", "logs:DescribeMetricFilters",
      "logs:PutQueryDefinition", "logs:DeleteQueryDefinition", "logs:DescribeQueryDefinitions", "logs:CreateLogDelivery", "logs:GetLogDelivery",
      "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies",
      "states:ValidateStateMachineDefinition", "cloudwatch:DescribeAlarms", "cloudtrail:DescribeTrails",
    ]
    resources = ["*"]
  }
}
