"""The command line (DESIGN §9): parse arguments, call one function, print."""

from mailflow.cli.app import main

__all__ = ["main"]
