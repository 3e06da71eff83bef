"""AdapterSwitch: which side the shared weights show."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from typing import Any


class AdapterSwitch:
    """Turns the adapter of a PEFT model off and on, and only when it is not so already.

    PEFT walks through the whole model for it, which takes as long as a batch of a small model does. Its exit puts the
    adapter back.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._off = ExitStack()
        self._is_off = False

    def __enter__(self) -> AdapterSwitch:
        return self

    def __exit__(self, *_: object) -> None:
        self.turn_on()

    def turn_off(self) -> None:
        """Show the base."""
        if not self._is_off:
            without: AbstractContextManager[object] = self._model.disable_adapter()
            self._off.enter_context(without)
            self._is_off = True

    def turn_on(self) -> None:
        """Show the tuned model; also right for a model that has no adapter."""
        self._off.close()
        self._is_off = False
