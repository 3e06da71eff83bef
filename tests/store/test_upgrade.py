"""Old files are brought up to date, wholly or not at all."""

import logging
import shutil
import sqlite3
from array import array
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event

from tunecheck.core import Completion, Judgement, SequenceScore, TokenScores, Totals
from tunecheck.errors import RunFolderError
from tunecheck.store import open_run, open_studies
from tunecheck.store.schema import HEAD, LACKS, METADATA, version_of
from tunecheck.store.upgrade import MIGRATIONS, upgrade

FIRST = """
CREATE TABLE scores (key VARCHAR NOT NULL, item_id TEXT NOT NULL, nll_nats BLOB, n_tokens INTEGER NOT NULL,
    n_bytes INTEGER NOT NULL, n_argmax INTEGER NOT NULL, full_nll_nats BLOB, full_n_tokens INTEGER,
    full_n_bytes INTEGER, full_n_argmax INTEGER, token_positions BLOB, token_nll_nats BLOB, token_is_argmax BLOB,
    PRIMARY KEY (key));
CREATE TABLE items (part VARCHAR NOT NULL, position INTEGER NOT NULL, item TEXT NOT NULL,
    PRIMARY KEY (part, position));
CREATE TABLE documents (name VARCHAR NOT NULL, text TEXT NOT NULL, PRIMARY KEY (name));
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
INSERT INTO alembic_version VALUES ('0001');
INSERT INTO documents VALUES ('results', 'kept');
INSERT INTO scores VALUES ('k', 'i', 1.5, 3, 7, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
"""
COMPLETION = Completion(item_id="i", text="said", token_ids=array("q", [1, 2]), ended="end", n_prompt_tokens=4, seed=5)

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


@pytest.fixture
def first_run(tmp_path: Path) -> Path:
    """A run as the first version wrote it, which knew no completions."""
    folder = tmp_path / "first"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "run.db")) as connection:
        connection.executescript(FIRST)
    return folder


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


def test_a_run_of_the_first_version_keeps_its_scores_and_takes_completions(first_run: Path) -> None:
    with open_run(first_run) as store:
        assert store.document("results") == "kept"
        assert store.scores(["k"])["k"].response.nll_nats == 1.5
        assert store.completions(["k"]) == {}
        store.add_completions([("k", COMPLETION)])
    with open_run(first_run, read_only=True) as store:
        assert store.completions(["k"]) == {"k": COMPLETION}


def test_a_run_of_the_first_version_takes_moments(first_run: Path) -> None:
    tokens = TokenScores(
        positions=array("q", [1]), nll_nats=array("d", [1.5]), is_argmax=array("b", [0]),
        mean_nats=array("d", [-2.0]), deviation_nats=array("d", [0.25]),
    )  # fmt: skip
    totals = Totals(nll_nats=1.5, n_tokens=1, n_bytes=1, n_argmax=0)
    score = SequenceScore(item_id="i", response=totals, tokens=tokens)
    with open_run(first_run) as store:
        store.add_scores([("k", score), ("new", score)])
        assert store.scores(["k", "new"]) == {"k": score, "new": score}


def test_a_run_of_the_first_version_is_read_as_it_stands(first_run: Path) -> None:
    before = (first_run / "run.db").read_bytes()
    with open_run(first_run, read_only=True) as store:
        assert store.document("results") == "kept"
        assert store.scores(["k"])["k"].item_id == "i"
        assert store.completions(["k"]) == {}
    assert (first_run / "run.db").read_bytes() == before


def test_a_file_without_judgements_is_read_as_it_stands_and_takes_them_once_it_may_be_written(tmp_path: Path) -> None:
    said = Judgement(study=1, judge="a judge", entry=0, swapped=False, outcome="tie", at="now")
    with open_studies(tmp_path, create=True) as store:
        store.add_rater("Ada")
    with closing(sqlite3.connect(tmp_path / "run.db")) as connection:
        connection.executescript("DROP TABLE judgements; UPDATE alembic_version SET version_num = '0003'")
    with open_studies(tmp_path, read_only=True) as store:
        assert [rater.name for rater in store.raters()] == ["Ada"]
        assert store.judgements(1) == []
    with open_studies(tmp_path) as store:
        assert store.add_judgements([said]) == 1
        assert [rater.name for rater in store.raters()] == ["Ada"]
        assert store.judgements(1) == [said]


def test_every_revision_before_the_newest_is_one_that_can_be_read() -> None:
    revisions = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    assert set(LACKS) == revisions
    assert LACKS[HEAD] == frozenset()


def test_a_migration_that_fails_half_way_changes_nothing(old_run: Path, connection: Connection, tmp_path: Path) -> None:
    migrations = newer_migrations(tmp_path / "newer", last_line="raise ValueError('half way')")
    with pytest.raises(ValueError, match="half way"), connection.begin():
        upgrade(connection, old_run, HEAD, migrations=migrations)
    assert columns_of_documents(old_run) == ["name", "text"]
    with open_run(old_run) as store:
        assert store.document("results") == "kept"


def test_an_unknown_revision_is_refused(old_run: Path, connection: Connection) -> None:
    with pytest.raises(RunFolderError, match=r"\(schema 0099\); this one knows 0004"), connection.begin():
        upgrade(connection, old_run, "0099")


def test_making_a_run_logs_nothing_and_leaves_the_logger_as_it_was(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = logging.getLogger("alembic").level
    with caplog.at_level(logging.INFO):
        open_run(tmp_path / "another").close()
    assert caplog.records == []
    assert logging.getLogger("alembic").level == before
