# Names that more than one file needs. Everything that this module makes begins with var.name, so that two environments can
# stand side by side in one account.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.region

  # Glue takes no hyphens.
  schema         = replace(var.name, "-", "_")
  raw_schema     = "${local.schema}_raw"
  sandbox_schema = "${local.schema}_sandbox"
  # A rebuild from landing goes to a database of its own, which the build may make: …_rebuild_ and anything.
  rebuild_schemas = "${local.schema}_rebuild_*"

  # Prefixes of the lake's bucket.
  lake_prefix      = "lake"
  warehouse_prefix = "warehouse"
  results_prefix   = "results"
  sandbox_prefix   = "sandbox"
  site_prefix      = "site"

  # Metrics that alarm have no dimension, so the namespace is what tells two environments apart.
  metrics_namespace = "LedgerLake/${var.name}"

  # Names of things that a policy has to name before they are made.
  pipeline_arn       = "arn:${local.partition}:states:${local.region}:${local.account_id}:stateMachine:${var.name}-pipeline"
  executions_arn     = "arn:${local.partition}:states:${local.region}:${local.account_id}:execution:${var.name}-pipeline:*"
  lock_table_arn     = "arn:${local.partition}:dynamodb:${local.region}:${local.account_id}:table/${var.name}-runs"
  runs_topic_arn     = "arn:${local.partition}:sns:${local.region}:${local.account_id}:${var.name}-runs"
  trail_arn          = "arn:${local.partition}:cloudtrail:${local.region}:${local.account_id}:trail/${var.name}"
  schedule_group_arn = "arn:${local.partition}:scheduler:${local.region}:${local.account_id}:schedule-group/${var.name}"
  rules_arn          = "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${var.name}-*"
}
