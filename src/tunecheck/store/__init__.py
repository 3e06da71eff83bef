"""Where a run keeps its facts, and people their ratings: one SQLite file in its folder, or memory."""

from tunecheck.store.memory import InMemoryRunStore, InMemoryStudyStore
from tunecheck.store.sqlite import SqliteRunStore, open_run
from tunecheck.store.studies import SqliteStudyStore, open_studies

__all__ = ["InMemoryRunStore", "InMemoryStudyStore", "SqliteRunStore", "SqliteStudyStore", "open_run", "open_studies"]
