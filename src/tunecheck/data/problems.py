"""Problems: tasks that a program solves, with the tests that decide it, from any of the usual files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tunecheck.core import CodeProblem, CodeProblems
from tunecheck.data.columns import (
    PROBLEM_ID_NAMES,
    PROMPT_NAMES,
    columns_of,
    first,
    found,
    id_text,
    listed,
    prompt_text,
)
from tunecheck.data.program_beginnings import completed, defines, unfinished_name
from tunecheck.data.rows import BadRow, Row, is_missing, optional_text, shown
from tunecheck.data.sources import Source, open_source
from tunecheck.errors import DataError

# MBPP's own list stands last: where MBPP+ has a program with more tests beside it, that one decides.
TEST_NAMES = ("test_code", "test", "tests", "test_cases", "unit_tests", "test_list")
REFERENCE_NAMES = (
    *("canonical_solution", "reference_solution", "reference", "solution", "code", "canonical"),
    *("completion", "output", "response"),
)
SETUP_NAMES = ("setup", "test_setup_code", "test_imports")
SHOWN_TESTS = "\n\nThe code has to pass these tests:\n"
"""Stands between the text and the tests of MBPP."""
_EXAMPLE = '{"task_id": "add", "prompt": "Write add(a, b).", "test_code": "assert add(1, 2) == 3"}'
_HUMANEVAL = {"prompt", "canonical_solution", "test", "entry_point"}


def load_problems(
    source: str | os.PathLike[str] | Iterable[Mapping[str, object]],
    *,
    name: str | None = None,
    skip_bad_rows: bool = False,
) -> CodeProblems:
    """The problems of a file (JSON Lines, JSON, CSV, Parquet; packed with gzip or not) or of rows in memory, in order.

    A row has a prompt and tests under one of their usual names (``PROMPT_NAMES``, ``TEST_NAMES``); it may have a
    reference solution, an entry point, code that runs before the tests, and an id, without which its number is its id.
    Tests are one text or a list of texts. HumanEval and MBPP are read as they are published, and so are HumanEval+ and
    MBPP+ in their editions that hold a test program.

    prompt     where it is a text about the program, it stays as it is. MBPP names the function only in its tests, so
               there the tests follow the text, as its authors show them to a model. ``challenge_test_list`` is left out
    is_prefix  where the prompt breaks off in a function after its signature or docstring, or the reference goes on with
               an indented line; then ``reference`` is prompt and solution together
    skip_bad_rows  leave rows that cannot be read out, and name them, instead of failing

    No text is run or parsed here. Raises DataError for a file without a column of prompts or of tests, and for rows
    that lack either, have a value of another kind, or an id that an earlier row has (up to 20 at once).

    >>> (found,) = load_problems([{"prompt": "Write add(a, b).", "test_code": "assert add(1, 2) == 3"}])
    >>> found.tests, found.id, found.is_prefix
    (('assert add(1, 2) == 3',), '1', False)
    """
    opened = open_source(source, name, keyed=_named)
    if not opened.rows:
        raise DataError(f"{opened.label} is empty", hint=f"a problem is a row such as {_EXAMPLE}")
    reader = _Reader(opened, _columns(opened))
    problems, skipped = opened.read(reader.read, skip_bad_rows=skip_bad_rows)
    return CodeProblems(name=opened.name, problems=tuple(problems), evidence=reader.evidence, skipped=skipped)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """The column of each field. ``shown_tests`` follow the prompt; "" where the prompt says all."""

    prompt: str
    tests: str
    shown_tests: str
    reference: str | None
    entry_point: str | None
    setup: tuple[str, ...]
    id: str | None
    format: str


def _columns(opened: Source) -> _Columns:
    columns = columns_of(opened.rows)
    prompt, tests, shown_tests = (first(columns, names) for names in (PROMPT_NAMES, TEST_NAMES, ["test_list"]))
    lacking = [
        f"{what} ({', '.join(names)})"
        for what, column, names in (("a prompt", prompt, PROMPT_NAMES), ("tests", tests, TEST_NAMES))
        if column is None
    ]
    if prompt is None or tests is None:
        raise DataError(
            f"{opened.label} has no column with {' and none with '.join(lacking)}: its columns are {listed(columns)}",
            hint=f"give rows such as {_EXAMPLE}",
        )
    is_humaneval = _HUMANEVAL.issubset(column.casefold() for column in columns)
    return _Columns(
        prompt=prompt,
        tests=tests,
        shown_tests=shown_tests or "",
        reference=first([column for column in columns if column != prompt], REFERENCE_NAMES),
        entry_point=first(columns, ["entry_point"]),
        setup=tuple(found(columns, SETUP_NAMES)),
        id=first([column for column in columns if column != prompt], PROBLEM_ID_NAMES),
        format="HumanEval" if is_humaneval else "MBPP" if shown_tests else "prompts with tests",
    )


class _Reader:
    """Reads the rows of one file by the columns that were found."""

    def __init__(self, opened: Source, columns: _Columns) -> None:
        self._opened, self._columns = opened, columns
        self._places: dict[str, str] = {}

    @property
    def evidence(self) -> str:
        """Which column was taken for what."""
        columns = self._columns
        taken = (
            ("prompt", columns.prompt),
            ("tests", columns.tests),
            ("reference", columns.reference),
            ("entry point", columns.entry_point),
            ("setup", " and ".join(columns.setup)),
            ("id", columns.id),
        )
        told = ", ".join(f"{field} from {shown(column)}" for field, column in taken if column)
        return f"{columns.format}: {told}" + ("" if columns.id else ", ids are the numbers of the rows")

    def read(self, number: int, value: object) -> CodeProblem:
        """One row; BadRow says which field it lacks."""
        if not isinstance(value, Mapping):
            raise BadRow(f"the row is {shown(value)}, not an object with fields")
        row: Row = value
        columns, place = self._columns, self._opened.place(number)
        tests = code_texts(row, columns.tests)
        if not tests:
            raise BadRow(f"no test: {columns.tests} is empty")
        prompt = prompt_text(row, columns.prompt)
        entry_point = optional_text(row, columns.entry_point).strip()
        if entry_point and not entry_point.isidentifier():
            raise BadRow(f"{columns.entry_point} {shown(entry_point)} is not the name of a function")
        reference = optional_text(row, columns.reference)
        begun = _begun(prompt, reference, entry_point)
        shown_tests = code_texts(row, columns.shown_tests) if columns.shown_tests and not begun else ()
        problem = CodeProblem(
            id=id_text(row.get(columns.id), columns.id) if columns.id else str(number),
            prompt="\n".join([prompt.rstrip() + SHOWN_TESTS, *shown_tests]) if shown_tests else prompt,
            is_prefix=bool(begun),
            tests=tests,
            setup="\n".join(text for column in columns.setup for text in code_texts(row, column)),
            entry_point=entry_point,
            reference=completed(prompt, reference, begun) if begun and reference.strip() else reference,
            source=place,
        )
        if problem.id in self._places:
            raise BadRow(f"the id {shown(problem.id)} is that of {self._places[problem.id]} too")
        self._places[problem.id] = place
        return problem


def code_texts(row: Row, column: str) -> tuple[str, ...]:
    """The texts of a column that holds one or a list of them, without blank ones; () where it is missing.

    A list may also stand as JSON text, as in CSV. Raises BadRow for anything else.
    """
    value = row.get(column)
    if is_missing(value):
        return ()
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        # No test begins so: taken for Python it would do nothing, and pass.
        value = _parsed(value, column)
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, (list, tuple)):
        raise BadRow(f"{column} is {shown(value)}, neither Python text nor a list of texts")
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise BadRow(f"{column}[{place}] is {shown(text)}, not Python text")
    return tuple(text for text in texts if text.strip())


def _parsed(text: str, column: str) -> object:
    try:
        value: object = json.loads(text)
    except ValueError:
        raise BadRow(f"{column} {shown(text)} is neither Python that tests something nor a list as JSON") from None
    return value


def _begun(prompt: str, reference: str, entry_point: str) -> str:
    """The function that the prompt is the beginning of, or ""."""
    name = unfinished_name(prompt)
    # A program does not begin indented, so such a reference goes on where the prompt breaks off.
    goes_on = reference[:1] in (" ", "\t") and bool(entry_point) and defines(prompt, entry_point)
    return name or (entry_point if goes_on else "")


def _named(value: Mapping[str, object]) -> list[object] | None:
    """The rows of an object of problems by their ids, or of one problem; None for any other."""
    columns = list(value)
    if first(columns, PROMPT_NAMES) and first(columns, TEST_NAMES):
        return [value]
    if value and all(isinstance(row, Mapping) for row in value.values()):
        return [
            row if first(list(row), PROBLEM_ID_NAMES) else {"task_id": key, **row}
            for key, row in value.items()
            if isinstance(row, Mapping)
        ]
    return None
