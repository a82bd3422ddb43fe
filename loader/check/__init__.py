"""What a build would say of a file, found out in a scratch lake that nobody else sees.

May import `lake` and what that may import. Runs dbt as a program of its own and reads the warehouse that it leaves.
"""
