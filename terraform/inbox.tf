# The inbox: senders put objects into the folder of their feed, and the loader reads them.

resource "aws_s3_bucket" "inbox" {
  #checkov:skip=CKV_AWS_144:Delivered files are landed within a day, and the lake keeps them
  bucket = local.inbox_bucket

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "inbox" {
  bucket = aws_s3_bucket.inbox.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "inbox" {
  bucket = aws_s3_bucket.inbox.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.lake.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "inbox" {
  bucket                  = aws_s3_bucket.inbox.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "inbox" {
  bucket = aws_s3_bucket.inbox.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_logging" "inbox" {
  bucket        = aws_s3_bucket.inbox.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "s3/inbox/"

  depends_on = [aws_s3_bucket_policy.logs]
}

resource "aws_s3_bucket_lifecycle_configuration" "inbox" {
  bucket = aws_s3_bucket.inbox.id

  depends_on = [aws_s3_bucket_versioning.inbox]

  rule {
    id     = "delivered"
    status = "Enabled"
    filter {}

    expiration {
      days = var.inbox_kept_days
    }

    noncurrent_version_expiration {
      noncurrent_days = var.inbox_kept_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }
  }
}

resource "aws_s3_bucket_policy" "inbox" {
  bucket = aws_s3_bucket.inbox.id
  policy = data.aws_iam_policy_document.inbox_bucket.json

  depends_on = [aws_s3_bucket_public_access_block.inbox]
}

data "aws_iam_policy_document" "inbox_bucket" {
  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.inbox.arn, "${aws_s3_bucket.inbox.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  # As for the lake: a request that names no key is encrypted with the lake's. One that names another is refused, because the
  # loader could not read its object.
  statement {
    sid       = "ThisKeyOnly"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.inbox.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Null"
      variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
      values   = ["false"]
    }

    condition {
      test     = "StringNotEquals"
      variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
      values   = [aws_kms_key.lake.arn]
    }
  }

  dynamic "statement" {
    for_each = var.senders

    content {
      sid       = "Deliver${replace(title(replace(statement.key, "_", " ")), " ", "")}"
      actions   = ["s3:PutObject", "s3:AbortMultipartUpload"]
      resources = ["${aws_s3_bucket.inbox.arn}/${statement.key}/*"]

      principals {
        type        = "AWS"
        identifiers = statement.value
      }
    }
  }
}
