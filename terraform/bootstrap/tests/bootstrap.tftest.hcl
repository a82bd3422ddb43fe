# Who may become CI, and what CI may not do.

mock_provider "aws" {
  source          = "../tests/mocks"
  override_during = plan
}

variables {
  name = "ledger-lake"
  github = {
    owner         = "octo"
    owner_id      = 1
    repository    = "ledger-lake"
    repository_id = 2
  }
}

run "trust" {
  command = plan

  assert {
    condition = jsonencode({
      for name, document in data.aws_iam_policy_document.trust_github : name => {
        for condition in document.statement[0].condition : "${condition.test} ${condition.variable}" => condition.values
      }
      }) == jsonencode({
      for name in ["dev", "plan", "prod"] : name => {
        "StringEquals token.actions.githubusercontent.com:aud" = ["sts.amazonaws.com"]
        "StringEquals token.actions.githubusercontent.com:sub" = ["repo:octo/ledger-lake:environment:${name}", "repo:octo@1/ledger-lake@2:environment:${name}"]
      }
    })
    error_message = "A token is taken for its whole subject only, in both of GitHub's forms."
  }

  assert {
    condition     = alltrue([for document in data.aws_iam_policy_document.trust_github : length(document.statement) == 1])
    error_message = "Nobody else may become CI."
  }
}

run "an_account_that_has_the_provider" {
  command = plan

  variables {
    oidc_provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0
    error_message = "An account has one provider for GitHub at most."
  }
}

run "rights" {
  command = plan

  assert {
    condition = alltrue([
      for name, document in data.aws_iam_policy_document.ci_deploy_network :
      one([for statement in document.statement : one(one(statement.condition[*].values)) if statement.sid == "BoundedRoles"]) == aws_iam_policy.boundary[name].arn
    ])
    error_message = "CI makes and changes only roles that have the boundary."
  }

  assert {
    condition = alltrue(flatten([
      for document in concat(values(data.aws_iam_policy_document.ci_deploy_storage), values(data.aws_iam_policy_document.ci_deploy_running), values(data.aws_iam_policy_document.ci_deploy_network), [data.aws_iam_policy_document.ci_plan]) : [
        for statement in document.statement : [
          for action in statement.actions :
          statement.effect == "Deny" || statement.sid == "LockState" || !contains(["s3:GetObject", "s3:DeleteObject", "athena:GetQueryResults", "athena:StartQueryExecution", "dynamodb:GetItem", "glue:GetTable"], action)
        ]
      ]
    ]))
    error_message = "CI reads no data."
  }
}

run "wrong_in_one_way" {
  command = plan

  variables {
    name              = "Ledger"
    github            = { owner = "*", owner_id = 1, repository = "ledger-lake", repository_id = 2 }
    environments      = ["state"]
    plan_environment  = "Plan"
    oidc_provider_arn = "arn:aws:iam::111122223333:oidc-provider/example.com"
  }

  expect_failures = [var.name, var.github, var.environments, var.oidc_provider_arn]
}

run "wrong_in_another_way" {
  command = plan

  variables {
    name             = "ledger-lake-prod"
    github           = { owner = "octo", owner_id = 0, repository = "ledger-lake", repository_id = 2 }
    plan_environment = "dev"
  }

  expect_failures = [var.name, var.github, var.plan_environment]
}
