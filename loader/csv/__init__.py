"""A delivered file read by its contract, as bytes: structure, rows, malformed rows, totals.

May import `contract`. Knows neither a lake nor where a file lies.
"""
