"""tunecheck review show: the check `review` as it stands, as a table of axes and one of raters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from tunecheck.cli.options import json_option

if TYPE_CHECKING:
    from tunecheck.core import CheckResult, Measure


@click.command("show")
@click.argument("run")
@json_option
def command(run: str, as_json: bool) -> int:
    """What people said of the answers in RUN so far.

    Exit code: 1 when the check fails, 3 while fewer than 20 prompts are rated.
    """
    from tunecheck.cli.output import print_findings
    from tunecheck.core import to_json
    from tunecheck.runner import show_review

    check = show_review(run)
    if as_json:
        click.echo(to_json(check), nl=False)
    else:
        _print(check)
        print_findings(check)
    return {"fail": 1, "unknown": 3}.get(check.status, 0)


def _print(check: CheckResult) -> None:
    from tunecheck.cli.output import status_word
    from tunecheck.report.text import visible

    click.echo(f"{status_word(check.status)}  {visible(check.summary)}\n")
    axes, agreement = _mapping(check.measures["axes"]), _mapping(check.measures["agreement"])
    rows = [["", "tuned", "base", "tuned less base", "p (Holm)", "alpha"]]
    overall = {"overall": check.measures["overall"]} if len(axes) > 1 else {}
    for name, measured in {**axes, **overall}.items():
        own = _mapping(measured)
        cells = [_cell(own.get(field)) for field in ("tuned", "base", "difference")]
        # Over all axes there is one test, and nothing to correct.
        rows.append([name, *cells, _cell(own.get("p_holm", own.get("p_value"))), _cell(agreement.get(name))])
    _table(rows)
    raters = _mapping(check.measures["raters"])
    if raters:
        click.echo()
        rows = [["rater", "done", "seconds an answer"]]
        for name, measured in raters.items():
            own = _mapping(measured)
            hasty = f"  hasty: {own['hasty']}" if own.get("hasty") else ""
            rows.append(
                [visible(name), f"{own['n_done']} of {own['n_total']}", _cell(own["seconds_per_answer"]) + hasty]
            )
        _table(rows)


def _cell(value: Measure) -> str:
    from tunecheck.core import Estimate

    match value:
        case Estimate():
            return f"{value.value:.2f} [{value.low:.2f}, {value.high:.2f}] n={value.n}"
        case float() | int():
            return f"{value:.3g}"
        case _:
            return "–"


def _table(rows: list[list[str]]) -> None:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        click.echo("  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


def _mapping(value: Measure) -> Mapping[str, Measure]:
    return value if isinstance(value, Mapping) else {}
