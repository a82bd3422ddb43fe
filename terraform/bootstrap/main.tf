# What CI needs before it can deploy: a bucket for Terraform's state, trust in GitHub's tokens, and roles. A person applies this
# once, with an administrator's rights; its own state then goes to the bucket, too (docs/deploy.md).

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.region

  # Glue takes no hyphens.
  schema = replace(var.name, "-", "_")

  # By these tags a policy knows whose a key, or a part of a network, is: their ARNs have no name.
  tags = { for environment in var.environments : environment => { Project = var.name, Environment = environment } }

  state_bucket = "${var.name}-state-${local.account_id}"
}
