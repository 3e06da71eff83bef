"""The tables of run.db, and which version of them a file has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    inspect,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, UserDefinedType

from tunecheck.errors import RunFolderError

HEAD = "0004"
"""The newest revision in migrations/versions: what a file must be at before it is used."""

_OF_JUDGES = frozenset({"judgements"})
_OF_STUDIES = frozenset({"studies", "raters", "access", "ratings"}) | _OF_JUDGES

LACKS: dict[str, frozenset[str]] = {
    "0001": frozenset({"completions", "scores.token_mean_nats", "scores.token_deviation_nats", *_OF_STUDIES}),
    "0002": _OF_STUDIES,
    "0003": _OF_JUDGES,
    HEAD: frozenset(),
}
"""For each revision that can be read as it stands, the tables and columns that it does not have yet."""

_ANOTHER = "use another --out"


class ExactReal(UserDefinedType[float]):
    """A double kept bit for bit, but a NaN, which becomes NULL.

    A column declared BLOB leaves a bound double as it is; one declared REAL loses the sign of -0.0
    (https://sqlite.org/datatype3.html, section 3).
    """

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The declared type of the column."""
        return "BLOB"


class AnyText(TypeDecorator[str]):
    """Text with all that a Python string can hold: one with lone surrogates, which are not UTF-8, is kept as bytes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002 - the signature is theirs
        """The text itself, or its bytes where it has lone surrogates."""
        if value is None:
            return None
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode("utf-8", "surrogatepass")
        return value

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """The text that was bound."""
        return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value


METADATA = MetaData()

SCORES = Table(
    "scores",
    METADATA,
    Column("key", String, primary_key=True),
    Column("item_id", AnyText, nullable=False),
    Column("nll_nats", ExactReal),
    Column("n_tokens", Integer, nullable=False),
    Column("n_bytes", Integer, nullable=False),
    Column("n_argmax", Integer, nullable=False),
    Column("full_nll_nats", ExactReal),
    Column("full_n_tokens", Integer),
    Column("full_n_bytes", Integer),
    Column("full_n_argmax", Integer),
    Column("token_positions", LargeBinary),
    Column("token_nll_nats", LargeBinary),
    Column("token_is_argmax", LargeBinary),
    Column("token_mean_nats", LargeBinary),
    Column("token_deviation_nats", LargeBinary),
)

COMPLETIONS = Table(
    "completions",
    METADATA,
    Column("key", String, primary_key=True),
    Column("item_id", AnyText, nullable=False),
    Column("sample", Integer, nullable=False),
    Column("text", AnyText, nullable=False),
    Column("token_ids", LargeBinary, nullable=False),
    Column("ended", String, nullable=False),
    Column("n_prompt_tokens", Integer, nullable=False),
    Column("seed", Integer),
)

ITEMS = Table(
    "items",
    METADATA,
    Column("part", String, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("item", AnyText, nullable=False),
)

DOCUMENTS = Table(
    "documents",
    METADATA,
    Column("name", String, primary_key=True),
    Column("text", AnyText, nullable=False),
)

STUDIES = Table(
    "studies",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("created", String, nullable=False),
    Column("text", AnyText, nullable=False),
)

RATERS = Table(
    "raters",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", AnyText, nullable=False, unique=True),
)

ACCESS = Table(
    "access",
    METADATA,
    Column("token_hash", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("rater", Integer),
    Column("admitted_at", String, nullable=False),
    Column("revoked_at", String),
)

# Rows are only ever added; their number is the order in which they came.
RATINGS = Table(
    "ratings",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("study", Integer, nullable=False),
    Column("rater", Integer, nullable=False),
    Column("entry", Integer, nullable=False),
    Column("again", Integer, nullable=False),
    Column("field", String, nullable=False),
    Column("value", AnyText, nullable=False),
    Column("key", String, nullable=False),
    Column("at", String, nullable=False),
    Column("rated_with", String, nullable=False),
    Column("active_s", Float, nullable=False),
    UniqueConstraint("study", "rater", "key", name="ratings_once"),
    Index("ratings_in_order", "study", "number"),
)

# One row for each question; its number is the order in which it was first asked.
JUDGEMENTS = Table(
    "judgements",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("study", Integer, nullable=False),
    Column("judge", AnyText, nullable=False),
    Column("entry", Integer, nullable=False),
    Column("swapped", Integer, nullable=False),
    Column("canary", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("reason", AnyText, nullable=False),
    Column("reply", AnyText, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("prompt_tokens", Integer),
    Column("completion_tokens", Integer),
    Column("at", String, nullable=False),
    UniqueConstraint("study", "judge", "entry", "swapped", "canary", name="judgements_once"),
)


def version_of(connection: Connection, folder: Path) -> str | None:
    """The revision of the open file, or None for an empty one.

    Raises RunFolderError when the file has tables, but none that says a version.
    """
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise RunFolderError(
            f"run.db in {folder} is not from tunecheck: its tables are {', '.join(sorted(tables))}", hint=_ANOTHER
        )
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def other_version(folder: Path, version: str, known: str = HEAD) -> RunFolderError:
    """The error for a file whose version this tunecheck does not know."""
    return RunFolderError(
        f"run.db in {folder} was written by another version of tunecheck (schema {version}); this one knows {known}",
        hint=f"{_ANOTHER}, or that version of tunecheck",
    )
