"""Run the command line as ``python -m loader``."""

from loader.cli.commands import main

if __name__ == "__main__":
    main()
