"""InMemoryRunStore and InMemoryStudyStore: what ends with its process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

from tunecheck.core.completions import Completion
from tunecheck.core.judgements import Judgement
from tunecheck.core.ports import StoredItem
from tunecheck.core.scores import SequenceScore
from tunecheck.core.studies import Access, Rater, Rating, StoredStudy, StudyKind


class InMemoryRunStore:
    """The port RunStore over dictionaries, for live use and for tests."""

    def __init__(self) -> None:
        self._scores: dict[str, SequenceScore] = {}
        self._completions: dict[str, Completion] = {}
        self._documents: dict[str, str] = {}
        self._items: dict[tuple[str, int], StoredItem] = {}

    def close(self) -> None:
        """Nothing to let go of."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def scores(self, keys: Iterable[str]) -> dict[str, SequenceScore]:
        """The stored scores among ``keys``, in the order of ``keys``."""
        return {key: self._scores[key] for key in keys if key in self._scores}

    def add_scores(self, scored: Sequence[tuple[str, SequenceScore]]) -> None:
        """Keep scores; the first of a key stays, unless only a later one has its token arrays, or their moments."""
        for key, score in scored:
            kept = self._scores.get(key)
            if kept is None or _detail(score) > _detail(kept):
                self._scores[key] = score

    def completions(self, keys: Iterable[str]) -> dict[str, Completion]:
        """The stored completions among ``keys``, in the order of ``keys``."""
        return {key: self._completions[key] for key in keys if key in self._completions}

    def add_completions(self, completed: Sequence[tuple[str, Completion]]) -> None:
        """Keep completions; the first of a key stays."""
        for key, completion in completed:
            self._completions.setdefault(key, completion)

    def set_document(self, name: str, text: str) -> None:
        """Keep a JSON text under a name, in place of an earlier one."""
        self._documents[name] = text

    def document(self, name: str) -> str | None:
        """The JSON text kept under a name, or None."""
        return self._documents.get(name)

    def set_items(self, items: Sequence[StoredItem]) -> None:
        """Keep the items of this run, in place of earlier ones. Raises ValueError when two share a place."""
        self._items = by_place(items)

    def items(self) -> list[StoredItem]:
        """The items of this run, by part and position."""
        return [self._items[place] for place in sorted(self._items)]


def _detail(score: SequenceScore) -> int:
    """How much a score tells: totals, token arrays too, or their moments as well."""
    return 0 if score.tokens is None else 1 if score.tokens.mean_nats is None else 2


def by_place(items: Sequence[StoredItem]) -> dict[tuple[str, int], StoredItem]:
    """The items under their part and position. Raises ValueError when two share a place: the caller miscounted."""
    placed: dict[tuple[str, int], StoredItem] = {}
    for stored in items:
        place = (stored.part, stored.position)
        if place in placed:
            raise ValueError(f"two items stand at position {stored.position} of the part {stored.part!r}")
        placed[place] = stored
    return placed


class InMemoryStudyStore:
    """The port StudyStore over lists, for tests and for sheets that nobody keeps."""

    def __init__(self) -> None:
        self._studies: list[StoredStudy] = []
        self._raters: list[Rater] = []
        self._access: dict[str, Access] = {}
        self._shut: set[str] = set()
        self._ratings: list[Rating] = []
        self._keys: set[tuple[int, int, str]] = set()
        self._judgements: dict[tuple[int, str, int, bool, str], Judgement] = {}

    def add_study(self, kind: StudyKind, *, created: str, text: str) -> int:
        """Keep a study, and say its number. Earlier ones of its kind stay, with their ratings."""
        self._studies.append(StoredStudy(number=len(self._studies) + 1, kind=kind, created=created, text=text))
        return self._studies[-1].number

    def study(self, kind: StudyKind) -> StoredStudy | None:
        """The newest study of a kind, or None."""
        return next((one for one in reversed(self._studies) if one.kind == kind), None)

    def add_rater(self, name: str) -> Rater:
        """A new rater, or the one who has this name."""
        known = next((one for one in self._raters if one.name == name), None)
        if known is None:
            known = Rater(number=len(self._raters), name=name)
            self._raters.append(known)
        return known

    def raters(self) -> list[Rater]:
        """All raters, in the order of their numbers."""
        return list(self._raters)

    def admit(self, token_hash: str, access: Access, *, at: str) -> None:  # noqa: ARG002 (kept by the other store)
        """Let a token in."""
        self._access[token_hash] = access

    def access(self, token_hash: str) -> Access | None:
        """What a token opens, or None where it was never let in, or no longer is."""
        return None if token_hash in self._shut else self._access.get(token_hash)

    def revoke(self, access: Access, *, at: str) -> int:  # noqa: ARG002 (kept by the other store)
        """Shut out all tokens of a rater, or of the owner; how many there were."""
        shut = {token for token, opened in self._access.items() if opened == access} - self._shut
        self._shut |= shut
        return len(shut)

    def add_ratings(self, ratings: Sequence[Rating]) -> int:
        """Append ratings in their order, and say how many are new: a key that is there already keeps its first."""
        n_before = len(self._ratings)
        for rating in ratings:
            key = (rating.study, rating.rater, rating.key)
            if key not in self._keys:
                self._keys.add(key)
                self._ratings.append(rating)
        return len(self._ratings) - n_before

    def ratings(self, study: int, *, rater: int | None = None) -> list[Rating]:
        """The ratings of a study, of all raters or of one, in the order in which they came."""
        return [one for one in self._ratings if one.study == study and rater in (None, one.rater)]

    def add_judgements(self, judgements: Sequence[Judgement]) -> int:
        """Keep what judges said, and say how many are kept: one that failed makes way for the next."""
        n_kept = 0
        for said in judgements:
            key = (said.study, said.judge, said.entry, said.swapped, said.canary)
            if key not in self._judgements or self._judgements[key].outcome == "failed":
                self._judgements[key] = said
                n_kept += 1
        return n_kept

    def judgements(self, study: int) -> list[Judgement]:
        """What judges said of a study, in the order in which they were first asked."""
        return [said for said in self._judgements.values() if said.study == study]
