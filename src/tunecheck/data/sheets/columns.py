"""Columns of a sheet: which of them a header of a returned file means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from tunecheck.data.sheets.form import NOTES, TOKEN, SheetForm
from tunecheck.errors import InputError


class Header:
    """Which column a name in a file means, whatever its case and blanks; a choice may stand by its title."""

    def __init__(self, form: SheetForm[Any, Any]) -> None:
        self.form = form
        self._meant: dict[str, str] = {_plain(name): name for name in form.columns}
        self._required = (TOKEN, *(choice.name for choice in form.choices))
        titles = ((title, choice.name) for choice in form.choices for title in choice.titles)
        for title, name in (*titles, ("note", NOTES)):
            self._meant.setdefault(_plain(title), name)

    def column(self, name: object) -> str | None:
        """The column that a header cell means, or None."""
        return self._meant.get(_plain(name)) if isinstance(name, str) else None

    def n_meant(self, names: Sequence[object]) -> int:
        """How many of these are columns of the sheet."""
        return sum(self.column(name) is not None for name in names)

    def places(self, names: Sequence[object], label: str) -> Mapping[int, str]:
        """The columns by their places. Raises InputError where one is missing or there twice."""
        found = {place: column for place, name in enumerate(names) if (column := self.column(name)) is not None}
        columns = list(found.values())
        twice = next((column for column in columns if columns.count(column) > 1), None)
        if twice is not None:
            raise InputError(f"{label}: two columns are named {twice}", hint="delete or rename one of them")
        self.check(frozenset(columns), label)
        return found

    def check(self, columns: frozenset[str], label: str) -> None:
        """Raise InputError where a column is missing that no sheet can do without."""
        missing = [name for name in self._required if name not in columns]
        if not missing:
            return
        words = "there is no column" if len(missing) == 1 else "there are no columns"
        hint = "keep all columns of the sheet that was sent"
        if TOKEN in missing:
            hint += "; the column token is hidden, and a copy of the visible cells loses it"
        raise InputError(f"{label}: {words} {', '.join(missing)}", hint=hint)


def _plain(name: object) -> str:
    text = unicodedata.normalize("NFKC", str(name)).strip("\ufeff").strip().casefold()
    return re.sub(r"[\s_-]+", "_", text)
