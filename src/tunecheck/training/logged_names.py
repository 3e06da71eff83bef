"""Which of a log's columns or tags become a curve, where a logger writes one quantity under several names."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LOADER = re.compile(r"(.{1,200})/dataloader_idx_([0-9]{1,4})")
_EVAL_PREFIX = re.compile(r"(?:val|valid|validation|eval|test)[_/]")


def names_in_rows(names: Iterable[str]) -> dict[str, str]:
    """The log's own name of each quantity that is kept, and the name under which it goes into the rows.

    Lightning writes a quantity that is logged both by step and by epoch as ``x_step`` and ``x_epoch``, and puts
    ``/dataloader_idx_0`` behind the name when there are several validation sets. Of the pair, the training loss is
    taken by step and an evaluation by epoch, for a step of it is one batch only.

    >>> names_in_rows(["train_loss_step", "train_loss_epoch", "val_loss_epoch"])
    {'train_loss_step': 'train_loss', 'val_loss_epoch': 'val_loss'}
    >>> names_in_rows(["val_loss/dataloader_idx_0", "val_loss/dataloader_idx_1"])
    {'val_loss/dataloader_idx_0': 'eval_dataloader_0_loss', 'val_loss/dataloader_idx_1': 'eval_dataloader_1_loss'}
    """
    ordered = list(dict.fromkeys(names))
    present = set(ordered)
    several_loaders = sum(1 for name in ordered if name.endswith("/dataloader_idx_1")) > 0
    kept = {}
    for name in ordered:
        plain = _without_interval(name, present)
        if plain is not None:
            kept[name] = _with_loader(plain, several=several_loaders)
    return kept


def _without_interval(name: str, present: set[str]) -> str | None:
    """The name without _step or _epoch; None when the other of the pair, or the plain one, is the better."""
    for ending, other in (("_step", "_epoch"), ("_epoch", "_step")):
        stem = name.removesuffix(ending)
        if stem == name or "loss" not in name.lower():
            continue
        if stem in present:
            return None
        preferred = "_epoch" if _EVAL_PREFIX.match(stem) else "_step"
        return None if stem + other in present and ending != preferred else stem
    return name


def _with_loader(name: str, *, several: bool) -> str:
    match = _LOADER.fullmatch(name)
    if not match:
        return name
    prefix = _EVAL_PREFIX.match(match[1])
    if not several or not prefix:
        return match[1]
    return f"eval_dataloader_{match[2]}_{match[1][prefix.end() :]}"
