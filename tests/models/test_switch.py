"""The adapter switch: PEFT is asked only when the other side is wanted, and the adapter is on again at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tunecheck.models.huggingface.switch import AdapterSwitch

pytestmark = pytest.mark.hf


class Adapter:
    """What a PEFT model does here: it tells when it is switched."""

    def __init__(self) -> None:
        self.told: list[str] = []

    @contextmanager
    def disable_adapter(self) -> Iterator[None]:
        self.told.append("off")
        yield
        self.told.append("on")


def test_it_switches_only_when_the_other_side_is_wanted_and_at_the_end() -> None:
    adapter = Adapter()
    with AdapterSwitch(adapter) as switch:
        on, off = switch.turn_on, switch.turn_off
        for wanted in (on, off, off, on, on, off):
            wanted()
        assert adapter.told == ["off", "on", "off"]
    assert adapter.told == ["off", "on", "off", "on"]


def test_a_model_without_an_adapter_is_never_asked() -> None:
    with AdapterSwitch(object()) as switch:
        switch.turn_on()
