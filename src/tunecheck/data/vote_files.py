"""Vote files: who found which of two answers to an item better, a vote a row, under any usual names."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple, TypeVar

from tunecheck.core import PairVote, ShownOn
from tunecheck.core.votes import Battle
from tunecheck.data.columns import columns_of, first, id_text, listed
from tunecheck.data.rows import BadRow, Row, as_text, is_missing, shown
from tunecheck.data.single import single
from tunecheck.data.sources import Source, open_source
from tunecheck.data.vote_words import Names, check_names, is_no_vote, outcome_of, side_of, truth_of
from tunecheck.errors import DataError, InputError

_NAMES = {
    "item": (
        *("item", "item_id", "question_id", "battle", "battle_id", "prompt_id", "id", "task_id", "example_id"),
        *("question", "prompt"),
    ),
    "rater": (
        *("rater", "rater_id", "judge", "judge_id", "judge_name", "annotator", "annotator_id", "user", "user_id"),
        *("worker", "worker_id", "labeler", "labeler_id", "voter", "voter_id"),
    ),
    "winner": ("winner", "vote", "preference", "preferred", "choice", "label", "result", "outcome", "verdict"),
    "side": ("tuned_on", "tuned_side", "tuned_position"),
    "category": ("category",),
    "unit": ("unit", "unit_id", "group", "group_id"),
    "turn": ("turn",),
    "again": ("again", "is_repeat", "repeat"),
    "model_a": ("model_a", "model_1", "model1"),
    "model_b": ("model_b", "model_2", "model2"),
    "tuned_characters": ("tuned_characters",),
    "base_characters": ("base_characters",),
}
_ASKABLE = ("item", "rater", "winner", "side", "category", "unit")
_LISTED_PAIRS = 5
VoteT = TypeVar("VoteT", PairVote, Battle)


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteFields:
    """The columns of a file; None is looked for under its usual names. Only ``item`` and ``winner`` must be there.

    side      on which side the tuned answer stood
    unit      what the statistics treat as one draw; the item where there is none
    turn      which turn of the item the vote is about: turns are items of one unit
    model_a, model_b  the names of the two models of a row
    """

    item: str | None = None
    rater: str | None = None
    winner: str | None = None
    side: str | None = None
    category: str | None = None
    unit: str | None = None
    turn: str | None = None
    again: str | None = None
    model_a: str | None = None
    model_b: str | None = None
    tuned_characters: str | None = None
    base_characters: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteFile:
    """The votes of a file on one pair of models, in its order; one for each item, rater and showing.

    columns     what was taken for what
    names       which words stood for tuned and base
    n_repeated  votes that stand there again with the same outcome, and count once
    n_replaced  votes that gave way to a later one of the same rater and item
    n_missing   rows without a vote
    n_others    rows about other models
    skipped     one message for each bad row that was left out on request
    """

    name: str
    votes: tuple[PairVote, ...]
    columns: VoteFields
    names: Names
    n_repeated: int = 0
    n_replaced: int = 0
    n_missing: int = 0
    n_others: int = 0
    skipped: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Hash of the votes, whatever the order in which they came."""
        digest = hashlib.blake2b(digest_size=8)
        kept = [field.name for field in fields(PairVote) if field.name != "source"]
        for line in sorted(json.dumps([getattr(vote, name) for name in kept]) for vote in self.votes):
            digest.update(line.encode())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What a row holds: a vote, or why there is none."""

    vote: PairVote | None = None
    is_other: bool = False
    is_blank: bool = False


def load_votes(
    source: Any,
    *,
    fields: VoteFields | None = None,
    tuned: str | None = None,
    base: str | None = None,
    last: bool = False,
    skip_bad_rows: bool = False,
) -> VoteFile:
    """The votes of a path or of rows in memory.

    tuned, base  the names of the two models, where votes or the columns model_a and model_b have names; rows about
                 others are left out. Or ``tuned`` alone is a letter, side or number that stands for tuned in all rows
    last         of several votes of a rater on an item take the last, instead of failing

    Without a column of raters the votes on an item are numbered. Empty cells, null and words such as n/a are no votes.
    Raises DataError for a file without the columns or without a vote, for rows that cannot be read and for raters with
    several votes on an item, up to 20 at once; InputError for names that cannot be told apart.

    >>> given = [{"id": 1, "judge": "Ann", "winner": "tuned"}, {"id": 1, "judge": "Bob", "winner": ""}]
    >>> [(vote.item, vote.rater, vote.outcome) for vote in load_votes(given).votes]
    [('1', 'Ann', 'tuned')]
    """
    names = Names(tuned=tuned, base=base)
    check_names(names)
    opened = open_source(source, None)
    if not opened.rows:
        raise DataError(f"{opened.label} is empty", hint="a file of votes has an item and a winner in each row")
    columns = vote_columns(opened, fields or VoteFields())
    names = _pair(opened, columns, names) if columns.model_a is not None else names
    try:
        rows, skipped = opened.read(_reader(opened, columns, names), skip_bad_rows=skip_bad_rows)
    except DataError as error:
        raise DataError(error.message, hint=f"{error.hint}; {_told_words(names)}") from None
    read = _settled([row.vote for row in rows if row.vote is not None], opened, columns, last=last)
    n_missing = sum(row.vote is None and not row.is_other and not row.is_blank for row in rows)
    n_others = sum(row.is_other for row in rows)
    return replace(read, names=names, n_missing=n_missing, n_others=n_others, skipped=skipped)


def vote_columns(opened: Source, asked: VoteFields) -> VoteFields:
    """The column of each part; the asked for ones must be there, and those of the item and the winner."""
    columns = columns_of(opened.rows)
    named = [column for part in _ASKABLE if (column := getattr(asked, part)) is not None]
    twice = next((column for column in named if named.count(column) > 1), None)
    if twice is not None:
        raise InputError(f"the column {shown(twice)} is named twice", hint="name each column once")
    absent = [column for column in named if column not in columns]
    if absent:
        raise DataError(
            f"{opened.label} has no column {', '.join(map(shown, absent))}: its columns are {listed(columns)}",
            hint="check the names of the fields",
        )
    found: dict[str, str | None] = {part: getattr(asked, part) for part in _NAMES}
    free = [column for column in columns if column not in named]
    for part, usual in _NAMES.items():
        if found[part] is None:
            found[part] = first(free, usual)
            free = [column for column in free if column != found[part]]
    lacking = [part for part in ("item", "winner") if found[part] is None]
    if lacking:
        name_it = " ".join(f"--{part}-field COLUMN" for part in lacking)
        raise DataError(
            f"{opened.label} has no column with the {' and the '.join(lacking)} of a vote: its columns are "
            f"{listed(columns)}",
            hint=f"name {'it' if len(lacking) == 1 else 'them'}: {name_it}",
        )
    if (found["model_a"] is None) != (found["model_b"] is None):
        found |= {"model_a": None, "model_b": None}
    return VoteFields(**found)


def _pair(opened: Source, columns: VoteFields, asked: Names) -> Names:
    """The two models that the file is read for, of those that its rows name."""
    pairs: Counter[tuple[str, str]] = Counter()
    for _, row in opened.rows:
        if isinstance(row, Mapping):
            one, two = (_model(row, column) for column in (columns.model_a, columns.model_b))
            if one and two and one != two:
                pairs[min(one, two), max(one, two)] += 1
    models = sorted({name for pair in pairs for name in pair})
    if asked.tuned is None and {"tuned", "base"} <= set(models):
        asked = Names(tuned="tuned", base="base")
    told = "; ".join(
        f"{shown(one)} and {shown(two)} ({n:,} {'row' if n == 1 else 'rows'})"
        for (one, two), n in pairs.most_common(_LISTED_PAIRS)
    )
    told = f"{opened.label} compares {len(models):,} models, {'most often ' if len(pairs) > 1 else ''}{told}"
    if asked.tuned is None:
        raise DataError(f"{told}, and nothing says which is tuned", hint=_name_them(opened, models))
    others = [one if two == asked.tuned else two for one, two in pairs if asked.tuned in (one, two)]
    if asked.base is None and len(others) != 1:
        what = f"{shown(asked.tuned)} is in none of its rows" if not others else "nothing says which is the base"
        raise DataError(f"{told}; {what}", hint=_name_them(opened, models))
    base = others[0] if asked.base is None else asked.base
    if (min(asked.tuned, base), max(asked.tuned, base)) not in pairs:
        raise DataError(
            f"{told}; no row compares {shown(asked.tuned)} with {shown(base)}",
            hint="name a pair of the file: --tuned NAME --base NAME",
        )
    return Names(tuned=asked.tuned, base=base, are_models=True)


def typed_name(opened: Source) -> str:
    """What one types for a source: its path, or a word for one where the rows are in memory."""
    return "FILE" if opened.prefix == "row" else opened.name


def _name_them(opened: Source, models: Sequence[str]) -> str:
    pair = "name the pair: --tuned NAME --base NAME"
    rank = f"tunecheck preference {typed_name(opened)} --ranking"
    return pair if len(models) < 3 else f"{pair}; or rank all of them: {rank}"


def _model(row: Row, column: str | None) -> str:
    value = row.get(column or "")
    return value.strip() if isinstance(value, str) else ""


def _reader(opened: Source, columns: VoteFields, names: Names) -> Callable[[int, object], _Read]:
    """Reads one row."""
    item, winner = columns.item or "", columns.winner or ""

    def read(number: int, row: object) -> _Read:
        if not isinstance(row, Mapping):
            raise BadRow(f"the row is {shown(row)}, not an object with fields")
        if all(_is_blank(row.get(column or "")) for column in (item, winner, columns.rater)):
            return _Read(is_blank=True)  # As spreadsheets leave them at the end.
        # A and B, or 1 and 2, may be models and not sides.
        tuned_on = names.tuned_place if names.tuned in ("left", "right") else None
        if columns.model_a is not None:
            shown_models = _model(row, columns.model_a), _model(row, columns.model_b)
            if set(shown_models) != {names.tuned, names.base}:
                return _Read(is_other=True)
            tuned_on = "left" if shown_models[0] == names.tuned else "right"
        elif columns.side is not None:
            tuned_on = side_of(row.get(columns.side), columns.side)
        if is_no_vote(row.get(winner), winner):
            return _Read()
        return _Read(vote=_vote(row, columns, names, tuned_on, opened.place(number)))

    return read


def _vote(row: Row, columns: VoteFields, names: Names, tuned_on: ShownOn | None, source: str) -> PairVote:
    winner = columns.winner or ""
    about = voted_on(row, columns)
    return PairVote(
        item=about.item,
        rater=about.rater,
        outcome=outcome_of(row.get(winner), winner, names, tuned_on),
        unit=about.unit,
        tuned_on=tuned_on,
        again=about.again,
        category=_category(row, columns.category),
        tuned_characters=_length(row, columns.tuned_characters),
        base_characters=_length(row, columns.base_characters),
        source=source,
    )


class VotedOn(NamedTuple):
    """What a vote is about, and whose it is."""

    item: str
    unit: str
    rater: str
    again: bool


def voted_on(row: Row, columns: VoteFields) -> VotedOn:
    """What the vote of a row is about; BadRow where it does not say."""
    item = columns.item or ""
    question = id_text(row.get(item), item).strip()
    turn = "" if columns.turn is None or _is_blank(row.get(columns.turn)) else id_text(row[columns.turn], columns.turn)
    unit = None if columns.unit is None else row.get(columns.unit)
    return VotedOn(
        item=f"{question} turn {turn.strip()}" if turn else question,
        unit=question if _is_blank(unit) else id_text(unit, columns.unit or "").strip(),
        rater="" if columns.rater is None else _rater(row.get(columns.rater), columns.rater),
        again=columns.again is not None and truth_of(row.get(columns.again), columns.again),
    )


def _rater(value: object, column: str) -> str:
    """A name; judges that are several words of a list are one."""
    if isinstance(value, (list, tuple)) and value:
        return ", ".join(id_text(part, column).strip() for part in value)
    return id_text(value, column).strip()


def _category(row: Row, column: str | None) -> str:
    value = None if column is None else row.get(column)
    return "" if is_missing(value) else as_text(value, column or "").strip()


def _length(row: Row, column: str | None) -> int | None:
    value = None if column is None else row.get(column)
    if _is_blank(value):
        return None
    try:
        number = float(as_text(value, column or ""))
    except ValueError:
        number = -1.0
    if not (number >= 0 and number.is_integer()):
        raise BadRow(f"{column} is {shown(value)}, not a number of characters")
    return int(number)


def _is_blank(value: object) -> bool:
    return is_missing(value) or (isinstance(value, str) and not value.strip())


def _settled(votes: Sequence[PairVote], opened: Source, columns: VoteFields, *, last: bool) -> VoteFile:
    """One vote for each item, rater and showing; DataError where there are several and not the last is wanted."""
    if not votes:
        raise DataError(
            f"{opened.label} has no vote: every winner is missing", hint="name the column: --winner-field COLUMN"
        )
    if columns.rater is None:
        votes = numbered(votes)
    kept = single(
        votes,
        key=lambda vote: (vote.item, vote.rater, vote.again),
        value=lambda vote: vote.outcome,
        spoken=lambda vote: vote.outcome,
        several=f"{opened.label} has different votes of one rater on one item",
        hint="leave one of each, or take the last of each: --last; mark a second showing in a column named again",
        last=last,
    )
    return VoteFile(
        name=opened.name,
        votes=kept.rows,
        columns=columns,
        names=Names(),
        n_repeated=kept.n_repeated,
        n_replaced=kept.n_replaced,
    )


def numbered(votes: Sequence[VoteT]) -> list[VoteT]:
    """Votes whose raters nobody named, each with one of its own: the votes on an item are counted."""
    counts: Counter[str] = Counter()
    found = []
    for vote in votes:
        counts[vote.item] += 1
        found.append(replace(vote, rater=f"vote {counts[vote.item]}"))
    return found


def _told_words(names: Names) -> str:
    """Which words would have been votes."""
    usual = "votes are tuned, base, tie, both_bad and skip, or 1, 0 and 0.5"
    if names.tuned is None:
        return f"{usual}; A and B, left and right or 1 and 2 with --tuned B, and names with --tuned NAME --base NAME"
    if names.base is None and names.tuned_place is None:
        return f"{usual}, or {shown(names.tuned)}; name the base too: --base NAME"
    return usual
