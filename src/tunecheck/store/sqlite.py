"""SqliteRunStore: a run in one SQLite file, ``run.db`` in its folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine, Table, delete, insert, or_, select
from sqlalchemy.dialects.sqlite import insert as insert_or

from tunecheck.core.completions import Completion
from tunecheck.core.ports import StoredItem
from tunecheck.core.scores import SequenceScore
from tunecheck.store.lock import FolderLock
from tunecheck.store.memory import by_place
from tunecheck.store.opening import bring_up_to_date, engine_on, find_or_make, readable_version
from tunecheck.store.rows import completion_from, completion_row, item_from, item_text, score_from, score_row
from tunecheck.store.schema import COMPLETIONS, DOCUMENTS, ITEMS, LACKS, SCORES
from tunecheck.store.trouble import explained

T = TypeVar("T")

# SQLite before 3.32 takes 999 bound values in a statement.
_KEYS_A_QUERY = 900


class SqliteRunStore:
    """The port RunStore over ``run.db``; made by ``open_run``. Use it in a ``with``, or close it."""

    def __init__(
        self, engine: Engine, folder: Path, closing: ExitStack, *, lacks: frozenset[str] = frozenset()
    ) -> None:
        """Take over an engine on a file with the newest schema, and what ``close`` has to undo.

        ``lacks`` names tables and columns ("table.column") that an older file, open for reading, does not have: they
        are empty.
        """
        self.folder = folder
        self._engine = engine
        self._closing = closing
        self._lacks = lacks
        self._is_closed = False

    def close(self) -> None:
        """Close the file and let go of the folder; a second time does nothing."""
        self._is_closed = True
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def scores(self, keys: Iterable[str]) -> dict[str, SequenceScore]:
        """The stored scores among ``keys``, in the order of ``keys``."""
        return self._under(SCORES, keys, score_from)

    def add_scores(self, scored: Sequence[tuple[str, SequenceScore]]) -> None:
        """Keep scores; the first of a key stays, unless only a later one has its token arrays, or their moments."""
        if not scored:
            return
        offered = insert_or(SCORES)
        keep_first = offered.on_conflict_do_update(
            index_elements=[SCORES.c.key],
            set_={column.name: offered.excluded[column.name] for column in SCORES.c if column.name != "key"},
            where=or_(
                *(
                    SCORES.c[name].is_(None) & offered.excluded[name].is_not(None)
                    for name in ("token_positions", "token_mean_nats")
                )
            ),
        )
        with self._transaction() as connection:
            connection.execute(keep_first, [score_row(key, score) for key, score in scored])

    def completions(self, keys: Iterable[str]) -> dict[str, Completion]:
        """The stored completions among ``keys``, in the order of ``keys``."""
        return self._under(COMPLETIONS, keys, completion_from)

    def add_completions(self, completed: Sequence[tuple[str, Completion]]) -> None:
        """Keep completions; the first of a key stays."""
        if not completed:
            return
        keep_first = insert_or(COMPLETIONS).on_conflict_do_nothing(index_elements=[COMPLETIONS.c.key])
        with self._transaction() as connection:
            connection.execute(keep_first, [completion_row(key, completion) for key, completion in completed])

    def set_document(self, name: str, text: str) -> None:
        """Keep a JSON text under a name, in place of an earlier one."""
        offered = insert_or(DOCUMENTS).values(name=name, text=text)
        with self._transaction() as connection:
            connection.execute(
                offered.on_conflict_do_update(index_elements=["name"], set_={"text": offered.excluded.text})
            )

    def document(self, name: str) -> str | None:
        """The JSON text kept under a name, or None."""
        with self._transaction() as connection:
            return connection.execute(select(DOCUMENTS.c.text).where(DOCUMENTS.c.name == name)).scalar()

    def set_items(self, items: Sequence[StoredItem]) -> None:
        """Keep the items of this run, in place of earlier ones. Raises ValueError when two share a place."""
        rows = [
            {"part": part, "position": position, "item": item_text(stored.item)}
            for (part, position), stored in by_place(items).items()
        ]
        with self._transaction() as connection:
            connection.execute(delete(ITEMS))
            if rows:
                connection.execute(insert(ITEMS), rows)

    def items(self) -> list[StoredItem]:
        """The items of this run, by part and position."""
        with self._transaction() as connection:
            rows = connection.execute(select(ITEMS).order_by(ITEMS.c.part, ITEMS.c.position)).all()
        return [StoredItem(part=row.part, position=row.position, item=item_from(row.item)) for row in rows]

    def _under(self, table: Table, keys: Iterable[str], record: Callable[[Mapping[str, Any]], T]) -> dict[str, T]:
        """The records of a table's rows under ``keys``, in the order of ``keys``."""
        asked = list(dict.fromkeys(keys))
        found: dict[str, T] = {}
        if table.name in self._lacks:
            return found
        columns = [column for column in table.c if f"{table.name}.{column.name}" not in self._lacks]
        with self._transaction() as connection:
            for start in range(0, len(asked), _KEYS_A_QUERY):
                query = select(*columns).where(table.c.key.in_(asked[start : start + _KEYS_A_QUERY]))
                found.update((row.key, record(row._asdict())) for row in connection.execute(query))
        return {key: found[key] for key in asked if key in found}

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        if self._is_closed:
            raise ValueError(f"the store of {self.folder} is closed")
        with explained(self.folder), self._engine.begin() as connection:
            yield connection


def open_run(folder: Path, *, create: bool = True, read_only: bool = False, wait_s: float = 5.0) -> SqliteRunStore:
    """Open the run in ``folder``, making the folder and ``run.db`` first where they are missing.

    create      False: a folder without run.db is an error
    read_only   read beside a process that works in the folder: takes no lock, makes and changes nothing
    wait_s      how long to wait for a program that has locked run.db itself

    An older run.db is brought up to date, or read as it stands when ``read_only``. Nothing in the folder is ever
    removed. Raises RunFolderError: another process works here, another version wrote the file, no file, no
    permission, disk full.
    """
    with ExitStack() as undo:
        find_or_make(folder, create=create and not read_only)
        if not read_only:
            undo.callback(FolderLock(folder).release)
        engine = engine_on(folder / "run.db", read_only=read_only, wait_s=wait_s)
        undo.callback(engine.dispose)
        with explained(folder):
            version = readable_version(engine, folder) if read_only else bring_up_to_date(engine, folder)
        return SqliteRunStore(engine, folder, undo.pop_all(), lacks=LACKS[version])
