"""Fixtures of the rating server: an empty run folder made once, and one of a test's own behind the application."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.comparisons import pair_study
from tests.studies import study
from tests.web.served import Served, served
from tunecheck.store import open_studies


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder with the tables and nothing in them."""
    folder = tmp_path_factory.mktemp("web") / "run"
    open_studies(folder, create=True).close()
    return folder


@pytest.fixture
def place(blank: Path, tmp_path: Path) -> Iterator[Served]:
    """A served folder with a blind sheet: six prompts, two answers to each, two of them coming again."""
    made = served(blank, tmp_path / "run")
    made.put(study(6, n_repeats=0))
    with made.store:
        yield made


@pytest.fixture
def pairs(blank: Path, tmp_path: Path) -> Iterator[Served]:
    """A served folder with a blind A/B test of twelve pairs, three of which are guessed at in the end."""
    made = served(blank, tmp_path / "pairs")
    made.put_pairs(pair_study(12, n_guesses=3))
    with made.store:
        yield made
