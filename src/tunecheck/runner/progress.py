"""Progress: how the runner tells that long work goes on; silent unless somebody listens."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Hears about stages and steps."""

    def say(self, text: str) -> None:
        """One line about what happens now."""
        ...

    def start(self, label: str, total: int, unit: str = "tokens") -> None:
        """A stage of ``total`` steps begins, each one of ``unit``; an earlier one is over."""
        ...

    def advance(self, steps: int) -> None:
        """So many more steps are done."""
        ...

    def finish(self) -> None:
        """The stage is over."""
        ...


class Silent:
    """Nobody listens."""

    def say(self, text: str) -> None:
        """Says nothing."""

    def start(self, label: str, total: int, unit: str = "tokens") -> None:
        """Starts nothing."""

    def advance(self, steps: int) -> None:
        """Counts nothing."""

    def finish(self) -> None:
        """Ends nothing."""
