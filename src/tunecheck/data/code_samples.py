"""Code samples: what a model wrote for each problem, once or many times, from any of the usual files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from tunecheck.core import Answered, CodeProblems, CodeSamples, Unscored
from tunecheck.data.columns import PROBLEM_ID_NAMES, PROMPT_NAMES, SURE_ID_NAMES, columns_of, first, listed
from tunecheck.data.problem_matching import example_row, matching
from tunecheck.data.rows import BadRow, is_missing, parsed_json, shown
from tunecheck.data.sources import open_source
from tunecheck.errors import DataError

LIST_NAMES = ("samples", "completions", "generations", "outputs", "responses", "predictions", "filtered_resps", "resps")
# What can only be a model's words comes first: solution, output and code are in some files what should have been said.
TEXT_NAMES = (
    *("prediction", "predicted", "predict", "generated", "generated_text", "generated_code", "generation"),
    *("model_output", "model_answer", *LIST_NAMES, "response", "solution", "completion", "output", "candidate"),
    *("code", "sample", "answer"),
)
BASE_NAMES = tuple(f"base_{name}" for name in TEXT_NAMES)
SampleSource = (
    str
    | os.PathLike[str]
    | Iterable[Mapping[str, object]]
    | Iterable[str]
    | Iterable[Sequence[str | None]]
    | Mapping[str, object]
)
"""A path; rows; a text or a list of texts for each problem, in order or by id."""


def load_code_samples(
    source: SampleSource,
    problems: CodeProblems,
    *,
    side: Literal["tuned", "base"] = "tuned",
    name: str | None = None,
    skip_bad_rows: bool = False,
) -> CodeSamples:
    """What a model wrote for the problems: a file (JSON Lines, JSON, CSV, Parquet; gzip or not) or rows in memory.

    A row has the id of its problem and a text or a list of texts, under one of their usual names (``TEXT_NAMES``); many
    rows of a problem are many samples, in their order. An object of texts, or of lists of texts, by id is read too, and
    so is a list of them without ids. Of ``solution`` and ``completion`` the solution is taken unless it is empty, as
    EvalPlus documents it: there a solution is a whole program, a completion what follows the prompt.

    Rows without a known id, such as those of ``tunecheck generate``, are found by the problem's id in ``metadata`` or
    by the prompt, word for word. Rows that have no id at all are taken in their order where there are as many as
    problems.

    side           base takes ``base_prediction`` and its like where the file has it
    skip_bad_rows  leave rows that cannot be read out, and name them, instead of failing

    A text that is null is Unscored; a problem without a sample has (). Raises DataError for a file without a column of
    code or without a row of any problem, and for rows of unknown problems or without a text (up to 20 at once).

    >>> from tunecheck.data.problems import load_problems
    >>> problems = load_problems([{"task_id": 7, "prompt": "Write f(x).", "tests": ["assert f(1) == 1"]}])
    >>> load_code_samples([{"task_id": "7", "completion": "def f(x): return x"}], problems).by_problem
    {'7': ('def f(x): return x',)}
    """
    opened = open_source(_in_rows(source), name, keyed=lambda value: _by_id(value, problems))
    if not opened.rows:
        raise DataError(f"{opened.label} is empty", hint=example_row(problems))
    columns = columns_of(opened.rows)
    column = (first(columns, BASE_NAMES) if side == "base" else None) or first(columns, TEXT_NAMES)
    if column is None and columns:
        told = f"{opened.label} has no column with code: its columns are {listed(columns)}"
        raise DataError(told, hint=example_row(problems))
    second = first(columns, ["completion"]) if column is not None and column.casefold() == "solution" else None
    how, id_of = matching(opened, columns, problems)
    read, skipped = opened.read(
        lambda number, value: (id_of(number, value), _samples(value, column, second)), skip_bad_rows=skip_bad_rows
    )
    by_problem: dict[str, list[Answered]] = {problem.id: [] for problem in problems}
    for problem_id, texts in read:
        by_problem[problem_id].extend(texts)
    if not any(by_problem.values()):
        raise DataError(f"{opened.label} holds no sample of any problem", hint=example_row(problems))
    taken = " or ".join(shown(one) for one in (column, second) if one) or "the rows"
    return CodeSamples(
        name=opened.name,
        by_problem={problem_id: tuple(texts) for problem_id, texts in by_problem.items()},
        evidence=f"code from {taken}, problems {how}",
        skipped=skipped,
    )


def _in_rows(source: object) -> object:
    """A list with lists of texts as rows; anything else as it is."""
    if not isinstance(source, (list, tuple)):
        return source
    return [{"samples": row} if row is None or isinstance(row, (list, tuple)) else row for row in source]


def _by_id(value: Mapping[str, object], problems: CodeProblems) -> list[object] | None:
    """The rows of an object of texts by the ids of problems, or of one row; None for any other."""
    known = {problem.id for problem in problems}
    columns = list(map(str, value))
    column = first(columns, (*TEXT_NAMES, *BASE_NAMES))
    if column is not None and first(columns, (*SURE_ID_NAMES, *PROMPT_NAMES)) and _is_text_or_texts(value.get(column)):
        return [value]
    is_row = column is not None or first(columns, PROBLEM_ID_NAMES) is not None
    if not known.intersection(columns) and (is_row or not all(map(_is_text_or_texts, value.values()))):
        return None
    return [{"task_id": key, "samples": texts} for key, texts in value.items()]


def _is_text_or_texts(value: object) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(one, (str, type(None))) for one in value)
    )


def _samples(value: object, column: str | None, second: str | None) -> tuple[Answered, ...]:
    """The texts of a row; BadRow where it has none."""
    if not isinstance(value, Mapping):
        return tuple(_texts(value, "the row"))
    if second is not None and column is not None and _is_nothing(value.get(column)):
        column = second
    if column is None or column not in value:
        raise BadRow(f"{column or 'the text'} is missing")
    text = value[column]
    if isinstance(text, str) and column.casefold() in LIST_NAMES and text.lstrip().startswith("["):
        text = parsed_json(text, column)  # As in CSV.
    return tuple(_texts(text, column))


def _is_nothing(value: object) -> bool:
    return is_missing(value) or value == [] or (isinstance(value, str) and not value.strip())


def _texts(value: object, column: str) -> Iterator[Answered]:
    """The texts of a value; of harnesses that put the samples of a row into lists of lists, all of them."""
    if isinstance(value, (list, tuple)):
        for place, one in enumerate(value):
            is_list = isinstance(one, (list, tuple))
            yield from _texts(one, f"{column}[{place}]") if is_list else [_text(one, f"{column}[{place}]")]
    else:
        yield _text(value, column)


def _text(value: object, column: str) -> Answered:
    if is_missing(value):
        return Unscored(reason=f"{column} is null")
    if not isinstance(value, str):
        raise BadRow(f"{column} is {shown(value)}, not text")
    return value
