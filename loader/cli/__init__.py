"""The command line: what was asked, what is said, how the process ends.

May import every other package. Only `pipeline`, `upkeep`, tests and tools import it.
"""
