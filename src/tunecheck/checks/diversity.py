"""Diversity: did tuning make the answers alike, does an answer go round in circles, does it find its end?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Literal

import numpy as np
import numpy.typing as npt

from tunecheck.checks.phrases import percent, span, whole
from tunecheck.checks.scored import response_text
from tunecheck.checks.statuses import worst
from tunecheck.core import Ended, Estimate, Finding, Item, Measure, Status, Unscored
from tunecheck.metrics.diversity import (
    REPEATED_WORDS,
    Grams,
    compression_ratio,
    cut_alike,
    entropy_terms,
    looping,
    tf_idf,
)
from tunecheck.metrics.words import words
from tunecheck.stats import interval, paired_difference, ratio, t_quantile, transform, unit_codes

# Answers collapsed when they vary less than this share of what base and references both do. Heuristic, set between the
# fine-tunes of the laboratory that answer alike by construction (at most 0.21) and all others (at least 0.40): greedy
# answers of healthy small models vary half as much as references that people wrote.
COLLAPSED_RATIO = 0.35
# Heuristic: an answer loops when more than half of its four-word runs were said before in it; shorter answers than
# this many words are not long enough to tell.
LOOPS, LOOPS_WORDS = 0.5, 12
# Heuristic shares of answers, in excess of the references: from here on looping is worth a warning, and fails.
LOOPING_WARN, LOOPING_FAIL = 0.02, 0.10
# Heuristic shares of answers that did not end though they are longer than their reference.
CUT_OFF_WARN, CUT_OFF_FAIL = 0.05, 0.50
# Below so many units the spread of a statistic of the whole set is guesswork.
LEAST_UNITS = 10
# Units are left out in so many blocks, one after the other; more blocks cost time and change little.
BLOCKS = 20
# Compression takes most of the time, and decides nothing.
COMPRESSION_BLOCKS = 10
# Time and memory of the Vendi score grow with the cube and the square: beyond so many items it takes the first.
MOST_VENDI_ITEMS = 1_000
WORST_ITEMS = 10

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Words = list[list[str]]

# What decides, and how a sentence calls it. Both are 1 over control where nothing changed.
DECIDING = {"vendi": "the effective number of different answers", "ead": "the variety of words"}

Measured = tuple[Estimate | Unscored, Estimate | Unscored, Estimate | Unscored]
Mark = Literal["warn", "fail"]
Kept = npt.NDArray[np.bool_]
# Of the kept items, a statistic of the tuned model's answers and of the control's.
Both = Callable[[Kept], tuple[float, float]]
Ruling = tuple[Status, Finding | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopingAnswer:
    """An answer that goes round in circles; ``share`` of its four-word runs were said before in it."""

    item: Item
    answer: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Diversity:
    """What the diversity rules found: the measures by name, the findings, the status and the worst loops first."""

    status: Status
    measures: dict[str, Measure]
    findings: tuple[Finding, ...]
    worst: tuple[LoopingAnswer, ...]


def check_diversity(
    items: Sequence[Item],
    *,
    tuned: Sequence[str],
    base: Sequence[str] | None,
    ended: Sequence[Ended],
    base_ended: Sequence[Ended] | None = None,
) -> Diversity:
    """Contrast how the answers of the tuned model vary, loop and end with the base's answers and the references.

    ``tuned[k]`` and ``base[k]`` answer ``items[k]``; ``ended`` says why each answer of the tuned model stopped. Two
    sets are compared over the same items and cut to equal length, item by item, since every statistic of a set leans
    on both. The answers collapsed when they vary less than both controls: narrow tasks have narrow references, and
    short labels repeat on every side. Raises ValueError when the lists are not parallel.
    """
    references = [response_text(item) for item in items]
    given = [tuned, ended, *(side for side in (base, base_ended) if side is not None)]
    if any(len(side) != len(items) for side in given):
        raise ValueError(f"{len(items)} items have as many answers and ends, not {[len(side) for side in given]}")
    units = unit_codes([item.unit for item in items])
    said = {"tuned": tuned, "references": references} | ({} if base is None else {"base": base})
    texts = {name: [words(text) for text in side] for name, side in said.items()}
    pairs = {name: compare(texts["tuned"], side, units) for name, side in texts.items() if name != "tuned"}
    loops = _loops(texts, units)
    ends = _cut_offs(texts, ended, base_ended, units)
    rulings = [_collapsed(pairs), _looping(loops), _cut_off(ends)]
    measures: dict[str, Measure] = {f"against_{name}": pair for name, pair in pairs.items()}
    return Diversity(
        status=worst(status for status, _ in rulings),
        measures={"diversity": measures | {"looping": loops.measures, "cut_off": ends.measures}},
        findings=tuple(found for _, found in rulings if found is not None),
        worst=tuple(_worst(items, tuned, texts["tuned"])),
    )


def compare(tuned: Words, control: Words, units: Codes) -> dict[str, Measure]:
    """Every statistic of two sets over the same items, cut to equal length, and tuned over control where that is said.

    ``units`` numbers the unit of each item 0, 1, 2... The Vendi score has the interval of its influence terms, the
    others a delete-a-group jackknife (Kott 2001) with Student's t: a statistic of the whole set is no mean of items.
    """
    sides = cut_alike(tuned, control)
    size = len({word for side in sides for text in side for word in text})
    found = {
        "ead": _jackknife(_variety(sides, size), units),
        "compression_ratio": _jackknife(_compression(sides), units, blocks=COMPRESSION_BLOCKS),
        "vendi": _vendi(sides, units),
        "self_repetition": _jackknife(_sharing([Grams.of(side, REPEATED_WORDS) for side in sides]), units, at_most=1),
        "opening_alike": _jackknife(_sharing([Grams.openings(side) for side in sides]), units, at_most=1),
    }
    return {
        "tuned": {name: one for name, (one, _, _) in found.items()},
        "control": {name: one for name, (_, one, _) in found.items()},
        "tuned_over_control": {name: found[name][2] for name in ("ead", "compression_ratio", "vendi")},
    }


def _variety(sides: Sequence[Words], vocabulary: int) -> Both:
    left, right = (Grams.of(side, 1) for side in sides)
    return lambda kept: (left.ead(kept, vocabulary=vocabulary), right.ead(kept, vocabulary=vocabulary))


def _sharing(sides: Sequence[Grams]) -> Both:
    left, right = (side.once() for side in sides)
    return lambda kept: (left.shared(kept), right.shared(kept))


def _compression(sides: Sequence[Words]) -> Both:
    lines = [[" ".join(text) + "\n" for text in side] for side in sides]

    def both(kept: Kept) -> tuple[float, float]:
        texts = ["".join(compress(side, kept)).encode() for side in lines]
        size = min(map(len, texts))
        return compression_ratio(texts[0][:size]), compression_ratio(texts[1][:size])

    return both


def _vendi(sides: Sequence[Words], units: Codes) -> Measured:
    if _n_units(units) < LEAST_UNITS:
        return (_too_few(units),) * 3
    some = [side[:MOST_VENDI_ITEMS] for side in sides]
    among = [text for side in some for text in side]
    left, right = (entropy_terms(tf_idf(side, among=among)) for side in some)
    ones, codes = np.ones(len(left)), units[: len(left)]
    each = [transform(interval(ratio(terms, ones, codes), at_least=0.0), math.exp) for terms in (left, right)]
    apart = interval(paired_difference((left, ones), (right, ones), codes))
    return each[0], each[1], transform(apart, math.exp)


def _jackknife(both: Both, units: Codes, *, at_most: float = math.inf, blocks: int = BLOCKS) -> Measured:
    """Tuned, control and their ratio, each with its interval; blocks of units are left out in turn."""
    n_units = _n_units(units)
    if n_units < LEAST_UNITS:
        return (_too_few(units),) * 3
    n_blocks = min(blocks, n_units)
    value = both(np.ones(len(units), dtype=np.bool_))
    others = np.array([both(units % n_blocks != block) for block in range(n_blocks)])
    left, right = (_spread(value[k], others[:, k], n_units, at_most) for k in (0, 1))
    if min(*value, others.min()) <= 0:
        return left, right, Unscored(reason="one of the two sets has nothing to divide by")
    logs = np.log(others[:, 0] / others[:, 1])
    return left, right, transform(_spread(math.log(value[0] / value[1]), logs, n_units, math.inf), math.exp)


def _spread(value: float, without: Floats, n_units: int, at_most: float) -> Estimate:
    n_blocks = len(without)
    error = math.sqrt((n_blocks - 1) / n_blocks * float(np.sum((without - without.mean()) ** 2)))
    half = t_quantile(0.975, n_blocks - 1) * error
    low = value - half if at_most == math.inf else max(0.0, value - half)
    how = f"delete-a-group jackknife, {n_blocks} blocks of units, t"
    return Estimate(value=value, low=low, high=min(at_most, value + half), n=n_units, method=how)


def _n_units(units: Codes) -> int:
    return int(units.max()) + 1 if len(units) else 0


def _too_few(units: Codes) -> Unscored:
    return Unscored(reason=f"the spread of a set needs at least {LEAST_UNITS} items or groups, not {_n_units(units)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shares:
    """Shares of answers: of each side, and the tuned model's in excess of each control."""

    sides: dict[str, Estimate | Unscored]
    excess: dict[str, Estimate | Unscored]

    @property
    def measures(self) -> dict[str, Measure]:
        return {**self.sides, **{f"excess_over_{name}": one for name, one in self.excess.items()}}


def _loops(texts: Mapping[str, Words], units: Codes) -> _Shares:
    ones = np.ones(len(units))
    flags = {name: np.array([float(_is_loop(text)) for text in side]) for name, side in texts.items()}
    again = {f"{name}_repeated_4_grams": np.array([looping(text) for text in side]) for name, side in texts.items()}
    tuned = (flags["tuned"], ones)
    return _Shares(
        sides={
            name: interval(ratio(side, ones, units), at_least=0.0, at_most=1.0)
            for name, side in (flags | again).items()
        },
        excess={
            name: interval(paired_difference(tuned, (side, ones), units), at_least=-1.0, at_most=1.0)
            for name, side in flags.items()
            if name != "tuned"
        },
    )


def _is_loop(text: Sequence[str]) -> bool:
    return len(text) >= LOOPS_WORDS and looping(text) > LOOPS


def _cut_offs(
    texts: Mapping[str, Words], ended: Sequence[Ended], base_ended: Sequence[Ended] | None, units: Codes
) -> _Shares:
    """Shares of answers that met the limit though they are as long as their reference already.

    A reference that is longer still would have been cut too. Where the prompt left no room the answer says nothing.
    """
    found: dict[str, Estimate | Unscored] = {}
    for name, ends in (("tuned", ended), ("base", base_ended)):
        if ends is None or name not in texts:
            continue
        longer = [len(text) >= len(reference) for text, reference in zip(texts[name], texts["references"], strict=True)]
        cut = np.array([float(end == "length" and more) for end, more in zip(ends, longer, strict=True)])
        room = np.array([float(end != "context") for end in ends])
        found[name] = interval(ratio(cut, room, units), at_least=0.0, at_most=1.0)
    return _Shares(sides=found, excess={})


def _collapsed(pairs: Mapping[str, Mapping[str, Measure]]) -> Ruling:
    """fail: surely below the mark against every control, by one of the statistics; warn: below it but not surely."""
    found = {name: _most_favourable([_over(pair, name) for pair in pairs.values()]) for name in DECIDING}
    known = {name: one for name, one in found.items() if isinstance(one, Estimate)}
    if not known:
        return "unknown", None
    name, least = min(known.items(), key=lambda pair: (pair[1].high >= COLLAPSED_RATIO, pair[1].value))
    if least.value >= COLLAPSED_RATIO or least.high >= 1:
        return "pass", None
    severity: Mark = "fail" if least.high < COLLAPSED_RATIO else "warn"
    controls = " and ".join(pairs)
    finding = Finding(
        code="overfit.collapsed",
        severity=severity,
        message=f"the answers became alike: {DECIDING[name]} is {percent(least.value)} of what it is in {controls} "
        f"({span(least)} as a share) over the same items at equal length",
        evidence={f"{name}_over_controls": one.value for name, one in known.items()},
        hint="read a dozen answers side by side; if they are one answer, train for fewer epochs or on more varied rows",
    )
    return severity, finding


def _over(pair: Mapping[str, Measure], name: str) -> Measure:
    ratios = pair["tuned_over_control"]
    assert isinstance(ratios, Mapping)
    return ratios[name]


def _most_favourable(ratios: Sequence[Measure]) -> Estimate | None:
    """The ratio to the control that is least diverse: the largest value, lower end and upper end; None where absent."""
    found = [one for one in ratios if isinstance(one, Estimate)]
    if not found or len(found) < len(ratios):
        return None
    most = max(found, key=lambda one: one.value)
    low, high = max(one.low for one in found), max(one.high for one in found)
    return Estimate(value=most.value, low=low, high=high, n=most.n, method=most.method, confidence=most.confidence)


def _looping(loops: _Shares) -> Ruling:
    """warn: more answers loop than references do; fail: far more, and more than the base's too."""
    excess, share = loops.excess["references"], loops.sides["tuned"]
    if not isinstance(excess, Estimate) or not isinstance(share, Estimate):
        return "unknown", None
    if excess.low <= 0 or excess.value <= LOOPING_WARN:
        return "pass", None
    base = loops.excess.get("base")
    is_from_tuning = base is None or (isinstance(base, Estimate) and base.low > 0)
    severity: Mark = "fail" if excess.low > LOOPING_FAIL and is_from_tuning else "warn"
    beside = "" if is_from_tuning else "; the base loops about as often"
    finding = Finding(
        code="overfit.looping",
        severity=severity,
        message=f"{percent(share.value)} of the answers go round in circles, an excess over the references of "
        f"{whole(excess)} as a share{beside}",
        evidence={"looping": share.value, "excess_over_references": excess.value},
        hint="check that training saw the end token of every response; else fewer epochs or a lower learning rate",
    )
    return severity, finding


def _cut_off(ends: _Shares) -> Ruling:
    """fail: most answers surely find no end; warn: surely more than a few."""
    share, base = ends.sides["tuned"], ends.sides.get("base")
    if not isinstance(share, Estimate):
        return "unknown", None
    if share.low <= CUT_OFF_WARN:
        return "pass", None
    severity: Mark = "fail" if share.low > CUT_OFF_FAIL else "warn"
    of_base = ""
    if isinstance(base, Estimate):
        as_before = ", so that tuning has not taught it to end" if base.high >= share.low else ""
        of_base = f"; of the base's {percent(base.value)}{as_before}"
    finding = Finding(
        code="overfit.cut_off",
        severity=severity,
        message=f"{percent(share.value)} of the answers ({span(share)} as a share) met the limit of tokens though they "
        f"are as long as their reference already{of_base}",
        evidence={"cut_off": share.value, "base_cut_off": base.value if isinstance(base, Estimate) else None},
        hint="check that the responses in training ended with the end token and that it was not masked",
    )
    return severity, finding


def _worst(items: Sequence[Item], answers: Sequence[str], texts: Words) -> Iterator[LoopingAnswer]:
    shares = {k: looping(text) for k, text in enumerate(texts) if _is_loop(text)}
    for k in sorted(shares, key=lambda k: (-shares[k], -len(texts[k]), k))[:WORST_ITEMS]:
        yield LoopingAnswer(item=items[k], answer=answers[k], share=shares[k])
