# What raises an alarm. Who gets it is in topics.tf.
#
# An alarm mails when it goes into ALARM, and not again while it stays there. There are two kinds:
# - night: something happened in a run. The alarm stays on for alarm_hours, so a second run of the same night sends no second mail,
#   and the next night sends one again. Of what stays so for days, such as a held file, builds and the loader count what is new,
#   once. Such an alarm stays on for an hour only: what is new in the next run would else never be mailed.
# - missing: no build ended well (the composite alarms), no verify ended.
# No alarm sends a mail when it goes back to OK: for a night that only means that its hours are over.
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
    # One value a build, of the statements that dbt counts. Athena's own metric counts all of them, but a sum over hours that slides
    # along goes on and off while a build's statements pass from one hour to the next, and each time is a mail. The dashboard has it.
    bytes-scanned = {
      metric      = "QueryBytes"
      threshold   = var.bytes_scanned_alarm
      description = "The models and audits of one build scanned over ${var.bytes_scanned_alarm} bytes, which Athena bills. Look for the statement in the saved query bytes-by-statement. ${local.runbooks}/bytes-scanned.md"
    }
    file-held = {
      metric      = "FilesNewlyHeld"
      hours       = 1
      threshold   = 0
      description = "A build holds a file that it did not hold before, and later files of its feed wait. A person has to decide on it: loader status names it. ${local.runbooks}/file-held.md"
    }
    feed-late = {
      metric      = "FeedsNewlyLate"
      hours       = 1
      threshold   = 0
      description = "A feed has become late by its calendar. Ask its sender: loader status names it. ${local.runbooks}/late-file.md"
    }
    file-rejected = {
      metric      = "FilesNewlyRejected"
      hours       = 1
      threshold   = 0
      description = "The loader rejected a file that broke its contract. Its sender has to correct it, or the contract has to follow. It stays in the inbox and is tried again with each run, without a further mail. ${local.runbooks}/file-rejected.md"
    }
    figures-not-told = {
      metric      = "FiguresNotTold"
      threshold   = 0
      description = "A build ended well, but could not read the figures that alarms are made of: until a build tells them, no held file, late feed, refused share, volume or break mails. Its log has the reason, metrics_failed. ${local.runbooks}/figures-not-told.md"
    }
    verify-findings = {
      metric      = "VerifyFindings"
      threshold   = 0
      description = "loader verify found objects of the lake that are changed, missing or extra. Look who did it before anything is mended. ${local.runbooks}/verify.md"
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
  evaluation_periods  = try(each.value.hours, var.alarm_hours) * 12
  datapoints_to_alarm = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "no_verify" {
  count = var.verify_schedule == null ? 0 : 1

  alarm_name          = "${var.name}-no-verify-in-${var.hours_without_verify}-hours"
  alarm_description   = "loader verify has not ended in ${var.hours_without_verify} hours: is its schedule on, did its run fail? Until it ends, a change of the lake is not seen. The first verify after an installation ends it. ${local.runbooks}/verify.md"
  namespace           = local.metrics_namespace
  metric_name         = "VerifyFindings"
  statistic           = "SampleCount"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 3600
  evaluation_periods  = var.hours_without_verify
  datapoints_to_alarm = var.hours_without_verify
  treat_missing_data  = "breaching"
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
  evaluation_periods  = var.alarm_hours * 12
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
