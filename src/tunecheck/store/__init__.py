"""Where a run keeps its facts: one SQLite file in its folder, or memory."""

from tunecheck.store.memory import InMemoryRunStore
from tunecheck.store.sqlite import SqliteRunStore, open_run

__all__ = ["InMemoryRunStore", "SqliteRunStore", "open_run"]
