"""Files: written whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` in one step: a temporary file beside it, synced, then renamed over it.

    Raises OSError; then what was at ``path`` is as it was, and nothing half written stays behind.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        # After the rename this name is gone.
        temporary.unlink(missing_ok=True)
