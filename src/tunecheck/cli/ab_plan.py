"""tunecheck ab plan: what a blind A/B test of some size can see, and how long it takes to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tunecheck.cli.options import json_option

if TYPE_CHECKING:
    from tunecheck.core import Unscored
    from tunecheck.runner import AbPlan


@click.command("plan")
@click.argument("run", required=False)
@click.option("--items", type=int, metavar="N", default=50, help="Pairs to vote on; 50 by default.")
@click.option("--raters", type=int, metavar="N", default=1, help="People who vote on each pair; 1 by default.")
@click.option("--margin", type=float, metavar="X", help="Losses less wins, as share of items, that are not yet worse.")
@click.option("--ties", "tie_share", type=float, metavar="X", default=0.25, help="Share of ties to expect; 0.25.")
@click.option("--seconds", "seconds_an_item", type=float, metavar="N", default=30.0, help="To read a pair; 30.")
@json_option
def command(
    run: str | None,
    items: int,
    raters: int,
    margin: float | None,
    tie_share: float,
    seconds_an_item: float,
    as_json: bool,
) -> int:
    """What a test of --items pairs can see, before anybody votes.

    With RUN, the folder of a run, the plan is kept there: tunecheck ab create RUN holds to it.
    """
    from tunecheck.core import json_text
    from tunecheck.runner import plan_ab

    plan = plan_ab(run, items=items, raters=raters, margin=margin, tie_share=tie_share, seconds_an_item=seconds_an_item)
    if as_json:
        click.echo(json_text(plan.document()), nl=False)
        return 0
    _print(plan)
    if run is None:
        click.echo(f"\nto hold to it: tunecheck ab plan RUN {_options(plan)}, then: tunecheck ab create RUN")
    else:
        click.echo(f"\nkept in {run}; next: tunecheck ab create {run}")
    return 0


def _print(plan: AbPlan) -> None:
    people = "1 person votes" if plan.raters == 1 else f"{plan.raters} people vote"
    click.echo(f"{plan.items:,} pairs, {people} on each, {plan.tie_share:.0%} ties\n")
    click.echo(f"  reading                  {plan.minutes_a_rater:.0f} minutes for each person")
    click.echo(f"  smallest win rate seen   {_rate(plan.smallest_win_rate)}")
    click.echo("\n  true win rate   found by this plan   pairs to find it 4 times in 5")
    for rate, power in plan.power.items():
        needed = plan.items_needed.get(rate)
        words = "" if needed is None else f"{needed:,}" if isinstance(needed, int) else needed.reason
        click.echo(f"  {rate:<13.2f}   {power:<18.0%}   {words}".rstrip())
    click.echo("\n  Win rates are those among pairs that are no tie. What is not found is not a draw.")


def _rate(value: float | Unscored) -> str:
    return f"{value:.2f}, four times in five" if isinstance(value, float) else value.reason


def _options(plan: AbPlan) -> str:
    margin = "" if plan.margin is None else f" --margin {plan.margin:g}"
    return f"--items {plan.items} --raters {plan.raters}{margin}"
