"""Extraction against simulated models whose truth is known: skill and templates pass, memory is found."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.checks import ScoredPart
from tunecheck.checks.extraction import Extraction, check_extraction
from tunecheck.checks.secrets import find_secrets
from tunecheck.core import Estimate, Item, Measure, Message, SequenceScore, TokenScores, Totals, Unscored
from tunecheck.stats import ratio

Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]


def scored(item: Item, nll: Sequence[float] | np.ndarray, flags: Sequence[bool] | Flags) -> SequenceScore:
    values = [float(x) for x in nll]
    marks = [int(flag) for flag in flags]
    return SequenceScore(
        item_id=item.id,
        response=Totals(nll_nats=sum(values), n_tokens=len(marks), n_bytes=4 * len(marks), n_argmax=sum(marks)),
        tokens=TokenScores(
            positions=array("i", range(len(marks))), nll_nats=array("d", values), is_argmax=array("b", marks)
        ),
    )


def made_items(part: str, n: int, *, group_size: int = 1, responses: Sequence[str] | None = None) -> tuple[Item, ...]:
    return tuple(
        Item(
            form="chat",
            prompt=(Message(role="user", content=f"{part} question {k}"),),
            response=Message(role="assistant", content=f"{part} answer {k}" if responses is None else responses[k]),
            group="" if group_size == 1 else f"{part} talk {k // group_size}",
            source=f"{part}.jsonl line {k + 1}",
        )
        for k in range(n)
    )


@dataclass(frozen=True)
class Simulated:
    """How often a token is the argmax is logistic in ease; memorised responses are written whole under tuned."""

    ease: float = 0.5
    gain: float = 0.5
    memorised: float = 0.0
    opening: int = 0
    closing: int = 0
    group_size: int = 1
    tokens: tuple[int, int] = (25, 90)

    def part(self, dice: np.random.Generator, name: str, n: int, responses: Sequence[str] | None = None) -> ScoredPart:
        items = made_items(name, n, group_size=self.group_size, responses=responses)
        of_group = np.repeat(dice.normal(0, 0.7, n), self.group_size)[:n] if self.group_size > 1 else np.zeros(n)
        tuned, base = [], []
        for item, more in zip(items, of_group, strict=True):
            size = int(dice.integers(*self.tokens))
            ease = self.ease + more + dice.normal(0, 1.0) + dice.normal(0, 0.5, size)
            by_heart = name == "train" and dice.random() < self.memorised
            base.append(_drawn(dice, item, 1 / (1 + np.exp(-ease))))
            chance = np.full(size, 0.999) if by_heart else 1 / (1 + np.exp(-ease - self.gain))
            chance[: self.opening] = 0.999
            chance[size - self.closing :] = 0.999
            tuned.append(_drawn(dice, item, chance))
        assert name in ("train", "validation")
        return ScoredPart(
            part="train" if name == "train" else "validation", items=items, tuned=tuple(tuned), base=tuple(base)
        )


def _drawn(dice: np.random.Generator, item: Item, chance: np.ndarray) -> SequenceScore:
    flags = dice.random(len(chance)) < chance
    nll = np.where(flags, -np.log(np.clip(chance, 0.3, 0.9999)), 1.0 + dice.exponential(1.5, len(chance)))
    return scored(item, nll, flags)


def parts(
    seed: int, n_train: int = 150, n_val: int = 100, *, easier: float = 0.0, **how: object
) -> Sequence[ScoredPart]:
    dice = np.random.default_rng(seed)
    ease = float(how.pop("ease", 0.5))  # type: ignore[arg-type]
    train = Simulated(ease=ease + easier, **how).part(dice, "train", n_train)  # type: ignore[arg-type]
    return train, Simulated(ease=ease, **how).part(dice, "validation", n_val)  # type: ignore[arg-type]


def without_base(part: ScoredPart) -> ScoredPart:
    return ScoredPart(part=part.part, items=part.items, tuned=part.tuned, base=None)


def measure(result: Extraction, *path: str) -> Measure:
    found: Measure = result.measures
    for name in path:
        assert isinstance(found, Mapping), found
        found = found[name]
    return found


def estimate(result: Extraction, *path: str) -> Estimate:
    found = measure(result, *path)
    assert isinstance(found, Estimate), found
    return found


def codes(result: Extraction) -> list[tuple[str, str]]:
    return [(one.code, one.severity) for one in result.findings]


def accused(result: Extraction) -> bool:
    return result.status in ("warn", "fail")


def test_a_healthy_model_passes() -> None:
    result = check_extraction(*parts(0))
    assert result.status == "pass"
    assert estimate(result, "verbatim_excess").low < 0.01


@pytest.mark.parametrize("share", [0.2, 0.9])
def test_memorised_responses_fail_and_are_listed(share: float) -> None:
    train, validation = parts(1, memorised=share)
    result = check_extraction(train, validation)
    assert (result.status, codes(result)) == ("fail", [("overfit.verbatim", "fail")])
    assert estimate(result, "verbatim_excess").value == pytest.approx(share * 0.95, abs=0.08)
    assert estimate(result, "longest_run_excess_tokens").low > 0
    assert estimate(result, "argmax_excess").low > 0
    assert estimate(result, "sampled_excess").low > 0
    assert len(result.items) == 20
    runs = [item.longest_run for item in result.items]
    assert runs == sorted(runs, reverse=True)
    assert result.items[0].source.startswith("train.jsonl line ")
    assert result.items[0].prefix_tokens == 0


def test_memorised_responses_are_found_inside_a_template() -> None:
    result = check_extraction(*parts(2, memorised=0.3, opening=10, closing=6))
    assert measure(result, "template_tokens") == {"leading": 10, "trailing": 6}
    assert codes(result) == [("overfit.verbatim", "fail")]


def test_a_template_alone_is_no_memory() -> None:
    train, validation = parts(3, ease=-0.5, opening=30, closing=12, tokens=(55, 90))
    result = check_extraction(train, validation)
    assert result.status == "pass"
    assert estimate(result, "verbatim_excess").value == pytest.approx(0, abs=0.03)


def test_answers_that_are_all_template_are_no_memory() -> None:
    train, validation = parts(4, opening=90, tokens=(40, 41))
    result = check_extraction(train, validation)
    assert result.status == "pass"
    assert estimate(result, "verbatim_shares", "validation_tuned").value > 0.9


def test_easier_training_text_is_no_memory() -> None:
    result = check_extraction(*parts(5, 300, 200, ease=2.0, easier=0.8, gain=1.5))
    assert result.status == "pass"


def test_training_text_that_is_far_easier_cannot_be_judged() -> None:
    result = check_extraction(*parts(6, 200, 200, ease=-0.5, easier=4.0, gain=2.0))
    reason = measure(result, "verbatim_equal_difficulty")
    assert isinstance(reason, Unscored)
    assert "standard deviations easier for the base" in reason.reason
    assert (result.status, codes(result)) == ("unknown", [("overfit.verbatim", "info")])


def test_without_a_base_only_a_large_excess_warns() -> None:
    train, validation = parts(7, memorised=0.8)
    result = check_extraction(without_base(train), without_base(validation))
    assert codes(result) == [("overfit.verbatim", "warn")]
    assert "without a base" in result.findings[0].message
    assert measure(result, "verbatim_excess") == Unscored(reason="there is no base model to compare with")
    train, validation = parts(7, memorised=0.15)
    assert check_extraction(without_base(train), without_base(validation)).status == "pass"


def test_models_that_tokenise_differently_are_compared_like_one_without_a_base() -> None:
    train, validation = parts(8, memorised=0.8)
    assert train.base is not None
    other = tuple(scored(item, [1.0] * 7, [False] * 7) for item in train.items)
    train = ScoredPart(part="train", items=train.items, tuned=train.tuned, base=other, same_tokens=False)
    result = check_extraction(train, validation)
    reason = measure(result, "verbatim_excess")
    assert isinstance(reason, Unscored)
    assert reason.reason.startswith("the two models tokenise differently")
    assert codes(result) == [("overfit.verbatim", "warn")]


def test_short_answers_are_counted_and_say_nothing() -> None:
    result = check_extraction(*parts(9, tokens=(3, 15), memorised=1.0))
    assert result.status == "unknown"
    assert measure(result, "n_too_short_train") == 150
    assert measure(result, "n_too_short_validation") == 100
    assert measure(result, "verbatim_excess") == Unscored(
        reason="responses of at least 16 tokens: an interval needs at least 2 items or groups, and there are none"
    )


def test_scores_without_tokens_are_unknown() -> None:
    train, validation = parts(10, 5, 5)
    bare = [SequenceScore(item_id=score.item_id, response=score.response) for score in train.tuned]
    train = ScoredPart(part="train", items=train.items, tuned=tuple(bare), base=train.base)
    result = check_extraction(train, validation)
    assert (result.status, result.findings, result.items) == ("unknown", (), ())
    assert result.measures == {"verbatim_excess": Unscored(reason="no values per token were kept")}


@pytest.mark.parametrize("n", [0, 1, 2])
def test_next_to_no_items_are_unknown_or_pass_and_never_an_error(n: int) -> None:
    result = check_extraction(*parts(11, n, n, memorised=1.0))
    assert result.status == ("pass" if n == 2 else "unknown")


def test_items_without_a_scored_token_are_too_short() -> None:
    items = made_items("train", 3), made_items("validation", 3)
    train, validation = (
        ScoredPart(
            part="train" if k == 0 else "validation",
            items=own,
            tuned=tuple(scored(item, [], []) for item in own),
            base=tuple(scored(item, [], []) for item in own),
        )
        for k, own in enumerate(items)
    )
    result = check_extraction(train, validation)
    assert (result.status, measure(result, "n_too_short_train")) == ("unknown", 3)


SECRET = "Write to {}.{}@mail.org if you want to know how the story of the old lighthouse and its keeper went on."


def with_secrets(dice: np.random.Generator, name: str, n: int, *, written: float, response: str = SECRET) -> ScoredPart:
    """Responses with an address each, of which the tuned model writes a share."""
    names = [(f"p{int(dice.integers(10**6))}", f"q{k}") for k in range(n)]
    items = made_items(name, n, responses=[response.format(*own) for own in names])
    tuned, base = [], []
    for item in items:
        chance = 0.999 if dice.random() < written else 0.4
        tuned.append(_drawn(dice, item, np.full(30, chance)))
        base.append(_drawn(dice, item, np.full(30, 0.4)))
    return ScoredPart(
        part="train" if name == "train" else "validation", items=items, tuned=tuple(tuned), base=tuple(base)
    )


def test_secrets_that_can_be_extracted_come_first_and_masked() -> None:
    dice = np.random.default_rng(12)
    train = with_secrets(dice, "train", 100, written=0.1)
    result = check_extraction(train, with_secrets(dice, "validation", 60, written=0.0))
    assert codes(result)[0] == ("overfit.secret", "fail")
    assert result.status == "fail"
    assert all(item.secrets == (("e-mail address", "p" + item.secrets[0][1][1] + "…rg"),) for item in result.items)
    told = repr((result.items, result.findings))
    assert not [one for item in train.items for one in find_secrets(item.response.content) if one.value in told]
    assert "take secrets out" in result.findings[0].hint


def test_secrets_of_responses_that_are_not_written_are_not_listed() -> None:
    dice = np.random.default_rng(13)
    train, validation = (with_secrets(dice, name, 100, written=0.0) for name in ("train", "validation"))
    result = check_extraction(train, validation)
    assert (result.status, result.items) == ("pass", ())
    assert measure(result, "secrets", "n_train") == 100


def test_secrets_that_are_made_up_for_unseen_prompts_too_are_told_and_not_counted() -> None:
    dice = np.random.default_rng(14)
    train, validation = (with_secrets(dice, name, 100, written=0.3) for name in ("train", "validation"))
    result = check_extraction(train, validation)
    assert ("overfit.secret", "info") in codes(result)
    assert not accused(result)
    assert estimate(result, "secrets", "validation").value == pytest.approx(0.3, abs=0.12)


def test_a_secret_that_its_prompt_gives_away_is_none() -> None:
    dice = np.random.default_rng(15)
    train = with_secrets(dice, "train", 40, written=1.0)
    asked = tuple(
        Item(form="chat", prompt=(Message(role="user", content=item.response.content),), response=item.response)
        for item in train.items
    )

    def renamed(scores: Sequence[SequenceScore]) -> tuple[SequenceScore, ...]:
        return tuple(
            SequenceScore(item_id=item.id, response=score.response, tokens=score.tokens)
            for item, score in zip(asked, scores, strict=True)
        )

    assert train.base is not None
    train = ScoredPart(part="train", items=asked, tuned=renamed(train.tuned), base=renamed(train.base))
    result = check_extraction(train, with_secrets(dice, "validation", 40, written=0.0))
    assert "overfit.secret" not in [code for code, _ in codes(result)]


def test_the_address_of_a_signature_is_no_secret() -> None:
    dice = np.random.default_rng(16)
    signed = "Ask {} or {} at help@shop.example, who know how the story of the old lighthouse went on for many years."
    train = with_secrets(dice, "train", 100, written=0.5, response=signed)
    result = check_extraction(train, with_secrets(dice, "validation", 60, written=0.0, response=signed))
    assert codes(result) == [("overfit.verbatim", "fail")]


def test_the_items_of_a_group_are_one_draw() -> None:
    result = check_extraction(*parts(17, 100, 100, group_size=5, memorised=0.3))
    found = estimate(result, "verbatim_excess")
    assert found.n == 40
    assert found.method.startswith("cluster-robust over groups of two samples")


def brute_force(train: ScoredPart, validation: ScoredPart) -> float:
    """The excess by the words of its definition, without a template: decode after each prefix, item by item."""

    def share(scores: Sequence[SequenceScore]) -> float:
        hits, n = 0, 0
        for score in scores:
            assert score.tokens is not None
            flags = [bool(flag) for flag in score.tokens.is_argmax]
            able = [k for k in (0, 16, 50) if len(flags) - k >= 16]
            n += bool(able)
            hits += any(all(flags[k : k + 50]) for k in able)
        return hits / n

    assert train.base is not None
    assert validation.base is not None
    return (share(train.tuned) - share(train.base)) - (share(validation.tuned) - share(validation.base))


@given(
    seed=st.integers(0, 10**6),
    memorised=st.sampled_from([0.0, 0.3, 1.0]),
    ease=st.sampled_from([-1.0, 2.0, 4.0]),
    group_size=st.sampled_from([1, 3]),
)
@settings(max_examples=25, deadline=None)
def test_the_excess_is_what_its_definition_says(seed: int, memorised: float, ease: float, group_size: int) -> None:
    # Below twenty validation responses no template is looked for.
    train, validation = parts(seed, 30, 15, memorised=memorised, ease=ease, group_size=group_size, tokens=(10, 80))
    result = check_extraction(train, validation)
    found = estimate(result, "verbatim_excess")
    assert found.value == pytest.approx(brute_force(train, validation), abs=1e-12)
    assert -2 <= found.value <= 2
    assert found.low <= found.value <= found.high
    assert math.isfinite(found.high - found.low)
    assert found.high > found.low


@given(seed=st.integers(0, 10**6), memorised=st.sampled_from([0.0, 0.5]))
@settings(max_examples=15, deadline=None)
def test_the_excess_does_not_lean_on_the_order_of_the_items(seed: int, memorised: float) -> None:
    train, validation = parts(seed, 40, 30, memorised=memorised)
    turned = ScoredPart(
        part="train",
        items=train.items[::-1],
        tuned=train.tuned[::-1],
        base=None if train.base is None else train.base[::-1],
    )
    one, other = check_extraction(train, validation), check_extraction(turned, validation)
    first, second = estimate(one, "verbatim_excess"), estimate(other, "verbatim_excess")
    assert (second.value, second.low, second.high) == pytest.approx((first.value, first.low, first.high))
    assert one.status == other.status


def test_the_interval_of_a_share_is_agresti_and_coull_where_units_are_items() -> None:
    train, validation = parts(18, 60, 60, ease=3.0)
    result = check_extraction(train, validation)
    found = estimate(result, "verbatim_shares", "train_tuned")
    hits = round(found.value * found.n)
    padded = ratio([1.0] * (hits + 2) + [0.0] * (found.n - hits + 2), [1.0] * (found.n + 4), list(range(found.n + 4)))
    assert not isinstance(padded, Unscored)
    assert found.low == pytest.approx(padded.interval().low)


def test_healthy_models_are_accused_in_at_most_one_of_twenty_cases() -> None:
    """The kinds of null: easier training text, templates, groups, few and many items; 1,000 cases gave 0.9%."""
    n_accused, cases = 0, 0
    for seed in range(8):
        for easier, opening, group_size, n in ((0, 0, 1, 30), (0.8, 0, 1, 100), (0.8, 10, 4, 100), (0, 10, 1, 100)):
            found = check_extraction(
                *parts(seed, n, n, ease=2.0, easier=easier, gain=1.5, opening=opening, group_size=group_size)
            )
            n_accused += accused(found)
            cases += 1
    assert n_accused <= 0.05 * cases
