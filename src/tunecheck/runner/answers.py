"""Answers to the prompts of a data file, from tuned and base, kept beside the file until it is whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import tunecheck
from tunecheck import data, store
from tunecheck.checks.scored import response_text
from tunecheck.config import RunSpec
from tunecheck.core import Answer, Answers, Completion, Dataset, GenerationSettings, Item, RunStore
from tunecheck.core.files import replace_file
from tunecheck.errors import CannotRun, DataError, InputError
from tunecheck.runner.execute import Opened, Pair, Side
from tunecheck.runner.functions import _engine, _load_options, _options_only, _pair, _reused
from tunecheck.runner.generate import complete, completions
from tunecheck.runner.progress import Progress, Silent

Made = Mapping[str, Sequence[Completion]]

_STORE_FILES = ("run.db", "run.db-wal", "run.db-shm", "run.lock")


def generate_answers(
    model: Any,
    source: Any,
    settings: GenerationSettings,
    *,
    base: Any = None,
    with_base: bool = False,
    tokenizer: Any = None,
    out: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    limit: int | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Answers:
    """The answers of a model, and of its base when it is named or wanted, to the prompts of a file or of rows.

    With ``out`` they are written there in one step. Until then they are kept in the folder ``out``.partial, so that the
    same call goes on where it was stopped. ``options`` are the fields of config.RunSpec. Raises InputError (and its
    kinds) for what the user can correct, CannotRun for what this machine cannot do.
    """
    heard, spec = progress or Silent(), _options_only({**options, "seed": settings.seed})
    path = Path(os.fspath(out)) if out is not None else None
    if path is not None:
        _check_out(path, source, overwrite=overwrite)
    if isinstance(source, Dataset):
        asked = source
    else:
        heard.say(f"reading {source if isinstance(source, (str, Path)) else 'the data'}")
        asked = _read(source, limit, shape=spec.shape, skip_bad_rows=spec.skip_bad_rows)
    pair = _pair_of(model, base, tokenizer, spec)
    wants_base = with_base or base is not None
    if wants_base and pair.facts.base is None:
        raise InputError(f"{pair.facts.tuned} names no base that could answer beside it", hint="name it: --base MODEL")
    with ExitStack() as closing:
        partial = path.with_name(f"{path.name}.partial") if path is not None else None
        kept = cache(lambda: closing.enter_context(_opened(partial)))
        if partial is not None and partial.exists():
            kept()  # Another process works there: better said before anything is loaded.
        with _reused(spec.reuse) as reused:
            made = _both_sides(pair, asked.items, settings, kept, heard, with_base=wants_base, reused=reused)
        answers = _answers(pair, asked, settings, made, path)
        if path is not None:
            _write(path, answers.json_lines().encode("utf-8"), partial)
    if partial is not None:
        _remove(partial)
    return answers


def _read(source: Any, limit: int | None, **options: Any) -> Dataset:
    """The first ``limit`` items of a file, or all."""
    name = None if isinstance(source, (str, Path)) else "the data"
    read = data.load(source, name=name, **options)
    if limit is not None and limit < 1:
        raise InputError(f"limit {limit} is not at least 1", hint="leave it out to answer every row")
    items = read.items if limit is None else read.items[:limit]
    if not items:
        raise DataError(f"{read.name} holds no row to answer", hint="give rows with a prompt and a response")
    return Dataset(
        name=read.name, items=items, shape=read.shape, evidence=read.evidence, n_rows=read.n_rows, skipped=read.skipped
    )


def _pair_of(model: Any, base: Any, tokenizer: Any, spec: RunSpec) -> Pair:
    if isinstance(model, (str, Path)):
        return _pair(str(model), str(base) if base is not None else None, _load_options(spec))
    live: Pair = _engine().live_pair(model, tokenizer, base=base, options=_load_options(spec))
    return live


def _both_sides(
    pair: Pair,
    items: Sequence[Item],
    settings: GenerationSettings,
    kept: Callable[[], RunStore],
    progress: Progress,
    *,
    with_base: bool,
    reused: Sequence[RunStore],
) -> dict[Side, Made]:
    """Tuned, and then base: on the same weights where they are shared, one after the other in memory where not."""

    def answer(side: Side, opened: Opened) -> Made:
        opened.generator.encode(items)  # What is wrong with a prompt shows before there is a file.
        keys = complete(
            opened.generator, items, settings, kept(), progress, label=f"answering {side}", reused=reused
        )  # fmt: skip
        samples = [completions(kept(), keys, sample) for sample in range(settings.n_samples)]
        return {
            item_id: [replace(one[item_id], item_id=item_id, sample=n) for n, one in enumerate(samples)]
            for item_id in keys
        }

    made: dict[Side, Made] = {}
    try:
        progress.say(f"loading {pair.facts.tuned}")
        with pair.open("tuned") as tuned:
            made["tuned"] = answer("tuned", tuned)
            if with_base and pair.facts.shared:
                with pair.open("base") as off:
                    made["base"] = answer("base", off)
        if with_base and not pair.facts.shared:
            progress.say(f"loading {pair.facts.base}")
            with pair.open("base") as base:
                made["base"] = answer("base", base)
    finally:
        pair.close()
    return made


def _answers(
    pair: Pair, asked: Dataset, settings: GenerationSettings, made: Mapping[Side, Made], path: Path | None
) -> Answers:
    rows = tuple(
        Answer(
            item_id=item.id, prompt=item.readable_prompt, reference=response_text(item),
            tuned=made["tuned"][item.id][sample], base=made["base"][item.id][sample] if "base" in made else None,
            metadata=item.metadata,
        )
        for item in asked.items for sample in range(settings.n_samples)
    )  # fmt: skip
    facts = pair.facts
    chance = f" top_p={settings.top_p} seed={settings.seed}" if not settings.is_greedy else ""
    fields = {
        "data": f"{asked.name}#{asked.fingerprint}",
        "template": f"{facts.template_from}#{facts.template_fingerprint}",
        "engine": f"transformers {facts.device} {facts.dtype}",
        "context": facts.context,
        "generation": f"max_new_tokens={settings.max_new_tokens} temperature={settings.temperature}{chance} "
        f"stop={list(settings.stop)}",
        "tunecheck": tunecheck.__version__,
    }
    return Answers(
        rows=rows, settings=settings, model=facts.tuned, base=facts.base if "base" in made else None,
        n_items=len(asked), skipped=asked.skipped, path=str(path) if path is not None else "",
        signature=" | ".join(f"{name}={value}" for name, value in fields.items()),
    )  # fmt: skip


def _check_out(path: Path, source: Any, *, overwrite: bool) -> None:
    if path.is_dir():
        raise InputError(f"{path} is a folder", hint=f"name a file: --out {path / 'answers.jsonl'}")
    if not path.exists():
        return
    if isinstance(source, (str, os.PathLike)) and Path(os.fsdecode(source)).exists() and path.samefile(source):
        raise InputError(f"{path} is the input, and is not written over", hint="name another --out")
    if not overwrite:
        raise InputError(f"{path} exists", hint="name another --out, or write over it: --overwrite")


@contextmanager
def _opened(partial: Path | None) -> Iterator[RunStore]:
    """Where answers are kept as they come: beside the file that they will be in, or in memory."""
    if partial is None:
        yield store.InMemoryRunStore()
        return
    with store.open_run(partial) as kept:
        yield kept


def _write(path: Path, content: bytes, partial: Path | None) -> None:
    """Put ``content`` at ``path`` in one step."""
    try:
        replace_file(path, content)
    except OSError as error:
        raise CannotRun(
            f"{path} cannot be written: {error.strerror or error}; the answers are kept in {partial}",
            hint="check the space and the rights there, then type the same command again",
        ) from error


def _remove(partial: Path) -> None:
    """Take away what only the unfinished file needed, and nothing else that may be in that folder."""
    try:
        for name in _STORE_FILES:
            (partial / name).unlink(missing_ok=True)
        partial.rmdir()
    except OSError:
        return  # The file is whole; a folder that stays does no harm.
