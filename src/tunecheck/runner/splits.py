"""Splits of files, of rows in memory, and of tables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import tunecheck
from tunecheck.core import Split
from tunecheck.data import splitting
from tunecheck.errors import InputError
from tunecheck.training import read_history

# The default of the Hugging Face Trainer and of all that build on it.
USUAL_SEED = 42


def split(source: Any, **options: Any) -> Split:
    """Take a file or rows in memory apart; nothing is written. ``options`` are those of data.splitting.split."""
    return splitting.split(source, **options)


def split_file(
    source: str | os.PathLike[str], *, out: str, overwrite: bool = False, like: str | None = None, **options: Any
) -> Split:
    """Split a file, or as the trainer of the folder ``like`` did, and write its parts and manifest to ``out``."""
    made = split_like(source, like, **options) if like is not None else splitting.split(source, **options)
    return splitting.write(made, out, version=tunecheck.__version__, overwrite=overwrite)


def split_like(
    source: Any,
    run: str | os.PathLike[str],
    *,
    seed: int | None = None,
    shape: str = "auto",
    skip_bad_rows: bool = False,
) -> Split:
    """The split that the trainer of the output folder ``run`` made of ``source`` by itself; nothing is written.

    How many rows it held out is read from its log, and the seed from its settings unless it is given; 42 is that of
    the Trainer. Raises InputError where the log does not tell how many rows were evaluated.
    """
    history = read_history(Path(run))
    if history.n_eval is None:
        raise InputError(
            f"{history.source} does not tell how many rows the trainer evaluated on",
            hint="make the same split with its own seed and size, or a new one: tunecheck split FILE --out DIR",
        )
    own = history.seed if history.seed is not None else USUAL_SEED
    return splitting.split_like_trainer(
        source,
        n_held_out=history.n_eval,
        seed=own if seed is None else seed,
        shape=shape,
        skip_bad_rows=skip_bad_rows,
    )


def verify_split(manifest: str | os.PathLike[str]) -> list[str]:
    """What differs from the manifest of a split, one sentence each; empty when nothing does."""
    return splitting.verify(manifest)


def prepare_eval_split(data: Any, test_size: float = 0.1, strategy: str = "random", **options: Any) -> tuple[Any, Any]:
    """Training rows and validation rows of ``data``, as two of its kind; prints ``Train: N | Validation: M``.

    ``data`` is a list of dicts, a datasets.Dataset, a pandas.DataFrame, or a file (then two lists of rows). Rows that
    give each other away stay on one side. ``options`` are those of split: seed, time_column, category_column, ...
    """
    made = splitting.split(_rows(data), test_size=test_size, strategy=strategy, **options)
    places = {side: [at for at, row in enumerate(made.rows) if row.side == side] for side in ("train", "validation")}
    print(f"Train: {len(places['train']):,} | Validation: {len(places['validation']):,}")
    return _of(data, places["train"], made), _of(data, places["validation"], made)


def _rows(data: Any) -> Any:
    """Rows of a table as dicts; everything else as it is."""
    if hasattr(data, "iloc"):  # A Series holds texts.
        return data.to_dict("records") if hasattr(data, "columns") else list(data)
    return list(data) if hasattr(data, "select") and hasattr(data, "column_names") else data


def _of(data: Any, places: list[int], made: Split) -> Any:
    if hasattr(data, "iloc"):
        return data.iloc[places]
    if hasattr(data, "select") and hasattr(data, "column_names"):
        return data.select(places)
    return [made.originals[at] for at in places]
