"""tunecheck curve: what the training log says."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

import click

from tunecheck.cli.options import json_option

if TYPE_CHECKING:
    from tunecheck.core import CheckResult, Measure

_BARS = "▁▂▃▄▅▆▇█"
_WIDTH = 48


@click.command("curve")
@click.argument("path")
@json_option
def command(path: str, as_json: bool) -> int:
    """The training curve of PATH: a trainer's output folder, or one of its log files.

    Read are trainer_state.json (Transformers, TRL, Axolotl, Unsloth), trainer_log.jsonl (LLaMA-Factory), CSV, JSON
    histories, TensorBoard events, and captured consoles (torchtune, MLX-LM, any Trainer).
    """
    from tunecheck.cli.output import print_check
    from tunecheck.core import to_json
    from tunecheck.runner import curve

    check = curve(path)
    if as_json:
        click.echo(to_json(check), nl=False)
    else:
        print_check(check)
        _print_losses(check)
        _print_evidence(check)
    return 1 if check.status == "fail" else 0


def _print_losses(check: CheckResult) -> None:
    """Every loss as one line of bars, from its first value to its last."""
    series = check.measures.get("series")
    if not isinstance(series, Mapping):
        return
    losses = [(name, _values(one)) for name, one in series.items() if name.endswith("/loss")]
    drawn = [(name, values) for name, values in losses if len(values) > 1]
    if drawn:
        click.echo()
    for name, values in drawn:
        shown = "".join(bars(values, _WIDTH))
        click.echo(f"  {name:<20} {values[0]:<9.4g} {shown} {values[-1]:.4g}")


def _print_evidence(check: CheckResult) -> None:
    """What was found in the folder."""
    evidence = check.measures.get("evidence")
    if isinstance(evidence, tuple) and evidence:
        click.echo("\nfound:")
        for one in evidence:
            click.echo(f"  {one}")


def bars(values: list[float], width: int) -> str:
    """Values as bars of eight heights; of more values than fit the mean of each stretch.

    >>> bars([3.0, 2.0, 1.0, 1.5], 10)
    '█▅▁▃'
    """
    n = min(width, len(values))
    edges = [round(place * len(values) / n) for place in range(n + 1)]
    means = [sum(values[a:b]) / (b - a) for a, b in pairwise(edges)]
    low, high = min(means), max(means)
    span = high - low or 1.0
    return "".join(_BARS[round((value - low) / span * (len(_BARS) - 1))] for value in means)


def _values(series: Measure) -> list[float]:
    found = series.get("values") if isinstance(series, Mapping) else None
    if not isinstance(found, tuple):
        return []
    return [float(value) for value in found if isinstance(value, int | float) and abs(value) < 1e15]
