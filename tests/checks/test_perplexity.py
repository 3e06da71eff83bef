"""The perplexity check: statuses, sentences, measures and findings."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
import scipy.stats

from tests.checks.parts import codes, estimate, finding, made_items, made_part, made_score, measure
from tunecheck.checks import ScoredPart, check_perplexity
from tunecheck.checks.leaks import TAKE_OUT
from tunecheck.core import Finding, Item, Message, Unscored, document, to_json


def noisy(n: int, gain: float, *, spread: float = 0.1, seed: int = 0, **options: object) -> ScoredPart:
    """A validation part whose gain per token has this mean exactly, and this spread."""
    rng = np.random.default_rng(seed)
    base = 2.0 + 0.4 * rng.normal(size=n)
    noise = rng.normal(size=n)
    noise -= noise.mean()
    return made_part(base - gain - spread * noise, base, **options)  # type: ignore[arg-type]


def test_a_gain_above_zero_passes_and_says_how_much() -> None:
    result = check_perplexity(noisy(50, 0.2), signature="data=x")
    assert (result.check, result.status, result.signature) == ("perplexity", "pass", "data=x")
    assert result.summary == (
        "Perplexity fell from 7.78 to 6.37, 18.1% lower (95% interval 15.7% to 20.5%) over 50 items."
    )
    assert result.findings == ()


def test_a_loss_fails_and_says_how_much() -> None:
    result = check_perplexity(noisy(50, -0.2), signature="")
    assert result.status == "fail"
    assert result.summary == (
        "Perplexity rose from 7.78 to 9.5, 22.1% higher (95% interval 18.7% to 25.7%) over 50 items."
    )
    found = finding(result, "perplexity.worse")
    assert found.severity == "fail"
    assert found.message == (
        "the tuned model predicts the validation text worse than its base: "
        "gain -0.2 nats per token (95% interval -0.229 to -0.171)"
    )
    assert found.hint == (
        "check that the chat template is that of the training, then tune with a lower learning rate or for fewer "
        "epochs, or score an earlier checkpoint"
    )


def test_no_difference_warns_and_says_what_would_settle_it() -> None:
    result = check_perplexity(noisy(50, 0.01), signature="")
    assert result.status == "warn"
    assert result.summary == (
        "No difference is shown: perplexity 7.7 against 7.78 under the base, 1% lower (95% interval 1.9% higher to "
        "3.8% lower) over 50 items."
    )
    found = finding(result, "perplexity.no_difference")
    assert found.message == (
        "no difference is shown: gain 0.01 nats per token (95% interval -0.0189 to 0.0389); 50 items can resolve a "
        "gain of 0.0411 nats per token"
    )
    assert found.hint == "add about 790 items to the validation set: enough to settle a gain of this size"
    assert found.evidence["more_units_needed"] == 790


def test_a_gain_too_small_to_settle_is_called_equal() -> None:
    hint = finding(check_perplexity(noisy(50, 1e-4), signature=""), "perplexity.no_difference").hint
    assert hint == "treat the two models as equal: to settle so small a gain takes about 8,400,000 more items"


def test_a_gain_of_exactly_zero_has_no_number_of_items_that_would_settle_it() -> None:
    part = made_part([2.0, 1.0] * 20, [1.0, 2.0] * 20)
    found = finding(check_perplexity(part, signature=""), "perplexity.no_difference")
    assert found.hint == "treat the two models as equal: the observed gain over 40 items is exactly zero"
    assert found.evidence["more_units_needed"] is None


def test_a_tuning_that_changes_nothing_is_named() -> None:
    result = check_perplexity(noisy(50, 0.0, spread=0.0), signature="")
    assert (result.status, codes(result)) == ("warn", ["perplexity.identical"])
    assert result.summary == "The tuned model scores exactly as its base does over 50 items."
    found = result.findings[0]
    assert found.message == "the tuned model scores all 50 items exactly as its base does: the tuning changes nothing"
    assert found.hint == (
        "check that the folder holds the trained weights: an adapter that was never trained changes nothing"
    )


def test_the_measures_have_their_names_and_agree_with_each_other() -> None:
    part = noisy(50, 0.2, full=True)
    result = check_perplexity(part, signature="")
    assert list(result.measures) == ["tuned", "base", "paired", "n_unscored"]
    side = ["nll_nats", "perplexity", "bits_per_byte", "token_accuracy", "n_items", "n_tokens", "n_bytes"]
    document_of_it = document(result)
    assert isinstance(document_of_it, dict)
    measures = document_of_it["measures"]
    assert isinstance(measures, dict)
    assert isinstance(measures["base"], dict)
    assert list(measures["base"]) == [*side, "full_sequence"]
    assert isinstance(measures["paired"], dict)
    assert list(measures["paired"]) == [
        "nll_gain_nats",
        "perplexity_ratio",
        "improvement_percent",
        "bits_per_byte_gain",
    ]
    gain, nll = estimate(result, "paired", "nll_gain_nats"), estimate(result, "tuned", "nll_nats")
    assert gain.value == pytest.approx(estimate(result, "base", "nll_nats").value - nll.value)
    assert estimate(result, "paired", "perplexity_ratio").value == pytest.approx(math.exp(-gain.value))
    assert estimate(result, "paired", "improvement_percent").value == pytest.approx(100 * (1 - math.exp(-gain.value)))
    assert estimate(result, "paired", "bits_per_byte_gain").value == pytest.approx(gain.value / math.log(2) / 4)
    assert estimate(result, "tuned", "perplexity").value == pytest.approx(math.exp(nll.value))
    assert estimate(result, "tuned", "bits_per_byte").value == pytest.approx(nll.value / math.log(2) / 4)
    assert estimate(result, "tuned", "token_accuracy").value == pytest.approx(0.5)
    assert [measure(result, "tuned", name) for name in side[4:]] == [50, 5000, 20000]
    full = (100 * nll.value + 20) / 110
    assert estimate(result, "tuned", "full_sequence", "nll_nats").value == pytest.approx(full)
    assert to_json(result)


def test_the_paired_interval_is_that_of_the_paired_t_test() -> None:
    part = noisy(40, 0.1)
    gain = estimate(check_perplexity(part, signature=""), "paired", "nll_gain_nats")
    assert part.base is not None
    base, tuned = ([score.response.nll_nats / 100 for score in side] for side in (part.base, part.tuned))
    theirs = scipy.stats.ttest_rel(base, tuned).confidence_interval(0.95)
    assert (gain.low, gain.high) == pytest.approx((theirs.low, theirs.high))


def test_without_a_base_the_measures_stand_under_tuned() -> None:
    result = check_perplexity(made_part([1.9, 2.0, 2.1] * 20), signature="")
    assert result.status == "unknown"
    assert (
        result.summary
        == "Perplexity 7.39 (95% interval 7.23 to 7.55) over 60 items; there is no base model to compare with."
    )
    assert list(result.measures) == ["tuned", "n_unscored"]


def test_one_item_has_no_interval_and_no_status() -> None:
    alone, pair = (
        check_perplexity(made_part([2.0]), signature=""),
        check_perplexity(made_part([2.0], [2.1]), signature=""),
    )
    assert alone.summary == (
        "Perplexity has no interval: an interval needs at least 2 items or groups, and there is 1; there is no base "
        "model to compare with."
    )
    assert pair.summary == (
        "The models could not be compared: an interval needs at least 2 items or groups, and there is 1."
    )
    assert (alone.status, pair.status) == ("unknown", "unknown")


def test_nothing_scored_is_unknown_and_says_why() -> None:
    result = check_perplexity(made_part([2.0, 2.0, 2.0], [2.0] * 3, tokens=0), signature="")
    assert result.status == "unknown"
    assert result.summary == "Nothing was scored: 0 scored, 3 unscored (3 with no token left to score)."
    assert finding(result, "perplexity.unscored").severity == "warn"
    assert result.comparisons == ()


def test_unscored_items_are_in_the_summary_and_in_a_finding() -> None:
    result = check_perplexity(noisy(500, 0.2, tokens=[10] * 482 + [0] * 18), signature="")
    assert result.summary.endswith("over 482 items (18 more unscored).")
    found = finding(result, "perplexity.unscored")
    assert found.severity == "info"
    assert found.message == "validation items: 482 scored, 18 unscored (18 with no token left to score)"
    assert found.hint == "an empty response, or one that lies wholly beyond the maximum length, has nothing to score"
    assert result.measures["n_unscored"] == 18
    assert len(result.comparisons) == 482


def test_fewer_than_thirty_units_are_called_few() -> None:
    items = finding(check_perplexity(noisy(12, 0.2), signature=""), "perplexity.few_items")
    assert items.message == "12 items only: below 30 the interval is rough"
    assert items.hint == "add at least 18 items to the validation set"
    groups = finding(check_perplexity(noisy(40, 0.2, group_size=4), signature=""), "perplexity.few_items")
    assert groups.message == "10 groups only: below 30 the interval is rough"


def test_the_interval_counts_groups_not_rows() -> None:
    grouped = estimate(check_perplexity(noisy(80, 0.2, group_size=2), signature=""), "paired", "nll_gain_nats")
    assert (grouped.n, grouped.method) == (40, "cluster-robust delta method over groups, t")


def test_an_item_that_carries_much_of_the_text_is_named() -> None:
    result = check_perplexity(noisy(40, 0.2, tokens=[10] * 39 + [300]), signature="")
    found = finding(result, "perplexity.dominated")
    assert found.message == (
        "one item (validation.jsonl line 40) carries 43.5% of the scored tokens, so the mean leans on it"
    )
    assert found.hint == "split or shorten that item, or add more of the others"
    group = check_perplexity(noisy(80, 0.2, group_size=2, tokens=[10] * 78 + [300] * 2), signature="")
    assert finding(group, "perplexity.dominated").message == (
        "one group (starts at validation.jsonl line 79) carries 43.5% of the scored tokens, so the mean leans on it"
    )
    assert "perplexity.dominated" not in codes(check_perplexity(noisy(4, 0.2), signature=""))


def test_leaked_items_are_told_with_the_gain_without_them() -> None:
    part = noisy(50, 0.2)
    result = check_perplexity(part, signature="", leaked_ids=frozenset(item.id for item in part.items[:5]))
    assert result.status == "pass"
    found = finding(result, "perplexity.leaked")
    assert found.message == (
        "5 of 50 validation items (10%) are given away by the training set; without them the gain is 0.204 nats per "
        "token (95% interval 0.173 to 0.235)"
    )
    assert found.hint == TAKE_OUT
    assert estimate(result, "paired_without_leaked", "nll_gain_nats").n == 45
    assert estimate(result, "paired", "nll_gain_nats").n == 50


def test_a_gain_that_only_leaked_items_show_does_not_pass() -> None:
    tuned = [1.0] * 20 + [2.0, 2.2] * 20
    part = made_part(tuned, [2.0] * 20 + [2.1] * 40)
    result = check_perplexity(part, signature="", leaked_ids=frozenset(item.id for item in part.items[:20]))
    assert estimate(result, "paired", "nll_gain_nats").low > 0
    assert result.status == "warn"


def test_when_everything_leaked_the_gain_without_is_unscored() -> None:
    part = noisy(50, 0.2)
    result = check_perplexity(part, signature="", leaked_ids=frozenset(item.id for item in part.items))
    assert result.status == "warn"
    assert isinstance(measure(result, "paired_without_leaked", "nll_gain_nats"), Unscored)
    assert finding(result, "perplexity.leaked").message == (
        "50 of 50 validation items (100%) are given away by the training set; without them the gain has no interval "
        "(an interval needs at least 2 items or groups, and there are none)"
    )


def test_models_that_tokenise_differently_are_compared_in_bits_per_byte() -> None:
    result = check_perplexity(noisy(50, 0.2, same_tokens=False), signature="")
    assert result.status == "pass"
    assert result.summary == "The tuned model gains 0.0721 bits per byte (95% interval 0.0617 to 0.0826) over 50 items."
    expected = Unscored(reason="the two models tokenise differently; compare bits per byte")
    for name in ("nll_gain_nats", "perplexity_ratio", "improvement_percent"):
        assert measure(result, "paired", name) == expected
    worse = check_perplexity(noisy(50, -0.2, same_tokens=False), signature="")
    assert worse.status == "fail"
    assert worse.summary == "The tuned model loses 0.0721 bits per byte (95% interval 0.0617 to 0.0826) over 50 items."
    undecided = check_perplexity(noisy(50, 0.01, same_tokens=False), signature="")
    assert undecided.status == "warn"
    assert undecided.summary == (
        "No difference is shown: the gain is 0.00361 bits per byte (95% interval -0.00683 to 0.014) over 50 items."
    )


def test_different_token_counts_do_not_move_the_gain_in_bits_per_byte() -> None:
    items = made_items("validation", 40)
    rng = np.random.default_rng(0)
    nats = 100 + 10 * rng.normal(size=(2, 40))

    def side(values: object, tokens: int) -> tuple[object, ...]:
        return tuple(made_score(i, x / tokens, tokens, n_bytes=200) for i, x in zip(items, values, strict=True))  # type: ignore[call-overload]

    gains = [
        estimate(
            check_perplexity(
                ScoredPart(
                    part="validation",
                    items=items,
                    tuned=side(nats[0], 50),  # type: ignore[arg-type]
                    base=side(nats[1], tokens),  # type: ignore[arg-type]
                    same_tokens=False,
                ),
                signature="",
            ),
            "paired",
            "bits_per_byte_gain",
        )
        for tokens in (50, 80)
    ]
    assert gains[0].low == pytest.approx(gains[1].low)
    assert gains[0].value == pytest.approx(gains[1].value)


def test_swapping_the_models_mirrors_the_gain_and_the_status() -> None:
    part = noisy(50, 0.2)
    assert part.base is not None
    swapped = ScoredPart(part="validation", items=part.items, tuned=part.base, base=part.tuned)
    one, other = check_perplexity(part, signature=""), check_perplexity(swapped, signature="")
    gain, loss = (estimate(result, "paired", "nll_gain_nats") for result in (one, other))
    assert (gain.low, gain.high) == pytest.approx((-loss.high, -loss.low))
    assert (one.status, other.status) == ("pass", "fail")


def test_copies_of_a_row_count_as_one_item() -> None:
    row = Item(form="text", response=Message(role="assistant", content="the same"))
    items = (row,) * 10
    part = ScoredPart(part="validation", items=items, tuned=tuple(made_score(i, 1.0, 5) for i in items), base=None)
    assert isinstance(measure(check_perplexity(part, signature=""), "tuned", "nll_nats"), Unscored)


def test_findings_of_the_caller_are_kept() -> None:
    extra = Finding(code="perplexity.truncated", severity="warn", message="3 items were cut")
    assert check_perplexity(noisy(50, 0.2), signature="", findings=[extra]).findings == (extra,)


def test_five_thousand_items_take_well_under_a_fifth_of_a_second() -> None:
    part = noisy(5000, 0.2, group_size=2, full=True)
    check_perplexity(noisy(50, 0.2), signature="")
    times = []
    for _ in range(3):
        started = time.perf_counter()
        check_perplexity(part, signature="")
        times.append(time.perf_counter() - started)
    assert min(times) < 0.2
