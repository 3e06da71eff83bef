"""The overfitting check: each rule, each sentence, leaks, and the marks without a base."""

from __future__ import annotations

import numpy as np
import pytest

from tests.checks.parts import codes, estimate, finding, made_part, measure
from tunecheck.checks import ScoredPart, check_overfitting
from tunecheck.checks.contrast import gap_label
from tunecheck.checks.leaks import TAKE_OUT
from tunecheck.core import CheckResult, TrainingSettings, Unscored, document, to_json
from tunecheck.errors import DataError

SETTINGS = TrainingSettings(epochs=30, rank=16, lora_dropout=0.1, weight_decay=0.01)
SENSIBLE = TrainingSettings(epochs=2, rank=16, lora_dropout=0.1, weight_decay=0.01)


def centred(n: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    noise = np.random.default_rng(seed).normal(size=n)
    return noise - noise.sum() / max(n, 1)


def parts(
    gain_train: float,
    gain_val: float,
    *,
    spread: float = 0.1,
    n_train: int = 100,
    n_val: int = 50,
    shift: float = 0.0,
    same_tokens: bool = True,
) -> tuple[ScoredPart, ScoredPart]:
    """Parts with exactly these mean gains; ``shift`` is how much harder the validation text is for the base."""
    base_train, base_val = 2.0 + 0.2 * centred(n_train, 1), 2.0 + shift + 0.2 * centred(n_val, 2)
    train = made_part(
        base_train - gain_train - spread * centred(n_train, 3), base_train, part="train", same_tokens=same_tokens
    )
    return train, made_part(base_val - gain_val - spread * centred(n_val, 4), base_val, same_tokens=same_tokens)


def plain_parts(gap: float, *, spread: float = 0.1, n: int = 50) -> tuple[ScoredPart, ScoredPart]:
    """Parts without a base whose mean nll differs by exactly this gap."""
    return (
        made_part(2.0 + spread * centred(n, 1), part="train"),
        made_part(2.0 + gap + spread * centred(n, 2)),
    )


def check(
    both: tuple[ScoredPart, ScoredPart],
    *,
    n_leaked: int = 0,
    settings: TrainingSettings = SETTINGS,
    n_train_rows: int = 5000,
) -> CheckResult:
    train, validation = both
    return check_overfitting(
        train,
        validation,
        leaked_ids=frozenset(item.id for item in validation.items[:n_leaked]),
        n_train_rows=n_train_rows,
        settings=settings,
        signature="data=x",
    )


def test_a_gain_that_transfers_passes() -> None:
    result = check(parts(0.5, 0.45))
    assert (result.check, result.status, result.signature) == ("overfitting", "pass", "data=x")
    assert result.summary == (
        "Validation text keeps 90% of the gain on training text (95% interval 83.2% to 97.2%), over 100 training items "
        "and 50 validation items."
    )
    assert result.findings == ()


def test_validation_text_that_got_worse_is_harm() -> None:
    result = check(parts(0.5, -0.1))
    assert (result.status, codes(result)[0]) == ("fail", "overfit.harm")
    assert result.summary == (
        "On validation text the tuned model is 0.1 nats per token worse than its base (95% interval 0.0707 to 0.129), "
        "over 50 validation items."
    )
    found = finding(result, "overfit.harm")
    assert found.message == result.summary.replace("On", "on", 1).removesuffix(".")
    assert found.severity == "fail"
    assert found.hint == "epochs 30 to 3"


def test_harm_comes_before_not_learned() -> None:
    assert codes(check(parts(0.0, -0.1)))[0] == "overfit.harm"


def test_no_gain_on_training_text_is_not_learned() -> None:
    result = check(parts(0.01, 0.1))
    assert (result.status, codes(result)[0]) == ("warn", "overfit.not_learned")
    assert result.summary == (
        "The tuned model shows no gain on its own training text: 0.01 nats per token (95% interval -0.0113 to 0.0313), "
        "over 100 training items."
    )
    assert finding(result, "overfit.not_learned").hint == (
        "check that the scored folder holds the weights that were trained and that the training file and the chat "
        "template are those of the training; if they are, train longer or with a higher learning rate"
    )
    assert isinstance(measure(result, "transfer_ratio"), Unscored)


def test_training_text_that_got_worse_fails() -> None:
    result = check(parts(-0.1, 0.1))
    assert result.status == "fail"
    assert result.summary == (
        "On its own training text the tuned model is 0.1 nats per token worse than its base (95% interval 0.0787 to "
        "0.121), over 100 training items."
    )
    assert finding(result, "overfit.not_learned").severity == "fail"


def test_a_gain_that_stays_with_the_training_text_fails() -> None:
    result = check(parts(0.5, 0.1))
    assert (result.status, codes(result)[0]) == ("fail", "overfit.gap")
    assert result.summary == (
        "Validation text keeps only 20% of the gain on training text (95% interval 14.1% to 26%), over 100 training "
        "items and 50 validation items."
    )
    found = finding(result, "overfit.gap")
    assert found.evidence["transfer_ratio"] == pytest.approx(0.2)
    assert found.evidence["excess_gain_nats"] == pytest.approx(0.4)
    assert found.hint == "epochs 30 to 3"


def test_a_share_below_nothing_is_said_in_words() -> None:
    assert check(parts(0.5, -0.01)).summary == (
        "Validation text keeps none of the gain on training text (share -2%, 95% interval -7.9% to 3.9%), over 100 "
        "training items and 50 validation items."
    )


def test_a_low_share_that_chance_could_make_only_warns() -> None:
    result = check(parts(0.2, 0.08, spread=0.6, n_train=60, n_val=20))
    assert (result.status, codes(result)[:2]) == ("warn", ["overfit.watch", "overfit.unsettled"])
    found = finding(result, "overfit.unsettled")
    assert found.message == (
        "the share that validation text keeps may lie below the mark of 50% that fails: its interval starts at "
        f"{100 * estimate(result, 'transfer_ratio').low:.1f}%"
    )
    assert found.hint == "add validation items, and score more of the training set"


def test_a_middling_share_is_watched() -> None:
    result = check(parts(0.5, 0.31))
    assert (result.status, codes(result)) == ("warn", ["overfit.watch"])
    assert result.summary == (
        "Validation text keeps 62% of the gain on training text (95% interval 55.7% to 68.5%), over 100 training items "
        "and 50 validation items."
    )


def test_a_good_share_of_a_gain_that_is_not_shown_warns() -> None:
    result = check(parts(0.5, 0.4, spread=0.8, n_val=12))
    assert (result.status, codes(result)[0]) == ("warn", "overfit.no_transfer_shown")
    assert result.summary == (
        "No gain on validation text is shown: 0.4 nats per token (95% interval -0.13 to 0.93), over 12 validation "
        "items."
    )
    assert finding(result, "overfit.no_transfer_shown").hint == (
        "add about 28 validation items: enough to settle a gain of this size"
    )


def test_without_a_setting_to_change_the_hint_says_so() -> None:
    assert finding(check(parts(0.5, 0.1), settings=SENSIBLE), "overfit.gap").hint == (
        "no setting stands out: keep an earlier checkpoint, or gather more varied training rows"
    )


def test_suggestions_are_joined_in_the_hint() -> None:
    result = check(parts(0.5, 0.1), n_train_rows=240)
    assert finding(result, "overfit.gap").hint == (
        "epochs 30 to 3; 240 training rows: gather more, a few thousand is usual"
    )


def test_the_measures_have_their_names_and_agree_with_each_other() -> None:
    result = check(parts(0.5, 0.1))
    assert list(result.measures) == [
        "train_nll_nats",
        "val_nll_nats",
        "gap_nats",
        "gap_label",
        "gain_train_nats",
        "gain_val_nats",
        "excess_gain_nats",
        "transfer_ratio",
        "detectable_excess_gain_nats",
        "n_train",
        "n_val",
        "membership_auc",
        "verbatim_excess",
        "near_gain_nats",
        "far_gain_nats",
        "copy_excess",
        "diversity",
        "forgetting_percent",
        "forgetting",
    ]
    assert estimate(result, "train_nll_nats").value == pytest.approx(1.5)
    assert estimate(result, "val_nll_nats").value == pytest.approx(1.9)
    assert estimate(result, "gap_nats").value == pytest.approx(0.4)
    assert result.measures["gap_label"] == "some"
    assert estimate(result, "gain_train_nats").value == pytest.approx(0.5)
    assert estimate(result, "gain_val_nats").value == pytest.approx(0.1)
    excess, detectable = estimate(result, "excess_gain_nats"), measure(result, "detectable_excess_gain_nats")
    assert isinstance(detectable, float)
    assert detectable == pytest.approx((excess.high - excess.value) * 2.8 / 1.96, rel=0.02)
    assert (result.measures["n_train"], result.measures["n_val"]) == (100, 50)
    assert isinstance(result.measures["membership_auc"], Unscored)
    assert to_json(result)
    assert document(result)


def test_the_comparisons_are_those_of_the_training_items() -> None:
    result = check(parts(0.5, 0.45))
    assert len(result.comparisons) == 100
    assert {row.part for row in result.comparisons} == {"train"}


def test_harder_validation_text_does_not_fail_and_the_plain_gap_is_explained() -> None:
    result = check(parts(0.5, 0.5, shift=0.6))
    assert (result.status, codes(result), result.measures["gap_label"]) == ("pass", ["overfit.plain_gap"], "high")
    found = finding(result, "overfit.plain_gap")
    assert found.severity == "info"
    assert found.message.startswith(
        "the plain gap of 0.6 nats per token reads 'high', but the gain over the base differs by "
    )
    assert found.message.endswith(
        ": the validation text is harder for the base too, so the gap is difficulty, not memory"
    )


def test_easier_validation_text_does_not_hide_overfitting() -> None:
    result = check(parts(0.5, 0.1, shift=-0.4))
    assert (result.status, codes(result), result.measures["gap_label"]) == (
        "fail",
        ["overfit.gap", "overfit.plain_gap"],
        "none",
    )
    assert finding(result, "overfit.plain_gap").message.endswith(
        "differs by 0.4 nats per token (95% interval 0.364 to 0.436): the validation text is easier for the base, "
        "which hides the gap"
    )


@pytest.mark.parametrize(
    ("gap", "spread", "status", "found", "label"),
    [
        (0.1, 0.1, "pass", [], "none"),
        (-0.3, 0.1, "pass", [], "none"),
        (0.1, 2.0, "warn", ["overfit.unsettled"], "none"),
        (0.3, 0.1, "warn", ["overfit.watch"], "some"),
        (0.4, 1.0, "warn", ["overfit.watch", "overfit.unsettled"], "some"),
        (0.6, 0.1, "fail", ["overfit.gap"], "high"),
        (0.6, 1.5, "warn", ["overfit.watch", "overfit.unsettled"], "high"),
    ],
)
def test_without_a_base_the_plain_gap_decides(
    gap: float, spread: float, status: str, found: list[str], label: str
) -> None:
    result = check(plain_parts(gap, spread=spread))
    assert (result.status, codes(result), result.measures["gap_label"]) == (
        status,
        [*found, "overfit.no_base"],
        label,
    )


def test_without_a_base_the_reader_learns_what_the_gap_cannot_tell() -> None:
    result = check(plain_parts(0.6))
    assert result.summary == (
        "The gap between validation and training loss is 0.6 nats per token (95% interval 0.563 to 0.637), over 50 "
        "training items and 50 validation items."
    )
    found = finding(result, "overfit.no_base")
    assert found.severity == "info"
    assert found.message == (
        "without a base model the plain gap decides, and it cannot tell memorised training text from validation text "
        "that is merely harder"
    )
    assert found.hint == "give the base model with --base MODEL: the gains over it are far tighter"
    assert measure(result, "gain_val_nats") == Unscored(reason="there is no base model to compare with")
    wide = finding(check(plain_parts(0.1, spread=2.0)), "overfit.unsettled").message
    assert wide.startswith("the gap may lie above the mark of 0.5 nats that fails: its interval ends at ")


def test_the_marks_of_the_plain_gap_name_it() -> None:
    assert [gap_label(gap) for gap in (-1.0, 0.199, 0.2, 0.5, 0.501)] == ["none", "none", "some", "some", "high"]


def test_models_that_tokenise_differently_are_judged_by_the_plain_gap() -> None:
    result = check(parts(0.5, 0.45, same_tokens=False))
    assert (result.status, codes(result)) == ("pass", ["overfit.tokenisers_differ"])
    found = finding(result, "overfit.tokenisers_differ")
    assert found.message == (
        "the two models tokenise differently; compare bits per byte; the plain gap of the tuned model decides"
    )
    assert found.hint == "compare with the model that was tuned: it has the same tokenizer"


@pytest.mark.parametrize(
    ("n_leaked", "told", "status", "severity"),
    [
        (1, "1 of 200 validation items (0.5%)", "pass", "info"),
        (2, "2 of 200 validation items (1%)", "pass", "info"),
        (3, "3 of 200 validation items (1.5%)", "warn", "warn"),
        (20, "20 of 200 validation items (10%)", "warn", "warn"),
        (21, "21 of 200 validation items (10.5%)", "fail", "fail"),
    ],
)
def test_the_share_of_leaked_items_sets_a_floor_under_the_status(
    n_leaked: int, told: str, status: str, severity: str
) -> None:
    result = check(parts(0.5, 0.45, n_val=200), n_leaked=n_leaked)
    found = finding(result, "overfit.leaked")
    assert (result.status, found.severity) == (status, severity)
    assert found.message == f"{told} are given away by the training set; they are left out of the figures"
    assert found.hint == TAKE_OUT


def test_leaks_that_decide_stand_first_in_the_summary() -> None:
    result = check(parts(0.5, 0.45, n_val=100), n_leaked=30)
    assert result.summary.startswith(
        "30% of the validation items are given away by the training set; on the others, validation text keeps "
    )
    assert check(parts(0.5, 0.1, n_val=100), n_leaked=30).summary.startswith("Validation text keeps only ")


def test_leaked_items_are_left_out_of_both_sides_and_told_apart() -> None:
    train, validation = parts(0.5, 0.1)
    assert train.base is not None
    assert validation.base is not None
    shared = ScoredPart(
        part="validation",
        items=(*validation.items, *train.items[:10]),
        tuned=(*validation.tuned, *train.tuned[:10]),
        base=(*validation.base, *train.base[:10]),
    )
    leaked = frozenset(item.id for item in train.items[:10])
    result = check_overfitting(train, shared, leaked_ids=leaked, n_train_rows=100, settings=SETTINGS, signature="")
    assert (result.measures["n_train"], result.measures["n_val"]) == (90, 50)
    assert estimate(result, "transfer_ratio").value < estimate(result, "with_leaked", "transfer_ratio").value
    assert estimate(result, "with_leaked", "gap_nats").n == 160
    assert estimate(result, "with_leaked", "excess_gain_nats").n == 160
    assert "with_leaked" not in check(parts(0.5, 0.1)).measures


@pytest.mark.parametrize(("n", "told"), [(50, "all 50 of its items stand"), (1, "its only item stands")])
def test_a_validation_set_inside_the_training_set_is_refused(n: int, told: str) -> None:
    with pytest.raises(DataError) as error:
        check(parts(0.5, 0.5, n_val=n), n_leaked=n)
    assert error.value.message == f"the validation set is the training set: {told} also in the training data"
    assert error.value.hint == ("hold items out before training, and give those to --val")


def test_too_few_items_are_unknown_with_the_reason() -> None:
    result = check(parts(0.5, 0.4, n_val=1))
    assert result.status == "unknown"
    assert result.summary == (
        "Overfitting could not be measured: an interval needs at least 2 items or groups, and there is 1."
    )
    assert measure(result, "gap_label") == Unscored(
        reason="an interval needs at least 2 items or groups, and there is 1"
    )
    assert to_json(result)


def test_an_empty_validation_part_is_unknown_and_not_called_leaked() -> None:
    assert check(parts(0.5, 0.4, n_val=0)).status == "unknown"


def test_small_samples_are_named() -> None:
    found = finding(check(parts(0.5, 0.45, n_val=20)), "overfit.few_items")
    assert found.message == "100 training items and 20 validation items: below 30 on a side the intervals are rough"
    assert found.hint == "add items to the smaller side"


def test_unscored_items_of_each_part_are_counted() -> None:
    train = made_part([1.5, 1.6] * 30, [2.0] * 60, part="train", tokens=[0] * 2 + [10] * 58)
    validation = made_part([1.5, 1.6] * 30, [2.0] * 60, tokens=[0] + [10] * 59)
    result = check((train, validation))
    assert finding(result, "overfit.unscored_train").message == (
        "train items: 58 scored, 2 unscored (2 with no token left to score)"
    )
    assert finding(result, "overfit.unscored_validation").message == (
        "validation items: 59 scored, 1 unscored (1 with no token left to score)"
    )
    assert (result.measures["n_train"], result.measures["n_val"]) == (58, 59)
