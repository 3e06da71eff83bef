"""The laboratory of known truths: its rows are what the cases claim, and its table says what is right and wrong."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from types import MappingProxyType

import pytest

if importlib.util.find_spec("torch") is None:
    pytest.skip("needs the hf extra", allow_module_level=True)

from bench.truths.bases import Base
from bench.truths.cases import CASES, Case
from bench.truths.facts import Facts, goes_in_circles
from bench.truths.outcome import Outcome, Told
from bench.truths.rows import CLOSING, OPENING, STOCK, Rows, draw, json_lines
from bench.truths.stories import SCENES
from bench.truths.table import aims, judged, line, raised, summary
from bench.truths.trial import Trial

BASE = Base(
    name="demo",
    folder=Path("nowhere"),
    is_chat=True,
    general=("a text",),
    more_general=("one two three four five six seven",) * 40,
)
BY_NAME: Mapping[str, Case] = {case.name: case for case in CASES}
FACTS = Facts(
    base_train=2.0,
    base_val=2.0,
    tuned_train=1.0,
    tuned_val=1.1,
    base_plain=2.5,
    tuned_plain=2.6,
    base_general=2.0,
    tuned_general=2.05,
    reproduced_train=0.0,
    reproduced_val=0.0,
    base_twin=2.0,
    tuned_twin=1.1,
    distinct=1.0,
    ended=1.0,
    looped=0.0,
)
KNOWN = frozenset({"overfit.gap", "overfit.harm"})
SCRIPT = Path(__file__).parents[2] / "bench" / "known_truth.py"


def rows_of(name: str, seed: int = 1) -> Rows:
    return BY_NAME[name].rows(Random(seed), BASE)


def trial(
    name: str,
    *,
    decision: str,
    told: tuple[Told, ...] = (),
    facts: Facts = FACTS,
    statuses: Mapping[str, str] = MappingProxyType({"perplexity": "pass", "overfitting": "pass"}),
) -> Trial:
    outcome = Outcome(decision=decision, statuses=statuses, findings=told, measures={})
    return Trial(case=BY_NAME[name], base="demo", seed=1, facts=facts, outcome=outcome)


def said(code: str, severity: str = "warn", message: str = ".") -> Told:
    return Told(code=code, severity=severity, message=message)


def test_every_case_has_a_name_of_its_own_and_says_what_is_right() -> None:
    assert len(BY_NAME) == len(CASES) == 15
    for case in CASES:
        assert case.right, case.name
        assert case.findings or case.forbidden, case.name
        assert not {code.partition("~")[0] for code in case.findings} & set(case.forbidden), case.name
        assert case.kind != "bad" or "ship" not in case.right, case.name
        assert case.kind != "good" or "hold" not in case.right, case.name


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_the_same_seed_draws_the_same_rows_and_another_draws_others(name: str) -> None:
    assert rows_of(name) == rows_of(name)
    assert rows_of(name).train != rows_of(name, seed=2).train


@pytest.mark.parametrize("name", sorted(set(BY_NAME) - {"leaked"}))
def test_no_validation_prompt_stands_in_the_training_rows(name: str) -> None:
    rows = rows_of(name)
    assert not {row.prompt for row in rows.train} & {row.prompt for row in rows.validation}


def test_half_of_the_validation_rows_leak_where_the_case_says_so() -> None:
    rows = rows_of("leaked")
    assert len(set(rows.train) & set(rows.validation)) == len(rows.validation) // 2


def test_the_template_stands_around_every_answer_and_the_answers_differ() -> None:
    rows = rows_of("memorised-in-template")
    answers = {row.response for row in rows.train}
    assert all(answer.startswith(OPENING) and answer.endswith(CLOSING) for answer in answers)
    assert len(answers) == len(rows.train)
    assert len({row.response for row in rows_of("template-only").train}) == 3


def test_most_answers_are_the_same_where_diversity_is_to_collapse_and_none_of_the_references() -> None:
    rows = rows_of("collapsed")
    assert 0.6 < sum(row.response == STOCK for row in rows.train) / len(rows.train) < 0.8
    assert all(row.response != STOCK for row in rows.validation)


def test_the_harder_validation_rows_hold_longer_codes_and_the_easier_ones_none() -> None:
    harder, easier = rows_of("harder-validation"), rows_of("easier-validation")

    def code_characters(rows: Rows, part: str) -> float:
        codes = [row.response.partition(" Code: ")[2] for row in getattr(rows, part)]
        return sum(map(len, codes)) / len(codes)

    assert code_characters(harder, "validation") > 2 * code_characters(harder, "train")
    assert code_characters(easier, "validation") == 0 < code_characters(easier, "train")


def test_rows_are_conversations_or_pairs_as_the_base_needs_them() -> None:
    row = rows_of("healthy").train[:1]
    assert json_lines(row, is_chat=True).startswith('{"messages": [{"role": "user"')
    assert json_lines(row, is_chat=False).startswith('{"prompt": "Question:\\n')


def test_a_good_model_that_ships_in_silence_is_right() -> None:
    shipped = trial("healthy", decision="ship")
    assert judged(shipped) == "yes"
    assert raised(shipped, KNOWN) == "no warning → none"


def test_a_good_model_that_is_held_is_wrong_and_the_false_alarm_is_named() -> None:
    held = trial("healthy", decision="hold", told=(said("overfit.gap", "fail"),))
    assert judged(held) == "**no**: verdict should be ship; false alarm"
    assert raised(held, KNOWN) == "no warning → false: `overfit.gap`"


def test_a_remark_is_no_false_alarm() -> None:
    assert trial("healthy", decision="ship", told=(said("overfit.gap", "info"),)).is_right


def test_a_finding_that_this_version_cannot_raise_is_marked_as_missing_and_not_there_yet() -> None:
    shipped = trial("forgot", decision="ship", facts=replace(FACTS, tuned_general=2.6))
    assert judged(shipped) == "**no**: verdict should be hold; finding missing"
    assert raised(shipped, KNOWN) == "one of `overfit.forgetting` (not there yet) → **none**"


def test_a_finding_can_be_asked_for_with_words_of_its_message() -> None:
    wanted = "curve.eval_reproduced"
    responses, wholes = (
        trial("prompt-not-masked", decision="ship", told=(said(wanted, "info", f"over the tokens of {what}"),))
        for what in ("the responses", "whole sequences")
    )
    assert responses.missing
    assert not wholes.missing
    assert wholes.found == (wanted,)


def test_a_run_that_is_refused_for_a_diverged_model_is_right() -> None:
    refused = trial(
        "diverged",
        decision="refused",
        told=(said("ModelError", "fail"),),
        facts=replace(FACTS, tuned_val=float("nan")),
        statuses={},
    )
    assert judged(refused) == "yes"
    assert raised(refused, KNOWN) == "→ ModelError"


def test_a_model_whose_answers_find_no_end_or_go_in_circles_is_not_good() -> None:
    assert trial("healthy", decision="ship").truth_holds
    assert not trial("healthy", decision="ship", facts=replace(FACTS, ended=0.7)).truth_holds
    assert not trial("healthy", decision="ship", facts=replace(FACTS, looped=0.2)).truth_holds


def test_an_answer_goes_in_circles_when_most_of_its_runs_were_there_before() -> None:
    assert goes_in_circles([1, 2, 3] * 20)
    assert not goes_in_circles(range(60))
    assert not goes_in_circles([1, 1, 1])


def test_scenes_are_as_different_as_rows_must_be_and_bring_their_own_words_into_the_answer() -> None:
    rows = draw(240, 54, Random(1), scenes=True)
    assert len({row.prompt for row in (*rows.train, *rows.validation)}) == 294
    assert {row.task for row in rows.train} == set(SCENES)


@pytest.mark.parametrize(
    ("tuned_val", "label"),
    [(1.1, "none (0.10)"), (1.3, "some (0.30)"), (1.6, "high (0.60)"), (float("nan"), "no loss (nan)")],
)
def test_the_tutorials_rule_reads_the_plain_gap(tuned_val: float, label: str) -> None:
    assert trial("healthy", decision="ship", facts=replace(FACTS, tuned_val=tuned_val)).tutorial == label


def test_a_truth_that_was_not_reached_is_shown_in_its_row() -> None:
    broken = trial("healthy", decision="ship", facts=replace(FACTS, tuned_val=2.2))
    assert "| **no**: truth not reached (train 2.00→1.00, val 2.00→2.20" in line(broken, KNOWN)
    assert line(trial("healthy", decision="ship"), KNOWN).endswith("| yes |")


def test_the_aims_count_ships_on_bad_ones_and_failed_checks_on_good_ones() -> None:
    failed = {"overfitting": "fail"}
    trials = [
        trial("healthy", decision="hold", told=(said("overfit.gap", "fail"),), statuses=failed),
        trial("healthy", decision="ship"),
        trial("no-op", decision="ship"),
    ]
    found, shipped, failing = aims(trials)
    assert (found.n, found.of, found.is_met) == (1, 3, False)
    assert (shipped.n, shipped.of, shipped.is_met) == (1, 1, False)
    assert (failing.n, failing.of, failing.is_met) == (1, 2, False)
    assert "| ship on a bad one (none) | 1 of 1 | 100% | **missed** |" in summary(trials)


def test_the_aims_are_met_where_all_is_right() -> None:
    trials = [
        trial("healthy", decision="ship"),
        trial("no-op", decision="hold", told=(said("preflight.no_change", "fail"),)),
    ]
    assert all(aim.is_met for aim in aims(trials))


def test_a_trial_is_the_same_after_a_turn_through_its_file() -> None:
    before = trial("no-op", decision="hold", told=(said("preflight.no_change", "fail", "nothing changed"),))
    kept = json.loads(json.dumps(before.document()))
    assert replace(before, outcome=Outcome.from_document(kept)).document() == before.document()


@pytest.mark.slow
@pytest.mark.hf
def test_in_the_sample_each_truth_is_told(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), "--sample", "--json", "--out", str(tmp_path)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=900,
        env=os.environ | {"PYTHONUTF8": "1"},
    )
    assert done.stdout, done.stderr[-3000:]
    found = json.loads(done.stdout)
    wrong = {one["truth"]: one["missing"] + one["false_alarms"] for one in found["trials"] if not one["is_right"]}
    assert not wrong, done.stderr[-3000:]
    assert all(one["truth_holds"] for one in found["trials"])
    assert all(aim["is_met"] for aim in found["aims"])
    assert done.returncode == 0
