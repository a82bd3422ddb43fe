# What a deploy may do with networks and roles.

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
