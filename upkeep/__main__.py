"""Starts the command line: python -m upkeep."""

from upkeep.cli import main

main()
