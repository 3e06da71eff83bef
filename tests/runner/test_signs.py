"""The signs of overfitting in a whole run: measured from what the run makes, and the same when it is read again."""

import json
from pathlib import Path
from typing import Any

import pytest

import tunecheck
from tests.workshop import QUICK, Workshop, call, rows, write_rows

pytestmark = pytest.mark.hf

SIGNS = ("gap", "membership", "extraction", "near_far", "copying", "diversity", "forgetting")


@pytest.fixture(scope="module")
def finished(shop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with everything in it, on a few general texts; nobody changes it."""
    folder = tmp_path_factory.mktemp("signs")
    general = write_rows(
        folder / "general.jsonl", [{"text": f"{row['prompt']} {row['completion']}"} for row in rows(30)]
    )
    called = call(
        "run", shop.lora, "--val", shop.val, "--train", shop.train, "--general", general, "--answers", 16,
        "--out", folder / "run",
    )  # fmt: skip
    assert called.code in (1, 3), called.err
    return folder / "run"


def overfitting(folder: Path) -> Any:
    return json.loads((folder / "results.json").read_text(encoding="utf-8"))["checks"]["overfitting"]


def is_estimate(value: Any) -> bool:
    return isinstance(value, dict) and "value" in value


def test_every_sign_has_a_line_with_its_status_and_a_sentence(finished: Path) -> None:
    signs = overfitting(finished)["signs"]
    assert tuple(sign["name"] for sign in signs) == SIGNS
    assert all(sign["summary"].endswith(".") for sign in signs)


def test_what_needs_no_answer_and_what_does_is_measured(finished: Path) -> None:
    measures = overfitting(finished)["measures"]
    for name in ("membership_auc", "near_gain_nats", "far_gain_nats", "copy_excess"):
        assert is_estimate(measures[name]), measures[name]
    assert measures["membership"]["membership_score"] == "gain"
    assert is_estimate(measures["forgetting"]["divergence_nats"])
    assert measures["forgetting"]["n_skills"] == 72
    assert measures["forgetting"]["n_general"] == 30
    assert measures["copying"]["tuned"]["coverage"]["n"] == 16


def test_a_run_that_is_read_again_says_the_same(finished: Path) -> None:
    again = tunecheck.read_run(finished)
    assert json.loads(tunecheck.core.to_json(again))["checks"]["overfitting"] == overfitting(finished)


def test_the_page_shows_the_signs(finished: Path) -> None:
    page = (finished / "report.html").read_text(encoding="utf-8")
    assert all(title in page for title in ("Known by heart", "Near and far", "Copied answers", "Forgetting"))


def test_without_answers_what_needs_them_is_unknown_and_says_how_to_get_them(shop: Workshop, tmp_path: Path) -> None:
    called = call(
        "run", shop.lora, "--val", shop.val, "--train", shop.train, *QUICK, "--out", tmp_path / "run"
    )  # fmt: skip
    assert called.code in (1, 3), called.err
    assert "answering" not in called.err
    check = overfitting(tmp_path / "run")
    assert "--answers" in check["measures"]["copy_excess"]["unscored"]
    statuses = {sign["name"]: sign["status"] for sign in check["signs"]}
    assert (statuses["copying"], statuses["diversity"]) == ("unknown", "unknown")
    assert is_estimate(check["measures"]["membership_auc"])


def test_without_a_base_membership_takes_what_the_model_expected(shop: Workshop, tmp_path: Path) -> None:
    called = call("run", shop.base, "--val", shop.val, "--train", shop.train, *QUICK, "--out", tmp_path / "run")
    assert called.code in (1, 3), called.err
    measures = overfitting(tmp_path / "run")["measures"]
    assert measures["membership"]["membership_score"] == "min_k_plus_plus"
    assert "base" in measures["forgetting_percent"]["unscored"]


def test_another_base_with_the_same_answers_is_not_asked_again(shop: Workshop, finished: Path, tmp_path: Path) -> None:
    again = call(
        "run", shop.lora, "--val", shop.val, "--train", shop.train, *QUICK[:2], "--answers", 16,
        "--reuse", finished, "--out", tmp_path / "run",
    )  # fmt: skip
    assert again.code in (1, 3), again.err
    assert "answering" not in again.err
    assert overfitting(tmp_path / "run")["measures"]["copying"] == overfitting(finished)["measures"]["copying"]
