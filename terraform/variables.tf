variable "name" {
  description = "First part of every name that is made, such as ledger-lake-prod. Two environments in one account have two names."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.name)) && length(var.name) <= 20
    error_message = "name has lower-case letters, digits and single hyphens, begins with a letter, and has at most 20 characters."
  }
}
