"""The perplexity check: is the tuned model better than its base on text that neither was tuned on?"""

from __future__ import annotations

from collections.abc import Sequence

from tunecheck.checks.paired_gain import PairedGain, paired_gain
from tunecheck.checks.perplexity_findings import sample_findings
from tunecheck.checks.phrases import count, number, percent, span, whole
from tunecheck.checks.scored import NO_BASE, Columns, ScoredPart, Table, columns, counted
from tunecheck.checks.statuses import worst
from tunecheck.core import CheckResult, Estimate, Finding, Measure, SequenceScore, Status, Unscored
from tunecheck.stats import bits, improvement_percent, interval, perplexity, perplexity_ratio, ratio_of_sums


def check_perplexity(
    validation: ScoredPart,
    *,
    signature: str,
    findings: Sequence[Finding] = (),
    leaked_ids: frozenset[str] = frozenset(),
) -> CheckResult:
    """Compare tuned and base on the validation part, item by item, with the interval of the paired gain.

    Gain is base less tuned, so it is positive where tuned is better. The status is pass when its interval lies above
    zero, fail when it lies below, else warn; unknown without a base. Where the models tokenise differently the gain in
    bits per byte decides. ``leaked_ids`` are items that the training set gives away: the gain is told with and
    without them, and a gain that only they show does not pass. ``findings`` are added to those made here.
    """
    part = validation.with_tokens()
    table = part.table()
    gain = paired_gain(table)
    clean = part.without(leaked_ids)
    without = paired_gain(clean.table()) if len(clean.items) < len(part.items) else None
    n_leaked = len(part.items) - len(clean.items)
    found = [*sample_findings(validation, part, table, gain, without, n_leaked), *findings]
    return CheckResult(
        check="perplexity",
        status=_status(gain, without),
        summary=_summary(validation, part, table, gain),
        measures=_measures(validation, part, table, without),
        findings=tuple(found),
        signature=signature,
        comparisons=part.comparisons(),
    )


def _status(gain: PairedGain, without: PairedGain | None) -> Status:
    status = gain.status
    return worst([status, "warn"]) if status == "pass" and without is not None and without.status != "pass" else status


def _measures(validation: ScoredPart, part: ScoredPart, table: Table, without: PairedGain | None) -> dict[str, Measure]:
    measures: dict[str, Measure] = {"tuned": _side(part.tuned, table.tuned, table)}
    if part.base is not None and table.base is not None:
        measures["base"] = _side(part.base, table.base, table)
        measures["paired"] = _paired(table)
        if without is not None:
            measures["paired_without_leaked"] = _paired(without.table)
    measures["n_unscored"] = len(validation.items) - len(part.items)
    return measures


def _side(scores: tuple[SequenceScore, ...], side: Columns, table: Table) -> dict[str, Measure]:
    nll = ratio_of_sums(side.nll_nats, side.n_tokens, table.units, at_least=0.0)
    measures: dict[str, Measure] = {
        "nll_nats": nll,
        "perplexity": perplexity(nll),
        "bits_per_byte": bits(ratio_of_sums(side.nll_nats, side.n_bytes, table.units, at_least=0.0)),
        "token_accuracy": ratio_of_sums(side.n_argmax, side.n_tokens, table.units, at_least=0.0, at_most=1.0),
        "n_items": len(scores),
        "n_tokens": int(side.n_tokens.sum()),
        "n_bytes": int(side.n_bytes.sum()),
    }
    totals = [score.full for score in scores if score.full is not None]
    if scores and len(totals) == len(scores):
        full = columns(totals)
        full_nll = ratio_of_sums(full.nll_nats, full.n_tokens, table.units, at_least=0.0)
        measures["full_sequence"] = {"nll_nats": full_nll, "perplexity": perplexity(full_nll)}
    return measures


def _paired(table: Table) -> dict[str, Measure]:
    nats = interval(table.gain_nats())
    return {
        "nll_gain_nats": nats,
        "perplexity_ratio": perplexity_ratio(nats),
        "improvement_percent": improvement_percent(nats),
        "bits_per_byte_gain": interval(table.gain_bits_per_byte()),
    }


def _summary(validation: ScoredPart, part: ScoredPart, table: Table, gain: PairedGain) -> str:
    of_items = _of_items(validation, part)
    if not part.items:
        return f"Nothing was scored: {counted(validation, part)}."
    tuned = perplexity(ratio_of_sums(table.tuned.nll_nats, table.tuned.n_tokens, table.units, at_least=0.0))
    if table.base is None:
        if isinstance(tuned, Unscored):
            return f"Perplexity has no interval: {tuned.reason}; {NO_BASE}."
        return f"Perplexity {whole(tuned)} over {of_items}; {NO_BASE}."
    estimate = interval(gain.ratio)
    if isinstance(estimate, Unscored):
        return f"The models could not be compared: {estimate.reason}."
    if gain.is_nothing:
        return f"The tuned model scores exactly as its base does over {of_items}."
    if not gain.in_nats:
        return _bits_sentence(estimate, gain.status, of_items)
    base = perplexity(ratio_of_sums(table.base.nll_nats, table.base.n_tokens, table.units, at_least=0.0))
    improvement = improvement_percent(estimate)
    if isinstance(base, Unscored) or isinstance(tuned, Unscored) or isinstance(improvement, Unscored):
        return f"The gain is {whole(estimate, gain.unit)} over {of_items}; perplexity is beyond floating point."
    return _perplexity_sentence(base, tuned, improvement, gain.status, of_items)


def _perplexity_sentence(base: Estimate, tuned: Estimate, improvement: Estimate, status: Status, of_items: str) -> str:
    lower, low, high = improvement.value / 100, improvement.low / 100, improvement.high / 100
    match status:
        case "pass":
            return (
                f"Perplexity fell from {number(base.value)} to {number(tuned.value)}, {percent(lower)} lower "
                f"({percent(improvement.confidence)} interval {percent(low)} to {percent(high)}) over {of_items}."
            )
        case "fail":
            return (
                f"Perplexity rose from {number(base.value)} to {number(tuned.value)}, {percent(-lower)} higher "
                f"({percent(improvement.confidence)} interval {percent(-high)} to {percent(-low)}) over {of_items}."
            )
        case _:
            return (
                f"No difference is shown: perplexity {number(tuned.value)} against {number(base.value)} under the "
                f"base, {_direction(lower)} ({percent(improvement.confidence)} interval {_direction(low)} to "
                f"{_direction(high)}) over {of_items}."
            )


def _bits_sentence(gain: Estimate, status: Status, of_items: str) -> str:
    verb = {"pass": "gains", "fail": "loses"}.get(status)
    if verb is None:
        return f"No difference is shown: the gain is {whole(gain, ' bits per byte')} over {of_items}."
    sign = 1 if status == "pass" else -1
    low, high = sorted((sign * gain.low, sign * gain.high))
    size = Estimate(value=sign * gain.value, low=low, high=high, n=gain.n, method=gain.method)
    return f"The tuned model {verb} {number(size.value)} bits per byte ({span(size)}) over {of_items}."


def _direction(lower: float) -> str:
    return f"{percent(-lower)} higher" if lower < 0 else f"{percent(lower)} lower"


def _of_items(validation: ScoredPart, part: ScoredPart) -> str:
    n_unscored = len(validation.items) - len(part.items)
    items = count(len(part.items), "item")
    return f"{items} ({n_unscored:,} more unscored)" if n_unscored else items
