"""Findings of an A/B test beside its decision: what the votes were swayed by, and where tuned loses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tunecheck.checks.ab_decision import ITEMS_NEEDED, LARGEST_PLANNED_P, AbDecision, spoken
from tunecheck.checks.ab_raters import Sides
from tunecheck.checks.ab_slices import Slice
from tunecheck.checks.phrases import count, listed, number, percent
from tunecheck.core import Estimate, Finding, Unscored

# Below it agreement is called slight (Landis and Koch 1977). Preferences rarely reach the marks for ratings.
SLIGHT_ALPHA = 0.2
FEWEST_AGREED = 20
LARGEST_SIDE_P = 0.05
MOST_NAMED = 5
_NAME_CHARACTERS = 60


def of_decision(decided: AbDecision, planned_items: int | None, margin: float | None) -> Iterator[Finding]:
    """What decided against tuned, and what a plan does not cover."""
    if decided.word == "base":
        yield Finding(
            code="ab.base_preferred",
            severity="fail",
            message=f"the votes prefer base: it wins {count(decided.base_wins, 'item')}, tuned {decided.tuned_wins:,}",
            evidence={"tuned_wins": decided.tuned_wins, "base_wins": decided.base_wins},
            hint="read the items that base won: what its answers have has to be in the training rows",
        )
    if decided.word == "not_worse" and decided.prefers_base:
        yield Finding(
            code="ab.within_margin",
            severity="warn",
            message=f"the votes prefer base beyond chance, though by less than the margin of {number(margin or 0)}",
            evidence={"margin": margin, "base_wins": decided.base_wins, "tuned_wins": decided.tuned_wins},
            hint="ship it only if something else, such as cost or speed, is worth that much",
        )
    is_open = decided.word == "undecided" and decided.n_units >= ITEMS_NEEDED
    if is_open and planned_items is None and decided.p_value <= LARGEST_PLANNED_P:
        yield Finding(
            code="ab.no_plan",
            severity="info",
            message=f"the sign test has p {number(decided.p_value)}, but it holds only where the number of items was "
            "fixed before the first vote, and no plan says so",
            evidence={"p_value": decided.p_value, "anytime_p": decided.anytime_p},
            hint="go on until the anytime-valid p decides; next time plan the number of items first",
        )
    if planned_items is not None and decided.n_units > planned_items:
        yield Finding(
            code="ab.beyond_plan",
            severity="info",
            message=f"{planned_items:,} items were planned and {decided.n_units:,} have votes: the sign test holds at "
            "the planned size only, so the anytime-valid p decides",
            evidence={"planned_items": planned_items, "n_items": decided.n_units},
            hint="stop at the planned size, or plan a new test with the size that you want",
        )


def of_sides(sides: Sides) -> Iterator[Finding]:
    """Whether raters vote for a side, and whether that could have made a winner."""
    if sides.are_uneven:
        yield Finding(
            code="ab.uneven_sides",
            severity="warn",
            message=f"tuned stood {sides.tuned_left:,} times on the left and {sides.tuned_right:,} times on the right: "
            "raters who like one side better make a winner of it",
            evidence={"tuned_left": sides.tuned_left, "tuned_right": sides.tuned_right},
            hint="draw the side anew for each vote, and collect votes again",
        )
        return
    bias = sides.bias()
    if isinstance(bias, Estimate) and sides.p_value <= LARGEST_SIDE_P:
        side, part = ("left", bias.value) if bias.value > 0.5 else ("right", 1 - bias.value)
        yield Finding(
            code="ab.side_bias",
            severity="warn",
            message=f"{percent(part)} of the votes for one of the two are for the {side} (p {number(sides.p_value)}); "
            "with balanced sides that makes no winner, but hides a difference",
            evidence={"for_left": sides.for_left, "for_right": sides.for_right, "p_value": sides.p_value},
            hint="tell raters that the sides are drawn, and that a tie is a vote; have more items voted on",
        )


def of_length(decided: AbDecision, controlled: Estimate | Unscored) -> Iterator[Finding]:
    """Whether the winner owes it to the length of its answers."""
    plain = decided.win_rate
    if decided.n_units < ITEMS_NEEDED or isinstance(plain, Unscored) or isinstance(controlled, Unscored):
        return
    if (plain.value - 0.5) * (controlled.value - 0.5) < 0:
        who = "tuned" if plain.value > 0.5 else "base"
        yield Finding(
            code="ab.length",
            severity="info" if decided.word == "undecided" else "warn",
            message=f"{who} wins more, but at equal length the other would: win rate {plain.value:.3f}, and "
            f"{controlled.value:.3f} [{controlled.low:.3f}, {controlled.high:.3f}]",
            evidence={"win_rate": plain.value, "length_controlled_win_rate": controlled.value},
            hint="read items where the shorter answer lost: does the longer one say more, or only more words?",
        )


def of_slices(slices: Mapping[str, Slice]) -> Iterator[Finding]:
    """The categories in which tuned loses."""
    lost = {name: one for name, one in slices.items() if one.loses}
    if lost:
        worst = sorted(lost, key=lambda name: lost[name].p_holm)
        named = [
            f"{name[:_NAME_CHARACTERS]} ({lost[name].tuned_wins:,} to {lost[name].base_wins:,}, p "
            f"{number(lost[name].p_holm)})"
            for name in worst[:MOST_NAMED]
        ]
        more = [f"{len(worst) - MOST_NAMED:,} more"] if len(worst) > MOST_NAMED else []
        yield Finding(
            code="ab.slice_loses",
            severity="warn",
            message=f"tuned loses in {listed([*named, *more])}; p is corrected over {len(slices):,} categories",
            evidence={f"p_holm_{name}": lost[name].p_holm for name in worst},
            hint="read the items of that category; the training rows may have too few of its kind",
        )


def of_agreement(agreement: Estimate | Unscored) -> Iterator[Finding]:
    """Whether raters agree at all."""
    if isinstance(agreement, Estimate) and agreement.n >= FEWEST_AGREED and agreement.value < SLIGHT_ALPHA:
        yield Finding(
            code="ab.low_agreement",
            severity="warn",
            message=f"raters of the same item agree hardly more than chance: alpha {agreement.value:.2f} "
            f"[{agreement.low:.2f}, {agreement.high:.2f}], slight below {SLIGHT_ALPHA}",
            evidence={"alpha": agreement.value},
            hint="say in one sentence what makes an answer better, and read the items on which raters differ",
        )


def of_skips(n_skipped: int, n_votes: int, decided: AbDecision, without: AbDecision | None) -> Iterator[Finding]:
    """What skipped votes change: they count as ties."""
    if not n_skipped:
        return
    if without is None:
        change = "without them there is none"
    elif without.word == decided.word:
        change = f"without them the decision stays {spoken(decided.word)}"
    else:
        change = f"without them the decision is {spoken(without.word)} instead of {spoken(decided.word)}"
    yield Finding(
        code="ab.skipped",
        severity="info" if without is not None and without.word == decided.word else "warn",
        message=f"{n_skipped:,} of {count(n_votes, 'vote')} "
        f"{'is a skip and counts as a tie' if n_skipped == 1 else 'are skips and count as ties'}; {change}",
        evidence={"n_skipped": n_skipped, "n_votes": n_votes},
        hint="ask why: an item that nobody can judge belongs in neither test",
    )
