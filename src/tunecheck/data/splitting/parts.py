"""Parts of a file: some of its rows as a file of the same container, each row as it was written."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from tunecheck.data.containers import _CELL_CHARS, _container, _separator
from tunecheck.data.encoding import head_of, open_binary, open_text
from tunecheck.errors import DataError

Render = Callable[[Sequence[int]], bytes]
"""Bytes of a file with the rows of these numbers, in this order."""

_SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")
_UTF16_OR_32 = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_BOM = b"\xef\xbb\xbf"


def suffix_of(path: Path) -> str:
    """The extension for parts of a file: its own, with .gz when it is packed."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    packed = ".gz" if _is_packed(path) else ""
    kept = [suffix for suffix in suffixes[-2:] if suffix in _SUFFIXES]
    return (kept[-1] if kept else f".{_container(path)}") + packed


def renderer(path: Path) -> Render:
    """How to write parts of a file, with rows numbered as read_file numbers them.

    JSON Lines, CSV and TSV rows are the bytes that they were (as UTF-8); elements of a JSON array are the text that
    they were; Parquet keeps schema and compression. What was packed with gzip is packed again.
    """
    match _container(path):
        case "jsonl":
            render = _lines(path)
        case "json":
            render = _elements(path)
        case "parquet":
            return _parquet(path)
        case kind:
            render = _records(path, tab=kind == "tsv")
    if not _is_packed(path):
        return render
    # Without the time of packing: the same rows are the same bytes.
    return lambda numbers: gzip.compress(render(numbers), mtime=0)


def rows_as_lines(rows: Sequence[object]) -> bytes:
    """Rows from memory as JSON Lines; DataError for one that has no JSON form."""
    try:
        lines = [json.dumps(row, ensure_ascii=False, default=str) for row in rows]
    except (TypeError, ValueError, RecursionError) as error:
        raise DataError(f"a row has no JSON form: {error}", hint="make its values plain, or split a file") from None
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")


def _is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _lines(path: Path) -> Render:
    if head_of(path).startswith(_UTF16_OR_32):
        with open_text(path, newline="\n") as text:
            lines = [line.encode() for line in text]
    else:
        with open_binary(path) as file:
            lines = list(file)
        lines[:1] = [line.removeprefix(_BOM) for line in lines[:1]]
    return lambda numbers: b"".join(_ended(lines[number - 1], b"\n") for number in numbers)


def _ended(line: bytes, end: bytes) -> bytes:
    return line if line.endswith((b"\n", b"\r")) else line + end


def _elements(path: Path) -> Render:
    with open_text(path, newline="") as file:
        text = file.read()
    begin = _skip(text, 0)
    if text[begin : begin + 1] == "[":
        elements, _ = _array(text, begin)
        return lambda numbers: _listed("[\n", [elements[number - 1] for number in numbers], "\n]\n")
    # An object with the rows in one of its lists: the rest of it goes with every part.
    name = _name_of_rows(json.loads(text))
    start = _start_of(text, begin, name)
    elements, end = _array(text, start)
    return lambda numbers: _listed(
        f"{text[begin:start]}[\n", [elements[number - 1] for number in numbers], f"\n]{text[end:].rstrip()}\n"
    )


def _listed(head: str, elements: Sequence[str], tail: str) -> bytes:
    return (head + ",\n".join(elements) + tail).encode("utf-8", "surrogatepass")


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _array(text: str, at: int) -> tuple[list[str], int]:
    """The text of each element of the array that begins here, and where the array ends."""
    decode = json.JSONDecoder().raw_decode
    elements: list[str] = []
    at = _skip(text, at + 1)
    while text[at] != "]":
        _, end = decode(text, at)
        elements.append(text[at:end])
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return elements, at + 1


def _name_of_rows(value: dict[str, object]) -> str:
    # read_file takes the only list that may be rows: of objects or of texts, or empty.
    return next(
        name
        for name, inner in value.items()
        if isinstance(inner, list) and (not inner or isinstance(inner[0], (dict, str)))
    )


def _start_of(text: str, begin: int, name: str) -> int:
    """Where the value of a key of the object that begins here begins; of a key given twice, the last."""
    decode = json.JSONDecoder().raw_decode
    found, at = -1, _skip(text, begin + 1)
    while text[at] != "}":
        key, end = decode(text, at)
        start = _skip(text, _skip(text, end) + 1)
        _, end = decode(text, start)
        found = start if key == name else found
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found


def _records(path: Path, *, tab: bool) -> Render:
    with open_text(path, newline="") as file:
        lines = list(file)
    separator = "\t" if tab else _separator(lines[0] if lines else "")
    limit = csv.field_size_limit(_CELL_CHARS)
    records: list[str] = []
    try:
        reader = csv.reader(lines, delimiter=separator, strict=True)
        next(reader, None)
        header, begin = "".join(lines[: reader.line_num]), reader.line_num
        for cells in reader:
            if cells:
                records.append("".join(lines[begin : reader.line_num]))
            begin = reader.line_num
    finally:
        csv.field_size_limit(limit)
    end = b"\r\n" if header.endswith("\r\n") else b"\n"

    def render(numbers: Sequence[int]) -> bytes:
        some = (_ended(records[number - 1].encode("utf-8", "surrogatepass"), end) for number in numbers)
        return _ended(header.encode("utf-8", "surrogatepass"), end) + b"".join(some)

    return render


def _parquet(path: Path) -> Render:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        table = file.read()
        columns = file.metadata.row_group(0) if file.metadata.num_row_groups else None
        used = columns.column(0).compression.lower() if columns is not None and columns.num_columns else "snappy"
    compression = "none" if used == "uncompressed" else used

    def render(numbers: Sequence[int]) -> bytes:
        to = io.BytesIO()
        some = table.take(pa.array([number - 1 for number in numbers], type=pa.int64()))
        pq.write_table(some, to, compression=compression)
        return to.getvalue()

    return render
