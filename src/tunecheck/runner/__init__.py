"""Plan, execute, record: the only place that wires ports to adapters.

Each name is imported when it is first used: a training curve needs no database, and a report needs no model.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tunecheck.runner.ab import comparison_of, show_ab
    from tunecheck.runner.ab_exports import PreferencePairs, export_preferences, export_votes
    from tunecheck.runner.ab_functions import ab_test
    from tunecheck.runner.ab_judge import JudgedStudy, judge_ab
    from tunecheck.runner.ab_plans import AbPlan, plan_ab
    from tunecheck.runner.agreements import agreement
    from tunecheck.runner.answers import generate_answers
    from tunecheck.runner.code import evaluate_code_generation
    from tunecheck.runner.comparisons import MadeComparison, create_ab
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
    from tunecheck.runner.model_rankings import rank_models
    from tunecheck.runner.preferences import preference
    from tunecheck.runner.progress import Progress, Silent
    from tunecheck.runner.rating_desk import RatingDesk
    from tunecheck.runner.returned_sheets import Imported
    from tunecheck.runner.review import review_of, show_review
    from tunecheck.runner.scoring import evaluate_classification, evaluate_summarization, score
    from tunecheck.runner.sheets import (
        MadeReview,
        create_evaluation_set,
        create_review,
        export_ratings,
        export_review,
        import_review,
    )
    from tunecheck.runner.splits import prepare_eval_split, split, split_file, verify_split
    from tunecheck.runner.studies import current_comparison, current_study
    from tunecheck.runner.vote_sheets import export_votes_sheet, import_votes
    from tunecheck.runner.voting_desk import VotingDesk

_HOMES = {
    "ab_exports": ("PreferencePairs", "export_preferences", "export_votes"),
    "ab_functions": ("ab_test",),
    "ab_judge": ("JudgedStudy", "judge_ab"),
    "ab_plans": ("AbPlan", "plan_ab"),
    "agreements": ("agreement",),
    "answers": ("generate_answers",),
    "code": ("evaluate_code_generation",),
    "ab": ("comparison_of", "show_ab"),
    "comparisons": ("MadeComparison", "create_ab"),
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
    "model_rankings": ("rank_models",),
    "preferences": ("preference",),
    "progress": ("Progress", "Silent"),
    "rating_desk": ("RatingDesk",),
    "review": ("review_of", "show_review"),
    "studies": ("current_comparison", "current_study"),
    "returned_sheets": ("Imported",),
    "sheets": (
        "MadeReview",
        "create_evaluation_set",
        "create_review",
        "export_ratings",
        "export_review",
        "import_review",
    ),
    "scoring": ("evaluate_classification", "evaluate_summarization", "score"),
    "vote_sheets": ("export_votes_sheet", "import_votes"),
    "voting_desk": ("VotingDesk",),
    "splits": ("prepare_eval_split", "split", "split_file", "verify_split"),
}

__all__ = [
    "MOST_CHANGES_AT_ONCE",
    "AbPlan",
    "Change",
    "Desk",
    "Imported",
    "JudgedStudy",
    "Look",
    "MadeComparison",
    "MadeReview",
    "PreferencePairs",
    "Progress",
    "RatingDesk",
    "Silent",
    "VotingDesk",
    "ab_test",
    "agreement",
    "calculate_perplexity",
    "comparison_of",
    "create_ab",
    "create_evaluation_set",
    "create_review",
    "current_comparison",
    "current_study",
    "curve",
    "detect_overfitting",
    "evaluate_classification",
    "evaluate_code_generation",
    "evaluate_summarization",
    "examine",
    "export_preferences",
    "export_ratings",
    "export_review",
    "export_votes",
    "export_votes_sheet",
    "generate_answers",
    "import_review",
    "import_votes",
    "judge_ab",
    "leaks",
    "new_key",
    "overfitting",
    "perplexity",
    "plan_ab",
    "preference",
    "prepare_eval_split",
    "rank_models",
    "read_run",
    "review_of",
    "run_spec",
    "score",
    "show_ab",
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
