"""Delimited text: the cells of a returned CSV file, whatever delimiter and encoding a spreadsheet gave it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from tunecheck.data.encoding import label_of
from tunecheck.data.sheets.columns import Header
from tunecheck.data.sheets.table import Line, SheetTable, Source, table_from
from tunecheck.errors import InputError

_DELIMITERS = ",;\t"
_SEPARATOR_LINE = re.compile(r"sep=([,;\t|:])\r?\n", re.IGNORECASE)
_HEAD_CHARACTERS = 65_536
_HEAD_LINES = 10


def read_delimited(path: Path, text: str, header: Header, most_rows: int) -> SheetTable:
    """The table in a text. Raises InputError for a quote that is never closed, and as ``table_from`` does."""
    label = label_of(path)
    source = Source(
        label=label, most_rows=most_rows, address=lambda line, _place, name: f"{label} line {line}, column {name}"
    )
    told = _SEPARATOR_LINE.match(text)
    delimiter = told[1] if told else _delimiter(text[:_HEAD_CHARACTERS], header)
    # The csv module keeps one limit for the whole process, and an answer may be longer than its default.
    limit = csv.field_size_limit(max(len(text), csv.field_size_limit()))
    try:
        return table_from(_lines(text, delimiter, skipped=1 if told else 0, label=label), header, source)
    finally:
        csv.field_size_limit(limit)


def _lines(text: str, delimiter: str, *, skipped: int, label: str) -> Iterator[Line]:
    # strict: otherwise a quote that is never closed swallows the rest of the file in silence.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    first = 1
    try:
        for values in reader:
            if first > skipped:
                yield Line(first, values)
            first = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"{label} line {first}: not CSV: {error}",
            hint='a quote inside a quoted cell is written twice: "he said ""yes"""',
        ) from None


def _delimiter(head: str, header: Header) -> str:
    """The delimiter with which the first lines name most columns."""
    return max(_DELIMITERS, key=lambda delimiter: _n_meant(head, delimiter, header))


def _n_meant(head: str, delimiter: str, header: Header) -> int:
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    return max((header.n_meant(values) for values, _ in zip(reader, range(_HEAD_LINES), strict=False)), default=0)
