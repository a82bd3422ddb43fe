# A production environment: no way to the internet, a backup bucket, logs for two years.

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
    key          = "prod/terraform.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

# Region and credentials come from the environment. CI's rights to the key go by these tags.
provider "aws" {
  default_tags {
    tags = {
      Project     = "ledger-lake"
      Environment = "prod"
    }
  }
}

module "ledger_lake" {
  source = "../.."

  name                 = "ledger-lake-prod"
  image_digest         = var.image_digest
  code_version         = var.code_version
  permissions_boundary = var.permissions_boundaries["prod"]
  alarm_emails         = var.alarm_emails

  egress        = "endpoints"
  loader_cpu    = 2048
  loader_memory = 4096
  build_cpu     = 2048
  build_memory  = 8192

  container_insights    = true
  log_retention_days    = 731
  access_logs_kept_days = 731
  rejections_kept_years = 10
  noncurrent_kept_days  = 90

  bytes_cutoff_pipeline = 5497558138880
  bytes_cutoff_analysts = 107374182400
}
