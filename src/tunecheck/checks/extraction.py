"""Extraction: how many training responses the tuned model would write word for word, beyond what it has by skill."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tunecheck.checks.extracted_items import (
    ExtractedItem,
    HeldSecret,
    extracted_items,
    held_secrets,
    secret_findings,
)
from tunecheck.checks.phrases import number, percent, whole
from tunecheck.checks.scored import NO_BASE, TOKENISERS_DIFFER, ScoredPart
from tunecheck.checks.statuses import worst
from tunecheck.checks.verbatim import (
    LEAST_TOKENS,
    PREFIX_TOKENS,
    Floats,
    Row,
    Template,
    Tokens,
    find_template,
    log_chance_in_samples,
    longest_run,
    reproduces,
    suffix_after,
    tokens_of,
)
from tunecheck.core import Estimate, Finding, Measure, SequenceScore, Severity, Status, Unscored
from tunecheck.stats import Ratio, difference, interval, ratio, unit_codes
from tunecheck.stats.regression import slope

__all__ = ["ExtractedItem", "Extraction", "check_extraction"]

# Marks on the low end of the interval of the excess share. Heuristic: up to one response in a hundred is bearable where
# nothing is sensitive, one in twenty is a text that the model was made to hold.
VERBATIM_WARN, VERBATIM_FAIL = 0.01, 0.05
# Without a base, training text that is easier by one unit of log-odds of a token is reproduced up to a fifth more often
# in simulation, and nothing tells that from memory. Heuristic.
WARN_WITHOUT_BASE = 0.2
# How often someone may ask the same prompt. Heuristic.
N_SAMPLES = 100
# Strata of base nll for the comparison at equal difficulty; five remove over 90% of the bias of a smooth confounder
# (Cochran 1968).
N_STRATA = 5
# Where the parts lie further apart than so many standard deviations, no adjustment makes them equal: Rubin (2001,
# "Using propensity scores to help design observational studies") draws the line at half of one. Heuristic.
MOST_EASIER = 1.0
LISTED_ITEMS = 20

NO_TOKENS = "no values per token were kept"
HINT = "train for fewer epochs, take out copies of rows, and keep an earlier checkpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What can be extracted: measures, findings, their status, and the worst items, those with secrets first."""

    measures: dict[str, Measure]
    findings: tuple[Finding, ...]
    status: Status
    items: tuple[ExtractedItem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Quantity:
    """A number of each response under one side; a share lies in 0 to 1."""

    of: Callable[[Tokens, Row], float]
    is_share: bool = True


Parts = Mapping[str, Sequence[Row]]
PAIRED, ALONE = ("tuned", "base"), ("tuned",)


def check_extraction(train: ScoredPart, validation: ScoredPart) -> Extraction:
    """The share of training responses that greedy decoding reproduces, over base and over validation.

    Needs scores with values per token. ``verbatim_excess`` is (T_tuned - T_base) - (V_tuned - V_base), T and V the
    shares of training and validation responses that are reproduced after 0, 16 or 50 of their tokens. An opening and
    a closing that the tuned model writes on every validation item are no part of what is looked for, so a template
    around the answers neither hides memory nor counts as one. Leave leaked validation items out before.
    """
    if any(score.tokens is None for part in (train, validation) for side in part.sides.values() for score in side):
        return Extraction(measures={"verbatim_excess": Unscored(reason=NO_TOKENS)}, findings=(), status="unknown")
    no_base = _why_no_base(train, validation)
    template = find_template([_values(score).argmax for score in validation.tuned])
    rows = {str(part.part): _rows(part, template, has_base=not no_base) for part in (train, validation)}
    long = {part: [row for row in found if row.suffixes] for part, found in rows.items()}
    held = {part: held_secrets(found) for part, found in rows.items()}
    measures = _measures(long, no_base) | {
        "secrets": _secret_shares(rows, held),
        "n_samples": N_SAMPLES,
        "template_tokens": {"leading": template.leading, "trailing": template.trailing},
        **{f"n_too_short_{part}": len(rows[part]) - len(long[part]) for part in rows},
    }
    items = extracted_items(rows["train"], held["train"])
    shares = measures["secrets"]
    assert isinstance(shares, dict)
    findings = (*secret_findings(items, shares), *_verbatim_findings(measures, items, has_base=not no_base))
    return Extraction(
        measures=measures,
        findings=findings,
        status=worst([_known(measures), *(f.severity for f in findings if f.severity != "info")]),
        items=items[:LISTED_ITEMS],
    )


def _why_no_base(train: ScoredPart, validation: ScoredPart) -> str:
    """Why tuned and base cannot be compared token by token, or ""."""
    if train.base is None or validation.base is None:
        return NO_BASE
    return "" if train.same_tokens and validation.same_tokens else TOKENISERS_DIFFER


def _values(score: SequenceScore) -> Tokens:
    found = tokens_of(score)
    assert found is not None, "scores without tokens were refused"
    return found


def _rows(part: ScoredPart, template: Template, *, has_base: bool) -> list[Row]:
    base = part.base if has_base and part.base is not None else (None,) * len(part.items)
    rows = []
    for item, tuned, under_base in zip(part.items, part.tuned, base, strict=True):
        values = _values(tuned)
        found = {prefix: suffix_after(len(values), prefix, template) for prefix in PREFIX_TOKENS}
        suffixes = {prefix: suffix for prefix, suffix in found.items() if suffix is not None}
        rows.append(Row(item, values, None if under_base is None else _values(under_base), suffixes))
    return rows


def _is_reproduced(tokens: Tokens, row: Row) -> float:
    return float(any(reproduces(tokens.argmax, suffix) for suffix in row.suffixes.values()))


def _is_reproduced_after(prefix: int) -> _Quantity:
    return _Quantity(lambda tokens, row: float(reproduces(tokens.argmax, row.suffixes[prefix])))


def _longest(tokens: Tokens, _row: Row) -> float:
    run = longest_run(tokens.argmax)
    return float(run.end - run.start)


def _argmax_share(tokens: Tokens, _row: Row) -> float:
    return float(tokens.argmax.mean())


def _chance(tokens: Tokens, row: Row) -> float:
    nats = min(float(tokens.nll_nats[s.start : s.end].sum()) for s in row.suffixes.values())
    return math.exp(log_chance_in_samples(max(nats, 0.0), N_SAMPLES))


REPRODUCED = _Quantity(_is_reproduced)


def _measures(long: Parts, no_base: str) -> dict[str, Measure]:
    def excess(quantity: _Quantity, parts: Parts = long) -> Measure:
        return Unscored(reason=no_base) if no_base else _contrast(parts, quantity, PAIRED)

    shares: dict[str, Measure] = {
        f"{part}_{side}": _share(rows, side) for part, rows in long.items() for side in (ALONE if no_base else PAIRED)
    }
    after = {
        prefix: {part: [row for row in rows if prefix in row.suffixes] for part, rows in long.items()}
        for prefix in PREFIX_TOKENS
    }
    return {
        "verbatim_excess": excess(REPRODUCED),
        "verbatim_over_validation": _contrast(long, REPRODUCED, ALONE),
        "verbatim_equal_difficulty": Unscored(reason=no_base) if no_base else _at_equal_difficulty(long),
        "verbatim_excess_after": {str(k): excess(_is_reproduced_after(k), parts) for k, parts in after.items()},
        "verbatim_shares": shares,
        "longest_run_excess_tokens": excess(_Quantity(_longest, is_share=False)),
        "argmax_excess": excess(_Quantity(_argmax_share)),
        "sampled_excess": excess(_Quantity(_chance)),
    }


def _contrast(parts: Parts, quantity: _Quantity, sides: tuple[str, ...]) -> Measure:
    """Training less validation of the mean over items; of tuned less base where both sides are asked for."""
    numbers = [_numbers(parts[part], quantity, sides) for part in ("train", "validation")]
    units = [_units(parts[part]) for part in ("train", "validation")]
    found = _apart(numbers, units, ends=_ends(quantity, sides))
    if isinstance(found, Unscored):
        return Unscored(reason=f"responses of at least {LEAST_TOKENS} tokens: {found.reason}")
    return found


def _ends(quantity: _Quantity, sides: tuple[str, ...]) -> tuple[float, ...]:
    """The ends of the scale of a share, or of the difference of two; nothing for what has no ends."""
    if not quantity.is_share:
        return ()
    return (-1.0, 1.0) if sides == PAIRED else (0.0, 1.0)


def _apart(numbers: Sequence[Floats], units: Sequence[list[str]], *, ends: tuple[float, ...]) -> Estimate | Unscored:
    """First mean less second.

    A made-up unit at each end of the scale, on either side, keeps the interval of a share of 0 from being empty:
    Agresti and Caffo (2000) for the difference of two shares, Bonett and Price (2012) for shares that are paired.
    """
    plain = difference(*(_mean(*side) for side in zip(numbers, units, strict=True)))
    if isinstance(plain, Unscored):
        return plain
    made_up = [f"made up {k}" for k in range(len(ends))]
    padded = difference(
        *(_mean(np.append(of_side, ends), [*names, *made_up]) for of_side, names in zip(numbers, units, strict=True))
    )
    assert isinstance(padded, Ratio), "it has more units than the plain one"
    adjusted = ", adjusted as Agresti and Caffo" if ends else ""
    return _around(plain, padded.interval(), f"cluster-robust over {plain.noun}s of two samples{adjusted}, Welch t")


def _around(plain: Ratio, padded: Estimate, method: str) -> Estimate:
    """The plain value with the interval of the padded one."""
    return Estimate(
        value=plain.value,
        low=min(padded.low, plain.value),
        high=max(padded.high, plain.value),
        n=plain.n_units,
        method=method,
    )


def _numbers(rows: Sequence[Row], quantity: _Quantity, sides: tuple[str, ...]) -> Floats:
    tuned, *base = ([quantity.of(row.side(side), row) for row in rows] for side in sides)
    return np.array(tuned, dtype=np.float64) - (np.array(base[0], dtype=np.float64) if base else 0.0)


def _units(rows: Sequence[Row]) -> list[str]:
    return [row.item.unit for row in rows]


def _mean(numbers: Floats, units: Sequence[str]) -> Ratio | Unscored:
    return ratio(numbers, np.ones(len(numbers)), units)


def _share(rows: Sequence[Row], side: str) -> Measure:
    return _adjusted_share(_numbers(rows, REPRODUCED, (side,)), _units(rows))


def _adjusted_share(numbers: Floats, units: Sequence[str]) -> Estimate | Unscored:
    """A share with the interval of Agresti and Coull (1998): two made-up units at either end."""
    plain = _mean(numbers, units)
    if isinstance(plain, Unscored):
        return plain
    more = _mean(np.append(numbers, (0.0, 0.0, 1.0, 1.0)), [*units, *(f"made up {k}" for k in range(4))])
    padded = interval(more, at_least=0.0, at_most=1.0)
    assert isinstance(padded, Estimate), "it has more units than the plain one"
    return _around(plain, padded, f"cluster-robust over {plain.noun}s, adjusted as Agresti and Coull, t")


def _at_equal_difficulty(long: Parts) -> Measure:
    """The excess over validation responses that the base found equally hard.

    Regression of "reproduced" on "is a training response" beside the base's nll per token, the fifth that it is in, the
    base's share of argmax tokens, and the logarithm of the length. Unscored where the training text is far easier.
    """
    rows = [*long["train"], *long["validation"]]
    if not (long["train"] and long["validation"]):
        return Unscored(reason=f"no responses of {LEAST_TOKENS} tokens on both sides")
    is_train = np.repeat([1.0, 0.0], [len(long["train"]), len(long["validation"])])
    hard = np.array([row.side("base").nll_nats.mean() for row in rows])
    easier = _easier(hard[is_train == 1], hard[is_train == 0])
    if easier > MOST_EASIER:
        return Unscored(
            reason=f"the training text is {number(easier)} standard deviations easier for the base, too far to compare"
        )
    stratum = np.searchsorted(np.quantile(hard, np.arange(1, N_STRATA) / N_STRATA), hard)
    right = _numbers(rows, _Quantity(_argmax_share), ("base",))
    length = np.log([len(row.tuned) for row in rows])
    return slope(
        _numbers(rows, REPRODUCED, ALONE),
        is_train,
        beside=[hard, right, length, *((stratum == k).astype(np.float64) for k in range(1, N_STRATA))],
        weights=np.ones(len(rows)),
        units=unit_codes(_units(rows)),
    )


def _easier(train: Floats, validation: Floats) -> float:
    """By how many standard deviations the training mean lies below the validation mean."""
    spread = math.sqrt((float(train.var()) + float(validation.var())) / 2)
    apart = float(validation.mean() - train.mean())
    return apart / spread if spread else math.copysign(math.inf, apart) if apart else 0.0


def _secret_shares(rows: Parts, held: Mapping[str, Sequence[tuple[HeldSecret, ...]]]) -> dict[str, Measure]:
    """The share of the responses with secrets that have one that can be extracted, on both parts; and how far apart.

    Validation secrets were never seen: where they are written too, they follow from the prompt or from a pattern.
    """
    with_any = {
        part: [(row, own) for row, own in zip(rows[part], held[part], strict=True) if own]
        for part in ("train", "validation")
    }
    numbers = {
        p: np.array([float(any(s.is_extracted for s in own)) for _, own in pairs]) for p, pairs in with_any.items()
    }
    units = {part: _units([row for row, _ in pairs]) for part, pairs in with_any.items()}
    return {
        **{part: _adjusted_share(numbers[part], units[part]) for part in with_any},
        "excess": _apart(list(numbers.values()), list(units.values()), ends=(0.0, 1.0)),
        **{f"n_{part}": len(pairs) for part, pairs in with_any.items()},
    }


def _deciding(measures: Mapping[str, Measure]) -> Measure:
    excess = measures["verbatim_excess"]
    return excess if isinstance(excess, Estimate) else measures["verbatim_over_validation"]


def _known(measures: Mapping[str, Measure]) -> Status:
    """unknown where nothing was measured, or where there is an excess that nothing can be held against."""
    excess, equal = _deciding(measures), measures["verbatim_equal_difficulty"]
    if not isinstance(excess, Estimate):
        return "unknown"
    has_base = isinstance(measures["verbatim_excess"], Estimate)
    return "unknown" if has_base and excess.low > VERBATIM_WARN and isinstance(equal, Unscored) else "pass"


def _verbatim_findings(
    measures: Mapping[str, Measure], items: Sequence[ExtractedItem], *, has_base: bool
) -> Iterator[Finding]:
    excess = _deciding(measures)
    n_items = sum(item.prefix_tokens is not None for item in items)
    if not isinstance(excess, Estimate) or (excess.low <= 0 and not n_items):
        return
    severity, why = _ruling(excess, measures["verbatim_equal_difficulty"], has_base=has_base)
    than = "than of validation responses" + (", over what the base does" if has_base else "")
    yield Finding(
        code="overfit.verbatim",
        severity=severity,
        message=f"greedy decoding reproduces {percent(excess.value)} more of the training responses {than}: "
        f"excess {whole(excess)}{why}",
        evidence={"excess": excess.value, "low": excess.low, "high": excess.high, "n_items": n_items},
        hint=HINT if severity != "info" else "",
    )


def _ruling(excess: Estimate, equal: Measure, *, has_base: bool) -> tuple[Severity, str]:
    """How bad an excess is, and what takes from it.

    Easier training text is reproduced more often by skill, and more so after tuning. With a base the comparison at
    equal difficulty tells; without one only a large excess warns.
    """
    if excess.low <= VERBATIM_WARN:
        return "info", ""
    if not has_base:
        severity: Severity = "warn" if excess.low > WARN_WITHOUT_BASE else "info"
        return severity, "; without a base, easier training text would look the same"
    if isinstance(equal, Estimate) and equal.low > VERBATIM_WARN:
        return ("fail" if excess.low > VERBATIM_FAIL else "warn"), ""
    if isinstance(equal, Estimate):
        return "info", "; validation responses that are as easy for the base are reproduced about as often"
    assert isinstance(equal, Unscored)
    return "info", f"; whether by memory or by skill is not known: {equal.reason}"
