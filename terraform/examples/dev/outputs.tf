output "ledger_lake" {
  description = "What people and workflows need: buckets, databases, workgroups, roles, task definitions."
  value       = module.ledger_lake
}
