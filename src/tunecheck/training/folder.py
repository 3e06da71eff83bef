"""The output folder of a trainer: which files in it may hold a log, and what the others tell about the run."""

from __future__ import annotations

import json
import os
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tunecheck.training.rows import number
from tunecheck.training.saved_arguments import read_arguments

CHECKPOINT = re.compile(r"checkpoint-(\d{1,15})")
MOST_ENTRIES, DEEPEST = 20_000, 4
_WEIGHTS = frozenset({".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".gguf", ".npz", ".onnx", ".arrow", ".parquet"})
_LOG_NAMES = frozenset({"trainer_state.json", "trainer_log.jsonl", "metrics.csv", "history.json", "output.log"})
_HEAD_CHARACTERS = 65_536
# A file that only one framework writes, or that its users always have.
_MARKS = {
    "trainer_log.jsonl": "LLaMA-Factory",
    "llamaboard_config.yaml": "LLaMA-Factory",
    "running_log.txt": "LLaMA-Factory",
    "torchtune_config.yaml": "torchtune",
    "lit_model.pth": "LitGPT",
    "lit_model.pth.lora": "LitGPT",
    "prompt_style.yaml": "LitGPT",
    "tokens_state.json": "Axolotl",
}
_TAGS = {"axolotl": "Axolotl", "llama-factory": "LLaMA-Factory", "unsloth": "Unsloth", "trl": "TRL"}
# The most specific first: LLaMA-Factory, Axolotl and Unsloth are built on TRL, and all on the Trainer.
_ORDER = ("Axolotl", "LLaMA-Factory", "Unsloth", "TRL", "torchtune", "LitGPT", "MLX-LM")
_TAG_LINE = re.compile(r"^- ([a-z_\-]{2,40})\s*$", re.MULTILINE)
_AXOLOTL = re.compile(r"axolotl version: `[^`]{1,40}`\s{0,10}```yaml\n(.{1,20000}?)\n```", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """What stands in an output folder besides its logs.

    framework  the most specific one that left its mark, or ""
    marks      what shows it, one sentence each
    arguments  plain values of training_args.bin, or of the Axolotl configuration in README.md
    final_eval_loss  the loss of one evaluation after training, of all_results.json or eval_results.json
    """

    files: tuple[Path, ...]
    framework: str
    marks: tuple[str, ...]
    arguments: Mapping[str, Any]
    checkpoints: tuple[int, ...]
    n_train: int | None
    n_eval: int | None
    final_eval_loss: float | None
    vocabulary_size: int | None


def look(folder: Path, *, deepest: int = DEEPEST) -> Folder:
    """Look through a folder, ``deepest`` levels deep at most; a checkpoint's parent is asked for what it lacks."""
    found_files = list(_files(folder, deepest))
    files = tuple(sorted(found_files, key=lambda path: (not is_log_name(path.name), len(path.parts), _natural(path))))
    places = [folder, folder.absolute().parent] if CHECKPOINT.fullmatch(folder.absolute().name) else [folder]
    checkpoints = sorted({int(match[1]) for path in files for match in map(CHECKPOINT.fullmatch, path.parts) if match})
    readme, named = _readme(places)
    arguments = next((found for place in _argument_places(places, checkpoints) if (found := read_arguments(place))), {})
    found = dict(_frameworks(files, places, named, arguments))
    results = {**_first_object(places, "train_results.json"), **_first_object(places, "eval_results.json")}
    results |= _first_object(places, "all_results.json")
    return Folder(
        files=files,
        framework=next((name for name in _ORDER if name in found), ""),
        marks=tuple(f"{name}: {why}" for name, why in found.items()),
        arguments={**_axolotl_settings(readme), **arguments},
        checkpoints=tuple(checkpoints),
        n_train=_whole(results.get("train_samples")),
        n_eval=_whole(results.get("eval_samples")),
        final_eval_loss=number(results.get("eval_loss")),
        vocabulary_size=_vocabulary(places),
    )


def checkpoints_beside(checkpoint: Path) -> tuple[int, ...]:
    """Steps of the checkpoints in the folder around one of them."""
    try:
        names = [entry.name for entry in os.scandir(checkpoint.absolute().parent)]
    except OSError:
        return ()
    return tuple(sorted(int(match[1]) for match in map(CHECKPOINT.fullmatch, names[:MOST_ENTRIES]) if match))


def _files(folder: Path, deepest: int) -> Iterator[Path]:
    """Regular files with content and without weights; folders that begin with a dot, and links, are not entered.

    Of the files of a very large folder MOST_ENTRIES are listed, and all that have the name of a log.
    """
    waiting, n_folders, n_files = deque([(folder, 0)]), 0, 0
    while waiting and n_folders < MOST_ENTRIES:
        place, depth = waiting.popleft()
        n_folders += 1
        try:
            entries = list(os.scandir(place))
        except OSError:
            continue
        for entry in entries:
            try:
                if entry.is_dir(follow_symlinks=False):
                    if depth < deepest and len(waiting) < MOST_ENTRIES and not entry.name.startswith("."):
                        waiting.append((Path(entry.path), depth + 1))
                elif is_log_name(entry.name) or n_files < MOST_ENTRIES:
                    n_files += 1
                    path = Path(entry.path)
                    if path.suffix not in _WEIGHTS and entry.is_file() and entry.stat().st_size:
                        yield path
            except OSError:
                continue


def is_log_name(name: str) -> bool:
    """Whether a trainer gives its log this name: such files are found among however many others."""
    return name in _LOG_NAMES or ".tfevents." in name


def _natural(path: Path) -> tuple[tuple[int, str], ...]:
    """version_10 after version_9."""
    return tuple(
        (int(part) if part.isdecimal() and len(part) < 16 else -1, part) for part in re.split(r"(\d+)", str(path))
    )


def _frameworks(
    files: tuple[Path, ...], places: list[Path], tags: set[str], arguments: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    for path in files:
        if path.name in _MARKS:
            yield _MARKS[path.name], f"{path.name} is there"
    for tag, name in _TAGS.items():
        if tag in tags:
            yield name, f"README.md is tagged {tag}"
    adapter = _first_object(places, "adapter_config.json")
    if str(adapter.get("base_model_name_or_path", "")).startswith("unsloth/"):
        yield "Unsloth", "adapter_config.json names a base of unsloth"
    if "fine_tune_type" in adapter and "lora_parameters" in adapter:
        yield "MLX-LM", "adapter_config.json is one of mlx-lm"
    if "completion_only_loss" in arguments or "dataset_text_field" in arguments or "beta" in arguments:
        yield "TRL", "training_args.bin has TRL's settings"


def _argument_places(places: list[Path], checkpoints: list[int]) -> Iterator[Path]:
    for place in places:
        yield place / "training_args.bin"
    for step in reversed(checkpoints):
        yield places[0] / f"checkpoint-{step}" / "training_args.bin"


def _readme(places: list[Path]) -> tuple[str, set[str]]:
    """The beginning of README.md, and its tags."""
    text = next((found for place in places if (found := _head(place / "README.md"))), "")
    return text, set(_TAG_LINE.findall(text))


def _axolotl_settings(readme: str) -> dict[str, Any]:
    """The configuration that Axolotl puts into the model card."""
    match = _AXOLOTL.search(readme)
    if match is None:
        return {}
    try:
        settings = yaml.safe_load(match[1])
    except (yaml.YAMLError, RecursionError, ValueError):
        return {}
    return {str(key): value for key, value in settings.items()} if isinstance(settings, dict) else {}


def _vocabulary(places: list[Path]) -> int | None:
    """From config.json beside, or in the folder of an adapter's base where that is on this machine."""
    base = _first_object(places, "adapter_config.json").get("base_model_name_or_path")
    if isinstance(base, str) and 0 < len(base) < 4096 and "\0" not in base:
        places = [*places, Path(base)]
    config = _first_object(places, "config.json")
    inner = config.get("text_config")
    return _whole(config.get("vocab_size")) or (_whole(inner.get("vocab_size")) if isinstance(inner, dict) else None)


def _first_object(places: list[Path], name: str) -> dict[str, Any]:
    for place in places:
        try:
            content = json.loads(_head(place / name, 4 * 1024 * 1024))
        except (ValueError, RecursionError):
            continue
        if isinstance(content, dict):
            return content
    return {}


def _head(path: Path, size: int = _HEAD_CHARACTERS) -> str:
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return file.read(size).decode("utf-8-sig", errors="replace")
    except OSError:
        return ""


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**15 else None
