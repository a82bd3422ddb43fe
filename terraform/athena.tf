# Glue databases and Athena workgroups. A workgroup enforces its settings: whatever a client asks for, results go to the
# workgroup's own prefix, encrypted, and a statement beyond the cutoff is cancelled.
#
# An enforced location is for results only. Athena refuses `external_location` in a CTAS of a Hive table then; dbt makes no such
# table here. A CTAS of an Iceberg table needs its `location`, enforced or not, so the warehouse stays below warehouse/.

resource "aws_glue_catalog_database" "raw" {
  name        = local.raw_schema
  description = "What was landed: external tables over ${local.lake_prefix}/raw and ${local.lake_prefix}/files, made by the loader"

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_glue_catalog_database" "models" {
  name        = local.schema
  description = "What builds publish: records and readers' views, made by dbt"

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_glue_catalog_database" "sandbox" {
  name         = local.sandbox_schema
  description  = "Tables and views that analysts make for themselves"
  location_uri = "s3://${aws_s3_bucket.lake.bucket}/${local.sandbox_prefix}/"

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_athena_workgroup" "pipeline" {
  name        = "${var.name}-pipeline"
  description = "Builds and upkeep"

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.bytes_cutoff_pipeline
    requester_pays_enabled             = false

    engine_version {
      selected_engine_version = "Athena engine version 3"
    }

    result_configuration {
      output_location       = "s3://${aws_s3_bucket.lake.bucket}/${local.results_prefix}/pipeline/"
      expected_bucket_owner = local.account_id

      encryption_configuration {
        encryption_option = "SSE_KMS"
        kms_key_arn       = aws_kms_key.lake.arn
      }
    }
  }
}

resource "aws_athena_workgroup" "analysts" {
  name        = "${var.name}-analysts"
  description = "Questions to what is published. All analysts can read each other's results"

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.bytes_cutoff_analysts
    requester_pays_enabled             = false

    engine_version {
      selected_engine_version = "Athena engine version 3"
    }

    result_configuration {
      output_location       = "s3://${aws_s3_bucket.lake.bucket}/${local.results_prefix}/analysts/"
      expected_bucket_owner = local.account_id

      encryption_configuration {
        encryption_option = "SSE_KMS"
        kms_key_arn       = aws_kms_key.lake.arn
      }
    }
  }
}

# Auditors see delivered text of rows set aside, which analysts must not. Their results would show it, so they have a prefix
# of their own.
resource "aws_athena_workgroup" "auditors" {
  name        = "${var.name}-auditors"
  description = "Questions of auditors, who may read everything"

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.bytes_cutoff_analysts
    requester_pays_enabled             = false

    engine_version {
      selected_engine_version = "Athena engine version 3"
    }

    result_configuration {
      output_location       = "s3://${aws_s3_bucket.lake.bucket}/${local.results_prefix}/auditors/"
      expected_bucket_owner = local.account_id

      encryption_configuration {
        encryption_option = "SSE_KMS"
        kms_key_arn       = aws_kms_key.lake.arn
      }
    }
  }
}
