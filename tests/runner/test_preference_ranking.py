"""Ranking of several models: strengths, their order, and what does not break them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.workshop import call
from tunecheck.core import Unscored
from tunecheck.core.rankings import ModelRanking
from tunecheck.errors import DataError, InputError
from tunecheck.runner.model_rankings import rank_models


def row(item: int, one: str, two: str, winner: str, **more: object) -> dict[str, object]:
    return {"question_id": item, "model_a": one, "model_b": two, "winner": winner, "judge": "Ann", **more}


def given(n: int = 60, seed: int = 3) -> list[dict[str, object]]:
    """Good beats fair beats poor mostly; never loses all it has."""
    rng, names = random.Random(seed), ["good", "fair", "poor", "never"]
    found = []
    for item in range(n * 4):
        one, two = rng.sample(names, 2)
        better = min(one, two, key=names.index)
        winner = better if "never" in (one, two) or rng.random() < 0.75 else rng.choice([one, two, "tie"])
        found.append(row(item, one, two, winner))
    return found


def places(found: ModelRanking) -> list[str]:
    return [one.name for one in found.models]


def test_models_stand_by_strength_with_intervals_and_their_votes() -> None:
    found = rank_models(given())
    assert places(found) == ["good", "fair", "poor", "never"]
    assert sum(one.strength.value for one in found.models) == pytest.approx(0, abs=1e-6)
    assert all(one.strength.low < one.strength.value < one.strength.high for one in found.models)
    never = found.models[-1]
    assert (never.n_won, never.n_tied) == (0, 0)
    assert never.n_lost > 50
    total = sum(one.n_won + one.n_lost + one.n_tied for one in found.models)
    assert total == 2 * found.n_votes == 480
    assert found.win_rates["good", "fair"].value == pytest.approx(1 - found.win_rates["fair", "good"].value)


def test_the_order_of_rows_and_of_the_two_models_changes_nothing() -> None:
    rows = given()
    shuffled = random.Random(5).sample(rows, len(rows))
    turned = [{**one, "model_a": one["model_b"], "model_b": one["model_a"]} for one in shuffled]
    assert rank_models(rows) == rank_models(turned)
    assert rank_models(rows, seed=1).models[0].strength != rank_models(rows).models[0].strength


def test_a_model_that_wins_all_is_finite_and_first() -> None:
    found = rank_models([row(n, "all", "some" if n % 2 else "few", "all") for n in range(40)])
    assert places(found)[0] == "all"
    assert found.models[0].strength.high < 50
    assert found.tie_rate == Unscored(reason="nobody voted for a tie")


def test_models_that_nobody_compared_have_no_common_scale() -> None:
    rows = [*(row(n, "a", "b", "a") for n in range(5)), *(row(n + 9, "c", "d", "c") for n in range(5))]
    with pytest.raises(DataError) as caught:
        rank_models(rows)
    assert caught.value.message == (
        "in memory has no ranking: no chain of comparisons links a, b with c, d, so their strengths have no common "
        "scale"
    )


def test_neighbours_that_these_votes_do_not_tell_apart_are_told() -> None:
    rows = [row(n, "a", "b", "a" if n % 2 else "b") for n in range(41)]
    (note,) = rank_models(rows).notes
    assert note.startswith("b stands before a, but these votes do not tell them apart: it beats it 0.5")


def test_items_of_one_unit_are_one_draw() -> None:
    rows = [row(n, "a", "b", "a" if n % 3 else "b", unit=n // 5) for n in range(60)]
    assert rank_models(rows).n_items == 12
    with pytest.raises(DataError, match="at least 2 items"):
        rank_models([{**one, "unit": "all"} for one in rows])


def test_impossible_wishes_are_refused() -> None:
    with pytest.raises(InputError, match="a seed is 0 or more"):
        rank_models(given(), seed=-1)
    many = [row(n, f"m{n}", f"m{n + 1}", "tie") for n in range(120)]
    with pytest.raises(DataError, match="121 models, and at most 100"):
        rank_models(many)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "battles.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in given()))
    return path


def test_the_command_prints_the_models_and_a_document(file: Path) -> None:
    printed = call("preference", file, "--ranking")
    assert printed.code == 0
    assert printed.out.startswith("4 models, 240 items, 240 votes, 1 rater\n")
    lines = [line.split()[0] for line in printed.out.splitlines() if "[" in line and "," in line and "." in line]
    assert lines[:4] == ["good", "fair", "poor", "never"]
    document: Any = call("preference", file, "--ranking", "--json").document
    assert [one["model"] for one in document["models"]] == ["good", "fair", "poor", "never"]
    assert set(document["models"][0]["strength"]) == {"value", "low", "high", "confidence", "n", "method"}
    assert document["win_rates"]["good|fair"]["value"] > 0.5


def test_an_option_about_one_pair_is_refused(file: Path) -> None:
    called = call("preference", file, "--ranking", "--tuned", "good")
    assert (called.code, called.out) == (2, "")
    assert "a ranking has all models, and --tuned asks about one pair" in called.err


def test_without_the_option_a_file_of_several_models_says_what_to_type(file: Path) -> None:
    called = call("preference", file)
    assert called.code == 2
    assert f"or rank all of them: tunecheck preference {file} --ranking" in " ".join(called.err.split())
