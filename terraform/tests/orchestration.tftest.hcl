# What starts runs is a matter of variables. Wrong ones are refused.

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

run "defaults" {
  command = plan

  assert {
    condition     = length(aws_cloudwatch_event_rule.delivery) == 0 && length(aws_s3_bucket_notification.inbox) == 0
    error_message = "Deliveries start nothing unless a variable says so."
  }

  assert {
    condition     = alltrue([for schedule in aws_scheduler_schedule.pipeline : schedule.state == "ENABLED" && schedule.flexible_time_window[0].mode == "OFF"])
    error_message = "Schedules are on, and keep their time."
  }

  assert {
    condition     = !aws_sfn_state_machine.pipeline.tracing_configuration[0].enabled && !can([for statement in data.aws_iam_policy_document.state_machine.statement : statement if statement.sid == "Trace"][0])
    error_message = "Without tracing the machine has no right to trace."
  }
}

run "tracing" {
  command = plan

  variables {
    tracing = true
  }

  assert {
    condition     = aws_sfn_state_machine.pipeline.tracing_configuration[0].enabled && can([for statement in data.aws_iam_policy_document.state_machine.statement : statement if statement.sid == "Trace"][0])
    error_message = "Tracing brings the right to trace."
  }
}

run "people_start_runs" {
  command = plan

  variables {
    schedule           = null
    verify_schedule    = null
    schedules_are_on   = false
    schedule_time_zone = "Europe/Prague"
  }

  assert {
    condition     = toset(keys(aws_scheduler_schedule.pipeline)) == toset(["recover", "upkeep"])
    error_message = "A schedule that is null is not made."
  }

  assert {
    condition     = alltrue([for schedule in aws_scheduler_schedule.pipeline : schedule.state == "DISABLED" && schedule.schedule_expression_timezone == "Europe/Prague"])
    error_message = "All schedules are off, in the zone that was given."
  }
}

run "wrong" {
  command = plan

  variables {
    schedule                = "0 2 * * *"
    upkeep_schedule         = "daily"
    verify_schedule         = "at(2026-01-01T00:00:00)"
    schedule_time_zone      = "CEST now"
    landings_at_once        = 0
    landing_timeout_minutes = 721
  }

  expect_failures = [
    var.schedule,
    var.upkeep_schedule,
    var.verify_schedule,
    var.schedule_time_zone,
    var.landings_at_once,
    var.landing_timeout_minutes,
  ]
}

# Landing and build need more time than the run has.
run "wrong_together" {
  command = plan

  variables {
    landing_timeout_minutes = 240
    build_timeout_minutes   = 240
    run_hours               = 8
  }

  expect_failures = [var.build_timeout_minutes]
}
