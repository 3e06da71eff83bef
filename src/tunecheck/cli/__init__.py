"""The command line: parse, call one function, print."""

from tunecheck.cli.main import main

__all__ = ["main"]
