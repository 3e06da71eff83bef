"""Right programs that do otherwise than their problem's reference: nothing that guards against cheats stops them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.honest import HONEST, Honest
from tests.sandbox_here import need_bubblewrap
from tunecheck.sandbox import Sandbox, unsupported

pytestmark = pytest.mark.skipif(bool(unsupported()), reason=unsupported())


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    need_bubblewrap()
    with Sandbox("A", n_workers=1) as started:
        yield started


def _objects(sandbox: Sandbox, pair: Honest) -> tuple[str, ...]:
    """What the reference gave, where it gave objects at all: nothing else may a sample give."""
    verdicts = []
    for objects in ((), ("*",)):
        (outcome,) = sandbox.run([pair.job(pair.reference, objects)])
        if outcome.verdict == "pass":
            return outcome.gave
        verdicts.append(outcome)
    raise AssertionError(verdicts)


@pytest.mark.parametrize("pair", HONEST, ids=[pair.name for pair in HONEST])
def test_a_right_program_passes_whatever_the_reference_did(sandbox: Sandbox, pair: Honest) -> None:
    objects = _objects(sandbox, pair)
    (found,) = sandbox.run([pair.job(pair.program, objects)])
    assert found.verdict == "pass", f"{found.detail} {found.called} {objects}"


@pytest.mark.parametrize("pair", HONEST, ids=[pair.name for pair in HONEST])
def test_a_reference_passes_once_more_with_what_it_gave(sandbox: Sandbox, pair: Honest) -> None:
    objects = _objects(sandbox, pair)
    (found,) = sandbox.run([pair.job(pair.reference, objects)])
    assert found.verdict == "pass", f"{found.detail} {found.called} {objects}"
