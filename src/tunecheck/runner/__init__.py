"""Plan, execute, record: the only place that wires ports to adapters."""

from tunecheck.runner.doctor import examine
from tunecheck.runner.functions import (
    calculate_perplexity,
    detect_overfitting,
    leaks,
    overfitting,
    perplexity,
    read_run,
    run_spec,
    verdict,
)
from tunecheck.runner.progress import Progress, Silent

__all__ = [
    "Progress",
    "Silent",
    "calculate_perplexity",
    "detect_overfitting",
    "examine",
    "leaks",
    "overfitting",
    "perplexity",
    "read_run",
    "run_spec",
    "verdict",
]
