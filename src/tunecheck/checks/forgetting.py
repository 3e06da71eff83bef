"""Forgetting: what the base could do outside of the task and the tuned model cannot, or does in another manner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tunecheck.checks.forgetting_general import ForgottenPassage, check_general
from tunecheck.checks.forgetting_skills import LostSkill, SkillAnswers, check_skills
from tunecheck.checks.scored import ScoredPart
from tunecheck.checks.statuses import worst
from tunecheck.checks.style import LeakedAnswer, StyleFacts, check_style
from tunecheck.core import Estimate, Finding, Item, Measure, Status, Unscored
from tunecheck.stats import ratio_of_sums

HINT = (
    "train for fewer epochs or at a lower learning rate, or mix a few percent of general text and varied instructions "
    "into the training data"
)
NOT_GIVEN = Unscored(reason="the divergence from the base was not measured")

# Of one item: the sum of the divergence over its response tokens, in nats, and how many tokens those are.
Divergences = Mapping[str, tuple[float, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """What was forgotten: the worst status of the parts that could be measured, unknown when none could.

    statuses  of the parts general, skills and style; the divergence has none
    worst     general passages whose prediction suffered most
    lost      skills that the base has and the tuned model lacks
    leaked    answers to unrelated prompts that sound like the training data, the worst first
    """

    status: Status
    measures: dict[str, Measure]
    findings: tuple[Finding, ...]
    worst: tuple[ForgottenPassage, ...] = ()
    lost: tuple[LostSkill, ...] = ()
    leaked: tuple[LeakedAnswer, ...] = ()
    statuses: Mapping[str, Status]


def check_forgetting(
    *,
    general: ScoredPart | Unscored,
    skills: SkillAnswers | Unscored,
    style: StyleFacts | Unscored,
    divergence: Divergences | Unscored = NOT_GIVEN,
    prompts: Sequence[Item] = (),
    advice: str = HINT,
) -> Forgetting:
    """Weigh the four parts, each of which may be Unscored with the reason why it is not there.

    general     passages of the bundled pack or of the user's own, scored under both models
    skills      answers of both models to prompts that are checked by rule
    style       what their answers to prompts that have nothing to do with the task share with the training responses
    divergence  KL(base || tuned) on the user's own prompts by item id; ``prompts`` are those items, for their units
    advice      the hint of what is found
    """
    on_general = check_general(general, advice)
    on_skills = check_skills(skills, advice)
    on_style = check_style(style)
    statuses = {"general": on_general.status, "skills": on_skills.status, "style": on_style.status}
    known = [status for status in statuses.values() if status != "unknown"]
    return Forgetting(
        status=worst(known) if known else "unknown",
        measures=on_general.measures
        | {"divergence_nats": divergence_nats(divergence, prompts)}
        | on_skills.measures
        | on_style.measures,
        findings=(*on_general.findings, *on_skills.findings, *on_style.findings),
        worst=on_general.worst,
        lost=on_skills.lost,
        leaked=on_style.leaked,
        statuses=statuses,
    )


def divergence_nats(found: Divergences | Unscored, prompts: Sequence[Item] = ()) -> Estimate | Unscored:
    """KL(base || tuned) in nats per response token: how far the next-token distribution moved on the task's prompts.

    The sums over tokens divided by the tokens, with the units of ``prompts`` as draws; an id that is none of theirs is
    its own unit. No mark is known from which it would be too much, so it has no status; between two fine-tunes of a
    base the one with the smaller divergence forgets less (Shenfeld, Pari and Agrawal 2025, "RL's Razor").

    >>> divergence_nats({"a": (2.0, 10), "b": (4.0, 10)}).value
    0.3
    """
    if isinstance(found, Unscored):
        return found
    units = {item.id: item.unit for item in prompts}
    scored = {id_: pair for id_, pair in found.items() if pair[1] > 0}
    return ratio_of_sums(
        [nats for nats, _ in scored.values()],
        [n_tokens for _, n_tokens in scored.values()],
        [units.get(id_, id_) for id_ in scored],
        at_least=0.0,
    )
