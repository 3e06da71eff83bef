"""Solved: how many samples of each problem pass on one side, and pass@k, pass^k and their differences over problems."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tunecheck.core import OUTSIDE, CodeOutcome, Estimate, JudgedProblem, Unscored
from tunecheck.metrics.pass_at import pass_all_k, pass_at_k
from tunecheck.stats import credit_difference, mean_credit

Side = Literal["tuned", "base"]
OfSamples = Callable[[int, int, int], float | Unscored]
MEASURES: dict[str, OfSamples] = {"pass_at": pass_at_k, "pass_all": pass_all_k}
QUESTION = "for other problems like these"
NO_PROBLEM = Unscored(reason="no problem has a sample that counts")
_NOTHING = 1e-12
_ID_CHARACTERS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """One side over the problems that are not excluded, in order: its samples that say something, and those that pass.

    A problem without such a sample has ``n`` 0: it is neither solved nor failed.
    """

    ids: tuple[str, ...]
    n: tuple[int, ...]
    n_right: tuple[int, ...]

    def only(self, places: Sequence[int]) -> Solved:
        """The problems at these places."""
        return Solved(
            ids=tuple(self.ids[place] for place in places),
            n=tuple(self.n[place] for place in places),
            n_right=tuple(self.n_right[place] for place in places),
        )

    @property
    def sampled(self) -> Solved:
        """The problems that have a sample."""
        return self.only([place for place, n in enumerate(self.n) if n])


def outcomes_of(problem: JudgedProblem, side: Side) -> tuple[CodeOutcome, ...]:
    """All samples of one side; () without a base."""
    return problem.tuned if side == "tuned" else problem.base or ()


def saying(outcomes: Sequence[CodeOutcome]) -> list[CodeOutcome]:
    """Outcomes that say something about their sample: not what a broken test or sandbox gave."""
    return [one for one in outcomes if one.verdict not in OUTSIDE]


def solved(problems: Sequence[JudgedProblem], side: Side) -> Solved:
    """Count samples of one side over the problems that are not excluded."""
    counted = [one for one in problems if not one.excluded]
    said = [saying(outcomes_of(one, side)) for one in counted]
    return Solved(
        ids=tuple(one.problem.id for one in counted),
        n=tuple(map(len, said)),
        n_right=tuple(sum(one.verdict == "pass" for one in outcomes) for outcomes in said),
    )


def both_sampled(tuned: Solved, base: Solved) -> tuple[Solved, Solved]:
    """The problems that have a sample on both sides."""
    places = [place for place, (first, second) in enumerate(zip(tuned.n, base.n, strict=True)) if first and second]
    return tuned.only(places), base.only(places)


def shares(side: Solved, k: Sequence[int], of: OfSamples) -> dict[str, Estimate | Unscored]:
    """pass@k or pass^k of one side by k, as ``of`` says: a mean over problems, whose samples stay together.

    The interval says what other problems like these would give, not what other samples of these problems would.
    """
    return {str(one): _mean(side.sampled, _values(side.sampled, one, of), one) for one in k}


def differences(tuned: Solved, base: Solved, k: Sequence[int], of: OfSamples) -> dict[str, Estimate | Unscored]:
    """Tuned less base by k over the problems that have a sample on both sides."""
    first, second = both_sampled(tuned, base)
    return {str(one): _difference(_values(first, one, of), _values(second, one, of)) for one in k}


def _values(side: Solved, k: int, of: OfSamples) -> NDArray[np.float64] | Unscored:
    """The value of each problem; where one has fewer samples than k there is none at all."""
    if not side.ids:
        return NO_PROBLEM
    least = min(side.n)
    if least < k:
        name = side.ids[side.n.index(least)][:_ID_CHARACTERS]
        who = "each has" if min(side.n) == max(side.n) else f"{name} has"
        return Unscored(reason=f"every problem needs {k} samples that count, and {who} {least}")
    values = [of(n, n_right, k) for n, n_right in zip(side.n, side.n_right, strict=True)]
    lost = [value for value in values if isinstance(value, Unscored)]
    return lost[0] if lost else np.array(values, dtype=np.float64)


def _mean(side: Solved, values: NDArray[np.float64] | Unscored, k: int) -> Estimate | Unscored:
    return values if isinstance(values, Unscored) else _asking(mean_credit(values, np.array(side.n) / k))


def _difference(first: NDArray[np.float64] | Unscored, second: NDArray[np.float64] | Unscored) -> Estimate | Unscored:
    if isinstance(first, Unscored):
        return first
    return second if isinstance(second, Unscored) else _asking(credit_difference(first, second))


def _asking(found: Estimate | Unscored) -> Estimate | Unscored:
    """The same, saying which question its interval answers."""
    if isinstance(found, Unscored):
        return found
    # Thirds that cancel leave 2e-17 behind, which nobody should read.
    value = 0.0 if abs(found.value) < _NOTHING else found.value
    return replace(found, value=value, method=f"{found.method.replace('item', 'problem')}, {QUESTION}")
