"""The tables of any check: those of people's checks are laid out for them, all others by ``key_numbers``."""

from __future__ import annotations

from tunecheck.core import CheckResult
from tunecheck.report.ab_tables import ab_tables, is_ab, more_of_ab
from tunecheck.report.review_tables import is_review, more_of_review, review_tables
from tunecheck.report.tables import Table, key_numbers


def tables_of(check: CheckResult) -> tuple[Table, ...]:
    """All tables of a check, those that stand open first."""
    if is_review(check):
        return (*review_tables(check), *more_of_review(check))
    if is_ab(check):
        return (*ab_tables(check), *more_of_ab(check))
    return key_numbers(check)


def n_shown(check: CheckResult, tables: tuple[Table, ...]) -> int:
    """How many of its tables stand open: the numbers of each sign or test would bury those that say how it stands."""
    if is_review(check):
        return len(review_tables(check))
    if is_ab(check):
        return len(ab_tables(check))
    return 1 if check.signs or check.check.startswith("tasks.") else len(tables)


def is_by_people(check: CheckResult) -> bool:
    """Whether people did it, so that a comment has room for the open tables alone."""
    return is_review(check) or is_ab(check)
