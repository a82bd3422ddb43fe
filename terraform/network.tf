# Where tasks run: private subnets in two zones, without a public address and with nothing inbound. Either those of an existing
# VPC, or a new one whose tasks reach AWS by endpoints or by a NAT gateway.

locals {
  makes_network = var.vpc_id == null
  uses_nat      = local.makes_network && var.egress == "nat"
  # What tasks call by an address of its own: queries, catalog, who am I, image, logs. S3 has a gateway. Nothing else is called:
  # S3 asks KMS by itself, metrics are lines of the log, and the lock is the state machine's.
  interface_endpoints = local.makes_network && var.egress == "endpoints" ? toset(["athena", "ecr.api", "ecr.dkr", "glue", "logs", "sts"]) : toset([])

  vpc_id     = local.makes_network ? aws_vpc.tasks[0].id : var.vpc_id
  subnet_ids = local.makes_network ? aws_subnet.private[*].id : var.subnet_ids
}

data "aws_availability_zones" "available" {
  #checkov:skip=CKV_AWS_394:The first two are taken, and a subnet stays in its zone whatever the list says later
  state = "available"

  # No local zones: Fargate and endpoints are not there.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

data "aws_subnet" "existing" {
  for_each = toset(var.subnet_ids)
  id       = each.key

  lifecycle {
    postcondition {
      condition     = self.vpc_id == var.vpc_id
      error_message = "subnet_ids names a subnet of another VPC than vpc_id."
    }

    postcondition {
      condition     = !self.map_public_ip_on_launch
      error_message = "subnet_ids names a public subnet: what starts there gets a public address."
    }
  }
}

resource "aws_vpc" "tasks" {
  count                = local.makes_network ? 1 : 0
  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = var.name }
}

# What is started without a group of its own reaches nothing and is reached by nothing.
resource "aws_default_security_group" "nothing" {
  count  = local.makes_network ? 1 : 0
  vpc_id = aws_vpc.tasks[0].id
}

resource "aws_subnet" "private" {
  count                   = local.makes_network ? 2 : 0
  vpc_id                  = aws_vpc.tasks[0].id
  availability_zone       = data.aws_availability_zones.available.names[count.index]
  cidr_block              = cidrsubnet(var.vpc_cidr, 2, count.index)
  map_public_ip_on_launch = false
  tags                    = { Name = "${var.name}-private-${count.index + 1}" }

  # A zone that is in trouble leaves the list; the subnet stays where it is.
  lifecycle {
    ignore_changes = [availability_zone]
  }
}

resource "aws_route_table" "private" {
  count  = local.makes_network ? 1 : 0
  vpc_id = aws_vpc.tasks[0].id
  tags   = { Name = "${var.name}-private" }
}

resource "aws_route_table_association" "private" {
  count          = local.makes_network ? 2 : 0
  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private[0].id
}

# Security groups

resource "aws_security_group" "tasks" {
  #checkov:skip=CKV2_AWS_5:The state machine gives it to each task that it starts
  name        = "${var.name}-tasks"
  description = "Tasks of loader and build: HTTPS out, nothing in"
  vpc_id      = local.vpc_id
  tags        = { Name = "${var.name}-tasks" }

  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = local.makes_network || length(distinct([for subnet in data.aws_subnet.existing : subnet.availability_zone])) >= 2
      error_message = "subnet_ids lie in one zone: name subnets of two, so that a run starts where one zone is in trouble."
    }
  }
}

# By endpoints everything that a task may reach is named.
resource "aws_vpc_security_group_egress_rule" "tasks_to_endpoints" {
  count                        = length(local.interface_endpoints) > 0 ? 1 : 0
  security_group_id            = aws_security_group.tasks.id
  description                  = "Interface endpoints"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = aws_security_group.endpoints[0].id
}

resource "aws_vpc_security_group_egress_rule" "tasks_to_s3" {
  count             = length(local.interface_endpoints) > 0 ? 1 : 0
  security_group_id = aws_security_group.tasks.id
  description       = "S3 by its gateway"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  prefix_list_id    = aws_vpc_endpoint.s3[0].prefix_list_id
}

resource "aws_vpc_security_group_egress_rule" "tasks_to_aws" {
  count             = length(local.interface_endpoints) > 0 ? 0 : 1
  security_group_id = aws_security_group.tasks.id
  description       = "HTTPS to AWS, whose addresses change"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_security_group" "endpoints" {
  count       = length(local.interface_endpoints) > 0 ? 1 : 0
  name        = "${var.name}-endpoints"
  description = "Interface endpoints: HTTPS from the tasks"
  vpc_id      = local.vpc_id
  tags        = { Name = "${var.name}-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints_from_tasks" {
  count                        = length(local.interface_endpoints) > 0 ? 1 : 0
  security_group_id            = aws_security_group.endpoints[0].id
  description                  = "HTTPS from the tasks"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = aws_security_group.tasks.id
}

# Endpoints

# Its policy lets a task reach this environment's buckets and the layers of images: whatever credentials it has got hold of, it
# cannot copy to another bucket.
resource "aws_vpc_endpoint" "s3" {
  count             = local.makes_network ? 1 : 0
  vpc_id            = aws_vpc.tasks[0].id
  service_name      = "com.amazonaws.${local.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.private[0].id]
  policy            = data.aws_iam_policy_document.s3_endpoint.json
  tags              = { Name = "${var.name}-s3" }
}

data "aws_iam_policy_document" "s3_endpoint" {
  statement {
    sid       = "LakeAndInbox"
    actions   = ["s3:*"]
    resources = [for bucket in [local.lake_bucket, local.inbox_bucket] : "arn:${local.partition}:s3:::${bucket}"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalAccount"
      values   = [local.account_id]
    }
  }

  statement {
    sid       = "ObjectsOfLakeAndInbox"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    resources = [for bucket in [local.lake_bucket, local.inbox_bucket] : "arn:${local.partition}:s3:::${bucket}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalAccount"
      values   = [local.account_id]
    }
  }

  # ECR keeps the layers of all images in a bucket of its own in each region, and hands out signed addresses.
  statement {
    sid       = "LayersOfImages"
    actions   = ["s3:GetObject"]
    resources = ["arn:${local.partition}:s3:::prod-${local.region}-starport-layer-bucket/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}

resource "aws_vpc_endpoint" "interface" {
  for_each            = local.interface_endpoints
  vpc_id              = aws_vpc.tasks[0].id
  service_name        = "com.amazonaws.${local.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = aws_subnet.private[*].id
  security_group_ids  = [aws_security_group.endpoints[0].id]
  private_dns_enabled = true
  tags                = { Name = "${var.name}-${replace(each.key, ".", "-")}" }
}

# NAT: one gateway. Where its zone is in trouble a run fails and the next one finishes it; a second one would double the price.

resource "aws_internet_gateway" "tasks" {
  count  = local.uses_nat ? 1 : 0
  vpc_id = aws_vpc.tasks[0].id
  tags   = { Name = var.name }
}

resource "aws_subnet" "public" {
  count                   = local.uses_nat ? 1 : 0
  vpc_id                  = aws_vpc.tasks[0].id
  availability_zone       = data.aws_availability_zones.available.names[0]
  cidr_block              = cidrsubnet(var.vpc_cidr, 4, 15)
  map_public_ip_on_launch = false
  tags                    = { Name = "${var.name}-nat" }

  lifecycle {
    ignore_changes = [availability_zone]
  }
}

resource "aws_route_table" "public" {
  count  = local.uses_nat ? 1 : 0
  vpc_id = aws_vpc.tasks[0].id
  tags   = { Name = "${var.name}-nat" }
}

resource "aws_route" "public" {
  count                  = local.uses_nat ? 1 : 0
  route_table_id         = aws_route_table.public[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.tasks[0].id
}

resource "aws_route_table_association" "public" {
  count          = local.uses_nat ? 1 : 0
  subnet_id      = aws_subnet.public[0].id
  route_table_id = aws_route_table.public[0].id
}

resource "aws_eip" "nat" {
  #checkov:skip=CKV2_AWS_19:It is the NAT gateway's, not an instance's
  count  = local.uses_nat ? 1 : 0
  domain = "vpc"
  tags   = { Name = "${var.name}-nat" }
}

resource "aws_nat_gateway" "tasks" {
  count         = local.uses_nat ? 1 : 0
  allocation_id = aws_eip.nat[0].id
  subnet_id     = aws_subnet.public[0].id
  tags          = { Name = var.name }

  depends_on = [aws_internet_gateway.tasks]
}

resource "aws_route" "private" {
  count                  = local.uses_nat ? 1 : 0
  route_table_id         = aws_route_table.private[0].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.tasks[0].id
}

# Who talked to whom, refused attempts among them.
resource "aws_flow_log" "tasks" {
  count                = local.makes_network ? 1 : 0
  vpc_id               = aws_vpc.tasks[0].id
  traffic_type         = "ALL"
  log_destination_type = "s3"
  log_destination      = "${aws_s3_bucket.logs.arn}/network/"
  tags                 = { Name = var.name }

  depends_on = [aws_s3_bucket_policy.logs]
}
