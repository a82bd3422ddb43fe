# A second copy of lake and warehouse, made by S3 itself some minutes after each write. Deleting in the lake only marks the copy
# as deleted; the copy itself stays for var.noncurrent_kept_days after that, and no role of the pipeline can reach it. The
# versions of the lake's own bucket are the first way back; this bucket is for the day when somebody could remove those, too.

resource "aws_s3_bucket" "backup" {
  #checkov:skip=CKV_AWS_144:It is the copy
  count  = var.backup ? 1 : 0
  bucket = local.backup_bucket

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "backup" {
  count  = var.backup ? 1 : 0
  bucket = aws_s3_bucket.backup[0].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "backup" {
  count  = var.backup ? 1 : 0
  bucket = aws_s3_bucket.backup[0].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.lake.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "backup" {
  count                   = var.backup ? 1 : 0
  bucket                  = aws_s3_bucket.backup[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "backup" {
  count  = var.backup ? 1 : 0
  bucket = aws_s3_bucket.backup[0].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_logging" "backup" {
  count         = var.backup ? 1 : 0
  bucket        = aws_s3_bucket.backup[0].id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "s3/backup/"

  depends_on = [aws_s3_bucket_policy.logs]
}

resource "aws_s3_bucket_lifecycle_configuration" "backup" {
  count  = var.backup ? 1 : 0
  bucket = aws_s3_bucket.backup[0].id

  depends_on = [aws_s3_bucket_versioning.backup]

  rule {
    id     = "deleted-in-the-warehouse"
    status = "Enabled"

    filter {
      prefix = "${local.warehouse_prefix}/"
    }

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_kept_days
    }

    expiration {
      expired_object_delete_marker = true
    }
  }

  rule {
    id     = "uploads-that-never-ended"
    status = "Enabled"
    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }
  }
}

resource "aws_s3_bucket_policy" "backup" {
  count  = var.backup ? 1 : 0
  bucket = aws_s3_bucket.backup[0].id
  policy = data.aws_iam_policy_document.backup_bucket[0].json

  depends_on = [aws_s3_bucket_public_access_block.backup]
}

data "aws_iam_policy_document" "backup_bucket" {
  count = var.backup ? 1 : 0

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.backup[0].arn, "${aws_s3_bucket.backup[0].arn}/*"]

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

  statement {
    sid       = "WrittenByReplicationOnly"
    effect    = "Deny"
    actions   = ["s3:PutObject", "s3:DeleteObject"]
    resources = ["${aws_s3_bucket.backup[0].arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }

  statement {
    sid       = "VersionsAreKept"
    effect    = "Deny"
    actions   = ["s3:DeleteObjectVersion"]
    resources = ["${aws_s3_bucket.backup[0].arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "ArnNotEquals"
      variable = "aws:PrincipalArn"
      values   = [aws_iam_role.erasure.arn]
    }
  }
}

resource "aws_s3_bucket_replication_configuration" "backup" {
  count  = var.backup ? 1 : 0
  bucket = aws_s3_bucket.lake.id
  role   = aws_iam_role.backup.arn

  dynamic "rule" {
    for_each = { lake = "${local.lake_prefix}/", warehouse = "${local.warehouse_prefix}/" }

    content {
      id       = rule.key
      priority = rule.key == "lake" ? 1 : 2
      status   = "Enabled"

      filter {
        prefix = rule.value
      }

      delete_marker_replication {
        status = "Enabled"
      }

      source_selection_criteria {
        sse_kms_encrypted_objects {
          status = "Enabled"
        }
      }

      destination {
        bucket = aws_s3_bucket.backup[0].arn

        encryption_configuration {
          replica_kms_key_id = aws_kms_key.lake.arn
        }
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.lake, aws_s3_bucket_versioning.backup, aws_iam_role_policy.backup]
}
