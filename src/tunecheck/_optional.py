"""Load a module that needs an extra, or say which extra is missing."""

from __future__ import annotations

import importlib
from types import ModuleType

from tunecheck.errors import MissingExtra

# Module of ours that needs an extra -> (the library looked for, the extra that brings it).
_NEEDS = {
    "tunecheck.models.huggingface": ("torch", "hf"),
    "tunecheck.models.huggingface.embedder": ("torch", "hf"),
    "tunecheck.demo.train": ("torch", "hf"),
    "tunecheck.metrics.maths": ("math_verify", "math"),
}


def load(module: str) -> ModuleType:
    """Import ``module`` by its dotted name.

    Raises MissingExtra with the line to type when the library that it needs is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        library, extra = _NEEDS.get(module, (error.name or module, ""))
        missing = (error.name or "").split(".")[0]
        if not extra or missing == "tunecheck":
            raise
        raise MissingExtra(
            f"{missing or library} is not installed",
            hint=f"install it with: pip install 'tunecheck[{extra}]'",
        ) from error
