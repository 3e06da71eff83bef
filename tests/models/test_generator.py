"""Batched answers equal those of transformers' own generate for each prompt alone, and end where they should."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from peft import PromptTuningConfig, get_peft_model
from transformers.cache_utils import DYNAMIC_LAYER_TYPE_MAPPING, DynamicLayer

from tests import tiny
from tunecheck.core import Completion, EncodedPrompt, GenerationSettings, Item, Message
from tunecheck.errors import CannotRun, ModelError
from tunecheck.models.huggingface import LoadOptions, ModelPair, live_pair
from tunecheck.models.huggingface.generator import HuggingFaceGenerator, _token_budget
from tunecheck.models.huggingface.scorer import HuggingFaceScorer
from tunecheck.models.huggingface.steps import WholeSteps

pytestmark = pytest.mark.hf

PROMPTS = ["Once upon a time", "Tom saw a big dog. " * 3, "The", "One day, a bird found a red stone. " * 5, "Mia had"]
ANSWER = Message(role="assistant", content="reference")


def pairs(prompts: Sequence[str] = PROMPTS) -> list[Item]:
    return [Item(form="completion", prompt=(Message(role="user", content=text),), response=ANSWER) for text in prompts]


def chat(*contents: str, tools_json: str = "") -> Item:
    roles = ("user", "assistant")
    turns = tuple(Message(role=roles[n % 2], content=content) for n, content in enumerate(contents))
    return Item(form="chat", prompt=turns, response=ANSWER, tools_json=tools_json)


@contextmanager
def generating(pair: Any, side: str = "tuned", token_budget: int | None = None) -> Iterator[HuggingFaceGenerator]:
    with pair.open(side) as opened:
        assert isinstance(opened.scorer, HuggingFaceScorer)
        yield HuggingFaceGenerator.beside(opened.scorer, token_budget=token_budget)


def live(model: Any, tokenizer: Any = None, template: str = "none") -> Any:
    return live_pair(model, tokenizer or tiny.tokenizer(), options=LoadOptions(template=template))


def answers(generator: HuggingFaceGenerator, items: list[Item], settings: GenerationSettings) -> list[Completion]:
    batches = generator.batches(generator.encode(items), settings)
    made = {one.item_id: one for batch in batches for one in generator.generate(batch, settings)}
    return [made[item.id] for item in items]


def alone(model: Any, generator: HuggingFaceGenerator, items: list[Item], n_new: int) -> list[list[int]]:
    """What transformers' generate makes of each prompt on its own."""
    made = []
    for prompt in generator.encode(items):
        ids = torch.tensor([list(prompt.token_ids)])
        whole = model.generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=n_new,
            eos_token_id=sorted(generator._ends.ids), pad_token_id=0,
        )  # fmt: skip
        made.append(whole[0, ids.shape[1] :].tolist())
    return made


@pytest.mark.parametrize("token_budget", [1, 400, 100_000])
def test_stories260k_answers_as_generate_does_for_each_prompt_alone(stories260k: Path, token_budget: int) -> None:
    with generating(ModelPair(str(stories260k)), token_budget=token_budget) as generator:
        made = answers(generator, pairs(), GenerationSettings(max_new_tokens=60))
        plain = transformers.AutoModelForCausalLM.from_pretrained(stories260k)
        assert [list(one.token_ids) for one in made] == alone(plain, generator, pairs(), 60)


def test_base_and_tuned_answer_from_one_copy_as_generate_does(stories260k: Path, tmp_path: Path) -> None:
    pair = ModelPair(str(tiny.save_adapter(stories260k, tmp_path / "lora")))
    settings = GenerationSettings(max_new_tokens=20)
    base = transformers.AutoModelForCausalLM.from_pretrained(stories260k)
    with ExitStack() as stack:
        tuned = stack.enter_context(generating(pair))
        off = stack.enter_context(generating(pair, "base"))
        first = answers(tuned, pairs(), settings)
        assert [list(one.token_ids) for one in answers(off, pairs(), settings)] == alone(base, off, pairs(), 20)
        assert answers(tuned, pairs(), settings) == first
        wrapped = transformers.AutoModelForCausalLM.from_pretrained(stories260k)
        from peft import PeftModel

        wrapped = PeftModel.from_pretrained(wrapped, tmp_path / "lora")
        assert [list(one.token_ids) for one in first] == alone(wrapped, tuned, pairs(), 20)


SMALL: dict[str, Any] = {
    "vocab_size": 262, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 256, "eos_token_id": 256, "pad_token_id": 261,
}  # fmt: skip
OLD: dict[str, Any] = {"vocab_size": 262, "n_layer": 2, "n_head": 4, "eos_token_id": 256, "bos_token_id": 256}
KINDS: dict[str, tuple[Any, str]] = {
    "learned positions": (transformers.GPT2Config(**OLD, n_embd=32, n_positions=256), "cached"),
    "alibi": (transformers.BloomConfig(**OLD, hidden_size=32), "cached"),
    "rotary": (transformers.LlamaConfig(**SMALL), "cached"),
    "rotary with biases": (transformers.Qwen2Config(**SMALL), "cached"),
    "experts": (transformers.MixtralConfig(**SMALL, num_local_experts=4), "cached"),
    "sliding window": (transformers.MistralConfig(**SMALL, sliding_window=12), "cached"),
    "full and sliding layers": (transformers.Gemma2Config(**SMALL, sliding_window=12, head_dim=8), "cached"),
    "state space": (
        transformers.MambaConfig(
            vocab_size=262, hidden_size=32, num_hidden_layers=2, state_size=4, eos_token_id=256, pad_token_id=261
        ), "whole sequences"),
}  # fmt: skip


def made_of(config: Any, seed: int = 0) -> Any:
    """A model with random weights, whose predictions differ from token to token."""
    torch.manual_seed(seed)
    model = transformers.AutoModelForCausalLM.from_config(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() > 1 and "A_log" not in name:
                parameter.mul_(4)
    return model


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_model_answers_as_generate_does(kind: str) -> None:
    config, how = KINDS[kind]
    model = made_of(config)
    prompts = pairs([text[:40] for text in PROMPTS])
    settings = GenerationSettings(max_new_tokens=25)
    with generating(live(model)) as together, generating(live(model), token_budget=1) as one_by_one:
        assert together._how == one_by_one._how == how
        expected = alone(model, together, prompts, 25)
        assert [list(one.token_ids) for one in answers(together, prompts, settings)] == expected
        assert [list(one.token_ids) for one in answers(one_by_one, prompts, settings)] == expected


def test_a_tuned_prompt_is_seen_by_every_token() -> None:
    torch.manual_seed(3)
    wrapped = get_peft_model(tiny.model(context=256), PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=4))
    with torch.no_grad():
        next(p for n, p in wrapped.named_parameters() if "prompt" in n).normal_(std=6)
    prompts = pairs(["ab", "a longer prompt"])
    with generating(live(wrapped.eval())) as generator:
        assert generator._how == "whole sequences"
        made = answers(generator, prompts, GenerationSettings(max_new_tokens=8))
        for prompt, one in zip(generator.encode(prompts), made, strict=True):
            ids = list(prompt.token_ids)
            for token in one.token_ids:
                with torch.inference_mode():
                    assert int(wrapped(input_ids=torch.tensor([ids])).logits[0, -1].argmax()) == token
                ids.append(token)


def test_whole_sequences_give_the_answers_of_the_cache() -> None:
    settings = GenerationSettings(max_new_tokens=12, temperature=0.9, top_p=0.8, n_samples=2)
    with generating(live(tiny.model(context=256))) as generator:
        prompts = generator.encode(pairs())
        cached = generator.generate(prompts, settings)
        generator._start = lambda ids: WholeSteps(generator_model, ids, torch.device("cpu"))
        generator_model = tiny.model(context=256)
        assert generator.generate(prompts, settings) == cached


def test_prompts_that_fill_several_chunks_answer_as_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = GenerationSettings(max_new_tokens=12)
    with generating(live(tiny.model(context=256))) as generator:
        whole = answers(generator, pairs(), settings)
        monkeypatch.setattr("tunecheck.models.huggingface.steps.CPU_CHUNK_TOKENS", 400)
        monkeypatch.setattr("tunecheck.models.huggingface.steps.ROOM_TOKENS", 3)
        assert answers(generator, pairs(), settings) == whole


def test_rows_of_unequal_room_stay_within_the_context() -> None:
    """A model with learned positions has no place beyond its context."""
    prompts = pairs(["a" * n for n in (60, 50, 20, 1)])
    torch.manual_seed(0)
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(**OLD, n_embd=32, n_positions=64)).eval()
    with generating(live(model)) as generator:
        made = answers(generator, prompts, GenerationSettings(max_new_tokens=40))
    assert [(len(one.token_ids), one.ended) for one in made] == [
        (4, "context"), (14, "context"), (40, "length"), (40, "length")
    ]  # fmt: skip


def test_every_end_token_that_anything_names_ends_an_answer() -> None:
    model, tokenizer = tiny.model(), tiny.tokenizer()
    model.config.eos_token_id = 10
    model.generation_config.eos_token_id = [11, 12]
    tokenizer.eos_token = "<|tool|>"
    with generating(live(model, tokenizer, "auto")) as generator:
        end_of_turn, eos = tokenizer.convert_tokens_to_ids(["<|end|>", "<|tool|>"])
        assert generator._ends.ids == {10, 11, 12, end_of_turn, eos}


def test_an_answer_stops_at_each_of_its_end_tokens_which_is_not_in_its_text() -> None:
    with generating(live(tiny.model(context=256))) as generator:
        whole = answers(generator, pairs(), GenerationSettings(max_new_tokens=20))[0]
    model = tiny.model(context=256)
    model.generation_config.eos_token_id = [whole.token_ids[9], 250]
    with generating(live(model)) as generator:
        cut = answers(generator, pairs(), GenerationSettings(max_new_tokens=20))[0]
    n_tokens = list(whole.token_ids).index(whole.token_ids[9]) + 1
    assert (cut.ended, list(cut.token_ids)) == ("end", list(whole.token_ids)[:n_tokens])
    assert cut.text == tiny.tokenizer().decode(list(whole.token_ids)[: n_tokens - 1])


def test_an_end_mark_that_is_ordinary_text_ends_an_answer() -> None:
    template = "{% for m in messages %}{{ m.role }}: {{ m.content }} END\n{% endfor %}"
    template += "{% if add_generation_prompt %}assistant:{% endif %}"
    with generating(live(tiny.model(), tiny.tokenizer(template), "auto")) as generator:
        assert (generator._ends.mark, generator._ends.lead) == ("END", " ")
        said = list(b"hello END")
        vocabulary = tiny.tokenizer().get_vocab()
        ids = [vocabulary[chr(byte) if byte != 32 else "Ġ"] for byte in said]
        prompt = generator.encode([chat("Q")])[0]
        assert generator._answers.stop_in(prompt, ids, ()) == "END"
        assert generator._answers.stop_in(prompt, ids[:-1], ()) == ""
        assert generator._answers.text(prompt, [vocabulary["Ġ"], *ids], "end", ()) == "hello"


def test_a_conversation_is_prompted_through_its_template_with_the_mark_that_an_answer_follows() -> None:
    tokenizer = tiny.tokenizer("{{ tools | length if tools else 0 }}" + tiny.CHAT_TEMPLATE)
    items = [chat("Q"), chat("Q", "A", "R", tools_json='[{"type": "function", "function": {"name": "f"}}]')]
    with generating(live(tiny.model(), tokenizer, "auto")) as generator:
        prompts = generator.encode(items)
    assert [tokenizer.decode(list(prompt.token_ids)) for prompt in prompts] == [
        "0<|user|>Q<|end|><|assistant|>",
        "1<|user|>Q<|end|><|assistant|>A<|end|><|user|>R<|end|><|assistant|>",
    ]
    assert all(prompt.is_templated for prompt in prompts)


def test_the_prompt_is_the_beginning_of_what_is_scored(tmp_path: Path) -> None:
    pair = ModelPair(str(tiny.save_model(tmp_path / "base")))
    with pair.open("tuned") as side, generating(pair) as generator:
        for item in (chat("Q", "A", "R"), *pairs(["ab"])):
            whole, prompt = side.scorer.encode([item])[0], generator.encode([item])[0]
            assert list(whole.token_ids)[: len(prompt)] == list(prompt.token_ids)
            assert whole.in_response.index(1) == len(prompt)


def test_a_conversation_without_a_template_is_refused_with_what_to_type() -> None:
    with generating(live(tiny.model())) as generator, pytest.raises(ModelError) as caught:
        generator.encode([chat("Q")])
    assert caught.value.hint == "leave out --template none, or name a template file: --template FILE"


def test_the_space_before_the_first_word_of_an_answer_stays(stories260k: Path) -> None:
    """Tokenizers of this kind drop it when an answer is decoded alone."""
    with generating(ModelPair(str(stories260k))) as generator:
        tokenizer = generator._text.tokenizer
        whole = tokenizer("Tom saw a big dog")["input_ids"]
        prompt = generator.encode(pairs(["Tom saw a"]))[0]
        rest = whole[len(prompt) :]
        assert tokenizer.decode(rest) == "big dog"
        assert generator._answers.text(prompt, rest, "length", ()) == " big dog"


def test_an_end_token_that_a_tokenizer_puts_after_every_text_is_not_in_the_prompt() -> None:
    from tokenizers import processors

    tokenizer = tiny.tokenizer()
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="$A <|end|>", pair=None, special_tokens=[("<|end|>", 256)]
    )
    assert tokenizer("ab")["input_ids"][-1] == 256
    with generating(live(tiny.model(), tokenizer)) as generator:
        assert 256 not in generator.encode(pairs(["ab"]))[0].token_ids


def test_batches_halve_when_memory_runs_out_and_the_answers_stay() -> None:
    settings = GenerationSettings(max_new_tokens=10, temperature=1.0, n_samples=2)
    with generating(live(tiny.model(context=256)), token_budget=100_000) as generator:
        prompts = generator.encode(pairs())
        expected = generator.generate(prompts, settings)
        once, tried = generator._answer, []

        def small_memory(rows: Any, settings: GenerationSettings) -> Any:
            tried.append(len(rows))
            answered = once(rows, settings)  # It runs out late, with half of the answers made.
            if len(rows) > 3:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return answered

        generator._answer = small_memory  # type: ignore[method-assign]
        assert generator.generate(prompts, settings) == expected
        assert max(tried) > 3

        def no_memory(rows: Any, settings: GenerationSettings) -> Any:
            raise torch.OutOfMemoryError("CUDA out of memory")

        generator._answer = no_memory  # type: ignore[method-assign]
        with pytest.raises(CannotRun, match="out of memory on cpu with a single prompt of"):
            generator.generate(prompts, settings)


def test_logits_that_are_not_finite_are_an_error_and_not_a_token() -> None:
    model = tiny.model()
    with generating(live(model)) as generator:
        prompts = generator.encode(pairs(["ab"]))
        with torch.no_grad():
            model.lm_head.weight[3] = float("nan")
        with pytest.raises(ModelError, match="has logits that are not finite"):
            generator.generate(prompts, GenerationSettings(max_new_tokens=3))


def test_a_live_model_answers_without_dropout_and_keeps_its_training_mode() -> None:
    model = tiny.model(context=256)
    with generating(live(model)) as generator:
        expected = answers(generator, pairs(), GenerationSettings(max_new_tokens=10))
    for layer in model.model.layers:
        layer.self_attn.attention_dropout = 0.9
    model.train()
    with generating(live(model)) as generator:
        assert answers(generator, pairs(), GenerationSettings(max_new_tokens=10)) == expected
    assert model.training


def test_a_prompt_given_twice_is_computed_once_and_answered_twice() -> None:
    with generating(live(tiny.model(context=256))) as generator:
        prompt = generator.encode(pairs(["ab"]))[0]
        twin = EncodedPrompt(item_id="twin", token_ids=prompt.token_ids)
        first, second = generator.generate([prompt, twin], GenerationSettings(max_new_tokens=9))
    assert (first.text, first.token_ids) == (second.text, second.token_ids)
    assert (first.item_id, second.item_id) == (prompt.item_id, "twin")


def test_rows_of_the_embedding_that_no_token_has_are_no_text() -> None:
    with generating(live(tiny.model(vocabulary=300))) as generator:
        prompt = generator.encode(pairs(["ab"]))[0]
        assert generator._answers.text(prompt, [290, 299], "length", ()) == ""


def test_the_token_budget_follows_the_size_of_the_cache_of_a_model() -> None:
    assert _token_budget(tiny.model(), torch.device("cpu")) == 32768
    large = tiny.model()
    large.config.hidden_size, large.config.head_dim, large.config.num_hidden_layers = 8192, 128, 80
    large.config.num_key_value_heads = 64
    assert _token_budget(large, torch.device("cpu")) == 2 * 2**30 // (2 * 80 * 64 * 128 * 4)


def test_the_layers_of_transformers_own_caches_stay_as_they_were() -> None:
    assert DYNAMIC_LAYER_TYPE_MAPPING["full_attention"] is DynamicLayer
