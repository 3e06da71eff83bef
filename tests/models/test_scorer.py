"""Scores equal a plain loop over whole float32 logits, however they are batched, windowed, adapted or laid out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

from tests import tiny
from tunecheck.core import EncodedItem, Item, Message, SequenceScore
from tunecheck.errors import CannotRun
from tunecheck.models.huggingface import LoadOptions, ModelPair
from tunecheck.models.huggingface.head import LayerHead, TiledHead, score_logits
from tunecheck.models.huggingface.scorer import HuggingFaceScorer
from tunecheck.models.windows import windows

pytestmark = pytest.mark.hf

STORIES = [
    "Once upon a time, there was a little girl named Lily. She loved to play outside in the park.",
    "Tom saw a big dog. The dog was happy.",
    "The cat",
    "One day, a bird found a shiny red stone. " * 30,
    "Ben and Sue went to the sea. They saw a fish, and the fish saw them. " * 12,
    "Mia had a red ball.",
]


def texts() -> list[Item]:
    return [Item(form="text", response=Message(role="text", content=text)) for text in STORIES]


def pairs() -> list[Item]:
    return [
        Item(
            form="completion",
            prompt=(Message(role="user", content=text[: len(text) // 2]),),
            response=Message(role="assistant", content=text[len(text) // 2 :]),
        )
        for text in STORIES
    ]


def plain_loop(model: Any, encoded: EncodedItem, context: int) -> tuple[float, float, int]:
    """nll of the response, nll of everything, argmax hits of the response: one window at a time, whole logits."""
    response = full = 0.0
    hits = 0
    ids = torch.tensor([list(encoded.token_ids)])
    for window in windows(len(encoded), context=context):
        with torch.no_grad():
            logits = model(input_ids=ids[:, window.begin : window.end]).logits[0].float()
        targets = ids[0, window.score_from : window.end]
        rows = logits[window.score_from - window.begin - 1 : window.end - window.begin - 1]
        nll = -rows.log_softmax(-1).gather(1, targets.unsqueeze(1)).squeeze(1).double()
        wanted = torch.tensor(list(encoded.in_response[window.score_from : window.end])) == 1
        full += float(nll.sum())
        response += float(nll[wanted].sum())
        hits += int((rows.argmax(-1) == targets)[wanted].sum())
    return response, full, hits


def score_all(scorer: Any, items: list[Item]) -> tuple[list[EncodedItem], dict[str, SequenceScore]]:
    encoded = scorer.encode(items)
    scores = [score for batch in scorer.batches(encoded) for score in scorer.score(batch)]
    return encoded, {score.item_id: score for score in scores}


def assert_equals_plain_loop(scorer: Any, model: Any, items: list[Item], context: int) -> None:
    encoded, scores = score_all(scorer, items)
    for item in encoded:
        response, full, hits = plain_loop(model, item, context)
        score = scores[item.item_id]
        assert score.full is not None
        assert score.response.n_tokens == sum(item.in_response)
        assert score.full.n_tokens == len(item) - 1
        assert score.response.nll_nats == pytest.approx(response, abs=1e-5 * max(1, score.response.n_tokens))
        assert score.full.nll_nats == pytest.approx(full, abs=1e-5 * max(1, score.full.n_tokens))
        assert score.response.n_argmax == hits


@pytest.mark.parametrize("token_budget", [1, 64, 1024, 1_000_000])
@pytest.mark.parametrize("items", [texts(), pairs()], ids=["texts", "pairs"])
def test_stories260k_scores_as_a_plain_loop_does_for_any_batch_budget(
    stories260k: Path, token_budget: int, items: list[Item]
) -> None:
    pair = ModelPair(str(stories260k), options=LoadOptions(token_budget=token_budget, dtype="float32"))
    model = AutoModelForCausalLM.from_pretrained(stories260k, dtype=torch.float32)
    with pair.open("tuned") as side:
        assert_equals_plain_loop(side.scorer, model, items, 512)


@pytest.mark.parametrize("context", [33, 100, 512])
def test_stories260k_scores_long_texts_in_windows_as_a_plain_loop_does(stories260k: Path, context: int) -> None:
    pair = ModelPair(str(stories260k), options=LoadOptions(context=context, dtype="float32"))
    model = AutoModelForCausalLM.from_pretrained(stories260k, dtype=torch.float32)
    with pair.open("tuned") as side:
        assert_equals_plain_loop(side.scorer, model, texts(), context)


def test_stories260k_with_a_lora_scores_both_sides_from_one_copy(stories260k: Path, tmp_path: Path) -> None:
    adapter = tiny.save_adapter(stories260k, tmp_path / "lora")
    pair = ModelPair(str(adapter))
    base = AutoModelForCausalLM.from_pretrained(stories260k, dtype=torch.float32)
    with pair.open("tuned") as tuned, pair.open("base") as plain:
        assert pair.facts.shared
        assert_equals_plain_loop(plain.scorer, base, texts(), 512)
        model = PeftModel.from_pretrained(base, adapter)
        assert_equals_plain_loop(tuned.scorer, model, texts(), 512)


def test_a_lora_with_trained_bias_gets_its_base_loaded_apart(tmp_path: Path) -> None:
    base = tiny.save_model(tmp_path / "base", bias=True)
    adapter = tiny.save_adapter(base, tmp_path / "lora", bias="all")
    pair = ModelPair(str(adapter))
    assert not pair.facts.shared
    assert pair.facts.apart_reason == "the adapter trained biases (bias='all'), which stay when it is switched off"
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    with pair.open("base") as side:
        assert_equals_plain_loop(side.scorer, model, texts()[:3], 64)
    with pair.open("tuned") as side:
        assert_equals_plain_loop(side.scorer, PeftModel.from_pretrained(model, adapter), texts()[:3], 64)


def test_an_adapter_that_changes_the_base_behind_our_back_is_noticed(tmp_path: Path) -> None:
    """Any method can be listed as harmless by mistake: switching it off is compared with the base itself."""
    base = tiny.save_model(tmp_path / "base", bias=True)
    adapter = tiny.save_adapter(base, tmp_path / "lora", bias="all")
    pair = ModelPair(str(adapter))
    pair.facts = type(pair.facts)(
        **{name: getattr(pair.facts, name) for name in pair.facts.__slots__} | {"shared": True, "apart_reason": None}
    )
    with pair.open("tuned"):
        assert not pair.facts.shared
        assert pair.facts.apart_reason == "with the adapter switched off the weights do not give the base's numbers"


@pytest.mark.parametrize(
    "lora",
    [
        {"use_dora": True},
        {"target_modules": ["q_proj", "lm_head"]},
        {"modules_to_save": ["lm_head"]},
        {"use_rslora": True, "r": 8},
    ],
    ids=["dora", "lora on the head", "head saved whole", "rank-stabilised"],
)
def test_other_adapters_score_as_a_plain_loop_does_on_both_sides(tmp_path: Path, lora: dict[str, Any]) -> None:
    base = tiny.save_model(tmp_path / "base")
    adapter = tiny.save_adapter(base, tmp_path / "lora", **lora)
    pair = ModelPair(str(adapter))
    plain = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    with pair.open("tuned") as tuned, pair.open("base") as off:
        assert pair.facts.shared
        assert_equals_plain_loop(off.scorer, plain, texts()[:3], 64)
        assert_equals_plain_loop(tuned.scorer, PeftModel.from_pretrained(plain, adapter), texts()[:3], 64)


def test_only_the_response_costs_a_head_when_the_full_sequence_is_not_wanted(tmp_path: Path) -> None:
    base = tiny.save_model(tmp_path / "base")
    both = ModelPair(str(base))
    only = ModelPair(str(base), options=LoadOptions(full_sequence=False))
    with both.open("tuned") as first, only.open("tuned") as second:
        _, full = score_all(first.scorer, pairs())
        _, response = score_all(second.scorer, pairs())
    for item_id, score in response.items():
        assert score.full is None
        assert score.response.nll_nats == pytest.approx(full[item_id].response.nll_nats, abs=1e-4)
        assert score.response.n_tokens == full[item_id].response.n_tokens


def test_per_token_arrays_add_up_to_the_totals(tmp_path: Path) -> None:
    pair = ModelPair(str(tiny.save_model(tmp_path / "base")))
    with pair.open("tuned") as side:
        for encoded in side.scorer.encode(pairs()):
            score = side.scorer.score([encoded], with_tokens=True)[0]
            assert score.tokens is not None
            assert sum(score.tokens.nll_nats) == pytest.approx(score.response.nll_nats)
            assert sum(score.tokens.is_argmax) == score.response.n_argmax
            assert all(encoded.in_response[place] for place in score.tokens.positions)


def test_a_text_of_one_token_has_nothing_to_score(tmp_path: Path) -> None:
    pair = ModelPair(str(tiny.save_model(tmp_path / "base")))
    with pair.open("tuned") as side:
        encoded = side.scorer.encode([Item(form="text", response=Message(role="text", content="a"))])
        score = side.scorer.score(encoded)[0]
    assert (score.response.n_tokens, score.response.nll_nats) == (0, 0.0)


def test_batches_halve_when_memory_runs_out_and_the_scores_stay(tmp_path: Path) -> None:
    pair = ModelPair(str(tiny.save_model(tmp_path / "base")), options=LoadOptions(token_budget=4096))
    with pair.open("tuned") as side:
        scorer = side.scorer
        assert isinstance(scorer, HuggingFaceScorer)
        _, expected = score_all(scorer, texts())
        once, tried = scorer._forward._once, []

        def small_memory(rows: Any, read: Any) -> Any:
            tried.append(len(rows))
            if len(rows) > 2:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return once(rows, read)

        scorer._forward._once = small_memory  # type: ignore[method-assign]
        _, halved = score_all(scorer, texts())
    assert max(tried) > 2
    for item_id, score in halved.items():
        assert score.response.nll_nats == pytest.approx(expected[item_id].response.nll_nats, abs=1e-3)


def test_not_even_one_row_fitting_is_said_with_what_to_type(tmp_path: Path) -> None:
    pair = ModelPair(str(tiny.save_model(tmp_path / "base")))
    with pair.open("tuned") as side:
        scorer = side.scorer
        assert isinstance(scorer, HuggingFaceScorer)

        def no_memory(rows: Any, read: Any) -> Any:
            raise torch.OutOfMemoryError("CUDA out of memory")

        scorer._forward._once = no_memory  # type: ignore[method-assign]
        with pytest.raises(CannotRun) as caught:
            score_all(scorer, texts()[:2])
    assert str(caught.value) == (
        "out of memory on cpu with a single window of 64 tokens\n"
        "use shorter windows (--context 1024), a smaller precision (--dtype bfloat16) or --device cpu"
    )


def test_the_tiled_head_equals_whole_logits_for_ragged_tiles_and_biases() -> None:
    torch.manual_seed(0)
    for vocabulary, bias in ((5, False), (1024, True), (2500, True), (3073, False)):
        layer = torch.nn.Linear(24, vocabulary, bias=bias)
        hidden, targets = torch.randn(700, 24) * 4, torch.randint(0, vocabulary, (700,))
        tiled = TiledHead(layer, torch.device("cpu"))(hidden, targets)
        layered = LayerHead(layer)(hidden, targets)
        whole = score_logits(layer(hidden), targets)
        for scored in (tiled, layered):
            torch.testing.assert_close(scored.nll_nats, whole.nll_nats, atol=2e-5, rtol=1e-5)
            assert (scored.is_argmax != whole.is_argmax).sum() == 0


def test_extreme_logits_do_not_overflow_the_online_sum() -> None:
    layer = torch.nn.Linear(4, 4000, bias=False)
    with torch.no_grad():
        layer.weight.mul_(1e4)
    hidden, targets = torch.randn(9, 4), torch.randint(0, 4000, (9,))
    scored = TiledHead(layer, torch.device("cpu"))(hidden, targets)
    assert torch.isfinite(scored.nll_nats).all()


def test_bfloat16_is_close_to_float32_and_its_drift_is_measured(stories260k: Path) -> None:
    exact, rough = ModelPair(str(stories260k)), ModelPair(str(stories260k), options=LoadOptions(dtype="bfloat16"))
    with exact.open("tuned") as side:
        assert side.drift is None
        _, sure = score_all(side.scorer, texts()[:3])
    with rough.open("tuned", probe=texts()[:3]) as side:
        _, near = score_all(side.scorer, texts()[:3])
        drift = side.drift
    assert not isinstance(drift, str)
    assert drift is not None
    assert drift.n_items == 3
    for item_id, score in near.items():
        change = (score.response.nll_nats - sure[item_id].response.nll_nats) / score.response.n_tokens
        assert abs(change) <= abs(drift.largest_nats) + 1e-6
        assert abs(change) < 0.05


def test_a_live_model_keeps_its_training_mode() -> None:
    model = tiny.model().train()
    model.model.layers[0].eval()  # A frozen part that its owner keeps in evaluation mode.
    from tunecheck.models.huggingface import live_pair

    with live_pair(model, tiny.tokenizer()).open("tuned") as side:
        side.scorer.score(side.scorer.encode(texts()[:1]))
    assert model.training
    assert not model.model.layers[0].training
