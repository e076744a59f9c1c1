"""The command line. `main` is the entry point of both commands, `kompakt-gpu` and `kompakt`."""

from kompakt.cli.run import main

__all__ = ["main"]
