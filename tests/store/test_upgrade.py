"""Old files are brought up to date, wholly or not at all."""

import logging
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event

from tunecheck.errors import RunFolderError
from tunecheck.store import open_run
from tunecheck.store.schema import HEAD, METADATA, version_of
from tunecheck.store.upgrade import MIGRATIONS, upgrade

NEXT = '''
"""A revision after the newest, for the tests."""
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9999", "{head}", None, None


def upgrade():
    op.add_column("documents", sa.Column("kind", sa.Text))
    {last_line}
'''


@pytest.fixture
def old_run(tmp_path: Path) -> Path:
    with open_run(tmp_path / "run") as store:
        store.set_document("results", "kept")
    return tmp_path / "run"


@pytest.fixture
def connection(old_run: Path) -> Iterator[Connection]:
    engine = create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(old_run / "run.db", isolation_level=None, check_same_thread=False)
    )
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def newer_migrations(folder: Path, *, last_line: str) -> Path:
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9999_next.py").write_text(NEXT.format(head=HEAD, last_line=last_line))
    return folder


def columns_of_documents(run: Path) -> list[str]:
    with closing(sqlite3.connect(run / "run.db")) as connection:
        return [row[1] for row in connection.execute("PRAGMA table_info(documents)")]


def test_the_newest_revision_is_the_one_that_opening_looks_for() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD


def test_the_migrations_make_the_tables_that_the_code_uses(connection: Connection) -> None:
    assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": False}), METADATA) == []


def test_an_old_file_is_brought_up_to_date_and_keeps_what_is_in_it(
    old_run: Path, connection: Connection, tmp_path: Path
) -> None:
    migrations = newer_migrations(tmp_path / "100% newer", last_line="pass")
    with connection.begin():
        upgrade(connection, old_run, HEAD, migrations=migrations)
    with connection.begin():
        assert version_of(connection, old_run) == "9999"
        assert connection.exec_driver_sql("SELECT * FROM documents").all() == [("results", "kept", None)]


def test_a_migration_that_fails_half_way_changes_nothing(old_run: Path, connection: Connection, tmp_path: Path) -> None:
    migrations = newer_migrations(tmp_path / "newer", last_line="raise ValueError('half way')")
    with pytest.raises(ValueError, match="half way"), connection.begin():
        upgrade(connection, old_run, HEAD, migrations=migrations)
    assert columns_of_documents(old_run) == ["name", "text"]
    with open_run(old_run) as store:
        assert store.document("results") == "kept"


def test_an_unknown_revision_is_refused(old_run: Path, connection: Connection) -> None:
    with pytest.raises(RunFolderError, match=r"\(schema 0099\); this one knows 0001"), connection.begin():
        upgrade(connection, old_run, "0099")


def test_making_a_run_logs_nothing_and_leaves_the_logger_as_it_was(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = logging.getLogger("alembic").level
    with caplog.at_level(logging.INFO):
        open_run(tmp_path / "another").close()
    assert caplog.records == []
    assert logging.getLogger("alembic").level == before
