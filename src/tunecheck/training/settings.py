"""read_settings: how a model was tuned, as far as the files beside it say."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any, TypeVar

from tunecheck.core.settings import TrainingSettings
from tunecheck.training.saved_arguments import read_arguments

_T = TypeVar("_T")
_CHECKPOINT = re.compile(r"checkpoint-(\d+)")
_EVAL_SET_LOSS = re.compile(r"eval_.+_loss")


def read_settings(folder: Path) -> TrainingSettings:
    """Settings of the fine-tune from adapter_config.json, trainer_state.json and training_args.bin.

    Each file is looked for in ``folder``, then in its checkpoints from the last to the first, then, when ``folder`` is
    itself a checkpoint, one level up; the first that can be read counts. These files only feed suggestions: what is
    absent, damaged or of another type than expected is None, never an error. No pickle is ever loaded.
    """
    places = _places(folder)
    adapter_source, adapter = _first_json(places, "adapter_config.json")
    state_source, state = _first_json(places, "trainer_state.json")
    arguments_source, arguments = _first_arguments(places)
    best_step = _best_step(state)
    return TrainingSettings(
        **_of_adapter(adapter),
        learning_rate=_first(_number(arguments.get("learning_rate")), _number(adapter.get("learning_rate"))),
        weight_decay=_number(arguments.get("weight_decay")),
        epochs=_planned_epochs(state, arguments),
        epochs_done=_number(state.get("epoch")),
        best_epoch=_epoch_at(state, best_step),
        best_step=best_step,
        last_step=_whole(state.get("global_step")),
        batch_size=_first(
            _whole(arguments.get("per_device_train_batch_size")),
            _whole(state.get("train_batch_size")),
            _whole(adapter.get("batch_size")),
        ),
        eval_batch_size=_whole(arguments.get("per_device_eval_batch_size")),
        sources=tuple(source for source in (adapter_source, state_source, arguments_source) if source),
    )


def _places(folder: Path) -> list[tuple[str, Path]]:
    """Where to look, in order, each with the prefix that names it in ``sources``."""
    numbered = []
    for inner in _folders_in(folder):
        match = _CHECKPOINT.fullmatch(inner.name)
        if match:
            numbered.append((int(match[1]), inner))
    places = [("", folder)]
    places += [(f"{inner.name}/", inner) for _, inner in sorted(numbered, reverse=True)]
    if _CHECKPOINT.fullmatch(folder.absolute().name):
        places.append(("../", folder.absolute().parent))
    return places


def _folders_in(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_dir()]
    except OSError:
        return []


def _first_json(places: list[tuple[str, Path]], name: str) -> tuple[str, dict[str, Any]]:
    """The first of these files that holds a JSON object, and its name; ("", {}) without one."""
    for prefix, place in places:
        if not (place / name).is_file():
            continue
        try:
            content = json.loads((place / name).read_text(encoding="utf-8-sig"))
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(content, dict):
            return prefix + name, content
    return "", {}


def _first_arguments(places: list[tuple[str, Path]]) -> tuple[str, dict[str, Any]]:
    for prefix, place in places:
        arguments = read_arguments(place / "training_args.bin")
        if arguments:
            return f"{prefix}training_args.bin", arguments
    return "", {}


def _of_adapter(adapter: Mapping[str, Any]) -> dict[str, Any]:
    """method, rank, alpha and lora_dropout, from what PEFT writes or from what mlx-lm writes.

    mlx-lm writes the factor of the update, which is alpha / rank, as ``scale``.
    """
    inner = adapter.get("lora_parameters")
    mlx = inner if isinstance(inner, dict) else {}
    method = _first(adapter.get("peft_type"), adapter.get("fine_tune_type"), "lora" if mlx else None)
    rank = _first(_whole(adapter.get("r")), _whole(mlx.get("rank")))
    alpha = _first(_number(adapter.get("lora_alpha")), _number(adapter.get("alpha")))
    scale = _number(mlx.get("scale"))
    if alpha is None and scale is not None and rank is not None:
        alpha = scale * rank
    return {
        "method": method.lower() if isinstance(method, str) else None,
        "rank": rank,
        "alpha": alpha,
        "lora_dropout": _first(_number(adapter.get("lora_dropout")), _number(mlx.get("dropout"))),
    }


def _planned_epochs(state: Mapping[str, Any], arguments: Mapping[str, Any]) -> float | None:
    """What was asked for; where that was a number of steps, the Trainer's own count, which it rounds up."""
    asked = _number(arguments.get("num_train_epochs"))
    counts_steps = (_number(arguments.get("max_steps")) or 0) > 0
    return _number(state.get("num_train_epochs")) if counts_steps or asked is None else asked


def _best_step(state: Mapping[str, Any]) -> int | None:
    """The step that the trainer called best, or else the first with the lowest eval loss."""
    named = _CHECKPOINT.fullmatch(re.split(r"[/\\]", str(state.get("best_model_checkpoint")).rstrip("/\\"))[-1])
    told = _first(_whole(state.get("best_global_step")) or None, int(named[1]) if named else None)
    if told is not None:
        return told
    losses = list(_eval_losses(state))
    return min(losses, key=lambda pair: pair[1])[0] if losses else None


def _eval_losses(state: Mapping[str, Any]) -> Iterator[tuple[int, float]]:
    """(step, eval loss) for each evaluation in the log that has a finite one.

    With several evaluation sets, and so no plain ``eval_loss``, the mean over them, at the steps where all have one.
    """
    by_step: dict[int, dict[str, float]] = {}
    for row in _log(state):
        step = _whole(row.get("step"))
        if step is not None:
            finite = {
                key: loss for key, value in row.items() if _is_eval_loss(key) and (loss := _number(value)) is not None
            }
            by_step.setdefault(step, {}).update(finite)
    names = {name for losses in by_step.values() for name in losses}
    wanted = {"eval_loss"} if "eval_loss" in names else names
    for step, losses in by_step.items():
        if wanted and wanted <= losses.keys():
            yield step, fmean(losses[name] for name in wanted)


def _is_eval_loss(key: str) -> bool:
    return key == "eval_loss" or _EVAL_SET_LOSS.fullmatch(key) is not None


def _epoch_at(state: Mapping[str, Any], step: int | None) -> float | None:
    """The epoch that the log gives for a step."""
    for row in _log(state):
        if step is not None and _whole(row.get("step")) == step:
            return _number(row.get("epoch"))
    return None


def _log(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    history = state.get("log_history")
    return [row for row in history if isinstance(row, dict)] if isinstance(history, list) else []


def _number(value: object) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _whole(value: object) -> int | None:
    """A whole number from 0 up, or None."""
    number = _number(value)
    return int(number) if number is not None and number >= 0 and number == int(number) else None


def _first(*values: _T | None) -> _T | None:
    return next((value for value in values if value is not None), None)
