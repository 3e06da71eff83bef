"""The training curve of a folder, a log file, a live Trainer, or the rows of a log."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tunecheck.checks import check_curve
from tunecheck.core import CheckResult, History
from tunecheck.errors import InputError
from tunecheck.training import history_of_log, read_history


def curve(source: Any) -> CheckResult:
    """What a training log says: shape of the curve, best step, and whether that is the step that was kept.

    ``source`` is an output folder or a log file, a Trainer, or the list of dicts that its ``state.log_history`` is.
    Raises InputError where no log can be found or read.
    """
    return check_curve(find_history(source))


def find_history(source: Any) -> History:
    """The history of any of these."""
    if isinstance(source, (str, os.PathLike)):
        return read_history(Path(source))
    state = getattr(source, "state", source if hasattr(source, "log_history") else None)
    rows = getattr(state, "log_history", None) if state is not None else source
    if not isinstance(rows, Sequence) or not all(isinstance(row, Mapping) for row in rows):
        raise InputError(
            f"a training curve cannot be read from a value of type {type(source).__name__}",
            hint="give an output folder, a log file, a Trainer, or trainer.state.log_history",
        )
    return history_of_log(rows, state)


def history_beside(tuned: str, curve: str | None) -> tuple[History | None, str]:
    """The history of a run's tuned model, or None and why there is none.

    A place that was named (``curve``) must hold one: then what is wrong with it is raised.
    """
    if curve is not None:
        return read_history(Path(curve)), ""
    if not Path(tuned).is_dir():
        return None, f"{tuned} is not a folder, so no training log stands beside it; name one: --curve PATH"
    try:
        return read_history(Path(tuned)), ""
    except InputError as error:
        return None, f"{error.message}; a log that lies elsewhere can be named: --curve PATH"
