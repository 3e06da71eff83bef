"""Source: where rows come from, a path or data that is live in memory."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tunecheck.data.containers import Keyed, is_data_file, read_file
from tunecheck.data.encoding import label_of, printable
from tunecheck.data.rows import BadRow, RawRow, Unreadable, shown
from tunecheck.errors import DataError

_LISTED = 8
_LISTED_ROWS = 20
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Rows and how to speak of them: name and label for the whole, prefix for one ("val.jsonl line")."""

    name: str
    label: str
    prefix: str
    rows: list[RawRow]

    def place(self, number: int) -> str:
        """One row for people: "val.jsonl line 12"."""
        return f"{self.prefix} {number}"

    def read(self, reader: Callable[[int, object], T], *, skip_bad_rows: bool) -> tuple[list[T], tuple[str, ...]]:
        """What the reader makes of each row, by its number and value, and a message for each bad row.

        Raises DataError that names the bad rows, up to 20 at once, unless they are skipped and others are left.
        """
        found: list[T] = []
        bad: list[str] = []
        for number, value in self.rows:
            try:
                if isinstance(value, Unreadable):
                    raise BadRow(value.reason)
                found.append(reader(number, value))
            except BadRow as error:
                bad.append(f"{self.place(number)}: {error}")
            except RecursionError:
                bad.append(f"{self.place(number)}: a value is nested too deep")
        if bad and not (skip_bad_rows and found):
            raise self._bad_rows(bad)
        return found, tuple(bad)

    def _bad_rows(self, bad: Sequence[str]) -> DataError:
        more = [f"  and {len(bad) - _LISTED_ROWS} more"] if len(bad) > _LISTED_ROWS else []
        lines = [f"  {reason}" for reason in bad[:_LISTED_ROWS]] + more
        rows = f"{len(bad):,} of {len(self.rows):,} rows of {self.label} cannot be read:"
        # Where none is left, leaving bad rows out is no way on.
        way = "" if len(bad) == len(self.rows) else ", or go on without them: --skip-bad-rows"
        return DataError("\n".join([rows, *lines]), hint=f"correct them{way}")


def open_source(source: object, name: str | None, *, keyed: Keyed | None = None) -> Source:
    """The rows of a path or of live data; DataError when there is no such file, or no rows can come of it.

    keyed  makes rows of an object, in a JSON file or live, that has them by their names
    """
    if isinstance(source, (str, os.PathLike)):
        text = os.fspath(source)
        return _file(Path(os.fsdecode(text)), name, keyed)
    named = keyed(source) if keyed is not None and isinstance(source, Mapping) else None
    rows = _live(source if named is None else named)
    label = name or "the data in memory"
    prefix = f"{name} row" if name else "row"
    return Source(name=name or "in memory", label=label, prefix=prefix, rows=rows)


def _file(path: Path, name: str | None, keyed: Keyed | None) -> Source:
    if str(path).startswith("hub:"):
        raise _hub(str(path))
    try:
        if path.is_dir():
            raise _folder(path)
        if not path.exists():
            raise _missing(path)
        if not path.is_file():
            raise DataError(f"{printable(path)} is not a regular file", hint="save the data in a file and name that")
    except (OSError, ValueError) as error:  # A name that is too long, or that holds NUL.
        reason = error.strerror if isinstance(error, OSError) else error
        raise DataError(f"there is no file {shown(str(path))}: {reason}", hint="check the path") from None
    counted_in, rows = read_file(path, keyed)
    label = label_of(path)
    return Source(name=name or printable(path), label=label, prefix=f"{label} {counted_in}", rows=rows)


def _hub(text: str) -> DataError:
    dataset, _, split = text.removeprefix("hub:").partition(":")
    return DataError(
        f"{shown(text)}: this version reads local files and no hub names",
        hint=f"save it first: python -c \"from datasets import load_dataset; load_dataset('{dataset}', "
        f"split='{split or 'train'}').to_json('data.jsonl')\"",
    )


def _folder(path: Path) -> DataError:
    names = _data_files(path)
    if not names:
        return DataError(
            f"{printable(path)} is a folder and holds no data file", hint="name a .jsonl, .json, .csv or .parquet file"
        )
    return DataError(
        f"{printable(path)} is a folder; it holds {_some(names)}",
        hint=f"name one of them: {printable(path / names[0])}",
    )


def _missing(path: Path) -> DataError:
    if not path.parent.is_dir():
        return DataError(
            f"there is no folder {printable(path.parent)}, so no file {printable(path)}", hint="check the path"
        )
    names = _data_files(path.parent)
    similar = difflib.get_close_matches(path.name, names, n=3, cutoff=0.6)
    if similar:
        return DataError(f"there is no file {printable(path)}", hint=f"did you mean {' or '.join(map(str, similar))}?")
    beside = f"the data files in that folder are {_some(names)}" if names else "check the path"
    return DataError(f"there is no file {printable(path)}", hint=beside)


def _data_files(folder: Path) -> list[str]:
    try:
        return sorted(label_of(path) for path in folder.iterdir() if is_data_file(path) and path.is_file())
    except OSError:
        return []


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def _live(source: object) -> list[RawRow]:
    hint = "give a path, a list of dicts, a list of texts, or a datasets.Dataset"
    if isinstance(source, Mapping):
        names = ", ".join(shown(str(key)) for key in list(source)[:_LISTED])
        raise DataError(
            f"a mapping ({names}) is not rows", hint=f"take one split of it, such as data['train']; or {hint}"
        )
    source = _table_rows(source)
    if isinstance(source, (bytes, bytearray)) or not isinstance(source, Iterable):
        # datasets and torch data sets may have only __getitem__ and __len__, which iter() accepts.
        if isinstance(source, (bytes, bytearray)) or not hasattr(source, "__getitem__"):
            raise DataError(f"{shown(source)} is not rows", hint=hint)
        source = _by_index(source)
    return [RawRow(number, _plain(row)) for number, row in enumerate(source, start=1)]


def _by_index(source: Any) -> Iterable[object]:
    # Its length ends it, where it has one: some wrap around, or answer any index.
    return (source[place] for place in range(len(source))) if hasattr(source, "__len__") else iter(source)


def _table_rows(source: object) -> object:
    """The rows of a pandas, polars or pyarrow table, which would iterate over columns; anything else as it is."""
    if hasattr(source, "to_dicts"):
        return source.to_dicts()
    if hasattr(source, "to_pylist"):
        return source.to_pylist()
    if hasattr(source, "to_dict") and hasattr(source, "columns"):
        return source.to_dict("records")
    return source


def _plain(row: object) -> object:
    """A live row as a dict of plain values: arrays and tensors become lists, at the first level."""
    if isinstance(row, Mapping):
        return {str(key): _unboxed(value) for key, value in row.items()}
    return row if isinstance(row, str) else Unreadable(f"the row is {shown(row)}, not a mapping")


def _unboxed(value: object) -> object:
    return value.tolist() if hasattr(value, "tolist") else value
