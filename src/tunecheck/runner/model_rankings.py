"""Model rankings: the votes of a file on two of several models each, and which model is the strongest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

import tunecheck
from tunecheck.checks.phrases import count
from tunecheck.core import Unscored
from tunecheck.core.rankings import ModelRanking, RankedModel
from tunecheck.data.battle_files import BattleFile, load_battles
from tunecheck.data.vote_files import VoteFields
from tunecheck.errors import DataError, InputError
from tunecheck.stats import Ranking, bradley_terry

DRAWS = 1000
# A draw takes time with the pairs of models; of many pairs fewer are enough.
ALL_DRAWS_PAIRS, FEWEST_DRAWS = 100, 200
MOST_MODELS = 100


def rank_models(
    votes: Any,
    *,
    item_field: str | None = None,
    rater_field: str | None = None,
    winner_field: str | None = None,
    group_field: str | None = None,
    last: bool = False,
    skip_bad_rows: bool = False,
    seed: int = 42,
) -> ModelRanking:
    """How strong is each model of a file, or of rows in memory, by Bradley-Terry with Davidson's ties?

    votes        a path, or a list of dicts, each with an item, model_a, model_b and a winner
    group_field  items that share its value are one draw
    last         of several votes of a rater on an item and pair the last counts; without it they are an error
    seed         of the bootstrap over items behind the intervals; the order of the rows decides nothing

    Votes on one item and pair are averaged first, skips and second showings left out. Raises InputError and DataError
    for what the user can correct, models that no chain of comparisons links among it.
    """
    if seed < 0:
        raise InputError(f"a seed is 0 or more, not {seed}", hint="--seed 42")
    asked = VoteFields(item=item_field, rater=rater_field, winner=winner_field, unit=group_field)
    read = load_battles(votes, fields=asked, last=last, skip_bad_rows=skip_bad_rows)
    names = {name for one in read.battles for name in (one.first, one.second)}
    if len(names) > MOST_MODELS:
        raise DataError(f"{read.name} compares {len(names):,} models, and at most {MOST_MODELS} are ranked together",
                        hint="leave out the rows of those that you do not ask about")  # fmt: skip
    found = _fitted(read, len(names), seed)
    won = Counter(one.winner for one in read.battles if one.winner)
    lost = Counter(_loser(one.first, one.second, one.winner) for one in read.battles if one.winner)
    tied = Counter(name for one in read.battles if not one.winner for name in (one.first, one.second))
    return ModelRanking(
        name=read.name,
        models=tuple(
            RankedModel(
                name=name, strength=found.strengths[name], n_won=won[name], n_lost=lost[name], n_tied=tied[name]
            )
            for name in found.models
        ),
        win_rates=found.win_rates,
        tie_rate=found.tie_rate,
        n_items=len({one.unit for one in read.battles}),
        n_votes=len(read.battles),
        n_raters=Unscored(reason="the votes do not say who gave them")
        if read.columns.rater is None
        else len({one.rater for one in read.battles}),
        seed=seed,
        notes=tuple(_notes(read, found)),
        signature=_signature(read, seed),
    )


def _fitted(read: BattleFile, n_models: int, seed: int) -> Ranking:
    # In an order of their own, so that neither rows nor columns decide which draw is which.
    rows = sorted((one.unit, *sorted((one.first, one.second)), one.rater, one.item, one.winner) for one in read.battles)
    scores = [0.0 if not winner else 1.0 if winner == first else -1.0 for _, first, _, _, _, winner in rows]
    n_pairs = n_models * (n_models - 1) // 2
    n_draws = max(FEWEST_DRAWS, DRAWS * ALL_DRAWS_PAIRS // max(n_pairs, ALL_DRAWS_PAIRS))
    found = bradley_terry(
        [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows], scores,
        np.random.default_rng(seed), n_draws=n_draws,
    )  # fmt: skip
    if isinstance(found, Unscored):
        raise DataError(
            f"{read.name} has no ranking: {found.reason}",
            hint="rank models in a file of their own where nobody compared them, or have some of both compared",
        )
    return found


def _loser(first: str, second: str, winner: str) -> str:
    return second if winner == first else first


def _notes(read: BattleFile, found: Ranking) -> Iterator[str]:
    for stronger, weaker in pairwise(found.models):
        rate = found.win_rates[stronger, weaker]
        if rate.low <= 0.5:
            yield (
                f"{stronger} stands before {weaker}, but these votes do not tell them apart: it beats it "
                f"{rate.value:.3f} [{rate.low:.3f}, {rate.high:.3f}] of the time."
            )
    n_bad = len(read.skipped)
    told = (
        (read.n_left_out, "row", "without a vote, skipped or shown again, left out."),
        (read.n_repeated, "vote", "there again, counted once."),
        (read.n_replaced, "vote", "gave way to a later one of the same rater, item and pair."),
        (n_bad, "bad row", f"left out; the first: {read.skipped[0] if n_bad else ''}."),
    )
    yield from (f"{count(n, noun)} {what}" for n, noun, what in told if n)


def _signature(read: BattleFile, seed: int) -> str:
    columns = read.columns
    used = {"item": columns.item, "rater": columns.rater, "winner": columns.winner, "unit": columns.unit}
    line = {
        "votes": f"{read.name}#{read.fingerprint}",
        "fields": ", ".join(f"{part} from {column!r}" for part, column in used.items() if column is not None),
        "ranking": "Bradley-Terry-Davidson",
        "seed": seed,
        "tunecheck": tunecheck.__version__,
    }
    return " | ".join(f"{name}={value}" for name, value in line.items())
