"""Leading tokens and the divergence over them equal a plain float64 softmax over whole logits."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peft import PeftModel
from transformers import AutoModelForCausalLM

from tests import tiny
from tunecheck.core import EncodedItem, Item, Message
from tunecheck.core.scores import Leading
from tunecheck.errors import ModelError
from tunecheck.models.huggingface import LoadOptions, ModelPair, live_pair
from tunecheck.models.huggingface.head import LayerHead
from tunecheck.models.huggingface.leading import likeliest
from tunecheck.models.huggingface.scorer import HuggingFaceScorer
from tunecheck.models.windows import windows
from tunecheck.runner.divergence import diverged, expected

pytestmark = pytest.mark.hf

Floats = npt.NDArray[np.float64]
ALL = 10_000


def items() -> list[Item]:
    """Prompts and responses, some longer than a window of 64 tokens, one without any response."""
    texts = ["a red ball. " * 3, "Tom saw a dog. " * 12, "b", ""]
    return [
        Item(
            form="completion",
            prompt=(Message(role="user", content=f"say {n}: " * (n + 1)),),
            response=Message(role="assistant", content=text),
        )
        for n, text in enumerate(texts)
    ]


def whole(model: Any, item: EncodedItem, context: int = 64) -> Floats:
    """Log-probabilities in float64 of the whole vocabulary at each place of the response, window by window."""
    found = []
    for window in windows(len(item), context=context):
        ids = torch.tensor([list(item.token_ids[window.begin : window.end])])
        with torch.no_grad():
            logits = model(input_ids=ids).logits[0].double()
        places = [place for place in range(window.score_from, window.end) if item.in_response[place]]
        found.append(logits[[place - window.begin - 1 for place in places]].log_softmax(1).numpy())
    return np.concatenate(found)


def plain_kl(base: Floats, tuned: Floats) -> Floats:
    total: Floats = (np.exp(base) * (base - tuned)).sum(axis=1)
    return total


def rows(leading: Leading) -> tuple[npt.NDArray[np.int64], Floats]:
    shape = (len(leading), leading.width)
    return (
        np.asarray(leading.token_ids, dtype=np.int64).reshape(shape),
        np.asarray(leading.log_probabilities, dtype=np.float64).reshape(shape),
    )


@pytest.fixture(
    params=[{}, {"target_modules": ["q_proj", "lm_head"]}, {"use_dora": True}], ids=["lora", "head", "dora"]
)
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[ModelPair, Any, Any]:
    base = tiny.save_model(tmp_path / "base")
    adapter = tiny.save_adapter(base, tmp_path / "lora", **request.param)
    plain = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    tuned = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), adapter)
    return ModelPair(str(adapter), options=LoadOptions(token_budget=100)), plain, tuned


def test_the_likeliest_tokens_and_the_rest_are_those_of_whole_logits(tmp_path: Path) -> None:
    folder = tiny.save_model(tmp_path / "base")
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with ModelPair(str(folder)).open("tuned") as side:
        for item in side.scorer.encode(items()):
            leading = side.scorer.leading([item], 7)[0]
            sure = whole(model, item) if len(leading) else np.zeros((0, 262))
            ids, found = rows(leading)
            assert leading.positions.tolist() == [place for place in range(1, len(item)) if item.in_response[place]]
            np.testing.assert_allclose(found, -np.sort(-sure, axis=1)[:, :7], atol=1e-5)
            np.testing.assert_allclose(found, np.take_along_axis(sure, ids, axis=1), atol=1e-5)
            np.testing.assert_allclose(
                np.exp(leading.log_rest), 1 - np.exp(np.take_along_axis(sure, ids, axis=1)).sum(1), atol=1e-6
            )


def test_the_divergence_of_a_lora_pair_is_the_whole_one_when_every_token_leads(
    pair: tuple[ModelPair, Any, Any],
) -> None:
    opened, plain, adapted = pair
    with opened.open("tuned") as tuned, opened.open("base") as base:
        assert opened.facts.shared
        encoded = {item.item_id: item for item in tuned.scorer.encode(items())}
        before = expected(base.scorer, items(), k=ALL)
        found = diverged(tuned.scorer, items(), before)
    assert set(found) == set(encoded)
    for item_id, (kl_nats, n_tokens) in found.items():
        assert n_tokens == sum(encoded[item_id].in_response)
        if n_tokens:
            sure = plain_kl(whole(plain, encoded[item_id]), whole(adapted, encoded[item_id]))
            assert kl_nats == pytest.approx(float(sure.sum()), abs=1e-5 * n_tokens, rel=1e-5)
            assert kl_nats / n_tokens > 0.01  # The pair does differ.


def test_fewer_tokens_give_a_lower_bound_that_grows_with_them(pair: tuple[ModelPair, Any, Any]) -> None:
    opened = pair[0]
    with opened.open("tuned") as tuned, opened.open("base") as base:
        found = [
            diverged(tuned.scorer, items(), expected(base.scorer, items(), k=k)) for k in (1, 2, 8, 64, 200, 261, ALL)
        ]
    for fewer, more in itertools.pairwise(found):
        for item_id, one in fewer.items():
            assert 0 <= one.kl_nats <= more[item_id].kl_nats + 1e-6 * one.n_tokens
    assert sum(one.kl_nats for one in found[0].values()) < sum(one.kl_nats for one in found[-1].values())


def test_one_side_in_memory_at_a_time_gives_the_same(tmp_path: Path) -> None:
    first, second = tiny.save_model(tmp_path / "base"), tiny.save_model(tmp_path / "tuned", seed=5)
    opened = ModelPair(str(second), str(first))
    assert not opened.facts.shared
    with opened.open("base") as base:
        before = expected(base.scorer, items(), k=ALL)
    with opened.open("tuned") as tuned:
        found = diverged(tuned.scorer, items(), before)
        encoded = tuned.scorer.encode(items())
    models = [AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32) for folder in (first, second)]
    for item in encoded[:3]:
        sure = plain_kl(*(whole(model, item) for model in models))
        assert found[item.item_id].kl_nats == pytest.approx(float(sure.sum()), rel=1e-5)


def test_a_model_does_not_diverge_from_itself(tmp_path: Path) -> None:
    with ModelPair(str(tiny.save_model(tmp_path / "base"))).open("tuned") as side:
        for k in (1, 32, ALL):
            found = diverged(side.scorer, items(), expected(side.scorer, items(), k=k))
            assert all(0 <= one.kl_nats <= 1e-9 * max(1, one.n_tokens) for one in found.values())


def test_the_divergence_does_not_depend_on_the_batch_or_the_windows_of_others(tmp_path: Path) -> None:
    base = tiny.save_model(tmp_path / "base")
    adapter = tiny.save_adapter(base, tmp_path / "lora")
    found = []
    for budget in (1, 10_000):
        opened = ModelPair(str(adapter), options=LoadOptions(token_budget=budget))
        with opened.open("tuned") as tuned, opened.open("base") as plain:
            found.append(diverged(tuned.scorer, items(), expected(plain.scorer, items(), k=20)))
    for item_id, one in found[0].items():
        assert one.kl_nats == pytest.approx(found[1][item_id].kl_nats, abs=1e-5 * max(1, one.n_tokens))


def test_the_whole_model_gives_the_same_as_decoder_and_head(monkeypatch: pytest.MonkeyPatch) -> None:
    model, results = tiny.model(), []
    for _ in range(2):
        with live_pair(model, tiny.tokenizer()).open("tuned") as side:
            scorer = side.scorer
            assert isinstance(scorer, HuggingFaceScorer)
            encoded = scorer.encode(items())
            results.append((scorer.engine, scorer.leading(encoded, 5), scorer.score(encoded, with_moments=True)))
        monkeypatch.setattr("tunecheck.models.huggingface.forward._decoder_and_head", lambda *_: None)
    (split, parts, scored), (entire, of_whole, scored_whole) = results
    assert ("decoder and head" in split, "whole model" in entire) == (True, True)
    for one, other in zip(parts, of_whole, strict=True):
        assert one.positions == other.positions
        np.testing.assert_allclose(one.log_probabilities, other.log_probabilities, atol=1e-5)
    for one_score, other_score in zip(scored, scored_whole, strict=True):
        assert one_score.tokens is not None
        assert other_score.tokens is not None
        assert one_score.tokens.deviation_nats is not None
        assert other_score.tokens.deviation_nats is not None
        np.testing.assert_allclose(one_score.tokens.deviation_nats, other_score.tokens.deviation_nats, atol=1e-5)


def test_tokens_that_the_tuned_model_has_no_row_for_count_among_the_rest(tmp_path: Path) -> None:
    """A base padded to more rows than the tokenizer has, and a tuned model that was cut back to it."""
    wide, narrow = tiny.model(vocabulary=300), tiny.model(vocabulary=262, seed=3)
    with (
        live_pair(wide, tiny.tokenizer()).open("tuned") as base,
        live_pair(narrow, tiny.tokenizer()).open("tuned") as tuned,
    ):
        found = diverged(tuned.scorer, items(), expected(base.scorer, items(), k=40))
        encoded = tuned.scorer.encode(items())
    for item in encoded[:3]:
        before, after = np.exp(whole(wide, item)), np.exp(whole(narrow, item))
        sure = 0.0
        for base_row, tuned_row in zip(before, after, strict=True):
            few = [one for one in np.argsort(-base_row)[:40] if one < 262]
            p, q = (np.append(row[few], 1 - row[few].sum()) for row in (base_row, tuned_row))
            sure += float((p * np.log(p / q)).sum())
        assert found[item.item_id].kl_nats == pytest.approx(sure, rel=1e-4)


def test_weights_that_are_no_numbers_are_said_with_what_to_type() -> None:
    model = tiny.model()
    with live_pair(model, tiny.tokenizer()).open("tuned") as side:
        with torch.no_grad():
            model.lm_head.weight[5] = torch.nan
        encoded = side.scorer.encode(items()[:1])
        with pytest.raises(ModelError) as caught:
            side.scorer.leading(encoded, 4)
    assert str(caught.value) == (
        f"item {encoded[0].item_id} has log-probabilities that are no numbers: the model overflows in this precision "
        "or has NaN weights\ntry --dtype float32"
    )


@settings(max_examples=40, deadline=None)
@given(
    vocabulary=st.integers(1, 50), places=st.integers(1, 150), k=st.integers(1, 60), scale=st.sampled_from([0, 1, 300])
)
def test_the_few_and_the_rest_make_a_whole_for_any_size(vocabulary: int, places: int, k: int, scale: int) -> None:
    from tunecheck.models.huggingface.forward import Row
    from tunecheck.models.windows import Window

    torch.manual_seed(places)
    logits = torch.randn(places, vocabulary) * scale
    row = Row(0, [], Window(0, places + 1, 1), tuple(range(1, places + 1)), 0)
    few = likeliest(LayerHead(torch.nn.Identity()), logits, torch.zeros(places), [row], k=k)[0]
    assert few.ids.shape == (places, min(k, vocabulary))
    torch.testing.assert_close(
        few.log_probabilities.exp().sum(1) + few.log_rest.exp(), torch.ones(places), atol=1e-4, rtol=0
    )
    if k >= vocabulary:
        assert bool(few.log_rest.isneginf().all())
