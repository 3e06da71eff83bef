"""Studies: what people are asked about, who they are, and what they said; append-only, whatever they rated with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from tunecheck.core.judgements import Judgement

StudyKind = Literal["review", "ab"]
Side = Literal["tuned", "base"]
Role = Literal["owner", "rater"]
RatedWith = Literal["web", "terminal", "sheet"]

# Fields of a rating besides the axes of a sheet. CHOICE and GUESS are those of a pair: which answer is better, and
# which one the rater takes for the tuned model's.
CHOICE = "choice"
GUESS = "guess"
NOTE = "note"
REFERENCE = "reference"
BLOCKED = "blocked"
SEEN = "seen"
UNDO = "undo"
RESERVED_FIELDS = frozenset({CHOICE, GUESS, NOTE, REFERENCE, BLOCKED, SEEN, UNDO})
NOT_APPLICABLE = "na"
# What a choice may be, and a guess: sides as the rater saw them.
CHOICES = ("left", "right", "tie", "both_bad", "skip")
GUESSES = ("left", "right", "unsure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """What an answer is rated on, from 1 to 5.

    name      as in files and results: letters, digits and underscores
    question  what the rater asks himself
    anchors   what 1, 2, 3, 4 and 5 stand for
    """

    name: str
    title: str
    question: str
    anchors: tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetAnswer:
    """One answer to rate: what one side said to the prompt of one item. Raters never see ``side`` or ``item``.

    item    the item's id: the answers of both sides to one prompt share it
    unit    what the statistics treat as one draw; items of one conversation share it
    strata  what the sample was stratified by, as (column, value)
    source  where it came from, for people: "val.jsonl line 12"
    """

    item: str
    side: Side
    prompt: str
    reference: str
    generated: str
    unit: str
    strata: tuple[tuple[str, str], ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewStudy:
    """A rating sheet: the answers, in no order that a rater sees, and how they are put before people.

    secret     hex; with it alone the order of each rater and the tokens of the answers are drawn
    n_repeats  so many answers come back once, unannounced, to see whether a rater agrees with himself
    bar        the mean that the tuned answers have to reach on each axis
    signature  all that could change an answer, on one line
    """

    number: int
    title: str
    created: str
    secret: str = field(repr=False)
    seed: int
    axes: tuple[Axis, ...]
    answers: tuple[SheetAnswer, ...]
    n_repeats: int = 0
    bar: float = 3.0
    instructions: str = ""
    signature: str = ""

    @property
    def items(self) -> tuple[str, ...]:
        """The items, in the order of the answers."""
        return tuple(dict.fromkeys(answer.item for answer in self.answers))

    @property
    def is_blind(self) -> bool:
        """Whether answers of both sides are mixed."""
        return len({answer.side for answer in self.answers}) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPair:
    """What both sides said to the prompt of one item; raters see the texts, and never which is whose.

    messages   the prompt as (role, content), where it is a conversation; () where it is one text
    giveaways  why a rater may guess which answer is the tuned one's, in words: "base names itself"
    """

    item: str
    prompt: str
    reference: str
    tuned: str
    base: str
    unit: str
    strata: tuple[tuple[str, str], ...] = ()
    source: str = ""
    messages: tuple[tuple[str, str], ...] = ()
    giveaways: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PairStudy:
    """A blind A/B test: the pairs in the order in which they are counted, and the plan that was made before any vote.

    pairs      an item counts once all planned raters judged it, and in this order, so that a test may stop early
    n_raters   raters that judge each pair
    margin     how much of the mean score, from -1 to 1, tuned may lose and still be called not worse; None: not asked
    n_identical  prompts that were left out since both models said the same: nobody can prefer one
    n_guesses  pairs of which a rater is asked in the end which answer is the tuned model's, if the rater likes
    secret, seed, n_repeats, instructions, signature   as in ReviewStudy; a repeat has its sides swapped
    """

    number: int
    title: str
    created: str
    secret: str = field(repr=False)
    seed: int
    pairs: tuple[AnswerPair, ...]
    n_raters: int = 1
    margin: float | None = None
    n_identical: int = 0
    n_guesses: int = 0
    n_repeats: int = 0
    instructions: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStudy:
    """A study as the store keeps it: its number in the run folder, its kind, when it was made, and its JSON text."""

    number: int
    kind: StudyKind
    created: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rater:
    """A person who rates; ``number`` counts from 0 in the order in which raters joined the run folder."""

    number: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a token opens: the owner's pages, or the sheet of one rater."""

    role: Role
    rater: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """One thing that a rater said; a changed mind is a new one, and an undo is one too.

    entry     the number of the answer in the study, from 0
    again     whether it was said of the answer's second, hidden showing
    field     an axis, choice, guess, note, reference (looked at), blocked (cannot be judged), seen (time alone), undo
    value     "1" to "5", "na" or "" (taken back) for an axis; one of CHOICES or GUESSES or "" (taken back); the text of
              a note; for an undo the key of what it undoes
    key       chosen by the client, unique in the run folder, so that a rating which is sent twice counts once
    at        when it reached the store, ISO 8601 in UTC
    active_s  seconds that the rater spent on the answer since the one before, without pauses; 0 where nobody measured
    """

    study: int
    rater: int
    entry: int
    field: str
    value: str
    key: str
    at: str
    rated_with: RatedWith
    again: bool = False
    active_s: float = 0.0


class StudyStore(Protocol):
    """Where studies, raters and ratings are kept. Each method is one transaction; several processes may share it."""

    def add_study(self, kind: StudyKind, *, created: str, text: str) -> int:
        """Keep a study, and say its number. Earlier ones of its kind stay, with their ratings."""
        ...

    def study(self, kind: StudyKind) -> StoredStudy | None:
        """The newest study of a kind, or None."""
        ...

    def add_rater(self, name: str) -> Rater:
        """A new rater, or the one who has this name."""
        ...

    def raters(self) -> list[Rater]:
        """All raters, in the order of their numbers."""
        ...

    def admit(self, token_hash: str, access: Access, *, at: str) -> None:
        """Let a token in."""
        ...

    def access(self, token_hash: str) -> Access | None:
        """What a token opens, or None where it was never let in, or no longer is."""
        ...

    def revoke(self, access: Access, *, at: str) -> int:
        """Shut out all tokens of a rater, or of the owner; how many there were."""
        ...

    def add_ratings(self, ratings: Sequence[Rating]) -> int:
        """Append ratings in their order, and say how many are new: a key that is there already keeps its first."""
        ...

    def ratings(self, study: int, *, rater: int | None = None) -> list[Rating]:
        """The ratings of a study, of all raters or of one, in the order in which they came."""
        ...

    def add_judgements(self, judgements: Sequence[Judgement]) -> int:
        """Keep what judges said, and say how many are kept.

        Of a judge, a pair, an order and a canary the first verdict stays; one that failed makes way for the next.
        """
        ...

    def judgements(self, study: int) -> list[Judgement]:
        """What judges said of a study, in the order in which they were first asked."""
        ...
