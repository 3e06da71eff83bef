"""Battle files: votes on two of several models each, in every usual spelling, and every way to get one wrong."""

from __future__ import annotations

from typing import Any

import pytest

from tunecheck.data.battle_files import load_battles
from tunecheck.errors import DataError


def battles(*given: tuple[object, object, object], **more: object) -> list[dict[str, object]]:
    return [
        {"question_id": n, "model_a": one, "model_b": two, "winner": winner, "judge": "Ann", **more}
        for n, (one, two, winner) in enumerate(given)
    ]


def winners(source: Any, **options: Any) -> list[str]:
    return [one.winner for one in load_battles(source, **options).battles]


def refused(source: Any, **options: Any) -> str:
    with pytest.raises(DataError) as caught:
        load_battles(source, **options)
    return f"{caught.value.message} | {caught.value.hint}"


@pytest.mark.parametrize("word", ["model_b", "B", "right", "y", "Model B", "b>a"])
def test_the_winner_may_be_a_place_or_a_name(word: str) -> None:
    assert winners(battles(("x", "y", word))) == ["y"]


@pytest.mark.parametrize("word", ["tie", "Tie (bothbad)", "both_bad", "draw"])
def test_ties_and_both_bad_have_no_winner(word: str) -> None:
    assert winners(battles(("x", "y", word))) == [""]


def test_names_that_look_like_places_are_names() -> None:
    assert winners(battles(("B", "A", "A"), ("tie", "x", "tie"), ("a", "b", "B"))) == ["A", "tie", "b"]


def test_skips_second_showings_and_rows_without_a_vote_are_left_out_and_counted() -> None:
    given = [
        *battles(("x", "y", "x")),
        *battles(("x", "y", "skip"), ("x", "y", "")),
        *battles(("x", "y", "x"), again=1),
    ]
    read = load_battles(given)
    assert (len(read.battles), read.n_left_out) == (1, 3)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("x", "y", "tuned"), "winner is 'tuned', which is neither model_a, model_b nor a tie"),
        (("x", "y", "z"), "winner is 'z', which is neither model_a, model_b nor a tie"),
        (("x", "x", "tie"), "it compares 'x' with itself"),
        (("x", "", "tie"), "model_b is '', not the name of a model"),
        (("x", 3, "tie"), "model_b is 3, not the name of a model"),
    ],
)
def test_rows_that_cannot_be_read_are_named(row: tuple[object, object, object], reason: str) -> None:
    assert reason in refused(battles(row))
    assert load_battles(battles(row, ("x", "y", "x")), skip_bad_rows=True).skipped == (f"row 1: {reason}",)


def test_a_file_without_models_says_which_columns_it_needs() -> None:
    told = refused([{"item": 1, "winner": "tuned"}])
    assert "has no columns model_a and model_b" in told
    assert "tunecheck preference FILE" in told
    assert "is empty" in refused([])
    assert "has no vote" in refused(battles(("x", "y", "")))


def test_different_votes_of_one_rater_on_one_item_and_pair_are_an_error_whichever_stands_first() -> None:
    twice = [*battles(("x", "y", "x")), *battles(("y", "x", "y"))]
    assert "different votes of one rater on one item and pair once:" in refused(twice)
    assert "'Ann' on item '0': 'x' at row 1, 'y' at row 2" in refused(twice)
    read = load_battles(twice, last=True)
    assert ([one.winner for one in read.battles], read.n_replaced) == (["y"], 1)
    same = load_battles([*battles(("x", "y", "x")), *battles(("y", "x", "x"))])
    assert (len(same.battles), same.n_repeated) == (1, 1)
    assert len(load_battles([*battles(("x", "y", "x")), *battles(("x", "z", "x"))]).battles) == 2


def test_without_raters_each_row_is_a_vote_of_its_own() -> None:
    given = [{"id": 1, "model_a": "x", "model_b": "y", "winner": one} for one in ("x", "y", "x")]
    assert [one.rater for one in load_battles(given).battles] == ["vote 1", "vote 2", "vote 3"]


def test_the_fingerprint_knows_neither_the_order_of_rows_nor_of_the_two_models() -> None:
    given = battles(("x", "y", "x"), ("y", "z", "tie"))
    turned = [{**row, "model_a": row["model_b"], "model_b": row["model_a"]} for row in reversed(given)]
    assert load_battles(given).fingerprint == load_battles(turned).fingerprint
    other = battles(("x", "y", "y"), ("y", "z", "tie"))
    assert load_battles(given).fingerprint != load_battles(other).fingerprint
