"""tunecheck preference, as a shell sees it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks_of
from tests.workshop import call

# The example of the page: an item a word, three raters a letter each; tuned, base or = for a tie.
PAGE_VOTES = (
    *("ttt", "tt=", "ttb", "tbt", "bbt", "ttt", "t=t", "bbb", "tt=", "tbt", "ttt", "=t="),
    *("tbb", "ttt", "b=b", "ttt", "tt=", "tbt", "t==", "ttb", "bt=", "ttt", "=bt", "ttt"),
)


def votes_file(path: Path, items: Sequence[str]) -> Path:
    winners = {"t": "tuned", "b": "base", "=": "tie"}
    lines = [
        f"q{number},{rater},{winners[letter]},{'left' if (number + place) % 2 else 'right'}\n"
        for number, word in enumerate(items)
        for place, (rater, letter) in enumerate(zip(("Ann", "Bob", "Cem"), word, strict=False))
    ]
    path.write_text("item,rater,winner,tuned_on\n" + "".join(lines))
    return path


@pytest.mark.parametrize(
    ("items", "code", "status"),
    [(["t"] * 25, 0, "pass"), (["b"] * 25, 1, "fail"), (["t", "b"] * 12, 3, "unknown"), (["t"] * 5, 3, "unknown")],
)
def test_the_exit_code_says_what_was_decided(items: list[str], code: int, status: str, tmp_path: Path) -> None:
    called = call("preference", votes_file(tmp_path / "v.csv", items), "--json")
    assert (called.code, called.err, called.document["status"]) == (code, "", status)
    assert called.document["check"] == "ab"


def test_the_page_shows_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    votes_file(Path("votes.csv"), PAGE_VOTES)
    printed = call("preference", "votes.csv", "--planned", 24).out
    shown = [block.text for block in blocks_of(ROOT / "docs" / "preference.md") if block.text.startswith("pass ")]
    assert len(shown) == 1
    assert " ".join(printed.split()).startswith(" ".join(shown[0].split()))


def test_a_pair_of_models_can_be_picked(tmp_path: Path) -> None:
    path = tmp_path / "battles.jsonl"
    battles = [("x", "y", "model_a"), ("y", "x", "model_b"), ("x", "z", "model_b")] * 15
    path.write_text(
        "".join(
            json.dumps({"question_id": n, "model_a": one, "model_b": two, "winner": winner, "judge": "u"}) + "\n"
            for n, (one, two, winner) in enumerate(battles)
        )
    )
    called = call("preference", path, "--tuned", "x", "--base", "y")
    assert called.code == 0
    assert "tuned 30, base 0, tied 0; 30 items, 30 votes, 1 rater\n" in called.out
    assert "left out: 15 rows about other models" in called.out
    unnamed = call("preference", path)
    assert unnamed.code == 2
    rank = f"or rank all of them: tunecheck preference {path} --ranking"
    assert unnamed.hint == f"name the pair: --tuned NAME --base NAME; {rank}"


def test_names_from_a_file_cannot_act_on_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "v.jsonl"
    names = ("A\x1b[2J\u202e", "B\nC", "x" * 300)
    rows = [
        {"item": n, "rater": who, "winner": "tuned", "category": f"{who}{n % 2}"} for n in range(20) for who in names
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    printed = call("preference", path).out
    assert "\x1b[2J" not in printed
    assert "\u202e" not in printed
    assert "x" * 40 not in printed.partition("votes=")[0]


def test_a_margin_and_a_wrong_one(tmp_path: Path) -> None:
    path = votes_file(tmp_path / "v.csv", ["t", "b", "=", "=", "="] * 60)
    assert call("preference", path, "--margin", 0.2, "--json").document["measures"]["decision"] == "not_worse"
    wrong = call("preference", path, "--margin", 20)
    assert (wrong.code, wrong.message) == (2, "a margin lies between 0 and 1, not at 20")
