variable "name" {
  description = "First part of every name that is made, such as ledger-lake-prod. Two environments in one account have two names."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.name)) && length(var.name) >= 3 && length(var.name) <= 20
    error_message = "name has lower-case letters, digits and single hyphens, begins with a letter, and has 3 to 20 characters."
  }

  # The databases of ledger-lake are ledger_lake, ledger_lake_raw, ledger_lake_sandbox and ledger_lake_rebuild_….
  validation {
    condition     = !can(regex("-(raw|sandbox|rebuild)(-|$)", var.name))
    error_message = "raw, sandbox and rebuild are no words of a name: another environment's Glue database could have that name."
  }
}

variable "image_digest" {
  description = "Digest of the image that the tasks run, sha256:…. An earlier one rolls back: its image and its task definitions are still there."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^sha256:[0-9a-f]{64}$", var.image_digest))
    error_message = "image_digest is sha256: and 64 hexadecimal digits, as the registry shows it. A tag is not enough."
  }
}

variable "code_version" {
  description = "Commit that the image was built from. Each publication records it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9a-f]{7,40}$", var.code_version))
    error_message = "code_version is a git commit: 7 to 40 hexadecimal digits."
  }
}

variable "permissions_boundary" {
  description = "ARN of the policy that bounds every role made here; in bootstrap's output permissions_boundaries. Null where a person applies without CI."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:policy/.+$", var.permissions_boundary))
    error_message = "permissions_boundary is the ARN of an IAM policy."
  }
}

variable "people" {
  description = <<-TEXT
    ARNs of this account's users and roles who may assume the roles of people: analyst, auditor, operator, upkeep, erasure. A
    role that names nobody can be assumed by whomever this account's own policies allow. Erasure needs MFA in any case.
  TEXT
  type = object({
    analyst  = optional(list(string), [])
    auditor  = optional(list(string), [])
    operator = optional(list(string), [])
    upkeep   = optional(list(string), [])
    erasure  = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for arn in flatten(values(var.people)) : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(user|role)/[^*]+$", arn))])
    error_message = "people are ARNs of IAM users or roles, without a wildcard."
  }
}

variable "senders" {
  description = <<-TEXT
    Who delivers what: ARNs of IAM users or roles, also of other accounts, by feed. Each may put objects below <inbox>/<feed>/, and
    neither list nor read there.
  TEXT
  type        = map(list(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for arn in flatten(values(var.senders)) : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(user|role)/[^*]+$", arn))])
    error_message = "senders are ARNs of IAM users or roles, without a wildcard."
  }

  validation {
    condition     = alltrue([for feed, arns in var.senders : can(regex("^[a-z][a-z0-9_]*$", feed)) && length(arns) > 0])
    error_message = "senders has the name of a feed as the key, and somebody who delivers it."
  }
}

# Storage

variable "log_retention_days" {
  description = "Days that logs of tasks and of the state machine are kept in CloudWatch."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days is one of CloudWatch's own values from 30 on: 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, …, 3653."
  }
}

variable "access_logs_kept_days" {
  description = "Days that S3 access logs, CloudTrail's and the network's flow logs are kept in the logs bucket."
  type        = number
  default     = 400
  nullable    = false

  validation {
    condition     = var.access_logs_kept_days >= 90 && floor(var.access_logs_kept_days) == var.access_logs_kept_days
    error_message = "access_logs_kept_days is a whole number of at least 90."
  }
}

variable "rejections_kept_years" {
  description = "Years that the record of a rejected file is kept. Books and records are kept for seven years or more."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.rejections_kept_years >= 7 && floor(var.rejections_kept_years) == var.rejections_kept_years
    error_message = "rejections_kept_years is a whole number of at least 7."
  }
}

variable "results_kept_days" {
  description = "Days that results of queries are kept. They are copies of what the tables hold."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = var.results_kept_days >= 1 && var.results_kept_days <= 90 && floor(var.results_kept_days) == var.results_kept_days
    error_message = "results_kept_days is a whole number from 1 to 90."
  }
}

variable "noncurrent_kept_days" {
  description = "Days that replaced and removed objects of the warehouse, of raw/ and of site/ are kept: how far back the warehouse can be restored."
  type        = number
  default     = 35
  nullable    = false

  validation {
    condition     = var.noncurrent_kept_days >= 7 && floor(var.noncurrent_kept_days) == var.noncurrent_kept_days
    error_message = "noncurrent_kept_days is a whole number of at least 7."
  }
}

variable "inbox_kept_days" {
  description = "Days that delivered objects stay in the inbox. The lake has its own copy once they have landed; what was rejected waits here for a person."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.inbox_kept_days >= 14 && floor(var.inbox_kept_days) == var.inbox_kept_days
    error_message = "inbox_kept_days is a whole number of at least 14: a feed that is late or refused over holidays must not expire unread."
  }
}

variable "backup" {
  description = "Whether a second bucket keeps a copy of lake and warehouse that no role of the pipeline can write to or delete from. It costs their storage once more."
  type        = bool
  default     = true
  nullable    = false
}

# Athena

variable "bytes_cutoff_pipeline" {
  description = "Bytes that one statement of a build may scan; beyond it Athena cancels the statement and the build fails."
  type        = number
  default     = 1099511627776
  nullable    = false

  validation {
    condition     = var.bytes_cutoff_pipeline >= 10485760 && floor(var.bytes_cutoff_pipeline) == var.bytes_cutoff_pipeline
    error_message = "bytes_cutoff_pipeline is a whole number of at least 10485760 (10 MB), the least that Athena takes."
  }
}

variable "bytes_cutoff_analysts" {
  description = "Bytes that one statement of an analyst or an auditor may scan."
  type        = number
  default     = 107374182400
  nullable    = false

  validation {
    condition     = var.bytes_cutoff_analysts >= 10485760 && floor(var.bytes_cutoff_analysts) == var.bytes_cutoff_analysts
    error_message = "bytes_cutoff_analysts is a whole number of at least 10485760 (10 MB), the least that Athena takes."
  }
}

# Network

variable "vpc_id" {
  description = "An existing VPC whose subnets reach S3, Athena, Glue, STS, ECR and CloudWatch Logs. Null makes a new one."
  type        = string
  default     = null

  validation {
    condition     = var.vpc_id == null || can(regex("^vpc-[0-9a-f]{8,17}$", var.vpc_id))
    error_message = "vpc_id is the id of a VPC, vpc-…."
  }
}

variable "subnet_ids" {
  description = "Private subnets of the existing VPC, in two zones at least; empty where a VPC is made."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.subnet_ids : can(regex("^subnet-[0-9a-f]{8,17}$", id))]) && length(distinct(var.subnet_ids)) == length(var.subnet_ids)
    error_message = "subnet_ids are ids of subnets, subnet-…, each named once."
  }

  validation {
    condition     = var.vpc_id == null ? length(var.subnet_ids) == 0 : length(var.subnet_ids) >= 2
    error_message = "vpc_id and subnet_ids go together: with vpc_id name two subnets or more, without it none."
  }
}

variable "vpc_cidr" {
  description = "Addresses of the new VPC, a /16 to /24; nothing else may be reached from it, so it may overlap with other networks."
  type        = string
  default     = "10.20.0.0/20"
  nullable    = false

  validation {
    condition     = can(cidrhost(var.vpc_cidr, 0)) && try(tonumber(split("/", var.vpc_cidr)[1]) >= 16 && tonumber(split("/", var.vpc_cidr)[1]) <= 24, false)
    error_message = "vpc_cidr is an IPv4 range with a prefix of 16 to 24, such as 10.20.0.0/20."
  }
}

variable "egress" {
  description = <<-TEXT
    How the tasks of a new VPC reach AWS: "endpoints" or "nat".
    endpoints: no way to the internet. Six interface endpoints in two zones, about 0.01 USD an hour each: 90 to 110 USD a month, and
    0.01 USD a GB; S3 is free. nat: one gateway, 0.045 to 0.052 USD an hour: 33 to 38 USD a month, and as much a GB; S3 is free.
    Prices differ by region (eu-central-1 is at the upper end) and change: look them up.
  TEXT
  type        = string
  default     = "endpoints"
  nullable    = false

  validation {
    condition     = contains(["endpoints", "nat"], var.egress)
    error_message = "egress is \"endpoints\" or \"nat\"."
  }
}

# Tasks

variable "loader_cpu" {
  description = "CPU units of a loader's task; 1024 is one vCPU."
  type        = number
  default     = 1024
  nullable    = false

  validation {
    condition     = contains(keys(local.fargate_memory), tostring(var.loader_cpu))
    error_message = "loader_cpu is one of Fargate's sizes: 256, 512, 1024, 2048, 4096, 8192, 16384."
  }
}

variable "loader_memory" {
  description = "Memory of a loader's task in MiB. A landing takes some 300 MB, however large the file is."
  type        = number
  default     = 2048
  nullable    = false

  validation {
    condition     = contains(lookup(local.fargate_memory, tostring(var.loader_cpu), []), var.loader_memory)
    error_message = "loader_memory is no size that Fargate has for loader_cpu: 1024 takes 2048 to 8192 in steps of 1024, for example."
  }
}

variable "build_cpu" {
  description = "CPU units of the build's task; 1024 is one vCPU. Athena does the work, dbt waits for it."
  type        = number
  default     = 1024
  nullable    = false

  validation {
    condition     = contains(keys(local.fargate_memory), tostring(var.build_cpu))
    error_message = "build_cpu is one of Fargate's sizes: 256, 512, 1024, 2048, 4096, 8192, 16384."
  }
}

variable "build_memory" {
  description = "Memory of the build's task in MiB."
  type        = number
  default     = 4096
  nullable    = false

  validation {
    condition     = contains(lookup(local.fargate_memory, tostring(var.build_cpu), []), var.build_memory)
    error_message = "build_memory is no size that Fargate has for build_cpu: 1024 takes 2048 to 8192 in steps of 1024, for example."
  }
}

variable "container_insights" {
  description = "Whether ECS sends CPU and memory of each task to CloudWatch, which costs some cents a run."
  type        = bool
  default     = false
  nullable    = false
}

# watching.tf

variable "alarm_emails" {
  description = "Addresses that alarms are mailed to. Each gets a mail that has to be confirmed first. Empty where something else subscribes to the topic alarms: without a subscriber nobody is told."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.alarm_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "alarm_emails are mail addresses."
  }
}

variable "run_emails" {
  description = "Addresses that get a message for each run, however it ended. Each gets a mail that has to be confirmed first."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.run_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "run_emails are mail addresses."
  }
}

variable "hours_without_build" {
  description = "Hours after which the lack of a build that ended well is an alarm: from one scheduled run to the next, and the time that a run takes. 26 for a run each night, 74 for a run on each working day."
  type        = number
  default     = 26
  nullable    = false

  # An alarm looks back seven days at most, and what has failed is remembered for the hours of a run more.
  validation {
    condition     = var.hours_without_build >= 2 && var.hours_without_build <= 100 && floor(var.hours_without_build) == var.hours_without_build
    error_message = "hours_without_build is a whole number from 2 to 100."
  }
}

variable "run_hours" {
  description = "Hours after which a run is cut off, a backfill of years included. Until then no alarm misses the build that it has not ended."
  type        = number
  default     = 8
  nullable    = false

  validation {
    condition     = var.run_hours >= 1 && var.run_hours <= 24 && floor(var.run_hours) == var.run_hours
    error_message = "run_hours is a whole number from 1 to 24."
  }
}

variable "alarm_hours" {
  description = "Hours for which an alarm stays on after its cause; one of what is new stays on for an hour. A second cause of the same kind within them sends no further mail, and causes that follow each other more closely are one mail for good: set it below the time between two scheduled runs, such as 5 for rate(6 hours). 8 fits a run each night; of runs that deliveries start, failures within 8 hours are one mail."
  type        = number
  default     = 8
  nullable    = false

  # An alarm over minutes looks back one day at most, and the next night has to mail again.
  validation {
    condition     = var.alarm_hours >= 1 && var.alarm_hours <= 20 && floor(var.alarm_hours) == var.alarm_hours
    error_message = "alarm_hours is a whole number from 1 to 20."
  }
}

variable "hours_without_verify" {
  description = "Hours after which the lack of a loader verify that ended is an alarm: the longest time from one of verify_schedule to the next, and the time that it takes. 108 for two a week, 30 for one a day. Without verify_schedule there is no such alarm."
  type        = number
  default     = 108
  nullable    = false

  # An alarm looks back seven days at most.
  validation {
    condition     = var.hours_without_verify >= 2 && var.hours_without_verify <= 168 && floor(var.hours_without_verify) == var.hours_without_verify
    error_message = "hours_without_verify is a whole number from 2 to 168, seven days, the longest time that an alarm looks back: verify_schedule has to start one more often."
  }
}

variable "refused_percent_alarm" {
  description = "Percentage of a published file's rows that may be refused without an alarm. Set it below the limit at which the build holds the file (5 % if the feed names none)."
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = var.refused_percent_alarm >= 0 && var.refused_percent_alarm < 100
    error_message = "refused_percent_alarm is a percentage from 0 to below 100."
  }
}

variable "volume_ratio_alarm" {
  description = "How many times more or fewer rows than usual a file may have without an alarm. A month's last file often has two or three times as many."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.volume_ratio_alarm > 1
    error_message = "volume_ratio_alarm is a number above 1."
  }
}

variable "bytes_scanned_alarm" {
  description = "Bytes that the models and audits of one build together may scan without an alarm. Athena bills about 5 USD for 1 TB: the default is about one dollar."
  type        = number
  default     = 214748364800
  nullable    = false

  validation {
    condition     = var.bytes_scanned_alarm >= 10485760 && floor(var.bytes_scanned_alarm) == var.bytes_scanned_alarm
    error_message = "bytes_scanned_alarm is a whole number of at least 10485760 (10 MB), the least that Athena bills."
  }
}

variable "monthly_budget_usd" {
  description = "What the whole account may cost a month in USD: a mail at 80 % spent and when 100 % are foreseen. Null where something else watches the account's costs."
  type        = number
  default     = null

  validation {
    condition     = var.monthly_budget_usd == null ? true : var.monthly_budget_usd > 0
    error_message = "monthly_budget_usd is above 0, or null."
  }
}

# orchestration.tf

variable "schedule" {
  description = "When a run starts, as EventBridge Scheduler writes it: cron(0 2 * * ? *) is each night at two, in schedule_time_zone. Null for none: then deliveries or people start runs. For runs less than nine hours apart set alarm_hours too, and hours_without_build."
  type        = string
  default     = "cron(0 2 * * ? *)"

  validation {
    condition     = var.schedule == null ? true : can(regex("^(cron|rate)\\(.+\\)$", var.schedule))
    error_message = "schedule is cron(…) with six fields, or rate(…), or null."
  }
}

variable "upkeep_schedule" {
  description = "When loader recover and dbt's upkeep run. They may run beside a build. Null for never: then storage grows by what builds leave behind."
  type        = string
  default     = "cron(0 12 * * ? *)"

  validation {
    condition     = var.upkeep_schedule == null ? true : can(regex("^(cron|rate)\\(.+\\)$", var.upkeep_schedule))
    error_message = "upkeep_schedule is cron(…) with six fields, or rate(…), or null."
  }
}

variable "verify_schedule" {
  description = "When loader verify hashes the whole lake again, which shows tampering, and writes seals. It reads every byte: about an hour of a task, well below a dollar, for 1 TB. Set hours_without_verify to it; one a week is too rare for that alarm. Null for never."
  type        = string
  default     = "cron(0 13 ? * WED,SUN *)"

  validation {
    condition     = var.verify_schedule == null ? true : can(regex("^(cron|rate)\\(.+\\)$", var.verify_schedule))
    error_message = "verify_schedule is cron(…) with six fields, or rate(…), or null."
  }
}

variable "schedule_time_zone" {
  description = "Time zone of all schedules, such as Europe/Prague. Where clocks change, a schedule in the hour that spring leaves out is skipped that night: give a time outside it."
  type        = string
  default     = "UTC"
  nullable    = false

  validation {
    condition     = can(regex("^(UTC|[A-Z][A-Za-z_]+(/[A-Za-z0-9_+-]+)+)$", var.schedule_time_zone))
    error_message = "schedule_time_zone is UTC or a name of the IANA database, such as Europe/Prague."
  }
}

variable "schedules_are_on" {
  description = "Whether the schedules start anything. Off keeps them, for an environment that people start by hand."
  type        = bool
  default     = true
  nullable    = false
}

variable "start_on_delivery" {
  description = "Whether each object that comes into the inbox starts a run. While one is under way the others end at once, for about 0.0002 USD an object, and one more run follows."
  type        = bool
  default     = false
  nullable    = false
}

variable "landings_at_once" {
  description = "Folders of the inbox that land at the same time, each in a task of its own. Fargate's quota of vCPUs of the account is the limit."
  type        = number
  default     = 4
  nullable    = false

  validation {
    condition     = var.landings_at_once >= 1 && var.landings_at_once <= 40 && floor(var.landings_at_once) == var.landings_at_once
    error_message = "landings_at_once is a whole number from 1 to 40."
  }
}

variable "landing_timeout_minutes" {
  description = "Minutes after which the landing of a folder is stopped. Files that have landed by then stay landed; the run goes on without the others."
  type        = number
  default     = 120
  nullable    = false

  # The loader gives a landing up after twelve hours.
  validation {
    condition     = var.landing_timeout_minutes >= 5 && var.landing_timeout_minutes <= 720 && floor(var.landing_timeout_minutes) == var.landing_timeout_minutes
    error_message = "landing_timeout_minutes is a whole number from 5 to 720."
  }
}

variable "build_timeout_minutes" {
  description = "Minutes after which a build, or a chore, is stopped. A build that is stopped is started again as it is."
  type        = number
  default     = 240
  nullable    = false

  validation {
    condition     = var.build_timeout_minutes >= 10 && floor(var.build_timeout_minutes) == var.build_timeout_minutes && var.build_timeout_minutes + var.landing_timeout_minutes < var.run_hours * 60
    error_message = "build_timeout_minutes is a whole number of at least 10, and with landing_timeout_minutes less than run_hours: otherwise the whole run is cut off before its build."
  }
}

variable "tracing" {
  description = "Whether X-Ray traces the state machine."
  type        = bool
  default     = false
  nullable    = false
}
