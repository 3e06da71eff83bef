"""Fixtures that every test may use: real models made on the spot, and the folder of real files where there is one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

# As the command line does, and before anything imports torch: threads that spin crawl when cores are shared.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

_ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Names of files that are not there yet."""
    folder = tmp_path_factory.mktemp("ledgers")
    return (folder / f"{number}.jsonl" for number in count())


@pytest.fixture(autouse=True)
def own_ledger(ledgers: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test exports for training is remembered in a file of its own, and not in the user's."""
    monkeypatch.setenv("TUNECHECK_EXPORTED", str(next(ledgers)))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real files (models, logs, data) that are not part of the project."""
    folder = Path(os.environ.get("TUNECHECK_SHARED_DATA", _ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no real files here: name their folder in TUNECHECK_SHARED_DATA")
    return folder


@pytest.fixture(scope="session")
def stories260k(shared_data: Path) -> Path:
    """A real pre-trained language model of 260,032 parameters."""
    folder = shared_data / "models" / "stories260K"
    if not folder.is_dir():
        pytest.skip(f"the model stories260K is not in {shared_data}/models")
    return folder
