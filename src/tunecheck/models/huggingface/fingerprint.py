"""Fingerprints: what is in a model's weights, whatever its files are called."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

# Settings that say where a model came from or which version wrote it, and not what it computes.
_NO_CONTENT = {
    "_name_or_path", "transformers_version", "architectures", "base_model_name_or_path", "revision", "inference_mode",
    "dtype", "torch_dtype", "use_cache", "auto_mapping", "peft_version",
}  # fmt: skip


def fingerprint(tensors: Iterable[tuple[str, Tensor]], config: Mapping[str, object], *, over: str = "") -> str:
    """Hash of names, shapes, dtypes and every byte of ``tensors``, of ``config``, and of the fingerprint ``over``.

    Tensors that share memory (tied embeddings) are hashed once under their first name.
    """
    seen: set[tuple[int, torch.Size]] = set()
    own: list[tuple[str, Tensor]] = []
    for name, tensor in sorted(tensors, key=lambda pair: pair[0]):
        place = (tensor.data_ptr(), tensor.shape)
        if place in seen and tensor.numel():
            continue
        seen.add(place)
        own.append((name, tensor))
    # hashlib lets go of the interpreter lock, so that hashing runs at the speed of all cores.
    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        digests = list(pool.map(_digest, own))
    total = hashlib.blake2b(over.encode(), digest_size=16)
    total.update(_canonical(config).encode())
    for digest in digests:
        total.update(digest)
    return total.hexdigest()


def _digest(named: tuple[str, Tensor]) -> bytes:
    name, tensor = named
    head = f"{name}|{tensor.dtype}|{tuple(tensor.shape)}"
    digest = hashlib.blake2b(head.encode(), digest_size=16)
    flat = tensor.detach().to("cpu").contiguous().flatten()
    if flat.numel():
        digest.update(flat.view(torch.uint8).numpy().data)
    return digest.digest()


def _canonical(config: Mapping[str, object]) -> str:
    kept = {name: value for name, value in config.items() if name not in _NO_CONTENT}
    return json.dumps(kept, sort_keys=True, default=_plain)


def _plain(value: object) -> object:
    return sorted(map(str, value)) if isinstance(value, (set, frozenset)) else str(value)
