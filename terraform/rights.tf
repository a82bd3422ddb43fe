data "aws_iam_policy_document" "stub" {
  statement {
    sid       = "Nothing"
    effect    = "Deny"
    actions   = ["s3:DeleteBucket"]
    resources = [aws_s3_bucket.lake.arn]
  }
}

data "aws_iam_policy_document" "loader" {
  source_policy_documents = [data.aws_iam_policy_document.stub.json]
}

data "aws_iam_policy_document" "build" {
  source_policy_documents = [data.aws_iam_policy_document.stub.json]
}

data "aws_iam_policy_document" "execution" {
  source_policy_documents = [data.aws_iam_policy_document.stub.json]
}

data "aws_iam_policy_document" "state_machine" {
  source_policy_documents = [data.aws_iam_policy_document.stub.json]
}

data "aws_iam_policy_document" "scheduler" {
  source_policy_documents = [data.aws_iam_policy_document.stub.json]
}

data "aws_iam_policy_document" "backup" {
  source_policy_documents = [data.aws_iam_policy_document.stub.json]
}

data "aws_iam_policy_document" "analyst" {
  source_policy_documents = [data.aws_iam_policy_document.stub.json]
}

data "aws_iam_policy_document" "auditor" {
  source_policy_documents = [data.aws_iam_policy_document.stub.json]
}

data "aws_iam_policy_document" "upkeep" {
  source_policy_documents = [data.aws_iam_policy_document.stub.json]
}

data "aws_iam_policy_document" "erasure" {
  source_policy_documents = [data.aws_iam_policy_document.stub.json]
}
