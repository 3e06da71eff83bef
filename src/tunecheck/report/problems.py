"""Problems: which a code task lost, won, and left as they were, as tables with both verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tunecheck.core import CheckResult, Measure

MOST_PROBLEMS = 400
_OUTSIDE = ("invalid_test", "sandbox_error")
_TIERS = {
    "A": "Programs ran isolated (tier A), in namespaces of their own.",
    "B": "Programs ran confined (tier B), without namespaces of their own.",
    "C": "Programs ran without being shut in (tier C).",
}

Extent = Literal["all", "some", "none", "absent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """What one side's samples of a problem came to; ``n`` of them say something, and ``n_right`` of those pass."""

    n: int
    n_right: int
    text: str
    why: str

    @property
    def passing(self) -> float:
        """Share that passes; of no samples 0."""
        return self.n_right / self.n if self.n else 0.0

    @property
    def extent(self) -> Extent:
        """How many pass."""
        if not self.n:
            return "absent"
        return "all" if self.n_right == self.n else "some" if self.n_right else "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One problem with what both sides did; ``why`` is what went wrong with tuned, or why it is not counted."""

    task_id: str
    base: Attempts | None
    tuned: Attempts
    excluded: str

    @property
    def why(self) -> str:
        """What the table says about it."""
        return self.excluded or self.tuned.why

    @property
    def gain(self) -> float:
        """How much more often tuned passes."""
        return self.tuned.passing - (self.base.passing if self.base is not None else 0.0)

    @property
    def is_missing(self) -> bool:
        """Whether a side has no sample that says something."""
        return not self.tuned.n or (self.base is not None and not self.base.n)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemGroup:
    """Problems with the same outcome; ``n`` counts those that the table has no room for as well."""

    title: str
    problems: tuple[Problem, ...]
    n: int
    is_folded: bool

    @property
    def has_base(self) -> bool:
        """Whether there is a column for the base."""
        return any(one.base is not None for one in self.problems)

    @property
    def has_why(self) -> bool:
        """Whether there is anything to say of what went wrong."""
        return any(one.why for one in self.problems)


def is_code(check: CheckResult) -> bool:
    """Whether the rows of a check are samples of programs."""
    return bool(check.items) and "task_id" in check.items[0]


def shut_in(check: CheckResult) -> str:
    """How the programs were run, in a sentence."""
    tier, layers = check.measures.get("sandbox_tier"), check.measures.get("sandbox_layers")
    listed = ", ".join(map(str, layers)) if isinstance(layers, tuple) else ""
    return " ".join(part for part in (_TIERS.get(str(tier), ""), f"Layers: {listed}." if listed else "") if part)


def problem_groups(check: CheckResult) -> tuple[ProblemGroup, ...]:
    """The problems of a code task: first what got worse, at last what needs no look; () for other checks."""
    if not is_code(check):
        return ()
    problems = _problems(check.items)
    groups = _with_base(problems) if any(one.base is not None for one in problems) else _alone(problems)
    return tuple(one for one in groups if one.n)


def _with_base(problems: Sequence[Problem]) -> list[ProblemGroup]:
    counted = [one for one in problems if not one.excluded]
    whole = [one for one in counted if not one.is_missing]
    same = [one for one in whole if one.gain == 0]
    return [
        _group("Worse than base", [one for one in whole if one.gain < 0], key=lambda one: one.gain),
        _group("Better than base", [one for one in whole if one.gain > 0], key=lambda one: -one.gain),
        _group("As often as base, but not always", [one for one in same if one.tuned.extent != "all"]),
        _group("Without samples of one side", [one for one in counted if one.is_missing]),
        _group("Not counted", [one for one in problems if one.excluded]),
        _group("Always solved by both", [one for one in same if one.tuned.extent == "all"], is_folded=True),
    ]


def _alone(problems: Sequence[Problem]) -> list[ProblemGroup]:
    counted = [one for one in problems if not one.excluded]
    by_extent = {
        extent: [one for one in counted if one.tuned.extent == extent] for extent in ("none", "some", "absent", "all")
    }
    return [
        _group("Never solved", by_extent["none"]),
        _group("Solved by some samples", by_extent["some"], key=lambda one: one.tuned.passing),
        _group("Without samples", by_extent["absent"]),
        _group("Not counted", [one for one in problems if one.excluded]),
        _group("Always solved", by_extent["all"], is_folded=True),
    ]


def _group(
    title: str, found: Sequence[Problem], *, key: Callable[[Problem], float] = lambda _: 0.0, is_folded: bool = False
) -> ProblemGroup:
    shown = sorted(found, key=key)[:MOST_PROBLEMS]
    return ProblemGroup(title=title, problems=tuple(shown), n=len(found), is_folded=is_folded)


def _problems(items: Sequence[Mapping[str, Measure]]) -> list[Problem]:
    """The items of each problem, in the order of the file."""
    by_id: dict[str, list[Mapping[str, Measure]]] = {}
    for item in items:
        by_id.setdefault(str(item["task_id"]), []).append(item)
    has_base = any("base" in item for item in items)
    return [
        Problem(
            task_id=name,
            tuned=_attempts(own),
            base=_attempts([side for item in own if isinstance(side := item.get("base"), Mapping)])
            if has_base
            else None,
            excluded=str(own[0].get("excluded", "")),
        )
        for name, own in by_id.items()
    ]


def _attempts(samples: Sequence[Mapping[str, Measure]]) -> Attempts:
    given = [one for one in samples if isinstance(one["verdict"], str)]
    said = [str(one["verdict"]) for one in given if one["verdict"] not in _OUTSIDE]
    n_right = said.count("pass")
    failed = next((one for one in given if one["verdict"] != "pass"), None)
    return Attempts(
        n=len(said),
        n_right=n_right,
        text=_text(said, n_right) if said else _words(str(given[0]["verdict"])) if given else "no sample",
        why=str(failed.get("detail") or _words(str(failed["verdict"]))) if failed is not None else "",
    )


def _text(said: Sequence[str], n_right: int) -> str:
    """One sample by its verdict; several by how many pass and what the others did."""
    if len(said) == 1:
        return _words(said[0])
    others = Counter(one for one in said if one != "pass")
    told = ", ".join(f"{_words(kind)} ×{n:,}" for kind, n in others.most_common())
    return f"{n_right:,} of {len(said):,} pass{told and f' ({told})'}"


def _words(verdict: str) -> str:
    return verdict.replace("_", " ")
