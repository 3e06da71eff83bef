"""Where a model is: a folder, an adapter folder with its base, or a hub name that is in the local cache."""

from __future__ import annotations

import json
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tunecheck.errors import ModelError

# Weights as transformers and PEFT name them; training_args.bin and optimizer.bin are none.
_WEIGHTS = {
    "full": ("*.safetensors", "pytorch_model*.bin"),
    "adapter": ("adapter_model.safetensors", "adapter_model.bin"),
}

_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterConfig:
    """What adapter_config.json says that matters for scoring."""

    method: str
    rank: int | None
    base: str | None
    revision: str | None
    bias: str
    init: str
    layer_replication: bool
    modules_to_save: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSource:
    """One model as it lies on disk (or in the hub's local cache): a full model or an adapter, and what was decided."""

    path: str
    kind: Literal["full", "adapter"]
    adapter: AdapterConfig | None = None
    note: str = ""

    @property
    def folder(self) -> Path | None:
        """The folder, or None for a hub name."""
        path = Path(self.path)
        return path if path.is_dir() else None


def locate(name: str | Path) -> ModelSource:
    """Find a model by folder or hub name; a training output that holds only checkpoints gives its last one.

    Raises ModelError for a folder that is not there or holds no model, and for damaged weight files.
    """
    text = str(name)
    if text.startswith(("vllm:", "openai:")):
        raise ModelError(
            f"{text}: this version scores local transformers models only",
            hint="name a model folder, an adapter folder or a hub name that is in the local cache",
        )
    folder = _path(text)
    if not folder.exists():
        if _HUB_NAME.fullmatch(text) and not text.startswith("."):
            return ModelSource(path=text, kind="full", note="hub name, read from the local Hugging Face cache")
        raise ModelError(f"{text}: no such folder", hint="check the path; a model is a folder or a hub name")
    if folder.is_file():
        raise ModelError(f"{text} is a file, not a model folder", hint=f"name its folder: {folder.parent}")
    return _from_folder(folder)


def _path(text: str) -> Path:
    try:
        path = Path(text).expanduser()
        path.exists()
    except (OSError, RuntimeError) as error:  # A name that is too long, or ~somebody who has no home here.
        why = error.strerror if isinstance(error, OSError) else error
        raise ModelError(f"{text[:80]}: no such folder: {why}", hint="check the path") from error
    return path


def locate_base(tuned: ModelSource, given: str | Path | None) -> ModelSource | None:
    """The base model: the one given, or the one that the adapter names (None for a full model without --base)."""
    if given is not None:
        return _full(locate(given), given)
    if tuned.adapter is None:
        return None
    name = tuned.adapter.base
    if not name:
        raise ModelError(
            f"{tuned.path}/adapter_config.json names no base model (base_model_name_or_path is empty)",
            hint="name it: --base MODEL",
        )
    # A relative path was relative to wherever training ran: look from here, and from the adapter's folder upwards.
    above = [Path(tuned.path), *list(Path(tuned.path).resolve().parents)[:3]]
    for candidate in (_path(name), *(parent / name for parent in above)):
        if candidate.is_dir():
            return _full(_from_folder(candidate), candidate)
    if Path(name).is_absolute() or not _HUB_NAME.fullmatch(name):
        raise ModelError(
            f"{tuned.path}: its base model {name!r} (base_model_name_or_path in adapter_config.json) is not here",
            hint="name where it is now: --base MODEL",
        )
    return ModelSource(path=name, kind="full", note="hub name from adapter_config.json")


def _full(source: ModelSource, given: str | Path) -> ModelSource:
    if source.kind == "adapter":
        raise ModelError(
            f"{given} is an adapter, and a base must be a full model",
            hint="name the model that the adapter was trained on: --base MODEL",
        )
    return source


def _from_folder(folder: Path) -> ModelSource:
    if (folder / "adapter_config.json").is_file():
        source = ModelSource(path=str(folder), kind="adapter", adapter=_read_adapter(folder / "adapter_config.json"))
    elif (folder / "config.json").is_file():
        source = ModelSource(path=str(folder), kind="full")
    else:
        return _last_checkpoint(folder)
    _check_weights(folder, source.kind)
    if source.adapter is not None and source.adapter.method == "LORA":
        _check_rank(source.adapter.rank, folder)
    return source


def _check_rank(rank: int | None, folder: Path) -> None:
    """Refuse a LoRA rank that its weights cannot have: PEFT takes the memory for it before it looks at them."""
    weights = folder / "adapter_model.safetensors"
    if rank is None or not weights.is_file():
        return
    entries = [entry for entry in read_header(weights).values() if isinstance(entry, dict)]
    largest = max((side for entry in entries for side in entry.get("shape", ())), default=0)
    if rank > largest:
        raise ModelError(
            f"{folder}/adapter_config.json: r is {rank:,}, and no matrix in {weights.name} has such a side",
            hint="save the adapter again, config and weights together",
        )


def _last_checkpoint(folder: Path) -> ModelSource:
    steps = {
        int(match[1]): path
        for path in folder.glob("checkpoint-*")
        if (match := re.fullmatch(r"checkpoint-(\d+)", path.name)) and path.is_dir()
    }
    if not steps:
        found = ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"
        raise ModelError(
            f"{folder} holds no model: neither adapter_config.json nor config.json (found: {found})",
            hint="name the folder that the trainer saved the model or adapter to",
        )
    source = _from_folder(steps[max(steps)])
    note = f"the folder holds checkpoints only; the last one, {steps[max(steps)].name}, was taken"
    return ModelSource(path=source.path, kind=source.kind, adapter=source.adapter, note=note)


def _read_adapter(path: Path) -> AdapterConfig:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(config, dict):
            raise ValueError("it is not a JSON object")
        saved = config.get("modules_to_save") or ()
        if not isinstance(saved, (list, tuple)):
            raise ValueError(f"modules_to_save is {saved!r}, not a list of names")
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} cannot be read: {error}", hint="save the adapter again") from error
    if "peft_type" not in config:
        known = "an MLX adapter" if "fine_tune_type" in config or "lora_parameters" in config else "not PEFT's"
        raise ModelError(
            f"{path} has no peft_type: this is {known}",
            hint="fuse the adapter into a full model and name that folder together with --base",
        )
    return AdapterConfig(
        method=str(config["peft_type"]),
        rank=rank if isinstance(rank := config.get("r"), int) else None,
        base=_text(config.get("base_model_name_or_path")),
        revision=_text(config.get("revision")),
        bias=str(config.get("bias") or "none"),
        init=str(config.get("init_lora_weights", True)).lower(),
        layer_replication=bool(config.get("layer_replication")),
        modules_to_save=tuple(str(name) for name in saved),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _check_weights(folder: Path, kind: Literal["full", "adapter"]) -> None:
    """Say which weight file is missing or damaged before a library stumbles over it, or asks the network for it."""
    for path in sorted(folder.glob("*.safetensors")):
        read_header(path)
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        try:
            shards = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ModelError(f"{index} cannot be read: {error!r}", hint="copy the model folder again") from error
        if missing := sorted(str(name) for name in shards if not (folder / str(name)).is_file()):
            raise ModelError(f"{folder}: weight files are missing: {', '.join(missing)}", hint="copy them there")
    expected = _WEIGHTS[kind]
    if not any(any(folder.glob(name)) for name in expected):
        raise ModelError(
            f"{folder} has a config but no weights ({' or '.join(expected)})", hint="copy the weights there"
        )


def read_header(path: Path) -> dict[str, object]:
    """The header of a safetensors file; its format: https://huggingface.co/docs/safetensors.

    Raises ModelError when the header is damaged or the file is shorter or longer than the header says.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        n_header = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 2 <= n_header <= min(100_000_000, size):
            raise ModelError(f"{path} is not a whole safetensors file ({size:,} bytes)", hint="copy the file again")
        try:
            header = json.loads(file.read(n_header))
            entries = [entry for name, entry in header.items() if name != "__metadata__"]
            end = max((int(entry["data_offsets"][1]) for entry in entries), default=0)
            if not all(isinstance(side, int) for entry in entries for side in entry["shape"]):
                raise ValueError("a shape is not a list of numbers")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, IndexError) as error:
            raise ModelError(f"{path} has a damaged header: {error!r}", hint="copy the file again") from error
    expected = 8 + n_header + end
    if size != expected:
        raise ModelError(
            f"{path} is truncated: {size:,} bytes of {expected:,}" if size < expected
            else f"{path} has {size - expected:,} bytes too many",
            hint="copy the file again, or save the model again",
        )  # fmt: skip
    return dict(header)
