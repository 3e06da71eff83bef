"""Containers: JSON Lines, JSON, CSV, TSV and Parquet files as numbered rows."""

from __future__ import annotations

import csv
import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from tunecheck.data.encoding import head_of, label_of, open_text, printable, undecodable
from tunecheck.data.rows import RawRow, Unreadable, shown
from tunecheck.data.shapes import fits_a_shape
from tunecheck.errors import DataError

Container = Literal["jsonl", "json", "csv", "tsv", "parquet"]
Keyed = Callable[[Mapping[str, object]], list[object] | None]
"""Makes rows of an object that has them by their names; None where it is no such object."""

_EXTENSIONS: dict[str, Container] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
}
_LISTS_IN_A_ROW = ("messages", "conversations", "conversation", "chosen", "preferred_output")
_HEADER = re.compile(r'"?[\w-]{1,60}"?([,\t])"?[\w-]{1,60}"?(\1"?[\w-]{1,60}"?)*\r?\n')
# The csv module keeps one limit for the whole process, in a C long; its default of 131,072 is one long document.
_CELL_CHARS = 2**31 - 1


def is_data_file(path: Path) -> bool:
    """True when the extension is one that tunecheck reads, packed with gzip or not."""
    return _extension(path) in _EXTENSIONS


def read_file(path: Path, keyed: Keyed | None = None) -> tuple[str, list[RawRow]]:
    """What rows are counted in ("line" or "row"), and the rows of a file; a row of bad JSON is an Unreadable.

    A JSON file may be one object: ``keyed`` says first whether it has rows by their names. Raises DataError when the
    file as a whole cannot be read.
    """
    try:
        kind = _container(path)
        match kind:
            case "jsonl":
                return "line", list(_json_lines(path))
            case "json":
                return "row", list(_json_rows(path, keyed))
            case "parquet":
                return "row", list(_parquet_rows(path))
            case _:
                return "row", _cells(path, tab=kind == "tsv")
    except UnicodeDecodeError as error:
        raise undecodable(path, error) from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{label_of(path)} is broken gzip: {error}", hint="copy or download it again") from None
    except OSError as error:
        raise DataError(f"{printable(path)} cannot be read: {error.strerror or error}", hint="check the file") from None


def _extension(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _container(path: Path) -> Container:
    named = _EXTENSIONS.get(_extension(path))
    if named in ("csv", "tsv", "parquet"):
        return named
    head = head_of(path)
    if named is None and head.startswith(b"PAR1"):
        return "parquet"
    if not head.strip():
        return named or "jsonl"
    with open_text(path, newline="") as file:
        start = file.read(65536).lstrip()
    if start[:1] in ("{", "["):
        return _json_container(path, start[0], named)
    if named is None:
        header = _HEADER.match(start)
        if header is None:
            raise DataError(
                f"{label_of(path)} is not JSON Lines, JSON, CSV, TSV or Parquet: it begins with {shown(start[:40])}",
                hint="convert it, or rename it with the extension of what it holds, such as .jsonl",
            )
        return "tsv" if header[1] == "\t" else "csv"
    return named


def _json_container(path: Path, first: str, named: Container | None) -> Container:
    # Many published .json files hold JSON Lines, and some .jsonl files hold one array.
    if first == "[" and named == "json":
        return "json"
    with open_text(path, newline="\n") as file:
        lines = (line for line in file if not line.isspace())
        line, more = next(lines, ""), next(lines, "")
    if not more:
        return "json" if first == "[" or named == "json" else "jsonl"
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        if first == "[":
            return "json"
        return named or ("jsonl" if more.lstrip()[:1] == "{" else "json")
    return "jsonl"


def _json_lines(path: Path) -> Iterator[RawRow]:
    with open_text(path, newline="\n") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.isspace():
                yield RawRow(number, _json_line(line))


def _json_line(line: str) -> object:
    try:
        value: object = json.loads(line)
    except json.JSONDecodeError as error:
        near = line[error.pos : error.pos + 40].rstrip()
        place = f"at column {error.colno}, near {shown(near)}" if near else "at the end of the line"
        return Unreadable(f"not JSON: {error.msg} {place}")
    except RecursionError:
        return Unreadable("the JSON is nested too deep")
    except ValueError as error:  # An integer of over 4,300 digits.
        return Unreadable(f"not readable JSON: {error}")
    return value


def _json_rows(path: Path, keyed: Keyed | None) -> Iterator[RawRow]:
    label = label_of(path)
    with open_text(path, newline="") as file:
        text = file.read()
    if not text.strip():
        return
    hint = "check that the file is complete; JSON Lines belongs in a .jsonl file"
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"{label} line {error.lineno} column {error.colno}"
        raise DataError(f"{place}: not JSON: {error.msg}", hint=hint) from None
    except RecursionError:
        raise DataError(f"{label}: the JSON is nested too deep", hint=hint) from None
    except ValueError as error:
        raise DataError(f"{label}: not readable JSON: {error}", hint=hint) from None
    rows = keyed(value) if keyed is not None and isinstance(value, dict) else None
    if rows is None:
        rows = value if isinstance(value, list) else _rows_of_object(value, label)
    for number, row in enumerate(rows, start=1):
        yield RawRow(number, row)


def _rows_of_object(value: object, label: str) -> list[object]:
    if not isinstance(value, dict):
        raise DataError(f"{label} holds {shown(value)}, not rows", hint="give an array of objects: [{...}, {...}]")
    lists = {name: inner for name, inner in value.items() if isinstance(inner, list) and _may_be_rows(inner)}
    others = {name: inner for name, inner in value.items() if name not in lists}
    if not lists or any(name in _LISTS_IN_A_ROW for name in lists) or fits_a_shape(others):
        return [value]  # The file is one row.
    if len(lists) > 1:
        names = ", ".join(shown(name) for name in list(lists)[:10])
        raise DataError(
            f"{label} is an object with {len(lists)} lists ({names}), and rows can be only one of them",
            hint="save that list in a file of its own",
        )
    return next(iter(lists.values()))


def _may_be_rows(values: list[object]) -> bool:
    return not values or isinstance(values[0], (dict, str))


def _cells(path: Path, *, tab: bool) -> list[RawRow]:
    label = label_of(path)
    limit = csv.field_size_limit(_CELL_CHARS)
    try:
        with open_text(path, newline="") as file:
            separator = "\t" if tab else _separator(file.readline())
            file.seek(0)
            # strict: otherwise a quote that is never closed swallows the rest of the file in silence.
            reader = csv.reader(file, delimiter=separator, strict=True)
            try:
                return _rows_under_header(reader, label)
            except csv.Error as error:
                raise DataError(
                    f"{label} line {reader.line_num}: not CSV: {error}",
                    hint='a quote inside a quoted cell is written twice: "he said ""yes"""',
                ) from None
    finally:
        csv.field_size_limit(limit)


def _rows_under_header(cells: Iterator[list[str]], label: str) -> list[RawRow]:
    header = [name.strip() for name in next(cells, [])]
    named = [name for name in header if name]
    twice = next((name for name in named if named.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"{label}: two columns are named {shown(twice)}", hint="rename one of them in the first line")
    rows: list[RawRow] = []
    for row in cells:
        if not row:
            continue
        value: object
        if len(row) > len(header):
            value = Unreadable(f"{len(row)} cells under a header of {len(header)}")
        else:
            value = {name: cell for name, cell in zip(header, row, strict=False) if name}
        rows.append(RawRow(len(rows) + 1, value))
    return rows


def _separator(header: str) -> str:
    # Spreadsheets in half of Europe write semicolons. On a tie (a single column has none of them) the comma stands.
    return max(",;\t", key=header.count)


def _parquet_rows(path: Path) -> Iterator[RawRow]:
    # Here and not above: importing pyarrow takes longer than reading most files.
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=4096):
                for row in batch.to_pylist():
                    number += 1
                    yield RawRow(number, row)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise DataError(
            f"{label_of(path)} cannot be read as Parquet: {shown(str(error).splitlines()[0] if str(error) else '')}",
            hint="check that the file is complete, or save it again",
        ) from None
