"""What tunecheck raises, drawn as a tree.

TunecheckError                 message, hint (what to type next), exit_code
├── InputError          2      something that the user gave is wrong
│   ├── DataError              a data file or a row of it
│   ├── ModelError             a model, adapter, tokenizer or template
│   ├── RunFolderError         the folder of a run: another version, in use, disk full
│   └── MissingExtra           an optional library is not installed
└── CannotRun           4      the input is fine, the machine is not: no memory, no server
"""

from __future__ import annotations


class TunecheckError(Exception):
    """Base of every error that tunecheck raises on purpose.

    ``message`` says what happened, to which thing, with the value; ``hint`` is the next thing to type or to change.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class InputError(TunecheckError):
    """Something that the user gave is wrong; nothing was written."""

    exit_code = 2


class DataError(InputError):
    """A data file, or rows of it, cannot be read as items."""


class ModelError(InputError):
    """A model, adapter, tokenizer or chat template cannot be used."""


class RunFolderError(InputError):
    """The folder of a run cannot be used or written."""


class MissingExtra(InputError):
    """An optional library is needed and not installed."""


class CannotRun(TunecheckError):
    """The input is fine but this machine cannot do the work now."""

    exit_code = 4
