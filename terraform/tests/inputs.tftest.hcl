# Wrong inputs are refused before anything is planned. A run names every variable that must refuse: one that does not fails the run. A variable that
# is compared with another one is not looked at while that one is wrong.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name         = "ledger-lake-test"
  image_digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
  code_version = "0123abc"
  alarm_emails = ["ops@example.com"]
}

run "wrong_in_one_way" {
  command = plan

  variables {
    name                  = "Ledger"
    image_digest          = "v1.2.3"
    code_version          = "main"
    permissions_boundary  = "arn:aws:iam::111122223333:role/x"
    senders               = { payments = ["arn:aws:iam::111122223333:root"] }
    people                = { analyst = ["arn:aws:iam::111122223333:user/*"] }
    log_retention_days    = 31
    access_logs_kept_days = 30
    rejections_kept_years = 6
    results_kept_days     = 0
    noncurrent_kept_days  = 6
    inbox_kept_days       = 7
    bytes_cutoff_pipeline = 10485759
    bytes_cutoff_analysts = 1000
    vpc_id                = "main"
    vpc_cidr              = "10.0.0.0/8"
    egress                = "internet"
    loader_cpu            = 100
    build_cpu             = 3
  }

  expect_failures = [
    var.name,
    var.image_digest,
    var.code_version,
    var.permissions_boundary,
    var.people,
    var.senders,
    var.log_retention_days,
    var.access_logs_kept_days,
    var.rejections_kept_years,
    var.results_kept_days,
    var.noncurrent_kept_days,
    var.inbox_kept_days,
    var.bytes_cutoff_pipeline,
    var.bytes_cutoff_analysts,
    var.vpc_id,
    var.vpc_cidr,
    var.egress,
    var.loader_cpu,
    var.build_cpu,
  ]
}

run "wrong_in_another_way" {
  command = plan

  variables {
    name                  = "ledger-lake-production"
    image_digest          = "sha256:0123"
    code_version          = "0123ABC"
    senders               = { "pay*" = ["arn:aws:iam::111122223333:role/bank"] }
    people                = { erasure = ["111122223333"] }
    log_retention_days    = 0
    access_logs_kept_days = 90.5
    rejections_kept_years = 7.5
    results_kept_days     = 91
    noncurrent_kept_days  = 0
    inbox_kept_days       = 14.5
    bytes_cutoff_pipeline = 0
    bytes_cutoff_analysts = 20000000.5
    subnet_ids            = ["subnet-00000001", "subnet-00000002"]
    vpc_cidr              = "10.20.0.0"
    egress                = ""
    loader_cpu            = 256
    loader_memory         = 4096
    build_cpu             = 4096
    build_memory          = 4096
  }

  expect_failures = [
    var.name,
    var.image_digest,
    var.code_version,
    var.people,
    var.senders,
    var.log_retention_days,
    var.access_logs_kept_days,
    var.rejections_kept_years,
    var.results_kept_days,
    var.noncurrent_kept_days,
    var.inbox_kept_days,
    var.bytes_cutoff_pipeline,
    var.bytes_cutoff_analysts,
    var.subnet_ids,
    var.vpc_cidr,
    var.egress,
    var.loader_memory,
    var.build_memory,
  ]
}

run "vpc_without_subnets" {
  command = plan

  variables {
    name   = "ledger-lake-raw"
    vpc_id = "vpc-00000001"
  }

  expect_failures = [
    var.name,
    var.subnet_ids,
  ]
}

run "the_same_subnet_twice" {
  command = plan

  variables {
    name       = "ledger--lake"
    vpc_id     = "vpc-00000001"
    subnet_ids = ["subnet-00000001", "subnet-00000001"]
  }

  expect_failures = [
    var.name,
    var.subnet_ids,
  ]
}
