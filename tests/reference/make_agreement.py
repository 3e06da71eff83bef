"""Makes agreement.json: what three other packages say of the agreement in 500 made-up tables of ratings with gaps.

Tests make the same tables again. Run it from the repository's root, in an environment of its own that has numpy,
krippendorff, evalica and statsmodels: python -m tests.reference.make_agreement
"""

from __future__ import annotations

import hashlib
import importlib
import json
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

TABLE = Path(__file__).parent / "agreement.json"
LEVELS = ("nominal", "ordinal", "interval", "ratio")
N_TABLES = 500


def tables() -> Iterator[Floats]:
    """Ratings of raters (rows) and items (columns), NaN where there is none; from numpy's frozen RandomState only."""
    dice = np.random.RandomState(0)
    for at in range(N_TABLES):
        n_raters, n_items, n_values = dice.randint(2, 7), dice.randint(2, 31), dice.randint(2, 7)
        values = np.round(dice.gamma(2, 3, 40), 1) if at % 5 == 4 else np.arange(n_values) + float(at % 2)
        truth = values[dice.randint(0, len(values), n_items)]
        known = dice.random_sample((n_raters, n_items)) < dice.random_sample()
        found = np.where(known, truth, values[dice.randint(0, len(values), (n_raters, n_items))])
        gaps = dice.choice([0.0, 0.1, 0.5]) if at % 3 else 0.0
        found[dice.random_sample(found.shape) < gaps] = np.nan
        yield found


def large_tables() -> Iterator[Floats]:
    """Two raters of 4,000 items, where the interval of the normal distribution is right."""
    dice = np.random.RandomState(1)
    for share in (0.3, 0.6, 0.8):
        truth = dice.choice(5, 4000, p=[0.1, 0.1, 0.2, 0.3, 0.3])
        known = dice.random_sample((2, 4000)) < share
        yield np.where(known, truth, dice.choice(5, (2, 4000), p=[0.2, 0.2, 0.2, 0.2, 0.2])) + 1.0


def checksum() -> str:
    """SHA-256 of all tables."""
    digest = hashlib.sha256()
    for table in (*tables(), *large_tables()):
        digest.update(np.array(table.shape, dtype="<i8").tobytes() + table.astype("<f8").tobytes())
    return digest.hexdigest()


def alphas(table: Floats) -> dict[str, list[float | None]]:
    """Alpha at each level, null where a package finds none."""
    krippendorff, evalica, pandas = (importlib.import_module(name) for name in ("krippendorff", "evalica", "pandas"))
    found: dict[str, list[float | None]] = {"krippendorff": [], "evalica": []}
    for level in LEVELS:
        attempts = {
            "krippendorff": lambda level=level: krippendorff.alpha(table, level_of_measurement=level),
            "evalica": lambda level=level: evalica.alpha(pandas.DataFrame(table), level).alpha,
        }
        for name, attempt in attempts.items():
            found[name].append(number(attempt))
    return found


def kappas(table: Floats) -> list[float | None]:
    """Cohen's kappa of the first two raters, plain and with quadratic weights, and Fleiss' where nothing is missing."""
    rater = importlib.import_module("statsmodels.stats.inter_rater")
    both = table[:2, ~np.isnan(table[:2]).any(axis=0)]
    whole = bool((table[~np.isnan(table)] % 1 == 0).all())
    crossed = cross(both, whole=whole)
    return [
        number(lambda: rater.cohens_kappa(crossed, return_results=False)),
        number(lambda: rater.cohens_kappa(crossed, wt="quadratic", return_results=False)) if whole else None,
        None if np.isnan(table).any() else number(lambda: rater.fleiss_kappa(rater.aggregate_raters(table.T)[0])),
    ]


def cross(both: Floats, *, whole: bool) -> Floats:
    """How often each value of the one met each of the other; whole numbers with those in between that nobody gave."""
    values = np.arange(both.min(initial=0), both.max(initial=0) + 1) if whole else np.unique(both)
    found = np.zeros((len(values), len(values)))
    np.add.at(found, tuple(np.searchsorted(values, both)), 1)
    return found


def kappa_interval(table: Floats, weights: str | None) -> list[float]:
    """Cohen's kappa and the ends of its 95% interval by the normal distribution."""
    rater = importlib.import_module("statsmodels.stats.inter_rater")
    found = rater.cohens_kappa(cross(table, whole=True), wt=weights)
    return [round(float(value), 9) for value in (found.kappa, found.kappa_low, found.kappa_upp)]


def number(attempt: Any) -> float | None:
    """What an attempt gives; null for errors and for what is not a number."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            value = float(attempt())
        except (AssertionError, ValueError, ArithmeticError, IndexError):
            return None
    return round(value, 10) if np.isfinite(value) else None


def main() -> None:
    """Write the table, one made-up table a line."""
    names = ("krippendorff", "evalica", "statsmodels", "numpy")
    head = {
        "made_by": "tests/reference/make_agreement.py",
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "versions": {name: version(name) for name in names},
        "sha256": checksum(),
        "levels": LEVELS,
        "large": [
            {"plain": kappa_interval(table, None), "quadratic": kappa_interval(table, "quadratic")}
            for table in large_tables()
        ],
    }
    rows = ",\n".join(json.dumps({**alphas(table), "kappas": kappas(table)}) for table in tables())
    TABLE.write_text(json.dumps(head)[:-1] + ',\n"tables": [\n' + rows + "\n]}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
