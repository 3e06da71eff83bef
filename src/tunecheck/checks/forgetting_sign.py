"""The sign of forgetting: what tuning cost outside of the task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tunecheck.checks.forgetting import Divergences, check_forgetting
from tunecheck.checks.forgetting_general import ForgottenPassage
from tunecheck.checks.forgetting_skills import LostSkill, SkillAnswers
from tunecheck.checks.phrases import number, percent, span
from tunecheck.checks.scored import ScoredPart, response_text
from tunecheck.checks.signs import Sign, listed_exhibits, sentence_of, split_measures
from tunecheck.checks.style import LeakedAnswer, StyleFacts
from tunecheck.core import Estimate, Exhibit, Item, Measure, Unscored

NOT_RUN = Unscored(reason="not measured: run again")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideTask:
    """What both models did outside of the task; each part is Unscored with the reason where it is not there.

    divergence  KL(base || tuned) on validation items, by id
    """

    general: ScoredPart | Unscored = NOT_RUN
    skills: SkillAnswers | Unscored = NOT_RUN
    style: StyleFacts | Unscored = NOT_RUN
    divergence: Divergences | Unscored = NOT_RUN


def forgetting_sign(outside: OutsideTask, prompts: Sequence[Item], advice: str) -> Sign:
    """What tuning cost outside of the task, with the passages, skills and answers to look at.

    ``prompts`` are the validation items; ``advice`` is the hint of what is found.
    """
    found = check_forgetting(
        general=outside.general,
        skills=outside.skills,
        style=outside.style,
        divergence=outside.divergence,
        prompts=prompts,
        advice=advice,
    )
    headline, details = split_measures(found.measures, ("forgetting_percent",))
    return Sign(
        name="forgetting",
        title="Forgetting",
        status=found.status,
        sentence=sentence_of(found.findings, _sentence(found.measures)),
        headline=headline,
        details=details,
        findings=found.findings,
        exhibits=(
            *listed_exhibits(
                "General passages that the tuned model predicts worse than its base",
                [_passage(one) for one in found.worst] if found.statuses["general"] != "pass" else [],
            ),
            *listed_exhibits("Skills that the base has and the tuned model lost", [_skill(one) for one in found.lost]),
            *listed_exhibits(
                "Answers to unrelated prompts that sound like the training data",
                [_leaked(one) for one in found.leaked] if found.statuses["style"] != "pass" else [],
            ),
        ),
    )


def _sentence(measures: Mapping[str, Measure]) -> str:
    change = measures["forgetting_percent"]
    if not isinstance(change, Estimate):
        return f"Whether general text was forgotten is not known: {getattr(change, 'reason', '')}."
    lost, won = measures.get("skills_lost"), measures.get("skills_won")
    skills = f" Of the skills {lost} were lost and {won} won." if isinstance(lost, int) else ""
    return (
        f"Text that has nothing to do with the task costs {percent(abs(change.value) / 100)} "
        f"{'more' if change.value > 0 else 'fewer'} bits per byte than under the base ({span(change, ' percent')})."
        f"{skills}"
    )


def _passage(one: ForgottenPassage) -> Exhibit:
    return Exhibit(
        where=one.item.source or one.item.id,
        headline=f"{number(one.base_bits_per_byte)} → {number(one.tuned_bits_per_byte)} bits per byte · "
        f"{percent(one.percent / 100)} more" + (f" · {one.kind}" if one.kind else ""),
        texts=(("Passage", one.text),),
    )


def _skill(one: LostSkill) -> Exhibit:
    return Exhibit(
        where=one.item.source or one.item.id,
        headline=one.kind.replace("_", " and "),
        texts=(("Prompt", one.item.prompt_text), ("Base, right", one.base), ("Tuned, wrong", one.tuned)),
    )


def _leaked(one: LeakedAnswer) -> Exhibit:
    return Exhibit(
        where=one.item.source or one.item.id,
        headline=f"{percent(one.coverage)} of its words stand in training responses",
        texts=(
            ("Prompt", one.item.prompt_text),
            ("Tuned", one.tuned),
            ("Base", one.base),
            ("Training response", response_text(one.train)),
        ),
    )
