"""A captured console of a Hugging Face Trainer: lines such as ``{'loss': 1.25, 'epoch': 0.5}`` among all else."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tunecheck.core.history import Unit
from tunecheck.errors import InputError
from tunecheck.training.hugging_face import is_preference
from tunecheck.training.log_lines import head_of, lines_of
from tunecheck.training.log_text import read_log
from tunecheck.training.rows import Row, Rows, dict_rows, ends, place_of

FORMAT = "captured console"
_SUFFIXES = ("", ".log", ".txt", ".out", ".err", ".stdout", ".stderr")
MAX_DICTS = 8_000
_LONGEST = 8_192
_ANSI = re.compile(r"\x1b\[[0-9;?]{0,20}[A-Za-z]")
_DICT = re.compile(r"\{[^{}]{1,8000}\}")
_KEY = re.compile(r"['\"](?:eval_(?:\w{1,100}_)?|train_)?loss['\"]\s{0,4}:")
_SPECIAL = re.compile(r"(?<=[:\s])-?(?:nan|inf|NaN|Infinity)(?=\s*[,}])")
# A bar of tqdm: " 12%|#### | 120/1000 [00:10<01:20, 2.5it/s]".
_BAR = re.compile(r"\|\s{0,4}(\d{1,9})/(\d{1,9}) \[")
_N_EXAMPLES = re.compile(r"Num examples = ([0-9,]{1,15})")
_MOST_BARS = 16
# Of the rows of training, so many must stand at a place of their own.
_CLEAR = 0.8


def matches(path: Path) -> bool:
    """Whether the beginning of a text file has a dictionary with a loss."""
    return path.suffix.lower() in _SUFFIXES and _KEY.search(_ANSI.sub("", head_of(path))) is not None


def read(path: Path) -> Rows:
    """Rows of the dictionaries in the lines, by the step of the training's progress bar before them where there is one.

    A Trainer's console has epochs and no steps: without bars the place is the epoch, and where that is too coarse the
    number of the line among those of training. Nothing is evaluated: the dictionaries are read as literals.
    """
    log = read_log(path)
    lines = lines_of(log.text, limit=120_000)
    seen = _seen(line for _, line in lines.numbered)
    rows = dict_rows(found for found, _ in seen.dicts)
    if not rows:
        raise InputError(
            f"{path}: no line holds a dictionary with a loss, such as {{'loss': 1.25, 'epoch': 0.5}}",
            hint="point at trainer_state.json or at the output folder",
        )
    notes = [*lines.note(path.name), f"read from a console: {path.name}"]
    if log.cut or seen.n_left_out:
        notes.append(f"{path.name} is very large: a part in its middle was left out")
    total = _training_bar(rows, seen)
    if any(row.step is not None for row in rows):
        placed = list(rows)
    elif total is not None:
        steps = [bars.get(total) for _, bars in seen.dicts]
        placed = [Row(step, row.epoch, row.values) for row, step in zip(rows, steps, strict=True)]
    elif _epochs_tell(rows):
        placed = list(rows)
    else:
        placed = list(_counted(rows))
        notes.append("it has no steps: here they are counted by lines of the log")
    known = [row for row in placed if place_of(row) is not None]
    facts = {**seen.facts, "loss_kind": "preference" if is_preference(rows) else "nll"}
    if total is not None:
        facts |= {"planned_steps": float(total), "last_step": seen.bars[total]}
    unit: Unit = "step" if any(row.step is not None for row in known) else "epoch"
    return Rows(source=path.name, format=FORMAT, rows=tuple(known), unit=unit, facts=facts, notes=tuple(notes))


@dataclass(slots=True)
class _Seen:
    """Dictionaries in their order, each with the progress bars so far: total and present number; and other facts."""

    dicts: list[tuple[dict[str, object], dict[int, float]]] = field(default_factory=list)
    bars: dict[int, float] = field(default_factory=dict)
    facts: dict[str, object] = field(default_factory=dict)
    n_left_out: int = 0


def _seen(lines: Iterable[str]) -> _Seen:
    seen = _Seen()
    section = "n_train"
    texts: list[tuple[str, dict[int, float]]] = []
    for line in lines:
        plain = _ANSI.sub("", line) if "\x1b" in line else line
        for found in _BAR.finditer(plain[:_LONGEST]) if "[" in plain else ():
            if int(found[2]) in seen.bars or len(seen.bars) < _MOST_BARS:
                seen.bars[int(found[2])] = float(found[1])
        if "*** Running" in plain:
            section = "n_train" if "training" in plain.lower() else "n_eval"
        told = _N_EXAMPLES.search(plain[:_LONGEST]) if "Num examples" in plain else None
        if told:
            seen.facts[section] = int(told[1].replace(",", ""))
        if "{" not in plain or "loss" not in plain or len(plain) > 8 * _LONGEST:
            continue
        found_here = [text for text in _DICT.findall(plain) if _KEY.search(text)]
        if found_here:
            bars = dict(seen.bars)
            texts += [(text, bars) for text in found_here]
    seen.n_left_out = max(0, len(texts) - MAX_DICTS)
    literals = ((_literal(text), bars) for text, bars in ends(texts, MAX_DICTS))
    seen.dicts = [(value, bars) for value, bars in literals if value is not None]
    return seen


def _training_bar(rows: Iterable[Row], seen: _Seen) -> int | None:
    """The total of the bar that moves between rows of training, or None: bars of evaluations start again each time."""
    told = [bars for row, (_, bars) in zip(rows, seen.dicts, strict=True) if "loss" in row.values]
    moved = {total: len({bars.get(total) for bars in told} - {None}) for total in seen.bars}
    total = max(moved, key=lambda one: (moved[one], one), default=None)
    return total if total is not None and moved[total] >= max(1, _CLEAR * len(told)) else None


def _epochs_tell(rows: Iterable[Row]) -> bool:
    """Whether the epochs of the rows of training are distinct; they are rounded to two places."""
    epochs = [row.epoch for row in rows if "loss" in row.values] or [row.epoch for row in rows]
    return None not in epochs and len(set(epochs)) >= _CLEAR * len(epochs)


def _counted(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows by the number of rows of training up to them."""
    step = 0.0
    for row in rows:
        step += "loss" in row.values
        yield Row(step, row.epoch, row.values)


def _literal(text: str) -> dict[str, object] | None:
    """A Python or JSON dictionary of plain values; bare nan and inf are read as text, which number() knows."""
    quoted = _SPECIAL.sub(lambda match: f"'{match[0]}'", text)
    for parse in (ast.literal_eval, json.loads):
        try:
            value = parse(quoted)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
        if isinstance(value, dict):
            return {key: inner for key, inner in value.items() if isinstance(key, str)}
    return None
