"""Preferences: the votes of a file, however they were collected, and which of two models they prefer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

import tunecheck
from tunecheck.checks import check_ab
from tunecheck.checks.phrases import count, listed
from tunecheck.core import CheckResult, Finding
from tunecheck.data.vote_files import VoteFields, VoteFile, load_votes
from tunecheck.errors import InputError


def preference(
    votes: Any,
    *,
    tuned: str | None = None,
    base: str | None = None,
    item_field: str | None = None,
    rater_field: str | None = None,
    winner_field: str | None = None,
    side_field: str | None = None,
    category_field: str | None = None,
    group_field: str | None = None,
    planned: int | None = None,
    margin: float | None = None,
    last: bool = False,
    skip_bad_rows: bool = False,
    seed: int = 42,
) -> CheckResult:
    """Which model do the votes of a file, or of rows in memory, prefer? Nothing is written.

    votes        a path, or a list of dicts, each with an item, a rater and a winner
    tuned, base  the names of the two models; or ``tuned`` alone, for the letter, side or number of tuned in all rows
    side_field   the column that says on which side the tuned answer stood, left or right
    group_field  items that share its value are one draw
    planned      how many items were fixed before the first vote; only then may the sign test decide
    margin       by how much tuned may be worse and still be "not worse": wins less losses, as a share of the items
    last         of several votes of a rater on an item the last counts; without it they are an error
    seed         of the bootstrap behind the interval of agreement; the order of the rows decides nothing else

    Raises InputError and DataError for what the user can correct.
    """
    _check(planned, margin, seed)
    asked = VoteFields(
        item=item_field,
        rater=rater_field,
        winner=winner_field,
        side=side_field,
        category=category_field,
        unit=group_field,
    )
    read = load_votes(votes, fields=asked, tuned=tuned, base=base, last=last, skip_bad_rows=skip_bad_rows)
    check = check_ab(
        read.votes,
        planned_items=planned,
        margin=margin,
        raters_known=read.columns.rater is not None,
        rng=np.random.default_rng(seed),
        signature=_signature(read, planned, margin, seed),
    )
    return replace(check, findings=(*check.findings, *_of_file(read)))


def _check(planned: int | None, margin: float | None, seed: int) -> None:
    if planned is not None and planned < 1:
        raise InputError(f"at least 1 item is planned, not {planned}", hint="--planned 50")
    if margin is not None and not 0 < margin < 1:
        raise InputError(f"a margin lies between 0 and 1, not at {margin:g}", hint="--margin 0.1")
    if seed < 0:
        raise InputError(f"a seed is 0 or more, not {seed}", hint="--seed 42")


def _of_file(read: VoteFile) -> Iterator[Finding]:
    """What a reader should know about the rows."""
    if read.columns.rater is None:
        yield Finding(
            code="ab.raters_unknown",
            severity="info",
            message="no column says who voted, so each row is a vote of its own, and nobody knows how many people "
            "voted or whether one of them is unlike the others",
            hint="name the column of the raters: --rater-field COLUMN",
        )
    counts = {
        "row {} about other models": read.n_others,
        "row {} without a vote": read.n_missing,
        "bad row {}": len(read.skipped),
        "vote {} there again": read.n_repeated,
        "vote {} replaced by a later one": read.n_replaced,
    }
    told = [count(n, what.partition(" {}")[0]) + what.partition(" {}")[2] for what, n in counts.items() if n]
    if told:
        first = f"; the first bad one is {read.skipped[0]}" if read.skipped else ""
        yield Finding(
            code="ab.rows_left_out",
            severity="info",
            message=f"left out: {listed(told)}{first}",
            evidence={what.replace(" {}", "s").replace(" ", "_"): n for what, n in counts.items() if n},
            hint=f"the decision rests on the other {count(len(read.votes), 'vote')}",
        )


def _signature(read: VoteFile, planned: int | None, margin: float | None, seed: int) -> str:
    columns = read.columns
    used = {
        "item": columns.item,
        "rater": columns.rater,
        "winner": columns.winner,
        "side": columns.side,
        "category": columns.category,
        "unit": columns.unit,
        "turn": columns.turn,
    }
    line = {
        "votes": f"{read.name}#{read.fingerprint}",
        "tuned": read.names.tuned or "tuned",
        "base": read.names.base or "base",
        "fields": ", ".join(f"{part} from {column!r}" for part, column in used.items() if column is not None),
        "planned": "no" if planned is None else planned,
        "margin": "none" if margin is None else f"{margin:g}",
        "seed": seed,
        "tunecheck": tunecheck.__version__,
    }
    return " | ".join(f"{name}={value}" for name, value in line.items())
