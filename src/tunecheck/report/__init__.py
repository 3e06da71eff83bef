"""The report: one HTML file without scripts or network, a Markdown comment, and results.json."""

from tunecheck.report.folder import write
from tunecheck.report.formats import Format, render

__all__ = ["Format", "render", "write"]
