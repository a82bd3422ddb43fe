variable "name" {
  description = "First part of the names of all environments: with ledger-lake an environment dev is called ledger-lake-dev."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.name)) && length(var.name) <= 15
    error_message = "name has lower-case letters, digits and single hyphens, begins with a letter, and has at most 15 characters."
  }
}

variable "github" {
  description = <<-TEXT
    The repository whose workflows may plan and deploy, with the numbers of owner and repository: GitHub's newer tokens name both.
    `gh api repos/OWNER/REPOSITORY --jq '.owner.id, .id'` shows the numbers.
  TEXT
  type = object({
    owner         = string
    owner_id      = number
    repository    = string
    repository_id = number
  })
  nullable = false

  validation {
    condition     = can(regex("^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$", var.github.owner)) && can(regex("^[A-Za-z0-9._-]+$", var.github.repository))
    error_message = "github.owner and github.repository are the two parts of owner/repository, without a wildcard."
  }

  validation {
    condition     = alltrue([for id in [var.github.owner_id, var.github.repository_id] : id > 0 && floor(id) == id])
    error_message = "github.owner_id and github.repository_id are GitHub's numbers."
  }
}

variable "environments" {
  description = "Environments that CI deploys, which are GitHub's environments of the same names: each has a role of its own, for its own names only."
  type        = set(string)
  default     = ["dev", "prod"]
  nullable    = false

  validation {
    condition     = length(var.environments) > 0 && alltrue([for name in var.environments : can(regex("^[a-z][a-z0-9]{0,9}$", name))])
    error_message = "environments are short words of lower-case letters and digits, such as dev and prod."
  }

  validation {
    condition     = length(setintersection(var.environments, ["bootstrap", "ci", "state", "plan", "raw", "sandbox", "rebuild", "boundary"])) == 0
    error_message = "bootstrap, ci, state, plan, boundary, raw, sandbox and rebuild are names of other things."
  }
}

variable "plan_environment" {
  description = "GitHub's environment in which plans run. Let it take branches of the repository only: what a plan reads is not for forks."
  type        = string
  default     = "plan"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,19}$", var.plan_environment)) && !contains(var.environments, var.plan_environment)
    error_message = "plan_environment is a word of lower-case letters, digits and hyphens, and none of environments."
  }
}

variable "oidc_provider_arn" {
  description = "ARN of the account's provider for GitHub's tokens. An account has one at most: null makes it."
  type        = string
  default     = null

  validation {
    condition     = var.oidc_provider_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:oidc-provider/token\\.actions\\.githubusercontent\\.com$", var.oidc_provider_arn))
    error_message = "oidc_provider_arn is the ARN of the provider token.actions.githubusercontent.com."
  }
}
