"""Builds the warehouse with dbt and tells a scheduler how the build ended: exit codes, log lines, metrics.

python -m pipeline --help
"""
