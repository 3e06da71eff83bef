"""Preferences of votes in memory: the check, its notes on the rows and its signature."""

from __future__ import annotations

import pytest

import tunecheck as tc


def rows(letters: str, rater: str = "Ann") -> list[dict[str, object]]:
    return [
        {"item": f"q{n}", "rater": rater, "winner": {"t": 1, "b": 0, "=": 0.5}[one]} for n, one in enumerate(letters)
    ]


def test_votes_in_memory_give_the_check() -> None:
    check = tc.preference([*rows("t" * 25 + "b" * 5), *rows("t" * 20 + "=" * 10, "Bob")], planned=30)
    assert (check.check, check.status, check.measures["decision"]) == ("ab", "pass", "tuned")
    assert [check.measures[name] for name in ("tuned_wins", "base_wins", "ties", "n_raters")] == [25, 5, 0, 2]
    assert check.signature.startswith("votes=in memory#")
    assert (
        "fields=item from 'item', rater from 'rater', winner from 'winner' | planned=30 | margin=none"
        in check.signature
    )


def test_the_order_of_the_rows_changes_nothing() -> None:
    given = [*rows("t" * 25 + "b" * 12), *rows("t=" * 15, "Bob")]
    assert tc.preference(given) == tc.preference(given[::-1])


def test_rows_that_do_not_count_are_told() -> None:
    given = [
        *rows("t" * 20),
        rows("t")[0],
        {"item": "q99", "rater": "Ann", "winner": ""},
        {"rater": "Ann", "winner": 1},
    ]
    (finding,) = tc.preference(given, skip_bad_rows=True).findings
    assert finding.code == "ab.rows_left_out"
    assert finding.message == (
        "left out: 1 row without a vote, 1 bad row and 1 vote there again; the first bad one is row 23: item is missing"
    )


def test_a_file_without_raters_says_so_and_has_no_raters() -> None:
    check = tc.preference([{"item": row["item"], "winner": row["winner"]} for row in rows("tttb" * 6)])
    assert [finding.code for finding in check.findings if finding.code == "ab.raters_unknown"]
    assert isinstance(check.measures["raters"], tc.Unscored)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"planned": 0}, "at least 1 item is planned, not 0"),
        ({"margin": 1.5}, "a margin lies between 0 and 1, not at 1.5"),
        ({"seed": -1}, "a seed is 0 or more, not -1"),
    ],
)
def test_impossible_wishes_are_refused(options: dict[str, float], message: str) -> None:
    with pytest.raises(tc.InputError) as caught:
        tc.preference(rows("t"), **options)  # type: ignore[arg-type]
    assert caught.value.message == message
    assert caught.value.hint
