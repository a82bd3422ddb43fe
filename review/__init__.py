"""Shows a reviewer what a change would do: to the public tables, and to what Terraform has made.

python -m review --help
"""
