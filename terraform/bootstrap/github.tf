# Trust in GitHub's tokens. A token says in `sub` for which repository and environment a job runs; a job gets into an environment
# only by GitHub's rules for it (branches, approval). Each subject is compared as a whole. With a wildcard, a fork, a pull request
# or a repository of a similar name would do.

locals {
  # GitHub has two forms: by names, and since 2026 by names and numbers, for repositories that are new, were renamed or chose it.
  repositories = [
    "${var.github.owner}/${var.github.repository}",
    "${var.github.owner}@${var.github.owner_id}/${var.github.repository}@${var.github.repository_id}",
  ]

  oidc_provider_arn = coalesce(var.oidc_provider_arn, one(aws_iam_openid_connect_provider.github[*].arn))
}

# AWS checks GitHub's certificate by itself: no thumbprint is needed.
resource "aws_iam_openid_connect_provider" "github" {
  count          = var.oidc_provider_arn == null ? 1 : 0
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "trust_github" {
  for_each = setunion(var.environments, [var.plan_environment])

  statement {
    sid     = "JobsOfThisEnvironment"
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.oidc_provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = [for repository in local.repositories : "repo:${repository}:environment:${each.key}"]
    }
  }
}

resource "aws_iam_role" "ci_plan" {
  name                 = "${var.name}-ci-plan"
  description          = "CI: reads settings and state, for a plan"
  assume_role_policy   = data.aws_iam_policy_document.trust_github[var.plan_environment].json
  max_session_duration = 3600
}

resource "aws_iam_role_policy" "ci_plan" {
  name   = "rights"
  role   = aws_iam_role.ci_plan.id
  policy = data.aws_iam_policy_document.ci_plan.json
}

resource "aws_iam_role" "ci_deploy" {
  for_each             = var.environments
  name                 = "${var.name}-ci-deploy-${each.key}"
  description          = "CI: applies the environment ${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.trust_github[each.key].json
  max_session_duration = 3600
}

# In parts, because a policy has 6,144 characters at most.
resource "aws_iam_policy" "ci_deploy_storage" {
  for_each    = var.environments
  name        = "${var.name}-ci-deploy-${each.key}-storage"
  description = "Buckets, key, databases, workgroups and the state of ${each.key}"
  policy      = data.aws_iam_policy_document.ci_deploy_storage[each.key].json
}

resource "aws_iam_policy" "ci_deploy_running" {
  for_each    = var.environments
  name        = "${var.name}-ci-deploy-${each.key}-running"
  description = "Image, tasks, state machine, schedule and watching of ${each.key}"
  policy      = data.aws_iam_policy_document.ci_deploy_running[each.key].json
}

resource "aws_iam_policy" "ci_deploy_network" {
  for_each    = var.environments
  name        = "${var.name}-ci-deploy-${each.key}-network"
  description = "Network and roles of ${each.key}"
  policy      = data.aws_iam_policy_document.ci_deploy_network[each.key].json
}

resource "aws_iam_role_policy_attachment" "ci_deploy_storage" {
  for_each   = var.environments
  role       = aws_iam_role.ci_deploy[each.key].name
  policy_arn = aws_iam_policy.ci_deploy_storage[each.key].arn
}

resource "aws_iam_role_policy_attachment" "ci_deploy_running" {
  for_each   = var.environments
  role       = aws_iam_role.ci_deploy[each.key].name
  policy_arn = aws_iam_policy.ci_deploy_running[each.key].arn
}

resource "aws_iam_role_policy_attachment" "ci_deploy_network" {
  for_each   = var.environments
  role       = aws_iam_role.ci_deploy[each.key].name
  policy_arn = aws_iam_policy.ci_deploy_network[each.key].arn
}
