"""Losses that a training loop prints in its own words: ``step 100: train loss 1.25, val loss 1.5`` and the like."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from tunecheck.core.history import Unit
from tunecheck.errors import InputError
from tunecheck.training.log_lines import head_of, lines_of
from tunecheck.training.log_text import read_log
from tunecheck.training.rows import Row, Rows, ends, number

FORMAT = "printed losses"
_SUFFIXES = ("", ".log", ".txt", ".out", ".err", ".stdout", ".stderr")
_LONGEST = 4_096
MAX_ROWS = 30_000
_MIN_ROWS = 3  # fewer sentences that look like it are chance
_ANSI = re.compile(r"\x1b\[[0-9;?]{0,20}[A-Za-z]")
_NUMBER = r"([-+]?(?:[0-9]{1,15}(?:\.[0-9]{0,20})?(?:[eE][-+]?[0-9]{1,3})?|nan|inf))(?![\w.])"
_PLACE = re.compile(
    r"\b(global[ _]step|step|iteration|iter|update|epoch)s?\b[ \t\]:=#\[(]{0,6}([0-9][0-9,]{0,14}(?:\.[0-9]{1,6})?)",
    re.IGNORECASE,
)
_LOSS = re.compile(
    r"\b(?:(train|training|eval|evaluation|val|valid|validation|test)[ _/.\-]{1,3})?(?:avg |average |mean )?"
    r"loss\b(?:[ \t](train|val)(?=:))?[\"']?[ \t]{0,4}[:=]?[ \t]{0,4}" + _NUMBER, re.IGNORECASE
)  # fmt: skip
# LitGPT: "loss train: 1.25, val: 1.5".
_THEN_VAL = re.compile(r"\bloss train: \S{1,20}, val: " + _NUMBER)
_RATE = re.compile(r"\b(?:lr|learning[ _]rate)[ \t]{0,4}[:=]?[ \t]{0,4}" + _NUMBER, re.IGNORECASE)
_TRAIN = ("train", "training", "")


def matches(path: Path) -> bool:
    """Whether the beginning of a text file has three lines that name a step or an epoch, and a loss."""
    if path.suffix.lower() not in _SUFFIXES:
        return False
    found = (_row(line) for _, line in lines_of(head_of(path)).numbered)
    return (
        sum(row is not None for row, _ in zip((row for row in found if row), range(_MIN_ROWS), strict=False))
        == _MIN_ROWS
    )


def read(path: Path) -> Rows:
    """Rows of the lines that name both a place and a loss; all others are passed over.

    A line's place is its step or iteration, or its epoch where no line has one of these. Raises InputError when there
    are fewer than three such lines.
    """
    log = read_log(path)
    lines = lines_of(log.text)
    told = [line for _, line in lines.numbered if "loss" in line or "Loss" in line or "LOSS" in line]
    found = [row for line in ends(told, MAX_ROWS) if (row := _row(line)) is not None]
    if len(found) < _MIN_ROWS:
        raise InputError(
            f"{path}: no lines such as 'step 100: train loss 1.25, val loss 1.5'",
            hint="point at trainer_state.json, or print the step and the loss in one line",
        )
    unit: Unit = "step" if any(row.step is not None for row in found) else "epoch"
    notes = [*lines.note(path.name), f"read from sentences that were printed: {path.name}"]
    if log.cut or len(told) > MAX_ROWS:
        notes.append(f"{path.name} is very large: a part in its middle was left out")
    return Rows(source=path.name, format=FORMAT, rows=tuple(_placed(found, unit)), unit=unit, notes=tuple(notes))


def _placed(rows: Iterable[Row], unit: Unit) -> Iterable[Row]:
    """Rows with a step each: one that tells an epoch alone, such as its evaluation, stands at the step before it.

    Steps that start again with each epoch are counted on through.
    """
    if unit == "epoch":
        yield from rows
        return
    step = epoch = offset = None
    for row in rows:
        if row.step is not None:
            again = step is not None and row.step < step and None not in (row.epoch, epoch) and row.epoch != epoch
            offset = (offset or 0.0) + (step or 0.0) if again else offset
            step, epoch = row.step, row.epoch
        if step is not None:
            yield Row(step + (offset or 0.0), row.epoch, row.values)


def _row(line: str) -> Row | None:
    lower = line.lower()
    if "loss" not in lower or len(line) > _LONGEST:
        return None
    plain = _ANSI.sub("", line) if "\x1b" in line else line
    values: dict[str, float] = {}
    for match in _LOSS.finditer(plain):
        value = number(match[3])
        split = (match[1] or match[2] or "").lower()
        if value is not None:
            values.setdefault("loss" if split in _TRAIN else f"{split}_loss", value)
    validated = _THEN_VAL.search(plain)
    if validated and (value := number(validated[1])) is not None:
        values["val_loss"] = value
    places = {match[1].lower(): number(match[2].replace(",", "")) for match in _PLACE.finditer(plain)}
    epoch = places.pop("epoch", None)
    step = next((place for place in places.values() if place is not None), None)
    if not values or (step is None and epoch is None):
        return None
    rate = _RATE.search(plain)
    if rate and (value := number(rate[1])) is not None:
        values["learning_rate"] = value
    return Row(step, epoch, values)
