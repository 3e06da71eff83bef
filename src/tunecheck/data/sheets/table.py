"""Table: the cells of a returned sheet by their columns, each with its address, before anybody asks what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tunecheck.data.rows import shown
from tunecheck.data.sheets.columns import Header
from tunecheck.data.sheets.form import TOKEN
from tunecheck.errors import InputError

MOST_COLUMNS = 200
# A person may write a title or a remark above the header.
_HEADER_ROWS = 10
_NAMED_COLUMNS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in a cell, and where: "Rate!F12", for people."""

    value: object
    address: str
    is_formula: bool = False

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands there."""
        return is_blank(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetTable:
    """The rows that are not blank, each by the columns of the sheet; ``notes`` are what a reader should know."""

    columns: frozenset[str]
    rows: tuple[Mapping[str, Cell], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A row as its file has it: its number, its values, and the places that have a formula."""

    number: int
    values: Sequence[object]
    formulas: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file for messages, and how many rows it may have. ``address`` is of line, place and name of a cell."""

    label: str
    most_rows: int
    address: Callable[[int, int, str], str]


def table_from(lines: Iterable[Line], header: Header, source: Source, notes: Sequence[str] = ()) -> SheetTable:
    """The table of these lines. Raises InputError without its columns, and for more rows or columns than may be."""
    filled = _filled(lines, source)
    head = header_of(filled, header)
    if head is None:
        raise InputError(f"{source.label} has no rows", hint="give the sheet that was filled in")
    places = header.places(head.values, source.label)
    rows = [
        {
            name: Cell(
                value=line.values[place] if place < len(line.values) else None,
                address=source.address(line.number, place, name),
                is_formula=place in line.formulas,
            )
            for place, name in places.items()
        }
        for line in filled
    ]
    others = [shown(name) for place, name in enumerate(head.values) if place not in places and not is_blank(name)]
    return SheetTable(
        columns=frozenset(places.values()), rows=tuple(rows), notes=(*notes, *passed_over(others, source.label))
    )


def header_of(lines: Iterator[Line], header: Header) -> Line | None:
    """The line that names the columns: the first with a token among the first ten, or the one with most of them.

    Of ``lines`` those are taken that stand above it, and itself; None where there are no lines.
    """
    above: list[Line] = []
    for line in lines:
        if TOKEN in {header.column(name) for name in line.values}:
            return line
        above.append(line)
        if len(above) == _HEADER_ROWS:
            break
    return max(above, key=lambda line: header.n_meant(line.values), default=None)


def passed_over(names: Sequence[str], label: str) -> tuple[str, ...]:
    """The note that columns were not read, where there are some."""
    if not names:
        return ()
    more = f" and {len(names) - _NAMED_COLUMNS} more" if len(names) > _NAMED_COLUMNS else ""
    return (f"{label}: not columns of the sheet, passed over: {', '.join(names[:_NAMED_COLUMNS])}{more}",)


def too_many_rows(label: str, most_rows: int) -> InputError:
    """The error for a file with more rows than could be ratings."""
    return InputError(
        f"{label} has more than {most_rows:,} rows, ten times as many as there are to rate",
        hint="give the sheet that was filled in, and delete what was added below it",
    )


def is_blank(value: object) -> bool:
    """Whether a value is nothing, or a text of blanks alone."""
    return value is None or (isinstance(value, str) and not value.strip("\ufeff \t\r\n\xa0\u200b"))


def _filled(lines: Iterable[Line], source: Source) -> Iterator[Line]:
    n_rows = 0
    for line in lines:
        if all(is_blank(value) for value in line.values):
            continue
        n_rows += 1
        if n_rows > source.most_rows + _HEADER_ROWS:
            raise too_many_rows(source.label, source.most_rows)
        if any(not is_blank(value) for value in line.values[MOST_COLUMNS:]):
            raise InputError(
                f"{source.label} has more than {MOST_COLUMNS} columns",
                hint="delete the columns that were added to the sheet",
            )
        yield line
