# Who is told what, and what is recorded. Alarms go to the topic alarms, one message a run to the topic runs.
#
# An alarm mails when it goes into ALARM, and not again while it stays there. There are four kinds:
# - night: something happened in a run. The alarm stays on for eight hours, so a second run of the same night sends no second mail,
#   and the next night sends one again.
# - condition: something is so until a build says otherwise. Days without a build change nothing.
# - refused files, which an inbox offers again with each run: on until a whole day of runs offers none.
# - no build: the composite alarms at the end of the file.
# No alarm sends a mail when it goes back to OK: for a night that only means that eight hours are over.
#
# Metrics have no dimension here, so a new feed needs no change. The namespace tells two environments apart.

locals {
  runbooks = "Runbook: docs/runbooks"

  nights = {
    refused-share = {
      metric      = "RefusedPercent"
      threshold   = var.refused_percent_alarm
      description = "A published file has more than ${var.refused_percent_alarm} % of its rows refused. Ask its sender for a corrected file. ${local.runbooks}/refused-rows.md"
    }
    volume = {
      metric      = "VolumeRatio"
      threshold   = var.volume_ratio_alarm
      description = "A file has over ${var.volume_ratio_alarm} times more or fewer rows than the last 20 of its feed. Ask its sender whether it is whole. ${local.runbooks}/unusual-volume.md"
    }
    breaks = {
      metric      = "BreaksAboveTolerance"
      threshold   = 0
      description = "A publication found a balance that is off from opening and movement by more than its contract allows: select from balance_breaks. ${local.runbooks}/balance-break.md"
    }
    bytes-scanned = {
      metric      = "QueryBytes"
      threshold   = var.bytes_scanned_alarm
      description = "The statements of one build scanned over ${var.bytes_scanned_alarm} bytes, which Athena bills. Look for the statement in the saved query bytes-by-statement. ${local.runbooks}/bytes-scanned.md"
    }
  }

  conditions = {
    file-held = {
      metric      = "FilesHeld"
      description = "The build holds a file, and later files of its feed wait. A person has to decide on it: loader status names it. ${local.runbooks}/file-held.md"
    }
    feed-late = {
      metric      = "FeedsLate"
      description = "A feed is late by its calendar. Ask its sender: loader status names it. ${local.runbooks}/late-file.md"
    }
  }

  # A run that did not end well or was not started, by metrics that AWS sends: no task can tell of its own crash.
  failures = {
    run-failed      = { namespace = "AWS/States", metric = "ExecutionsFailed", of = { StateMachineArn = local.pipeline_arn } }
    run-timed-out   = { namespace = "AWS/States", metric = "ExecutionsTimedOut", of = { StateMachineArn = local.pipeline_arn } }
    run-aborted     = { namespace = "AWS/States", metric = "ExecutionsAborted", of = { StateMachineArn = local.pipeline_arn } }
    run-not-started = { namespace = "AWS/SQS", metric = "NumberOfMessagesSent", of = { QueueName = aws_sqs_queue.not_started.name } }
  }

  no_build_alarm = "${var.name}-no-build-in-${var.hours_without_build}-hours"

  # A run times out after run_hours at the latest; then its failure has to be seen, and alarms over more than a day are looked at
  # once an hour only.
  excuse_hours = var.run_hours + 2
  # A failed night is no missing build as well: a failure is remembered until the next night's run must have ended.
  failure_hours = var.hours_without_build + local.excuse_hours
}

resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = aws_kms_key.lake.arn
}

resource "aws_sns_topic" "runs" {
  name              = "${var.name}-runs"
  kms_master_key_id = aws_kms_key.lake.arn
}

resource "aws_sns_topic_subscription" "alarms" {
  for_each = toset(var.alarm_emails)

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.key
}

resource "aws_sns_topic_subscription" "runs" {
  for_each = toset(var.run_emails)

  topic_arn = aws_sns_topic.runs.arn
  protocol  = "email"
  endpoint  = each.key
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms_topic.json
}

resource "aws_sns_topic_policy" "runs" {
  arn    = aws_sns_topic.runs.arn
  policy = data.aws_iam_policy_document.runs_topic.json
}

# The same senders have to be able to use the key: keys.tf.
data "aws_iam_policy_document" "alarms_topic" {
  statement {
    sid       = "Alarms"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:cloudwatch:${local.region}:${local.account_id}:alarm:${var.name}-*"]
    }
  }

  statement {
    sid       = "Budget"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["budgets.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:budgets::${local.account_id}:*"]
    }
  }

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

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

data "aws_iam_policy_document" "runs_topic" {
  statement {
    sid       = "Runs"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.runs.arn]

    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.state_machine.arn]
    }
  }

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.runs.arn]

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

resource "aws_cloudwatch_metric_alarm" "night" {
  for_each = local.nights

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = local.metrics_namespace
  metric_name         = each.value.metric
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  period              = 300
  evaluation_periods  = 96
  datapoints_to_alarm = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "condition" {
  for_each = local.conditions

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = local.metrics_namespace
  metric_name         = each.value.metric
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 300
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  treat_missing_data  = "ignore"
  alarm_actions       = [aws_sns_topic.alarms.arn]
}

# The loader sends a count only where it refused something, so the alarm waits for the time in which a run must have come.
resource "aws_cloudwatch_metric_alarm" "file_refused" {
  alarm_name          = "${var.name}-file-refused"
  alarm_description   = "The loader refused a file that broke its contract. Its sender has to correct it, or the contract has to follow. It stays in the inbox and is tried again with each run: take it out. ${local.runbooks}/file-rejected.md"
  namespace           = local.metrics_namespace
  metric_name         = "FilesRejected"
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 3600
  evaluation_periods  = var.hours_without_build
  datapoints_to_alarm = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
}

# Parts of the two composite alarms. They send nothing themselves.

resource "aws_cloudwatch_metric_alarm" "failure" {
  for_each = local.failures

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "Part of ${var.name}-build-failed."
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.of
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 300
  evaluation_periods  = 96
  datapoints_to_alarm = 1
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "failure_lately" {
  for_each = local.failures

  alarm_name          = "${var.name}-${each.key}-lately"
  alarm_description   = "Part of ${local.no_build_alarm}: the failure has had its own mail."
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.of
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 3600
  evaluation_periods  = local.failure_hours
  datapoints_to_alarm = 1
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "run_started" {
  alarm_name          = "${var.name}-run-started"
  alarm_description   = "A run was started and may still be under way."
  namespace           = "AWS/States"
  metric_name         = "ExecutionsStarted"
  dimensions          = { StateMachineArn = local.pipeline_arn }
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 3600
  evaluation_periods  = local.excuse_hours
  datapoints_to_alarm = 1
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "nothing_ended_well" {
  for_each = {
    nothing-ended-well          = var.hours_without_build
    nothing-ended-well-for-long = var.hours_without_build + local.excuse_hours
  }

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "Part of ${local.no_build_alarm}: no build ended well in ${each.value} hours."
  namespace           = local.metrics_namespace
  metric_name         = "BuildEndedWell"
  statistic           = "Sum"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 3600
  evaluation_periods  = each.value
  datapoints_to_alarm = each.value
  treat_missing_data  = "breaching"
}

resource "aws_cloudwatch_composite_alarm" "build_failed" {
  alarm_name        = "${var.name}-build-failed"
  alarm_description = "A run failed, timed out, crashed, was stopped or could not be started; nothing is published by halves. Its execution in Step Functions names the end and says what to do; what was not started is in the queue ${aws_sqs_queue.not_started.name}. ${local.runbooks}/build-failed.md"
  alarm_rule        = join(" OR ", [for alarm in aws_cloudwatch_metric_alarm.failure : "ALARM(\"${alarm.alarm_name}\")"])
  alarm_actions     = [aws_sns_topic.alarms.arn]
}

# A run that has just started may end well yet; one that takes too long does not excuse itself for ever, nor do many that start
# and end without a build. A failure had its mail.
resource "aws_cloudwatch_composite_alarm" "no_build" {
  alarm_name        = local.no_build_alarm
  alarm_description = "No build ended well in ${var.hours_without_build} hours, and none failed: is the schedule on, does another run hold the lock, do metrics come? A day with nothing new is no cause. The first build after an installation ends it. ${local.runbooks}/no-build.md"
  alarm_actions     = [aws_sns_topic.alarms.arn]

  alarm_rule = join(" AND ", [
    join("", [
      "((ALARM(\"${aws_cloudwatch_metric_alarm.nothing_ended_well["nothing-ended-well"].alarm_name}\")",
      " AND NOT ALARM(\"${aws_cloudwatch_metric_alarm.run_started.alarm_name}\"))",
      " OR ALARM(\"${aws_cloudwatch_metric_alarm.nothing_ended_well["nothing-ended-well-for-long"].alarm_name}\"))",
    ]),
    "NOT (${join(" OR ", [for alarm in aws_cloudwatch_metric_alarm.failure_lately : "ALARM(\"${alarm.alarm_name}\")"])})",
  ])
}

# A budget counts the whole account, because a filter by tag counts nothing until somebody activates the tag for billing.
resource "aws_budgets_budget" "monthly" {
  count = var.monthly_budget_usd == null ? 0 : 1

  name         = "${var.name}-monthly"
  budget_type  = "COST"
  time_unit    = "MONTHLY"
  limit_amount = tostring(var.monthly_budget_usd)
  limit_unit   = "USD"

  notification {
    comparison_operator       = "GREATER_THAN"
    notification_type         = "ACTUAL"
    threshold                 = 80
    threshold_type            = "PERCENTAGE"
    subscriber_sns_topic_arns = [aws_sns_topic.alarms.arn]
  }

  notification {
    comparison_operator       = "GREATER_THAN"
    notification_type         = "FORECASTED"
    threshold                 = 100
    threshold_type            = "PERCENTAGE"
    subscriber_sns_topic_arns = [aws_sns_topic.alarms.arn]
  }

  # Budgets tries the topic when it is made.
  depends_on = [aws_sns_topic_policy.alarms, aws_kms_key_policy.lake]
}

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
      starts_with = [for folder in ["landing", "commits", "seals", "rejections"] : "${aws_s3_bucket.lake.arn}/${local.lake_prefix}/${folder}/"]
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

# Questions to the logs, by the names of their files. The console lists them under CloudWatch, Logs Insights, Queries.
resource "aws_cloudwatch_query_definition" "saved" {
  for_each = fileset("${path.module}/queries", "*.txt")

  name            = "${var.name}/${trimsuffix(each.key, ".txt")}"
  log_group_names = [aws_cloudwatch_log_group.tasks.name]
  query_string    = file("${path.module}/queries/${each.key}")
}
