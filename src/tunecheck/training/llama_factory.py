"""trainer_log.jsonl: what LLaMA-Factory writes while it trains, one JSON object a line, appended by every run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tunecheck.errors import InputError
from tunecheck.training.log_lines import head_of, lines_of
from tunecheck.training.log_text import read_log
from tunecheck.training.rows import Rows, dict_rows, number

FORMAT = "LLaMA-Factory trainer_log.jsonl"
MAX_ROWS = 40_000
_PREFERENCE = ("reward", "accuracy")  # rewards/chosen and rewards/accuracies of its preference stages


def matches(path: Path) -> bool:
    """Whether it is a trainer_log.jsonl, or lines of JSON with ``current_steps`` like one."""
    if path.name in ("trainer_log.jsonl", "trainer_log.json"):
        return True
    return path.suffix.lower() in (".jsonl", ".json") and '"current_steps"' in head_of(path)[:5_000]


def read(path: Path) -> Rows:
    """Rows of both generations of that log: with nulls and ``learning_rate``, and with ``lr`` alone.

    A line that ends training holds only where it stood; it says how far the run came. Raises InputError when no line
    is a row.
    """
    log = read_log(path)
    lines = lines_of(log.text, limit=MAX_ROWS)
    entries: list[Mapping[str, object]] = []
    n_bad = 0
    for _, line in lines.numbered:
        entry = _entry(line)
        if entry is None:
            n_bad += 1
        else:
            entries.append(entry)
    if not entries:
        raise InputError(
            f"{path}: no line is a JSON object with current_steps",
            hint="point at the trainer_log.jsonl that LLaMA-Factory writes into its output_dir",
        )
    notes = list(lines.note(path.name))
    if n_bad:
        notes.append(f"{path.name}: damaged lines left out: {n_bad}")
    if log.cut:
        notes.append(f"{path.name} is very large: a part in its middle was left out")
    rows = dict_rows(entries, step_keys=("current_steps",))
    return Rows(source=path.name, format=FORMAT, rows=rows, facts=_facts(entries), notes=tuple(notes))


def _entry(line: str) -> Mapping[str, object] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) and "current_steps" in entry else None


def _facts(entries: list[Mapping[str, object]]) -> dict[str, object]:
    """How far the last run came, how far it was to go, and whether its loss is a likelihood."""
    facts: dict[str, object] = {}
    for name, key in (("last_step", "current_steps"), ("planned_steps", "total_steps")):
        value = number(entries[-1].get(key))
        if value is not None and 0 < value < 1e15:
            facts[name] = value
    # "accuracy" stands for rewards/accuracies only in rows of training: evaluations of other stages have one too.
    if any(number(entry.get(key)) is not None and "loss" in entry for entry in entries for key in _PREFERENCE):
        facts["loss_kind"] = "preference"
    return facts
