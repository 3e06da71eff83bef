"""What a check means: values and ports in, CheckResult out; no check finds a model or a file by itself."""

from tunecheck.checks.ab import check_ab
from tunecheck.checks.ab_comparison import check_study_ab
from tunecheck.checks.ab_study import StudyVotes, study_votes
from tunecheck.checks.answer_signs import Answers
from tunecheck.checks.code import check_code
from tunecheck.checks.copying import Copies, find_copies
from tunecheck.checks.curve import check_curve
from tunecheck.checks.curve_agreement import with_agreement
from tunecheck.checks.forgetting_sign import NOT_RUN, OutsideTask
from tunecheck.checks.forgetting_skills import SkillAnswers
from tunecheck.checks.leaks import check_leaks
from tunecheck.checks.overfitting import check_overfitting
from tunecheck.checks.perplexity import check_perplexity
from tunecheck.checks.preflight import check_preflight, is_no_op
from tunecheck.checks.review import check_review
from tunecheck.checks.scored import NO_BASE, PartName, ScoredPart
from tunecheck.checks.style import StyleAnswers, StyleFacts, find_style
from tunecheck.checks.suggestions import suggestions
from tunecheck.checks.task import Task
from tunecheck.checks.task_comparison import Pooled
from tunecheck.checks.tasks import check_tasks
from tunecheck.checks.verdict import decide

__all__ = [
    "NOT_RUN",
    "NO_BASE",
    "Answers",
    "Copies",
    "OutsideTask",
    "PartName",
    "Pooled",
    "ScoredPart",
    "SkillAnswers",
    "StudyVotes",
    "StyleAnswers",
    "StyleFacts",
    "Task",
    "check_ab",
    "check_code",
    "check_curve",
    "check_leaks",
    "check_overfitting",
    "check_perplexity",
    "check_preflight",
    "check_review",
    "check_study_ab",
    "check_tasks",
    "decide",
    "find_copies",
    "find_style",
    "is_no_op",
    "study_votes",
    "suggestions",
    "with_agreement",
]
