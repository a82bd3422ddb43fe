# What runs when: the state machine of a run, its lock, the schedules, and the start by a delivered object.

locals {
  # A run takes the one or the other lock; chores take none. The input of each schedule is a form that the machine knows.
  schedules = {
    run     = { expression = var.schedule, input = {}, description = "Lands what came and builds" }
    recover = { expression = var.upkeep_schedule, input = { chore = "recover" }, description = "Finishes landings that were cut off, sweeps what they left" }
    upkeep  = { expression = var.upkeep_schedule, input = { chore = "upkeep" }, description = "Removes rows that cannot be published any more" }
    verify  = { expression = var.verify_schedule, input = { chore = "verify" }, description = "Hashes the whole lake again and writes seals" }
  }

  # What could not be started is tried again for an hour, then it goes to the queue not-started.
  start_again_for = 3600
}

resource "aws_sfn_state_machine" "pipeline" {
  #checkov:skip=CKV_AWS_285:Execution data names feeds and folders of senders; the history of an execution has it for who may read it
  name     = "${var.name}-pipeline"
  role_arn = aws_iam_role.state_machine.arn

  definition = templatefile("${path.module}/pipeline.asl.json.tftpl", {
    name                    = var.name
    partition               = local.partition
    table                   = aws_dynamodb_table.runs.name
    inbox                   = aws_s3_bucket.inbox.bucket
    cluster                 = aws_ecs_cluster.tasks.arn
    loader_task             = aws_ecs_task_definition.loader.arn
    build_task              = aws_ecs_task_definition.build.arn
    platform_version        = local.platform_version
    network                 = { AwsvpcConfiguration = { Subnets = local.subnet_ids, SecurityGroups = [aws_security_group.tasks.id], AssignPublicIp = "DISABLED" } }
    upkeep_role             = aws_iam_role.upkeep.arn
    topic                   = aws_sns_topic.runs.arn
    schema                  = aws_glue_catalog_database.models.name
    rebuild_schemas         = local.rebuild_schemas
    landings_at_once        = var.landings_at_once
    landing_timeout_seconds = var.landing_timeout_minutes * 60
    build_timeout_seconds   = var.build_timeout_minutes * 60
    chore_timeout_seconds   = var.build_timeout_minutes * 60
    run_timeout_seconds     = var.run_hours * 3600
    # Errors of AWS that pass by themselves, by the service that is called.
    transient = jsondecode(file("${path.module}/transient_errors.json"))
  })

  logging_configuration {
    log_destination        = "${aws_cloudwatch_log_group.runs.arn}:*"
    include_execution_data = false
    level                  = "ALL"
  }

  tracing_configuration {
    enabled = var.tracing
  }

  # Step Functions tries the log with this role when it makes the machine.
  depends_on = [aws_iam_role_policy.state_machine]
}

# This prefix keeps the policy of log delivery, which all machines of an account share, below its limit.
resource "aws_cloudwatch_log_group" "runs" {
  name              = "/aws/vendedlogs/states/${var.name}-pipeline"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.lake.arn

  # The key's policy has to let CloudWatch Logs use the key first.
  depends_on = [aws_kms_key_policy.lake]
}

# One item a lock: which execution holds it, and how far it is.
resource "aws_dynamodb_table" "runs" {
  name                        = "${var.name}-runs"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "name"
  deletion_protection_enabled = true

  attribute {
    name = "name"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.lake.arn
  }
}

# Schedules

resource "aws_scheduler_schedule_group" "pipeline" {
  name = var.name
}

resource "aws_scheduler_schedule" "pipeline" {
  #checkov:skip=CKV_AWS_297:A schedule holds no more than the input {} or the name of a chore
  for_each = { for name, schedule in local.schedules : name => schedule if schedule.expression != null }

  name                         = each.key
  description                  = each.value.description
  group_name                   = aws_scheduler_schedule_group.pipeline.name
  schedule_expression          = each.value.expression
  schedule_expression_timezone = var.schedule_time_zone
  state                        = var.schedules_are_on ? "ENABLED" : "DISABLED"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_sfn_state_machine.pipeline.arn
    role_arn = aws_iam_role.scheduler.arn
    input    = jsonencode(each.value.input)

    retry_policy {
      maximum_event_age_in_seconds = local.start_again_for
      maximum_retry_attempts       = 30
    }

    dead_letter_config {
      arn = aws_sqs_queue.not_started.arn
    }
  }

  depends_on = [aws_iam_role_policy.scheduler]
}

# A start that never came to be.
resource "aws_sqs_queue" "not_started" {
  name                      = "${var.name}-not-started"
  message_retention_seconds = 14 * 86400
  kms_master_key_id         = aws_kms_key.lake.arn
}

# EventBridge writes with the rule's own name, Scheduler as its role.
data "aws_iam_policy_document" "not_started" {
  statement {
    sid       = "Rules"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.not_started.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = [local.rules_arn]
    }
  }

  statement {
    sid       = "NoPlainHttp"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [aws_sqs_queue.not_started.arn]

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
}

resource "aws_sqs_queue_policy" "not_started" {
  queue_url = aws_sqs_queue.not_started.id
  policy    = data.aws_iam_policy_document.not_started.json
}

# The start by a delivered object. One run serves all objects that came before it lists their folder; each of the others leaves
# word with it and ends, and then one more run follows.

resource "aws_s3_bucket_notification" "inbox" {
  count = var.start_on_delivery ? 1 : 0

  bucket      = aws_s3_bucket.inbox.id
  eventbridge = true
}

resource "aws_cloudwatch_event_rule" "delivery" {
  count = var.start_on_delivery ? 1 : 0

  name        = "${var.name}-delivery"
  description = "An object came into the inbox. Folders of a backfill are started by a person."

  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail = {
      bucket = { name = [aws_s3_bucket.inbox.bucket] }
      object = { key = [{ anything-but = { wildcard = "*/backfill/*" } }] }
    }
  })
}

resource "aws_cloudwatch_event_target" "delivery" {
  count = var.start_on_delivery ? 1 : 0

  rule     = aws_cloudwatch_event_rule.delivery[0].name
  arn      = aws_sfn_state_machine.pipeline.arn
  role_arn = aws_iam_role.scheduler.arn
  input    = jsonencode({ delivery = true })

  retry_policy {
    maximum_event_age_in_seconds = local.start_again_for
    maximum_retry_attempts       = 30
  }

  dead_letter_config {
    arn = aws_sqs_queue.not_started.arn
  }
}
