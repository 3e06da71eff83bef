"""A rating sheet as pure functions: each rater's order, what holds after all that was said, how far people are."""

from tunecheck.study.axes import AXES, parse_axes, parse_axis
from tunecheck.study.documents import study_from, study_text
from tunecheck.study.names import FIRST_RATER, rater_name
from tunecheck.study.order import Slot, sheet
from tunecheck.study.progress import Progress, progress
from tunecheck.study.sampling import stratified_sample
from tunecheck.study.standing import Place, Standing, by_rater, last_undoable, standings
from tunecheck.study.tokens import is_token, new_secret, new_token, token_hash

__all__ = [
    "AXES",
    "FIRST_RATER",
    "Place",
    "Progress",
    "Slot",
    "Standing",
    "by_rater",
    "is_token",
    "last_undoable",
    "new_secret",
    "new_token",
    "parse_axes",
    "parse_axis",
    "progress",
    "rater_name",
    "sheet",
    "standings",
    "stratified_sample",
    "study_from",
    "study_text",
    "token_hash",
]
