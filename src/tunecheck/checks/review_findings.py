"""Findings of a review beside its status: how far the ratings can be believed, and what is still to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from tunecheck.checks.phrases import count, listed, percent
from tunecheck.checks.review_judgement import SERVE, Judgement, points, told
from tunecheck.checks.review_pace import RaterPace
from tunecheck.checks.review_rows import RatedRows, Replay
from tunecheck.core import Estimate, Finding, Measure, Unscored

# The lowest alpha for tentative conclusions (Krippendorff 2004, "Content analysis", 11.4).
LOWEST_ALPHA = 0.667
ONE_VALUE_SHARE = 0.9
FEWEST_RATINGS = 20
# Points of the scale that a rater is on average away from himself, over so many answers at least.
INCONSISTENT_POINTS = 1.0
FEWEST_REPEATS = 5
MANY_BLOCKED = 0.1
MOST_REASONS = 5
MOST_NAMED = 3
_REASON_CHARACTERS = 60


def believability(
    rows: RatedRows, agreement: Mapping[str, Estimate | Unscored], repeated: Measure
) -> Iterator[Finding]:
    """What agreement, spread and repeats say of the ratings."""
    if rows.n_raters == 1:
        yield Finding(
            code="review.one_rater",
            severity="info",
            message="one person rated, so nobody knows whether others would agree",
            evidence={"n_raters": 1},
            hint=f"ask a second person to rate the same sheet: {SERVE}",
        )
    low = {
        name: alpha
        for name, alpha in agreement.items()
        if isinstance(alpha, Estimate)
        and (alpha.high < LOWEST_ALPHA or (alpha.value < LOWEST_ALPHA and alpha.n >= FEWEST_RATINGS))
    }
    if low:
        means = listed([f"{name} ({points(alpha)})" for name, alpha in low.items()])
        yield Finding(
            code="review.low_agreement",
            severity="warn",
            message=f"raters agree too little for even tentative conclusions: Krippendorff's alpha is below "
            f"{LOWEST_ALPHA} on {means}",
            evidence={f"alpha_{name}": alpha.value for name, alpha in low.items()},
            hint="discuss the answers where they disagree most, make the anchors of the axis plainer, and rate anew",
        )
    yield from _one_value(rows)
    yield from _inconsistent(repeated)


def _one_value(rows: RatedRows) -> Iterator[Finding]:
    found = {}
    for column, axis in enumerate(rows.study.axes):
        values = rows.scores[:, column]
        values = values[np.isfinite(values)]
        if len(values) < FEWEST_RATINGS:
            continue
        value, n = Counter(values.tolist()).most_common(1)[0]
        if n >= ONE_VALUE_SHARE * len(values):
            found[axis.name] = (int(value), n / len(values))
    if found:
        shares = listed([f"{name} ({percent(share)} are {value})" for name, (value, share) in found.items()])
        yield Finding(
            code="review.one_value",
            severity="info",
            message=f"nearly all ratings share one value on {shares}: neither mean nor alpha says much there",
            evidence={f"share_{name}": share for name, (_, share) in found.items()},
            hint="ask more of the axis, so that good and very good answers differ: --axis",
        )


def _inconsistent(repeated: Measure) -> Iterator[Finding]:
    raters = repeated.get("raters") if isinstance(repeated, Mapping) else None
    found: dict[str, Estimate] = {}
    for name, own in (raters if isinstance(raters, Mapping) else {}).items():
        apart = own.get("difference") if isinstance(own, Mapping) else None
        if isinstance(apart, Estimate) and apart.n >= FEWEST_REPEATS and apart.value >= INCONSISTENT_POINTS:
            found[name] = apart
    if found:
        means = _named({name: f"by {one.value:.1f} points on {count(one.n, 'answer')}" for name, one in found.items()})
        yield Finding(
            code="review.inconsistent",
            severity="warn",
            message=f"answers that came back were rated otherwise than before by {means}",
            evidence={name: apart.value for name, apart in found.items()},
            hint="ask what the rater found unclear; a mean over such ratings is less sure than it looks",
        )


def hasty(paces: Mapping[str, RaterPace], all_in: Judgement, without: Judgement | Unscored) -> Iterator[Finding]:
    """Who may not have read what was rated, and whether it matters. Nobody is left out for it."""
    found = {name: pace.hasty for name, pace in paces.items() if pace.hasty}
    if not found:
        return
    if isinstance(without, Unscored):
        change = f"Nothing is left without them: {without.reason}."
    elif without.status == all_in.status:
        change = f"Without them the status stays {without.status}: {told(without.overall)}."
    else:
        change = f"Without them the status is {without.status}, not {all_in.status}: {without.summary}."
    people = _named(found)
    yield Finding(
        code="review.hasty",
        severity="warn",
        message=f"perhaps too hasty to count: {people}. Their ratings are not left out. {change}",
        evidence=dict(found),
        hint="ask them how they rated; read some of their ratings beside the answers",
    )


def of_sheets(replayed: Replay, n_unfinished: int) -> Iterator[Finding]:
    """What happened on the sheets: blocked, looked up, left open."""
    yield from _blocked(replayed)
    n_peeked, n_rated = n_peeked_of(replayed), len(replayed.rows.entries)
    if n_peeked:
        yield Finding(
            code="review.peeked",
            severity="info",
            message=f"{percent(n_peeked / n_rated)} of the ratings ({n_peeked:,} of {n_rated:,}) were given by people "
            "who had looked at the reference",
            evidence={"n_peeked": n_peeked, "n_rated": n_rated},
            hint="nothing, where the reference is the one right answer; else ask raters to judge before they look",
        )
    if n_unfinished:
        yield Finding(
            code="review.unfinished",
            severity="info",
            message=f"{count(n_unfinished, 'answer')} on sheets that raters began "
            f"{'is' if n_unfinished == 1 else 'are'} not rated",
            evidence={"unfinished": n_unfinished},
            hint=f"rate on with {SERVE}",
        )


def blocked_of(replayed: Replay) -> dict[int, list[str]]:
    """Answers that somebody could not judge, by number, with the reasons."""
    found: dict[int, list[str]] = {}
    for name in replayed.said:
        for (entry, again), one in replayed.said[name].items():
            if one.blocked and not again:
                found.setdefault(entry, []).append(one.blocked)
    return found


def n_peeked_of(replayed: Replay) -> int:
    """How many whole ratings of first showings were given after a look at the reference."""
    return sum(one.has_peeked for own in replayed.whole.values() for one in own.values())


def _blocked(replayed: Replay) -> Iterator[Finding]:
    found = blocked_of(replayed)
    if not found:
        return
    n_all = len(replayed.rows.study.answers)
    reasons = Counter(" ".join(why.split())[:_REASON_CHARACTERS] for whys in found.values() for why in whys)
    yield Finding(
        code="review.blocked",
        severity="warn" if len(found) > MANY_BLOCKED * n_all else "info",
        message=f"{len(found):,} of {count(n_all, 'answer')} could not be judged: {_listed(reasons)}",
        evidence={"n_blocked": len(found), "n_answers": n_all},
        hint="answers that cannot be judged have no rating; repair what keeps people from judging them",
    )


def _named(people: Mapping[str, str]) -> str:
    """The first raters, each with why."""
    told = [f"{name[:_REASON_CHARACTERS]} ({why})" for name, why in list(people.items())[:MOST_NAMED]]
    return listed([*told, f"{len(people) - MOST_NAMED:,} more"] if len(people) > MOST_NAMED else told)


def _listed(reasons: Counter[str]) -> str:
    parts: Sequence[str] = [f"{why} (×{n:,})" if n > 1 else why for why, n in reasons.most_common(MOST_REASONS)]
    more = f"; and {len(reasons) - MOST_REASONS:,} more reasons" if len(reasons) > MOST_REASONS else ""
    return "; ".join(parts) + more
