"""The divergence equals its formula, never falls below zero, and only shrinks when outcomes are merged."""

from __future__ import annotations

import itertools
import math
from array import array

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.core import Item, Message
from tunecheck.core.scores import Leading
from tunecheck.models.fake import FakeScorer
from tunecheck.runner.divergence import diverged, expected, kl_nats

ITEMS = [
    Item(
        form="completion",
        prompt=(Message(role="user", content=f"question {n}"),),
        response=Message(role="assistant", content="an answer " * n),
    )
    for n in range(5)
]


def leading(probabilities: list[float], rest: float) -> Leading:
    return Leading(
        item_id="i",
        width=len(probabilities),
        positions=array("q", [1]),
        token_ids=array("i", range(len(probabilities))),
        log_probabilities=array("f", [math.log(p) if p else -math.inf for p in probabilities]),
        log_rest=array("f", [math.log(rest) if rest else -math.inf]),
    )


class Heard:
    """A Progress that notes what it hears."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def say(self, text: str) -> None:
        self.told.append(text)

    def start(self, label: str, total: int, unit: str = "tokens") -> None:
        self.told.append((label, total))

    def advance(self, steps: int) -> None:
        self.told.append(steps)

    def finish(self) -> None:
        self.told.append("done")


def test_the_divergence_of_two_coins_is_that_of_the_formula() -> None:
    found = kl_nats(leading([0.5], 0.5), leading([0.25], 0.75))
    assert found == pytest.approx([0.5 * math.log(2) + 0.5 * math.log(2 / 3)], abs=1e-6)


def test_what_the_base_does_not_expect_costs_nothing() -> None:
    assert kl_nats(leading([0.5, 0.0], 0.5), leading([0.5, 0.25], 0.25)) == pytest.approx([0.5 * math.log(2)], abs=1e-6)


def test_tokens_that_only_the_base_has_count_among_the_rest() -> None:
    assert kl_nats(leading([0.5, 0.1], 0.4), leading([0.5, 0.0], 0.5)) == pytest.approx([0.0], abs=1e-6)


def test_nothing_left_for_what_the_base_expects_is_infinite() -> None:
    assert kl_nats(leading([0.5], 0.5), leading([1.0], 0.0)).tolist() == [math.inf]


def test_fakes_diverge_as_their_two_levels_do() -> None:
    base, tuned = FakeScorer(2.0), FakeScorer(0.5)
    found = diverged(tuned, ITEMS, expected(base, ITEMS))
    for item in base.encode(ITEMS):
        before, after = (one.score([item], with_tokens=True)[0].tokens for one in (base, tuned))
        assert before is not None
        assert after is not None
        p, q = np.exp(-np.asarray(before.nll_nats)), np.exp(-np.asarray(after.nll_nats))
        sure = p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))
        assert found[item.item_id].kl_nats == pytest.approx(sure.sum(), rel=1e-5, abs=1e-7)
        assert found[item.item_id].n_tokens == len(before.positions)


def test_an_item_twice_is_measured_once() -> None:
    base = FakeScorer(2.0)
    assert set(expected(base, [*ITEMS, *ITEMS])) == {item.id for item in ITEMS}


def test_both_phases_tell_how_far_they_are() -> None:
    heard = Heard()
    before = expected(FakeScorer(2.0), ITEMS[:2], progress=heard)
    diverged(FakeScorer(1.0), ITEMS[:2], before, progress=heard)
    assert heard.told == [
        ("reading what the base expects", 30), 30, "done", ("comparing with what the base expects", 30), 30, "done"
    ]  # fmt: skip


def test_an_item_that_the_tuned_side_sees_otherwise_is_refused() -> None:
    before = expected(FakeScorer(2.0), ITEMS)
    one = before[ITEMS[1].id]
    short = Leading(
        item_id=one.item_id, width=one.width, positions=one.positions[1:], token_ids=one.token_ids,
        log_probabilities=one.log_probabilities, log_rest=one.log_rest,
    )  # fmt: skip
    with pytest.raises(ValueError, match=f"of item {one.item_id}, 9 places, are not those of item {one.item_id}, 10"):
        diverged(FakeScorer(1.0), ITEMS[1:2], {one.item_id: short})


WEIGHTS = st.lists(st.floats(1e-6, 1.0), min_size=3, max_size=12)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_the_divergence_is_never_negative_and_merging_never_enlarges_it(data: st.DataObject) -> None:
    first = data.draw(WEIGHTS)
    second = data.draw(st.lists(st.floats(1e-6, 1.0), min_size=len(first), max_size=len(first)))
    p, q = (np.asarray(one) / sum(one) for one in (first, second))
    sure = float((p * np.log(p / q)).sum())
    bounds = [
        float(kl_nats(*(leading(one[:k].tolist(), float(one[k:].sum())) for one in (p, q)))[0])
        for k in range(1, len(p) + 1)
    ]
    assert bounds[0] >= 0
    assert all(fewer <= more + 1e-6 for fewer, more in itertools.pairwise(bounds))
    assert bounds[-1] == pytest.approx(sure, abs=1e-5)
    assert kl_nats(leading(p.tolist(), 0.0), leading(p.tolist(), 0.0)).tolist() == [0.0]
