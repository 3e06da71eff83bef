"""Histories in JSON: Keras's dictionary of lists, and any framework's list or lines of entries."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import cast

from tunecheck.core.history import Unit
from tunecheck.errors import InputError
from tunecheck.training.log_lines import head_of, lines_of
from tunecheck.training.log_text import read_log
from tunecheck.training.rows import Row, Rows, number

MAX_CHARACTERS = 3 * 1024 * 1024
"""Of one JSON document; lines of entries may be longer in all."""

MAX_ENTRIES = 120_000
"""Of a list or of lines; of more, the last are read."""

_FAST_CHARACTERS = 16 * 1024 * 1024  # of longer texts fewer lines are read

# Files of these names are another reader's, or hold one number for each name.
_NOT_MINE = {"trainer_state.json", "trainer_log.jsonl", "config.json", "adapter_config.json", "wandb-summary.json"}
_SERIES = re.compile(r'"[^"\n]{0,60}(?:loss|perplexity)[^"\n]{0,40}"\s{0,20}:\s{0,20}[\[{]', re.IGNORECASE)
_LOSS = re.compile(r"loss|perplexity|ppl", re.IGNORECASE)
_STEPS = ("step", "steps", "global_step", "iteration", "iterations", "iter", "iters", "epoch", "epochs")
_STEP_KEYS = ("step", "global_step", "current_steps", "train/global_step", "iteration", "iter", "iters", "num_updates")
_EPOCH_KEYS = ("epoch", "epochs")
_INNER = ("history", "log_history", "metrics", "logs", "log", "results")
_ASSUMED = "evaluations have no step of their own; they are taken to be spread evenly over the run"


def matches(path: Path) -> bool:
    """Whether a JSON file begins like a history: lists under names with ``loss``, or entries with loss and place."""
    if path.suffix.lower() not in (".json", ".jsonl", ".ndjson") or path.name in _NOT_MINE:
        return False
    head = head_of(path)
    if _SERIES.search(head):
        return True
    n_entries = sum(_is_entry(entry) for entry in _first_entries(head))
    # One object alone in a .json is a summary, such as all_results.json.
    alone = path.suffix.lower() == ".json" and not head.lstrip().startswith("[")
    return n_entries > (1 if alone else 0)


def read(path: Path) -> Rows:
    """Rows of a history in JSON.

    Read are: a dictionary of lists (Keras's History.history, also with the dictionaries of numbers that pandas writes,
    lists of pairs of step and value, and train and val as dictionaries of their own), a list of entries, and lines with
    an entry each, where each entry is a dictionary of numbers. Lists without a list of steps are counted from 1 by
    epochs. Raises InputError when the file is none of these.
    """
    log = read_log(path)
    notes: list[str] = [f"{path.name} is very large: a part in its middle was left out"] if log.cut else []
    document = _document(log.text)
    if isinstance(document, dict):
        document = _inner(document)
    if isinstance(document, dict):
        rows, unit, format_name = _from_lists(document, notes)
    else:
        rows, unit, format_name = _from_entries(
            _entries_of_list(document, notes, path.name)
            if isinstance(document, list)
            else _entries_of_lines(log.text, notes, path.name)
        )
    if not rows and path.suffix.lower() != ".json":
        rows, unit, format_name = _from_entries(_entries_of_lines(log.text, notes, path.name))
    if not rows:
        raise InputError(
            f"{path}: no history: neither lists of numbers named loss and val_loss, nor entries with such numbers",
            hint="in Keras: json.dump(model.fit(...).history, file); else one JSON object a line, with step and loss",
        )
    return Rows(source=path.name, format=format_name, rows=tuple(rows), unit=unit, notes=tuple(notes))


def _document(text: str) -> object:
    """The JSON document that the whole text is, or None."""
    if len(text) > MAX_CHARACTERS:
        return None
    try:
        return cast("object", json.loads(text))
    except (ValueError, RecursionError):
        return None


def _inner(document: Mapping[str, object]) -> object:
    """The history in a dictionary that holds other things beside it."""
    for name in _INNER:
        inside = document.get(name)
        if isinstance(inside, dict | list) and inside:
            return inside
    return document


# ---- entries --------------------------------------------------------------------------------------------------------


def _first_entries(head: str) -> list[object]:
    """The first few entries of a list or of lines, from the beginning of a file."""
    text = head.lstrip()
    if text.startswith("["):
        text = text[1:].lstrip()
        try:
            return [json.JSONDecoder().raw_decode(text)[0]]
        except (ValueError, RecursionError):
            return []
    return [_document(line) for _, line in lines_of(head).numbered[:20]]


def _is_entry(entry: object) -> bool:
    """A dictionary with a number under a name with ``loss``, and one for where it stands; nothing of a data set."""
    if not isinstance(entry, dict) or not all(isinstance(name, str) for name in entry):
        return False
    flat = _flat(entry)
    has_loss = any(_LOSS.search(name) and number(value) is not None for name, value in flat.items())
    return has_loss and any(number(flat.get(name)) is not None for name in (*_STEP_KEYS, *_EPOCH_KEYS))


def _entries_of_list(document: Sequence[object], notes: list[str], source: str) -> list[dict[str, float]]:
    """The numbers in the objects of a list."""
    if len(document) > MAX_ENTRIES:
        notes.append(f"{source} is very long: only its last {MAX_ENTRIES:,} entries were read")
    return [_numbers(entry) for entry in document[-MAX_ENTRIES:] if isinstance(entry, dict)]


def _entries_of_lines(text: str, notes: list[str], source: str) -> list[dict[str, float]]:
    """The numbers in lines of JSON; lines that are no objects are counted in ``notes``."""
    lines = lines_of(text, limit=min(MAX_ENTRIES, max(2_000, MAX_ENTRIES * _FAST_CHARACTERS // (len(text) + 1))))
    notes += lines.note(source)
    entries: list[dict[str, float]] = []
    n_bad = 0
    for _, line in lines.numbered:
        entry = _document(line)
        if isinstance(entry, dict):
            entries.append(_numbers(entry))
        else:
            n_bad += 1
    if n_bad and entries:
        notes.append(f"{source}: damaged lines left out: {n_bad}")
    return entries


def _from_entries(entries: Iterable[Mapping[str, float]]) -> tuple[Sequence[Row], Unit, str]:
    """Rows of entries with a loss; where no entry has a place, each stands at its number in the list."""
    kept = [entry for entry in entries if any(_LOSS.search(name) for name in entry)]
    step_keys = [name for name in _STEP_KEYS if any(name in entry for entry in kept)]
    unit: Unit = "step" if step_keys or not any("epoch" in entry or "epochs" in entry for entry in kept) else "epoch"
    rows = []
    for position, entry in enumerate(kept, start=1):
        epoch = _first_finite(entry, _EPOCH_KEYS)
        step = _first_finite(entry, step_keys) if step_keys else epoch if unit == "epoch" else float(position)
        rows.append(Row(step=step, epoch=epoch, values=entry))
    return rows, unit, "JSON metrics"


def _first_finite(entry: Mapping[str, float], names: Iterable[str]) -> float | None:
    return next((entry[name] for name in names if name in entry and math.isfinite(entry[name])), None)


def _numbers(entry: Mapping[str, object]) -> dict[str, float]:
    """The numbers of an entry, those one level down under a joined name."""
    found = ((name, number(value)) for name, value in _flat(entry).items())
    return {name: value for name, value in found if value is not None}


def _flat(entry: Mapping[str, object]) -> dict[str, object]:
    """Dictionaries one level down put into the outer one: {"train": {"loss": 1}} is {"train/loss": 1}."""
    flat: dict[str, object] = {}
    for name, value in entry.items():
        if isinstance(value, dict) and len(value) <= 1000:
            flat |= {f"{name}/{inner}": number_ for inner, number_ in value.items() if not isinstance(number_, dict)}
        else:
            flat[name] = value
    return flat


# ---- lists ----------------------------------------------------------------------------------------------------------


def _from_lists(document: Mapping[str, object], notes: list[str]) -> tuple[Sequence[Row], Unit, str]:
    """Rows of a dictionary of lists."""
    series, pairs = _series(document)
    axes = {name: values for name, values in series.items() if _axis_name(name) in _STEPS}
    curves = {name: values for name, values in series.items() if name not in axes}
    if not any(_LOSS.search(name) for name in (*curves, *pairs)):
        return [], "step", ""
    longest = max((len(values) for values in curves.values()), default=0)
    by_step: dict[float, dict[str, float]] = {}
    unit: Unit = "epoch"
    for name, values in curves.items():
        axis_name, steps = _axis(name, len(values), axes)
        if axis_name and "epoch" not in axis_name:
            unit = "iteration" if "iter" in axis_name else "step"
        if not steps:
            steps = [(position + 1) * longest / len(values) for position in range(len(values))]
            if len(values) < longest and _ASSUMED not in notes:
                notes.append(_ASSUMED)
        _put(by_step, _singular(name), steps, values)
    for name, (steps, values) in pairs.items():
        unit = "step"
        _put(by_step, _singular(name), steps, values)
    rows = [Row(step=step, epoch=None, values=by_step[step]) for step in sorted(by_step)]
    keras = not axes and not pairs and all(f"val_{name}" in curves for name in curves if not name.startswith("val_"))
    return rows, unit, "Keras history" if keras else "JSON history"


def _put(
    by_step: dict[float, dict[str, float]], name: str, steps: Iterable[float], values: Iterable[float | None]
) -> None:
    for step, value in zip(steps, values, strict=False):
        if value is not None and math.isfinite(step):
            by_step.setdefault(step, {})[name] = value


def _series(
    document: Mapping[str, object],
) -> tuple[dict[str, list[float | None]], dict[str, tuple[list[float], list[float | None]]]]:
    """Lists of numbers by name, and lists of pairs by name as steps and values; none of more than MAX_ENTRIES."""
    series: dict[str, list[float | None]] = {}
    pairs: dict[str, tuple[list[float], list[float | None]]] = {}
    for name, value in _opened(document):
        content = _in_order(value)
        if not content or len(content) > MAX_ENTRIES:
            continue
        if all(isinstance(item, list) and len(item) in (2, 3) for item in content):
            found = [(number(item[-2]), number(item[-1])) for item in content if isinstance(item, list)]
            placed = [(step, value) for step, value in found if step is not None]
            pairs[name] = [step for step, _ in placed], [value for _, value in placed]
            continue
        numbers = [number(item) for item in content]
        if any(item is not None for item in numbers):
            series[name] = numbers
    return series, {name: both for name, both in pairs.items() if both[0]}


def _opened(document: Mapping[str, object]) -> Iterable[tuple[str, object]]:
    """Entries of a dictionary, and of the dictionaries of lists in it under joined names."""
    for name, value in document.items():
        if isinstance(value, dict) and any(isinstance(inner, list | dict) for inner in value.values()):
            yield from ((f"{name}/{inner_name}", inner) for inner_name, inner in value.items())
        else:
            yield str(name), value


def _in_order(value: object) -> list[object]:
    """A list; or the values of {"0": 2.1, "1": 1.9}, as pandas writes a column, in the order of their keys."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or not all(isinstance(key, str) and key.isdecimal() for key in value):
        return []
    return [value[key] for key in sorted(value, key=lambda key: (len(key), key))]


def _axis_name(name: str) -> str:
    """The last part of a name: ``val_steps`` and ``eval/step`` are steps and step."""
    return re.split(r"[/_]", name.lower().replace("global_step", "step"))[-1]


def _axis(name: str, length: int, axes: Mapping[str, list[float | None]]) -> tuple[str, list[float]]:
    """The list of steps of a curve: of the same length, and of the same prefix where there are several."""
    fitting = {axis: steps for axis, steps in axes.items() if len(steps) == length and None not in steps}
    prefix = re.split(r"[/_]", name)[0]
    for axis in sorted(fitting, key=lambda axis: (not axis.startswith(prefix), "epoch" in axis)):
        return axis, [step for step in fitting[axis] if step is not None]
    return "", []


def _singular(name: str) -> str:
    """``train_losses`` is train_loss."""
    return name[:-2] if name.endswith("losses") else name
