"""tunecheck agreement, as a shell sees it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import ROOT, blocks_of
from tests.workshop import call

# The reliability data of Krippendorff (2011): four observers, twelve units, None where an observer said nothing.
OBSERVERS: dict[str, list[int | None]] = {
    "A": [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    "B": [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    "C": [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    "D": [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
}
LEVELS = [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]


def long_form(path: Path, seed: int | None = None) -> Path:
    rows = [
        {"unit": unit, "coder": observer, "rating": value}
        for observer, given in OBSERVERS.items()
        for unit, value in enumerate(given, start=1)
        if value is not None
    ]
    if seed is not None:
        random.Random(seed).shuffle(rows)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def wide_form(path: Path) -> Path:
    lines = [[str(n + 1), *(str(given[n] or "*") for given in OBSERVERS.values())] for n in range(12)]
    path.write_text("\n".join(",".join(line) for line in [["unit", *OBSERVERS], *lines]) + "\n")
    return path


def unsigned(document: Any) -> Any:
    del document["signature"]
    return document


@pytest.mark.parametrize(("level", "expected"), LEVELS)
def test_the_table_of_the_paper_gives_its_four_numbers(level: str, expected: float, tmp_path: Path) -> None:
    called = call("agreement", long_form(tmp_path / "long.jsonl"), "--level", level, "--json")
    assert (called.code, called.err) == (0, "")
    document = called.document
    assert round(document["alpha"]["value"], 3) == expected
    assert [document[name] for name in ("level", "n_items", "n_raters", "n_ratings", "n_missing")] == [
        level,
        12,
        4,
        41,
        7,
    ]
    assert document["n_items_with_one_rating"] == 1
    assert list(document["pairwise_kappa"]) == ["A|B", "A|C", "A|D", "B|C", "B|D", "C|D"]


@pytest.mark.parametrize("level", [level for level, _ in LEVELS])
def test_the_wide_form_gives_the_document_of_the_long_form(level: str, tmp_path: Path) -> None:
    long = call("agreement", long_form(tmp_path / "long.jsonl"), "--level", level, "--json")
    wide = call("agreement", wide_form(tmp_path / "wide.csv"), "--level", level, "--raters", "A,B,C,D", "--json")
    assert unsigned(wide.document) == unsigned(long.document)


def test_shuffled_rows_print_the_same_document(tmp_path: Path) -> None:
    first = call("agreement", long_form(tmp_path / "ratings.jsonl"), "--json").out
    assert call("agreement", long_form(tmp_path / "ratings.jsonl", seed=5), "--json").out == first


def test_the_text_says_what_alpha_means_and_has_the_lowest_pair_first(tmp_path: Path) -> None:
    called = call("agreement", long_form(tmp_path / "r.jsonl"))
    assert called.code == 0
    lines = called.out.splitlines()
    assert lines[0] == "12 items, 4 raters, 41 ratings, 7 missing"
    assert lines[1].startswith("  alpha (ordinal)          0.815 [")
    assert lines[4] == "  kappa of two raters, weighted, the lowest first"
    assert lines[5].startswith("    A and C                0.538 [")
    assert "Alpha reaches 0.8, the mark for relying on ratings (Krippendorff 2004), but its interval" in called.out


def test_the_page_shows_what_is_printed(tmp_path: Path) -> None:
    printed = call("agreement", long_form(tmp_path / "r.jsonl")).out
    (shown,) = [block for block in blocks_of(ROOT / "docs" / "agreement.md") if block.text.startswith("12 items")]
    assert " ".join(printed.split()).startswith(" ".join(shown.text.split()))


def test_ten_pairs_are_printed_and_the_others_counted(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("item,rater,value\n" + "".join(f"{n},r{k},{(n * k + n) % 4}\n" for n in range(9) for k in range(6)))
    printed = call("agreement", path).out
    assert printed.count("    r") == 10
    assert "    5 more: --json has all\n" in printed


def test_names_from_a_file_cannot_act_on_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    names = ("A\x1b[2J\u202e", "B\nC", "x" * 300)
    rows = [{"item": n, "rater": who, "value": n % 3} for n in range(9) for who in names]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    printed = call("agreement", path).out
    assert "\x1b[2J" not in printed
    assert "\u202e" not in printed
    assert "x" * 40 not in printed


def test_words_with_an_order_and_columns_with_commas_can_be_typed(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text('"Ann, Dr",Bob\nlow,low\nhigh,medium\nmedium,medium\nhigh,high\nlow,-\n')
    called = call("agreement", path, "--raters", '"Ann, Dr",Bob', "--order", "low, medium, high", "--json")
    assert called.code == 0, called.err
    assert list(called.document["pairwise_kappa"]) == ["Ann, Dr|Bob"]


def test_a_file_with_a_column_for_each_rater_says_what_to_type(tmp_path: Path) -> None:
    called = call("agreement", wide_form(tmp_path / "wide.csv"))
    assert (called.code, called.out) == (2, "")
    assert called.err == (
        "error: wide.csv has no column with the rater and the value of a rating: its columns are 'unit', 'A', 'B', "
        "'C', 'D'\n"
        "  try: name them: --rater-field COLUMN --value-field COLUMN; or, where each rater has a column: --raters "
        "A,B,C,D\n"
    )


def test_words_without_an_order_say_what_to_type(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("item,rater,value\n1,Ann,spam\n1,Bob,ham\n")
    called = call("agreement", path)
    assert called.code == 2
    assert called.err == (
        "error: 2 of 2 rows of r.csv cannot be read:\n"
        "  r.csv row 1: value is 'spam', not a number\n"
        "  r.csv row 2: value is 'ham', not a number\n"
        "  try: correct them; words are values of --level nominal, and with --order low,medium,high of an ordinal "
        "scale\n"
    )
    assert call("agreement", path, "--level", "nominal").code == 0


def test_two_values_of_one_rater_for_one_item_are_named_and_the_last_may_count(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("item,rater,value\nq1,Ann,1\nq1,Bob,1\nq1,Ann,2\nq2,Ann,3\nq2,Bob,3\n")
    called = call("agreement", path)
    assert called.code == 2
    assert called.err == (
        "error: r.csv has different values of one rater for one item once:\n"
        "  'Ann' on item 'q1': '1' at r.csv row 1, '2' at r.csv row 3\n"
        "  try: leave one of each, or take the last of each: --last; ratings of several questions belong in a file "
        "each\n"
    )
    assert "1 rating gave way to the last one" in call("agreement", path, "--last").out


@pytest.mark.parametrize("given", [["--level", "cardinal"], ["--seed", "-1"], ["--level", "nominal", "--order", "a,b"]])
def test_wrong_options_end_with_code_2(given: list[str], tmp_path: Path) -> None:
    assert call("agreement", long_form(tmp_path / "r.jsonl"), *given).code == 2
    assert call("agreement", tmp_path / "none.csv").code == 2
