"""Agreement of ratings in memory: the record, its notes and its documents."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterable
from typing import Any

import pytest

import tunecheck as tc
from tunecheck.core import pair_key

ORDER = ("low", "medium", "high")


def rated(cells: Iterable[tuple[object, object, object]]) -> list[dict[str, object]]:
    return [{"item": item, "rater": rater, "value": value} for item, rater, value in cells]


def panel(n_items: int, raters: Iterable[str], seed: int = 1) -> list[dict[str, object]]:
    """Ratings from 1 to 5 that are mostly near the truth."""
    rng = random.Random(seed)
    cells: list[tuple[object, object, object]] = []
    for item in range(n_items):
        truth = rng.randint(1, 5)
        cells += [(item, rater, min(5, max(1, truth + rng.choice([-1, 0, 0, 1])))) for rater in raters]
    return rated(cells)


def number(value: tc.Estimate | tc.Unscored) -> float:
    assert isinstance(value, tc.Estimate), value
    return value.value


def reason(value: tc.Estimate | tc.Unscored) -> str:
    assert isinstance(value, tc.Unscored), value
    return value.reason


def test_raters_who_always_agree_have_an_alpha_of_one() -> None:
    found = tc.agreement(rated((n, who, n % 3 + 1) for n in range(30) for who in ("Ann", "Bob", "Cem")))
    assert number(found.alpha) == number(found.fleiss_kappa) == number(found.percent_agreement) == 1
    assert {number(kappa) for kappa in found.pairwise_kappa.values()} == {1}
    assert (found.n_items, found.n_raters, found.n_ratings, found.n_missing, found.n_single) == (30, 3, 90, 0, 0)
    assert "all of its interval reach 0.8" in found.meaning


def test_the_kappa_of_a_pair_does_not_depend_on_who_else_rated() -> None:
    rows = panel(40, ("Ann", "Bob", "Cem"))
    both = [row for row in rows if row["rater"] != "Cem"]
    assert tc.agreement(both).pairwise_kappa["Ann", "Bob"] == tc.agreement(rows).pairwise_kappa["Ann", "Bob"]


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_the_order_of_the_rows_changes_no_number(level: str) -> None:
    rows = panel(25, ("Ann", "Bob", "Cem"))[:-2]
    mixed = random.Random(3).sample(rows, len(rows))
    assert tc.agreement(mixed, level=level).document() == tc.agreement(rows, level=level).document()


def test_the_seed_moves_the_intervals_and_no_value() -> None:
    rows = panel(20, ("Ann", "Bob"))
    one, same, other = (tc.agreement(rows, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one.alpha != other.alpha
    assert number(one.alpha) == number(other.alpha)


def test_words_in_an_order_have_the_alpha_of_their_places() -> None:
    rows = [{**row, "value": min(3, int(str(row["value"])))} for row in panel(30, ("Ann", "Bob"))]
    words = [{**row, "value": ORDER[int(str(row["value"])) - 1]} for row in rows]
    found = tc.agreement(words, order=ORDER)
    assert found.alpha == tc.agreement(rows).alpha
    assert found.most_common is not None
    assert found.most_common[0] in ORDER


def test_names_with_bars_keep_their_pairs_apart() -> None:
    assert pair_key("a|b", "c") != pair_key("a", "b|c")
    assert pair_key("a\\", "b") != pair_key("a", "\\|b")
    pairs = tc.agreement(panel(10, ("a", "a|b", "b|c", "c"))).document()["pairwise_kappa"]
    assert isinstance(pairs, dict)
    assert list(pairs) == ["a|a\\|b", "a|b\\|c", "a|c", "a\\|b|b\\|c", "a\\|b|c", "b\\|c|c"]


def test_items_with_one_rating_are_counted_and_told() -> None:
    found = tc.agreement([*panel(20, ("Ann", "Bob")), *rated([(90, "Ann", 1), (91, "Ann", 2)])])
    assert (found.n_single, found.n_missing) == (2, 2)
    assert "2 items with one rating, which no coefficient can use." in found.notes
    assert reason(found.fleiss_kappa) == "items have 1 to 2 ratings, and Fleiss' kappa wants the same number of each"


def test_ratings_of_one_rater_have_no_agreement_and_the_column_of_the_items_is_doubted() -> None:
    found = tc.agreement([{"id": n, "question": n // 2, "rater": "AB"[n % 2], "value": n % 3} for n in range(12)])
    assert reason(found.alpha) == "no item has ratings of two raters"
    assert found.meaning == "There is no alpha: no item has ratings of two raters."
    assert found.most_common is None
    assert found.notes == ("No item has two ratings: is 'id' the column of the items? --item-field names another.",)


def test_one_rater_has_nobody_to_agree_with() -> None:
    found = tc.agreement(panel(5, ("Ann",)))
    assert found.notes == ("All ratings are by one rater, 'Ann': agreement needs two.",)
    assert (found.pairwise_kappa, found.n_raters) == ({}, 1)


def test_that_nine_in_ten_ratings_share_a_value_is_told() -> None:
    cells = [(n, who, 5) for n in range(100) for who in ("Ann", "Bob")]
    found = tc.agreement(
        rated([*cells[:-6], *((n, who, 1 + (who == "Bob")) for n in (97, 98, 99) for who in ("Ann", "Bob"))])
    )
    assert found.most_common == ("5", 0.97)
    assert found.notes[0].startswith(
        "97% of the ratings are '5'. Where nine in ten share one value, alpha and kappa say"
    )


def test_names_that_differ_in_case_are_told() -> None:
    found = tc.agreement(panel(10, ("Ann", "ann", "Bob")))
    assert found.notes == ("The raters 'Ann' and 'ann' differ in case only, and count as 2.",)


def test_what_was_done_to_the_rows_is_told() -> None:
    rows = panel(20, ("Ann", "Bob"))
    change = {**rows[0], "value": 5 if rows[0]["value"] != 5 else 4}
    extra = [rows[3], change, *rated([(50, "Ann", None), (51, "Ann", "x")])]
    found = tc.agreement([*rows, *extra], last=True, skip_bad_rows=True)
    assert found.notes == (
        "1 item nobody rated, left out.",
        "1 rating stood there again with the same value, and counted once.",
        "1 rating gave way to the last one of the same rater and item.",
        "1 bad row left out; the first: row 44: value is 'x', not a number.",
    )


def test_of_many_pairs_each_has_fewer_draws_and_all_are_there() -> None:
    found = tc.agreement(panel(5, [f"r{n:02}" for n in range(46)]))
    assert len(found.pairwise_kappa) == 1035
    assert "1,035 pairs of raters: the interval of each kappa comes from 966 draws instead of 1,000." in found.notes


def test_a_hundred_thousand_ratings_take_seconds() -> None:
    rows = panel(10_000, "ABCDEFGHIJ")
    start = time.perf_counter()
    assert tc.agreement(rows).n_ratings == 100_000
    assert time.perf_counter() - start < 30


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": "ordnal"}, "a level is one of nominal, ordinal, interval, ratio, not 'ordnal'"),
        ({"level": "nominal", "order": ["a", "b"]}, "words in an order are an ordinal scale, not nominal"),
        ({"order": "low,high"}, "order is a list of texts, not 'low,high'"),
        ({"raters": "A,B"}, "raters is a list of texts, not 'A,B'"),
        ({"seed": -1}, "a seed is 0 or more, not -1"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(tc.InputError) as caught:
        tc.agreement(panel(5, "AB"), **options)
    assert caught.value.message == message
    assert caught.value.hint


def test_a_ratio_scale_of_too_many_values_is_refused() -> None:
    rows = rated((n // 2, "AB"[n % 2], n / 7) for n in range(5002))
    with pytest.raises(tc.DataError, match="has 5,002 different values, and a ratio scale can have 5,000 here"):
        tc.agreement(rows, level="ratio")


@pytest.mark.parametrize(
    ("value", "low", "start"),
    [
        (0.9, 0.82, "Alpha and all of its interval reach 0.8, "),
        (0.9, 0.7, "Alpha reaches 0.8, the mark for relying on ratings (Krippendorff 2004), but its interval goes down "
         "to 0.70"),
        (0.7, 0.68, "Alpha is between 0.667 and 0.8: good for tentative conclusions only (Krippendorff 2004)."),
        (0.7, 0.5, "Alpha is between 0.667 and 0.8: good for tentative conclusions only (Krippendorff 2004); its "
         "interval goes down to 0.50"),
        (0.5, 0.4, "Alpha is below 0.667, "),
        (-0.1, -0.3, "Alpha is not above 0: "),
    ],
)  # fmt: skip
def test_alpha_is_put_in_words_by_the_marks_and_its_interval(value: float, low: float, start: str) -> None:
    from dataclasses import replace

    found = tc.agreement(panel(10, "AB"))
    assert isinstance(found.alpha, tc.Estimate)
    assert replace(found, alpha=replace(found.alpha, value=value, low=low)).meaning.startswith(start)


def test_the_document_is_json_with_the_promised_names() -> None:
    document = tc.agreement(panel(10, ("Ann", "Bob"))).document()
    promised = (
        "alpha",
        "percent_agreement",
        "pairwise_kappa",
        "fleiss_kappa",
        "n_items",
        "n_raters",
        "n_missing",
        "level",
    )
    assert not set(promised) - set(json.loads(json.dumps(document)))
