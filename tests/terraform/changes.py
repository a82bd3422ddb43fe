"""Another valid value of each variable of the module, and what no such change may replace or remove."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# What cannot be made again: data, the key to it, and the catalog's names of it.
KEPT_TYPES = frozenset({"aws_s3_bucket", "aws_kms_key", "aws_glue_catalog_database"})

# One plan takes all of these.
TOGETHER: Mapping[str, Any] = {
    "image_digest": "sha256:" + "1" * 64,
    "code_version": "fedcba9876543210",
    "permissions_boundary": "arn:aws:iam::123456789012:policy/ledger-lake-boundary-dev",
    "people": {
        "analyst": ["arn:aws:iam::123456789012:role/ann"],
        "operator": ["arn:aws:iam::123456789012:role/op"],
        "erasure": ["arn:aws:iam::123456789012:user/eve"],
    },
    "senders": {"ledger_entries": ["arn:aws:iam::210987654321:role/bank"]},
    "log_retention_days": 30,
    "access_logs_kept_days": 90,
    "rejections_kept_years": 7,
    "results_kept_days": 1,
    "noncurrent_kept_days": 7,
    "inbox_kept_days": 14,
    "bytes_cutoff_pipeline": 10485760,
    "bytes_cutoff_analysts": 10485760,
    "vpc_cidr": "10.30.0.0/16",
    "egress": "nat",
    "loader_cpu": 512,
    "loader_memory": 1024,
    "build_cpu": 2048,
    "build_memory": 8192,
    "container_insights": True,
    "alarm_emails": [],
    "run_emails": ["others@example.com"],
    "hours_without_build": 74,
    "run_hours": 12,
    "alarm_hours": 5,
    "hours_without_verify": 30,
    "refused_percent_alarm": 1,
    "volume_ratio_alarm": 3,
    "bytes_scanned_alarm": 10485760,
    "monthly_budget_usd": 100,
    "schedule": None,
    "upkeep_schedule": "rate(2 days)",
    "verify_schedule": "rate(1 day)",
    "schedule_time_zone": "Europe/Prague",
    "schedules_are_on": False,
    "start_on_delivery": False,
    "landings_at_once": 8,
    "landing_timeout_minutes": 60,
    "build_timeout_minutes": 120,
    "tracing": True,
}
# A plan of each of these takes away what is kept, so Terraform refuses it.
REFUSED: Mapping[str, Any] = {"name": "ledger-lake-other", "backup": False}
# They go together and name what has to be there: the test that has an account makes it.
NETWORK = frozenset({"vpc_id", "subnet_ids"})
