"""SqliteStudyStore: studies, raters and what they said in ``run.db``, shared by servers and commands at one time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from sqlalchemy import Connection, Engine, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from tunecheck.core import Access, Judgement, RatedWith, Rater, Rating, Role, StoredStudy, StudyKind
from tunecheck.store.judgements import judgement_of, keep_judgements, of_study
from tunecheck.store.lock import FolderLock
from tunecheck.store.opening import bring_up_to_date, engine_on, find_or_make, readable_version
from tunecheck.store.schema import ACCESS, HEAD, LACKS, RATERS, RATINGS, STUDIES, version_of
from tunecheck.store.trouble import explained

T = TypeVar("T")

# All of a rating; its number only orders them.
_COLUMNS = tuple(column for column in RATINGS.c if column.name != "number")
# As many pages as are drawn at once; a write waits for no read, and a read for no write.
_READERS = 4


class SqliteStudyStore:
    """The port StudyStore over ``run.db``; made by ``open_studies``. Use it in a ``with``, or close it.

    It takes no lock on the folder: a server, a terminal and an import may write at once, each in transactions of its
    own. It may be used from several threads.
    """

    def __init__(
        self, reader: Engine, writer: Engine | None, folder: Path, closing: ExitStack, *, lacks: frozenset[str]
    ) -> None:
        """Take over engines, None for the writer of a file that is only read, which ``lacks`` some of the tables."""
        self.folder = folder
        self._reader, self._writer, self._closing, self._lacks = reader, writer, closing, lacks

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add_study(self, kind: StudyKind, *, created: str, text: str) -> int:
        """Keep a study, and say its number. Earlier ones of its kind stay, with their ratings."""
        with self._writing() as connection:
            added = connection.execute(insert(STUDIES).values(kind=kind, created=created, text=text))
            assert added.inserted_primary_key is not None
            return int(added.inserted_primary_key[0])

    def study(self, kind: StudyKind) -> StoredStudy | None:
        """The newest study of a kind, or None."""
        newest = select(STUDIES).where(STUDIES.c.kind == kind).order_by(STUDIES.c.number.desc()).limit(1)
        row = self._read(lambda connection: connection.execute(newest).first(), None)
        return None if row is None else StoredStudy(number=row.number, kind=kind, created=row.created, text=row.text)

    def add_rater(self, name: str) -> Rater:
        """A new rater, or the one who has this name."""
        with self._writing() as connection:
            known = connection.execute(select(RATERS.c.number).where(RATERS.c.name == name)).scalar()
            if known is not None:
                return Rater(number=known, name=name)
            newest = connection.execute(select(func.max(RATERS.c.number))).scalar()
            number = 0 if newest is None else newest + 1
            connection.execute(insert(RATERS).values(number=number, name=name))
            return Rater(number=number, name=name)

    def raters(self) -> list[Rater]:
        """All raters, in the order of their numbers."""
        query = select(RATERS).order_by(RATERS.c.number)
        return self._read(
            lambda connection: [Rater(number=row.number, name=row.name) for row in connection.execute(query)], []
        )

    def admit(self, token_hash: str, access: Access, *, at: str) -> None:
        """Let a token in."""
        row = {"token_hash": token_hash, "role": access.role, "rater": access.rater, "admitted_at": at}
        with self._writing() as connection:
            connection.execute(insert(ACCESS).values(**row))

    def access(self, token_hash: str) -> Access | None:
        """What a token opens, or None where it was never let in, or no longer is."""
        query = select(ACCESS).where(ACCESS.c.token_hash == token_hash, ACCESS.c.revoked_at.is_(None))
        row = self._read(lambda connection: connection.execute(query).first(), None)
        return None if row is None else Access(role=cast(Role, row.role), rater=row.rater)

    def revoke(self, access: Access, *, at: str) -> int:
        """Shut out all tokens of a rater, or of the owner; how many there were."""
        same = (ACCESS.c.role == access.role) & (ACCESS.c.rater.is_not_distinct_from(access.rater))
        with self._writing() as connection:
            shut = update(ACCESS).where(same, ACCESS.c.revoked_at.is_(None)).values(revoked_at=at)
            return int(connection.execute(shut).rowcount)

    def add_ratings(self, ratings: Sequence[Rating]) -> int:
        """Append ratings in their order, and say how many are new: a key that is there already keeps its first."""
        if not ratings:
            return 0
        keep_first = insert_or(RATINGS).on_conflict_do_nothing(index_elements=["study", "rater", "key"])
        with self._writing() as connection:
            before = _n_changes(connection)
            connection.execute(keep_first, [_row(rating) for rating in ratings])
            return _n_changes(connection) - before

    def ratings(self, study: int, *, rater: int | None = None) -> list[Rating]:
        """The ratings of a study, of all raters or of one, in the order in which they came."""
        query = select(*_COLUMNS).where(RATINGS.c.study == study).order_by(RATINGS.c.number)
        if rater is not None:
            query = query.where(RATINGS.c.rater == rater)
        # The driver's own rows: wrapped ones take three times as long, and a study can have 100,000 of them.
        none: Sequence[Any] = ()
        return [_rating(*row) for row in self._read(lambda c: c.execute(query).cursor.fetchall(), none)]

    def add_judgements(self, judgements: Sequence[Judgement]) -> int:
        """Keep what judges said, and say how many are kept: one that failed makes way for the next."""
        if not judgements:
            return 0
        with self._writing() as connection:
            before = _n_changes(connection)
            keep_judgements(connection, judgements)
            return _n_changes(connection) - before

    def judgements(self, study: int) -> list[Judgement]:
        """What judges said of a study, in the order in which they were first asked."""
        none: Sequence[Any] = ()
        rows = self._read(lambda connection: connection.execute(of_study(study)).all(), none, table="judgements")
        return [judgement_of(row) for row in rows]

    def _read(self, query: Callable[[Connection], T], otherwise: T, *, table: str = "ratings") -> T:
        if table in self._lacks:
            return otherwise
        with explained(self.folder), self._reader.begin() as connection:
            return query(connection)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        assert self._writer is not None, "the store was opened to read only"
        with explained(self.folder), self._writer.begin() as connection:
            yield connection


def open_studies(
    folder: Path, *, create: bool = False, read_only: bool = False, wait_s: float = 5.0
) -> SqliteStudyStore:
    """Open the studies of the run in ``folder``; with ``create`` the folder and run.db are made where they are missing.

    Takes the lock of the folder only to bring an older file up to date. Raises RunFolderError for what ``open_run``
    raises it for.
    """
    with ExitStack() as undo:
        find_or_make(folder, create=create and not read_only)
        path = folder / "run.db"
        writer, version = None, HEAD
        if not read_only:
            # A person's work: kept through a power cut as well, at a flush of the disk for each save.
            writer = engine_on(path, read_only=False, wait_s=wait_s, synchronous="FULL")
            undo.callback(writer.dispose)
            _upgrade_if_needed(writer, folder)
        reader = engine_on(path, read_only=True, wait_s=wait_s, n_connections=_READERS)
        undo.callback(reader.dispose)
        if read_only:
            with explained(folder):
                version = readable_version(reader, folder)
        return SqliteStudyStore(reader, writer, folder, undo.pop_all(), lacks=LACKS[version])


def _upgrade_if_needed(writer: Engine, folder: Path) -> None:
    with explained(folder), writer.begin() as connection:
        is_new = version_of(connection, folder) == HEAD
    if is_new:
        return
    lock = FolderLock(folder)
    try:
        with explained(folder):
            bring_up_to_date(writer, folder)
    finally:
        lock.release()


def _n_changes(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT total_changes()").scalar_one())


def _row(rating: Rating) -> dict[str, object]:
    return {
        "study": rating.study,
        "rater": rating.rater,
        "entry": rating.entry,
        "again": int(rating.again),
        "field": rating.field,
        "value": rating.value,
        "key": rating.key,
        "at": rating.at,
        "rated_with": rating.rated_with,
        "active_s": rating.active_s,
    }


def _rating(
    study: int, rater: int, entry: int, again: int, field: str, value: str | bytes, key: str, at: str,
    rated_with: RatedWith, active_s: float,
) -> Rating:  # fmt: skip
    """The rating in the columns of ``_COLUMNS``, as the driver gives them."""
    return Rating(
        study=study, rater=rater, entry=entry, again=again != 0, field=field,
        value=value if isinstance(value, str) else value.decode("utf-8", "surrogatepass"),
        key=key, at=at, rated_with=rated_with, active_s=active_s,
    )  # fmt: skip
