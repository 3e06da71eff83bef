"""Builds the demo: rows, a base, and an adapter on it, in a folder that looks like a user's own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

from tunecheck._optional import load
from tunecheck.demo.corpus import generate_corpus
from tunecheck.demo.data import RUN_WORDS, DemoData, generate, json_lines, n_leaked
from tunecheck.demo.plan import HEALTHY, OVERFITTED, DemoFiles, DemoPlan
from tunecheck.errors import InputError

# Its presence says that the folder is ours to rebuild.
MARKER = "tunecheck-demo.json"


def build(
    out: Path,
    *,
    overfitted: bool,
    seed: int = 42,
    progress: Callable[[str], None],
    plan: DemoPlan | None = None,
) -> DemoFiles:
    """Write the rows, train the base, train the adapter; ``progress`` hears one short line for each thing that happens.

    ``plan`` takes the place of the preset HEALTHY or OVERFITTED. A folder that holds an earlier demo is rebuilt: its
    two models and its two data files are replaced, whatever else stands in it is left alone. The rows depend on the
    seed alone; the weights also on the version of torch and on the kind of processor.

    Raises InputError when ``out`` holds anything that no demo made or cannot be written, and MissingExtra without
    torch, before anything is written.
    """
    plan = plan or (OVERFITTED if overfitted else HEALTHY)
    train = load("tunecheck.demo.train")
    out = out.expanduser().resolve()
    files = DemoFiles(
        base=out / "base", tuned=out / "tuned", train=out / "train.jsonl", validation=out / "validation.jsonl"
    )
    _claim(out, files, {"overfitted": overfitted, "seed": seed})

    data = generate(n_train=plan.n_train, n_validation=plan.n_validation, seed=seed)
    _write(files.train, json_lines(data.train))
    _write(files.validation, json_lines(data.validation))
    progress(_described(data))

    corpus = generate_corpus(plan.n_documents, Random(f"{seed} corpus"))  # noqa: S311 (made-up texts, no secrets)
    train.train_base(corpus, files.base, plan=plan, seed=seed, progress=progress)
    train.train_adapter(data, files.base, files.tuned, plan=plan, seed=seed, progress=progress)
    return files


def _described(data: DemoData) -> str:
    leaked = n_leaked(data)
    found = "none of them" if leaked == 0 else f"{leaked} of them"
    return (
        f"wrote {len(data.train)} training and {len(data.validation)} held-out rows; {found} has its prompt, its "
        f"response or {RUN_WORDS} words in a row in the training file (case, spacing and punctuation aside)"
    )


def _claim(out: Path, files: DemoFiles, facts: dict[str, bool | int]) -> None:
    """Make ``out`` an empty demo folder, or raise InputError and leave it as it is."""
    hint = "name a new folder: tunecheck demo --out NEW_FOLDER"
    try:
        if out.exists() and not out.is_dir():
            raise InputError(f"{out} is a file, and the demo needs a folder", hint=hint)
        if out.is_dir() and not (out / MARKER).is_file() and any(out.iterdir()):
            raise InputError(f"{out} holds files that no demo made, so nothing is written there", hint=hint)
        out.mkdir(parents=True, exist_ok=True)
        _write(out / MARKER, json.dumps({"made_by": "tunecheck demo", **facts}) + "\n")
        for folder in (files.base, files.tuned):
            if folder.exists():
                shutil.rmtree(folder)
        for file in (files.train, files.validation):
            file.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror or error}", hint=hint) from error


def _write(path: Path, text: str) -> None:
    """Write the text whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
