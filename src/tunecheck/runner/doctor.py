"""Doctor: what this machine can do, found out by looking."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
from dataclasses import dataclass

from tunecheck import _optional
from tunecheck.errors import MissingExtra


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line: what was looked for, whether it is there, and what is there or how to get it."""

    name: str
    found: bool
    note: str


def examine() -> list[Finding]:
    """Python, cores, disk, the engine with its device and precision, and the libraries behind them."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    free_gib = shutil.disk_usage(".").free / 2**30
    return [
        Finding(name="Python", found=True, note=f"{platform.python_version()} on {platform.platform()}"),
        Finding(name="cores", found=True, note=str(cores)),
        Finding(name="disk here", found=free_gib > 1, note=f"{free_gib:.0f} GiB free"),
        *[_library(name) for name in ("torch", "transformers", "peft")],
        _engine(),
    ]


def _library(name: str) -> Finding:
    try:
        return Finding(name=name, found=True, note=importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name=name, found=False, note="install it with: pip install 'tunecheck[hf]'")


def _engine() -> Finding:
    try:
        engine = _optional.load("tunecheck.models.huggingface")
    except MissingExtra as error:
        return Finding(name="local models", found=False, note=error.hint)
    return Finding(name="local models", found=True, note=engine.describe_device())
