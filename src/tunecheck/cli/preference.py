"""tunecheck preference: which of two models the votes of a file prefer, wherever they were collected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from tunecheck.cli.options import json_option

if TYPE_CHECKING:
    from tunecheck.core import CheckResult, Measure

EXIT_CODES = {"pass": 0, "warn": 0, "fail": 1, "unknown": 3}
_SHOWN_RATERS = 10
_SHOWN_SLICES = 10
_NAME_CHARACTERS = 70
# No line of theirs where the votes do not say it.
_WHERE_KNOWN = frozenset({"length_controlled_win_rate", "blinding_index"})
_OF_A_JUDGE = {
    "win_rate": "win rate, alone",
    "consistency": "same in both orders",
    "agreement_with_people": "alpha with people",
    "win_rate_with_judges": "win rate with people",
}


@click.command("preference")
@click.argument("file")
@click.option("--tuned", metavar="NAME", help="The tuned model's name; or A, B, left, right, 1, 2 if so in all rows.")
@click.option("--base", metavar="NAME", help="The base model's name; rows about other models are left out.")
@click.option("--item-field", metavar="C", help="The column of the items; item, question_id, id, ... by default.")
@click.option("--rater-field", metavar="C", help="The column of the raters; rater, judge, annotator, ... by default.")
@click.option("--winner-field", metavar="C", help="The column of the votes; winner, vote, choice, ... by default.")
@click.option("--side-field", metavar="C", help="The column with the side on which tuned stood; tuned_on by default.")
@click.option("--category-field", metavar="C", help="The column to slice by; category by default.")
@click.option("--group-field", metavar="C", help="Items that share its value count as one; unit or group by default.")
@click.option("--planned", type=click.IntRange(min=1), metavar="N", help="Items fixed before the first vote.")
@click.option("--margin", type=float, metavar="X", help="Losses less wins, as share of items, that are not yet worse.")
@click.option("--last", is_flag=True, help="Of several votes of one rater on one item take the last.")
@click.option("--skip-bad-rows", is_flag=True, help="Go on without rows that cannot be read, and count them.")
@click.option("--seed", type=click.IntRange(min=0), default=42, metavar="N", help="Of the bootstrap; 42 by default.")
@click.option("--ranking", is_flag=True, help="How strong each of several models is, by columns model_a and model_b.")
@json_option
def command(file: str, ranking: bool, as_json: bool, **options: Any) -> int:
    """Which model the votes of FILE prefer, base or tuned: with the item as the unit, however many people voted on it.

    A row is one vote: an item, a rater, and tuned, base, tie, both_bad or skip. Exit code: 1 where base is better, 3
    where nothing is decided. With --ranking it is 0.
    """
    from tunecheck.cli.preference_ranking import rank
    from tunecheck.core import json_text
    from tunecheck.core.document import document
    from tunecheck.runner import preference

    if ranking:
        return rank(file, options, as_json=as_json)
    check = preference(file, **options)
    if as_json:
        click.echo(json_text(document(check)), nl=False)
    else:
        print_votes(check)
    return EXIT_CODES[check.status]


def print_votes(check: CheckResult) -> None:
    """A check `ab` as text: its numbers, raters, categories, judges and findings."""
    from tunecheck.cli.output import print_findings, status_word
    from tunecheck.core import Unscored
    from tunecheck.report.text import visible

    measures = check.measures
    click.echo(f"{status_word(check.status)}  {visible(check.summary)}\n")
    click.echo(_sizes(measures))
    for name, title in (
        ("win_rate", "win rate, a tie is half"),
        ("length_controlled_win_rate", "win rate at equal length"),
        ("difference", "difference, at any time"),
        ("p_value", "p at a planned size"),
        ("anytime_p", "p at any time"),
        ("decision", "decision"),
        ("items_still_needed", "items still needed"),
        ("agreement", "agreement, alpha"),
        ("self_consistency", "same vote again"),
        ("side_bias", "votes for the left"),
        ("blinding_index", "blinding index"),
        ("both_bad", "both bad"),
    ):
        if not (name in _WHERE_KNOWN and isinstance(measures[name], Unscored)):
            _print_number(title, measures[name])
    _print_rows("raters", measures["raters"], "tuned_share", _SHOWN_RATERS)
    _print_rows("slices", measures["slices"], "win_rate", _SHOWN_SLICES)
    _print_judges(measures.get("judges"))
    print_findings(check)


def _print_judges(judges: Measure) -> None:
    """What each judge says alone, which decides nothing, and what it adds to people's votes."""
    from tunecheck.cli.output import shortened
    from tunecheck.report.text import visible

    for name, own in judges.items() if isinstance(judges, Mapping) else ():
        if isinstance(own, Mapping):
            click.echo(f"  judge {shortened(' '.join(visible(name).split()), _NAME_CHARACTERS)}")
            for key, title in _OF_A_JUDGE.items():
                _print_number(f"  {title}", own[key])


def _sizes(measures: Mapping[str, Measure]) -> str:
    parts = [f"tuned {measures['tuned_wins']:,}, base {measures['base_wins']:,}, tied {measures['ties']:,}"]
    for name, noun in (("n_items", "item"), ("n_units", "group"), ("n_votes", "vote"), ("n_raters", "rater")):
        n = measures[name]
        if isinstance(n, int) and not (name == "n_units" and n == measures["n_items"]):
            parts.append(f"{n:,} {noun if n == 1 else noun + 's'}")
    return f"  {parts[0]}; {', '.join(parts[1:])}"


def _print_number(title: str, value: Measure) -> None:
    click.echo(f"  {title:<24} {_told(value)}")


def _told(value: Measure) -> str:
    from tunecheck.core import Estimate, Unscored

    match value:
        case Estimate():
            return f"{value.value:.3f} [{value.low:.3f}, {value.high:.3f}] n={value.n}"
        case Unscored():
            return click.style(str(value), dim=True)
        case float():
            return f"{value:.3g}"
        case _:
            return str(value)


def _print_rows(title: str, rows: Measure, share: str, most: int) -> None:
    """The share for tuned of each rater or category, those with the lowest first."""
    from tunecheck.cli.output import shortened
    from tunecheck.core import Estimate
    from tunecheck.report.text import visible

    if not isinstance(rows, Mapping) or len(rows) < 2:
        return
    shares = {name: own[share] for name, own in rows.items() if isinstance(own, Mapping)}
    lowest = sorted(shares, key=lambda name: one.value if isinstance(one := shares[name], Estimate) else 2.0)
    click.echo(f"  {title}, the share for tuned, the lowest first")
    for name in lowest[:most]:
        _print_number("  " + shortened(" ".join(visible(name).split())), shares[name])
    if len(lowest) > most:
        click.echo(f"    {len(lowest) - most:,} more: --json has all")
