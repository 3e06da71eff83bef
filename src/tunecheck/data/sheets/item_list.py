"""Item list: the cells of a returned JSON sheet, one object a row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tunecheck.data.encoding import label_of
from tunecheck.data.rows import shown
from tunecheck.data.sheets.columns import Header
from tunecheck.data.sheets.table import Cell, SheetTable, passed_over, too_many_rows
from tunecheck.errors import InputError

_HINT = "give the list of objects that was written, each with its {} filled in"


def read_items(path: Path, text: str, header: Header, most_rows: int) -> SheetTable:
    """The table in a JSON text. Raises InputError where it is no list of objects, or lacks tokens or a choice."""
    label = label_of(path)
    hint = _HINT.format(header.form.nested or header.form.choices[0].name)
    value = _parsed(text, label, hint)
    if not isinstance(value, list):
        raise InputError(f"{label} holds {shown(value) if value else 'nothing'}, not a list", hint=hint)
    if len(value) > most_rows:
        raise too_many_rows(label, most_rows)
    bad = [number for number, item in enumerate(value, start=1) if not isinstance(item, dict)]
    if bad:
        raise InputError(f"{label} item {bad[0]} is {shown(value[bad[0] - 1])}, not an object", hint=hint)
    if not value:
        raise InputError(f"{label} has no items", hint=hint)
    rows, others = [], dict[str, None]()
    for number, item in enumerate(value, start=1):
        rows.append(_row(item, f"{label} item {number}", header, others))
    columns = frozenset(name for row in rows for name in row)
    header.check(columns, label)
    return SheetTable(columns=columns, rows=tuple(rows), notes=passed_over(list(others), label))


def _parsed(text: str, label: str, hint: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"{label} line {error.lineno} column {error.colno}"
        raise InputError(f"{place}: not JSON: {error.msg}", hint="check that the file is complete") from None
    except RecursionError:
        raise InputError(f"{label}: the JSON is nested too deep", hint=hint) from None
    except ValueError as error:  # An integer of over 4,300 digits.
        raise InputError(f"{label}: not readable JSON: {error}", hint=hint) from None


def _row(item: Mapping[str, object], where: str, header: Header, others: dict[str, None]) -> Mapping[str, Cell]:
    row: dict[str, Cell] = {}
    nested = header.form.nested
    for name, value in item.items():
        column = header.column(name)
        if nested and name.strip().casefold() == nested:
            _choices(value, where, header, row, others)
        elif column is not None and not (nested and header.form.choice(column)):
            row[column] = _cell(column, value, f"{where}, {column}", header)
        else:
            others[shown(name)] = None
    return row


def _choices(value: object, where: str, header: Header, row: dict[str, Cell], others: dict[str, None]) -> None:
    nested = header.form.nested
    if not isinstance(value, dict):
        # Its address stands for all choices of the item; what it says is none.
        if value is not None:
            row[nested] = Cell(value=value, address=f"{where}, {nested}")
        return
    for name, chosen in value.items():
        column = header.column(name)
        if column is None or header.form.choice(column) is None:
            others[shown(f"{nested}.{name}")] = None
        else:
            row[column] = Cell(value=chosen, address=f"{where}, {nested}.{column}")


def _cell(column: str, value: object, address: str, header: Header) -> Cell:
    # A number is as good as its digits; a list is no text, and the reader says so.
    is_text = column in header.form.words and isinstance(value, int | float)
    return Cell(value=str(value) if is_text else value, address=address)
