# What a task may do to itself, and what is left of an earlier release.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name         = "ledger-lake-test"
  image_digest = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
  code_version = "0123abc"
  alarm_emails = ["ops@example.com"]
}

run "tasks" {
  command = plan

  assert {
    condition = alltrue([
      for definition in [aws_ecs_task_definition.loader, aws_ecs_task_definition.build] : alltrue([
        for container in jsondecode(definition.container_definitions) :
        container.readonlyRootFilesystem && container.user != "0:0" && container.stopTimeout == 120
        && [for mount in container.mountPoints : mount.containerPath] == ["/work"]
        && container.linuxParameters.capabilities.drop == ["ALL"]
        && container.logConfiguration.options.mode == "blocking"
        && endswith(container.image, "@sha256:1111111111111111111111111111111111111111111111111111111111111111")
      ])
    ])
    error_message = "A task has a read-only root, one folder to write to, no root user, two minutes to stop, and the image of the digest."
  }

  assert {
    condition     = [for container in jsondecode(aws_ecs_task_definition.loader.container_definitions) : container.name] == ["loader"] && [for container in jsondecode(aws_ecs_task_definition.build.container_definitions) : container.name] == ["build"]
    error_message = "The state machine names the containers loader and build."
  }

  assert {
    condition     = aws_ecs_task_definition.loader.skip_destroy && aws_ecs_task_definition.build.skip_destroy && aws_ecr_repository.tasks.image_tag_mutability == "IMMUTABLE"
    error_message = "Task definitions and images of earlier releases stay as they were, so that rolling back builds nothing."
  }

  assert {
    condition     = alltrue([for rule in jsondecode(aws_ecr_lifecycle_policy.tasks.policy).rules : rule.selection.countNumber >= 10])
    error_message = "Ten releases are kept."
  }

  assert {
    condition     = output.environment.LEDGER_LAKE_SCHEMA == "ledger_lake_test" && output.environment.LEDGER_LAKE_RAW_SCHEMA == "ledger_lake_test_raw" && output.environment.LEDGER_LAKE_METRICS_NAMESPACE == "LedgerLake/ledger-lake-test"
    error_message = "Schemas and metrics of two environments do not meet."
  }
}

run "the_image_that_is_deployed_stays" {
  command = plan

  # A release that goes back to an early image is followed by others that are pushed and not deployed.
  assert {
    condition     = alltrue([for rule in jsondecode(aws_ecr_lifecycle_policy.tasks.policy).rules : rule.selection.countType == "imageCountMoreThan" && rule.selection.countNumber >= 100])
    error_message = "ECR does not know which image is deployed: only many pushes may end one."
  }
}

run "roles_have_the_boundary" {
  command = plan

  variables {
    permissions_boundary = "arn:aws:iam::111122223333:policy/ledger-lake-boundary-dev"
  }

  assert {
    condition = alltrue([
      for role in [
        aws_iam_role.loader, aws_iam_role.build, aws_iam_role.execution, aws_iam_role.state_machine, aws_iam_role.scheduler,
        aws_iam_role.backup, aws_iam_role.analyst, aws_iam_role.auditor, aws_iam_role.operator, aws_iam_role.upkeep, aws_iam_role.erasure,
      ] : role.permissions_boundary == "arn:aws:iam::111122223333:policy/ledger-lake-boundary-dev"
    ])
    error_message = "CI can make no role without the boundary."
  }
}
