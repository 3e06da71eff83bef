"""Findings of the perplexity check: what the gain cannot show, and what the sample behind it suffers from."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tunecheck.checks.leaks import TAKE_OUT
from tunecheck.checks.paired_gain import PairedGain, more_units_needed
from tunecheck.checks.phrases import count, number, percent, whole
from tunecheck.checks.scored import ScoredPart, Table, counted
from tunecheck.core import Finding, Unscored
from tunecheck.stats import Ratio, interval

# Below this the t interval leans on a near-normal mean; see the coverage table of tests/stats/test_coverage.py.
FEW_UNITS = 30
# The mean leans on a unit with a larger share of the tokens; with four units or fewer one has it by arithmetic.
DOMINANT_SHARE = 0.2
FEWEST_UNITS_TO_DOMINATE = 5
# Nobody gathers so many; say that the models are equal instead.
TOO_MANY_UNITS = 100_000


def sample_findings(
    validation: ScoredPart,
    part: ScoredPart,
    table: Table,
    gain: PairedGain,
    without: PairedGain | None,
    n_leaked: int,
) -> Iterator[Finding]:
    """All findings on a validation part, the ones about the gain first.

    ``part`` is what is left of ``validation`` with tokens to score, ``without`` the gain over its items that did not
    leak, None when none of them leaked.
    """
    yield from gain_findings(gain)
    if without is not None:
        yield leak_finding(without, n_leaked, len(part.items))
    yield from size_findings(part, table)
    if len(part.items) < len(validation.items):
        yield unscored_finding("perplexity.unscored", validation, part)


def gain_findings(gain: PairedGain) -> Iterator[Finding]:
    """What stops the gain from passing: it is negative, exactly nothing, or too small for these items to show."""
    found = gain.ratio
    if isinstance(found, Unscored) or gain.status == "pass":
        return
    estimate = found.interval()
    evidence = {"gain": found.value, "low": estimate.low, "high": estimate.high, "detectable": found.detectable}
    if gain.status == "fail":
        yield Finding(
            code="perplexity.worse",
            severity="fail",
            message="the tuned model predicts the validation text worse than its base: "
            f"gain {whole(estimate, gain.unit)}",
            evidence=evidence,
            hint="check that the chat template is that of the training, then tune with a lower learning rate or for "
            "fewer epochs, or score an earlier checkpoint",
        )
    elif gain.is_nothing:
        yield Finding(
            code="perplexity.identical",
            severity="warn",
            message=f"the tuned model scores all {count(found.n_units, found.noun)} exactly as its base does: "
            "the tuning changes nothing",
            evidence=evidence,
            hint="check that the folder holds the trained weights: an adapter that was never trained changes nothing",
        )
    else:
        yield Finding(
            code="perplexity.no_difference",
            severity="warn",
            message=f"no difference is shown: gain {whole(estimate, gain.unit)}; "
            f"{count(found.n_units, found.noun)} can resolve a gain of {number(found.detectable)}{gain.unit}",
            evidence=evidence | {"more_units_needed": more_units_needed(found)},
            hint=_how_to_settle(found),
        )


def _how_to_settle(gain: Ratio) -> str:
    more = more_units_needed(gain)
    if more is None:
        return f"treat the two models as equal: the observed gain over {count(gain.n_units, gain.noun)} is exactly zero"
    if more > TOO_MANY_UNITS:
        return (
            f"treat the two models as equal: to settle so small a gain takes about {count(more, f'more {gain.noun}')}"
        )
    return f"add about {count(more, gain.noun)} to the validation set: enough to settle a gain of this size"


def leak_finding(without: PairedGain, n_leaked: int, n_items: int) -> Finding:
    """Items that are given away by the training set, and the gain without them."""
    estimate = interval(without.ratio)
    rest = (
        f"has no interval ({estimate.reason})"
        if isinstance(estimate, Unscored)
        else f"is {whole(estimate, without.unit)}"
    )
    return Finding(
        code="perplexity.leaked",
        severity="warn",
        message=f"{n_leaked:,} of {count(n_items, 'validation item')} ({percent(n_leaked / n_items)}) are given "
        f"away by the training set; without them the gain {rest}",
        evidence={"n_leaked": n_leaked, "n_items": n_items},
        hint=TAKE_OUT,
    )


def size_findings(part: ScoredPart, table: Table) -> Iterator[Finding]:
    """Too few units, or one unit that carries much of the text."""
    tokens = np.bincount(table.units, weights=table.tuned.n_tokens)
    n_units = len(tokens)
    noun = "group" if len(table.units) > n_units else "item"
    if 0 < n_units < FEW_UNITS:
        yield Finding(
            code="perplexity.few_items",
            severity="warn",
            message=f"{count(n_units, noun)} only: below {FEW_UNITS} the interval is rough",
            evidence={"n_units": n_units},
            hint=f"add at least {count(FEW_UNITS - n_units, noun)} to the validation set",
        )
    if n_units >= FEWEST_UNITS_TO_DOMINATE and tokens.max() > DOMINANT_SHARE * tokens.sum():
        largest = int(tokens.argmax())
        share = float(tokens[largest] / tokens.sum())
        name = part.items[int(np.flatnonzero(table.units == largest)[0])].source
        where = f" ({'starts at ' if noun == 'group' else ''}{name})" if name else ""
        yield Finding(
            code="perplexity.dominated",
            severity="warn",
            message=f"one {noun}{where} carries {percent(share)} of the scored tokens, so the mean leans on it",
            evidence={"share": share, "source": name},
            hint=f"split or shorten that {noun}, or add more of the others",
        )


def unscored_finding(code: str, before: ScoredPart, after: ScoredPart) -> Finding:
    """Items without a token left to score; they are in none of the numbers."""
    return Finding(
        code=code,
        severity="info" if after.items else "warn",
        message=f"{before.part} items: {counted(before, after)}",
        evidence={"n_scored": len(after.items), "n_unscored": len(before.items) - len(after.items)},
        hint="an empty response, or one that lies wholly beyond the maximum length, has nothing to score",
    )
