"""Batches hold every item once, stay within their budget and are decided by content alone."""

from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st

from tunecheck.core import EncodedItem
from tunecheck.models import batching

lengths = st.lists(st.integers(1, 300), min_size=1, max_size=60)


def encoded(sizes: list[int]) -> list[EncodedItem]:
    return [
        EncodedItem(
            item_id=f"{n:03}", token_ids=array("q", [0] * size), in_response=b"", response_bytes=0, full_bytes=0
        )
        for n, size in enumerate(sizes)
    ]


@given(sizes=lengths, budget=st.integers(1, 1000))
def test_every_item_is_in_exactly_one_batch(sizes: list[int], budget: int) -> None:
    items = encoded(sizes)
    batches = batching.plan(items, token_budget=budget)
    assert sorted(item.item_id for batch in batches for item in batch) == [item.item_id for item in items]


@given(sizes=lengths, budget=st.integers(1, 1000))
def test_a_batch_of_several_items_fits_the_budget_with_its_padding(sizes: list[int], budget: int) -> None:
    for batch in batching.plan(encoded(sizes), token_budget=budget):
        assert len(batch) == 1 or len(batch) * max(len(item) for item in batch) <= budget


@given(sizes=lengths, budget=st.integers(1, 1000), rng=st.randoms())
def test_the_plan_does_not_depend_on_the_order_of_the_file(sizes: list[int], budget: int, rng: object) -> None:
    items = encoded(sizes)
    shuffled = list(items)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert batching.plan(items, token_budget=budget) == batching.plan(shuffled, token_budget=budget)
