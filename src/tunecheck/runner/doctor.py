"""Doctor: what this machine can do, found out by looking."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
from dataclasses import dataclass

from tunecheck import _optional
from tunecheck.core import Tier
from tunecheck.errors import CannotRun, MissingExtra
from tunecheck.sandbox import Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line: what was looked for, whether it is there, and what is there or how to get it."""

    name: str
    found: bool
    note: str


def examine() -> list[Finding]:
    """Python, cores, disk, the engine with its device and precision, the libraries behind them, and the sandbox."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    free_gib = shutil.disk_usage(".").free / 2**30
    return [
        Finding(name="Python", found=True, note=f"{platform.python_version()} on {platform.platform()}"),
        Finding(name="cores", found=True, note=str(cores)),
        Finding(name="disk here", found=free_gib > 1, note=f"{free_gib:.0f} GiB free"),
        *[_library(name) for name in ("torch", "transformers", "peft")],
        _engine(),
        _sandbox("A", "isolated"),
        _sandbox("B", "confined"),
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


def _sandbox(tier: Tier, how: str) -> Finding:
    """Whether generated code can be shut in so well, tried out with programs that want to break out."""
    name = f"sandbox {tier}, {how}"
    try:
        with Sandbox(tier, n_workers=1) as sandbox:
            return Finding(name=name, found=True, note=f"{', '.join(sandbox.layers)}; {sandbox.engine}")
    except CannotRun as error:
        return Finding(name=name, found=False, note=f"{error.message}: {error.hint}" if error.hint else error.message)
