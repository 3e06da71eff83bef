"""Pattern: whether a prediction matches a regular expression, within a time limit."""

from __future__ import annotations

from typing import ClassVar, Literal

import regex

from tunecheck.core import Unscored
from tunecheck.errors import InputError
from tunecheck.metrics.metric import Case, Values

Mode = Literal["search", "fullmatch"]


class Pattern:
    """1 where the pattern is found in the prediction (or matches all of it, with ``mode="fullmatch"``), else 0.

    With a ``group``, by number or name, 1 where what the group captured is a reference, white space around both aside.
    Unscored where the search takes longer than ``timeout_s``. The syntax is that of Python's ``re`` and more: the
    ``regex`` library's. Raises InputError for a pattern that is none, and for a group that it does not have.

    >>> Pattern(r"\\bId: (\\d+)", group=1).score(Case(prediction="Id: 42.", references=("42",)))
    {'regex': 1.0}
    """

    measures: ClassVar[tuple[str, ...]] = ("regex",)
    lower_is_better: ClassVar[frozenset[str]] = frozenset()

    def __init__(
        self,
        pattern: str,
        *,
        mode: Mode = "search",
        group: int | str | None = None,
        timeout_s: float = 1.0,
    ) -> None:
        if mode not in ("search", "fullmatch"):
            raise InputError(f"a pattern has no mode {mode!r}", hint="choose search or fullmatch")
        try:
            self._compiled = regex.compile(pattern)
        except regex.error as error:
            raise InputError(
                f"the pattern {pattern!r} cannot be read: {error}",
                hint=f"look at {pattern[_place(error) :][:20]!r}; a sign that is meant as itself needs a \\ before it",
            ) from error
        if group is not None and group not in (*range(self._compiled.groups + 1), *self._compiled.groupindex):
            raise InputError(
                f"the pattern {pattern!r} has no group {group!r}",
                hint=f"it has {self._compiled.groups}; a group is written (...) or (?P<name>...)",
            )
        self._mode, self._group, self._timeout_s = mode, group, timeout_s
        shown = "" if group is None else f"|group:{group}"
        self.signature = f"regex|pattern:{pattern!r}|mode:{mode}{shown}|timeout:{timeout_s:g}s"

    def score(self, case: Case) -> Values:
        """The measure ``regex``."""
        find = self._compiled.search if self._mode == "search" else self._compiled.fullmatch
        try:
            found = find(case.prediction, timeout=self._timeout_s)
        except TimeoutError:
            return {"regex": Unscored(reason=f"the pattern took over {self._timeout_s:g} s")}
        except MemoryError:
            return {"regex": Unscored(reason="the pattern needs more memory than there is")}
        if found is None or self._group is None:
            return {"regex": float(found is not None)}
        captured = found[self._group]
        right = captured is not None and captured.strip() in [reference.strip() for reference in case.references]
        return {"regex": float(right)}


def _place(error: regex.error) -> int:
    place: int | None = getattr(error, "pos", None)
    return place or 0
