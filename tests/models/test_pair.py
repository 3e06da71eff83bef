"""ModelPair: what is found out about the two sides, and that nothing else is touched."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import load_file, save_file

from tests import tiny
from tunecheck.core import Item, Message
from tunecheck.errors import CannotRun, ModelError
from tunecheck.models.huggingface import LoadOptions, ModelPair
from tunecheck.models.huggingface.fingerprint import fingerprint

pytestmark = pytest.mark.hf


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return tiny.save_model(tmp_path / "base")


@pytest.fixture
def lora(base: Path, tmp_path: Path) -> Path:
    return tiny.save_adapter(base, tmp_path / "lora")


def item(text: str) -> Item:
    return Item(form="text", response=Message(role="text", content=text))


def test_an_adapter_shares_the_weights_of_its_base(base: Path, lora: Path) -> None:
    pair = ModelPair(str(lora))
    with pair.open("tuned"):
        facts = pair.facts
    assert (facts.shared, facts.apart_reason, facts.method) == (True, None, "LORA")
    assert (facts.tuned, facts.base, facts.tokenizer_from) == (str(lora), str(base), str(base))
    assert (facts.context, facts.dtype, facts.dtype_stored, facts.device) == (64, "float32", "float32", "cpu")
    assert (facts.tokenizer_differs, facts.template_differs, facts.same_tokens) == (False, False, True)
    assert (facts.end_tokens, facts.stop_tokens, facts.nothing_learned) == (("<|end|>",), ("<|end|>",), "")


def test_a_full_model_gets_its_base_apart(base: Path, tmp_path: Path) -> None:
    tuned = tiny.save_model(tmp_path / "tuned", seed=5)
    pair = ModelPair(str(tuned), str(base))
    with pair.open("tuned") as side:
        first = side.scorer.fingerprint
    with pair.open("base") as side:
        assert side.scorer.fingerprint != first
    assert (pair.facts.shared, pair.facts.apart_reason) == (False, "the tuned model is a full model")
    assert ModelPair(str(tuned)).facts.base is None


def test_a_tokenizer_and_a_template_of_its_own_are_used_for_both_sides_and_told(lora: Path, tmp_path: Path) -> None:
    own = tiny.tokenizer("{% for m in messages %}{{ m.content }}{% endfor %}")
    own.add_tokens(["quokka"])
    own.save_pretrained(lora)
    facts = ModelPair(str(lora)).facts
    assert facts.tokenizer_from == str(lora)
    assert (facts.tokenizer_differs, facts.template_differs) == (True, True)


def test_tokens_added_in_training_leave_the_base_its_own_tokenizer(base: Path, tmp_path: Path) -> None:
    """The vocabulary was resized: the base does not know the new token, and takes the word apart."""
    own = tiny.tokenizer()
    own.add_tokens(["quokka"])
    tuned = tmp_path / "tuned"
    tiny.model(vocabulary=len(own)).save_pretrained(tuned)
    own.save_pretrained(tuned)
    pair = ModelPair(str(tuned), str(base))
    assert not pair.facts.same_tokens
    one, many = (pair.encode(side, [item("a quokka")])[0] for side in ("tuned", "base"))
    assert (len(one), len(many)) == (3, 8)
    assert one.full_bytes == many.full_bytes == 7


def test_the_last_checkpoint_takes_the_tokenizer_that_lies_beside_it(base: Path, lora: Path, tmp_path: Path) -> None:
    output = tmp_path / "output"
    shutil.copytree(lora, output / "checkpoint-20")
    tiny.tokenizer("{{ messages[-1].content }}").save_pretrained(output)
    facts = ModelPair(str(output)).facts
    assert (facts.tuned, facts.tokenizer_from) == (str(output / "checkpoint-20"), str(output))
    assert facts.notes == ("the folder holds checkpoints only; the last one, checkpoint-20, was taken",)


def test_an_adapter_that_learned_nothing_is_seen_in_its_weights(base: Path, tmp_path: Path) -> None:
    pair = ModelPair(str(tiny.save_adapter(base, tmp_path / "zero", zero=True)))
    with pair.open("tuned"):
        assert pair.facts.nothing_learned.startswith("all lora_B matrices are zero")


def test_a_tokenizer_that_does_not_tell_its_characters_is_refused(base: Path) -> None:
    from transformers import ByT5Tokenizer

    for name in ("tokenizer.json", "tokenizer_config.json"):
        (base / name).unlink()
    ByT5Tokenizer().save_pretrained(base)
    pair = ModelPair(str(base))
    with pytest.raises(ModelError, match="ByT5Tokenizer does not tell which characters its tokens stand for"):
        pair.encode("tuned", [item("hello")])


def test_a_name_that_is_not_cached_is_refused_without_a_word_to_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    before = constants.HF_HUB_OFFLINE
    with pytest.raises(ModelError, match="neither a folder nor in the local Hugging Face cache"):
        ModelPair("some/model")
    assert constants.HF_HUB_OFFLINE is before


def test_a_model_in_the_local_cache_is_found_by_its_hub_name(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache" / "models--some--model"
    (cache / "refs").mkdir(parents=True)
    (cache / "refs" / "main").write_text("abc")
    shutil.copytree(base, cache / "snapshots" / "abc")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    pair = ModelPair("some/model")
    with pair.open("tuned") as side:
        assert side.scorer.score(side.scorer.encode([item("hello")]))[0].response.n_tokens == 4
    assert pair.facts.notes == ("hub name, read from the local Hugging Face cache",)


@pytest.mark.parametrize(
    "options", [LoadOptions(device="banana"), LoadOptions(dtype="float7")], ids=["device", "dtype"]
)
def test_options_that_cannot_be_are_refused(base: Path, options: LoadOptions) -> None:
    with pytest.raises(ModelError) as caught, ModelPair(str(base), options=options).open("tuned"):
        pass
    assert caught.value.hint.startswith("try --")


def test_a_fingerprint_is_that_of_content_and_not_of_where_it_lies() -> None:
    tensors = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.ones(2)}
    config = {"r": 4, "_name_or_path": "/here", "transformers_version": "5"}
    first = fingerprint(tensors.items(), config)
    assert first == fingerprint(reversed(tensors.items()), {**config, "_name_or_path": "/there"})
    changed = {**tensors, "b": torch.tensor([1.0, 1.0 + 2**-23])}
    others = [
        fingerprint(changed.items(), config),
        fingerprint(tensors.items(), {**config, "r": 5}),
        fingerprint(tensors.items(), config, over="a base"),
        fingerprint([("a", tensors["a"].reshape(3, 2)), ("b", tensors["b"])], config),
        fingerprint([("a", tensors["a"]), ("b", tensors["b"].to(torch.bfloat16))], config),
    ]
    assert len({first, *others}) == 6


def test_tied_weights_have_one_fingerprint_under_either_name() -> None:
    weight = torch.ones(3)
    alone = fingerprint([("embed", weight)], {})
    assert fingerprint([("embed", weight), ("head", weight)], {}) == alone


def tuned_fingerprint(folder: Path) -> str:
    with ModelPair(str(folder)).open("tuned") as side:
        return side.scorer.fingerprint


def change_weights(adapter: Path, **changed: torch.Tensor) -> None:
    path = adapter / "adapter_model.safetensors"
    save_file({**load_file(path), **changed}, path, metadata={"format": "pt"})


@pytest.mark.filterwarnings("ignore:Setting `save_embedding_layers` to `True`:UserWarning")
def test_a_trained_row_of_a_resized_vocabulary_is_part_of_the_fingerprint(base: Path, tmp_path: Path) -> None:
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaForCausalLM

    own = tiny.tokenizer()
    own.add_tokens(["quokka"])
    model = LlamaForCausalLM.from_pretrained(base)
    model.resize_token_embeddings(len(own), mean_resizing=False)
    wrapped = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", r=2, target_modules=["q_proj"]))
    wrapped.peft_config["default"].base_model_name_or_path = str(base)
    wrapped.save_pretrained(tmp_path / "lora")
    own.save_pretrained(tmp_path / "lora")
    before = tuned_fingerprint(tmp_path / "lora")
    assert tuned_fingerprint(tmp_path / "lora") == before
    for layer in ("base_model.model.model.embed_tokens.weight", "base_model.model.lm_head.weight"):
        weight = load_file(tmp_path / "lora" / "adapter_model.safetensors")[layer]
        weight[-1, 0] += 1
        change_weights(tmp_path / "lora", **{layer: weight})
        before, earlier = tuned_fingerprint(tmp_path / "lora"), before
        assert before != earlier


def test_a_whole_layer_in_the_file_of_an_adapter_is_part_of_its_fingerprint(lora: Path) -> None:
    """PEFT loads whatever has the name of a weight over the base, without a word."""
    found = [tuned_fingerprint(lora)]
    for value in (1.5, 1.25):
        change_weights(lora, **{"base_model.model.model.norm.weight": torch.full((32,), value)})
        found.append(tuned_fingerprint(lora))
    assert len(set(found)) == 3


def test_the_same_files_in_another_folder_have_the_same_fingerprint(lora: Path, tmp_path: Path) -> None:
    assert tuned_fingerprint(Path(shutil.copytree(lora, tmp_path / "moved"))) == tuned_fingerprint(lora)


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("can't allocate memory")])
def test_no_memory_for_the_weights_is_the_machines_trouble(
    lora: Path, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr("peft.PeftModel.from_pretrained", fail)
    with pytest.raises(CannotRun, match="no memory for the adapter"), ModelPair(str(lora)).open("tuned"):
        pass
    monkeypatch.setattr("transformers.AutoModelForCausalLM.from_pretrained", fail)
    with pytest.raises(CannotRun, match="no memory on cpu for the weights"), ModelPair(str(lora)).open("tuned"):
        pass
