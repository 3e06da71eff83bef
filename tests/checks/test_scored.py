"""A scored part: what it refuses, what it leaves out, and what it hands to tables."""

from __future__ import annotations

import pytest

from tests.checks.parts import made_items, made_part, made_score
from tunecheck.checks import ScoredPart
from tunecheck.checks.scored import NO_BASE, TOKENISERS_DIFFER, counted, response_text
from tunecheck.core import Item, Message, ToolCall, Unscored


def test_items_without_a_token_left_are_left_out_and_counted() -> None:
    part = made_part([2.0] * 500, [2.1] * 500, tokens=[0] * 18 + [10] * 482)
    kept = part.with_tokens()
    assert counted(part, kept) == "482 scored, 18 unscored (18 with no token left to score)"
    assert kept.items == part.items[18:]
    assert kept.base is not None
    assert [score.item_id for score in kept.base] == [item.id for item in kept.items]


def test_with_everything_scored_none_is_unscored() -> None:
    part = made_part([2.0, 2.1])
    assert part.with_tokens() is part
    assert counted(part, part) == "2 scored, 0 unscored"


def test_an_item_that_is_empty_on_one_side_only_is_left_out_of_both() -> None:
    items = made_items("validation", 2)
    part = ScoredPart(
        part="validation",
        items=items,
        tuned=(made_score(items[0], 2.0, 5), made_score(items[1], 2.0, 5)),
        base=(made_score(items[0], 2.0, 0), made_score(items[1], 2.0, 4)),
        same_tokens=False,
    )
    assert part.with_tokens().items == items[1:]


def test_scores_in_another_order_are_refused() -> None:
    items = made_items("train", 2)
    scores = tuple(made_score(item, 2.0, 5) for item in items)
    with pytest.raises(ValueError) as error:
        ScoredPart(part="train", items=items, tuned=scores, base=scores[::-1])
    assert str(error.value) == "the base scores of the train part are not those of its items, in their order"


def test_items_can_be_left_out_by_id() -> None:
    part = made_part([2.0, 2.1, 2.2])
    rest = part.without({part.items[1].id})
    assert rest.items == (part.items[0], part.items[2])
    assert rest.base is None


def test_the_gain_has_a_reason_where_it_has_no_number() -> None:
    assert made_part([2.0, 2.1]).table().gain_nats() == Unscored(reason=NO_BASE)
    assert made_part([2.0, 2.1]).table().gain_bits_per_byte() == Unscored(reason=NO_BASE)
    differing = made_part([2.0, 2.1], [2.2, 2.2], same_tokens=False).table()
    assert differing.gain_nats() == Unscored(reason=TOKENISERS_DIFFER)
    assert not isinstance(differing.gain_bits_per_byte(), Unscored)


def test_comparisons_carry_both_sides_and_the_text() -> None:
    (first, _) = made_part([2.0, 2.1], [2.5, 2.2], tokens=10).comparisons()
    assert first.prompt == "user: validation question 0"
    assert first.response == "answer 0"
    assert first.source == "validation.jsonl line 1"
    assert (first.n_tokens, first.n_bytes) == (10, 40)
    assert (first.tuned_nats_per_token, first.base_nats_per_token) == (2.0, 2.5)
    assert first.gain_nats_per_token == 0.5


def test_calls_of_functions_are_readable_in_the_response() -> None:
    call = ToolCall(name="weather", arguments_json='{"city": "Oslo"}')
    silent = Item(form="chat", response=Message(role="assistant", content="", tool_calls=(call,)))
    spoken = Item(form="chat", response=Message(role="assistant", content="Let me see.", tool_calls=(call,)))
    assert response_text(silent) == 'weather({"city": "Oslo"})'
    assert response_text(spoken) == 'Let me see.\nweather({"city": "Oslo"})'
