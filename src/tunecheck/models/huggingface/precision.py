"""Precision and device: what a model is computed in, and why."""

from __future__ import annotations

from dataclasses import dataclass

import psutil
import torch

from tunecheck.errors import ModelError

# Below this a float32 pass takes seconds anyway, and exact numbers are worth more than its double speed.
SMALL_MODEL_PARAMETERS = 50_000_000

_NAMES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True, slots=True)
class Precision:
    """The dtype that a model is computed in, and the reason for people."""

    dtype: torch.dtype
    why: str

    @property
    def name(self) -> str:
        """The dtype as users type it: float32, bfloat16 or float16."""
        return str(self.dtype).removeprefix("torch.")


def choose_device(name: str | None) -> torch.device:
    """The device that was asked for, or the first GPU, or the CPU. Raises ModelError when it is not there."""
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f"device {name!r} cannot be used here: {reason}", hint="try --device cpu") from error
    return device


def choose(requested: str, device: torch.device, *, stored: torch.dtype, n_parameters: int) -> Precision:
    """Float32 where that is fast enough, else the fastest precision that the device computes natively."""
    if requested != "auto":
        if requested not in _NAMES:
            raise ModelError(f"dtype {requested!r} is not one of: auto, {', '.join(_NAMES)}", hint="try --dtype auto")
        return Precision(_NAMES[requested], "asked for")
    if stored == torch.float32 and n_parameters < SMALL_MODEL_PARAMETERS:
        return Precision(torch.float32, "stored in float32 and small")
    if device.type == "cuda":
        if torch.cuda.is_bf16_supported(including_emulation=False):
            return Precision(torch.bfloat16, "the GPU computes bfloat16")
        if stored == torch.float16:
            return Precision(torch.float16, "stored in float16, and the GPU has no bfloat16")
        return Precision(torch.float32, "the GPU has no bfloat16")
    if device.type == "cpu" and cpu_has_bfloat16():
        return Precision(torch.bfloat16, "the CPU computes bfloat16")
    return Precision(torch.float32, "the CPU has no native bfloat16" if device.type == "cpu" else "exact")


def cpu_has_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 matrices natively (AVX-512 bf16, AMX or Arm's bf16), not by emulation."""
    flags = torch.cpu.get_capabilities()
    return any(bool(flags.get(name)) for name in ("avx512_bf16", "amx_bf16", "amx_tile", "bf16"))


def free_bytes(device: torch.device) -> int:
    """Memory that can still be taken on the device."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)
