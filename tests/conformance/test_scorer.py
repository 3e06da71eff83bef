"""What every scorer promises, whatever computes its probabilities."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
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
