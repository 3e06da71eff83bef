"""What every scorer promises, whatever computes its probabilities."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from tests import tiny
from tunecheck.core import Item, Message, Scorer, SequenceScore
from tunecheck.errors import TunecheckError
from tunecheck.models import FakeScorer
from tunecheck.models.huggingface import LoadOptions, ModelPair, live_pair

Make = Callable[[int], Scorer]


@pytest.fixture(params=["fake", "folder", "adapter", "adapter off", "live"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    """Makes a scorer with a token budget."""
    with ExitStack() as stack:

        def made(token_budget: int = 256) -> Scorer:
            options = LoadOptions(token_budget=token_budget)
            if request.param == "fake":
                return FakeScorer(2.0, token_budget=token_budget)
            if request.param == "live":
                pair = live_pair(tiny.model(), tiny.tokenizer(), options=options)
                return stack.enter_context(pair.open("tuned")).scorer
            base = tmp_path / "base"
            if not base.exists():
                tiny.save_model(base)
                tiny.save_adapter(base, tmp_path / "lora")
            opened = ModelPair(str(base if request.param == "folder" else tmp_path / "lora"), options=options)
            return stack.enter_context(opened.open("base" if request.param == "adapter off" else "tuned")).scorer

        yield made


def items(n: int = 12) -> list[Item]:
    rng = random.Random(7)
    return [
        Item(
            form="completion",
            prompt=(Message(role="user", content="".join(rng.choices("abc def", k=rng.randrange(1, 30)))),),
            response=Message(role="assistant", content="".join(rng.choices("xyz uvé", k=rng.randrange(1, 90)))),
        )
        for _ in range(n)
    ]


def scores(scorer: Scorer, of: list[Item], *, with_tokens: bool = False) -> dict[str, SequenceScore]:
    batches = scorer.batches(scorer.encode(of))
    return {score.item_id: score for batch in batches for score in scorer.score(batch, with_tokens=with_tokens)}


def test_every_item_is_scored_once_and_named(make: Make) -> None:
    assert set(scores(make(256), items())) == {item.id for item in items()}


def test_a_score_does_not_depend_on_the_batch(make: Make) -> None:
    small, large = scores(make(1), items()), scores(make(10_000), items())
    for item_id, score in small.items():
        other = large[item_id]
        assert score.response.nll_nats == pytest.approx(other.response.nll_nats, rel=1e-5, abs=1e-4)
        assert score.response.n_tokens == other.response.n_tokens
        assert score.response.n_argmax == other.response.n_argmax


def test_the_same_batch_scores_the_same_to_the_last_bit(make: Make) -> None:
    scorer = make(256)
    assert scores(scorer, items()) == scores(scorer, items())


def test_batches_do_not_depend_on_the_order_of_the_items(make: Make) -> None:
    scorer = make(128)
    backwards = list(reversed(items()))
    ids = [[one.item_id for one in batch] for batch in scorer.batches(scorer.encode(items()))]
    assert ids == [[one.item_id for one in batch] for batch in scorer.batches(scorer.encode(backwards))]


def test_token_scores_add_up_and_lie_in_the_response(make: Make) -> None:
    scorer = make(256)
    encoded = {one.item_id: one for one in scorer.encode(items())}
    for item_id, score in scores(scorer, items(), with_tokens=True).items():
        assert score.tokens is not None
        assert sum(score.tokens.nll_nats) == pytest.approx(score.response.nll_nats)
        assert len(score.tokens.positions) == score.response.n_tokens == sum(encoded[item_id].in_response)


def test_moments_come_with_the_tokens_when_asked_for_and_change_no_bit_of_the_rest(make: Make) -> None:
    scorer = make(256)
    bare = scores(scorer, items(), with_tokens=True)
    batches = scorer.batches(scorer.encode(items()))
    for score in (score for batch in batches for score in scorer.score(batch, with_moments=True)):
        tokens, without = score.tokens, bare[score.item_id].tokens
        assert tokens is not None
        assert without is not None
        assert (without.mean_nats, without.deviation_nats) == (None, None)
        assert tokens.mean_nats is not None
        assert tokens.deviation_nats is not None
        assert len(tokens.mean_nats) == len(tokens.deviation_nats) == len(tokens.positions)
        assert all(-math.log(300) <= mean <= 1e-6 for mean in tokens.mean_nats)
        assert all(deviation >= 0 for deviation in tokens.deviation_nats)
        assert replace(score, tokens=replace(tokens, mean_nats=None, deviation_nats=None)) == bare[score.item_id]


def test_moments_of_nothing_are_empty(make: Make) -> None:
    scorer = make(256)
    text = Item(form="text", response=Message(role="text", content="a"))
    tokens = scorer.score(scorer.encode([text]), with_moments=True)[0].tokens
    assert tokens is not None
    assert (tokens.mean_nats, tokens.deviation_nats) == (array("d"), array("d"))


def test_leading_tokens_are_those_of_the_response_likeliest_first(make: Make) -> None:
    scorer = make(256)
    for batch in scorer.batches(scorer.encode(items())):
        for item, leading in zip(batch, scorer.leading(batch, 5), strict=True):
            assert (leading.item_id, leading.width) == (item.item_id, 5)
            assert leading.positions.tolist() == [n for n in range(1, len(item)) if item.in_response[n]]
            assert len(leading) == len(leading.log_rest) == len(leading.log_probabilities) / 5
            for n, rest in enumerate(leading.log_rest):
                row = leading.log_probabilities[5 * n : 5 * n + 5].tolist()
                assert row == sorted(row, reverse=True)
                assert len(set(leading.token_ids[5 * n : 5 * n + 5])) == 5
                assert sum(map(math.exp, row)) + math.exp(rest) == pytest.approx(1.0, abs=1e-5)


def test_all_tokens_lead_when_more_are_asked_for_and_the_one_that_came_costs_its_score(make: Make) -> None:
    scorer = make(256)
    encoded = scorer.encode(items()[:3])
    scored = scorer.score(encoded, with_tokens=True)
    for item, leading, score in zip(encoded, scorer.leading(encoded, 1000), scored, strict=True):
        assert 256 <= leading.width < 1000
        assert set(leading.log_rest) == {-math.inf}
        assert score.tokens is not None
        for n, place in enumerate(leading.positions):
            row = slice(n * leading.width, (n + 1) * leading.width)
            given = dict(zip(leading.token_ids[row], leading.log_probabilities[row], strict=True))
            assert -given[item.token_ids[place]] == pytest.approx(score.tokens.nll_nats[n], abs=1e-4)


def test_the_same_side_gives_its_leading_tokens_what_it_gave_them(make: Make) -> None:
    scorer = make(256)
    for batch in scorer.batches(scorer.encode(items())):
        leading = scorer.leading(batch, 9)
        for one, again in zip(leading, scorer.log_probabilities(batch, leading), strict=True):
            assert (again.positions, again.token_ids, again.width) == (one.positions, one.token_ids, one.width)
            assert again.log_probabilities.tolist() == pytest.approx(one.log_probabilities.tolist(), abs=1e-5)
            assert again.log_rest.tolist() == pytest.approx(one.log_rest.tolist(), abs=1e-5)


def test_leading_tokens_of_other_items_are_refused(make: Make) -> None:
    scorer = make(256)
    encoded = scorer.encode(items()[:2])
    leading = scorer.leading(encoded, 3)
    with pytest.raises(ValueError, match="both sides must tokenise alike"):
        scorer.log_probabilities(encoded, leading[::-1])
    with pytest.raises(ValueError, match="have one width"):
        scorer.log_probabilities(encoded, [leading[0], scorer.leading(encoded, 4)[1]])


def test_an_item_without_a_response_has_no_leading_tokens(make: Make) -> None:
    scorer = make(256)
    encoded = scorer.encode([Item(form="text", response=Message(role="text", content="a"))])
    leading = scorer.leading(encoded, 3)
    assert [len(one) for one in (*leading, *scorer.log_probabilities(encoded, leading))] == [0, 0]
    assert scorer.leading([]) == []


def test_the_response_is_part_of_the_full_sequence(make: Make) -> None:
    for score in scores(make(256), items()).values():
        assert score.full is not None
        assert score.full.n_tokens >= score.response.n_tokens
        assert score.full.nll_nats >= score.response.nll_nats - 1e-6


def test_the_first_token_is_not_scored(make: Make) -> None:
    text = Item(form="text", response=Message(role="text", content="a"))
    assert scores(make(256), [text])[text.id].response.n_tokens == 0


def test_a_token_beyond_the_vocabulary_is_refused_by_name(make: Make) -> None:
    wrong = Item(
        form="tokens",
        response=Message(role="text", content=""),
        token_ids=(1, 99_999),
        learned=(True, True),
        source="val.jsonl line 4",
    )
    with pytest.raises(TunecheckError, match=r"val\.jsonl line 4: token id 99999 is beyond"):
        make(256).encode([wrong])


def test_nothing_to_score_gives_nothing(make: Make) -> None:
    assert scores(make(256), []) == {}


def test_fingerprint_and_engine_stay_the_same(make: Make) -> None:
    first, second = make(256), make(64)
    assert (first.fingerprint, first.engine) == (second.fingerprint, second.engine)
