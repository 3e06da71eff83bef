"""Asked: what a split is asked to be, and what cannot be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from tunecheck.core.splits import Strategy
from tunecheck.data.splitting.manifest import Manifest
from tunecheck.errors import InputError

_STRATEGIES: tuple[Strategy, ...] = ("random", "temporal", "category")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for, with the columns that it comes to."""

    strategy: Strategy
    shares: Mapping[str, Fraction]
    folds: int | None
    seed: int
    time_column: str | None
    category_column: str | None
    group_column: str | None
    skip_bad_rows: bool
    keep: Manifest | None

    @property
    def beside(self) -> frozenset[str]:
        """Columns that are no text of a row."""
        return frozenset(filter(None, (self.time_column, self.category_column, self.group_column)))


def check_options(
    strategy: str,
    folds: int | None,
    final_test_size: float | None,
    time_column: str | None,
    category_column: str | None,
) -> None:
    """InputError for options that do not go together."""
    if strategy not in _STRATEGIES:
        raise InputError(f"there is no strategy {strategy!r}", hint=f"--strategy {'|'.join(_STRATEGIES)}")
    if time_column is not None and strategy != "temporal":
        raise InputError(f"the strategy {strategy} uses no time column", hint="add --strategy temporal")
    if category_column is not None and strategy != "category":
        raise InputError(f"the strategy {strategy} uses no category column", hint="add --strategy category")
    if folds is None:
        return
    if folds < 2:
        raise InputError(f"--folds is {folds}", hint="give 2 or more, such as --folds 5")
    if strategy == "temporal":
        raise InputError(
            "folds of a temporal split would train on rows later than their validation rows",
            hint="leave --folds out, or use --strategy random",
        )
    if final_test_size is not None:
        raise InputError("folds leave no test set", hint="split off the test set first, then make folds of train")


def check_kept(kept: Manifest, asked: Asked) -> None:
    """InputError when rows cannot stay where a manifest has them."""
    same = kept.strategy == asked.strategy and kept.n_folds == (asked.folds or 0)
    if not same:
        folds = f" with {kept.n_folds} folds" if kept.n_folds else ""
        raise InputError(
            f"{kept.path} is of a {kept.strategy} split{folds}; its rows cannot stay where they are in another one",
            hint=f"use --strategy {kept.strategy}" + (f" --folds {kept.n_folds}" if kept.n_folds else ""),
        )
