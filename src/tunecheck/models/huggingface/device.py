"""What this machine's torch can compute on."""

from __future__ import annotations

import torch

from tunecheck.models.huggingface import precision


def describe_device() -> str:
    """The device and precision that models would be scored in, for people."""
    device = precision.choose_device(None)
    if device.type == "cuda":
        half = "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "no bfloat16"
        gib = precision.free_bytes(device) / 2**30
        return f"{torch.cuda.get_device_name(device)}, {gib:.0f} GiB free, {half}"
    native = "native bfloat16" if precision.cpu_has_bfloat16() else "no native bfloat16: float32"
    return f"CPU, {torch.get_num_threads()} threads, {precision.free_bytes(device) / 2**30:.0f} GiB free, {native}"
