"""Greedy answers are those that a user of transformers gets: with its template, its end tokens, its padding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import tiny
from tests.models.test_generator import KINDS, PROMPTS, answers, chat, generating, live, made_of, pairs
from tunecheck.core import GenerationSettings
from tunecheck.models.huggingface import LoadOptions, ModelPair

pytestmark = pytest.mark.hf

QUESTIONS = ["Q", "a longer question", "one more", "the last one is the longest of them all", "b"]


def save(folder: Path, *, kind: str, ends: list[int], pad_is_end: bool = False) -> Path:
    """A model folder whose generation config names several end tokens."""
    model, tokenizer = made_of(KINDS[kind][0]), tiny.tokenizer()
    model.generation_config.eos_token_id = ends
    model.generation_config.pad_token_id = ends[0]
    if pad_is_end:
        tokenizer.pad_token = tokenizer.eos_token
        model.generation_config.pad_token_id = tokenizer.eos_token_id
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def as_users_do(folder: Path, questions: list[str]) -> list[str]:
    """The loop of the model cards: the template, then generate, for one question after the other."""
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    said = []
    for question in questions:
        messages = [{"role": "user", "content": question}]
        prompt = tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        whole = model.generate(**prompt, max_new_tokens=40, do_sample=False)
        answer = whole[0, prompt["input_ids"].shape[1] :].tolist()
        if answer[-1] in model.generation_config.eos_token_id:
            answer.pop()  # Those that are no special tokens would stay in the text.
        said.append(tokenizer.decode(answer, skip_special_tokens=True))
    return said


@pytest.mark.parametrize("pad_is_end", [False, True], ids=["own pad", "pad is end"])
@pytest.mark.parametrize("kind", ["rotary", "rotary with biases", "learned positions"])
def test_a_chat_is_answered_as_by_the_loop_of_a_model_card(kind: str, pad_is_end: bool, tmp_path: Path) -> None:
    # 256 is the template's end mark; the others are common, so that some answers end.
    folder = save(tmp_path / "model", kind=kind, ends=[256, *range(40, 200, 9)], pad_is_end=pad_is_end)
    with generating(ModelPair(str(folder))) as generator:
        made = answers(generator, [chat(question) for question in QUESTIONS], GenerationSettings(max_new_tokens=40))
    assert any(one.ended == "end" for one in made)
    assert [one.text for one in made] == as_users_do(folder, QUESTIONS)


@settings(max_examples=12, deadline=None)
@given(
    texts=st.lists(st.text("abc \néß€𝄞", min_size=1, max_size=30), min_size=2, max_size=9, unique=True),
    budget=st.integers(30, 600),
    kind=st.sampled_from(["rotary", "learned positions", "sliding window"]),
    seed=st.integers(0, 3),
)
def test_a_batch_never_changes_a_greedy_answer_in_float32(texts: list[str], budget: int, kind: str, seed: int) -> None:
    model, asked = made_of(KINDS[kind][0], seed), GenerationSettings(max_new_tokens=12)
    with generating(live(model), token_budget=1) as alone, generating(live(model), token_budget=budget) as together:
        assert answers(together, pairs(texts), asked) == answers(alone, pairs(texts), asked)


def test_an_adapter_answers_in_a_batch_and_its_base_in_the_next_from_one_copy(tmp_path: Path) -> None:
    base = tiny.save_model(tmp_path / "base", context=256)
    adapter = tiny.save_adapter(base, tmp_path / "lora")
    asked = GenerationSettings(max_new_tokens=15)
    with generating(ModelPair(str(base))) as plain:
        expected = answers(plain, pairs(), asked)
    pair = ModelPair(str(adapter))
    with pair.open("tuned") as tuned, pair.open("base") as off:
        assert pair.facts.shared
        first = answers(tuned.generator, pairs(), asked)
        assert answers(off.generator, pairs(), asked) == expected
        assert answers(tuned.generator, pairs(), asked) == first
        assert first != expected
        assert tuned.generator is tuned.generator


def test_a_row_that_has_ended_is_computed_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny.model(context=256)
    with generating(live(model)) as generator:
        whole = answers(generator, pairs(), GenerationSettings(max_new_tokens=30))
    model.generation_config.eos_token_id = [whole[0].token_ids[4], whole[1].token_ids[9]]
    passed: list[tuple[int, ...]] = []
    forward = type(model).forward

    def watched(self: Any, input_ids: Any, **rest: Any) -> Any:
        passed.append(tuple(input_ids.shape))
        return forward(self, input_ids, **rest)

    with generating(live(model)) as generator:
        prompts = generator.encode(pairs())
        monkeypatch.setattr(type(model), "forward", watched)
        made = generator.generate(prompts, GenerationSettings(max_new_tokens=30))
    lengths = [len(one.token_ids) for one in made]
    assert min(lengths) < max(lengths)
    # The first token of each row comes from its prompt, the others from one row of a pass each.
    assert sum(rows for rows, n_tokens in passed if n_tokens == 1) == sum(lengths) - len(lengths)


def test_the_budget_that_was_asked_for_is_that_of_the_generator_too(tmp_path: Path) -> None:
    folder = tiny.save_model(tmp_path / "base")
    for pair in (
        ModelPair(str(folder), options=LoadOptions(token_budget=77)),
        live_with_budget(77),
    ):
        with pair.open("tuned") as side:
            batches = side.generator.batches(side.generator.encode(pairs(PROMPTS)), GenerationSettings())
            assert len(batches) == len(PROMPTS)


def live_with_budget(token_budget: int) -> Any:
    from tunecheck.models.huggingface import live_pair

    options = LoadOptions(token_budget=token_budget, template="none")
    return live_pair(tiny.model(), tiny.tokenizer(), options=options)


@pytest.mark.parametrize("kind", ["t5", "bart"])
def test_an_encoder_decoder_is_refused_by_its_kind(kind: str, tmp_path: Path) -> None:
    from tunecheck.errors import ModelError

    size: dict[str, Any] = {"vocab_size": 262, "d_model": 32}
    config: Any = transformers.T5Config(**size, num_layers=1, num_heads=2, d_kv=8, d_ff=32)
    if kind == "bart":
        config = transformers.BartConfig(**size, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
                                         decoder_attention_heads=2, max_position_embeddings=64)  # fmt: skip
    config.decoder_start_token_id = 0
    model = transformers.AutoModelForSeq2SeqLM.from_config(config)
    model.save_pretrained(tmp_path)
    tiny.tokenizer().save_pretrained(tmp_path)
    said = f"is an encoder-decoder ({kind}): only models that go on with one text can be scored here"
    for name, make in (
        (f"the model in {tmp_path}", lambda: ModelPair(str(tmp_path))),
        ("the model that was passed", lambda: live(model)),
    ):
        with pytest.raises(ModelError) as caught:
            make()
        assert caught.value.message == f"{name} {said}"
        assert caught.value.hint.startswith("name a causal language model")


def test_torch_is_left_with_gradients_as_they_were() -> None:
    with generating(live(tiny.model())) as generator:
        answers(generator, pairs(["ab"]), GenerationSettings(max_new_tokens=2))
    assert torch.is_grad_enabled()
