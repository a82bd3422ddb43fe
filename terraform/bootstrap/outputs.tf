output "state_bucket" {
  description = "For `terraform init -backend-config=bucket=…` of an environment."
  value       = aws_s3_bucket.state.bucket
}

output "permissions_boundary" {
  description = "Variable permissions_boundary of each environment."
  value       = aws_iam_policy.boundary.arn
}

output "ci_plan_role" {
  description = "Role that the plan's workflow assumes."
  value       = aws_iam_role.ci_plan.arn
}

output "ci_deploy_roles" {
  description = "Role that a deploy's workflow assumes, by environment."
  value       = { for name, role in aws_iam_role.ci_deploy : name => role.arn }
}
