output "state_bucket" {
  description = "For `terraform init -backend-config=bucket=…` of an environment."
  value       = aws_s3_bucket.state.bucket
}

output "permissions_boundaries" {
  description = "Policy that bounds the roles of an environment, by environment: variable permissions_boundaries of the examples."
  value       = { for name, policy in aws_iam_policy.boundary : name => policy.arn }
}

output "ci_plan_role" {
  description = "Role that the plan's workflow assumes."
  value       = aws_iam_role.ci_plan.arn
}

output "ci_deploy_roles" {
  description = "Role that a deploy's workflow assumes, by environment."
  value       = { for name, role in aws_iam_role.ci_deploy : name => role.arn }
}
