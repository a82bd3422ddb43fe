output "lake_bucket" {
  description = "Bucket of lake, warehouse, results, sandbox and site."
  value       = aws_s3_bucket.lake.bucket
}

output "inbox" {
  description = "Where senders deliver to: s3://…/<feed>/."
  value       = "s3://${aws_s3_bucket.inbox.bucket}/"
}

output "repository_url" {
  description = "Where a release pushes its image to."
  value       = aws_ecr_repository.tasks.repository_url
}

output "cluster" {
  description = "ECS cluster of the tasks."
  value       = aws_ecs_cluster.tasks.name
}

output "log_group" {
  description = "Log group of the tasks."
  value       = aws_cloudwatch_log_group.tasks.name
}

output "databases" {
  description = "Glue databases: what was landed, what is published, and the analysts' own."
  value = {
    raw     = aws_glue_catalog_database.raw.name
    models  = aws_glue_catalog_database.models.name
    sandbox = aws_glue_catalog_database.sandbox.name
  }
}

output "workgroups" {
  description = "Athena workgroups."
  value = {
    pipeline = aws_athena_workgroup.pipeline.name
    analysts = aws_athena_workgroup.analysts.name
    auditors = aws_athena_workgroup.auditors.name
  }
}

output "roles" {
  description = "Roles of people, to assume."
  value = {
    analyst  = aws_iam_role.analyst.arn
    auditor  = aws_iam_role.auditor.arn
    operator = aws_iam_role.operator.arn
    upkeep   = aws_iam_role.upkeep.arn
    erasure  = aws_iam_role.erasure.arn
  }
}

output "task_definitions" {
  description = "The task definitions of this release, with their revisions. Rolling back applies the earlier image_digest."
  value = {
    loader = aws_ecs_task_definition.loader.arn
    build  = aws_ecs_task_definition.build.arn
  }
}

output "network" {
  description = "Where tasks run: a person who starts one by hand needs both."
  value = {
    subnet_ids        = local.subnet_ids
    security_group_id = aws_security_group.tasks.id
  }
}

output "environment" {
  description = "Environment of the tasks: what a person sets to run the same commands."
  value       = local.environment
}
