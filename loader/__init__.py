"""Land delivered bank files: strict structure, verbatim copy, raw parts that SQL reads, one manifest per file."""

__version__ = "0.1.0"
