"""Contracts: what the sender of a feed promised, read from the dbt sources of the project.

May import no other package.
"""
