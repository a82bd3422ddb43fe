# What runs: the image's repository, the cluster and one task definition for each of loader and build. Nothing runs all the
# time; the state machine starts tasks.

locals {
  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html: MiB by CPU units.
  fargate_memory = {
    "256"   = [512, 1024, 2048]
    "512"   = range(1024, 4097, 1024)
    "1024"  = range(2048, 8193, 1024)
    "2048"  = range(4096, 16385, 1024)
    "4096"  = range(8192, 30721, 1024)
    "8192"  = range(16384, 61441, 4096)
    "16384" = range(32768, 122881, 8192)
  }
  # Pinned, because what `LATEST` is changes without a plan. The state machine gives it to RunTask.
  platform_version = "1.4.0"

  image = "${aws_ecr_repository.tasks.repository_url}@${var.image_digest}"

  environment = {
    AWS_REGION                    = local.region
    LEDGER_LAKE_ROOT              = "s3://${aws_s3_bucket.lake.bucket}/${local.lake_prefix}"
    LEDGER_LAKE_RAW_SCHEMA        = aws_glue_catalog_database.raw.name
    LEDGER_LAKE_SCHEMA            = aws_glue_catalog_database.models.name
    LEDGER_LAKE_WORKGROUP         = aws_athena_workgroup.pipeline.name
    LEDGER_LAKE_S3_DATA_DIR       = "s3://${aws_s3_bucket.lake.bucket}/${local.warehouse_prefix}/"
    LEDGER_LAKE_S3_STAGING_DIR    = "s3://${aws_s3_bucket.lake.bucket}/${local.results_prefix}/pipeline/"
    LEDGER_LAKE_CODE_VERSION      = var.code_version
    LEDGER_LAKE_TARGET            = "athena"
    LEDGER_LAKE_EMF               = "1"
    LEDGER_LAKE_METRICS_NAMESPACE = local.metrics_namespace
  }

  containers = {
    for name in ["loader", "build"] : name => {
      name      = name
      image     = local.image
      essential = true
      # A command comes with each RunTask. Without one the task must not do anything.
      command = ["python", "-c", "raise SystemExit('give a command')"]
      # The image's own user, said here too.
      user                   = "10001:10001"
      readonlyRootFilesystem = true
      # The most that Fargate gives between SIGTERM and SIGKILL: a build cancels its statements in that time.
      stopTimeout    = 120
      environment    = [for key, value in local.environment : { name = key, value = value }]
      mountPoints    = [{ sourceVolume = "work", containerPath = "/work", readOnly = false }]
      portMappings   = []
      volumesFrom    = []
      systemControls = []
      linuxParameters = {
        # dbt starts processes of its own; somebody has to reap them and hand signals on.
        initProcessEnabled = true
        capabilities       = { drop = ["ALL"], add = [] }
      }
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = aws_cloudwatch_log_group.tasks.name
          awslogs-region        = local.region
          awslogs-stream-prefix = name
          # Metrics and the story of a landing are lines of this log. So a task waits for CloudWatch rather than lose lines.
          mode = "blocking"
        }
      }
    }
  }
}

resource "aws_ecr_repository" "tasks" {
  name                 = var.name
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.lake.arn
  }
}

# Rolling back builds nothing: images of earlier releases stay. ECR counts by the time of the push and does not know which image is
# deployed. So the number is far above the releases that somebody may roll back over, or try in vain after that.
resource "aws_ecr_lifecycle_policy" "tasks" {
  repository = aws_ecr_repository.tasks.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Keep the last hundred releases"
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 100 }
      action       = { type = "expire" }
    }]
  })
}

resource "aws_cloudwatch_log_group" "tasks" {
  name              = "/${var.name}/tasks"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.lake.arn

  # The key's policy has to let CloudWatch Logs use the key first.
  depends_on = [aws_kms_key_policy.lake]
}

resource "aws_ecs_cluster" "tasks" {
  #checkov:skip=CKV_AWS_65:A variable; a task that runs for minutes a night needs no more than its log
  name = var.name

  setting {
    name  = "containerInsights"
    value = var.container_insights ? "enabled" : "disabled"
  }
}

resource "aws_ecs_task_definition" "loader" {
  family                   = "${var.name}-loader"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.loader_cpu
  memory                   = var.loader_memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.loader.arn
  container_definitions    = jsonencode([local.containers.loader])
  # Earlier revisions stay active: a run that is under way, and a look at what ran then, need them.
  skip_destroy = true

  volume {
    name = "work"
  }

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }
}

resource "aws_ecs_task_definition" "build" {
  family                   = "${var.name}-build"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.build_cpu
  memory                   = var.build_memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.build.arn
  container_definitions    = jsonencode([local.containers.build])
  skip_destroy             = true

  volume {
    name = "work"
  }

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }
}
