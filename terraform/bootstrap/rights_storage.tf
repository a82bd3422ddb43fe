# What a deploy may do with the state of Terraform, buckets, the key, databases and workgroups.

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
