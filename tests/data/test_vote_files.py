"""Vote files: every usual spelling, and every way to get one wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tunecheck.core import PairVote
from tunecheck.data.vote_files import VoteFields, VoteFile, load_votes
from tunecheck.errors import DataError, InputError


def rows(*winners: object, **more: object) -> list[dict[str, object]]:
    return [{"item": f"q{n}", "rater": "Ann", "winner": winner, **more} for n, winner in enumerate(winners)]


def outcomes(source: Any, **options: Any) -> list[str]:
    return [vote.outcome for vote in load_votes(source, **options).votes]


def refused(source: Any, **options: Any) -> str:
    with pytest.raises((DataError, InputError)) as caught:
        load_votes(source, **options)
    return f"{caught.value.message} | {caught.value.hint}"


def arena(*battles: tuple[str, str, str], **more: object) -> list[dict[str, object]]:
    return [
        {"question_id": n, "model_a": one, "model_b": two, "winner": winner, "judge": "Ann", **more}
        for n, (one, two, winner) in enumerate(battles)
    ]


@pytest.mark.parametrize("item", ["item", "Item ID", "question", "prompt", "id", "question_id", "battle"])
@pytest.mark.parametrize("rater", ["rater", "judge", "annotator", "user", "judge_name"])
@pytest.mark.parametrize("winner", ["winner", "vote", "Preference", "choice", "label", "result"])
def test_columns_are_found_under_their_usual_names(item: str, rater: str, winner: str) -> None:
    (vote,) = load_votes([{item: "q1", rater: "Ann", winner: "tuned"}]).votes
    assert vote == PairVote(item="q1", rater="Ann", outcome="tuned", unit="q1", source="row 1")


def test_named_columns_are_taken_and_are_nothing_else() -> None:
    fields = VoteFields(item="row", rater="item", winner="label", category="kind", unit="talk", side="place")
    row = {"item": "Ann", "row": 7, "label": "base", "winner": "x", "kind": "short", "talk": 3, "place": "B"}
    (vote,) = load_votes([row], fields=fields).votes
    assert (vote.item, vote.rater, vote.outcome, vote.category, vote.unit) == ("7", "Ann", "base", "short", "3")
    assert vote.tuned_on == "right"


@pytest.mark.parametrize("ending", ["jsonl", "json", "csv", "parquet"])
def test_every_container_gives_the_same_votes(ending: str, tmp_path: Path) -> None:
    given = rows("tuned", "both_bad")
    path = tmp_path / f"votes.{ending}"
    match ending:
        case "jsonl":
            path.write_text("".join(json.dumps(row) + "\n" for row in given))
        case "json":
            path.write_text(json.dumps(given))
        case "csv":
            path.write_text("item,rater,winner\nq0,Ann,tuned\nq1,Ann,both_bad\n")
        case _:
            pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
            pq.write_table(pa.Table.from_pylist(given), path)
    assert outcomes(path) == ["tuned", "both_bad"]
    assert load_votes(path).fingerprint == load_votes(given).fingerprint


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        (("tuned", "Tuned", "fine-tuned", "finetuned", 1, 1.0, "1", "1.0"), "tuned"),
        (("base", "BASELINE", "base_model", 0, 0.0, "0"), "base"),
        (("tie", "Tie", "draw", "equal", "same", 0.5, "0.5"), "tie"),
        (("both_bad", "both bad", "BothBad", "tie (bothbad)"), "both_bad"),
        (("skip", "Skipped"), "skip"),
    ],
)
def test_words_for_each_outcome(words: tuple[object, ...], outcome: str) -> None:
    assert outcomes(rows(*words)) == [outcome] * len(words)


@pytest.mark.parametrize(
    ("tuned", "winners", "expected"),
    [
        ("A", ("A", "b", "tie", "model_a"), ["tuned", "base", "tie", "tuned"]),
        ("b", ("A", "B", "Tie", "both_bad"), ["base", "tuned", "tie", "both_bad"]),
        ("left", ("left", "right"), ["tuned", "base"]),
        ("A", ("A>B", "B>>A", "A=B"), ["tuned", "base", "tie"]),
        ("2", (1, 2, 1.5, "2.0"), ["base", "tuned", "tie", "tuned"]),
    ],
)
def test_one_letter_side_or_number_can_stand_for_tuned_in_all_rows(
    tuned: str, winners: tuple[object, ...], expected: list[str]
) -> None:
    assert outcomes(rows(*winners), tuned=tuned) == expected


def test_a_column_with_the_side_turns_each_row_round() -> None:
    cells = [("left", "left"), ("right", "left"), ("A", "right"), ("B", "b"), ("tie", "")]
    given = [{"item": n, "rater": "Ann", "winner": word, "tuned_on": side} for n, (word, side) in enumerate(cells)]
    read = load_votes(given)
    assert [vote.outcome for vote in read.votes] == ["tuned", "base", "base", "tuned", "tie"]
    assert [vote.tuned_on for vote in read.votes] == ["left", "left", "right", "right", None]


def test_names_of_models_in_the_winner_column_are_turned_into_tuned_and_base() -> None:
    assert outcomes(rows("my-lora", "Llama 3", "tie"), tuned="my-lora", base="Llama 3") == ["tuned", "base", "tie"]


def test_battles_of_one_pair_are_taken_and_turned_round() -> None:
    given = arena(
        ("x", "y", "model_a"),
        ("y", "x", "model_a"),
        ("x", "y", "tie (bothbad)"),
        ("z", "x", "model_b"),
        ("y", "x", "x"),
    )
    read = load_votes(given, tuned="x", base="y")
    assert [vote.outcome for vote in read.votes] == ["tuned", "base", "both_bad", "tuned"]
    assert [vote.tuned_on for vote in read.votes] == ["left", "right", "left", "right"]
    assert read.n_others == 1


def test_models_that_are_called_a_and_b_are_names_and_not_sides() -> None:
    assert outcomes(arena(("B", "A", "A"), ("A", "B", "A"), ("B", "A", "B")), tuned="A") == ["tuned", "tuned", "base"]


def test_models_that_are_called_tuned_and_base_need_no_names() -> None:
    assert outcomes(arena(("base", "tuned", "model_b"), ("tuned", "base", "model_b"))) == ["tuned", "base"]


def test_turns_are_items_of_one_unit() -> None:
    given = [
        {"question_id": 81, "turn": turn, "judge": "Ann", "winner": winner}
        for turn, winner in ((1, "tuned"), (2, "base"))
    ]
    assert [(vote.item, vote.unit) for vote in load_votes(given).votes] == [("81 turn 1", "81"), ("81 turn 2", "81")]


@pytest.mark.parametrize("missing", ["", "  ", None, float("nan"), "NA", "n/a", "-"])
def test_what_stands_for_no_vote_is_never_one(missing: object) -> None:
    read = load_votes(rows("tuned", missing))
    assert ([vote.outcome for vote in read.votes], read.n_missing) == (["tuned"], 1)


def test_blank_rows_at_the_end_of_a_sheet_are_nothing(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_text("item,rater,winner\nq1,Ann,tuned\n,,\n")
    assert (len(load_votes(path).votes), load_votes(path).n_missing) == (1, 0)


def test_the_same_vote_twice_counts_once_and_another_one_is_an_error() -> None:
    given = [*rows("tuned"), *rows("tuned"), *rows("base")]
    assert load_votes(given[:2]).n_repeated == 1
    assert refused(given) == (
        "the data in memory has different votes of one rater on one item once:\n"
        "  'Ann' on item 'q0': tuned at row 1, tuned at row 2, base at row 3 | leave one of each, or take the last of "
        "each: --last; mark a second showing in a column named again"
    )
    read = load_votes(given, last=True)
    assert ([vote.outcome for vote in read.votes], read.n_replaced, read.n_repeated) == (["base"], 2, 0)


def test_at_most_twenty_conflicts_are_listed() -> None:
    told = refused([*rows(*["tuned"] * 25), *rows(*["base"] * 25)])
    assert told.count("'Ann' on item") == 20
    assert "  and 5 more |" in told


def test_a_second_showing_is_no_conflict() -> None:
    read = load_votes([*rows("tuned", again=False), *rows("base", again="yes")])
    assert [(vote.outcome, vote.again) for vote in read.votes] == [("tuned", False), ("base", True)]


def test_without_raters_the_votes_on_an_item_are_numbered() -> None:
    given = [{"item": item, "winner": "tuned"} for item in ("q1", "q1", "q2")]
    assert [(vote.item, vote.rater) for vote in load_votes(given).votes] == [
        ("q1", "vote 1"),
        ("q1", "vote 2"),
        ("q2", "vote 1"),
    ]


def test_all_bad_rows_are_named_at_once_with_the_words_that_votes_are() -> None:
    given = [*rows("tuned", "better"), {"item": None, "rater": "Ann", "winner": "base"}, *rows("A")]
    assert refused(given) == (
        "3 of 4 rows of the data in memory cannot be read:\n"
        "  row 2: winner is 'better', which is no vote\n"
        "  row 3: item is missing\n"
        "  row 4: winner is 'A', and nothing says which model that is | correct them, or go on without them: "
        "--skip-bad-rows; votes are tuned, base, tie, both_bad and skip, or 1, 0 and 0.5; A and B, left and right or 1 "
        "and 2 with --tuned B, and names with --tuned NAME --base NAME"
    )
    assert len(load_votes(given, skip_bad_rows=True).skipped) == 3


@pytest.mark.parametrize(
    ("source", "options", "told"),
    [
        ([], {}, "the data in memory is empty"),
        ([{"a": 1}], {}, "has no column with the item and the winner of a vote: its columns are 'a'"),
        ([{"winner": "tuned"}], {}, "name it: --item-field COLUMN"),
        (
            rows("tuned"),
            {"fields": VoteFields(item="x")},
            "has no column 'x': its columns are 'item', ",
        ),
        (rows("tuned"), {"fields": VoteFields(item="item", rater="item")}, "the column 'item' is named twice"),
        (rows(None, ""), {}, "has no vote: every winner is missing"),
        (rows("x"), {"tuned": "x", "base": "X"}, "--tuned and --base are both 'x'"),
        (rows("x"), {"base": "x"}, "--base names one model and nothing names the other"),
        (rows("x", "y"), {"tuned": "x"}, "name the base too: --base NAME"),
        (rows("tuned", tuned_on="above"), {}, "tuned_on is 'above', not left or right, nor A or B"),
        (rows("tuned", again="perhaps"), {}, "again is 'perhaps', not true or false"),
        (rows(2, 0), {"tuned": "2"}, "winner is 0, which is neither 1, 2 nor 1.5"),
        (rows("tuned", tuned_characters="long"), {}, "tuned_characters is 'long', not a number of characters"),
        (arena(("x", "y", "tie")), {}, "compares 2 models, 'x' and 'y' (1 row), and nothing says which is tuned"),
        (arena(("x", "y", "tie"), ("x", "z", "tie")), {"tuned": "x"}, "nothing says which is the base"),
        (arena(("x", "y", "tie")), {"tuned": "v"}, "'v' is in none of its rows"),
        (arena(("x", "y", "tie")), {"tuned": "x", "base": "v"}, "no row compares 'x' with 'v'"),
    ],
)
def test_what_cannot_be_read_is_said_with_what_to_do(source: Any, options: dict[str, Any], told: str) -> None:
    assert told in refused(source, **options)


def test_the_order_of_the_rows_does_not_change_the_fingerprint() -> None:
    given = rows("tuned", "base", "tie")
    found: list[VoteFile] = [load_votes(given), load_votes(given[::-1])]
    assert found[0].fingerprint == found[1].fingerprint != load_votes(rows("tuned", "base", "base")).fingerprint


def test_lengths_of_answers_are_kept() -> None:
    (vote,) = load_votes(rows("tuned", tuned_characters=120, base_characters="80")).votes
    assert (vote.tuned_characters, vote.base_characters) == (120, 80)
