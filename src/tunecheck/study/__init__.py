"""Rating sheets and blind pairs as pure functions: each rater's order, what holds after all that was said, progress."""

from tunecheck.study.axes import AXES, parse_axes, parse_axis
from tunecheck.study.documents import pair_study_from, seal, study_from, study_text
from tunecheck.study.draw import Draw
from tunecheck.study.giveaways import cleaned, giveaways
from tunecheck.study.names import FIRST_RATER, rater_name
from tunecheck.study.order import Slot, sheet
from tunecheck.study.pair_order import PairSlot, guess_sheet, most_repeats, pair_sheet
from tunecheck.study.pair_standing import PairStanding, pair_standings
from tunecheck.study.progress import Progress, progress
from tunecheck.study.sampling import stratified_sample
from tunecheck.study.standing import Place, Standing, by_rater, last_undoable, standings
from tunecheck.study.tokens import is_token, new_secret, new_token, token_hash

__all__ = [
    "AXES",
    "FIRST_RATER",
    "Draw",
    "PairSlot",
    "PairStanding",
    "Place",
    "Progress",
    "Slot",
    "Standing",
    "by_rater",
    "cleaned",
    "giveaways",
    "guess_sheet",
    "is_token",
    "last_undoable",
    "most_repeats",
    "new_secret",
    "new_token",
    "pair_sheet",
    "pair_standings",
    "pair_study_from",
    "parse_axes",
    "parse_axis",
    "progress",
    "rater_name",
    "seal",
    "sheet",
    "standings",
    "stratified_sample",
    "study_from",
    "study_text",
    "token_hash",
]
