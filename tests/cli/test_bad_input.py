"""Bad input, whatever it is: one message that says what, where and what to type; exit code 2; nothing written."""

from __future__ import annotations

import json
import os
import pickle
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.workshop import Called, Workshop, call, change_json, copied, rows, write_rows

torch = pytest.importorskip("torch")
from safetensors.torch import load_file, save_file  # noqa: E402

pytestmark = pytest.mark.hf

Spoil = Callable[[Workshop, Path], list[object]]
CASES: dict[str, tuple[Spoil, str, str]] = {}


def case(message: str, hint: str) -> Callable[[Spoil], Spoil]:
    """A way to spoil the input of ``tunecheck run``, and the regular expressions of message and hint."""

    def add(spoil: Spoil) -> Spoil:
        CASES[spoil.__name__] = (spoil, message, hint)
        return spoil

    return add


def assert_refused(called: Called) -> None:
    """One message with a hint, exit code 2, nothing on stdout."""
    assert called.code == 2, called.err
    assert called.out == ""
    assert "Traceback" not in called.err
    assert called.message
    assert called.hint


@case(r"./nowhere: no such folder", r"check the path; a model is a folder or a hub name")
def no_such_folder(shop: Workshop, tmp: Path) -> list[object]:
    return ["./nowhere", "--val", shop.val]


@case(r".*/empty holds no model: neither adapter_config.json nor config.json \(found: nothing\)", r"name the folder .*")
def an_empty_folder(shop: Workshop, tmp: Path) -> list[object]:
    (tmp / "empty").mkdir()
    return [tmp / "empty", "--val", shop.val]


@case(r"some/model is neither a folder nor in the local Hugging Face cache", r".*hf download some/model")
def a_hub_name_that_is_not_cached(shop: Workshop, tmp: Path) -> list[object]:
    return ["some/model", "--val", shop.val]


@case(r"~nobody-of-this-name/x: no such folder: .*", r"check the path")
def somebody_without_a_home(shop: Workshop, tmp: Path) -> list[object]:
    return ["~nobody-of-this-name/x", "--val", shop.val]


@case(
    r".*: its base model '/gone/base' \(base_model_name_or_path in adapter_config.json\) is not here", r".*--base MODEL"
)
def an_adapter_whose_base_is_gone(shop: Workshop, tmp: Path) -> list[object]:
    return [adapter(shop, tmp, base_model_name_or_path="/gone/base"), "--val", shop.val]


@case(r"some/base is neither a folder nor in the local Hugging Face cache", r".*hf download some/base")
def an_adapter_whose_base_is_on_the_hub(shop: Workshop, tmp: Path) -> list[object]:
    return [adapter(shop, tmp, base_model_name_or_path="some/base"), "--val", shop.val]


@case(r"x{80}: no such folder: File name too long", r"check the path")
def an_adapter_whose_base_has_a_name_without_end(shop: Workshop, tmp: Path) -> list[object]:
    return [adapter(shop, tmp, base_model_name_or_path="x" * 5000), "--val", shop.val]


@case(r".*/adapter_config.json names no base model .*", r"name it: --base MODEL")
def an_adapter_whose_base_is_a_number(shop: Workshop, tmp: Path) -> list[object]:
    return [adapter(shop, tmp, base_model_name_or_path=7), "--val", shop.val]


@case(r".*/zero is an adapter, and a base must be a full model", r".*--base MODEL")
def a_base_that_is_an_adapter(shop: Workshop, tmp: Path) -> list[object]:
    return [shop.lora, "--base", shop.zero, "--val", shop.val]


@case(r"the adapter in .*/lora cannot be put around its base: RuntimeError: .*size mismatch.*", r".*--base MODEL")
def an_adapter_for_another_size(shop: Workshop, tmp: Path) -> list[object]:
    from tests import tiny

    config = tiny.model().config
    config.hidden_size = 64
    type(tiny.model())(config).save_pretrained(tmp / "big")
    tiny.tokenizer().save_pretrained(tmp / "big")
    return [shop.lora, "--base", tmp / "big", "--val", shop.val]


@case(r"the adapter in .*/lora cannot be put around its base: .*Target modules .* not found.*", r".*--base MODEL")
def an_adapter_for_another_architecture(shop: Workshop, tmp: Path) -> list[object]:
    from transformers import GPT2Config, GPT2LMHeadModel

    from tests import tiny

    ids: dict[str, Any] = {"bos_token_id": 256, "eos_token_id": 256}
    GPT2LMHeadModel(GPT2Config(vocab_size=262, n_embd=32, n_layer=1, n_head=2, n_positions=64, **ids)).save_pretrained(
        tmp / "gpt"
    )
    tiny.tokenizer().save_pretrained(tmp / "gpt")
    return [shop.lora, "--base", tmp / "gpt", "--val", shop.val]


@case(r".*/adapter_config.json cannot be read: modules_to_save is 5, not a list of names", r"save the adapter again")
def an_adapter_that_saved_five(shop: Workshop, tmp: Path) -> list[object]:
    return [adapter(shop, tmp, modules_to_save=5), "--val", shop.val]


@case(r"the adapter in .* cannot be put around its base: TypeError: .*", r"check its adapter_config.json.*")
def an_adapter_with_a_rank_of_text(shop: Workshop, tmp: Path) -> list[object]:
    return [adapter(shop, tmp, r="four"), "--val", shop.val]


@case(
    r".*: r is 1,000,000,000, and no matrix in adapter_model.safetensors has such a side", r"save the adapter again.*"
)
def an_adapter_with_a_rank_beyond_memory(shop: Workshop, tmp: Path) -> list[object]:
    return [adapter(shop, tmp, r=10**9), "--val", shop.val]


@case(r"the adapter in .* cannot be put around its base: KeyError: 'MADEUP'", r"check its adapter_config.json.*")
def an_adapter_of_no_known_method(shop: Workshop, tmp: Path) -> list[object]:
    return [adapter(shop, tmp, peft_type="MADEUP"), "--val", shop.val]


@case(r".*/adapter_config.json cannot be read: maximum recursion depth.*", r"save the adapter again")
def an_adapter_config_nested_too_deep(shop: Workshop, tmp: Path) -> list[object]:
    folder = adapter(shop, tmp)
    (folder / "adapter_config.json").write_text("[" * 100_000)
    return [folder, "--val", shop.val]


@case(
    r".*/adapter has a config but no weights \(adapter_model.safetensors or adapter_model.bin\)", r"copy the weights.*"
)
def an_adapter_with_other_bin_files_only(shop: Workshop, tmp: Path) -> list[object]:
    folder = adapter(shop, tmp)
    (folder / "adapter_model.safetensors").rename(folder / "model.safetensors")
    (folder / "training_args.bin").write_bytes(b"anything")
    return [folder, "--val", shop.val]


@case(r".*/adapter_model.safetensors is truncated: [\d,]+ bytes of [\d,]+", r"copy the file again.*")
def a_truncated_adapter(shop: Workshop, tmp: Path) -> list[object]:
    folder = adapter(shop, tmp)
    os.truncate(folder / "adapter_model.safetensors", 4000)
    return [folder, "--val", shop.val]


@case(r".*/adapter_model.safetensors has a damaged header: .*", r"copy the file again")
def an_adapter_whose_header_holds_other_types(shop: Workshop, tmp: Path) -> list[object]:
    header = json.dumps({"a": {"dtype": "F32", "shape": "1", "data_offsets": [0, "four"]}}).encode()
    folder = adapter(shop, tmp)
    (folder / "adapter_model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"1234")
    return [folder, "--val", shop.val]


@case(r".*: weights are NaN or infinite in .*lora_A.*", r".*take an earlier checkpoint")
def an_adapter_with_nan_weights(shop: Workshop, tmp: Path) -> list[object]:
    folder = adapter(shop, tmp)
    spoil_weight(folder / "adapter_model.safetensors", "lora_A")
    return [folder, "--val", shop.val]


@case(r".*/model.safetensors is truncated: [\d,]+ bytes of [\d,]+", r"copy the file again.*")
def a_truncated_model(shop: Workshop, tmp: Path) -> list[object]:
    folder = copied(shop.base, tmp / "model")
    os.truncate(folder / "model.safetensors", 100_000)
    return [folder, "--val", shop.val]


@case(r".*/model.safetensors is truncated: [\d,]+ bytes of [\d,]+", r"copy the file again.*")
def a_truncated_base(shop: Workshop, tmp: Path) -> list[object]:
    folder = copied(shop.base, tmp / "model")
    os.truncate(folder / "model.safetensors", 100_000)
    return [shop.lora, "--base", folder, "--val", shop.val]


@case(r".*: weights are NaN or infinite in model.layers.0.mlp.down_proj.weight", r".*take an earlier checkpoint")
def a_model_with_nan_weights(shop: Workshop, tmp: Path) -> list[object]:
    folder = copied(shop.base, tmp / "model")
    spoil_weight(folder / "model.safetensors", "mlp.down_proj")
    return [folder, "--val", shop.val]


@case(r".*/model: weights are NaN or infinite in model.layers.0.mlp.down_proj.weight", r".*take an earlier checkpoint")
def a_base_of_a_full_model_with_nan_weights(shop: Workshop, tmp: Path) -> list[object]:
    folder = copied(shop.base, tmp / "model")
    spoil_weight(folder / "model.safetensors", "mlp.down_proj")
    return [shop.better, "--base", folder, "--val", shop.val]


@case(r".*: 1 weights are not in its files \(model.layers.0.mlp.down_proj.weight\), .*", r"save the model again.*")
def a_model_that_lacks_a_weight(shop: Workshop, tmp: Path) -> list[object]:
    folder = copied(shop.base, tmp / "model")
    tensors = load_file(folder / "model.safetensors")
    del tensors["model.layers.0.mlp.down_proj.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return [folder, "--val", shop.val]


@case(r"the model in .* cannot be loaded: .*vocab_size.*expected int, got str.*", r"check that the folder holds one .*")
def a_config_with_a_word_for_a_number(shop: Workshop, tmp: Path) -> list[object]:
    return [model(shop, tmp, vocab_size="abc"), "--val", shop.val]


@case(r"the model in .* cannot be loaded: ZeroDivisionError.*", r"check that the folder holds one .*")
def a_config_with_no_attention_heads(shop: Workshop, tmp: Path) -> list[object]:
    return [model(shop, tmp, num_attention_heads=0), "--val", shop.val]


@case(r"the model in .*: its weights have other shapes than its config says", r"check that config.json belongs .*")
def a_config_with_a_vocabulary_beyond_memory(shop: Workshop, tmp: Path) -> list[object]:
    return [model(shop, tmp, vocab_size=10**12), "--val", shop.val]


@case(r"the config of .* asks for 1,000,000,000 layers and a vocabulary of 262", r"check that its config.json .*")
def a_config_with_layers_without_end(shop: Workshop, tmp: Path) -> list[object]:
    return [model(shop, tmp, num_hidden_layers=10**9), "--val", shop.val]


@case(r"the model in .*/bert is an encoder \(bert\): it reads the words that .*", r"name a causal language model")
def a_model_that_sees_what_comes_next(shop: Workshop, tmp: Path) -> list[object]:
    from transformers import BertConfig

    folder = copied(shop.base, tmp / "bert")
    BertConfig(vocab_size=262, hidden_size=32, num_hidden_layers=1, num_attention_heads=2).save_pretrained(folder)
    return [folder, "--val", shop.val]


@case(r"the model in .* cannot be loaded: .*custom code.*", r"it brings its own code, which tunecheck never runs; .*")
def a_config_that_brings_its_own_code(shop: Workshop, tmp: Path) -> list[object]:
    folder = model(shop, tmp, model_type="evil", auto_map={"AutoConfig": "evil.C", "AutoModelForCausalLM": "evil.M"})
    (folder / "evil.py").write_text(f"open({str(tmp / 'RAN')!r}, 'w')")
    return [folder, "--val", shop.val]


@case(r"the tokenizer in .* cannot be loaded: .*custom code.*", r"save the tokenizer again: .*")
def a_tokenizer_that_brings_its_own_code(shop: Workshop, tmp: Path) -> list[object]:
    folder = copied(shop.base, tmp / "model")
    change_json(folder / "tokenizer_config.json", tokenizer_class="Evil", auto_map={"AutoTokenizer": ["evil.T"] * 2})
    (folder / "evil.py").write_text(f"open({str(tmp / 'RAN')!r}, 'w')")
    return [folder, "--val", shop.val]


@case(r"the model in .*: its .bin file is damaged or holds more than tensors, .*", r"check that the folder .*")
def a_pickle_of_weights_that_runs_a_command(shop: Workshop, tmp: Path) -> list[object]:
    folder = copied(shop.base, tmp / "model")
    (folder / "model.safetensors").unlink()
    torch.save({"a": Evil(tmp / "RAN")}, folder / "pytorch_model.bin")
    return [folder, "--val", shop.val]


@case(r"the adapter in .*: its .bin file is damaged or holds more than tensors, .*", r"check its adapter_config.json.*")
def a_pickle_of_an_adapter_that_runs_a_command(shop: Workshop, tmp: Path) -> list[object]:
    folder = adapter(shop, tmp)
    (folder / "adapter_model.safetensors").unlink()
    (folder / "adapter_model.bin").write_bytes(pickle.dumps(Evil(tmp / "RAN")))
    return [folder, "--val", shop.val]


@case(r"the tokenizer in .* cannot be loaded: .*", r"save the tokenizer again: .*")
def a_tokenizer_of_other_types(shop: Workshop, tmp: Path) -> list[object]:
    folder = copied(shop.base, tmp / "model")
    change_json(folder / "tokenizer_config.json", model_max_length="long")
    return [folder, "--val", shop.val]


@case(r"there is no file .*/vel.jsonl", r"did you mean val.jsonl.*\?")
def no_such_data_file(shop: Workshop, tmp: Path) -> list[object]:
    return [shop.lora, "--val", shop.val.with_name("vel.jsonl")]


@case(r"val.jsonl is empty", r"check what wrote it: .*")
def an_empty_data_file(shop: Workshop, tmp: Path) -> list[object]:
    return [shop.lora, "--val", write_rows(tmp / "val.jsonl", [])]


@case(r"val.jsonl: none of its 5 rows has a response; val.jsonl line 1: completion is empty", r"give a file with a .*")
def a_file_without_responses(shop: Workshop, tmp: Path) -> list[object]:
    return [shop.lora, "--val", write_rows(tmp / "val.jsonl", [{"prompt": "a", "completion": " "}] * 5)]


@case(r".*/val.jsonl holds one item: how sure a number is shows only from two on", r"give at least 30 items; .*")
def a_single_item(shop: Workshop, tmp: Path) -> list[object]:
    return [shop.lora, "--val", write_rows(tmp / "val.jsonl", rows(1))]


@case(r"every item of .* stands in .*: the validation set is the training set", r"hold out items before training.*")
def the_training_set_for_validation(shop: Workshop, tmp: Path) -> list[object]:
    return [shop.lora, "--val", shop.val, "--train", shop.val]


@case(r"every item of .* stands in .*: the validation set is the training set", r"hold out items before training.*")
def the_training_set_shuffled_for_validation(shop: Workshop, tmp: Path) -> list[object]:
    shuffled = rows(60)
    random.Random(3).shuffle(shuffled)
    return [shop.lora, "--val", shop.val, "--train", write_rows(tmp / "shuffled.jsonl", shuffled)]


@case(r"t.jsonl line 2: token id 99999 is beyond the model's vocabulary of 262", r"the rows were tokenised for .*")
def a_token_beyond_the_vocabulary(shop: Workshop, tmp: Path) -> list[object]:
    of = [{"input_ids": [1, 2, 3]}, {"input_ids": [1, 99_999, 3]}]
    return [shop.lora, "--val", write_rows(tmp / "t.jsonl", of)]


@case(r"val.jsonl: 3 of 4 rows cannot be read:\n  val.jsonl line 2: .*\n  .*\n  .*too deep", r".*--skip-bad-rows")
def rows_that_no_json_reader_should_meet(shop: Workshop, tmp: Path) -> list[object]:
    values = ['"b"', "NaN", "9" * 5000, "[" * 5000 + "]" * 5000]
    (tmp / "val.jsonl").write_text("".join(f'{{"prompt": "a", "completion": {value}}}\n' for value in values))
    return [shop.lora, "--val", tmp / "val.jsonl"]


@case(r"the chat template \(.*\) fails on c.jsonl line 1: TemplateSyntaxError: .*", r"correct the template .*")
def a_template_with_a_syntax_error(shop: Workshop, tmp: Path) -> list[object]:
    return templated(shop, tmp, "{% for message in %}")


@case(r"the chat template \(.*\) fails on c.jsonl line 1: TemplateError: no system here", r"correct the template .*")
def a_template_that_refuses(shop: Workshop, tmp: Path) -> list[object]:
    return templated(shop, tmp, "{{ raise_exception('no system here') }}")


@case(r"the chat template \(.*\) fails on c.jsonl line 4: TemplateError: not this one", r"correct the template .*")
def a_template_that_fails_on_one_row(shop: Workshop, tmp: Path) -> list[object]:
    refuse = "{% if messages[0].content == 'q3' %}{{ raise_exception('not this one') }}{% endif %}"
    return templated(shop, tmp, refuse + "{% for m in messages %}{{ m.content }}{% endfor %}")


@case(r"the chat template \(.*\) fails on c.jsonl line 1: SecurityError: .*", r"correct the template .*")
def a_template_that_breaks_out(shop: Workshop, tmp: Path) -> list[object]:
    return templated(shop, tmp, "{{ messages.__class__.__mro__ }}")


@case(r"c.jsonl line 1: the chat template leaves the reference response out of its text", r"check the template, .*")
def a_template_that_says_always_the_same(shop: Workshop, tmp: Path) -> list[object]:
    return templated(shop, tmp, "hello")


@case(
    r"dtype: .*, not 'float1'; context: .* 2, not 1; max_length: .* 0, not 0; shape: .*, not 'odd'", r"known fields: .*"
)
def several_flags_that_cannot_be(shop: Workshop, tmp: Path) -> list[object]:
    return [shop.lora, "--val", shop.val, "--context", 1, "--max-length", 0, "--dtype", "float1", "--shape", "odd"]


@case(r"device 'banana' cannot be used here: .*", r"try --device cpu")
def a_device_that_is_none(shop: Workshop, tmp: Path) -> list[object]:
    return [shop.lora, "--val", shop.val, "--device", "banana"]


@case(r".*/lora is not the folder of a run: it holds no run.db", r"check --reuse")
def reuse_of_a_folder_that_is_no_run(shop: Workshop, tmp: Path) -> list[object]:
    return [shop.lora, "--val", shop.val, "--reuse", shop.lora]


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_refused_in_one_message_and_leaves_nothing(
    name: str, shop: Workshop, tmp_path: Path, network: list[object]
) -> None:
    spoil, message, hint = CASES[name]
    called = call("run", *spoil(shop, tmp_path), "--out", tmp_path / "out")
    assert_refused(called)
    assert re.fullmatch(message, called.message, re.DOTALL), called.message
    assert re.fullmatch(hint, called.hint), called.hint
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "RAN").exists()
    assert network == []


class Evil:
    """Runs a command when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self._mark}",)


def test_the_pickle_of_these_tests_does_run_its_command(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Evil(tmp_path / "RAN")))
    assert (tmp_path / "RAN").exists()


def test_training_arguments_that_run_a_command_are_not_loaded(shop: Workshop, tmp_path: Path) -> None:
    folder = adapter(shop, tmp_path)
    torch.save(Evil(tmp_path / "RAN"), folder / "training_args.bin")
    called = call("run", folder, "--val", shop.val, "--out", tmp_path / "out")
    assert called.code == 3, called.err
    assert not (tmp_path / "RAN").exists()


def test_weights_in_a_plain_bin_file_are_read(shop: Workshop, tmp_path: Path) -> None:
    folder = copied(shop.base, tmp_path / "model")
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    pair = [call("perplexity", model, "--data", shop.val, "--json").document for model in (folder, shop.base)]
    assert pair[0]["measures"]["tuned"] == pair[1]["measures"]["tuned"]


def test_a_model_type_that_transformers_knows_is_loaded_without_the_code_beside_it(
    shop: Workshop, tmp_path: Path
) -> None:
    folder = model(shop, tmp_path, auto_map={"AutoModelForCausalLM": "evil.M"})
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'RAN')!r}, 'w')")
    assert call("perplexity", folder, "--data", shop.val).code == 0
    assert not (tmp_path / "RAN").exists()


def test_content_without_sense_or_measure_is_scored(shop: Workshop, tmp_path: Path) -> None:
    lone = "\ud800"
    of: list[dict[str, object]] = [
        {"prompt": "\0" * 50, "completion": "\0", f"g{lone}": "a"},
        {"prompt": "", "completion": "🎉" * 3, f"g{lone}": f"{lone}b"},
        {"prompt": "p" * 3000, "completion": "b", f"g{lone}": f"{lone}b"},
        {"prompt": "\ufeff\u202e", "completion": "\r\n\t" + "é" * 300, f"g{lone}": "c"},
        {"prompt": "<|end|><|assistant|>", "completion": "<|end|>", f"g{lone}": "d"},
        {"prompt": f"{lone}x", "completion": "</script><img src=x onerror=alert(1)>" + lone, f"g{lone}": "e"},
    ]
    val = write_rows(tmp_path / "val.jsonl", of)
    called = call("run", shop.lora, "--val", val, "--group-column", f"g{lone}", "--out", tmp_path / "out", "--json")
    assert called.code == 3, called.err
    assert "grouped by g\\ud800 (5 groups)" in called.out
    assert called.document == json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert call("report", tmp_path / "out", "--format", "markdown").code == 0


def test_a_tool_call_with_half_a_character_is_rendered(shop: Workshop, tmp_path: Path) -> None:
    calls = [{"type": "function", "function": {"name": "f\ud800", "arguments": {"a": "\ud800b"}}}]
    of = [
        {"messages": [{"role": "user", "content": f"q{n}"}, {"role": "assistant", "content": "a", "tool_calls": calls}]}
        for n in range(3)
    ]
    (tmp_path / "t.jinja").write_text("{% for m in messages %}{{ m.content }}{{ m.tool_calls }}{% endfor %}")
    val = write_rows(tmp_path / "val.jsonl", of)
    assert call("perplexity", shop.lora, "--data", val, "--template", tmp_path / "t.jinja").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Usage: tunecheck"),
        (["nonsense"], "No such command 'nonsense'"),
        (["--nonsense"], "No such option '--nonsense'"),
        (["run", "x", "--nonsense"], "No such option '--nonsense'"),
        (["run", "x", "--seed", "many"], "'many' is not a valid integer"),
        (["perplexity", "x"], "Missing option '--data'"),
        (["overfitting", "x", "--val", "v"], "Missing option '--train'"),
        (["report", "x", "--format", "pdf"], "'pdf' is not one of 'html', 'markdown', 'json'"),
        (["verdict"], "Missing argument 'RUN'"),
        (["run"], "tuned: is missing; val: is missing"),
        (["verdict", "nowhere"], "nowhere is not the folder of a run: it holds no run.db"),
        (["report", "nowhere"], "nowhere is not the folder of a run: it holds no run.db"),
    ],
)
def test_wrong_usage_is_refused(arguments: list[str], said: str) -> None:
    called = call(*arguments)
    assert (called.code, called.out) == (2, "")
    assert said in called.err
    assert "Traceback" not in called.err


def adapter(shop: Workshop, tmp: Path, **fields: object) -> Path:
    folder = copied(shop.lora, tmp / "adapter")
    change_json(folder / "adapter_config.json", **fields)
    return folder


def model(shop: Workshop, tmp: Path, **fields: object) -> Path:
    folder = copied(shop.base, tmp / "model")
    change_json(folder / "config.json", **fields)
    return folder


def spoil_weight(path: Path, name: str) -> None:
    tensors = load_file(path)
    found = next(key for key in sorted(tensors) if name in key)
    tensors[found][0, 0] = float("nan")
    save_file(tensors, path, metadata={"format": "pt"})


def templated(shop: Workshop, tmp: Path, template: str) -> list[object]:
    (tmp / "t.jinja").write_text(template)
    chats = [
        {"messages": [{"role": "user", "content": f"q{n}"}, {"role": "assistant", "content": f"a{n}"}]}
        for n in range(5)
    ]
    return [shop.lora, "--val", write_rows(tmp / "c.jsonl", chats), "--template", tmp / "t.jinja"]
