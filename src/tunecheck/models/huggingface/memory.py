"""Memory: a batch that does not fit is tried again in halves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import torch

from tunecheck.errors import CannotRun

R = TypeVar("R")
T = TypeVar("T")


def in_halves(
    rows: Sequence[R],
    once: Callable[[Sequence[R]], Sequence[T]],
    device: torch.device,
    alone: Callable[[R], CannotRun],
) -> list[T]:
    """What ``once`` makes of the rows; halves them for as long as memory runs out.

    Raises what ``alone`` makes of a row that does not fit by itself.
    """
    try:
        return list(once(rows))
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
    # Out of the except block, so that the tensors of the failed pass are no longer held by its traceback.
    if device.type == "cuda":
        torch.cuda.empty_cache()
    if len(rows) == 1:
        raise alone(rows[0])
    half = len(rows) // 2
    return in_halves(rows[:half], once, device, alone) + in_halves(rows[half:], once, device, alone)


def is_out_of_memory(error: Exception) -> bool:
    """Whether memory ran out, on a GPU or on the CPU, where torch raises a plain RuntimeError."""
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "can't allocate memory" in str(error)
