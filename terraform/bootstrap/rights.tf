# What CI may do. A deploy makes, changes and reads what belongs to its environment, by name. It reads no data: no object of a
# lake, no result of a query. It removes no bucket, key or database: that is for a person.

locals {
  arn = "arn:${local.partition}"
  in  = { for service in ["athena", "cloudtrail", "cloudwatch", "dynamodb", "ec2", "ecr", "ecs", "events", "glue", "kms", "logs", "scheduler", "sns", "sqs", "states"] : service => "arn:${local.partition}:${service}:${local.region}:${local.account_id}" }
}

data "aws_iam_policy_document" "state" {
  for_each = setunion(var.environments, [var.plan_environment])

  statement {
    sid       = "FindState"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.state.arn]
  }

  statement {
    sid       = "ReadState"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.state.arn}/${each.key == var.plan_environment ? "*" : each.key}/terraform.tfstate"]
  }

  statement {
    sid       = "ReadKeyOfState"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.state.arn]
  }
}

# Storage

data "aws_iam_policy_document" "ci_deploy_storage" {
  for_each                = var.environments
  source_policy_documents = [data.aws_iam_policy_document.state[each.key].json]

  statement {
    sid       = "WriteState"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.state.arn}/${each.key}/terraform.tfstate", "${aws_s3_bucket.state.arn}/${each.key}/terraform.tfstate.tflock"]
  }

  statement {
    sid       = "LockState"
    actions   = ["s3:GetObject", "s3:DeleteObject"]
    resources = ["${aws_s3_bucket.state.arn}/${each.key}/terraform.tfstate.tflock"]
  }

  statement {
    sid       = "WriteKeyOfState"
    actions   = ["kms:Encrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.state.arn]
  }

  statement {
    sid = "Buckets"
    actions = [
      "s3:CreateBucket", "s3:ListBucket", "s3:GetBucket*", "s3:PutBucket*", "s3:DeleteBucketPolicy", "s3:GetAccelerateConfiguration",
      "s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration",
      "s3:GetReplicationConfiguration", "s3:PutReplicationConfiguration", "s3:ListTagsForResource", "s3:TagResource", "s3:UntagResource",
    ]
    resources = ["${local.arn}:s3:::${var.name}-${each.key}-*"]
  }

  # A key has no name of its own. The tags that it is made with are what counts; a key that has another's alias cannot be given them.
  statement {
    sid       = "MakeKey"
    actions   = ["kms:CreateKey", "kms:TagResource"]
    resources = ["*"]

    dynamic "condition" {
      for_each = local.tags[each.key]
      content {
        test     = "StringEquals"
        variable = "aws:RequestTag/${condition.key}"
        values   = [condition.value]
      }
    }
  }

  statement {
    sid       = "NoKeyOfOthers"
    effect    = "Deny"
    actions   = ["kms:TagResource", "kms:UntagResource"]
    resources = ["*"]

    condition {
      test     = "ForAnyValue:StringNotEquals"
      variable = "kms:ResourceAliases"
      values   = ["alias/${var.name}-${each.key}"]
    }
  }

  statement {
    sid       = "NoKeyOfOtherProjects"
    effect    = "Deny"
    actions   = ["kms:TagResource", "kms:UntagResource"]
    resources = ["*"]

    condition {
      test     = "Null"
      variable = "aws:ResourceTag/Project"
      values   = ["false"]
    }

    condition {
      test     = "StringNotEquals"
      variable = "aws:ResourceTag/Project"
      values   = [var.name]
    }
  }

  statement {
    sid = "Key"
    actions = [
      "kms:DescribeKey", "kms:Get*", "kms:List*", "kms:PutKeyPolicy", "kms:EnableKeyRotation", "kms:UpdateKeyDescription",
      "kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias",
    ]
    resources = ["${local.in.kms}:key/*"]

    dynamic "condition" {
      for_each = local.tags[each.key]
      content {
        test     = "StringEquals"
        variable = "aws:ResourceTag/${condition.key}"
        values   = [condition.value]
      }
    }
  }

  # For what is encrypted from its beginning. CI decrypts nothing outside these services.
  statement {
    sid       = "KeyOfTableAndImages"
    actions   = ["kms:CreateGrant", "kms:RetireGrant", "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]
    resources = ["${local.in.kms}:key/*"]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["dynamodb.${local.region}.amazonaws.com", "ecr.${local.region}.amazonaws.com"]
    }

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
    sid       = "Alias"
    actions   = ["kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"]
    resources = ["${local.in.kms}:alias/${var.name}-${each.key}"]
  }

  statement {
    sid       = "ListAliases"
    actions   = ["kms:ListAliases"]
    resources = ["*"]
  }

  statement {
    sid     = "Databases"
    actions = ["glue:CreateDatabase", "glue:GetDatabase", "glue:GetDatabases", "glue:UpdateDatabase", "glue:GetTags", "glue:TagResource", "glue:UntagResource"]
    resources = [
      "${local.in.glue}:catalog",
      "${local.in.glue}:database/${local.schema}_${each.key}",
      "${local.in.glue}:database/${local.schema}_${each.key}_*",
    ]
  }

  statement {
    sid       = "Workgroups"
    actions   = ["athena:CreateWorkGroup", "athena:GetWorkGroup", "athena:UpdateWorkGroup", "athena:DeleteWorkGroup", "athena:ListTagsForResource", "athena:TagResource", "athena:UntagResource"]
    resources = ["${local.in.athena}:workgroup/${var.name}-${each.key}-*"]
  }

  statement {
    sid       = "NothingIsRemoved"
    effect    = "Deny"
    actions   = ["s3:DeleteBucket", "kms:ScheduleKeyDeletion", "kms:DisableKey", "glue:DeleteDatabase"]
    resources = ["*"]
  }
}

# Running and watching

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

# Network and roles

data "aws_iam_policy_document" "ci_deploy_network" {
  for_each = var.environments

  statement {
    sid       = "LookAtNetworks"
    actions   = ["ec2:Describe*", "ec2:GetManagedPrefixListEntries"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = [local.region]
    }
  }

  # What is made has the environment's tags from its beginning; what is changed, or what something is made in, has them already.
  # Each action has one of both kinds of parts: a subnet is made, in a VPC that is there.
  statement {
    sid = "MakeNetwork"
    actions = [
      "ec2:CreateVpc", "ec2:CreateSubnet", "ec2:CreateRouteTable", "ec2:CreateSecurityGroup", "ec2:AuthorizeSecurityGroupEgress",
      "ec2:AuthorizeSecurityGroupIngress", "ec2:CreateVpcEndpoint", "ec2:CreateInternetGateway", "ec2:AllocateAddress",
      "ec2:CreateNatGateway", "ec2:CreateFlowLogs",
    ]
    resources = [
      for made in ["vpc", "subnet", "route-table", "security-group", "security-group-rule", "vpc-endpoint", "internet-gateway", "elastic-ip", "natgateway", "vpc-flow-log"] :
      "${local.in.ec2}:${made}/*"
    ]

    dynamic "condition" {
      for_each = local.tags[each.key]
      content {
        test     = "StringEquals"
        variable = "aws:RequestTag/${condition.key}"
        values   = [condition.value]
      }
    }
  }

  statement {
    sid       = "TagWhatIsMade"
    actions   = ["ec2:CreateTags"]
    resources = ["${local.in.ec2}:*/*"]

    condition {
      test     = "Null"
      variable = "ec2:CreateAction"
      values   = ["false"]
    }
  }

  statement {
    sid = "Network"
    actions = [
      "ec2:CreateTags", "ec2:DeleteTags", "ec2:DeleteVpc", "ec2:ModifyVpcAttribute", "ec2:CreateSubnet", "ec2:DeleteSubnet",
      "ec2:ModifySubnetAttribute", "ec2:CreateRouteTable", "ec2:DeleteRouteTable", "ec2:AssociateRouteTable", "ec2:DisassociateRouteTable",
      "ec2:CreateRoute", "ec2:DeleteRoute", "ec2:CreateSecurityGroup", "ec2:DeleteSecurityGroup", "ec2:AuthorizeSecurityGroup*",
      "ec2:RevokeSecurityGroup*", "ec2:ModifySecurityGroupRules", "ec2:CreateVpcEndpoint", "ec2:ModifyVpcEndpoint", "ec2:DeleteVpcEndpoints",
      "ec2:DeleteInternetGateway", "ec2:AttachInternetGateway", "ec2:DetachInternetGateway", "ec2:ReleaseAddress", "ec2:DisassociateAddress",
      "ec2:CreateNatGateway", "ec2:DeleteNatGateway", "ec2:CreateFlowLogs", "ec2:DeleteFlowLogs",
    ]
    resources = ["${local.in.ec2}:*/*"]

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
    sid    = "NoOtherEnvironment"
    effect = "Deny"
    actions = [
      for verb in ["Create", "Delete", "Modify", "Authorize", "Revoke", "Associate", "Disassociate", "Attach", "Detach", "Release"] : "ec2:${verb}*"
    ]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/Project"
      values   = [var.name]
    }

    condition {
      test     = "StringNotEquals"
      variable = "aws:ResourceTag/Environment"
      values   = [each.key]
    }
  }

  # A VPC that was there before has others' tags. A group of one's own in it changes nothing of theirs.
  statement {
    sid       = "GroupInAnyVpc"
    actions   = ["ec2:CreateSecurityGroup"]
    resources = ["${local.in.ec2}:vpc/*"]
  }

  # AWS makes a VPC's default group, without tags. Terraform empties it, and then gives it tags.
  dynamic "statement" {
    for_each = { EmptyDefaultGroup = "ec2:RevokeSecurityGroup*", TagDefaultGroup = "ec2:CreateTags" }
    content {
      sid       = statement.key
      actions   = [statement.value]
      resources = ["${local.in.ec2}:security-group/*"]

      condition {
        test     = "Null"
        variable = "aws:ResourceTag/Environment"
        values   = ["true"]
      }

      condition {
        test     = "Null"
        variable = "aws:ResourceTag/Project"
        values   = ["true"]
      }
    }
  }

  statement {
    sid       = "NoTagsOfOthers"
    effect    = "Deny"
    actions   = ["ec2:CreateTags", "kms:TagResource"]
    resources = ["*"]

    condition {
      test     = "Null"
      variable = "aws:RequestTag/Environment"
      values   = ["false"]
    }

    condition {
      test     = "StringNotEquals"
      variable = "aws:RequestTag/Environment"
      values   = [each.key]
    }
  }

  statement {
    sid       = "ReadRoles"
    actions   = ["iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListRoleTags"]
    resources = ["${local.arn}:iam::${local.account_id}:role/${var.name}-${each.key}-*"]
  }

  statement {
    sid       = "BoundedRoles"
    actions   = ["iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary"]
    resources = ["${local.arn}:iam::${local.account_id}:role/${var.name}-${each.key}-*"]

    condition {
      test     = "StringEquals"
      variable = "iam:PermissionsBoundary"
      values   = [aws_iam_policy.boundary[each.key].arn]
    }
  }

  statement {
    sid       = "Roles"
    actions   = ["iam:DeleteRole", "iam:UpdateRole", "iam:UpdateRoleDescription", "iam:UpdateAssumeRolePolicy", "iam:TagRole", "iam:UntagRole"]
    resources = ["${local.arn}:iam::${local.account_id}:role/${var.name}-${each.key}-*"]
  }

  statement {
    sid       = "GiveRoles"
    actions   = ["iam:PassRole"]
    resources = ["${local.arn}:iam::${local.account_id}:role/${var.name}-${each.key}-*"]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com", "states.amazonaws.com", "scheduler.amazonaws.com", "events.amazonaws.com", "s3.amazonaws.com"]
    }
  }

  # Fargate's own role, which AWS makes with the first cluster of an account.
  statement {
    sid       = "RoleOfEcs"
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = ["${local.arn}:iam::${local.account_id}:role/aws-service-role/ecs.amazonaws.com/*"]

    condition {
      test     = "StringEquals"
      variable = "iam:AWSServiceName"
      values   = ["ecs.amazonaws.com"]
    }
  }

  statement {
    sid       = "NoOtherRights"
    effect    = "Deny"
    actions   = ["iam:DeleteRolePermissionsBoundary", "iam:AttachRolePolicy", "iam:CreatePolicy*", "iam:DeletePolicy*", "iam:SetDefaultPolicyVersion", "iam:*OpenIDConnectProvider*", "iam:*User*", "iam:*Group*", "iam:*AccessKey*"]
    resources = ["*"]
  }
}

# Plan: settings of everything, data of nothing

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
