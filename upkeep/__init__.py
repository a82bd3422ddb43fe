"""Keeps a DuckDB warehouse: backs it up, restores it, copies it and opens it for questions.

python -m upkeep --help
"""
