"""Runs generated code, shut in: nothing it does reaches the machine, and nothing it says is taken for a verdict."""

from tunecheck.sandbox.launch import bubblewrap, install_line, unsupported
from tunecheck.sandbox.pool import Sandbox

__all__ = ["Sandbox", "bubblewrap", "install_line", "unsupported"]
