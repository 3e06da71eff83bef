"""General text: does the tuned model still predict text that has nothing to do with the task as its base does?"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from tunecheck.checks.phrases import count, listed, percent, span
from tunecheck.checks.scored import NO_BASE, Columns, ScoredPart, Table, response_text
from tunecheck.core import Estimate, Finding, Item, Measure, Severity, Status, Unscored
from tunecheck.stats import Ratio, bits, interval, paired_difference, ratio_of_sums, transform

# Heuristic marks on the rise of bits per byte, in percent of the base's: from the first on it is worth a warning, from
# the second on it fails. The lower end of the interval must lie above the next lower mark, 0 and 1.
FORGOTTEN_WARN, FORGOTTEN_FAIL = 1.0, 5.0
# Heuristic: where the base knows fewer than this share of the passages, it has nothing to forget.
LEAST_KNOWN = 0.1
# A column called kind with more values than this is not one of kinds.
MOST_KINDS = 20
WORST_PASSAGES = 10

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgottenPassage:
    """A general passage that the tuned model predicts worse; ``percent`` is the rise of its bits per byte."""

    item: Item
    kind: str
    base_bits_per_byte: float
    tuned_bits_per_byte: float
    percent: float

    @property
    def text(self) -> str:
        """The passage."""
        return response_text(self.item)


@dataclass(frozen=True, slots=True, kw_only=True)
class General:
    """What the rules on general text found."""

    status: Status
    measures: dict[str, Measure]
    findings: tuple[Finding, ...] = ()
    worst: tuple[ForgottenPassage, ...] = ()


def check_general(part: ScoredPart | Unscored, advice: str) -> General:
    """The change of bits per byte from base to tuned, over all passages that the base knows and by kind.

    Bits per byte can be compared where the two models tokenise differently too. A passage is known when the base
    predicts it better than the frequencies of its own bytes would: the others say nothing of forgetting, and a small
    base trained on one language has many of them. Units are those of the items: passages, or the documents they are of.
    """
    if isinstance(part, Unscored):
        return _unknown(part.reason)
    part = part.with_tokens()
    table = part.table()
    if table.base is None:
        return _unknown(NO_BASE, tuned=_bits_per_byte(table, table.tuned), n=len(part.items))
    known = known_passages(part, table.base) & (table.tuned.n_bytes > 0)
    if int(known.sum()) < max(1.0, LEAST_KNOWN * len(part.items)):
        return _base_knows_none(part, int(known.sum()))
    kinds = _kinds(part)
    by_kind = {kind: relative_change(table, known & (kinds == kind)) for kind in _names(kinds)}
    change = as_percent(relative_change(table, known))
    of_kinds = tuple(_forgotten_kinds(by_kind, change, advice))
    status = _status(change)
    return General(
        status="warn" if status == "pass" and of_kinds else status,
        measures={
            "forgetting_percent": change,
            "general_by_kind": {kind: _of_kind(one, known & (kinds == kind)) for kind, one in by_kind.items()},
            "general_bits_per_byte": {
                "tuned": _bits_per_byte(table, table.tuned, known),
                "base": _bits_per_byte(table, table.base, known),
            },
            "n_general": len(part.items),
            "n_general_unknown": int((~known).sum()),
        },
        findings=(*_forgetting(change, status, by_kind, advice), *of_kinds, *_unknown_passages(kinds, known)),
        worst=tuple(_worst(part, table, table.base, kinds, known)),
    )


def relative_change(table: Table, wanted: Flags) -> Ratio | Unscored:
    """The logarithm of tuned over base bits per byte on the wanted rows, with its linearised, paired error.

    Each rate is Σ nats / Σ bytes over the rows. On the logarithmic scale swapping the two models negates the value.
    """
    if table.base is None:
        return Unscored(reason=NO_BASE)
    sides = [(side.nll_nats[wanted], side.n_bytes[wanted]) for side in (table.tuned, table.base)]
    totals = [(float(nats.sum()), float(size.sum())) for nats, size in sides]
    if not all(math.isfinite(nats) and nats > 0 and size > 0 for nats, size in totals):
        return Unscored(reason="the bits per byte of one of the models are zero or no finite number")
    rates = [nats / size for nats, size in totals]
    # The influence of a unit on log(rate) is its influence on the rate over the rate: scaled so, both rates are one.
    scaled = [(nats / rate, size) for (nats, size), rate in zip(sides, rates, strict=True)]
    found = paired_difference(scaled[0], scaled[1], table.units[wanted])
    return found if isinstance(found, Unscored) else replace(found, value=math.log(rates[0] / rates[1]))


def as_percent(found: Ratio | Unscored, *, confidence: float = 0.95) -> Estimate | Unscored:
    """A logarithm of two rates as the change in percent of the second.

    >>> unsure = Ratio(value=math.log(1.02), standard_error=0.001, degrees_of_freedom=99, n_units=100, grouped=False)
    >>> str(as_percent(unsure))
    '2 [1.798, 2.203]'
    """
    return transform(interval(found, confidence=confidence), lambda change: 100 * math.expm1(change))


def known_passages(part: ScoredPart, base: Columns) -> Flags:
    """Which items the base predicts in fewer bits than the frequencies of their own bytes would (order-0 entropy).

    The entropy has the correction of Miller and Madow (1955), as that of a short text comes out too small. Items whose
    text is not there, as token ids alone, count as known.
    """
    nats = np.array([_entropy_nats(response_text(item)) for item in part.items], dtype=np.float64)
    has_bytes = base.n_bytes > 0
    rate = np.divide(base.nll_nats, base.n_bytes, out=np.full(len(nats), np.inf), where=has_bytes)
    known: Flags = has_bytes & (rate < nats)
    return known


def _bits_per_byte(table: Table, side: Columns, wanted: Flags | None = None) -> Estimate | Unscored:
    rows = np.ones(len(table.units), dtype=np.bool_) if wanted is None else wanted
    return bits(ratio_of_sums(side.nll_nats[rows], side.n_bytes[rows], table.units[rows], at_least=0.0))


def _entropy_nats(text: str) -> float:
    counts = np.bincount(np.frombuffer(text.encode("utf-8", "replace"), dtype=np.uint8)).astype(np.float64)
    counts = counts[counts > 0]
    if not len(counts):
        return math.inf
    total = counts.sum()
    return float(math.log(total) - (counts @ np.log(counts)) / total + (len(counts) - 1) / (2 * total))


def _kinds(part: ScoredPart) -> npt.NDArray[np.str_]:
    """The kind of each item, "" where it has none or where there are too many to be kinds."""
    found = [_kind(dict(item.metadata)) for item in part.items]
    return np.array(found if len(set(found)) <= MOST_KINDS else [""] * len(found), dtype=np.str_)


def _names(kinds: npt.NDArray[np.str_]) -> list[str]:
    return sorted(set(kinds.tolist()) - {""})


def _kind(metadata: Mapping[str, str]) -> str:
    value = json.loads(metadata["kind"]) if "kind" in metadata else ""
    return value if isinstance(value, str) else ""


def _of_kind(found: Ratio | Unscored, known: Flags) -> Estimate | Unscored:
    if not known.any():
        return Unscored(reason="the base does not know text of this kind, so it has none to forget")
    return as_percent(found)


def _status(change: Estimate | Unscored) -> Status:
    """fail: above the second mark and surely above the first; warn: above the first and surely above zero."""
    if isinstance(change, Unscored):
        return "unknown"
    if change.value > FORGOTTEN_FAIL and change.low > FORGOTTEN_WARN:
        return "fail"
    return "warn" if change.value > FORGOTTEN_WARN and change.low > 0 else "pass"


def _forgetting(
    change: Estimate | Unscored, status: Status, by_kind: Mapping[str, Ratio | Unscored], advice: str
) -> Iterator[Finding]:
    if isinstance(change, Unscored):
        return
    over = f"over {count(change.n, 'passage')}"
    evidence = {"forgetting_percent": change.value, "low": change.low, "high": change.high}
    if status == "pass":
        if change.high > FORGOTTEN_FAIL:
            yield Finding(
                code="overfit.forgetting_unsettled",
                severity="info",
                message=f"general text shows no forgetting beyond the marks, but {change.n} passages are too few to "
                f"rule it out: the rise of bits per byte may be up to {percent(change.high / 100)} {over}",
                evidence=evidence,
                hint="give more general texts with --general FILE, or leave it out to use the bundled ones",
            )
        return
    severity: Severity = "fail" if status == "fail" else "warn"
    kinds = {kind: one.value for kind, one in by_kind.items() if isinstance(one, Ratio)}
    most = max(kinds, key=lambda kind: kinds[kind], default="")
    where = f"; most of all {most}, by {percent(math.expm1(kinds[most]))}" if len(kinds) > 1 else ""
    yield Finding(
        code="overfit.forgetting",
        severity=severity,
        message=f"text that has nothing to do with the task costs the tuned model {percent(change.value / 100)} more "
        f"bits per byte than its base ({span(change, ' percent')}), {over}{where}",
        evidence=evidence,
        hint=advice,
    )


def _forgotten_kinds(
    by_kind: Mapping[str, Ratio | Unscored], change: Estimate | Unscored, advice: str
) -> Iterator[Finding]:
    """Kinds far above the second mark while the whole is below it; intervals are wider the more kinds there are."""
    if isinstance(change, Estimate) and change.value > FORGOTTEN_FAIL:
        return
    # Bonferroni: each of the kinds could be accused by chance.
    confidence = 1 - 0.05 / max(1, len(by_kind))
    for kind, one in by_kind.items():
        found = as_percent(one, confidence=confidence)
        if len(by_kind) < 2 or isinstance(found, Unscored):
            continue
        if found.value > FORGOTTEN_FAIL and found.low > FORGOTTEN_WARN:
            yield Finding(
                code="overfit.forgot_kind",
                severity="warn",
                message=f"of general text the kind '{kind}' suffered: {percent(found.value / 100)} more bits per byte "
                f"than under the base ({span(found, ' percent')}), over {count(found.n, 'passage')}",
                evidence={"kind": kind, "forgetting_percent": found.value, "low": found.low, "high": found.high},
                hint=advice,
            )


def _unknown_passages(kinds: npt.NDArray[np.str_], known: Flags) -> Iterator[Finding]:
    n_unknown = int((~known).sum())
    if not n_unknown:
        return
    lost = [kind for kind in _names(kinds) if not known[kinds == kind].any()]
    whole = f", among them all of {listed(lost)}" if lost else ""
    yield Finding(
        code="overfit.general_unknown",
        severity="info",
        message=f"{n_unknown:,} of {count(len(known), 'general passage')} are left out{whole}: the base predicts them "
        "no better than the frequencies of their letters would, so it has nothing there to forget",
        evidence={"n_unknown": n_unknown, "n_passages": len(known)},
        hint="give text that the base was made for with --general FILE",
    )


def _base_knows_none(part: ScoredPart, n_known: int) -> General:
    n = len(part.items)
    known = "none" if not n_known else f"only {n_known:,}"
    reason = (
        f"the base knows {known} of {count(n, 'general passage')}: it predicts the others no better than the "
        "frequencies of their letters would, so there is nothing to forget"
        if n
        else "there are no general passages with a token to score"
    )
    finding = Finding(
        code="overfit.general_unknown",
        severity="info",
        message=reason,
        evidence={"n_unknown": n - n_known, "n_passages": n},
        hint="give text that the base was made for with --general FILE",
    )
    found = _unknown(reason, n=n)
    return replace(found, findings=(finding,), measures=found.measures | {"n_general_unknown": n - n_known})


def _unknown(reason: str, *, tuned: Estimate | Unscored | None = None, n: int = 0) -> General:
    absent = Unscored(reason=reason)
    return General(
        status="unknown",
        measures={
            "forgetting_percent": absent,
            "general_by_kind": absent,
            "general_bits_per_byte": {"tuned": tuned or absent, "base": absent},
            "n_general": n,
            "n_general_unknown": 0,
        },
    )


def _worst(
    part: ScoredPart, table: Table, base: Columns, kinds: npt.NDArray[np.str_], known: Flags
) -> Iterator[ForgottenPassage]:
    """Known passages with the largest rise; those that did not rise are not listed."""
    rows = np.flatnonzero(known & (table.tuned.n_bytes > 0) & (base.nll_nats > 0))
    nat = math.log(2)
    under = {k: (float(base.nll_nats[k] / base.n_bytes[k]), float(table.tuned.nll_nats[k] / table.tuned.n_bytes[k]))
             for k in rows.tolist()}  # fmt: skip
    rise = {k: tuned / before - 1 for k, (before, tuned) in under.items() if tuned > before}
    for k in sorted(rise, key=lambda k: (-rise[k], k))[:WORST_PASSAGES]:
        yield ForgottenPassage(
            item=part.items[k],
            kind=str(kinds[k]),
            base_bits_per_byte=under[k][0] / nat,
            tuned_bits_per_byte=under[k][1] / nat,
            percent=100 * rise[k],
        )
