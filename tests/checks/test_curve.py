"""The curve check: labels, statuses, measures and findings of made histories."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.checks.curves import NAN, falling, history, series
from tests.checks.parts import codes, finding, measure
from tunecheck.checks.curve import check_curve
from tunecheck.core import History, Unscored, to_json
from tunecheck.core.history import Point, Series

OVERFIT = [2.0, 1.5, 1.2, 1.1, 1.3, 1.6, 1.9]
HEALTHY = [2.0, 1.6, 1.4, 1.3, 1.25, 1.225, 1.215, 1.21]
FLAT = np.full(40, 1.5)


@pytest.mark.parametrize(
    ("found", "label", "status"),
    [
        (history(HEALTHY), "healthy", "pass"),
        (history([2.0, 1.8, 1.6, 1.4, 1.2]), "still_falling", "pass"),
        (history([2.0, 1.5, 1.3, 1.3, 1.3, 1.3]), "plateau", "pass"),
        (history([1.3, 1.3, 1.299, 1.3, 1.301, 1.3]), "plateau", "warn"),
        (history(OVERFIT), "overfit", "fail"),
        (history(OVERFIT, format="TensorBoard event file", source="events"), "overfit", "warn"),
        (history(OVERFIT, best_step=400.0), "overfit", "warn"),
        (history(OVERFIT, best_step=400.0, load_best=True), "overfit", "warn"),
        (history(OVERFIT, best_step=400.0, load_best=False), "overfit", "fail"),
        (history([2.0, 1.6, 1.4, 1.35, 1.37, 1.39, 1.42]), "mild_overfit", "warn"),
        (history([2.0, 1.6, 1.4, 1.35, 1.37, 1.39, 1.42], best_step=400.0, load_best=True), "mild_overfit", "pass"),
        (history([2.0, 1.5, 1.6]), "too_few_points", "unknown"),
        (history(), "no_eval", "unknown"),
        (history([], []), "no_eval", "unknown"),
        (history(None, np.r_[falling(20), np.linspace(2, 9, 20)]), "diverged", "fail"),
        (history(None, FLAT), "not_learning", "fail"),
        (history([1.5, 1.5, 1.5, 1.5, 1.5], FLAT), "not_learning", "fail"),
        (history(None, np.zeros(20)), "not_learning", "fail"),
        (history(None, np.r_[falling(20), [0.0] * 5]), "nan", "fail"),
        (history(None, np.r_[falling(20), [NAN]]), "nan", "fail"),
        (history([NAN, NAN, NAN]), "nan", "fail"),
        (history([1.0, 0.7, 0.6, 0.5, 0.45], loss_kind="preference"), "not_a_likelihood", "unknown"),
        (history(HEALTHY, n_train=500, n_eval=500), "healthy", "unknown"),
        (history([x * 1e-4 for x in OVERFIT], loss_kind="other"), "overfit", "fail"),
    ],
)
def test_each_history_has_the_label_and_the_status_that_a_person_would_give(
    found: History, label: str, status: str
) -> None:
    check = check_curve(found)
    assert (measure(check, "label"), check.status) == (label, status), check.summary
    json.loads(to_json(check))


def test_the_measures_of_an_overfitted_run() -> None:
    check = check_curve(history(OVERFIT, runs_in_file=2, notes=("resumed at step 300",)))
    told = {name: check.measures[name] for name in ("best_step", "best_eval_loss", "last_eval_loss", "shipped_step")}
    assert told == {"best_step": 400, "best_eval_loss": 1.1, "last_eval_loss": 1.9, "shipped_step": 700}
    assert measure(check, "give_back") == pytest.approx(0.8 / 0.9)
    assert check.summary == (
        "Overfitting: the evaluation loss fell from 2 to 1.1 at step 400, then rose to 1.9, giving back 88.9% of its "
        "fall, over 7 evaluations. The model of step 700 was kept. This is the last of 2 runs in the file."
    )
    assert finding(check, "curve.shipped_not_best").severity == "fail"
    assert {"curve.overfit", "curve.several_runs", "curve.note"} <= set(codes(check))


def test_what_is_absent_is_unscored_with_its_reason_and_never_zero() -> None:
    check = check_curve(history())
    for name in ("best_step", "best_eval_loss", "last_eval_loss", "give_back"):
        assert measure(check, name) == Unscored(reason="the log has no evaluation loss")
    few = check_curve(history([2.0, 1.5]))
    assert measure(few, "best_eval_loss") == 1.5
    assert measure(few, "give_back") == Unscored(reason="fewer than four evaluations show no trend")
    bare = check_curve(history(OVERFIT, best_step=400.0))
    assert isinstance(measure(bare, "shipped_step"), Unscored)


def test_nan_stays_visible_in_the_series_and_the_document_is_json() -> None:
    check = check_curve(history([2.0, NAN, 1.5, 1.4, 1.3, 1.2]))
    document = json.loads(to_json(check))
    values = document["measures"]["series"]["eval/loss"]["values"]
    assert values[:2] == [2.0, {"unscored": "the value is nan"}]
    assert document["measures"]["n_evals"] == 6
    assert finding(check, "curve.nan_eval").severity == "warn"


@pytest.mark.parametrize(
    ("format_", "evidence", "line"),
    [
        ("Hugging Face Trainer", (), 'TrainingArguments(eval_strategy="steps", eval_steps=100)'),
        ("Hugging Face Trainer", ("README.md names Axolotl",), "val_set_size: 0.05"),
        ("Hugging Face Trainer", ("README.md has the tag trl",), 'SFTConfig(eval_strategy="steps", eval_steps=100)'),
        ("LLaMA-Factory trainer_log.jsonl", (), "val_size: 0.05"),
        ("mlx-lm console", (), "--steps-per-eval 100"),
        ("torchtune log", (), "dataset_val"),
        ("LitGPT metrics.csv", (), "--eval.interval 100"),
        ("Keras history", (), "validation_data="),
        ("Lightning metrics.csv", (), "validation_step"),
    ],
)
def test_the_line_that_turns_evaluations_on_is_that_of_the_trainer(
    format_: str, evidence: tuple[str, ...], line: str
) -> None:
    assert line in finding(check_curve(history(format=format_, evidence=evidence)), "curve.no_eval").hint


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({}, "the log has no evaluation"),
        ({"eval_strategy": "no"}, 'evaluations were switched off (eval_strategy="no")'),
        ({"eval_strategy": "steps"}, 'eval_strategy was "steps", yet no evaluation loss was logged'),
        ({"n_eval": 0}, "there was no validation data"),
        (
            {"more": [series("accuracy", [0.5, 0.6], split="eval")]},
            "evaluations ran and logged accuracy, but no evaluation loss",
        ),
        (
            {"more": [series("loss", [1.0, 0.5], split="eval", eval_set="train")]},
            "the only evaluations were made on the training data",
        ),
    ],
)
def test_the_cause_of_missing_evaluations_is_told(fields: dict[str, Any], cause: str) -> None:
    assert cause in check_curve(history(**fields)).summary


@pytest.mark.parametrize(
    ("more", "fields", "code", "severity"),
    [
        ([series("grad_norm", np.zeros(10))], {}, "curve.zero_gradients", "warn"),
        ([series("grad_norm", [1.0] * 9 + [NAN] * 3)], {"train": FLAT}, "curve.nan_gradients", "fail"),
        ([series("grad_norm", [1.0] * 20 + [50.0] + [1.0] * 9)], {}, "curve.gradient_spikes", "info"),
        ([series("learning_rate", np.zeros(10))], {"train": FLAT}, "curve.rate_zero", "fail"),
        ([series("entropy", np.linspace(1.5, 0.02, 20))], {}, "curve.entropy_collapse", "warn"),
        ([], {"train": falling(50, 2.0, 0.05)}, "curve.low_train_loss", "warn"),
        ([], {"train": np.repeat([1.5, 1.1, 0.7], 20) - np.tile(np.arange(20) / 1000, 3)}, "curve.staircase", "warn"),
        ([], {"train": np.r_[falling(30), [6.0], falling(20, 1.05)]}, "curve.spikes", "info"),
        ([], {"train": np.r_[[10.9] * 20]}, "curve.not_learning", "fail"),
        ([], {"train": np.r_[[1.6, 11.8], [10.3735] * 8]}, "curve.stuck_at_uniform", "fail"),
        ([], {"train": np.r_[falling(20), [NAN, NAN], falling(20)]}, "curve.nan", "warn"),
        ([], {"train": np.zeros(10)}, "curve.zero_loss", "fail"),
        ([], {"last_step": 500.0, "planned_steps": 1000.0}, "curve.interrupted", "info"),
        ([], {"loss_kind": "other"}, "curve.other_loss", "info"),
    ],
)
def test_the_training_tells_what_it_can_without_evaluations(
    more: list[Series], fields: dict[str, Any], code: str, severity: str
) -> None:
    assert finding(check_curve(history(None, more=more, **fields)), code).severity == severity


def test_a_preference_run_is_read_by_its_rewards_and_its_chosen_answers() -> None:
    more = [
        series("rewards/accuracies", [0.5, 0.7, 0.9, 0.98, 1.0, 1.0]),
        series("rewards/accuracies", [0.6, 0.6, 0.6, 0.6], split="eval"),
        series("logps/chosen", np.linspace(-100, -180, 20)),
    ]
    check = check_curve(history(OVERFIT, falling(50, 0.69, 0.1), more=more, loss_kind="preference"))
    assert sorted(codes(check)) == ["curve.displacement", "curve.preference", "curve.reward_gap"]
    assert check.status == "unknown"


def test_several_evaluation_sets_are_read_by_their_mean_and_a_worse_one_is_named() -> None:
    sets = [
        series("loss", values, split="eval", eval_set=name)
        for name, values in {"a": HEALTHY, "b": HEALTHY, "c": [2.0, 1.2, 1.1, 1.05, 1.2, 1.3, 1.4, 1.5]}.items()
    ]
    check = check_curve(history(None, more=sets))
    assert "the mean of 3 sets" in check.summary
    found = finding(check, "curve.sets_differ")
    assert found.message == "evaluation sets disagree: c (overfit)"


def test_a_set_of_the_training_data_decides_nothing() -> None:
    sets = [series("loss", falling(8), split="eval", eval_set="train")]
    sets.append(series("loss", OVERFIT, split="eval", eval_set="validation"))
    check = check_curve(history(None, more=sets))
    assert measure(check, "label") == "overfit"
    assert "curve.training_set_evaluated" in codes(check)


def test_the_best_checkpoint_is_named_where_it_is_left_and_called_gone_where_not() -> None:
    there = check_curve(history(OVERFIT, checkpoints=(400, 700)))
    assert "take checkpoint-400 instead" in finding(there, "curve.shipped_not_best").hint
    gone = check_curve(history(OVERFIT, checkpoints=(600, 700)))
    assert "the checkpoint of step 400 is gone, and checkpoint-600" in finding(gone, "curve.shipped_not_best").hint


def test_a_best_step_that_another_metric_chose_is_told() -> None:
    check = check_curve(history(OVERFIT, best_step=700.0, best_metric="eval_accuracy", load_best=True))
    assert "by accuracy, not by the loss, which was lowest at step 400" in finding(check, "curve.other_metric").message
    assert check.status == "fail"


def test_accuracies_tell_memorised_tokens_and_overconfidence() -> None:
    more = [
        series("token_accuracy", [0.6, 0.9, 0.99, 0.99, 0.99, 0.99, 0.99]),
        series("token_accuracy", [0.6, 0.65, 0.68, 0.7, 0.71, 0.72, 0.72], split="eval"),
    ]
    check = check_curve(history(OVERFIT, more=more))
    assert {"curve.token_accuracy_gap", "curve.overconfident"} <= set(codes(check))


NUMBERS = st.floats() | st.floats(0.1, 5)
SERIES = st.builds(
    lambda name, split, eval_set, values: Series(
        name=name,
        split=split,
        eval_set=eval_set if split == "eval" else "",
        points=tuple(Point(float(k), value, k / 7) for k, value in enumerate(values)),
    ),
    st.sampled_from(["loss", "grad_norm", "learning_rate", "entropy", "token_accuracy", "logps/chosen"]),
    st.sampled_from(["train", "eval"]),
    st.sampled_from(["", "a", "b", "train"]),
    st.lists(NUMBERS, max_size=40),
)


@given(
    st.lists(SERIES, max_size=6, unique_by=lambda one: (one.name, one.split, one.eval_set)),
    st.sampled_from(["nll", "preference", "other"]),
    st.none() | st.floats(0, 50),
    st.none() | st.booleans(),
)
@settings(max_examples=80, deadline=None)
def test_every_history_has_a_reading_and_a_document(
    found: list[Series], kind: Any, best_step: float | None, load_best: bool | None
) -> None:
    made = History(
        source="log", format="CSV", series=tuple(found), loss_kind=kind, best_step=best_step, load_best=load_best
    )
    check = check_curve(made)
    json.loads(to_json(check))
    assert check.summary.endswith(".")
    assert check.status != "pass" or measure(check, "label") in ("healthy", "still_falling", "plateau", "mild_overfit")


def test_a_log_of_200_000_lines_is_read() -> None:
    losses = np.linspace(3, 1, 200_000) + 0.05 * np.random.default_rng(0).standard_normal(200_000)
    check = check_curve(history(losses[::20], losses))
    assert measure(check, "label") == "still_falling"


def test_a_loss_that_fell_by_less_than_a_hundredth_stayed_level() -> None:
    check = check_curve(history([0.694, 0.6915, 0.6902, 0.6897, 0.6895]))
    assert check.status == "warn"
    assert check.summary.startswith("The evaluation loss stayed level from 0.694 to 0.6895")
    assert "fell by only 0.6% after the first" in finding(check, "curve.no_eval_gain").message


def test_a_run_that_began_at_step_0_and_hardly_fell_has_learned_little() -> None:
    evaluations = series("loss", [2.0, 1.996, 1.993, 1.991, 1.99], split="eval", start=0)
    check = check_curve(history(None, more=[evaluations], last_step=400.0))
    found = finding(check, "curve.little_learned")
    assert (check.status, found.severity) == ("warn", "warn")
    assert "fell by only 0.5% from before anything was learned" in found.message


def test_the_advice_after_overfitting_knows_which_checkpoints_are_there() -> None:
    kept = check_curve(history(OVERFIT, best_step=400.0, load_best=True))
    assert finding(kept, "curve.overfit").hint.startswith("the model of step 400 was kept, which is right")
    there = check_curve(history(OVERFIT, checkpoints=(400, 700)))
    assert finding(there, "curve.overfit").hint.startswith("keep the checkpoint of step 400")
    gone = check_curve(history(OVERFIT, checkpoints=(600, 700)))
    assert finding(gone, "curve.overfit").hint.startswith("train for fewer epochs")


def test_a_run_that_early_stopping_ended_was_not_interrupted() -> None:
    notes = ("early stopping ended the run: evaluations no longer improved",)
    check = check_curve(history(HEALTHY, last_step=800.0, planned_steps=2000.0, notes=notes))
    assert "curve.interrupted" not in codes(check)
    assert "curve.note" in codes(check)


def test_another_metric_that_chose_the_step_of_the_lowest_loss_is_not_worth_a_word() -> None:
    assert "curve.other_metric" not in codes(check_curve(history(OVERFIT, best_step=400.0, best_metric="wer")))
    assert "curve.other_metric" in codes(check_curve(history(OVERFIT, best_step=700.0, best_metric="wer")))


def test_a_low_loss_in_one_pass_is_not_called_known_by_heart() -> None:
    train = series("loss", falling(50, 2.0, 0.05), epochs=1.0)
    found = finding(check_curve(history(None, [], more=[train])), "curve.low_train_loss")
    assert found.severity == "info"
    assert "in one pass over the data no row is seen twice" in found.message


def test_a_level_training_loss_with_too_few_evaluations_is_not_learning() -> None:
    assert measure(check_curve(history([1.5, 1.5], FLAT)), "label") == "not_learning"
    assert measure(check_curve(history([1.5, 1.2], FLAT)), "label") == "too_few_points"


@pytest.mark.parametrize("found", ["CSV", "TensorBoard event file", "printed losses", "Weights & Biases CSV"])
def test_advice_for_a_log_that_any_trainer_may_have_written_names_no_single_one(found: str) -> None:
    hint = finding(check_curve(history(format=found)), "curve.no_eval").hint
    assert hint.startswith("in the next run evaluate on held-out rows about ten times and log it as val_loss")


def test_a_climb_with_one_small_dip_is_overfitting() -> None:
    losses = [1.45, 1.33, 1.27, 1.2, 1.17, 1.192, 1.191, 1.204, 1.236, 1.25]
    assert measure(check_curve(history(losses, format="CSV")), "label") == "overfit"


def test_more_than_all_of_a_small_fall_is_told_in_words() -> None:
    check = check_curve(history([0.0903, 0.09, 0.095, 0.1, 0.105, 0.12]))
    assert "giving back more than all of its fall" in check.summary
    assert "more than all of what it had gained" in finding(check, "curve.overfit").message


@pytest.mark.parametrize(
    ("found", "hint"),
    [
        ("Hugging Face Trainer", "trainer.train(resume_from_checkpoint=True)"),
        ("mlx-lm console", "--resume-adapter-file"),
        ("torchtune log", "resume_from_checkpoint in the YAML file"),
        ("CSV", "resume it from its last checkpoint"),
    ],
)
def test_a_run_is_resumed_as_its_trainer_does(found: str, hint: str) -> None:
    check = check_curve(history(HEALTHY, format=found, last_step=800.0, planned_steps=2000.0))
    assert hint in finding(check, "curve.interrupted").hint
