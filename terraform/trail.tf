# Who changed what is written once, and who read what was delivered, besides the tasks. Data events cost 0.10 USD for 100,000, so
# the many reads of builds are left out; S3's access logs have those. Management events are not repeated here: each account has 90
# days of them without a trail.
resource "aws_cloudtrail" "lake" {
  #checkov:skip=CKV_AWS_67:It records data events of one bucket, which is in one region
  #checkov:skip=CKV_AWS_252:Digests and files are read when there is a question, not one by one
  #checkov:skip=CKV2_AWS_10:As above; a copy in CloudWatch Logs costs more than the trail
  name                          = var.name
  s3_bucket_name                = aws_s3_bucket.logs.id
  kms_key_id                    = aws_kms_key.lake.arn
  enable_log_file_validation    = true
  include_global_service_events = false

  advanced_event_selector {
    name = "Writes to what is written once"

    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }

    field_selector {
      field  = "resources.type"
      equals = ["AWS::S3::Object"]
    }

    field_selector {
      field  = "readOnly"
      equals = ["false"]
    }

    field_selector {
      field       = "resources.ARN"
      starts_with = [for folder in ["landing", "commits", "seals", "erasures", "rejections"] : "${aws_s3_bucket.lake.arn}/${local.lake_prefix}/${folder}/"]
    }
  }

  advanced_event_selector {
    name = "Reads of delivered text by people"

    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }

    field_selector {
      field  = "resources.type"
      equals = ["AWS::S3::Object"]
    }

    field_selector {
      field  = "readOnly"
      equals = ["true"]
    }

    field_selector {
      field = "resources.ARN"
      starts_with = concat(
        [for folder in ["landing", "raw", "rejections"] : "${aws_s3_bucket.lake.arn}/${local.lake_prefix}/${folder}/"],
        [for table in ["set_aside_rows", "int_"] : "${aws_s3_bucket.lake.arn}/${local.warehouse_prefix}/${local.schema}/${table}"],
      )
    }

    field_selector {
      field = "userIdentity.arn"
      not_starts_with = [
        for role in [aws_iam_role.loader.name, aws_iam_role.build.name] : "arn:${local.partition}:sts::${local.account_id}:assumed-role/${role}/"
      ]
    }
  }

  depends_on = [aws_s3_bucket_policy.logs, aws_kms_key_policy.lake]
}
