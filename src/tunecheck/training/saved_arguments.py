"""training_args.bin: the arguments of the Hugging Face Trainer, read without torch and without loading a pickle."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

from tunecheck.training.inert_pickle import plain_values

MAX_BYTES = 5_000_000
"""A training_args.bin has about 5 kB; a larger one than this is not looked into."""

# torch.save wrote one file of several pickles before it wrote zip files: a magic number, a version, facts about the
# system, then the object.
_N_PICKLES = 6


def read_arguments(path: Path) -> dict[str, Any]:
    """The attributes of the saved TrainingArguments that are plain values; {} when there are none to be had.

    A file that is absent, large, damaged or something else altogether gives {} too: it is a source of suggestions, and
    no reason to stop.
    """
    try:
        if not path.is_file():
            return {}
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        return _arguments(content) if len(content) <= MAX_BYTES else {}
    except (OSError, EOFError, ValueError, LookupError, TypeError, ArithmeticError, RuntimeError):
        return {}
    except (struct.error, zlib.error, zipfile.BadZipFile):
        return {}


def _arguments(content: bytes) -> dict[str, Any]:
    stream = io.BytesIO(_pickle_in_zip(content) if content.startswith(b"PK") else content)
    for _ in range(_N_PICKLES):
        values = plain_values(stream)
        if "learning_rate" in values:
            return values
    return {}


def _pickle_in_zip(content: bytes) -> bytes:
    """The content of data.pkl. Torch stores it as it is, so a compressed one, which might be a bomb, is refused."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            if entry.filename.rpartition("/")[2] == "data.pkl":
                if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > MAX_BYTES:
                    raise ValueError(f"{entry.filename} is compressed or too large")
                return archive.read(entry)
    raise ValueError("no data.pkl")
