"""Run folders with an A/B test in them, and judges that answer at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.comparisons import pair_study
from tests.judges.scripted_server import Script, ScriptedServer, serving
from tunecheck import store
from tunecheck.core import Judgement, PairStudy
from tunecheck.judges import ChatServer, Patience, ServerAddress
from tunecheck.runner.ab_judge import JudgedStudy, judge_ab
from tunecheck.runner.studies import current_comparison, keep_study


def run_with_test(folder: Path, n_pairs: int = 6, **options: Any) -> Path:
    """A run folder that has a test of so many pairs: "answer 0 of one" by tuned, "answer 0 of another" by base."""
    with store.open_studies(folder, create=True) as studies:
        keep_study(studies, pair_study(n_pairs, **options))
    return folder


def study_of(run: Path) -> PairStudy:
    with store.open_studies(run, read_only=True) as studies:
        return current_comparison(studies)


def stored(run: Path) -> list[Judgement]:
    with store.open_studies(run, read_only=True) as studies:
        return studies.judgements(current_comparison(studies).number)


def without_pauses(timeout_s: float = 5.0) -> Any:
    """What connects to a server and never waits between tries."""

    def connect(address: ServerAddress, key: str, seed: int) -> ChatServer:
        patience = Patience(sleep=lambda _: None)
        return ChatServer(address, key=key, seed=seed, timeout_s=timeout_s, patience=patience)

    return connect


@contextlib.contextmanager
def judged(run: Path, script: Script, **options: Any) -> Iterator[tuple[JudgedStudy, ScriptedServer]]:
    """The test of a run judged by one scripted judge."""
    with serving(script) as server:
        options = {"concurrency": 1, "canaries": 0, "connect": without_pauses(), **options}
        yield judge_ab(run, server.spec, **options), server
