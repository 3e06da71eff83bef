"""tunecheck: is my fine-tuned language model good enough to ship?

>>> import tunecheck as tc
>>> tc.Estimate(value=2.31, low=2.27, high=2.36, n=400, method="an example")
Estimate(value=2.31, low=2.27, high=2.36, n=400, method='an example', confidence=0.95)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tunecheck.api import generate, run, write_report
    from tunecheck.core import (
        Agreement,
        Answers,
        CheckResult,
        Estimate,
        Finding,
        LeakReport,
        RunResult,
        Split,
        Unscored,
        Verdict,
    )
    from tunecheck.errors import CannotRun, DataError, InputError, ModelError, TunecheckError
    from tunecheck.runner import (
        ab_test,
        agreement,
        calculate_perplexity,
        create_ab,
        create_evaluation_set,
        create_review,
        curve,
        detect_overfitting,
        evaluate_classification,
        evaluate_code_generation,
        evaluate_summarization,
        export_preferences,
        export_review,
        export_votes,
        export_votes_sheet,
        import_review,
        import_votes,
        judge_ab,
        leaks,
        overfitting,
        perplexity,
        plan_ab,
        preference,
        prepare_eval_split,
        rank_models,
        read_run,
        score,
        show_ab,
        show_review,
        split,
        verdict,
    )

__version__ = "0.1.0"

# Public name -> where it lives. Imported when first used: `import tunecheck` loads no numpy, torch or web code.
_HOMES = {
    **dict.fromkeys(
        (
            "Agreement",
            "Answers",
            "CheckResult",
            "Estimate",
            "Finding",
            "LeakReport",
            "RunResult",
            "Split",
            "Unscored",
            "Verdict",
        ),
        "tunecheck.core",
    ),
    **dict.fromkeys(("CannotRun", "DataError", "InputError", "ModelError", "TunecheckError"), "tunecheck.errors"),
    **dict.fromkeys(
        (
            "ab_test",
            "agreement",
            "calculate_perplexity",
            "create_ab",
            "create_evaluation_set",
            "create_review",
            "curve",
            "detect_overfitting",
            "evaluate_classification",
            "evaluate_code_generation",
            "evaluate_summarization",
            "export_preferences",
            "export_review",
            "export_votes",
            "export_votes_sheet",
            "import_review",
            "import_votes",
            "judge_ab",
            "leaks",
            "overfitting",
            "perplexity",
            "plan_ab",
            "preference",
            "prepare_eval_split",
            "rank_models",
            "read_run",
            "score",
            "show_ab",
            "show_review",
            "split",
            "verdict",
        ),
        "tunecheck.runner",
    ),
    **dict.fromkeys(("generate", "run", "write_report"), "tunecheck.api"),
}

__all__ = [
    "Agreement",
    "Answers",
    "CannotRun",
    "CheckResult",
    "DataError",
    "Estimate",
    "Finding",
    "InputError",
    "LeakReport",
    "ModelError",
    "RunResult",
    "Split",
    "TunecheckError",
    "Unscored",
    "Verdict",
    "ab_test",
    "agreement",
    "calculate_perplexity",
    "create_ab",
    "create_evaluation_set",
    "create_review",
    "curve",
    "detect_overfitting",
    "evaluate_classification",
    "evaluate_code_generation",
    "evaluate_summarization",
    "export_preferences",
    "export_review",
    "export_votes",
    "export_votes_sheet",
    "generate",
    "import_review",
    "import_votes",
    "judge_ab",
    "leaks",
    "overfitting",
    "perplexity",
    "plan_ab",
    "preference",
    "prepare_eval_split",
    "rank_models",
    "read_run",
    "run",
    "score",
    "show_ab",
    "show_review",
    "split",
    "verdict",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'tunecheck' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
