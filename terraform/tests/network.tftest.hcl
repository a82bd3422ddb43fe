# Where tasks run: two zones, nothing inbound, no public address, by endpoints, by NAT or in an existing VPC.

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

run "endpoints" {
  command = plan

  variables {
    egress = "endpoints"
  }

  assert {
    condition     = length(distinct(aws_subnet.private[*].availability_zone)) == 2 && !anytrue(aws_subnet.private[*].map_public_ip_on_launch)
    error_message = "Tasks have private subnets in two zones."
  }

  assert {
    condition     = length(aws_internet_gateway.tasks) + length(aws_nat_gateway.tasks) + length(aws_eip.nat) + length(aws_route.private) == 0
    error_message = "By endpoints there is no way to the internet."
  }

  assert {
    condition     = toset(keys(aws_vpc_endpoint.interface)) == toset(["athena", "ecr.api", "ecr.dkr", "glue", "logs", "sts"]) && length(aws_vpc_endpoint.s3) == 1
    error_message = "Every service that a task calls has an endpoint, and no other."
  }

  assert {
    condition     = length(aws_vpc_security_group_egress_rule.tasks_to_aws) == 0 && alltrue([for rule in aws_vpc_security_group_ingress_rule.endpoints_from_tasks : rule.from_port == 443 && rule.cidr_ipv4 == null])
    error_message = "Tasks reach the endpoints, and the endpoints take HTTPS from the tasks only."
  }

  assert {
    condition     = length(aws_default_security_group.nothing) == 1 && length(aws_flow_log.tasks) == 1
    error_message = "The default security group lets nothing through, and who talks to whom is logged."
  }
}

run "nat" {
  command = plan

  variables {
    egress = "nat"
  }

  assert {
    condition     = length(aws_nat_gateway.tasks) == 1 && length(aws_vpc_endpoint.interface) == 0 && length(aws_vpc_endpoint.s3) == 1
    error_message = "By NAT there is one gateway, and S3 goes by its free endpoint."
  }

  assert {
    condition     = !anytrue(concat(aws_subnet.private[*].map_public_ip_on_launch, aws_subnet.public[*].map_public_ip_on_launch))
    error_message = "No task gets a public address."
  }
}

run "existing_vpc" {
  command = plan

  variables {
    vpc_id     = "vpc-00000001"
    subnet_ids = ["subnet-00000001", "subnet-00000002"]
  }

  override_data {
    target          = data.aws_subnet.existing["subnet-00000001"]
    override_during = plan
    values          = { vpc_id = "vpc-00000001", availability_zone = "eu-central-1a", map_public_ip_on_launch = false }
  }

  override_data {
    target          = data.aws_subnet.existing["subnet-00000002"]
    override_during = plan
    values          = { vpc_id = "vpc-00000001", availability_zone = "eu-central-1b", map_public_ip_on_launch = false }
  }

  assert {
    condition     = length(aws_vpc.tasks) == 0 && aws_security_group.tasks.vpc_id == "vpc-00000001" && output.network.subnet_ids == tolist(["subnet-00000001", "subnet-00000002"])
    error_message = "In an existing VPC only a security group is made."
  }
}

run "existing_vpc_of_one_zone" {
  command = plan

  variables {
    vpc_id     = "vpc-00000001"
    subnet_ids = ["subnet-00000001", "subnet-00000002"]
  }

  override_data {
    target          = data.aws_subnet.existing
    override_during = plan
    values          = { vpc_id = "vpc-00000001", availability_zone = "eu-central-1a", map_public_ip_on_launch = false }
  }

  expect_failures = [aws_security_group.tasks]
}

run "public_subnets" {
  command = plan

  variables {
    vpc_id     = "vpc-00000001"
    subnet_ids = ["subnet-00000001", "subnet-00000002"]
  }

  override_data {
    target          = data.aws_subnet.existing
    override_during = plan
    values          = { vpc_id = "vpc-00000001", availability_zone = "eu-central-1a", map_public_ip_on_launch = true }
  }

  expect_failures = [data.aws_subnet.existing]
}
