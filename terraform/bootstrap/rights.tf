# What CI may do. A deploy makes, changes and reads what belongs to its environment, by name. It reads no data: no object of a
# lake, no result of a query. It removes no bucket, key or database: that is for a person.

locals {
  arn = "arn:${local.partition}"
  in  = { for service in ["athena", "cloudtrail", "cloudwatch", "dynamodb", "ec2", "ecr", "ecs", "events", "glue", "kms", "logs", "scheduler", "sns", "sqs", "states"] : service => "arn:${local.partition}:${service}:${local.region}:${local.account_id}" }
}

data "aws_iam_policy_document" "state" {
  for_each = setunion(var.environments, [var.plan_environment])

  statement {
    sid       = "FindState"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.state.arn]
  }

  statement {
    sid       = "ReadState"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.state.arn}/${each.key == var.plan_environment ? "*" : each.key}/terraform.tfstate"]
  }

  statement {
    sid       = "ReadKeyOfState"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.state.arn]
  }
}
