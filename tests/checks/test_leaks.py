"""The leak check: its status follows the share of rows that leaked, and a shared answer alone is no leak."""

from __future__ import annotations

import pytest

from tunecheck.checks import check_leaks
from tunecheck.core import Item, Leak, LeakKind, LeakReport, Message


def item(text: str) -> Item:
    return Item(form="text", response=Message(role="text", content=text), source=f"row {text}")


def report(n: int, n_validation: int, kind: LeakKind = "exact", n_train_copies: int = 0) -> LeakReport:
    leaks = tuple(Leak(kind=kind, validation=item(f"v{k}"), train=item(f"t{k}")) for k in range(n))
    return LeakReport(n_train=1000, n_validation=n_validation, leaks=leaks, n_train_copies=n_train_copies)


@pytest.mark.parametrize(
    ("n", "status"), [(0, "pass"), (1, "pass"), (10, "pass"), (11, "warn"), (100, "warn"), (101, "fail")]
)
def test_the_status_follows_the_share(n: int, status: str) -> None:
    check = check_leaks(report(n, 1000))
    assert check.status == status
    assert check.measures["n_leaked"] == n
    assert check.measures["leaked_percent"] == pytest.approx(n / 10)
    assert len(check.findings) == (1 if n else 0)


def test_a_shared_response_is_told_and_not_counted() -> None:
    check = check_leaks(report(50, 100, "response"))
    assert (check.status, check.measures["n_leaked"]) == ("pass", 0)
    assert check.summary == "The training set gives away none of 100 validation items."
    assert [finding.severity for finding in check.findings] == ["info"]


def test_the_finding_names_the_first_rows_and_counts_the_others() -> None:
    (finding,) = check_leaks(report(5, 10, "near")).findings
    assert finding.code == "leaks.near"
    assert finding.message.endswith("row v0 and row t0, row v1 and row t1, row v2 and row t2, and 2 more")


@pytest.mark.parametrize(("n", "told"), [(50, False), (51, True)])
def test_copies_in_the_training_set_are_told_when_they_are_many(n: int, told: bool) -> None:
    codes = [finding.code for finding in check_leaks(report(0, 10, n_train_copies=n)).findings]
    assert codes == (["leaks.train_copies"] if told else [])
