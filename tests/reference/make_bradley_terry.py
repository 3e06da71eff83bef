"""Makes bradley_terry.json: what two other packages say of the models in 200 made-up tournaments without ties.

Tests make the same tournaments again. Run it from the repository's root, in an environment of its own that has numpy,
choix and evalica: python -m tests.reference.make_bradley_terry
"""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Matches = npt.NDArray[np.int64]

TABLE = Path(__file__).parent / "bradley_terry.json"
N_TOURNAMENTS = 200
RIDGES = (0.1, 1.0)


def tournaments() -> Iterator[Matches]:
    """Matches of models numbered from 0, winner and loser, shape (matches, 2); numpy's frozen RandomState only.

    Few matches of unequal models leave some that never win and some that always do.
    """
    dice = np.random.RandomState(0)
    while True:
        n_models, spread = dice.randint(2, 9), dice.choice([0.3, 1.0, 3.0])
        strengths, n_matches = spread * dice.standard_normal(n_models), dice.randint(n_models, 30 * n_models)
        found = np.array([dice.permutation(n_models)[:2] for _ in range(n_matches)], dtype=np.int64)
        upset = dice.random_sample(n_matches) > 1 / (1 + np.exp(strengths[found[:, 1]] - strengths[found[:, 0]]))
        found[upset] = found[upset][:, ::-1]
        if reaches_all(found, n_models, any_way=True):
            yield found


def reaches_all(matches: Matches, n_models: int, *, any_way: bool) -> bool:
    """Is model 0 linked to all others, by any matches or only along wins?"""
    ways = [matches, matches[:, ::-1]]
    for steps in [np.concatenate(ways)] if any_way else ways:
        reached = np.arange(n_models) == 0
        for _ in range(n_models):
            reached[steps[reached[steps[:, 0]], 1]] = True
        if not reached.all():
            return False
    return True


def first_tournaments() -> list[Matches]:
    """The tournaments of the table."""
    endless = tournaments()
    return [next(endless) for _ in range(N_TOURNAMENTS)]


def checksum() -> str:
    """SHA-256 of all tournaments."""
    digest = hashlib.sha256()
    for matches in first_tournaments():
        digest.update(np.array(matches.shape, dtype="<i8").tobytes() + matches.astype("<i8").tobytes())
    return digest.hexdigest()


def strengths(matches: Matches) -> dict[str, Any]:
    """Log-strengths that sum to 0: by choix with each ridge, and by evalica without, null where none are finite."""
    choix, evalica = (importlib.import_module(name) for name in ("choix", "evalica"))
    n_models = int(matches.max()) + 1
    rows: dict[str, Any] = {"choix": []}
    for ridge in RIDGES:
        found = choix.opt_pairwise(n_models, matches.tolist(), alpha=ridge, method="Newton-CG", tol=1e-12)
        rows["choix"].append(centred(found))
    if reaches_all(matches, n_models, any_way=False):
        winners = [evalica.Winner.X] * len(matches)
        made = evalica.bradley_terry(
            [str(one) for one in matches[:, 0]],
            [str(one) for one in matches[:, 1]],
            winners,
            tolerance=1e-14,
            limit=200_000,
        )
        rows["evalica"] = centred(np.log([made.scores[str(model)] for model in range(n_models)]))
    else:
        rows["evalica"] = None
    return rows


def centred(values: Any) -> list[float]:
    """To nine digits after the point, less their mean."""
    return [round(float(value), 9) for value in np.asarray(values) - np.mean(values)]


def main() -> None:
    """Write the table, one made-up tournament a line."""
    head = {
        "made_by": "tests/reference/make_bradley_terry.py",
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "versions": {name: version(name) for name in ("choix", "evalica", "numpy")},
        "sha256": checksum(),
        "ridges": RIDGES,
    }
    rows = ",\n".join(json.dumps(strengths(matches)) for matches in first_tournaments())
    TABLE.write_text(json.dumps(head)[:-1] + ',\n"tournaments": [\n' + rows + "\n]}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
