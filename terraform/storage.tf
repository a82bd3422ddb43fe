# The bucket of the lake; inbox.tf, storage_logs.tf and backup.tf have the others. Each refuses plain HTTP and public access,
# keeps every version, and cannot be removed by a plan.

locals {
  lake_bucket   = "${var.name}-lake-${local.account_id}"
  inbox_bucket  = "${var.name}-inbox-${local.account_id}"
  logs_bucket   = "${var.name}-logs-${local.account_id}"
  backup_bucket = "${var.name}-backup-${local.account_id}"

  # Objects of these prefixes are written once and never changed.
  landing    = "${aws_s3_bucket.lake.arn}/${local.lake_prefix}/landing/*"
  raw        = "${aws_s3_bucket.lake.arn}/${local.lake_prefix}/raw/*"
  rejections = "${aws_s3_bucket.lake.arn}/${local.lake_prefix}/rejections/*"
  commits    = "${aws_s3_bucket.lake.arn}/${local.lake_prefix}/commits/*"
  seals      = "${aws_s3_bucket.lake.arn}/${local.lake_prefix}/seals/*"
  erasures   = "${aws_s3_bucket.lake.arn}/${local.lake_prefix}/erasures/*"
}

resource "aws_s3_bucket" "lake" {
  #checkov:skip=CKV_AWS_144:A copy in another region is for who needs one; the backup bucket is in this region
  bucket = local.lake_bucket

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "lake" {
  bucket = aws_s3_bucket.lake.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "lake" {
  bucket = aws_s3_bucket.lake.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.lake.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "lake" {
  bucket                  = aws_s3_bucket.lake.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "lake" {
  bucket = aws_s3_bucket.lake.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_logging" "lake" {
  bucket        = aws_s3_bucket.lake.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "s3/lake/"

  depends_on = [aws_s3_bucket_policy.logs]
}

# No rule ends a current object of landing/, raw/, commits/, files/, contents/, seals/, erasures/ or warehouse/, and none ends an
# earlier version of landing/, commits/, seals/ or erasures/: it is the proof of an overwrite.
resource "aws_s3_bucket_lifecycle_configuration" "lake" {
  bucket = aws_s3_bucket.lake.id

  # Versions have to be on first.
  depends_on = [aws_s3_bucket_versioning.lake]

  rule {
    id     = "uploads-that-never-ended"
    status = "Enabled"
    filter {}

    # A landing gives up after twelve hours.
    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }
  }

  rule {
    id     = "results"
    status = "Enabled"

    filter {
      prefix = "${local.results_prefix}/"
    }

    expiration {
      days = var.results_kept_days
    }

    noncurrent_version_expiration {
      noncurrent_days = 1
    }
  }

  rule {
    id     = "rejections"
    status = "Enabled"

    filter {
      prefix = "${local.lake_prefix}/rejections/"
    }

    # A year of 366 days, so that none ends early.
    expiration {
      days = var.rejections_kept_years * 366
    }

    noncurrent_version_expiration {
      noncurrent_days = var.rejections_kept_years * 366
    }
  }

  dynamic "rule" {
    for_each = {
      warehouse = "${local.warehouse_prefix}/"
      sandbox   = "${local.sandbox_prefix}/"
      site      = "${local.site_prefix}/"
      raw       = "${local.lake_prefix}/raw/"
      seen      = "${local.lake_prefix}/seen/"
    }

    content {
      id     = "earlier-versions-of-${rule.key}"
      status = "Enabled"

      filter {
        prefix = rule.value
      }

      noncurrent_version_expiration {
        noncurrent_days = var.noncurrent_kept_days
      }

      expiration {
        expired_object_delete_marker = true
      }
    }
  }
}

resource "aws_s3_bucket_policy" "lake" {
  bucket = aws_s3_bucket.lake.id
  policy = data.aws_iam_policy_document.lake_bucket.json

  depends_on = [aws_s3_bucket_public_access_block.lake]
}

data "aws_iam_policy_document" "lake_bucket" {
  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.lake.arn, "${aws_s3_bucket.lake.arn}/*"]

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

  # A request that names no key is encrypted with the lake's. One that names another is refused.
  statement {
    sid       = "ThisKeyOnly"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.lake.arn}/*"]

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

  # Commits, seals and records of erasures are written once. `If-None-Match: *` is what the loader sends; S3 then refuses a second object of that name.
  # Creating an upload and sending its parts cannot carry it: they create no object (s3:ObjectCreationOperation is false), and
  # completing the upload does.
  statement {
    sid       = "WriteOnce"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = [local.commits, local.seals, local.erasures]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Null"
      variable = "s3:if-none-match"
      values   = ["true"]
    }

    condition {
      test     = "Bool"
      variable = "s3:ObjectCreationOperation"
      values   = ["true"]
    }
  }

  # Nobody at all. Whoever has to change this has to change the policy first, which CloudTrail shows.
  statement {
    sid       = "NeverDeleted"
    effect    = "Deny"
    actions   = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectTagging", "s3:PutObjectVersionTagging"]
    resources = [local.commits, local.seals, local.erasures]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }

  # A record excuses objects that are missing, so whoever lands or builds must not be able to write one.
  statement {
    sid       = "ErasuresAreRecordedByOneRole"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = [local.erasures]

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

  # landing/ is written by streams, which S3 takes without a condition. An overwrite is another version, and the first one stays.
  statement {
    sid       = "LandingIsKept"
    effect    = "Deny"
    actions   = ["s3:DeleteObject"]
    resources = [local.landing, local.rejections]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }

  statement {
    sid       = "VersionsAreKept"
    effect    = "Deny"
    actions   = ["s3:DeleteObjectVersion"]
    resources = [local.landing, local.raw, local.rejections]

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
