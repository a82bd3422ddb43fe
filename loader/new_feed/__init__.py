"""A new feed from samples: looks at files, proves what it can, asks for the rest, and writes contract, model and test.

May import `contract`, `csv` and `inbox`. Knows no lake. Nothing here is on the path of a landing.
"""
