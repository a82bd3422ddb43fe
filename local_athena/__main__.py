"""`python -m local_athena`."""

from local_athena.cli import cli

if __name__ == "__main__":
    cli(prog_name="python -m local_athena")
