"""What mlx-lm prints while it tunes; it writes no log file of its own, so that this reads a captured console."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from tunecheck.errors import InputError
from tunecheck.training.log_lines import head_of, lines_of
from tunecheck.training.log_text import read_log
from tunecheck.training.rows import Row, Rows, number

FORMAT = "mlx-lm console"
_MAX_CHARACTERS = 2_000  # of one line
_SUFFIXES = {"", ".log", ".txt", ".out"}
_ANSI = re.compile(r"\x1b\[[0-9;?]{0,20}[A-Za-z]")
# mlx_lm/tuner/trainer.py until the end of 2025; the learning rate came in 2024.
_SENTENCE = re.compile(r"\bIter ([0-9,]{1,15}):\s{1,4}(Train|Val) loss ([^\s,]{1,40})(.{0,250})")
_LEARNING_RATE = re.compile(r", Learning Rate ([^\s,]{1,40})")
_PREFERENCE = re.compile(r"\b(chosen|rejected) reward ([^\s,]{1,40})", re.IGNORECASE)
_TEST = re.compile(r"\bTest loss ([^\s,]{1,40}), Test ppl ")
_PLANNED = re.compile(r"Starting training\.{3}, iters: ([0-9]{1,15})")
# mlx_lm/cli_ui.py since: iteration, loss with an arrow, tokens a second, tokens in thousands; and the header's panel.
_TABLE_TRAIN = re.compile(r"\s{1,12}([0-9]{1,15})\s{2,8}(\S{1,20}) \S{1,3}\s{2,12}[0-9,]{1,12}\s{2,12}[0-9.]{1,15}k\s*")
_TABLE_VAL = re.compile(r"\s{1,12}([0-9]{1,15})\s{2,8}val\s{1,4}(\S{1,20})\s{2,12}[0-9.]{1,12}s\s*")
_PANEL = re.compile(r"batch \S iters\s{1,12}[0-9,]{1,9} \S ([0-9,]{1,15})\b")

_BASE_NOTE = "the evaluation at iteration 1 is made before the first update: it is the base model's loss"


def matches(path: Path) -> bool:
    """Whether the beginning of a text file has a line as mlx-lm prints them."""
    if path.suffix.lower() not in _SUFFIXES:
        return False
    return any(_row(line) for line in _clean(line for _, line in lines_of(head_of(path)).numbered))


def read(path: Path) -> Rows:
    """Rows of both forms in which mlx-lm has printed its losses; all other lines are passed over.

    The loss on the test set, which may be printed after training, stands at the last iteration. Raises InputError when
    no line has one of the forms.
    """
    log = read_log(path)
    lines = lines_of(log.text)
    rows: list[Row] = []
    facts: dict[str, object] = {}
    for line in _clean(line for _, line in lines.numbered):
        row = _row(line)
        if row:
            rows.append(row)
            continue
        planned = _PLANNED.search(line) or _PANEL.search(line)
        if planned:
            facts["planned_steps"] = number(planned[1].replace(",", ""))
        test = _TEST.search(line)
        value = number(test[1]) if test else None
        if value is not None and rows:
            rows.append(Row(step=rows[-1].step, epoch=None, values={"test_loss": value}))
    if not rows:
        raise InputError(
            f"{path}: no line of the form 'Iter 10: Train loss 2.345' or '  10    2.345 ▼   1,234   56.7k'",
            hint="keep what it prints next time: mlx_lm.lora ... | tee train.log",
        )
    facts["last_step"] = rows[-1].step
    notes = ["read from a console: mlx-lm prints losses with three decimals", *lines.note(path.name)]
    if any(row.step == 1 and "val_loss" in row.values for row in rows):
        notes.append(_BASE_NOTE)
    if log.cut:
        notes.append(f"{path.name} is very large: a part in its middle was left out")
    return Rows(source=path.name, format=FORMAT, rows=tuple(rows), unit="iteration", facts=facts, notes=tuple(notes))


def _clean(lines: Iterable[str]) -> Iterable[str]:
    """Lines that mlx-lm might have printed, without the codes that colour them."""
    return (_ANSI.sub("", line) if "\x1b" in line else line for line in lines if len(line) <= _MAX_CHARACTERS)


def _row(line: str) -> Row | None:
    """What one line says, or None."""
    sentence = _SENTENCE.search(line) if "loss" in line else None
    if sentence:
        return _from_sentence(sentence)
    for pattern, name in ((_TABLE_TRAIN, "train_loss"), (_TABLE_VAL, "val_loss")):
        table = pattern.fullmatch(line)
        value = number(table[2]) if table else None
        if table and value is not None:
            return Row(step=float(table[1]), epoch=None, values={name: value})
    return None


def _from_sentence(sentence: re.Match[str]) -> Row | None:
    step, value = number(sentence[1].replace(",", "")), number(sentence[3].rstrip("."))
    if step is None or value is None:
        return None
    prefix = "" if sentence[2] == "Train" else "eval_"
    values = {"train_loss" if sentence[2] == "Train" else "val_loss": value}
    rate = _LEARNING_RATE.search(sentence[4])
    rate_value = number(rate[1]) if rate else None
    if rate_value is not None:
        values["learning_rate"] = rate_value
    for which, text in _PREFERENCE.findall(sentence[4]):
        reward = number(text)
        if reward is not None:
            # mlx-lm's offshoots for DPO print these, which tells that their loss is no likelihood.
            values[f"{prefix}rewards/{which.lower()}"] = reward
    return Row(step=step, epoch=None, values=values)
