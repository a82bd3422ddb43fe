"""Where delivered files lie, and their bytes: folders, patterns, buckets, a pipe; unpacked in one pass.

May import `aws`. Knows neither contracts nor a lake.
"""
