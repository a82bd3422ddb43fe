# One page that shows how the last weeks went, and saved questions to the logs. Its searches find a new feed by themselves.

locals {
  outcomes = ["ValidRows", "QuarantinedRows", "CondemnedRows", "DuplicateRows"]

  # A metric of all feeds: the text of a search by its name and statistic.
  by_feed = "SEARCH('{${local.metrics_namespace},Feed} MetricName=\"%s\"', 'Sum', 86400)"

  graph = {
    view    = "timeSeries"
    region  = local.region
    period  = 86400
    stacked = false
  }

  widgets = [
    {
      type = "alarm", width = 24, height = 3
      properties = {
        title = "Alarms"
        alarms = concat(
          [aws_cloudwatch_composite_alarm.build_failed.arn, aws_cloudwatch_composite_alarm.no_build.arn],
          [for alarm in aws_cloudwatch_metric_alarm.no_verify : alarm.arn],
          [for alarm in aws_cloudwatch_metric_alarm.night : alarm.arn],
        )
      }
    },
    {
      type = "metric", width = 12, height = 6
      properties = merge(local.graph, {
        title   = "Rows by outcome, all feeds"
        stacked = true
        metrics = [for outcome in local.outcomes : [{ expression = "SUM(${format(local.by_feed, outcome)})", label = outcome, id = lower(outcome) }]]
      })
    },
    {
      type = "metric", width = 12, height = 6
      properties = merge(local.graph, {
        title   = "Rows delivered, by feed"
        stacked = true
        metrics = [[{ expression = format(local.by_feed, "RowsDelivered"), label = "", id = "delivered" }]]
      })
    },
    {
      type = "metric", width = 12, height = 6
      properties = merge(local.graph, {
        title = "Builds, and rows that publications restated"
        metrics = [
          [local.metrics_namespace, "BuildEndedWell", { stat = "Sum", label = "Builds that ended well" }],
          [local.metrics_namespace, "BuildFailed", { stat = "Sum", label = "Builds that failed" }],
          [{ expression = "SUM(${format(local.by_feed, "Restatements")})", label = "Restatements", id = "restatements", yAxis = "right" }],
        ]
      })
    },
    {
      type = "metric", width = 12, height = 6
      properties = merge(local.graph, {
        title = "How long runs took, in minutes"
        metrics = [
          ["AWS/States", "ExecutionTime", "StateMachineArn", local.pipeline_arn, { stat = "Maximum", id = "took", visible = false }],
          [{ expression = "took / 60000", label = "Longest run of the day", id = "minutes" }],
        ]
      })
    },
    {
      type = "metric", width = 12, height = 6
      properties = merge(local.graph, {
        title = "Waiting for a person"
        metrics = [
          [local.metrics_namespace, "FilesHeld", { stat = "Maximum", label = "Files held" }],
          [local.metrics_namespace, "FilesRejected", { stat = "Sum", label = "Files rejected" }],
          [local.metrics_namespace, "FeedsLate", { stat = "Maximum", label = "Feeds late" }],
          [local.metrics_namespace, "BreaksAboveTolerance", { stat = "Maximum", label = "Breaks above tolerance" }],
          [local.metrics_namespace, "VerifyFindings", { stat = "Maximum", label = "Findings of verify" }],
        ]
      })
    },
    {
      type = "metric", width = 12, height = 6
      properties = merge(local.graph, {
        title = "Bytes scanned by builds and upkeep"
        metrics = [
          ["AWS/Athena", "ProcessedBytes", "WorkGroup", aws_athena_workgroup.pipeline.name, { stat = "Sum", label = "All statements" }],
          [local.metrics_namespace, "QueryBytes", { stat = "Sum", label = "Models and audits" }],
        ]
        # The alarm is on one build; a day can have several.
        annotations = { horizontal = [{ label = "Alarm, one build", value = var.bytes_scanned_alarm }] }
      })
    },
    {
      type = "metric", width = 12, height = 6
      properties = merge(local.graph, {
        title       = "Largest share of refused rows in a file, in percent"
        metrics     = [[local.metrics_namespace, "RefusedPercent", { stat = "Maximum", label = "Refused" }]]
        annotations = { horizontal = [{ label = "Alarm", value = var.refused_percent_alarm }] }
      })
    },
    {
      type = "metric", width = 12, height = 6
      properties = merge(local.graph, {
        title       = "Farthest from a feed's usual volume, as a factor"
        metrics     = [[local.metrics_namespace, "VolumeRatio", { stat = "Maximum", label = "Factor" }]]
        annotations = { horizontal = [{ label = "Alarm", value = var.volume_ratio_alarm }] }
      })
    },
    {
      type = "log", width = 24, height = 6
      properties = {
        title  = "What went wrong"
        region = local.region
        view   = "table"
        query  = "SOURCE '${aws_cloudwatch_log_group.tasks.name}' | ${join("\n", [for line in split("\n", file("${path.module}/queries/errors.txt")) : line if !startswith(line, "#")])}"
      }
    },
  ]
}

resource "aws_cloudwatch_dashboard" "pipeline" {
  dashboard_name = var.name
  dashboard_body = jsonencode({ start = "-P28D", widgets = local.widgets })
}

# Questions to the logs, by the names of their files. The console lists them under CloudWatch, Logs Insights, Queries.
resource "aws_cloudwatch_query_definition" "saved" {
  for_each = fileset("${path.module}/queries", "*.txt")

  name            = "${var.name}/${trimsuffix(each.key, ".txt")}"
  log_group_names = [aws_cloudwatch_log_group.tasks.name]
  query_string    = file("${path.module}/queries/${each.key}")
}
