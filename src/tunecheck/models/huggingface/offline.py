"""offline: while it lasts, no library looks anything up in the network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from huggingface_hub import constants


@contextmanager
def offline() -> Iterator[None]:
    """Keep huggingface_hub and what stands on it (transformers, peft) to local files, and put its setting back after.

    ``local_files_only`` is not enough: a file that is not there makes huggingface_hub ask its server who is asking
    (its list of agents), and peft looks on the hub for an adapter whose weights are missing.
    """
    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before
