"""Where models are found, and which damaged folders are refused by name."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from tunecheck.errors import ModelError
from tunecheck.models.locate import locate, locate_base, read_header


def safetensors(path: Path, n_bytes: int = 8) -> Path:
    """A whole safetensors file of one tensor."""
    header = json.dumps({"w": {"dtype": "F32", "shape": [n_bytes // 4], "data_offsets": [0, n_bytes]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(n_bytes))
    return path


def full(folder: Path) -> Path:
    """A folder that looks like a full model."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    safetensors(folder / "model.safetensors")
    return folder


def adapter(folder: Path, **fields: Any) -> Path:
    """A folder that looks like an adapter."""
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", **fields}))
    safetensors(folder / "adapter_model.safetensors")
    return folder


def refused(name: object) -> ModelError:
    with pytest.raises(ModelError) as caught:
        locate(str(name))
    assert caught.value.hint
    return caught.value


def test_a_full_model_and_an_adapter_are_told_apart(tmp_path: Path) -> None:
    assert locate(full(tmp_path / "full")).kind == "full"
    found = locate(adapter(tmp_path / "adapter", base_model_name_or_path="org/base", bias="all"))
    assert found.kind == "adapter"
    assert found.adapter is not None
    assert (found.adapter.base, found.adapter.bias, found.adapter.init) == ("org/base", "all", "true")


def test_a_folder_with_the_adapter_and_a_config_is_an_adapter(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "both")
    (folder / "config.json").write_text("{}")
    assert locate(folder).kind == "adapter"


def test_a_folder_of_checkpoints_gives_the_one_of_the_largest_step(tmp_path: Path) -> None:
    for step in (9, 100, 20):
        adapter(tmp_path / f"checkpoint-{step}")
    (tmp_path / "checkpoint-best").mkdir()
    found = locate(tmp_path)
    assert found.path == str(tmp_path / "checkpoint-100")
    assert "checkpoint-100" in found.note


@pytest.mark.parametrize("name", ["gpt2", "org/model", "org/model-1.5_b"])
def test_what_is_no_folder_may_be_a_hub_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = locate(name)
    assert (found.kind, found.path, found.folder) == ("full", name, None)


@pytest.mark.parametrize("name", ["/gone/model", "./gone", "../gone", "a/b/c", "gone/", "", "what model?"])
def test_what_can_be_no_hub_name_is_no_such_folder(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    refused(name)


def test_a_served_model_is_refused() -> None:
    assert "local" in refused("vllm:org/model").message


def test_the_base_given_wins_over_the_one_that_the_adapter_names(tmp_path: Path) -> None:
    tuned = locate(adapter(tmp_path / "adapter", base_model_name_or_path=str(full(tmp_path / "named"))))
    given = full(tmp_path / "given")
    for asked, expected in ((given, given), (None, tmp_path / "named")):
        found = locate_base(tuned, asked)
        assert found is not None
        assert found.path == str(expected)


def test_a_relative_base_is_looked_for_from_the_adapter_upwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full(tmp_path / "models" / "base")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    found = locate_base(locate(adapter(tmp_path / "out" / "adapter", base_model_name_or_path="models/base")), None)
    assert found is not None
    assert Path(found.path).samefile(tmp_path / "models" / "base")


def test_a_full_model_has_no_base_of_its_own(tmp_path: Path) -> None:
    assert locate_base(locate(full(tmp_path / "full")), None) is None


@pytest.mark.parametrize("base", [None, "", 5, "/gone/base", "C:\\models\\base"])
def test_a_base_that_cannot_be_found_asks_for_one(tmp_path: Path, base: object) -> None:
    with pytest.raises(ModelError) as caught:
        locate_base(locate(adapter(tmp_path / "adapter", base_model_name_or_path=base)), None)
    assert str(tmp_path / "adapter") in caught.value.message
    assert "--base" in caught.value.hint


def test_an_adapter_is_no_base(tmp_path: Path) -> None:
    tuned, other = adapter(tmp_path / "adapter"), adapter(tmp_path / "other")
    with pytest.raises(ModelError, match="is an adapter"):
        locate_base(locate(tuned), other)


@pytest.mark.parametrize("content", ["", "{", "[]", "7", "[" * 100_000, '{"peft_type": "LORA", "modules_to_save": 5}'])
def test_a_damaged_adapter_config_is_named(tmp_path: Path, content: str) -> None:
    folder = adapter(tmp_path / "adapter")
    (folder / "adapter_config.json").write_text(content)
    assert str(folder / "adapter_config.json") in refused(folder).message


def test_bytes_that_are_no_text_in_an_adapter_config_are_named(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "adapter")
    (folder / "adapter_config.json").write_bytes(b"\xff\xfe{")
    assert "adapter_config.json" in refused(folder).message


def test_an_adapter_of_mlx_is_called_so(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "adapter")
    (folder / "adapter_config.json").write_text('{"fine_tune_type": "lora", "lora_parameters": {"rank": 8}}')
    error = refused(folder)
    assert "MLX" in error.message
    assert "fuse" in error.hint


def test_a_model_without_weights_is_refused(tmp_path: Path) -> None:
    folder = full(tmp_path / "full")
    (folder / "model.safetensors").unlink()
    assert "no weights" in refused(folder).message


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    folder = full(tmp_path / "full")
    shards = {"weight_map": {"a": "model.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(shards))
    assert "model-00002-of-00002.safetensors" in refused(folder).message


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"weight_map": 5}', '{"weight_map": {"a": []}}'])
def test_a_damaged_index_of_shards_is_named(tmp_path: Path, content: str) -> None:
    folder = full(tmp_path / "full")
    (folder / "model.safetensors.index.json").write_text(content)
    assert "index.json" in refused(folder).message


@pytest.mark.parametrize("cut", [1, 8, 20, 70])
def test_a_truncated_weight_file_is_named(tmp_path: Path, cut: int) -> None:
    path = full(tmp_path / "full") / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-cut])
    assert str(path) in refused(path.parent).message


def test_a_weight_file_with_bytes_after_its_end_is_named(tmp_path: Path) -> None:
    path = full(tmp_path / "full") / "model.safetensors"
    path.write_bytes(path.read_bytes() + b"more")
    assert "4 bytes too many" in refused(path.parent).message


@pytest.mark.parametrize("header", [b"[]", b"{", b"\xff\xff", b'{"w": 5}', b'{"w": {"data_offsets": ["a", "b"]}}'])
def test_a_header_that_makes_no_sense_is_named(tmp_path: Path, header: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        read_header(path)


def test_the_header_of_a_whole_file_is_read(tmp_path: Path) -> None:
    assert read_header(safetensors(tmp_path / "w.safetensors")).keys() == {"w"}
