"""Bradley-Terry with Davidson's ties: how strong each of several models is, from comparisons of two at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.newton import highest_points
from tunecheck.stats.ratios import Codes, Floats, Units, Values, unit_codes
from tunecheck.stats.resampling import percentile_interval, unit_counts

METHOD = "Bradley-Terry-Davidson, bootstrap over items and two added for each model, percentiles"
# What the squares of the strengths cost: a tenth of a vote's worth, so that a model that never wins has a strength.
RIDGE = 0.1
# Of that, in draws: less, so that an interval may reach to where a model always wins.
RIDGE_OF_DRAWS = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """What the comparisons of several models say.

    models     names, the strongest first
    strengths  log-odds of a decisive vote against the average model; they sum to 0
    win_rates  chance that the first model of the pair wins, plus half of that of a tie; both orders of each pair
    tie_rate   chance of a tie of two equally strong models; Unscored where nobody voted for a tie
    """

    models: tuple[str, ...]
    strengths: Mapping[str, Estimate]
    win_rates: Mapping[tuple[str, str], Estimate]
    tie_rate: Estimate | Unscored


def bradley_terry(
    items: Units,
    firsts: Sequence[str],
    seconds: Sequence[str],
    scores: Values,
    rng: np.random.Generator,
    *,
    ridge: float = RIDGE,
    n_draws: int = 1000,
    confidence: float = 0.95,
) -> Ranking | Unscored:
    """Which of several models is the best, and how often does each beat each other?

    One row a vote: its item, the two models, and 1 where the first is better, -1 where the second is, 0 for a tie.
    Votes on one item and pair are averaged, so that an item counts once for each pair. With strengths θ and ties τ

        P(i wins) ∝ exp((θ_i - θ_j) / 2),   P(j wins) ∝ exp((θ_j - θ_i) / 2),   P(tie) ∝ exp(τ)

    which is Davidson (1970, "On extending the Bradley-Terry model to accommodate ties in paired comparison
    experiments") with π = exp(θ) and ν = exp(τ); without a single tie it is Bradley and Terry (1952) with ν = 0. The
    fit is highest in log-likelihood less ridge (Σ θ² + τ²) / 2, which keeps models finite that always won or never.

    Intervals are those of ``percentile_interval`` over draws of items, all votes of an item together, fitted with a
    hundredth of the ridge. Two items for each model are added to those drawn from, each as heavy as one vote, spread
    over its pairs as its votes are and tied as often as all are: it wins the rest of the one and loses that of the
    other. They do not enter the values; without them the interval closes where a model won all (the idea of Agresti and
    Min 2005, as in ``krippendorff_alpha``). ``n`` counts the items. They cover 92 to 97% of the time for 2 to 5 models
    of moderate distance, and more often where one is far ahead (tests/stats/test_bradley_terry.py).

    Assumes independent items, and strengths on one line: a that beats b that beats c that beats a is averaged away.
    Raises ValueError for lengths that differ, other scores, a model against itself and a ridge that is not above 0.
    Unscored with fewer than two items, and where no chain of comparisons links two models.

    >>> votes = range(4), ["a", "a", "b", "c"], ["b", "c", "c", "a"], [1, 1, 0, -1]
    >>> bradley_terry(*votes, np.random.default_rng(0)).models
    ('a', 'b', 'c')
    """
    names, sides, results = _read(firsts, seconds, scores, ridge)
    if len(items) != len(results):
        raise ValueError(f"{len(items)} item labels do not fit {len(results)} votes")
    codes = unit_codes(items)
    n_items = int(codes.max(initial=-1)) + 1
    if n_items < 2:
        return Unscored(reason=f"an interval needs at least 2 items, and there {'is 1' if n_items else 'are none'}")
    apart = _unlinked(names, sides)
    if apart:
        return Unscored(reason=f"no chain of comparisons links {apart}, so their strengths have no common scale")
    pairs, cells = _cells(codes, sides, results)
    rows, with_ties = np.concatenate((cells, _added(cells, pairs, len(names)))), bool(cells[:, :, 2].any())
    value = _fit(cells.sum(axis=0)[None], pairs, len(names), ridge, with_ties)
    flat, shape, light = rows.reshape(len(rows), -1), (-1, len(pairs), 3), RIDGE_OF_DRAWS * ridge
    drawn = [
        _fit((counts @ flat).reshape(shape), pairs, len(names), light, with_ties)
        for counts in unit_counts(range(len(rows)), n_draws, rng)
    ]
    return _ranking(names, value[0], np.concatenate(drawn), n_items, with_ties, confidence)


def _read(
    firsts: Sequence[str], seconds: Sequence[str], scores: Values, ridge: float
) -> tuple[list[str], Codes, Floats]:
    """Sorted names, the numbers of both models of each vote, shape (votes, 2), and the scores."""
    results = np.asarray(scores, dtype=np.float64)
    if not len(firsts) == len(seconds) == len(results):
        raise ValueError(f"{len(firsts)} first models, {len(seconds)} second ones and {len(results)} scores do not fit")
    if not ridge > 0:
        raise ValueError(f"the ridge is above 0, not {ridge:g}")
    others = sorted({float(result) for result in results} - {1.0, 0.0, -1.0})
    if others:
        raise ValueError(f"a vote is 1, 0 or -1, and here are {', '.join(f'{other:g}' for other in others[:5])}")
    itself = sorted({first for first, second in zip(firsts, seconds, strict=True) if first == second})
    if itself:
        raise ValueError(f"a model is not compared with itself: {', '.join(itself)}")
    names = sorted({*firsts, *seconds})
    at = {name: place for place, name in enumerate(names)}
    sides = np.array([[at[name] for name in side] for side in (firsts, seconds)], dtype=np.int64)
    return names, sides.T, results


def _unlinked(names: list[str], sides: Codes) -> str:
    """Two models, each with those that it is linked to, where all are not; else nothing."""
    group = np.arange(len(names))
    for first, second in np.unique(sides, axis=0):
        group[group == group[second]] = group[first]
    apart = [[names[model] for model in np.flatnonzero(group == one)] for one in np.unique(group)]
    return " with ".join(", ".join(linked) for linked in apart) if len(apart) > 1 else ""


def _cells(items: Codes, sides: Codes, results: Floats) -> tuple[Codes, Floats]:
    """The pairs that met, shape (pairs, 2), and the shares of votes of each item and pair: first, second, tie."""
    turned = sides[:, 0] > sides[:, 1]
    pairs, at = np.unique(np.sort(sides, axis=1), axis=0, return_inverse=True)
    outcome = np.select([results == 0, (results > 0) != turned], [2, 0], 1)
    cells = np.zeros((int(items.max()) + 1, len(pairs), 3))
    np.add.at(cells, (items, at.reshape(-1), outcome), 1.0)
    return pairs, np.asarray(cells / np.maximum(1, cells.sum(axis=2, keepdims=True)))


def _added(cells: Floats, pairs: Codes, n_models: int) -> Floats:
    """For each model an item whose decisive part it wins and one where it loses that; shape (2 models, pairs, 3)."""
    heavy, found = cells.sum(axis=(0, 2)), np.zeros((n_models, 2, len(pairs), 3))
    tied = (cells[:, :, 2].sum() + 0.5) / (heavy.sum() + 1.0) if cells[:, :, 2].any() else 0.0
    for model in range(n_models):
        share = np.where((pairs == model).any(axis=1), heavy, 0.0)
        share /= share.sum()
        found[model, :, :, 2] = share * tied
        for side in (0, 1):
            its = np.flatnonzero(pairs[:, side] == model)
            found[model, 0, its, side] = found[model, 1, its, 1 - side] = share[its] * (1 - tied)
    return found.reshape(-1, len(pairs), 3)


def _fit(totals: Floats, pairs: Codes, n_models: int, ridge: float, with_ties: bool) -> Floats:
    """Strengths and, last, τ of each draw; shape (draws, pairs, 3) to (draws, models + 1)."""
    contrast = np.zeros((len(pairs), n_models + 1))
    contrast[np.arange(len(pairs)), pairs[:, 0]], contrast[np.arange(len(pairs)), pairs[:, 1]] = 0.5, -0.5
    tie = np.append(np.zeros(n_models), 1.0)
    squares = (contrast[:, :, None] * contrast[:, None, :]).reshape(len(pairs), -1)
    crossed = (contrast[:, :, None] * tie + tie[:, None] * contrast[:, None, :]).reshape(len(pairs), -1)
    weight, width = totals.sum(axis=2), n_models + 1

    def terms(points: Floats) -> tuple[Floats, Floats, Floats]:
        half = points @ contrast.T
        ties = np.broadcast_to(points[:, -1:] if with_ties else np.array(-np.inf), half.shape)
        logits = np.stack((half, -half, ties), axis=2)
        top = logits.max(axis=2, keepdims=True)
        chances = np.exp(logits - top)
        norm = chances.sum(axis=2, keepdims=True)
        chances /= norm
        used = logits if with_ties else logits[:, :, :2]
        fitted = (totals[:, :, : used.shape[2]] * (used - top - np.log(norm))).sum(axis=(1, 2))
        misses = totals - weight[:, :, None] * chances
        gradients = (misses[:, :, 0] - misses[:, :, 1]) @ contrast + misses[:, :, 2].sum(axis=1)[:, None] * tie
        ahead, tied = chances[:, :, 0] - chances[:, :, 1], chances[:, :, 2]
        spread = (weight * (1 - tied - ahead**2)) @ squares - (weight * ahead * tied) @ crossed
        hessians = spread.reshape(-1, width, width)
        hessians[:, -1, -1] += (weight * tied * (1 - tied)).sum(axis=1)
        values = fitted - ridge / 2 * (points**2).sum(axis=1)
        return values, gradients - ridge * points, hessians + ridge * np.eye(width)

    return highest_points(terms, np.zeros((len(totals), width)))


def _ranking(
    names: list[str], value: Floats, draws: Floats, n_items: int, with_ties: bool, confidence: float
) -> Ranking:
    def estimate(found: Floats) -> Estimate:
        """Of the value first, then the draws. Two items and finite values leave nothing to be Unscored for."""
        made = percentile_interval(float(found[0]), found[1:], n_items, confidence=confidence, method=METHOD)
        assert isinstance(made, Estimate), made
        return made

    points = np.concatenate((value[None], draws))
    nu = np.exp(points[:, -1]) if with_ties else np.zeros(len(points))
    order = sorted(range(len(names)), key=lambda model: (-value[model], names[model]))
    rates = {}
    for one in order:
        for other in order:
            if one != other:
                half = np.clip((points[:, one] - points[:, other]) / 2, -300, 300)
                wins, losses = np.exp(half), np.exp(-half)
                rates[names[one], names[other]] = estimate((wins + nu / 2) / (wins + losses + nu))
    no_tie = Unscored(reason="nobody voted for a tie")
    return Ranking(
        models=tuple(names[model] for model in order),
        strengths={names[model]: estimate(points[:, model]) for model in order},
        win_rates=rates,
        tie_rate=estimate(nu / (2 + nu)) if with_ties else no_tie,
    )
