"""Matching: which problem a row of samples belongs to, by id, by prompt or by order."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tunecheck.core import CodeProblems
from tunecheck.data.columns import (
    PROMPT_NAMES,
    SURE_ID_NAMES,
    UNSURE_ID_NAMES,
    columns_of,
    found,
    id_text,
    prompt_text,
)
from tunecheck.data.problems import SHOWN_TESTS
from tunecheck.data.rows import BadRow, Row, shown
from tunecheck.data.sources import Source
from tunecheck.errors import DataError

IdOf = Callable[[int, object], str]
"""The id of the problem of a row, by its number and value; it raises BadRow where there is none."""
_IN_METADATA = "metadata."
_SHOWN_IDS = 3
_LONG_ID = 60


def matching(opened: Source, columns: Sequence[str], problems: CodeProblems) -> tuple[str, IdOf]:
    """How rows and problems belong together, for people, and what gives the id of a row's problem.

    Raises DataError where no row belongs to a problem.
    """
    ways = list(_ways(opened, columns, problems))
    placed = [_n_known(opened, way.id_of) for way in ways]
    if any(placed):
        best = ways[placed.index(max(placed))]
        return f"by {shown(best.column)}", best.id_of
    ids = [way.column for way in ways if not way.is_prompt]
    if ids:
        raise _unknown(opened, ids[0], problems)
    if len(opened.rows) != len(problems):
        raise DataError(
            f"{opened.label} has {len(opened.rows):,} rows without an id and {problems.name} has {len(problems):,} "
            f"problems: which of them belong together cannot be known",
            hint=example_row(problems),
        )
    places = {number: problem.id for (number, _), problem in zip(opened.rows, problems, strict=True)}
    return "in their order", lambda number, _: places[number]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """One column that problems may be found by."""

    column: str
    is_prompt: bool = False
    id_of: IdOf


def _ways(opened: Source, columns: Sequence[str], problems: CodeProblems) -> Iterator[_Way]:
    """The columns that problems may be found by, the surest first."""
    known = {problem.id: problem.id for problem in problems}
    inside = columns_of(row._replace(value=_inside(row.value)) for row in opened.rows)
    sure = [*found(columns, SURE_ID_NAMES), *(_IN_METADATA + name for name in found(inside, SURE_ID_NAMES))]
    for column in sure:
        yield _Way(column=column, id_of=_lookup(column, _id, known, problems))
    prompts = _prompts(problems)
    for column in found(columns, PROMPT_NAMES):
        yield _Way(column=column, is_prompt=True, id_of=_lookup(column, _prompt, prompts, problems))
    for column in found(columns, UNSURE_ID_NAMES):
        yield _Way(column=column, id_of=_lookup(column, _id, known, problems))


def _id(row: Row, column: str) -> str:
    return id_text(row.get(column), column)


def _prompt(row: Row, column: str) -> str:
    return prompt_text(row, column).strip()


def _inside(value: object) -> object:
    return value.get("metadata") if isinstance(value, Mapping) else None


def _lookup(column: str, text_of: Callable[[Row, str], str], known: Mapping[str, str], problems: CodeProblems) -> IdOf:
    """What finds the id of a row's problem by the text of a column; it raises BadRow where there is none."""
    name = column.removeprefix(_IN_METADATA)

    def id_of(_: int, value: object) -> str:
        row = _inside(value) if name != column else value
        if not isinstance(row, Mapping):
            what = f"{column} is missing" if isinstance(value, Mapping) else f"the row is {shown(value)} and has no id"
            raise BadRow(what)
        text = text_of(row, name)
        if text not in known:
            raise BadRow(f"{column} {shown(text)} is none of the problems of {problems.name}")
        return known[text]

    return id_of


def _n_known(opened: Source, id_of: IdOf) -> int:
    n_known = 0
    for number, value in opened.rows:
        try:
            id_of(number, value)
        except (BadRow, RecursionError):
            continue
        n_known += 1
    return n_known


def _prompts(problems: CodeProblems) -> dict[str, str]:
    """The ids by prompt, and by the text of a prompt that shows its tests; without prompts of several problems."""
    pairs = {
        (text.strip(), problem.id)
        for problem in problems
        for text in (problem.prompt, problem.prompt.split(SHOWN_TESTS)[0])
    }
    times = Counter(text for text, _ in pairs)
    return {text: problem_id for text, problem_id in pairs if times[text] == 1}


def _unknown(opened: Source, column: str, problems: CodeProblems) -> DataError:
    name = column.removeprefix(_IN_METADATA)
    rows = [_inside(value) if name != column else value for _, value in opened.rows]
    given = dict.fromkeys(shown(row.get(name)) for row in rows if isinstance(row, Mapping))
    wanted = [shown(problem.id) for problem in problems.problems[:_SHOWN_IDS]]
    return DataError(
        f"no {column} of {opened.label} is a problem of {problems.name}: it has {', '.join(list(given)[:_SHOWN_IDS])}, "
        f"and the problems are {', '.join(wanted)}{' and others' if len(problems) > _SHOWN_IDS else ''}",
        hint=example_row(problems),
    )


def example_row(problems: CodeProblems) -> str:
    """What to do about rows that belong to no problem."""
    ids = [problem.id for problem in problems if len(problem.id) <= _LONG_ID]
    row = json.dumps({"task_id": ids[0] if ids else "add", "completion": "..."})
    return f"give each row the id of its problem and the code: {row}"
