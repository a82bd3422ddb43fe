"""What a build would say of a file, found out in a scratch lake that nobody else sees.

May import `new_feed`, whose guesses are its hints, `lake`, and what these may import. Runs dbt as a program of its own
and reads the warehouse that it leaves.
"""
