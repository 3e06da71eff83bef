"""Predictions: every usual spelling is read, and what cannot be read is named with its row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tunecheck.core import Unscored
from tunecheck.data.predictions import Fields, load_predictions
from tunecheck.errors import DataError


def write(path: Path, rows: list[object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("prediction", ["prediction", "predict", "generated", "output", "response", "Predicted"])
@pytest.mark.parametrize("reference", ["reference", "label", "expected", "target", "answer", "Ground Truth"])
def test_the_usual_names_are_recognised(prediction: str, reference: str) -> None:
    read = load_predictions([{prediction: "a", reference: "b"}])
    assert (read.rows[0].tuned, read.rows[0].references) == ("a", ("b",))
    assert prediction in read.evidence
    assert reference in read.evidence


def test_an_output_beside_a_prediction_is_the_reference() -> None:
    (row,) = load_predictions([{"instruction": "Do", "output": "done", "prediction": "no"}])
    assert (row.prompt, row.references, row.tuned) == ("Do", ("done",), "no")


def test_a_file_that_generate_wrote_is_read_with_its_base() -> None:
    made = {"id": "x", "prompt": "p", "reference": "r", "prediction": "t", "base_prediction": "b", "sample": 0}
    (row,) = load_predictions([made])
    assert (row.id, row.prompt, row.tuned, row.base, row.unit) == ("x", "p", "t", "b", "x")


def test_samples_of_one_prompt_are_one_unit_and_rows_without_a_prompt_are_not() -> None:
    samples = load_predictions([{"prompt": "p", "prediction": text, "reference": "r"} for text in "ab"])
    assert len({row.unit for row in samples}) == 1
    bare = load_predictions([{"prediction": text, "reference": "spam"} for text in "ab"])
    assert len({row.unit for row in bare}) == 2


def test_a_list_of_references_and_one_of_squad_are_alternatives() -> None:
    rows: list[dict[str, object]] = [
        {"prediction": "a", "answers": ["x", "y"]},
        {"prediction": "a", "answers": {"text": ["z"], "start": [3]}},
    ]
    assert [row.references for row in load_predictions(rows)] == [("x", "y"), ("z",)]


def test_numbers_and_objects_are_their_json_text_and_null_is_unscored() -> None:
    values: tuple[object, ...] = (12, 1.5, True, {"a": [1]}, None, [["nested"]])
    rows = [{"prediction": value, "reference": 1} for value in values]
    texts = [row.tuned for row in load_predictions(rows)]
    assert texts[:4] == ["12", "1.5", "true", '{"a":[1]}']
    assert texts[4] == Unscored(reason="prediction is null")
    assert texts[5] == "nested"


def test_a_missing_field_is_named_with_its_row(tmp_path: Path) -> None:
    rows: list[object] = [{"prediction": "a", "reference": "b"} for _ in range(100)]
    rows[76] = {"reference": "b"}
    rows[80] = {"prediction": "a", "reference": None}
    file = write(tmp_path / "made.jsonl", rows)
    with pytest.raises(DataError) as raised:
        load_predictions(file)
    assert str(raised.value) == (
        "2 of 100 rows of made.jsonl cannot be read:\n"
        "  made.jsonl line 77: prediction is missing\n"
        "  made.jsonl line 81: reference is null: there is nothing to compare with\n"
        "correct them, or go on without them: --skip-bad-rows"
    )
    read = load_predictions(file, skip_bad_rows=True)
    assert (len(read), len(read.skipped)) == (98, 2)


def test_a_file_without_an_answer_says_which_columns_it_has() -> None:
    with pytest.raises(DataError, match=r"has no column with a prediction: its columns are 'text', 'reference'"):
        load_predictions([{"text": "a", "reference": "b"}])
    with pytest.raises(DataError, match="has no column 'guess'") as raised:
        load_predictions([{"prediction": "a", "reference": "b"}], fields=Fields(prediction="guess"))
    assert raised.value.hint == "check --prediction-field"


def test_two_files_are_matched_by_id_whatever_their_order() -> None:
    tuned = [{"id": n, "prediction": f"t{n}", "reference": "r"} for n in range(4)]
    base = [{"id": n, "prediction": f"b{n}", "reference": "r"} for n in reversed(range(4))]
    assert [row.base for row in load_predictions(tuned, base=base)] == ["b0", "b1", "b2", "b3"]


def test_two_files_without_ids_are_matched_by_order_and_have_the_same_references() -> None:
    tuned = [{"prediction": "t", "reference": text} for text in "ab"]
    base = [{"prediction": "b", "reference": text} for text in "ab"]
    assert [row.base for row in load_predictions(tuned, base=base)] == ["b", "b"]
    with pytest.raises(DataError, match="have different references: 'b' and 'x'"):
        load_predictions(tuned, base=[base[0], {"prediction": "b", "reference": "x"}])
    with pytest.raises(DataError, match="has 2 rows and in memory 1"):
        load_predictions(tuned, base=base[:1])


def test_the_fingerprint_follows_every_text() -> None:
    rows = [{"prediction": "a", "reference": "b", "prompt": "c"}]
    prints = {load_predictions(rows).fingerprint}
    for name in rows[0]:
        prints.add(load_predictions([rows[0] | {name: "other"}]).fingerprint)
    assert len(prints) == 4


@pytest.mark.parametrize("text", ["", "\x00\x1b[31m", "🙂🙂", "שלום", "\ud800", "x" * 1_000_000, "[" * 100_000])
def test_any_text_is_an_answer(text: str) -> None:
    assert load_predictions([{"prediction": text, "reference": "r"}]).rows[0].tuned == text


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "none.jsonl"
    file.write_text("")
    with pytest.raises(DataError, match=r"none\.jsonl is empty"):
        load_predictions(file)


def test_an_instruction_that_all_rows_share_makes_them_no_unit() -> None:
    rows = [
        {"instruction": "Classify.", "input": f"text {n}", "output": "ab"[n % 2], "prediction": "a"} for n in range(6)
    ]
    read = load_predictions(rows)
    assert len({row.unit for row in read}) == 6
    assert read.rows[0].prompt == "Classify.\ntext 0"
    bare = load_predictions([{"prompt": "Classify.", "label": "ab"[n % 2], "prediction": "a"} for n in range(6)])
    assert len({row.unit for row in bare}) == 6


def test_rows_are_paired_by_their_number_whatever_was_left_out() -> None:
    rows: list[dict[str, object]] = [{"prediction": f"t{n}", "reference": "r"} for n in range(6)]
    bad: dict[str, object] = {"reference": "r"}
    tuned, base = [*rows[:2], bad, *rows[3:]], [*rows[:4], bad, *rows[5:]]
    read = load_predictions(tuned, base=base, skip_bad_rows=True)
    assert [(row.row, row.tuned, row.base) for row in read] == [
        (number, f"t{number - 1}", f"t{number - 1}") for number in (1, 2, 4, 6)
    ]
    assert len(read.skipped) == 3


def test_repeated_ids_are_matched_in_their_order_and_other_prompts_are_refused() -> None:
    tuned = [{"id": n // 2, "prediction": f"t{n}", "reference": "r"} for n in range(4)]
    base = [tuned[place] for place in (2, 3, 0, 1)]
    assert [row.base for row in load_predictions(tuned, base=base)] == ["t0", "t1", "t2", "t3"]
    prompted = [{"prompt": f"p{n}", "prediction": "t", "reference": "r"} for n in range(2)]
    with pytest.raises(DataError, match="have different prompts: 'p0' and 'p1'"):
        load_predictions(prompted, base=prompted[::-1])


def test_in_a_file_of_instructions_the_output_is_the_reference() -> None:
    (row,) = load_predictions([{"instruction": "Do", "output": "gold", "response": "said"}])
    assert (row.tuned, row.references) == ("said", ("gold",))


def test_a_column_called_base_is_somebodys_own() -> None:
    assert not load_predictions([{"prediction": "a", "reference": "b", "base": "some-model"}]).has_base


def test_one_column_may_be_the_reference_and_the_group() -> None:
    read = load_predictions([{"prediction": "a", "label": "x"}] * 3, fields=Fields(group="label"))
    assert {row.unit for row in read} == {"group x"}


def test_the_answers_of_a_base_are_asked_for_once() -> None:
    rows = [{"prediction": "a", "reference": "b", "other": "c"}]
    with pytest.raises(DataError, match="asked for twice"):
        load_predictions(rows, base=rows, fields=Fields(base="other"))


def test_the_file_of_a_base_may_lack_references_and_name_its_columns_in_its_own_way() -> None:
    tuned = [{"id": n, "mine": f"t{n}", "label": "r"} for n in range(3)]
    base = [{"id": n, "generated": f"b{n}"} for n in (2, 0, 1)]
    read = load_predictions(tuned, base=base, fields=Fields(prediction="mine"))
    assert [(row.tuned, row.base) for row in read] == [("t0", "b0"), ("t1", "b1"), ("t2", "b2")]


def test_a_harness_that_nests_its_responses_is_read() -> None:
    (row,) = load_predictions([{"doc_id": 1, "target": "yes", "resps": [["Yes."]], "filtered_resps": ["yes"]}])
    assert (row.tuned, row.references) == ("yes", ("yes",))
