"""What tests of the whole tool share: small data files, small models on disk, and the command line, called here."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

WORDS = ("the", "cat", "sat", "on", "a", "red", "mat", "and", "saw", "one", "big", "dog", "near", "some", "old", "tree")

# A run without general text and without answers, for tests that are about neither.
QUICK = ("--general", "none", "--answers", 0)

Row = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Called:
    """What a command left: its exit code, and all that it wrote to stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def message(self) -> str:
        """What a command that refused its input said was wrong; the only thing that it said besides its progress."""
        talk, error, said = self.err.partition("error: ")
        assert error, self.err
        assert all(
            line.startswith(("  reading ", "  loading ", "  scoring ", "  answering ", "  comparing "))
            for line in talk.splitlines()
        ), talk
        return said.rstrip("\n").partition("\n  try: ")[0]

    @property
    def hint(self) -> str:
        """What a command that refused its input said to type or to change next."""
        return self.err.rstrip("\n").partition("\n  try: ")[2]

    @property
    def document(self) -> Any:
        """Stdout as one JSON document; anything more or less there is an error."""
        return json.loads(self.out)


def call(*arguments: object) -> Called:
    """``tunecheck ARGUMENTS`` in this process: what a shell would see of it."""
    from tunecheck.cli import main

    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True), io.StringIO()
    before, sys.argv = sys.argv, ["tunecheck", *map(str, arguments)]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as stopped:
            main()
    finally:
        sys.argv = before
    out.seek(0)
    assert isinstance(stopped.value.code, int)
    return Called(code=stopped.value.code, out=out.read(), err=err.getvalue())


def rows(n: int, *, seed: int = 1) -> list[Row]:
    """Distinct pairs of a prompt and a short completion."""
    rng = random.Random(seed)
    return [
        {
            "prompt": f"{' '.join(rng.choices(WORDS, k=4))} {seed}.{number}?",
            "completion": " ".join(rng.choices(WORDS, k=rng.randrange(2, 6))),
        }
        for number in range(n)
    ]


def write_rows(path: Path, of: Iterable[Row]) -> Path:
    """Rows as JSON Lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in of), encoding="utf-8")
    return path


def copied(folder: Path, to: Path) -> Path:
    """A copy of a model folder, to be spoilt."""
    shutil.copytree(folder, to)
    return to


def change_json(path: Path, **fields: object) -> None:
    """Set fields of a JSON file."""
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def results(folder: Path) -> Any:
    """results.json of a run without what two equal runs differ in: the time and the name of the folder."""
    found = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    del found["run"]["created"], found["run"]["folder"]
    return found


def environment() -> dict[str, str]:
    """Of a process that shares the cores with others."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive", "TOKENIZERS_PARALLELISM": "false"}


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """Folders of small models and data files; nobody writes into them.

    base      a model with random weights, and its tokenizer
    lora      an adapter on it that changes what it says
    zero      an adapter on it that changes nothing
    better    a full model: the base, less sure of what it knows nothing about, so that its perplexity is lower
    same      a full model with the base's weights
    val, train    60 and 300 pairs of prompt and completion
    """

    base: Path
    lora: Path
    zero: Path
    better: Path
    same: Path
    val: Path
    train: Path


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """One workshop for all tests."""
    torch = pytest.importorskip("torch")
    from tests import tiny

    folder = tmp_path_factory.mktemp("workshop")
    base = tiny.save_model(folder / "base")
    better = tiny.model()
    with torch.no_grad():
        better.lm_head.weight.mul_(0.4)
    better.save_pretrained(folder / "better")
    tiny.tokenizer().save_pretrained(folder / "better")
    return Workshop(
        base=base,
        lora=tiny.save_adapter(base, folder / "lora"),
        zero=tiny.save_adapter(base, folder / "zero", zero=True),
        better=folder / "better",
        same=copied(base, folder / "same"),
        val=write_rows(folder / "val.jsonl", rows(60)),
        train=write_rows(folder / "train.jsonl", rows(300, seed=2)),
    )


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Whom the code under test tried to reach; it reaches nobody."""
    import socket

    asked: list[object] = []

    def refuse(*arguments: object, **_: object) -> Any:
        asked.append(arguments)
        raise OSError("no network in tests")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return asked


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many batches were scored since the last question, besides the probes of preflight."""
    from tunecheck.models.huggingface import HuggingFaceScorer

    counted = [0]
    score = HuggingFaceScorer.score

    def counting(self: Any, batch: Any, **options: Any) -> Any:
        counted[0] += "with_moments" in options  # Preflight does not say whether it wants them, scoring does.
        return score(self, batch, **options)

    def since() -> int:
        n, counted[0] = counted[0], 0
        return n

    monkeypatch.setattr(HuggingFaceScorer, "score", counting)
    return since
