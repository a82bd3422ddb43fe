# Who may act as what. What each may do is in the files rights*.tf. A trust policy names the account, and the thing where AWS says it, for
# which a service acts: so no other account's task, schedule or state machine can borrow a role.

data "aws_iam_policy_document" "trust_tasks" {
  statement {
    sid     = "TasksOfThisAccount"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:ecs:${local.region}:${local.account_id}:*"]
    }
  }
}

data "aws_iam_policy_document" "trust_people" {
  for_each = toset(["analyst", "auditor", "operator", "upkeep"])

  # Upkeep runs as a task, too.
  source_policy_documents = each.key == "upkeep" ? [data.aws_iam_policy_document.trust_tasks.json] : []

  statement {
    sid     = "People"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = coalescelist(var.people[each.key], ["arn:${local.partition}:iam::${local.account_id}:root"])
    }
  }
}

data "aws_iam_policy_document" "trust_erasure" {
  statement {
    sid     = "PeopleWithASecondFactor"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = coalescelist(var.people.erasure, ["arn:${local.partition}:iam::${local.account_id}:root"])
    }

    condition {
      test     = "Bool"
      variable = "aws:MultiFactorAuthPresent"
      values   = ["true"]
    }
  }
}

data "aws_iam_policy_document" "trust_state_machine" {
  statement {
    sid     = "ThePipeline"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["states.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = [local.pipeline_arn]
    }
  }
}

data "aws_iam_policy_document" "trust_scheduler" {
  statement {
    sid     = "SchedulesOfThisGroup"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    # Scheduler names the group, not the schedule.
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.schedule_group_arn]
    }
  }

  statement {
    sid     = "RulesOfThisName"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = [local.rules_arn]
    }
  }
}

# AWS documents no condition for replication. Nobody outside this account can hand the role to S3: that needs iam:PassRole here.
data "aws_iam_policy_document" "trust_backup" {
  statement {
    sid     = "ReplicationOfBuckets"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }
  }
}

# Tasks

resource "aws_iam_role" "loader" {
  name                 = "${var.name}-loader"
  description          = "Task: lands files of the inbox"
  assume_role_policy   = data.aws_iam_policy_document.trust_tasks.json
  permissions_boundary = var.permissions_boundary
}

resource "aws_iam_role_policy" "loader" {
  name   = "rights"
  role   = aws_iam_role.loader.id
  policy = data.aws_iam_policy_document.loader.json
}

resource "aws_iam_role" "build" {
  name                 = "${var.name}-build"
  description          = "Task: dbt build, reports"
  assume_role_policy   = data.aws_iam_policy_document.trust_tasks.json
  permissions_boundary = var.permissions_boundary
}

resource "aws_iam_role_policy" "build" {
  name   = "rights"
  role   = aws_iam_role.build.id
  policy = data.aws_iam_policy_document.build.json
}

resource "aws_iam_role" "execution" {
  name                 = "${var.name}-execution"
  description          = "ECS: pulls the image and writes the log of a task"
  assume_role_policy   = data.aws_iam_policy_document.trust_tasks.json
  permissions_boundary = var.permissions_boundary
}

resource "aws_iam_role_policy" "execution" {
  name   = "rights"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}

# What starts them

resource "aws_iam_role" "state_machine" {
  name                 = "${var.name}-state-machine"
  description          = "State machine: runs the tasks of a run and tells how it ended"
  assume_role_policy   = data.aws_iam_policy_document.trust_state_machine.json
  permissions_boundary = var.permissions_boundary
}

resource "aws_iam_role_policy" "state_machine" {
  name   = "rights"
  role   = aws_iam_role.state_machine.id
  policy = data.aws_iam_policy_document.state_machine.json
}

resource "aws_iam_role" "scheduler" {
  name                 = "${var.name}-scheduler"
  description          = "Schedule and S3 trigger: start the state machine"
  assume_role_policy   = data.aws_iam_policy_document.trust_scheduler.json
  permissions_boundary = var.permissions_boundary
}

resource "aws_iam_role_policy" "scheduler" {
  name   = "rights"
  role   = aws_iam_role.scheduler.id
  policy = data.aws_iam_policy_document.scheduler.json
}

resource "aws_iam_role" "backup" {
  name                 = "${var.name}-backup"
  description          = "S3: copies lake and warehouse to the backup bucket"
  assume_role_policy   = data.aws_iam_policy_document.trust_backup.json
  permissions_boundary = var.permissions_boundary
}

resource "aws_iam_role_policy" "backup" {
  name   = "rights"
  role   = aws_iam_role.backup.id
  policy = data.aws_iam_policy_document.backup.json
}

# People

resource "aws_iam_role" "analyst" {
  name                 = "${var.name}-analyst"
  description          = "Reads what is published, but no delivered text of rows set aside; has a sandbox"
  assume_role_policy   = data.aws_iam_policy_document.trust_people["analyst"].json
  permissions_boundary = var.permissions_boundary
}

resource "aws_iam_role_policy" "analyst" {
  name   = "rights"
  role   = aws_iam_role.analyst.id
  policy = data.aws_iam_policy_document.analyst.json
}

resource "aws_iam_role" "auditor" {
  name                 = "${var.name}-auditor"
  description          = "Reads everything, with every version of it and all logs; writes results of its queries only"
  assume_role_policy   = data.aws_iam_policy_document.trust_people["auditor"].json
  permissions_boundary = var.permissions_boundary
}

resource "aws_iam_role_policy" "auditor" {
  name   = "rights"
  role   = aws_iam_role.auditor.id
  policy = data.aws_iam_policy_document.auditor.json
}

resource "aws_iam_role" "operator" {
  name                 = "${var.name}-operator"
  description          = "Starts and stops runs, reads their logs and alarms, puts files of a backfill; reads no row"
  assume_role_policy   = data.aws_iam_policy_document.trust_people["operator"].json
  permissions_boundary = var.permissions_boundary
}

resource "aws_iam_role_policy" "operator" {
  name   = "rights"
  role   = aws_iam_role.operator.id
  policy = data.aws_iam_policy_document.operator.json
}

resource "aws_iam_role" "upkeep" {
  name                 = "${var.name}-upkeep"
  description          = "Task or person: removes rows that cannot be published any more, compacts tables"
  assume_role_policy   = data.aws_iam_policy_document.trust_people["upkeep"].json
  permissions_boundary = var.permissions_boundary
}

resource "aws_iam_role_policy" "upkeep" {
  name   = "rights"
  role   = aws_iam_role.upkeep.id
  policy = data.aws_iam_policy_document.upkeep.json
}

resource "aws_iam_role" "erasure" {
  name                 = "${var.name}-erasure"
  description          = "A person, for one erasure: records it and removes versions of delivered objects"
  assume_role_policy   = data.aws_iam_policy_document.trust_erasure.json
  permissions_boundary = var.permissions_boundary
  # One erasure takes minutes.
  max_session_duration = 3600
}

resource "aws_iam_role_policy" "erasure" {
  name   = "rights"
  role   = aws_iam_role.erasure.id
  policy = data.aws_iam_policy_document.erasure.json
}
