"""Battle files: who found which of two answers better, with the names of both models in each row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tunecheck.core.votes import Battle
from tunecheck.data.rows import BadRow, Row, shown
from tunecheck.data.single import single
from tunecheck.data.sources import Source, open_source
from tunecheck.data.vote_files import VoteFields, numbered, typed_name, vote_columns, voted_on
from tunecheck.data.vote_words import is_no_vote, winner_of
from tunecheck.errors import DataError


@dataclass(frozen=True, slots=True, kw_only=True)
class BattleFile:
    """The votes of a file on two of several models each, one for each item, rater and pair.

    n_repeated, n_replaced, skipped   as in VoteFile
    n_left_out  rows without a vote, skips, and second showings
    """

    name: str
    battles: tuple[Battle, ...]
    columns: VoteFields
    n_repeated: int = 0
    n_replaced: int = 0
    n_left_out: int = 0
    skipped: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Hash of the votes, whatever the order in which they came."""
        digest = hashlib.blake2b(digest_size=8)
        for line in sorted(
            json.dumps([one.item, one.unit, one.rater, *sorted((one.first, one.second)), one.winner])
            for one in self.battles
        ):
            digest.update(line.encode())
        return digest.hexdigest()


def load_battles(
    source: Any, *, fields: VoteFields | None = None, last: bool = False, skip_bad_rows: bool = False
) -> BattleFile:
    """The votes of a path or of rows in memory, with the models in the columns model_a and model_b.

    Without a column of raters the votes on an item are numbered. Raises DataError for a file without the columns or
    without a vote, for rows that cannot be read and for raters with several votes on an item and pair.

    >>> row = {"id": 1, "model_a": "x", "model_b": "y", "winner": "model_b"}
    >>> load_battles([row]).battles[0].winner
    'y'
    """
    opened = open_source(source, None)
    if not opened.rows:
        raise DataError(f"{opened.label} is empty", hint="a row has an item, a winner, model_a and model_b")
    columns = vote_columns(opened, fields or VoteFields())
    if columns.model_a is None or columns.model_b is None:
        raise DataError(
            f"{opened.label} has no columns model_a and model_b with the names of both models of a row",
            hint=f"name them so, or ask about one pair: tunecheck preference {typed_name(opened)}",
        )
    read, skipped = opened.read(_reader(opened, columns), skip_bad_rows=skip_bad_rows)
    found = [one for one in read if one is not None]
    if not found:
        raise DataError(
            f"{opened.label} has no vote: every winner is missing", hint="name the column: --winner-field COLUMN"
        )
    kept = single(
        found if columns.rater is not None else numbered(found),
        key=lambda one: (one.item, one.rater, frozenset((one.first, one.second))),
        value=lambda one: one.winner,
        spoken=lambda one: shown(one.winner) if one.winner else "a tie",
        several=f"{opened.label} has different votes of one rater on one item and pair",
        hint="leave one of each, or take the last of each: --last",
        last=last,
    )
    return BattleFile(
        name=opened.name,
        battles=kept.rows,
        columns=columns,
        n_repeated=kept.n_repeated,
        n_replaced=kept.n_replaced,
        n_left_out=len(read) - len(found),
        skipped=skipped,
    )


def _reader(opened: Source, columns: VoteFields) -> Callable[[int, object], Battle | None]:
    """Reads one row: a vote, or None where it holds none that counts."""
    winner = columns.winner or ""

    def read(number: int, row: object) -> Battle | None:
        if not isinstance(row, Mapping):
            raise BadRow(f"the row is {shown(row)}, not an object with fields")
        if is_no_vote(row.get(winner), winner):
            return None
        first, second = (_model(row, column or "") for column in (columns.model_a, columns.model_b))
        if first == second:
            raise BadRow(f"it compares {shown(first)} with itself")
        about, better = voted_on(row, columns), winner_of(row.get(winner), winner, first, second)
        if better is None or about.again:
            return None
        return Battle(
            item=about.item, rater=about.rater, first=first, second=second, winner=better, unit=about.unit,
            source=opened.place(number),
        )  # fmt: skip

    return read


def _model(row: Row, column: str) -> str:
    value = row.get(column)
    if not isinstance(value, str) or not value.strip():
        raise BadRow(f"{column} is {shown(value)}, not the name of a model")
    return value.strip()
