"""Membership: can the model's scores tell its training items from items that it never saw?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tunecheck.checks.membership_scores import (
    Floats,
    MembershipPart,
    ScoreName,
    controls,
    item_scores,
    score_name,
    window_wins,
)
from tunecheck.checks.phrases import count, number, span
from tunecheck.checks.scored import ScoredPart, response_text
from tunecheck.core import Estimate, Finding, Measure, Severity, Status, Unscored
from tunecheck.metrics import words
from tunecheck.stats.auc import AdjustedAuc, Sample, adjusted_auc, auc, placements, tpr_at_fpr
from tunecheck.stats.text_classifier import text_auc

# Heuristic marks on the AUC, 0.5 being chance: below 0.6 nothing to tell, then mild, strong from 0.75 on, and from 0.9
# on near-total memorisation. A level also needs the lower end of the interval above the mark before it (0.5 at first),
# so that chance alone reaches none.
CHANCE, MILD, STRONG, NEAR_TOTAL = 0.5, 0.6, 0.75, 0.9
# Heuristic: an AUC above this from the words alone, its interval without 0.5, means that the two sets differ as texts.
TEXT_APART = 0.6
# The interval of that AUC leaves out the doubt about the fit, which makes its true spread about a third wider: at 99%
# it holds the truth about as often as 95% intervals should (tests/stats/test_text_classifier.py).
TEXT_CONFIDENCE = 0.99
# Which level a score may reach by itself. Low probabilities alone are also what harder text has, and nothing but a base
# tells the two apart; Min-K%++ sets each token against what the model expected there, which takes most of that away.
MOST: dict[ScoreName, Severity] = {"gain": "fail", "min_k_plus_plus": "warn", "min_k": "info"}
# Below so many items or groups on a side an AUC says nothing that a person should act on. Heuristic.
LEAST_UNITS = 10
# A false-positive rate of 1% is 3 of 300 validation items; with fewer there is no such threshold, and 5% stands in.
UNITS_FOR_ONE_PERCENT = 300
WORST_ITEMS = 20

LEVELS: tuple[tuple[float, float, Severity], ...] = (
    (NEAR_TOTAL, STRONG, "fail"),
    (STRONG, MILD, "warn"),
    (MILD, CHANCE, "info"),
)
LOWER: dict[Severity, Severity] = {"fail": "warn", "warn": "info", "info": "info"}
STATUS: dict[Severity, Status] = {"fail": "fail", "warn": "warn", "info": "pass"}
COUNTS_AS: dict[Severity, str] = {"fail": "a failure", "warn": "a warning", "info": "a remark"}
# Heuristic: an interval wider than this says nothing. So it comes out where there are few items, and where the two sets
# hardly overlap in length or difficulty, and what these explain cannot be told from memory.
WIDEST = 0.5
APART = "the two sets are too small, or overlap too little in length and difficulty, to be compared at equal ones"
WORDS: dict[Severity, str] = {
    "fail": "nearly every training item is known better than text like it",
    "warn": "most training items are known better than text like them",
    "info": "some training items are known better than text like them",
}
NO_BASE_TOKENS = "there is no base model that tokenises alike"
HINT = "train for fewer epochs or with a lower rank, take copies out of the training set, or gather more rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A training item that the scores give away.

    surplus        its score above what validation items of its length and difficulty have; nats per token for a gain
    beats_percent  how many percent of the validation items have less of it
    """

    item_id: str
    source: str
    n_tokens: int
    surplus: float
    beats_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """What the scores give away, as parts of a check; ``worst`` is empty where nothing was found."""

    status: Status
    summary: str
    measures: dict[str, Measure]
    findings: tuple[Finding, ...]
    worst: tuple[Remembered, ...]
    score: ScoreName
    is_downgraded: bool


def membership_part(scored: ScoredPart) -> MembershipPart:
    """The part of a run that was scored with its tokens. Raises ValueError where an item has no token scores."""

    def tokens(side: str) -> list[Floats]:
        found = [score.tokens for score in scored.sides[side]]
        if any(one is None for one in found):
            raise ValueError(f"the {side} scores of the {scored.part} part were made without tokens")
        return [np.asarray(one.nll_nats, dtype=np.float64) for one in found if one is not None]

    kept = [score.tokens for score in scored.tuned]
    moments = [
        (np.asarray(one.mean_nats, dtype=np.float64), np.asarray(one.deviation_nats, dtype=np.float64))
        for one in kept
        if one is not None and one.mean_nats is not None
    ]
    return MembershipPart(
        ids=[item.id for item in scored.items],
        sources=[item.source for item in scored.items],
        units=[item.unit for item in scored.items],
        texts=[f"{item.prompt_text}\n{response_text(item)}" for item in scored.items],
        tuned_nll=tokens("tuned"),
        base_nll=tokens("base") if scored.base is not None and scored.same_tokens else None,
        moments=moments if len(moments) == len(kept) else None,
    )


def membership(train: MembershipPart, validation: MembershipPart, *, advice: str = HINT) -> Membership:
    """Measure how well scores and words tell training from validation items, and rule on it.

    The score is the gain over the base in nats per token, else Min-K%++, else Min-K%. What length and (with a base)
    difficulty explain is taken out first. Where the words alone tell the sets apart, the ruling goes down: by one
    level when the scores tell them apart better than the words do, else to a remark. ``advice`` is the hint.
    """
    name = score_name(train, validation)
    few = min(train.n_units, validation.n_units)
    if few < LEAST_UNITS:
        return _too_few(few, name)
    found, measures = _measured(train, validation, name)
    if isinstance(found.estimate, Unscored):
        summary = f"Whether training items are known by heart could not be measured: {found.estimate.reason}."
        return _nothing("unknown", summary, measures, name)
    level = _level(found.estimate, name)
    told = f"an AUC of {number(found.estimate.value)} ({span(found.estimate)}; 0.5 is chance)"
    if level is None:
        return _nothing("pass", f"Scores hardly tell training from validation items, with {told}.", measures, name)
    lowered = _lowered(level, found.estimate, measures["text_auc"])
    worst = _worst(found, train)
    message = f"scores tell training from validation items with {told}: {WORDS[level]}"
    return Membership(
        status=STATUS[lowered or level],
        summary=_sentence(message, is_downgraded=lowered is not None),
        measures=measures,
        findings=tuple(_findings(level, lowered, message, measures, worst, advice)),
        worst=worst,
        score=name,
        is_downgraded=lowered is not None,
    )


def _measured(
    train: MembershipPart, validation: MembershipPart, name: ScoreName
) -> tuple[AdjustedAuc, dict[str, Measure]]:
    """What decides, and everything that is told."""
    columns = controls(train), controls(validation)

    def samples(values: tuple[Floats, Floats]) -> tuple[Sample, Sample]:
        return (
            Sample(values=values[0], units=train.units, columns=columns[0]),
            Sample(values=values[1], units=validation.units, columns=columns[1]),
        )

    plain = samples((item_scores(train, name), item_scores(validation, name)))
    found = adjusted_auc(*plain)
    if isinstance(found.estimate, Estimate) and found.estimate.high - found.estimate.low > WIDEST:
        found = replace(found, estimate=Unscored(reason=APART))
    windowed: Estimate | Unscored = Unscored(reason=NO_BASE_TOKENS)
    if name == "gain":
        windowed = _windowed(*samples((_wins(train), _wins(validation))))
    rate = 0.01 if validation.n_units >= UNITS_FOR_ONE_PERCENT else 0.05
    texts = [[words(text) for text in part.texts] for part in (train, validation)]
    return found, {
        "membership_score": name,
        "membership_auc": found.estimate,
        "membership_plain_auc": auc(*plain),
        "wbc_auc": windowed,
        "membership_tpr": tpr_at_fpr(*samples((found.positives, found.negatives)), rate=rate),
        "membership_fpr_percent": 100 * rate,
        "text_auc": text_auc(texts[0], texts[1], train.units, validation.units, confidence=TEXT_CONFIDENCE),
    }


def _wins(part: MembershipPart) -> Floats:
    assert part.base_nll is not None
    return window_wins(part.base_nll, part.tuned_nll)


def _windowed(train: Sample, validation: Sample) -> Estimate | Unscored:
    """Where most items win all windows alike, slopes would rank those by their length alone: ties stay ties there."""
    copies = np.unique(np.concatenate((train.values, validation.values)), return_counts=True)[1]
    if copies.max() > copies.sum() / 2:
        return auc(train, validation)
    return adjusted_auc(train, validation).estimate


def _level(found: Estimate, name: ScoreName) -> Severity | None:
    """The highest level that value and lower end reach, and that the score may reach; None below all of them."""
    order: tuple[Severity, ...] = ("info", "warn", "fail")
    for mark, before, severity in LEVELS:
        if found.value >= mark and found.low > before:
            return min(severity, MOST[name], key=order.index)
    return None


def _lowered(level: Severity, found: Estimate, text: Measure) -> Severity | None:
    """The level that is left where words alone tell the sets apart; None where they do not."""
    if not isinstance(text, Estimate) or text.value <= TEXT_APART or text.low <= CHANCE:
        return None
    return LOWER[level] if found.low > text.high else "info"


def _sentence(message: str, *, is_downgraded: bool) -> str:
    but = "; the words alone tell the two sets apart too, so that this is no proof" if is_downgraded else ""
    return f"{message[0].upper()}{message[1:]}{but}."


def _findings(
    level: Severity,
    lowered: Severity | None,
    message: str,
    measures: dict[str, Measure],
    worst: tuple[Remembered, ...],
    advice: str,
) -> Iterator[Finding]:
    places = ", ".join(item.source for item in worst[:3])
    evidence = {
        name: value.value if isinstance(value, Estimate) else None if isinstance(value, Unscored) else value
        for name, value in measures.items()
        if isinstance(value, Estimate | Unscored | str | float)
    }
    yield Finding(
        code="overfit.membership",
        severity=lowered or level,
        message=f"{message}; first of all {places}" if places else message,
        evidence=evidence,
        hint=advice,
    )
    text = measures["text_auc"]
    if lowered and isinstance(text, Estimate):
        yield Finding(
            code="overfit.membership_downgraded",
            severity="info",
            message=f"a classifier that sees the words alone tells training from validation items with an AUC of "
            f"{number(text.value)} ({span(text)}): the sets differ as texts, so that scores may tell them apart "
            f"without any memory, and what they say counts as {COUNTS_AS[lowered]}",
            evidence={"text_auc": text.value, "membership_auc": evidence["membership_auc"]},
            hint="hold out validation items at random from the same source: tunecheck split FILE --strategy random",
        )


def _worst(found: AdjustedAuc, train: MembershipPart) -> tuple[Remembered, ...]:
    """Training items above nearly all of validation, the surest first.

    The noise of a mean falls with the root of its tokens, so sure is the surplus times that root.
    """
    beats = placements(found.positives, found.negatives)
    surplus = found.positives - np.mean(found.negatives)
    lengths = np.array([len(nll) for nll in train.tuned_nll])
    order = np.argsort(-surplus * np.sqrt(lengths), kind="stable")
    kept = [place for place in order.tolist() if beats[place] >= 1 - 0.05][:WORST_ITEMS]
    return tuple(
        Remembered(
            item_id=train.ids[place],
            source=train.sources[place],
            n_tokens=int(lengths[place]),
            surplus=float(surplus[place]),
            beats_percent=100 * float(beats[place]),
        )
        for place in kept
    )


def _too_few(n_units: int, name: ScoreName) -> Membership:
    reason = f"needs at least {count(LEAST_UNITS, 'item')} or groups on both sides, and one has {n_units}"
    absent: dict[str, Measure] = {
        key: Unscored(reason=reason)
        for key in ("membership_auc", "membership_plain_auc", "wbc_auc", "membership_tpr", "text_auc")
    }
    summary = f"Whether training items are known by heart could not be measured: it {reason}."
    return _nothing("unknown", summary, {"membership_score": name, **absent}, name)


def _nothing(status: Status, summary: str, measures: dict[str, Measure], name: ScoreName) -> Membership:
    return Membership(
        status=status, summary=summary, measures=measures, findings=(), worst=(), score=name, is_downgraded=False
    )
