"""tunecheck agreement: how far the raters of a file agree, wherever their ratings were collected."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import click

from tunecheck.cli.options import json_option

if TYPE_CHECKING:
    from tunecheck.core import Agreement, Estimate, Unscored

_SHOWN_PAIRS = 10


@click.command("agreement")
@click.argument("file")
@click.option(
    "--level",
    type=click.Choice(["nominal", "ordinal", "interval", "ratio"]),
    default="ordinal",
    show_default=True,
    help="nominal: values are names; ordinal: they have an order; interval: equal steps; ratio: also a zero.",
)
@click.option("--item-field", metavar="C", help="The column of the items; item, id, task, ... by default.")
@click.option("--rater-field", metavar="C", help="The column of the raters; rater, annotator, judge, ... by default.")
@click.option("--value-field", metavar="C", help="The column of the values; value, rating, score, ... by default.")
@click.option("--raters", metavar="A,B,C", help="Columns that hold the values of one rater each; a row is an item.")
@click.option("--order", metavar="LOW,...,HIGH", help="The words of an ordinal scale, from low to high.")
@click.option("--last", is_flag=True, help="Of several values of one rater for one item take the last.")
@click.option("--skip-bad-rows", is_flag=True, help="Go on without rows that cannot be read, and count them.")
@click.option("--seed", type=click.IntRange(min=0), default=42, metavar="N", help="Of the bootstrap; 42 by default.")
@json_option
def command(file: str, raters: str | None, order: str | None, as_json: bool, **options: Any) -> int:
    """How far the raters of FILE agree: Krippendorff's alpha, kappa of each pair, percent agreement.

    A row is one rating, with an item, a rater and a value; or one item, with a column for each rater: --raters.
    """
    from tunecheck.cli.output import progress
    from tunecheck.core import json_text
    from tunecheck.runner import agreement

    with progress() as heard:
        found = agreement(file, raters=_names(raters), order=_names(order), progress=heard, **options)
    if as_json:
        click.echo(json_text(found.document()), nl=False)
    else:
        _print(found)
    return 0


def _names(given: str | None) -> list[str] | None:
    """Names with commas between; one with a comma stands in double quotes."""
    return None if given is None else [name.strip() for name in next(csv.reader([given], skipinitialspace=True), [])]


def _print(found: Agreement) -> None:
    from tunecheck.cli.output import shortened
    from tunecheck.report.text import visible

    weighted = "" if found.level == "nominal" else ", weighted"
    sizes = (
        (found.n_items, "items"),
        (found.n_raters, "raters"),
        (found.n_ratings, "ratings"),
        (found.n_missing, "missing"),
    )
    click.echo(", ".join(f"{n:,} {noun.removesuffix('s') if n == 1 else noun}" for n, noun in sizes))
    _print_number(f"alpha ({found.level})", found.alpha)
    _print_number("percent agreement", found.percent_agreement)
    _print_number("Fleiss' kappa", found.fleiss_kappa)
    lowest = found.lowest_pairs
    if lowest:
        click.echo(f"  kappa of two raters{weighted}, the lowest first")
    for pair in lowest[:_SHOWN_PAIRS]:
        _print_number(
            "  " + " and ".join(shortened(" ".join(visible(name).split())) for name in pair), found.pairwise_kappa[pair]
        )
    unscored = len(found.pairwise_kappa) - len(lowest)
    more = [f"{n:,} {what}" for n, what in ((len(lowest) - _SHOWN_PAIRS, "more"), (unscored, "unscored")) if n > 0]
    if more:
        click.echo(f"    {' and '.join(more)}: --json has all")
    for sentence in (found.meaning, *found.notes):
        click.echo(f"\n{visible(sentence)}")
    click.echo(click.style(f"\n{visible(found.signature)}", dim=True))


def _print_number(name: str, value: Estimate | Unscored) -> None:
    from tunecheck.core import Unscored

    if isinstance(value, Unscored):
        told = click.style(str(value), dim=True)
    else:
        told = f"{value.value:.3f} [{value.low:.3f}, {value.high:.3f}] n={value.n}"
    click.echo(f"  {name:<24} {told}")
