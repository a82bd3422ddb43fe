# What a plan may read: settings of everything, data of nothing.

data "aws_iam_policy_document" "ci_plan" {
  #checkov:skip=CKV_AWS_356:It reads settings only, and most of these actions have no resource
  source_policy_documents = [data.aws_iam_policy_document.state[var.plan_environment].json]

  # Settings tell no secret here, and most calls of this kind have no resource.
  statement {
    sid = "ReadSettings"
    actions = [
      "athena:GetWorkGroup", "athena:ListTagsForResource", "budgets:ViewBudget", "budgets:ListTagsForResource",
      "cloudtrail:DescribeTrails", "cloudtrail:Get*", "cloudtrail:ListTags", "cloudwatch:DescribeAlarms", "cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource",
      "dynamodb:Describe*", "dynamodb:ListTagsOfResource", "ec2:Describe*", "ec2:GetManagedPrefixListEntries",
      "ecr:DescribeRepositories", "ecr:DescribeImages", "ecr:GetLifecyclePolicy", "ecr:GetRepositoryPolicy", "ecr:ListTagsForResource",
      "ecs:DescribeClusters", "ecs:DescribeTaskDefinition", "ecs:ListTagsForResource",
      "events:DescribeRule", "events:ListTargetsByRule", "events:ListTagsForResource", "glue:GetDatabase", "glue:GetTags",
      "iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies", "iam:GetPolicy", "iam:GetPolicyVersion",
      "kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListAliases", "kms:ListResourceTags",
      "logs:DescribeLogGroups", "logs:DescribeMetricFilters", "logs:DescribeQueryDefinitions", "logs:ListTagsForResource",
      "scheduler:GetSchedule", "scheduler:GetScheduleGroup", "scheduler:ListTagsForResource",
      "sns:GetTopicAttributes", "sns:GetSubscriptionAttributes", "sns:ListTagsForResource", "sqs:GetQueueAttributes", "sqs:ListQueueTags",
      "states:DescribeStateMachine", "states:ListStateMachineVersions", "states:ListTagsForResource", "states:ValidateStateMachineDefinition",
    ]
    resources = ["*"]
  }

  statement {
    sid = "ReadSettingsOfBuckets"
    actions = [
      "s3:ListBucket", "s3:GetBucket*", "s3:GetAccelerateConfiguration", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration",
      "s3:GetReplicationConfiguration", "s3:ListTagsForResource",
    ]
    resources = ["${local.arn}:s3:::${var.name}-*"]
  }
}
