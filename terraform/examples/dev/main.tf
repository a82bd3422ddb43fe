# A small environment: one task at a time of half a vCPU, a NAT gateway in place of endpoints, no backup bucket, short retention.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }

  # terraform init -backend-config="bucket=…", which is output state_bucket of bootstrap.
  backend "s3" {
    key          = "dev/terraform.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

# Region and credentials come from the environment. CI's rights to the key go by these tags.
provider "aws" {
  default_tags {
    tags = {
      Project     = "ledger-lake"
      Environment = "dev"
    }
  }
}

module "ledger_lake" {
  source = "../.."

  name                 = "ledger-lake-dev"
  image_digest         = var.image_digest
  code_version         = var.code_version
  permissions_boundary = var.permissions_boundaries["dev"]
  alarm_emails         = var.alarm_emails

  egress        = "nat"
  loader_cpu    = 512
  loader_memory = 1024
  build_cpu     = 512
  build_memory  = 2048

  backup               = false
  log_retention_days   = 30
  noncurrent_kept_days = 7
  results_kept_days    = 2

  bytes_cutoff_pipeline = 10737418240
  bytes_cutoff_analysts = 1073741824
}
