variable "image_digest" {
  description = "Digest of the release's image, sha256:…; a release passes it."
  type        = string
}

variable "code_version" {
  description = "Commit of the release."
  type        = string
}

variable "permissions_boundary" {
  description = "Output permissions_boundary of bootstrap."
  type        = string
}

variable "alarm_emails" {
  description = "Who gets a mail when something is wrong."
  type        = list(string)
}
