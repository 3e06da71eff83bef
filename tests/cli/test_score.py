"""tunecheck score, as a user types it: files in, one document or a page of text out, and errors that name the row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.workshop import Called, call

NASTY = (
    *("", " ", "\x00\x1b[2J\x07", "🙂🙂🙂", "\u202eשלום עולם", "{" * 5_000, '{"a": {"b": [1, {"c": null}]}}', "\ud83d"),
    *("x " * 500_000, "1" * 5_000, "\n" * 1_000, "a\u0301" * 500, None, 12, 1.5e300, True, {"a": [1, 2]}, ["one"]),
)
METRICS = "exact_match,contains,f1,bleu,chrf,ter,rouge,json,function_call,number"


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def run(*arguments: str | Path) -> Called:
    return call("score", *arguments)


def scored(*arguments: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = run(*arguments, "--json").document
    return found


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    rows = [
        {
            "id": f"q{n}",
            "question": f"Which animal is number {n}?",
            "prediction": "It is the cat." if n % 3 else "the dog",
            "base_prediction": "no idea" if n % 2 else "It is the cat.",
            "answer": "the cat",
        }
        for n in range(40)
    ]
    return write(tmp_path / "answers.jsonl", rows)


def test_several_metrics_at_once_have_base_tuned_and_the_difference(answers: Path) -> None:
    found = scored("contains,f1", "--predictions", answers)
    assert found["check"] == "tasks.contains+f1"
    for side in ("tuned", "base", "paired"):
        assert {"value", "low", "high", "confidence", "n", "method"} == set(found["measures"][side]["contains"])
    assert found["measures"]["tuned"]["contains"]["value"] == pytest.approx(26 / 40)
    assert set(found["measures"]["p_values_adjusted"]) == {"contains", "f1"}


def test_items_stand_in_input_order_with_their_ids(answers: Path) -> None:
    items = scored("contains", "--predictions", answers)["items"]
    assert [item["id"] for item in items] == [f"q{n}" for n in range(40)]
    assert items[0] == {"row": 1, "id": "q0", "contains": 0.0, "base": {"contains": 1.0}}
    assert "items" not in scored("contains", "--predictions", answers, "--no-items")


def test_a_single_model_has_its_measures_under_tuned(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", [{"prediction": "a b", "reference": "a c"}] * 3)
    found = scored("summarization", "--predictions", file)
    assert {"rouge1", "rouge2", "rougeL", "rougeLsum"} <= set(found["measures"]["tuned"])
    assert "base" not in found["measures"]
    assert found["status"] == "unknown"


def test_a_classification_has_its_report_and_exit_code(tmp_path: Path) -> None:
    rows = [
        {"prediction": f"Label: {'spam' if n % 2 else 'ham'}", "label": "spam" if n % 2 else "ham"} for n in range(40)
    ]
    file = write(tmp_path / "labels.jsonl", rows)
    found = scored("classification", "--predictions", file, "--labels", "ham,spam")
    tuned = found["measures"]["tuned"]
    assert tuned["accuracy"]["value"] == 1.0
    assert list(tuned["confusion"]["rows"]) == ["ham", "spam"]
    assert found["items"][1]["method"]
    rows = [{"prediction": "ham", "label": "spam" if n % 4 else "ham"} for n in range(40)]
    wrong = write(tmp_path / "wrong.jsonl", rows)
    assert run("classification", "--predictions", wrong, "--labels", "ham,spam").code == 1


@pytest.mark.parametrize("metric", [*METRICS.split(","), "summarization"])
def test_nasty_answers_get_scores_or_reasons(metric: str, tmp_path: Path) -> None:
    rows = [{"prediction": text, "reference": '{"a": "cat sat on 12 mats"}'} for text in NASTY]
    found = scored(metric, "--predictions", write(tmp_path / "nasty.jsonl", rows))
    assert len(found["items"]) == len(NASTY)
    for item in found["items"]:
        values = [value for name, value in item.items() if name not in ("row", "id", "base")]
        assert values
        assert all(isinstance(value, int | float) or "unscored" in value for value in values)


def test_nasty_answers_are_read_for_labels(tmp_path: Path) -> None:
    rows = [{"prediction": text, "reference": ("yes", "no")[n % 2]} for n, text in enumerate(NASTY)]
    found = scored("classification", "--predictions", write(tmp_path / "nasty.jsonl", rows))
    assert len(found["items"]) == len(NASTY)


def test_a_missing_field_in_row_77_is_named(answers: Path) -> None:
    rows = [json.loads(line) for line in answers.read_text().splitlines() * 3]
    del rows[76]["prediction"]
    refused = run("f1", "--predictions", write(answers, rows))
    assert refused.code == 2
    assert "answers.jsonl line 77: prediction is missing" in refused.err
    found = scored("f1", "--predictions", answers, "--skip-bad-rows")
    assert found["measures"]["n_items"] == 119


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rogue",), "rogue"),
        ((",",), "names no task and no metric"),
        (("f1", "--option", "tolerance=2"), "tolerance"),
        (("regex", "--pattern", "(unclosed"), "unclosed"),
        (("json", "--schema", "absent.json"), "absent.json"),
        (("classification", "--labels", "cat,dog"), "the cat"),
        (("auto",), "needs the name of a task"),
        (("no_such_module:score",), "no_such_module"),
        (("f1", "--reference-field", "gold"), "has no column 'gold'"),
    ],
)
def test_what_cannot_be_right_is_said_with_a_hint(arguments: tuple[str, ...], said: str, answers: Path) -> None:
    if said == "the cat":
        rows = [{"prediction": "cat", "answer": "bird"}] * 3
        answers = write(answers, rows)
        said = "bird"
    refused = run(*arguments, "--predictions", answers)
    assert (refused.code, refused.out) == (2, "")
    assert said in refused.err
    assert "try: " in refused.err


def test_my_own_metric_is_a_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: Path) -> None:
    (tmp_path / "own_ones.py").write_text(
        "def brevity(prediction, reference):\n    return 1 / (1 + len(prediction))\n"
        "def fussy(prediction, references, prompt):\n    return {'polite': 'please' in prompt, 'n': len(references)}\n"
        "def broken(prediction, reference):\n    return 1 / 0\n"
    )
    monkeypatch.chdir(tmp_path)
    found = scored("own_ones:brevity", "--predictions", answers)
    assert list(found["measures"]["tuned"]) == ["brevity"]
    broken = scored("own_ones:broken", "--predictions", answers)
    assert "ZeroDivisionError" in json.dumps(broken["items"][0])
    assert broken["status"] == "unknown"


def test_without_json_it_prints_a_sentence_and_its_numbers(answers: Path) -> None:
    result = run("contains", "--predictions", answers)
    assert "a difference of" in result.out
    assert "tuned" in result.out


def test_at_least_is_a_gate(answers: Path) -> None:
    assert run("contains", "--predictions", answers, "--at-least", "0.99").code == 1
    assert run("contains", "--predictions", answers, "--at-least", "0.1").code == 0


def test_my_own_metric_can_neither_end_the_program_nor_write_into_its_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: Path
) -> None:
    (tmp_path / "rude_ones.py").write_text(
        "import sys\nprint('imported')\n"
        "def leave(prediction, reference):\n    sys.exit(0)\n"
        "def talk(prediction, reference):\n    print('HELLO')\n    return 1\n"
    )
    (tmp_path / "gone_at_once.py").write_text("import sys\nsys.exit(0)\n")
    monkeypatch.chdir(tmp_path)
    left = scored("rude_ones:leave", "--predictions", answers)
    assert "SystemExit" in json.dumps(left["items"][0])
    assert scored("rude_ones:talk", "--predictions", answers)["measures"]["tuned"]["talk"]["value"] == 1.0
    refused = run("gone_at_once:f", "--predictions", answers)
    assert (refused.code, refused.out) == (2, "")


def test_nothing_from_a_file_acts_on_the_terminal(tmp_path: Path) -> None:
    label = "\x1b[41mX\x1b]0;PWN\x07\u202e"
    rows = [{"prediction": label, "label": label if n % 2 else "ham"} for n in range(10)]
    file = write(tmp_path / "bad.jsonl", rows)
    for called in (
        run("classification", "--predictions", file),
        run("f1", "--predictions", file, "--prediction-field", label),
    ):
        assert not {"\x1b", "\x07", "\u202e"} & set(called.out + called.err)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("f1", "--option", "labels=a|b"), "--labels"),
        (("f1", "--option", "predictions=x"), "--predictions"),
        (("f1", "--option", "where=x:y"), "where chooses rows in a run only"),
        (("f1", "--labels", "a,b"), "labels belong to a classification"),
        (("classification", "--option", "multi=maybe"), "is not yes or no"),
        (("Classification",), "did you mean classification?"),
    ],
)
def test_an_option_in_the_wrong_place_is_refused(arguments: tuple[str, ...], said: str, answers: Path) -> None:
    refused = run(*arguments, "--predictions", answers)
    assert refused.code == 2
    assert said in refused.err


def test_labels_that_differ_by_case_are_one_and_a_row_has_one_of_them(tmp_path: Path) -> None:
    rows = [{"prediction": ("spam", "ham")[n % 2], "label": ("Spam", "HAM", "spam", "ham")[n % 4]} for n in range(40)]
    found = scored("classification", "--predictions", write(tmp_path / "case.jsonl", rows))
    assert found["measures"]["tuned"]["accuracy"]["value"] == 1.0
    assert found["measures"]["labels"] == ["Spam", "HAM"]
    several = write(tmp_path / "several.jsonl", [{"prediction": "a", "label": ["a", "b"]}] * 4)
    refused = run("classification", "--predictions", several)
    assert "several labels may be right at once: multi=yes" in refused.err
    assert scored("classification", "--predictions", several, "--option", "multi=yes")["measures"]["n_items"] == 4


def test_rows_that_belong_together_have_no_mcnemar(tmp_path: Path) -> None:
    rows = [
        {"id": n // 5, "prediction": "ab"[n % 2], "base_prediction": "a", "label": "ab"[(n // 5) % 2]}
        for n in range(60)
    ]
    measures = scored("classification", "--predictions", write(tmp_path / "grouped.jsonl", rows))["measures"]
    assert "unscored" in measures["mcnemar_p"]
    assert 0 < measures["p_values"]["accuracy"] <= 1


def test_a_metric_that_is_named_twice_is_measured_once(answers: Path) -> None:
    found = scored("contains,contains,", "--predictions", answers)
    assert list(found["measures"]["p_values_adjusted"]) == ["contains"]
    assert found["measures"]["p_values_adjusted"] == found["measures"]["p_values"]
