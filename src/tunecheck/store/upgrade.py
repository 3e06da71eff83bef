"""Bring run.db up to the newest schema; the only module that imports alembic, and only when a file is not there yet."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from tunecheck.store.schema import other_version

MIGRATIONS = Path(__file__).parent / "migrations"
"""The folder with env.py and versions/, inside the package."""


def upgrade(connection: Connection, folder: Path, version: str | None, *, migrations: Path = MIGRATIONS) -> None:
    """Run the migrations from ``version`` (None: an empty file) to the newest, in the transaction of ``connection``.

    Raises RunFolderError when ``version`` is none of ours.
    """
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))  # "%" is configparser's own sign
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    if version is not None and version not in {script.revision for script in scripts.walk_revisions()}:
        raise other_version(folder, version, scripts.get_current_head() or "none")
    with _quiet():
        command.upgrade(config, "head")


@contextmanager
def _quiet() -> Iterator[None]:
    """Without alembic's line for each migration, which a program that logs at INFO would show."""
    logger = logging.getLogger("alembic")
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)
