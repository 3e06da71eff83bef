"""Review: what people say of the answers on 1 to 5, how far they agree, and whether it is enough for a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np

from tunecheck.checks.review_agreement import alphas, kappas, repeats
from tunecheck.checks.review_exhibits import review_exhibits
from tunecheck.checks.review_findings import believability, blocked_of, hasty, n_peeked_of, of_sheets
from tunecheck.checks.review_judgement import ITEMS_NEEDED, Judgement, judge
from tunecheck.checks.review_means import counts
from tunecheck.checks.review_pace import RaterPace, paces
from tunecheck.checks.review_rows import RatedRows, Replay, replay
from tunecheck.core import CheckResult, Measure, Rater, Rating, ReviewStudy, Unscored


def check_review(
    study: ReviewStudy,
    ratings: Sequence[Rating],
    raters: Sequence[Rater],
    *,
    rng: np.random.Generator | None = None,
    signature: str = "",
) -> CheckResult:
    """Whether people find the tuned answers good enough, and better than the base's.

    ``ratings`` are all that was said in this study, in the order in which it came; what was changed or taken back does
    not count, a rating that is not whole neither, and second showings only for self-consistency. ``raters`` give the
    names. By default chance is seeded by the study's seed.

    unknown  until 20 items have all of their answers rated by one and the same person
    fail     people rate tuned lower than base on an axis (p below 0.05 after Holm), or beyond doubt below the bar
    warn     a mean of tuned is below the bar, but its interval is not
    """
    chance = np.random.default_rng(study.seed) if rng is None else rng
    replayed = replay(study, ratings, raters)
    rows = replayed.rows
    judged = judge(rows, chance)
    agreement, repeated, pace = alphas(rows, chance), repeats(replayed), paces(replayed)
    without = _without_hasty(rows, pace, chance)
    n_unfinished = sum(one.n_total - one.n_done for one in pace.values())
    beside = (believability(rows, agreement, repeated), hasty(pace, judged, without), of_sheets(replayed, n_unfinished))
    measures: dict[str, Measure] = {
        **_means(judged, is_blind=study.is_blind),
        "agreement": agreement,
        "pairwise_kappa": dict(kappas(rows, chance)),
        "distribution": counts(rows),
        "repeats": repeated,
        "raters": {name: one.measures() for name, one in pace.items()},
        **_counted(replayed, judged, n_unfinished),
    }
    if any(one.hasty for one in pace.values()):
        measures["without_hasty"] = _told(without, is_blind=study.is_blind)
    return CheckResult(
        check="review",
        status=judged.status,
        summary=f"{judged.summary[:1].upper()}{judged.summary[1:]}.",
        measures=measures,
        findings=(*judged.findings, *chain(*beside)),
        signature=signature or study.signature,
        exhibits=review_exhibits(replayed),
    )


def _means(judged: Judgement, *, is_blind: bool) -> dict[str, Measure]:
    return {
        "axes": {name: one.measures(is_blind=is_blind) for name, one in judged.axes.items()},
        "overall": judged.overall.measures(is_blind=is_blind, is_axis=False),
    }


def _counted(replayed: Replay, judged: Judgement, n_unfinished: int) -> dict[str, Measure]:
    return {
        "n_items": judged.n_items,
        "n_items_needed": ITEMS_NEEDED,
        "n_items_missing": judged.n_missing,
        "n_raters": replayed.rows.n_raters,
        "unfinished": n_unfinished,
        "n_blocked": len(blocked_of(replayed)),
        "n_peeked": n_peeked_of(replayed),
    }


def _without_hasty(rows: RatedRows, pace: Mapping[str, RaterPace], rng: np.random.Generator) -> Judgement | Unscored:
    names = [name for name, one in pace.items() if one.hasty]
    if not names:
        return Unscored(reason="nobody was hasty")
    left = rows.without(names)
    return judge(left, rng) if len(left.entries) else Unscored(reason="all ratings are theirs")


def _told(without: Judgement | Unscored, *, is_blind: bool) -> Measure:
    if isinstance(without, Unscored):
        return without
    return {
        "status": without.status,
        "overall": without.overall.measures(is_blind=is_blind, is_axis=False),
        "n_items": without.n_items,
    }
