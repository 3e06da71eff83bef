"""Copying: do answers to validation prompts repeat training responses word by word, more than they have to?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tunecheck.checks.phrases import count, number, percent, whole
from tunecheck.checks.scored import response_text
from tunecheck.core import Estimate, Finding, Item, Measure, Status, Unscored
from tunecheck.metrics.copying import Copied, copied
from tunecheck.metrics.words import words
from tunecheck.stats import interval, paired_difference, ratio

# Heuristic: the answers copy when so large a share of their words does, beyond what references and base copy too.
COPY_EXCESS = 0.05
# Heuristic: an answer is copied where so many words in a row stand in one training response, or so large a share of
# the answer does and so many words at least: short stock sentences are anybody's.
LONG_COPY_WORDS, LONG_COPY_SHARE, LONG_COPY_LEAST = 50, 0.8, 16
# Heuristic: the similarity from which an answer is a training response with a few words changed.
NEAR_VERBATIM = 0.9
# So many answers are shown with the training text beside them.
WORST_ITEMS = 10

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedAnswer:
    """An answer and the training item that it repeats.

    passage     the words they have in common, without case and punctuation; "" where only the whole is similar
    n_words     of the passage
    coverage    the share of the words of the answer inside any eight words of a training response
    similarity  of the answer as a whole with ``train``: 0 when the passage came from ``train`` and another row is the
                most similar one
    """

    item: Item
    answer: str
    train: Item
    passage: str
    n_words: int
    coverage: float
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Copying:
    """What the copying rules found: the measures by name, the findings, the status and the worst answers first."""

    status: Status
    measures: dict[str, Measure]
    findings: tuple[Finding, ...]
    worst: tuple[CopiedAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """What answers and references share with the training responses, one entry an item; base is None without one.

    It is worked out once, while the whole training set is at hand, and kept with the run.
    """

    n_training: int
    tuned: tuple[Copied, ...]
    references: tuple[Copied, ...]
    base: tuple[Copied, ...] | None

    @property
    def rows(self) -> frozenset[int]:
        """The training rows that the answers of the tuned model repeat."""
        named = {row for one in self.tuned for row in (one.row, one.similar_row)}
        return frozenset(row for row in named if row is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """The answers of one side as numbers, one entry an item."""

    found: tuple[Copied, ...]

    @property
    def coverage(self) -> Floats:
        return np.array([one.coverage for one in self.found], dtype=np.float64)

    @property
    def near_verbatim(self) -> Floats:
        return np.array([one.similarity >= NEAR_VERBATIM for one in self.found], dtype=np.float64)

    @property
    def copied_whole(self) -> Floats:
        return np.array([is_copied_whole(one) for one in self.found], dtype=np.float64)

    @property
    def longest(self) -> int:
        return max((one.longest for one in self.found), default=0)


def find_copies(
    items: Sequence[Item], *, tuned: Sequence[str], base: Sequence[str] | None, training: Sequence[Item]
) -> Copies:
    """What the answers of both sides and the references share with the responses of the whole training set.

    ``tuned[k]`` and ``base[k]`` answer ``items[k]``. Raises ValueError when the lists are not parallel.
    """
    answers = [tuned, [response_text(item) for item in items], *([] if base is None else [base])]
    if any(len(side) != len(items) for side in answers):
        raise ValueError(f"{len(items)} items have as many answers, not {[len(side) for side in answers]}")
    asked = ["\n".join(message.content for message in item.prompt) for item in items]
    said = [text for side in answers for text in side]
    found = copied(said, asked * len(answers), [response_text(row) for row in training])
    sides = [found[k * len(items) : (k + 1) * len(items)] for k in range(len(answers))]
    return Copies(
        n_training=len(training), tuned=sides[0], references=sides[1], base=sides[2] if base is not None else None
    )


def check_copying(items: Sequence[Item], *, tuned: Sequence[str], copies: Copies, rows: Mapping[int, Item]) -> Copying:
    """Contrast what the answers of the tuned model copy with what the references and the base's answers copy.

    ``tuned[k]`` answers ``items[k]``, ``copies`` is what ``find_copies`` found, and ``rows`` holds the training
    items that ``copies.rows`` names. An excess is the mean over items of the tuned model's shares less that of the
    control that copies more. The larger is taken of the two means and not item by item: the mean of the larger of two
    noisy shares is above both, so item by item a model that copies would look innocent. Its interval
    goes from the smaller of the two lower ends to the smaller of the two upper ends: above zero only when the paired
    differences with both controls are (an intersection-union test), with the units of the items as draws. Raises
    ValueError when the lists are not parallel.
    """
    sides = [_Side(found=found) for found in (copies.tuned, copies.references, copies.base) if found is not None]
    if any(len(side.found) != len(items) for side in sides) or len(tuned) != len(items):
        raise ValueError(f"{len(items)} items have as many answers, not {len(tuned)}")
    excess = _Excess.of(sides, [item.unit for item in items], has_training=copies.n_training > 0)
    names = ("tuned", "references", "base")
    status = _status(excess)
    shown = tuple(_worst(items, tuned, sides[0], sides[1:], rows))
    return Copying(
        status=status,
        measures=excess.measures | {
            "copying": {name: _side_measures(side, items) for name, side in zip(names, sides, strict=False)}
        },
        findings=tuple(_findings(excess, status, shown, sides, has_base=copies.base is not None)),
        worst=shown,
    )  # fmt: skip


def is_copied_whole(one: Copied) -> bool:
    """Whether an answer is a training response, or a long passage of one.

    >>> is_copied_whole(Copied(n_words=400, longest=50)), is_copied_whole(Copied(n_words=20, longest=15))
    (True, False)
    """
    long = one.longest >= LONG_COPY_WORDS
    most = one.longest >= max(LONG_COPY_LEAST, LONG_COPY_SHARE * one.n_words)
    near = one.similarity >= NEAR_VERBATIM and one.longest > 0 and one.n_words >= LONG_COPY_LEAST
    return long or most or near


def largest_control(differences: Sequence[Estimate | Unscored]) -> Estimate | Unscored:
    """The difference with the control that comes closest: the smallest value, lower end and upper end."""
    found = [one for one in differences if isinstance(one, Estimate)]
    if len(found) < len(differences):
        return next(one for one in differences if isinstance(one, Unscored))
    least = min(found, key=lambda one: one.value)
    return Estimate(
        value=least.value,
        low=min(one.low for one in found),
        high=min(one.high for one in found),
        n=least.n,
        method=least.method if len(found) == 1 else f"{least.method}; the closer of two controls",
        confidence=least.confidence,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Excess:
    """The tuned model's shares less those of the control that copies more."""

    coverage: Estimate | Unscored
    whole: Estimate | Unscored
    near: Estimate | Unscored

    @classmethod
    def of(cls, sides: Sequence[_Side], units: Sequence[str], *, has_training: bool) -> _Excess:
        if not has_training:
            nothing = Unscored(reason="there is no training text to copy from")
            return cls(coverage=nothing, whole=nothing, near=nothing)

        def over(values: Sequence[Floats]) -> Estimate | Unscored:
            ones = np.ones(len(units))
            pairs = [paired_difference((values[0], ones), (control, ones), units) for control in values[1:]]
            return largest_control([interval(pair, at_least=-1.0, at_most=1.0) for pair in pairs])

        return cls(
            coverage=over([side.coverage for side in sides]),
            whole=over([side.copied_whole for side in sides]),
            near=over([side.near_verbatim for side in sides]),
        )

    @property
    def measures(self) -> dict[str, Measure]:
        return {"copy_excess": self.coverage, "copied_whole_excess": self.whole, "near_verbatim_excess": self.near}


def _side_measures(side: _Side, items: Sequence[Item]) -> dict[str, Measure]:
    ones, units = np.ones(len(items)), [item.unit for item in items]

    def mean(values: Floats) -> Estimate | Unscored:
        return interval(ratio(values, ones, units), at_least=0.0, at_most=1.0)

    return {
        "coverage": mean(side.coverage),
        "copied_whole": mean(side.copied_whole),
        "near_verbatim": mean(side.near_verbatim),
        "longest_words": side.longest,
    }


def _status(excess: _Excess) -> Status:
    """fail: surely above the mark; warn: above it but not surely, or whole answers surely in excess; else pass."""
    if not isinstance(excess.coverage, Estimate) or not isinstance(excess.whole, Estimate):
        return "unknown"
    if excess.coverage.low > COPY_EXCESS:
        return "fail"
    above = excess.coverage.value > COPY_EXCESS and excess.coverage.low > 0
    return "warn" if above or excess.whole.low > 0 else "pass"


def _worst(
    items: Sequence[Item],
    answers: Sequence[str],
    tuned: _Side,
    controls: Sequence[_Side],
    rows: Mapping[int, Item],
) -> Iterator[CopiedAnswer]:
    """Answers with a copied passage that is longer than those of their controls, the largest excess first."""
    allowed = [max(control.found[k].n_covered for control in controls) for k in range(len(items))]
    more = [k for k, one in enumerate(tuned.found) if one.row is not None and one.n_covered > allowed[k]]
    more.sort(key=lambda k: (not is_copied_whole(tuned.found[k]), allowed[k] - tuned.found[k].n_covered, k))
    for k in more[:WORST_ITEMS]:
        one = tuned.found[k]
        near = one.similarity >= NEAR_VERBATIM and one.similar_row is not None
        row = one.similar_row if near else one.row
        assert row is not None
        yield CopiedAnswer(
            item=items[k],
            answer=answers[k],
            train=rows[row],
            passage=" ".join(words(answers[k])[one.begin : one.begin + one.longest]) if row == one.row else "",
            n_words=one.longest if row == one.row else 0,
            coverage=one.coverage,
            similarity=one.similarity if row == one.similar_row else 0.0,
        )


def _findings(
    excess: _Excess, status: Status, shown: tuple[CopiedAnswer, ...], sides: Sequence[_Side], *, has_base: bool
) -> Iterator[Finding]:
    if status not in ("warn", "fail"):
        return
    assert isinstance(excess.coverage, Estimate)
    assert isinstance(excess.whole, Estimate)
    n_whole, controls = int(sides[0].copied_whole.sum()), "references and base" if has_base else "references"
    worst = shown[0] if shown else None
    beside = f"; {worst.item.source or worst.item.id} repeats {worst.train.source or worst.train.id}" if worst else ""
    yield Finding(
        code="overfit.copying",
        severity="fail" if status == "fail" else "warn",
        message=f"answers to validation prompts repeat training responses: {number(100 * sides[0].coverage.mean())}% "
        f"of their words stand there eight in a row, an excess over the {controls} of "
        f"{whole(excess.coverage)} as a share; {count(n_whole, 'answer')} of {len(sides[0].found):,} "
        f"({percent(n_whole / len(sides[0].found))}) are a long passage or the whole of one{beside}",
        evidence={
            "copy_excess": excess.coverage.value,
            "copied_whole_excess": excess.whole.value,
            "n_copied_whole": n_whole,
            "longest_words": sides[0].longest,
        },
        hint="look at the answers beside their training rows; fewer epochs, and one of each training row that stands "
        "there more than once, hold copying back",
    )
