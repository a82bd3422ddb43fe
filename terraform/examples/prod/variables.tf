variable "image_digest" {
  description = "Digest of the release's image, sha256:…; a release passes it."
  type        = string
}

variable "code_version" {
  description = "Commit of the release."
  type        = string
}

variable "permissions_boundaries" {
  description = "Output permissions_boundaries of bootstrap."
  type        = map(string)
}

variable "alarm_emails" {
  description = "Who gets a mail when something is wrong."
  type        = list(string)
}
