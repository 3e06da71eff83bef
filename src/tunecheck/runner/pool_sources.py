"""Pool sources: where the answers of a study come from, as the user named it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from tunecheck.errors import InputError
from tunecheck.runner.pools import (
    Asker,
    answered_by_run,
    answered_now,
    has_base,
    pool_of_run,
    read_pool,
    read_prompts,
)
from tunecheck.runner.progress import Progress
from tunecheck.runner.studies import Pool


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSource:
    """One of three: a predictions file, a model with the prompts that it shall answer now, or a run with its answers.

    fields   prediction_field, reference_field, base_field, prompt_field, id_field, group_field: columns of the file
    command  what the user typed, for hints
    """

    run: str | Path | None
    predictions: Any = None
    base_predictions: Any = None
    model: Any = None
    data_file: Any = None
    base: Any = None
    with_base: bool = True
    tokenizer: Any = None
    max_new_tokens: int = 256
    stratify_by: Sequence[str] = ()
    skip_bad_rows: bool = False
    fields: Mapping[str, str | None] = field(default_factory=dict)
    command: str

    def folder(self, out: str | Path | None, kind: str) -> Path:
        """Where the study is kept: in the run's folder, in ``out``, or in tunecheck-runs/KIND-NAME."""
        if self.run is not None and out is not None and Path(self.run) != Path(out):
            raise InputError(
                f"two folders are named: {self.run} and {out}", hint="the study of a run stands in the run's folder"
            )
        if self.run is not None or out is not None:
            return Path(cast(str, self.run if self.run is not None else out))
        source = self.predictions if self.predictions is not None else self.data_file
        stem = Path(source).stem if isinstance(source, (str, Path)) else "answers"
        return Path("tunecheck-runs") / f"{kind}-{stem}"


def find_pool(source: PoolSource, *, items: int, seed: int, progress: Progress) -> Pool:
    """The answers to draw from; a model answers a sample of ``items`` prompts alone. Raises InputError for none."""
    if source.predictions is not None:
        return read_pool(
            source.predictions,
            source.base_predictions,
            stratify_by=source.stratify_by,
            skip_bad_rows=source.skip_bad_rows,
            **source.fields,
        )
    if source.model is not None:
        read = read_prompts(source.data_file, skip_bad_rows=source.skip_bad_rows)
        wants_base = source.with_base and (source.base is not None or has_base(source.model))
        asker = Asker(model=source.model, base=source.base, with_base=wants_base, tokenizer=source.tokenizer)
        return answered_now(asker, read, items, seed, source.max_new_tokens, progress)
    if source.run is None:
        raise InputError(
            "there are no answers: no run, no predictions file and no model",
            hint=f"{source.command} RUN, or --predictions FILE, or --model MODEL --data FILE",
        )
    run, tuned_only = Path(source.run), not source.with_base
    return pool_of_run(run) or answered_by_run(run, items, seed, source.max_new_tokens, progress, tuned_only)
