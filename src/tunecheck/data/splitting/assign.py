"""Assignment: which unit goes to which side, decided row by row so that rows appended later move none."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from tunecheck.core.splits import TEST, TRAIN, VALIDATION

# A category of fewer units is all in train; from so many units on, validation has at least one of them.
RARE_UNITS, TESTED_UNITS = 3, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Rows in the order of the file, with what binds them.

    first       for each row the place of the first row of its unit
    ids         for each row the hash of its content; a unit is drawn by that of its first row
    categories  for each row its category; a unit has that of its first row
    """

    first: Sequence[int]
    ids: Sequence[str]
    categories: Sequence[str]


@dataclass(slots=True)
class _Tally:
    """Rows and units seen so far, and the rows among them that were held out, by side."""

    n_rows: int = 0
    n_units: int = 0
    held: dict[str, int] = field(default_factory=lambda: {VALIDATION: 0, TEST: 0})

    @property
    def n_held(self) -> int:
        return self.held[VALIDATION] + self.held[TEST]

    def add(self, side: str, *, new_unit: bool) -> None:
        self.n_rows += 1
        self.n_units += new_unit
        if side in self.held:
            self.held[side] += 1


def assign(
    units: Units, shares: Mapping[str, Fraction], *, seed: int, by_category: bool, fixed: Mapping[int, str]
) -> list[str]:
    """The side of each row: validation and perhaps test get their ``shares`` of the rows, train the rest.

    ``fixed`` names units (by the place of their first row) whose side is settled already. Rows are walked in the order
    of the file, and the side of a unit depends on its id, the seed and the rows before it: never on a row after it.

    The chance of a unit is such that the rows held out in its category so far stay within one unit of their share
    (the floor or the ceiling of it, when units are single rows), and every unit has the same chance before anything
    is known, but for the first few. A share of one half or less is kept so in each category by itself; where that
    leaves a choice, the total is steered to its own share.
    """
    walk = _Walk(shares, seed, by_category)
    sides: list[str] = []
    for place, unit in enumerate(units.first):
        category = units.categories[unit] if by_category else ""
        if unit != place:
            walk.follow(category, sides[unit])
            sides.append(sides[unit])
        else:
            sides.append(walk.decide(category, units.ids[unit], fixed.get(unit)))
    return sides


class _Walk:
    def __init__(self, shares: Mapping[str, Fraction], seed: int, by_category: bool) -> None:
        self._shares = shares
        self._held_share = sum(shares.values(), Fraction(0))
        self._salt = f"tunecheck.split/1 {seed} ".encode()
        # Without categories one row in train is enough; with them, two that are rare teach more than they test.
        self._least = RARE_UNITS - 1 if by_category else 1
        self._steered = by_category
        self._tallies: defaultdict[str, _Tally] = defaultdict(_Tally)
        self._total = _Tally()

    def follow(self, category: str, side: str) -> None:
        """One more row of a unit that has its side."""
        self._add(category, side, new_unit=False)

    def decide(self, category: str, unit_id: str, fixed: str | None) -> str:
        """The side of a new unit."""
        tally = self._tallies[category]
        side = fixed or (self._side(tally) if self._held_out(tally, unit_id) else TRAIN)
        self._add(category, side, new_unit=True)
        return side

    def _add(self, category: str, side: str, *, new_unit: bool) -> None:
        tally = self._tallies[category]
        tally.add(side, new_unit=new_unit)
        if not self._steered or tally.n_units < RARE_UNITS:
            return
        if new_unit and tally.n_units == RARE_UNITS:  # From now on the category counts, with what it has.
            self._total.n_rows += tally.n_rows
            self._total.n_units += tally.n_units
            for name, n_rows in tally.held.items():
                self._total.held[name] += n_rows
        else:
            self._total.add(side, new_unit=new_unit)

    def _held_out(self, tally: _Tally, unit_id: str) -> bool:
        if tally.n_units < self._least:
            return False
        part, whole = self._chance(tally)
        if not tally.n_held and tally.n_units < TESTED_UNITS:
            soon = TESTED_UNITS - tally.n_units
            part, whole = (part, whole) if part * soon >= whole else (1, soon)
        if self._steered and 0 < part < whole and self._total.n_rows:
            owed, one = _owed(self._total, self._held_share)
            share, of = self._held_share.numerator, self._held_share.denominator
            if owed * of >= (of - share) * one:
                return True
            if owed * of <= -share * one:
                return False
        digest = hashlib.blake2b(self._salt + unit_id.encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") * whole < part << 64

    def _chance(self, tally: _Tally) -> tuple[int, int]:
        """Of a unit to be held out, so that what is owed stays between -1 and 1 units and none is favoured.

        With units of one row, n held out of k, and share q: what is owed is d = qk - n, and n is the floor or the
        ceiling of qk. The chance is q / (1 - d) at the floor and (d + q) / (1 + d) at the ceiling, which keeps the
        probability of the ceiling at the fractional part of qk, and that of each unit at q.

        It is given as the numerator and the denominator of a fraction, which is exact and not reduced: Fraction takes
        ten times as long.
        """
        owed, one = _owed(tally, self._held_share)
        share, of = self._held_share.numerator, self._held_share.denominator
        if owed >= one:
            return 1, 1
        if owed >= 0:
            part, whole = share * one, of * (one - owed)
            return (part, whole) if part < whole else (1, 1)
        part, whole = owed * of + share * one, of * (one + owed)
        return (part, whole) if one + owed > 0 and part > 0 else (0, 1)

    def _side(self, tally: _Tally) -> str:
        """Validation first; then, of the sides that are owed a row, the one whose next unit is due first."""
        if TEST not in self._shares or not tally.held[VALIDATION]:
            return VALIDATION
        unit = Fraction(tally.n_rows, tally.n_units)

        def due(side: str) -> tuple[bool, Fraction]:
            share, held = self._shares[side], tally.held[side]
            return share * (tally.n_rows + unit) <= held, (held + unit) / share

        return min((VALIDATION, TEST), key=due)


def _owed(tally: _Tally, share: Fraction) -> tuple[int, int]:
    """How many units of the mean size so far should have been held out and were not; negative for too many.

    As a numerator and a denominator above 0.
    """
    rows = share.numerator * tally.n_rows - share.denominator * tally.n_held
    return rows * tally.n_units, share.denominator * tally.n_rows


def assign_folds(units: Units, n_folds: int, *, seed: int, by_category: bool, fixed: Mapping[int, str]) -> list[str]:
    """The fold of each row: each unit goes to the fold with the fewest rows of its category, then with the fewest
    rows, and among equals to one drawn by its id and the seed.
    """
    of_category: defaultdict[str, list[int]] = defaultdict(lambda: [0] * n_folds)
    total = [0] * n_folds
    sides: list[str] = []
    for place, unit in enumerate(units.first):
        in_category = of_category[units.categories[unit] if by_category else ""]
        if unit != place:
            number = int(sides[unit].removeprefix("fold-")) - 1
        elif unit in fixed:
            number = int(fixed[unit].removeprefix("fold-")) - 1
        else:
            salt = f"tunecheck.folds/1 {seed} {units.ids[unit]} ".encode()
            draws = [hashlib.blake2b(salt + b"%d" % fold, digest_size=8).digest() for fold in range(n_folds)]
            number = min(range(n_folds), key=lambda fold: (in_category[fold], total[fold], draws[fold]))
        in_category[number] += 1
        total[number] += 1
        sides.append(f"fold-{number + 1}")
    return sides
