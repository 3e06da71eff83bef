"""Retained skills: which of the prompts that the base answers rightly does the tuned model answer wrongly?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from tunecheck.checks.phrases import count, listed, number, percent
from tunecheck.checks.scored import NO_BASE
from tunecheck.core import Estimate, Finding, Item, Measure, Status, Unscored
from tunecheck.packs import passes, skill_of
from tunecheck.stats import interval, paired_difference
from tunecheck.stats.auc import wilson

# The probability below which a surplus of lost skills is no chance.
SIGNIFICANT = 0.05
# Heuristic: a surplus of lost skills fails when it is at least this share of what the base could do.
SKILLS_FAIL = 0.2
# Six lost and none won is the smallest surplus that the exact test can tell from chance.
LEAST_BASE_RIGHT = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillAnswers:
    """Answers to skill items (``packs.skill_items``) by item id; ``base`` is None without one.

    An item that a mapping lacks has no answer on that side and is counted as unscored.
    """

    items: tuple[Item, ...]
    tuned: Mapping[str, str]
    base: Mapping[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LostSkill:
    """A prompt that the base answers rightly and the tuned model wrongly, with both answers."""

    item: Item
    skill: str
    kind: str
    base: str
    tuned: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Skills:
    """What the rules on skills found."""

    status: Status
    measures: dict[str, Measure]
    findings: tuple[Finding, ...] = ()
    lost: tuple[LostSkill, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    item: Item
    skill: str
    kind: str
    tuned: bool
    base: bool


def check_skills(answers: SkillAnswers | Unscored, advice: str) -> Skills:
    """Count skills lost against skills won, and test whether more were lost than chance gives.

    McNemar's exact test (McNemar 1947): of the skills that only one model has, each is equally likely to be either's
    when tuning changed nothing. warn: more were lost and p < 0.05. fail: the surplus is also a fifth of what the base
    could do. Raises ValueError for an item that asks for no skill of the pack.
    """
    if isinstance(answers, Unscored):
        return Skills(status="unknown", measures=_absent(answers))
    if answers.base is None:
        right = [_is_right(item, answers.tuned[item.id]) for item in answers.items if item.id in answers.tuned]
        n = {"n_skills": len(right), "n_skills_unscored": len(answers.items) - len(right)}
        return Skills(status="unknown", measures=_absent(Unscored(reason=NO_BASE)) | _shares(right, None) | n)
    rows = _rows(answers, answers.base)
    lost, won = (sum(row.base is side and row.tuned is not side for row in rows) for side in (True, False))
    n_base = sum(row.base for row in rows)
    p_value = mcnemar_p(lost, won)
    status = _status(lost, won, n_base, p_value)
    listed_rows = [row for row in rows if row.base and not row.tuned]
    measures: dict[str, Measure] = {
        "skills_lost": lost,
        "skills_won": won,
        "skills_p": p_value,
        **_shares([row.tuned for row in rows], [row.base for row in rows]),
        "skills_by_kind": _by_kind(rows),
        "n_skills": len(rows),
        "n_skills_unscored": len(answers.items) - len(rows),
    }
    return Skills(
        status=status,
        measures=measures,
        findings=tuple(_findings(status, lost, won, n_base, p_value, listed_rows, len(rows), advice)),
        lost=tuple(
            LostSkill(item=row.item, skill=row.skill, kind=row.kind, base=answers.base[row.item.id],
                      tuned=answers.tuned[row.item.id])
            for row in listed_rows
        ),
    )  # fmt: skip


def mcnemar_p(lost: int, won: int) -> float:
    """The two-sided p of McNemar's exact test: how often a fair coin is at least as uneven over lost + won throws.

    >>> round(mcnemar_p(6, 0), 5), mcnemar_p(3, 3), mcnemar_p(0, 0)
    (0.03125, 1.0, 1.0)
    """
    from scipy.special import bdtr

    return min(1.0, 2 * float(bdtr(min(lost, won), lost + won, 0.5)))


def share_right(n_right: int, n: int) -> Estimate | Unscored:
    """A share with Wilson's score interval (1927), for independent prompts.

    >>> str(share_right(0, 10))
    '0 [0, 0.2775]'
    """
    if n < 1:
        return Unscored(reason="no prompt was answered")
    low, high = wilson(n_right / n, n)
    return Estimate(value=n_right / n, low=low, high=high, n=n, method="Wilson score interval")


def _is_right(item: Item, output: str) -> bool:
    skill = skill_of(item)
    if skill is None:
        raise ValueError(f"{item.source or item.id} asks for no skill of the bundled pack")
    return passes(skill.rule, output)


def _rows(answers: SkillAnswers, base: Mapping[str, str]) -> list[_Row]:
    """The prompts that both models answered."""
    both = [item for item in answers.items if item.id in answers.tuned and item.id in base]
    return [
        _Row(
            item=item,
            skill=_named(item, "skill"),
            kind=_named(item, "kind"),
            tuned=_is_right(item, answers.tuned[item.id]),
            base=_is_right(item, base[item.id]),
        )
        for item in both
    ]


def _named(item: Item, name: str) -> str:
    return str(json.loads(dict(item.metadata).get(name, '""')))


def _shares(tuned: list[bool], base: list[bool] | None) -> dict[str, Measure]:
    absent = Unscored(reason=NO_BASE)
    change: Estimate | Unscored = absent
    if base is not None:
        ones, units = np.ones(len(base)), np.arange(len(base))
        sides = [(np.array(side, dtype=np.float64), ones) for side in (tuned, base)]
        change = interval(paired_difference(sides[0], sides[1], units), at_least=-1.0, at_most=1.0)
    return {
        "skills_right": {
            "tuned": share_right(sum(tuned), len(tuned)),
            "base": absent if base is None else share_right(sum(base), len(base)),
        },
        "skills_change": change,
    }


def _by_kind(rows: list[_Row]) -> dict[str, Measure]:
    kinds = sorted({row.kind for row in rows})
    of_kind = {kind: [row for row in rows if row.kind == kind] for kind in kinds}
    return {
        kind: {
            "n": len(some),
            "base_right": sum(row.base for row in some),
            "tuned_right": sum(row.tuned for row in some),
            "lost": sum(row.base and not row.tuned for row in some),
            "won": sum(row.tuned and not row.base for row in some),
        }
        for kind, some in of_kind.items()
    }


def _status(lost: int, won: int, n_base: int, p_value: float) -> Status:
    if n_base < LEAST_BASE_RIGHT:
        return "unknown"
    if lost <= won or p_value >= SIGNIFICANT:
        return "pass"
    return "fail" if lost - won >= SKILLS_FAIL * n_base else "warn"


def _findings(
    status: Status, lost: int, won: int, n_base: int, p_value: float, rows: list[_Row], n: int, advice: str
) -> Iterator[Finding]:
    if status == "unknown":
        yield Finding(
            code="overfit.skills_unsettled",
            severity="info",
            message=f"the base answers {n_base:,} of {count(n, 'skill prompt')} rightly: with fewer than "
            f"{LEAST_BASE_RIGHT} no loss could be told from chance",
            evidence={"n_base_right": n_base, "n_skills": n},
            hint="a base that was not trained to follow instructions, or another chat template, answers few of them",
        )
    if status not in ("warn", "fail"):
        return
    kinds = sorted({row.kind for row in rows}, key=lambda kind: (-sum(row.kind == kind for row in rows), kind))
    told = [f"{kind.replace('_', ' and ')} ({sum(row.kind == kind for row in rows)})" for kind in kinds]
    yield Finding(
        code="overfit.skills_lost",
        severity="fail" if status == "fail" else "warn",
        message=f"the tuned model lost {lost:,} of the {n_base:,} skills that its base has ({percent(lost / n_base)}) "
        f"and won {won:,} others, more than chance gives (p = {number(p_value)}): {listed(told)}",
        evidence={"skills_lost": lost, "skills_won": won, "p_value": p_value, "n_base_right": n_base, "n_skills": n},
        hint=f"read the lost answers beside the base's; {advice}",
    )


def _absent(why: Unscored) -> dict[str, Measure]:
    names = ("skills_lost", "skills_won", "skills_p", "skills_right", "skills_change", "skills_by_kind")
    return dict.fromkeys(names, why) | {"n_skills": 0, "n_skills_unscored": 0}
