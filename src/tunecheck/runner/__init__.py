"""Plan, execute, record: the only place that wires ports to adapters.

Each name is imported when it is first used: a training curve needs no database, and a report needs no model.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tunecheck.runner.answers import generate_answers
    from tunecheck.runner.code import evaluate_code_generation
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
    from tunecheck.runner.scoring import evaluate_classification, evaluate_summarization, score
    from tunecheck.runner.splits import prepare_eval_split, split, split_file, verify_split

_HOMES = {
    "answers": ("generate_answers",),
    "code": ("evaluate_code_generation",),
    "curves": ("curve",),
    "doctor": ("examine",),
    "functions": (
        "calculate_perplexity",
        "detect_overfitting",
        "leaks",
        "overfitting",
        "perplexity",
        "read_run",
        "run_spec",
        "verdict",
    ),
    "progress": ("Progress", "Silent"),
    "scoring": ("evaluate_classification", "evaluate_summarization", "score"),
    "splits": ("prepare_eval_split", "split", "split_file", "verify_split"),
}

__all__ = [
    "Progress",
    "Silent",
    "calculate_perplexity",
    "curve",
    "detect_overfitting",
    "evaluate_classification",
    "evaluate_code_generation",
    "evaluate_summarization",
    "examine",
    "generate_answers",
    "leaks",
    "overfitting",
    "perplexity",
    "prepare_eval_split",
    "read_run",
    "run_spec",
    "score",
    "split",
    "split_file",
    "verdict",
    "verify_split",
]


def __getattr__(name: str) -> Any:
    home = next((home for home, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)
