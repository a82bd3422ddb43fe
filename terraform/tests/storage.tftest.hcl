# What must hold of the buckets, whatever the variables say.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name         = "ledger-lake-test"
  image_digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
  code_version = "0123abc"
  alarm_emails = ["ops@example.com"]
}

run "storage" {
  command = plan

  # As short as it can be set: even then nothing that counts expires.
  variables {
    results_kept_days     = 1
    noncurrent_kept_days  = 7
    rejections_kept_years = 7
  }

  # S3 takes either days or the removal of what is nothing but a mark of a deletion, so a rule with the latter ends no object.
  assert {
    condition = jsonencode([
      for rule in aws_s3_bucket_lifecycle_configuration.lake.rule : rule.filter[0].prefix
      if length(rule.expiration) > 0 && !startswith(rule.id, "earlier-versions-of-")
    ]) == jsonencode(["results/", "lake/rejections/"])
    error_message = "Only results and rejections may expire: everything else current stays."
  }

  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_lifecycle_configuration.lake.rule : rule.expiration[0].expired_object_delete_marker if startswith(rule.id, "earlier-versions-of-")
    ])
    error_message = "A rule for earlier versions ends no current object."
  }

  assert {
    condition = jsonencode(sort([
      for rule in aws_s3_bucket_lifecycle_configuration.lake.rule : rule.filter[0].prefix if length(rule.noncurrent_version_expiration) > 0
    ])) == jsonencode(["lake/raw/", "lake/rejections/", "lake/seen/", "results/", "sandbox/", "site/", "warehouse/"])
    error_message = "Earlier versions of landing, commits and seals are the proof of an overwrite, and stay."
  }

  assert {
    condition     = one([for rule in aws_s3_bucket_lifecycle_configuration.lake.rule : rule.expiration[0].days if rule.id == "rejections"]) >= 7 * 366
    error_message = "What was refused is kept for seven years at least."
  }

  assert {
    condition = jsonencode([
      for statement in data.aws_iam_policy_document.lake_bucket.statement : {
        effect     = statement.effect
        actions    = statement.actions
        conditions = { for condition in statement.condition : condition.variable => [condition.test, condition.values] }
      } if statement.sid == "WriteOnce"
      ]) == jsonencode([{
        effect  = "Deny"
        actions = ["s3:PutObject"]
        conditions = {
          "s3:if-none-match"           = ["Null", ["true"]]
          "s3:ObjectCreationOperation" = ["Bool", ["true"]]
        }
    }])
    error_message = "Commits and seals take conditional puts only, and parts of an upload, which create no object."
  }

  assert {
    condition = alltrue([
      for document in [data.aws_iam_policy_document.lake_bucket, data.aws_iam_policy_document.inbox_bucket, data.aws_iam_policy_document.logs_bucket, data.aws_iam_policy_document.backup_bucket[0]] :
      length([for statement in document.statement : statement if statement.sid == "TlsOnly" && statement.effect == "Deny"]) == 1
    ])
    error_message = "Each bucket refuses plain HTTP."
  }

  assert {
    condition = alltrue([
      for block in [aws_s3_bucket_public_access_block.lake, aws_s3_bucket_public_access_block.inbox, aws_s3_bucket_public_access_block.logs, aws_s3_bucket_public_access_block.backup[0]] :
      block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets
    ])
    error_message = "No bucket can be made public."
  }

  assert {
    condition = alltrue([
      for group in [aws_athena_workgroup.pipeline, aws_athena_workgroup.analysts, aws_athena_workgroup.auditors] :
      group.configuration[0].enforce_workgroup_configuration
      && group.configuration[0].result_configuration[0].encryption_configuration[0].encryption_option == "SSE_KMS"
      && group.configuration[0].engine_version[0].selected_engine_version == "Athena engine version 3"
    ])
    error_message = "Each workgroup enforces its settings, encrypts its results and runs engine version 3."
  }

  assert {
    condition     = length(distinct([for group in [aws_athena_workgroup.pipeline, aws_athena_workgroup.analysts, aws_athena_workgroup.auditors] : group.configuration[0].result_configuration[0].output_location])) == 3
    error_message = "Each workgroup has a place of its own for results."
  }

  # A log group is named after what it is the key's policy that lets CloudWatch encrypt it.
  assert {
    condition     = startswith(aws_cloudwatch_log_group.tasks.name, "/ledger-lake-test/")
    error_message = "The key's policy covers log groups below /<name>/ only."
  }
}

run "senders" {
  command = plan

  variables {
    senders = {
      payments       = ["arn:aws:iam::999988887777:role/bank"]
      ledger_entries = ["arn:aws:iam::111122223333:role/ledger"]
    }
  }

  assert {
    condition = jsonencode({
      for statement in data.aws_iam_policy_document.inbox_bucket.statement : statement.sid => [statement.actions, [for resource in statement.resources : split("/", resource)[1]]] if statement.effect != "Deny"
      }) == jsonencode({
      DeliverLedgerEntries = [["s3:AbortMultipartUpload", "s3:PutObject"], ["ledger_entries"]]
      DeliverPayments      = [["s3:AbortMultipartUpload", "s3:PutObject"], ["payments"]]
    })
    error_message = "A sender may put objects into its feed's folder, and nothing else."
  }
}

run "without_a_backup" {
  command = plan

  variables {
    backup = false
  }

  assert {
    condition     = length(aws_s3_bucket.backup) == 0 && length(aws_s3_bucket_replication_configuration.backup) == 0
    error_message = "Without a backup there is neither a second bucket nor a replication."
  }
}

run "short_name" {
  command = plan

  variables {
    name = "abc"
  }

  assert {
    condition     = aws_s3_bucket.lake.bucket == "abc-lake-111122223333" && aws_glue_catalog_database.raw.name == "abc_raw"
    error_message = "Every name begins with the environment's."
  }
}
