# Inputs of watching.tf: what is refused, and that the longest times are still within what an alarm can look back.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name         = "ledger-lake-test"
  image_digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
  code_version = "0123abc"
}

run "longest_times" {
  command = plan

  variables {
    hours_without_build  = 100
    run_hours            = 24
    hours_without_verify = 168
    alarm_hours          = 20
  }

  assert {
    condition = alltrue([
      for alarm in concat(
        values(aws_cloudwatch_metric_alarm.failure_lately), values(aws_cloudwatch_metric_alarm.nothing_ended_well),
        aws_cloudwatch_metric_alarm.no_verify, [aws_cloudwatch_metric_alarm.run_started],
      ) : alarm.period * alarm.evaluation_periods <= 604800
    ])
    error_message = "An alarm looks back seven days at most."
  }

  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.night), values(aws_cloudwatch_metric_alarm.failure)) :
      alarm.period * alarm.evaluation_periods == (can(regex("Newly", alarm.metric_name)) ? 3600 : 72000)
    ])
    error_message = "Every alarm of a night stays on for alarm_hours, one of what is new for an hour."
  }

  assert {
    condition     = aws_cloudwatch_composite_alarm.no_build.alarm_name == "ledger-lake-test-no-build-in-100-hours"
    error_message = "The alarm's name has the hours."
  }
}

run "no_verify_is_missed_where_none_is_scheduled" {
  command = plan

  variables {
    verify_schedule = null
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.no_verify) == 0
    error_message = "Without verify_schedule nothing misses a verify."
  }
}

run "no_budget_unless_asked" {
  command = plan

  assert {
    condition     = length(aws_budgets_budget.monthly) == 0
    error_message = "Without monthly_budget_usd there is no budget."
  }
}

run "wrong_inputs" {
  command = plan

  variables {
    alarm_emails          = ["nobody"]
    run_emails            = ["two@example.com, three@example.com"]
    hours_without_build   = 101
    run_hours             = 24.5
    alarm_hours           = 21
    hours_without_verify  = 169
    refused_percent_alarm = 100
    volume_ratio_alarm    = 1
    bytes_scanned_alarm   = 1000
    monthly_budget_usd    = 0
  }

  expect_failures = [
    var.alarm_emails, var.run_emails, var.hours_without_build, var.run_hours, var.refused_percent_alarm,
    var.volume_ratio_alarm, var.bytes_scanned_alarm, var.monthly_budget_usd, var.alarm_hours, var.hours_without_verify,
  ]
}
