# The key that encrypts lake, inbox, backup, images, logs, topics and the lock table.

resource "aws_kms_key" "lake" {
  description             = "${var.name}: everything that the pipeline stores"
  enable_key_rotation     = true
  rotation_period_in_days = 365
  deletion_window_in_days = 30

  # Without the key nothing can be read any more, the backup neither.
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "lake" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.lake.key_id
}

resource "aws_kms_key_policy" "lake" {
  key_id = aws_kms_key.lake.key_id
  policy = data.aws_iam_policy_document.key.json
}

# In a key's policy "*" is this key. Roles have their rights to it in their own policies.
data "aws_iam_policy_document" "key" {
  #checkov:skip=CKV_AWS_109:A key's policy names its own key by "*"; the account's root is how IAM policies come to count at all
  #checkov:skip=CKV_AWS_111:As above
  #checkov:skip=CKV_AWS_356:As above
  statement {
    sid       = "PoliciesOfThisAccount"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account_id}:root"]
    }
  }

  statement {
    sid       = "LogGroups"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${local.region}.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values = [
        "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/${var.name}/*",
        # Step Functions asks for this prefix, so that the policy of log delivery does not grow beyond its limit.
        "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/vendedlogs/states/${var.name}*",
      ]
    }
  }

  # Senders of other accounts cannot have the right by a policy of this one. Uploads in parts need Decrypt.
  dynamic "statement" {
    for_each = length(var.senders) > 0 ? ["senders"] : []

    content {
      sid       = "Senders"
      actions   = ["kms:GenerateDataKey", "kms:Decrypt"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = distinct(flatten(values(var.senders)))
      }

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${local.region}.amazonaws.com"]
      }

      # With the bucket's key S3 names the bucket, not the object.
      condition {
        test     = "StringEquals"
        variable = "kms:EncryptionContext:aws:s3:arn"
        values   = ["arn:${local.partition}:s3:::${local.inbox_bucket}"]
      }
    }
  }

  # A topic is encrypted. What sends an alarm to it has to be able to use the key, or the alarm is dropped without a word.
  statement {
    sid       = "AlarmsAndBudgets"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }

  # With a condition on its source EventBridge cannot send to an encrypted queue: the call to KMS does not carry it
  # (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html). The queue's own policy names the rules that may send.
  statement {
    sid       = "Events"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }

  statement {
    sid       = "Trail"
    actions   = ["kms:GenerateDataKey*", "kms:DescribeKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceArn"
      values   = [local.trail_arn]
    }

    condition {
      test     = "StringLike"
      variable = "kms:EncryptionContext:aws:cloudtrail:arn"
      values   = ["arn:${local.partition}:cloudtrail:*:${local.account_id}:trail/*"]
    }
  }
}
