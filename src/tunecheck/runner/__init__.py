"""Plan, execute, record: the only place that wires ports to adapters."""

from tunecheck.runner.curves import curve
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
from tunecheck.runner.splits import prepare_eval_split, split, split_file, verify_split

__all__ = [
    "Progress",
    "Silent",
    "calculate_perplexity",
    "curve",
    "detect_overfitting",
    "examine",
    "leaks",
    "overfitting",
    "perplexity",
    "prepare_eval_split",
    "read_run",
    "run_spec",
    "split",
    "split_file",
    "verdict",
    "verify_split",
]
