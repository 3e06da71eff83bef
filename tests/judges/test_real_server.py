"""A judge behind a server that others wrote: transformers' own, on a model of 20,000 parameters from disk."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runner.judged_runs import run_with_test, stored
from tests.workshop import call

pytest.importorskip("transformers", reason="needs the hf extra")
from transformers.utils.import_utils import is_serve_available

_PATIENCE_S = 120.0
_SERVE = "from transformers.cli.transformers import main; main()"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server, which is a process of its own and cannot reach a hub."""
    from tests import tiny

    folder = tmp_path_factory.mktemp("served")
    model, port = tiny.save_model(folder / "model", context=8192), free_port()
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "home"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", _SERVE, "serve", str(model), "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "log").open("w+") as log:
        process = subprocess.Popen([*command, "--device", "cpu"], stdout=log, stderr=log, env=environment)
        try:
            until = time.monotonic() + _PATIENCE_S
            while not is_up(port):
                if process.poll() is not None or time.monotonic() > until:
                    raise AssertionError(f"the server did not start: {(folder / 'log').read_text()[-2000:]}")
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.2)
            yield f"openai:http://127.0.0.1:{port}/v1#{model}"
        finally:
            process.kill()
            process.wait(10)


def is_up(port: int) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1) as answer:
        return answer.status == 200
    return False


@pytest.mark.hf
@pytest.mark.slow
@pytest.mark.skipif(not is_serve_available(), reason="transformers serve needs transformers[serving]")
def test_a_real_server_answers_and_what_a_model_of_noise_says_is_no_verdict(served: str, tmp_path: Path) -> None:
    run = run_with_test(tmp_path / "run", 2)
    called = call(
        *("ab", "judge", run, "--judge", served, "--max-tokens", 24, "--price-in", 1, "--price-out", 1),
        *("--jobs", 1, "--json"),
    )
    assert called.code == 3, called.err
    figures = called.document["judges"][0]
    assert (figures["n_asked"], figures["n_done"], figures["n_failed"], figures["stopped"]) == (4, 0, 4, "")
    assert (figures["reasons"], figures["n_uncounted"]) == ({"cut off": 4}, 0)
    # The model has one token for a byte: all that was asked reached it.
    assert figures["prompt_tokens"] > 4 * 1000
    assert figures["completion_tokens"] == 4 * 24
    assert figures["cost"] == pytest.approx((figures["prompt_tokens"] + 96) / 1e6)
    assert [(one.entry, one.swapped, one.outcome) for one in stored(run)] == [
        (entry, swapped, "failed") for entry in range(2) for swapped in (False, True)
    ]
    assert all(one.reply and one.seconds > 0 for one in stored(run))


@pytest.mark.hf
@pytest.mark.slow
@pytest.mark.skipif(not is_serve_available(), reason="transformers serve needs transformers[serving]")
def test_a_real_server_is_quoted_on_a_name_that_it_does_not_know(served: str, tmp_path: Path) -> None:
    run = run_with_test(tmp_path / "run", 8)
    called = call("ab", "judge", run, "--judge", served.partition("#")[0] + "#another", "--jobs", "1")
    assert called.code == 4
    assert "5 failures in a row: status 400: Server is pinned to " in called.err
    assert len(stored(run)) == 5
