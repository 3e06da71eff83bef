"""Split: which row of a data set goes to training, to validation or to a test, and why it may be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from tunecheck.core.document import JSON
from tunecheck.core.leaks import LeakKind, LeakReport

Strategy = Literal["random", "temporal", "category", "trainer"]
TRAIN, VALIDATION, TEST = "train", "validation", "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRow:
    """Where one row went.

    number  its line or row in the input, counted from 1
    id      hash of its content: Item.id
    unit    the id of the first row of its unit; rows of one unit are never apart
    side    train, validation or test; with folds fold-1, fold-2 and so on
    """

    number: int
    id: str
    unit: str
    side: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryCount:
    """One category: its rows on each side, its units, and how many rows of it validation should have had."""

    name: str
    n_rows: Mapping[str, int]
    n_units: int
    quota: float

    @property
    def untested(self) -> bool:
        """True when validation has no row of it; never said of folds, where each row is validation once."""
        return not self.n_rows.get(VALIDATION) and not any(side.startswith("fold-") for side in self.n_rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """What joined rows to units: the column, if any, and the size of the result."""

    column: str | None
    n_units: int
    largest_unit_rows: int
    near_threshold: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The smallest true differences that a validation set of so many units shows four times in five.

    nats    between two models on the same items, in mean negative log-likelihood per token
    points  between the accuracies of two models on the same items, in percentage points
    """

    n_units: int
    nats: float
    points: float

    @property
    def sentence(self) -> str:
        """Both numbers with what they assume, in one sentence."""
        units = "1 validation unit resolves" if self.n_units == 1 else f"{self.n_units:,} validation units resolve"
        points = f"{self.points:.2g}" if self.points < 99.5 else "100"
        return (
            f"{units} a paired difference of {self.nats:.2g} nats (assuming that "
            f"differences scatter by 0.25 nats from unit to unit) and of {points} points of accuracy "
            "(assuming that two models disagree on one unit in five)"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitFile:
    """A file that a split wrote, relative to its manifest, with its number of rows and the hash of its bytes."""

    path: str
    side: str
    n_rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A data set taken apart, row by row.

    name        the path of the input, or a name for data in memory
    sha256      hash of the input file, or "" for data in memory
    settings    all that was asked for, by the name of its option
    cuts        for temporal splits: seconds since 1970 at which validation, and then test, begin
    rows        one for each row that could be read, in the order of the input
    leaks       what was found after the split: ("train and validation", report), and so on
    notes       sentences that a person should read
    originals   the rows themselves, as they were given or read, beside ``rows``
    files       what was written, if anything was
    """

    name: str
    sha256: str
    strategy: Strategy
    seed: int
    settings: Mapping[str, JSON]
    rows: tuple[SplitRow, ...]
    categories: tuple[CategoryCount, ...]
    grouping: Grouping
    leaks: tuple[tuple[str, LeakReport], ...]
    notes: tuple[str, ...]
    resolution: Resolution
    cuts: tuple[float, ...] = ()
    originals: Sequence[object] = field(default=(), repr=False, compare=False)
    files: tuple[SplitFile, ...] = ()

    @property
    def n_folds(self) -> int:
        """How many folds there are; 0 for a split into train, validation and perhaps test."""
        folds = self.settings.get("folds")
        return folds if isinstance(folds, int) else 0

    @property
    def train(self) -> list[object]:
        """The rows to train on: the same objects that were given."""
        return self.rows_of(TRAIN)

    @property
    def validation(self) -> list[object]:
        """The rows to validate on."""
        return self.rows_of(VALIDATION)

    @property
    def test(self) -> list[object]:
        """The rows to keep for one last test; empty unless a share was asked for."""
        return self.rows_of(TEST)

    def rows_of(self, side: str) -> list[object]:
        """The original rows of one side, in the order of the input."""
        return [row for row, place in zip(self.originals, self.rows, strict=True) if place.side == side]

    def fold(self, number: int) -> tuple[list[object], list[object]]:
        """Training rows and validation rows of one fold, counted from 1."""
        held = f"fold-{number}"
        sides: tuple[list[object], list[object]] = ([], [])
        for row, place in zip(self.originals, self.rows, strict=True):
            sides[place.side == held].append(row)
        return sides

    def count(self, side: str) -> int:
        """How many rows are on one side."""
        return sum(row.side == side for row in self.rows)

    def ids(self, side: str) -> list[str]:
        """The item ids of one side, in the order of the input."""
        return [row.id for row in self.rows if row.side == side]

    @property
    def untested_categories(self) -> list[str]:
        """Categories of which validation has no row; "" is that of rows without a category."""
        if self.strategy != "category":
            return []
        return [category.name for category in self.categories if category.untested]

    def document(self) -> dict[str, JSON]:
        """The document that ``tunecheck split --json`` prints: counts, but not the rows."""
        sizes: dict[str, JSON] = {f"n_{name}": self.count(side) for name, side in _COUNTED}
        if self.n_folds:
            counts: list[JSON] = [self.count(f"fold-{number}") for number in range(1, self.n_folds + 1)]
            sizes = {"n_train": len(self.rows), "n_val": 0, "n_test": 0, "folds": counts}
        return {
            **sizes,
            "strategy": self.strategy,
            "seed": self.seed,
            "groups": _grouping(self.grouping),
            "leaks": {sides: leak_counts(report) for sides, report in self.leaks},
            "untested_categories": list[JSON](self.untested_categories),
            "categories": [_category(category) for category in self.categories],
            "resolution": {
                "n_units": self.resolution.n_units,
                "nats": self.resolution.nats,
                "points": self.resolution.points,
                "sentence": self.resolution.sentence,
            },
            "notes": list[JSON](self.notes),
            "files": [_file(file) for file in self.files],
        }


_COUNTED = (("train", TRAIN), ("val", VALIDATION), ("test", TEST))


def leak_counts(report: LeakReport) -> dict[str, JSON]:
    """How many validation items leak, by kind; ``leaked`` counts those that are no test any more."""
    kinds: dict[str, JSON] = {kind: len(report.of_kind(kind)) for kind in get_args(LeakKind)}
    leaked = sum(len(report.of_kind(kind)) for kind in get_args(LeakKind) if kind != "response")
    return {"leaked": leaked, **kinds}


def _grouping(grouping: Grouping) -> JSON:
    return {
        "column": grouping.column,
        "n_units": grouping.n_units,
        "largest_unit_rows": grouping.largest_unit_rows,
        "near_threshold": grouping.near_threshold,
    }


def _category(category: CategoryCount) -> JSON:
    return {
        "name": category.name,
        "n_rows": dict(category.n_rows),
        "n_units": category.n_units,
        "quota": category.quota,
        "untested": category.untested,
    }


def _file(file: SplitFile) -> JSON:
    return {"path": file.path, "side": file.side, "n_rows": file.n_rows, "sha256": file.sha256}
