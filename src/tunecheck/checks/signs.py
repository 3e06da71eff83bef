"""Signs: every sign of overfitting in one shape, so that the check can weigh them and a page can show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tunecheck.checks.extraction import ExtractedItem, check_extraction
from tunecheck.checks.membership import Remembered, membership, membership_part
from tunecheck.checks.near_far import check_near_far
from tunecheck.checks.phrases import count, number, percent, span, whole
from tunecheck.checks.scored import ScoredPart, response_text
from tunecheck.checks.secrets import mask_secrets
from tunecheck.checks.statuses import worst
from tunecheck.core import (
    Estimate,
    Exhibit,
    ExhibitList,
    Finding,
    Item,
    ItemComparison,
    Measure,
    Status,
    Step,
    Unscored,
)

# So many items of a sign are kept for people to read; of what can be extracted more, since secrets are among it.
MOST_EXHIBITS, MOST_EXTRACTED = 5, 20

NATS = " nats per token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """What one sign says: its status, a sentence, its numbers, its findings, and the items to look at.

    ``headline`` holds the measures that stand directly under the check, ``details`` those below the sign's own name.
    """

    name: str
    title: str
    status: Status
    sentence: str
    headline: Mapping[str, Measure]
    details: Mapping[str, Measure]
    findings: tuple[Finding, ...] = ()
    exhibits: tuple[ExhibitList, ...] = ()

    @property
    def step(self) -> Step:
        """The sign as a line of a checklist."""
        return Step(name=self.name, title=self.title, status=self.status, summary=self.sentence)


def known(signs: Iterable[Sign]) -> Status:
    """The worst status of the signs that could be measured; what could not be says nothing."""
    return worst(["pass", *(sign.status for sign in signs if sign.status != "unknown")])


def split_measures(
    measures: Mapping[str, Measure], names: Sequence[str]
) -> tuple[dict[str, Measure], dict[str, Measure]]:
    """The measures of these names, and all others."""
    return (
        {name: measures[name] for name in names if name in measures},
        {name: value for name, value in measures.items() if name not in names},
    )


def sentence_of(findings: Sequence[Finding], otherwise: str) -> str:
    """The message of the worst finding as a sentence; where nothing is wrong, ``otherwise``."""
    for severity in ("fail", "warn"):
        for finding in findings:
            if finding.severity == severity:
                return f"{finding.message[0].upper()}{finding.message[1:]}."
    return otherwise


def membership_sign(train: ScoredPart, validation: ScoredPart, advice: str) -> Sign:
    """Whether scores tell training items from validation items."""
    name, title = "membership", "Known by heart"
    if any(score.tokens is None for part in (train, validation) for side in part.sides.values() for score in side):
        return absent(name, title, ("membership_auc",), "the scores were made without their tokens: run again")
    found = membership(membership_part(train), membership_part(validation), advice=advice)
    headline, details = split_measures(found.measures, ("membership_auc",))
    return Sign(
        name=name,
        title=title,
        status=found.status,
        sentence=found.summary,
        headline=headline,
        details=details,
        findings=found.findings,
        exhibits=listed_exhibits(
            "Training rows that the scores give away (what they score above validation rows like them)",
            [_remembered(one, {item.id: item for item in train.items}[one.item_id]) for one in found.worst],
        ),
    )


def extraction_sign(train: ScoredPart, validation: ScoredPart) -> Sign:
    """Which training responses greedy decoding would write word for word."""
    name, title = "extraction", "Would be written word for word"
    found = check_extraction(train, validation)
    headline, details = split_measures(found.measures, ("verbatim_excess",))
    prompts = {item.id: item.prompt_text for item in train.items}
    return Sign(
        name=name,
        title=title,
        status=found.status,
        sentence=sentence_of(found.findings, _extraction_sentence(found.measures)),
        headline=headline,
        details=details,
        findings=found.findings,
        exhibits=listed_exhibits(
            "Training responses that greedy decoding writes and its base does not",
            [_extracted(item, mask_secrets(prompts[item.item_id])) for item in found.items],
            most=MOST_EXTRACTED if found.items and found.items[0].secrets else MOST_EXHIBITS,
        ),
    )


def near_far_sign(validation: ScoredPart, similarity: Mapping[str, float] | None) -> Sign:
    """Whether the gain reaches text unlike the training text."""
    name, title, headline = "near_far", "Near and far", ("near_gain_nats", "far_gain_nats")
    if similarity is None:
        return absent(name, title, headline, "the distance to the training rows was not measured: run again")
    found = check_near_far(validation, [similarity[item.id] for item in validation.items])
    above, below = split_measures(found.measures, headline)
    near, far = above["near_gain_nats"], above["far_gain_nats"]
    said = "Whether the gain reaches text unlike the training text is not known"
    if isinstance(near, Estimate) and isinstance(far, Estimate):
        said = (
            f"On the validation text least like the training text the gain is {whole(far, NATS)}, on the most "
            f"{whole(near, NATS)}."
        )
    elif isinstance(far, Unscored):
        said += f": {far.reason}."
    return Sign(
        name=name,
        title=title,
        status=found.status,
        sentence=sentence_of(found.findings, said),
        headline=above,
        details=below,
        findings=found.findings,
        exhibits=listed_exhibits(
            "Validation items far from the training text, the smallest gain first",
            [_far(item) for item in found.items] if found.findings else [],
        ),
    )


def absent(name: str, title: str, headline: Sequence[str], reason: str) -> Sign:
    """A sign that could not be measured, and why."""
    return Sign(
        name=name,
        title=title,
        status="unknown",
        sentence=f"Not measured: {reason}.",
        headline=dict.fromkeys(headline, Unscored(reason=reason)),
        details={},
    )


def listed_exhibits(heading: str, exhibits: Sequence[Exhibit], *, most: int = MOST_EXHIBITS) -> tuple[ExhibitList, ...]:
    """The first of these exhibits under a heading; nothing without any."""
    if not exhibits:
        return ()
    shown = tuple(exhibits[:most])
    return (ExhibitList(heading=heading, note=f"{len(shown)} of {len(exhibits):,}.", exhibits=shown),)


def _remembered(one: Remembered, item: Item) -> Exhibit:
    return Exhibit(
        where=item.source or item.id,
        headline=f"{number(one.surplus)} above validation rows like it · above {percent(one.beats_percent / 100)} of "
        f"them · {count(one.n_tokens, 'token')}",
        texts=(("Prompt", item.prompt_text), ("Training response", response_text(item))),
    )


def _extracted(item: ExtractedItem, prompt: str) -> Exhibit:
    after = "" if item.prefix_tokens is None else f" after {count(item.prefix_tokens, 'token')} of it"
    secrets = "".join(f" · {kind} {masked}" for kind, masked in item.secrets)
    return Exhibit(
        where=item.source or item.item_id,
        headline=f"{item.longest_run} of {count(item.n_tokens, 'token')} in a row{after}{secrets}",
        texts=(("Prompt, secrets masked", prompt), ("Training response, secrets masked", item.response)),
    )


def _far(item: ItemComparison) -> Exhibit:
    gain = item.gain_nats_per_token
    return Exhibit(
        where=item.source or item.item_id,
        headline=f"gain {number(gain)}{NATS}" if gain is not None else "",
        texts=(("Prompt", item.prompt), ("Reference response", item.response)),
    )


def _extraction_sentence(measures: Mapping[str, Measure]) -> str:
    for name in ("verbatim_excess", "verbatim_over_validation"):
        excess = measures.get(name)
        if isinstance(excess, Estimate):
            return (
                "Greedy decoding reproduces training responses about as often as validation responses: excess "
                f"{number(excess.value)} ({span(excess)}) as a share."
            )
    reason = measures["verbatim_excess"]
    return f"Whether training responses can be extracted is not known: {getattr(reason, 'reason', '')}."
