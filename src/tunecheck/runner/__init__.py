"""Plan, execute, record: the only place that wires ports to adapters.

Each name is imported when it is first used: a training curve needs no database, and a report needs no model.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tunecheck.runner.agreements import agreement
    from tunecheck.runner.answers import generate_answers
    from tunecheck.runner.code import evaluate_code_generation
    from tunecheck.runner.curves import curve
    from tunecheck.runner.desk import MOST_CHANGES_AT_ONCE, Change, Desk, Look, new_key
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
    from tunecheck.runner.preferences import preference
    from tunecheck.runner.progress import Progress, Silent
    from tunecheck.runner.rating_desk import RatingDesk
    from tunecheck.runner.review import review_of, show_review
    from tunecheck.runner.scoring import evaluate_classification, evaluate_summarization, score
    from tunecheck.runner.sheets import (
        Imported,
        MadeReview,
        create_evaluation_set,
        create_review,
        export_ratings,
        export_review,
        import_review,
    )
    from tunecheck.runner.splits import prepare_eval_split, split, split_file, verify_split
    from tunecheck.runner.studies import current_study
    from tunecheck.runner.voting_desk import VotingDesk

_HOMES = {
    "agreements": ("agreement",),
    "answers": ("generate_answers",),
    "code": ("evaluate_code_generation",),
    "curves": ("curve",),
    "desk": ("MOST_CHANGES_AT_ONCE", "Change", "Desk", "Look", "new_key"),
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
    "preferences": ("preference",),
    "progress": ("Progress", "Silent"),
    "rating_desk": ("RatingDesk",),
    "review": ("review_of", "show_review"),
    "studies": ("current_study",),
    "sheets": (
        "Imported",
        "MadeReview",
        "create_evaluation_set",
        "create_review",
        "export_ratings",
        "export_review",
        "import_review",
    ),
    "scoring": ("evaluate_classification", "evaluate_summarization", "score"),
    "voting_desk": ("VotingDesk",),
    "splits": ("prepare_eval_split", "split", "split_file", "verify_split"),
}

__all__ = [
    "MOST_CHANGES_AT_ONCE",
    "Change",
    "Desk",
    "Imported",
    "Look",
    "MadeReview",
    "Progress",
    "RatingDesk",
    "Silent",
    "VotingDesk",
    "agreement",
    "calculate_perplexity",
    "create_evaluation_set",
    "create_review",
    "current_study",
    "curve",
    "detect_overfitting",
    "evaluate_classification",
    "evaluate_code_generation",
    "evaluate_summarization",
    "examine",
    "export_ratings",
    "export_review",
    "generate_answers",
    "import_review",
    "leaks",
    "new_key",
    "overfitting",
    "perplexity",
    "preference",
    "prepare_eval_split",
    "read_run",
    "review_of",
    "run_spec",
    "score",
    "show_review",
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
