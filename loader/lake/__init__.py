"""The lake: its objects, landing, commits, catalogs, recovery, proof and erasure.

May import `csv`, `inbox`, `contract` and `aws`.
"""
