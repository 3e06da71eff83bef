"""A/B plans: what a test of some size can see, how long it takes to read, and the plan that a folder holds to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunecheck import store
from tunecheck.checks.ab_decision import LARGEST_PLANNED_P
from tunecheck.core import JSON, Unscored, json_text
from tunecheck.core.files import replace_file
from tunecheck.errors import InputError, RunFolderError
from tunecheck.stats import items_needed, sign_test_power, smallest_win_rate

PLAN_FILE = "ab_plan.json"
SCHEMA = "tunecheck.ab_plan/1"
WIN_RATES = (0.60, 0.65, 0.70, 0.75)
# What a test without a plan has; people tie about a quarter of pairs, and read one in half a minute.
ITEMS, RATERS, TIE_SHARE, SECONDS_AN_ITEM = 50, 1, 0.25, 30.0
# Of a hundred pairs so many come back with their sides swapped.
REPEATED_SHARE = 0.08
POWER = 0.8
# Nobody reads more.
MOST = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AbPlan:
    """A size that is fixed before the first vote, and what it can see.

    smallest_win_rate  among items that are no tie; found four times in five
    power              chance to find a tuned model with this win rate, by win rate
    items_needed       for a power of four in five, by win rate
    minutes_a_rater    to read all pairs once, repeats among them
    """

    items: int
    raters: int
    margin: float | None
    tie_share: float
    smallest_win_rate: float | Unscored
    power: dict[float, float]
    items_needed: dict[float, int | Unscored]
    minutes_a_rater: float

    def document(self) -> dict[str, JSON]:
        """For scripts, and for the folder that holds to it."""
        return {
            "schema": SCHEMA,
            "items": self.items,
            "raters": self.raters,
            "margin": self.margin,
            "tie_share": self.tie_share,
            "smallest_win_rate": _json(self.smallest_win_rate),
            "power": {f"{rate:.2f}": value for rate, value in self.power.items()},
            "items_needed": {f"{rate:.2f}": _json(value) for rate, value in self.items_needed.items()},
            "minutes_a_rater": round(self.minutes_a_rater, 1),
        }


def plan_ab(
    run: str | Path | None = None,
    *,
    items: int = ITEMS,
    raters: int = RATERS,
    margin: float | None = None,
    tie_share: float = TIE_SHARE,
    seconds_an_item: float = SECONDS_AN_ITEM,
) -> AbPlan:
    """What a blind A/B test of this size can see, before anybody votes; with ``run`` the folder will hold to it.

    The numbers are those of the exact sign test at p <= 0.04, which decides at the planned size; the other 0.01 is for
    looks before. They take an item as one result: several raters make its result less a matter of chance, not more
    results. Raises InputError for sizes that are none, and RunFolderError for a folder that has a test already.
    """
    _check(items, raters, margin, tie_share, seconds_an_item)
    alpha = LARGEST_PLANNED_P
    plan = AbPlan(
        items=items,
        raters=raters,
        margin=margin,
        tie_share=tie_share,
        smallest_win_rate=smallest_win_rate(items, tie_share=tie_share, power=POWER, alpha=alpha),
        power={rate: sign_test_power(items, rate, tie_share=tie_share, alpha=alpha) for rate in WIN_RATES},
        items_needed={
            rate: items_needed(rate, tie_share=tie_share, power=POWER, alpha=alpha) for rate in WIN_RATES[:3]
        },
        minutes_a_rater=(items + n_repeats(items)) * seconds_an_item / 60,
    )
    if run is not None:
        _keep(Path(run), plan)
    return plan


def n_repeats(items: int) -> int:
    """How many pairs come back; with fewer than 30 there is no place for them."""
    return round(REPEATED_SHARE * items) if items >= 30 else 0


def planned(folder: Path) -> dict[str, Any]:
    """Items, raters and margin of the plan that a folder has; empty where it has none."""
    path = folder / PLAN_FILE
    anew = f"plan again: tunecheck ab plan {folder}"
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise RunFolderError(f"{path} cannot be read: {error}", hint=anew) from None
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise RunFolderError(f"{path} is not a plan of this version", hint=anew)
    own = {name: found.get(name) for name in ("items", "raters", "margin")}
    try:
        _check(own["items"], own["raters"], own["margin"], TIE_SHARE, SECONDS_AN_ITEM)
    except (InputError, TypeError) as error:
        raise RunFolderError(f"{path}: {getattr(error, 'message', error)}", hint=anew) from None
    return own


def _keep(folder: Path, plan: AbPlan) -> None:
    if (folder / "run.db").exists():
        with store.open_studies(folder) as studies:
            earlier = studies.study("ab")
        if earlier is not None:
            raise RunFolderError(
                f"the A/B test in {folder} is made, and a plan comes before it",
                hint=f"see what it found: tunecheck ab show {folder}; another: tunecheck ab create {folder} --again",
            )
    folder.mkdir(parents=True, exist_ok=True)
    try:
        replace_file(folder / PLAN_FILE, json_text(plan.document()).encode())
    except OSError as error:
        raise InputError(f"{folder / PLAN_FILE} cannot be written: {error.strerror or error}") from None


def _check(items: Any, raters: Any, margin: Any, tie_share: float, seconds_an_item: float) -> None:
    for name, value in (("items", items), ("raters", raters)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise InputError(f"{name} is {value!r}, which is no number from 1", hint=f"--{name} 2")
        if value > MOST:
            raise InputError(f"{value:,} {name} are more than {MOST:,}", hint=f"--{name} 2")
    if margin is not None and not (isinstance(margin, int | float) and 0 < margin < 1):
        raise InputError(f"a margin lies between 0 and 1, not at {margin!r}", hint="--margin 0.1")
    if not 0 <= tie_share < 1:
        raise InputError(f"the share of ties lies from 0 to below 1, not at {tie_share:g}", hint="--ties 0.25")
    if not 0 < seconds_an_item < 86_400:
        raise InputError(f"{seconds_an_item:g} seconds an item cannot be", hint="--seconds 30")


def _json(value: float | int | Unscored) -> JSON:
    return {"unscored": value.reason} if isinstance(value, Unscored) else value
