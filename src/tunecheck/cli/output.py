"""What commands print: results as text, and progress on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, TypeVar, cast

import click

from tunecheck.core import CheckResult, Estimate, Finding, Measure, RunResult, Unscored, Verdict
from tunecheck.runner import Silent
from tunecheck.runner.progress import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

_COLOURS = {"pass": "green", "warn": "yellow", "fail": "red", "unknown": None, "info": None}
_DECISIONS = {"ship": ("SHIP", "green"), "hold": ("HOLD", "red"), "incomplete": ("INCOMPLETE", "yellow")}


class Plain:
    """Progress where nobody watches: one line a stage on stderr."""

    def say(self, text: str) -> None:
        """One line."""
        click.echo(f"  {text}", err=True)

    def start(self, label: str, total: int, unit: str = "tokens") -> None:
        """The stage's name and size."""
        click.echo(f"  {label}: {total:,} {unit}", err=True)

    def advance(self, steps: int) -> None:
        """Nothing: a log file wants no bar."""

    def finish(self) -> None:
        """Nothing."""


class Terminal(Plain):
    """Progress on a terminal: a bar with its rate and what is left."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def say(self, text: str) -> None:
        """One line above the bar."""
        self._bars.console.print(f"  {text}", style="dim", highlight=False, markup=False)

    def start(self, label: str, total: int, unit: str = "tokens") -> None:  # noqa: ARG002 (the bar shows a share)
        """A new bar."""
        self._task = self._bars.add_task(label, total=total)

    def advance(self, steps: int) -> None:
        """Move the bar."""
        if self._task is not None:
            self._bars.advance(self._task, steps)

    def finish(self) -> None:
        """Leave the bar where it is, full."""
        self._task = None


@contextmanager
def progress(quiet: bool = False) -> Iterator[Progress]:
    """Progress fit for where stderr goes: bars on a terminal, lines in a log, nothing when quiet."""
    if quiet:
        yield Silent()
    elif not sys.stderr.isatty():
        yield Plain()
    else:
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        columns = (TextColumn("  {task.description}"), BarColumn(), TaskProgressColumn(show_speed=True))
        with Bars(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bars:
            yield Terminal(bars)


def print_run(result: RunResult) -> None:
    """The verdict, the checklist and what to do next."""
    result = _inert(result)
    print_verdict(result.verdict)
    for check in result.checks.values():
        for finding in check.findings:
            if finding.severity != "info":
                _print_finding(finding)
    if result.folder:
        click.echo(f"\nreport: {result.folder}/report.html")


def print_verdict(verdict: Verdict) -> None:
    """The decision, why, the six steps and what to do next."""
    word, colour = _DECISIONS[verdict.decision]
    click.echo(click.style(f"\n{word}", fg=colour, bold=True) + "".join(f"\n  {reason}" for reason in verdict.reasons))
    click.echo()
    for step in verdict.checklist:
        click.echo(f"  {status_word(step.status)}  {step.title:<16} {step.summary}")
    if verdict.next_steps:
        click.echo("\nnext:")
        for number, step_text in enumerate(verdict.next_steps, 1):
            click.echo(f"  {number}. {step_text}")


def print_check(check: CheckResult) -> None:
    """One check: its sentence, its measures, its findings; what data and models wrote cannot act on the terminal."""
    check = _inert(check)
    click.echo(f"{status_word(check.status)}  {check.summary}")
    for sign in check.signs:
        click.echo(
            f"  {status_word(sign.status)}  {sign.title:<{max(len(one.title) for one in check.signs)}}  {sign.summary}"
        )
    _print_measures({name: value for name, value in check.measures.items() if name != "series"}, indent=2)
    print_findings(check)


def print_findings(check: CheckResult) -> None:
    """What a person should know besides the numbers, and what could change them."""
    check = _inert(check)
    for finding in check.findings:
        _print_finding(finding)
    if check.signature:
        click.echo(click.style(f"\n{check.signature}", dim=True))


R = TypeVar("R")


def _inert(value: R) -> R:
    """A record with every control character of its texts spelled out, so that none reaches the terminal."""
    from tunecheck.report.text import visible

    match value:
        case str():
            return cast(R, visible(value))
        case Mapping():
            return cast(R, {_inert(name): _inert(inner) for name, inner in value.items()})
        case tuple():
            return cast(R, tuple(_inert(inner) for inner in value))
    if not is_dataclass(value) or isinstance(value, type):
        return value
    unseen = ("items", "comparisons", "leaks", "exhibits")  # Large, and not printed.
    texts = {one.name: _inert(getattr(value, one.name)) for one in fields(value) if one.name not in unseen}
    return cast(R, replace(value, **texts))


def _print_measures(measures: Mapping[str, Measure], indent: int) -> None:
    for name, value in measures.items():
        pad = " " * indent
        match value:
            case {"columns": tuple() as columns, "rows": Mapping() as rows}:
                click.echo(f"{pad}{name}: references down, answers across")
                _print_matrix(columns, rows, pad)
            case Mapping():
                click.echo(f"{pad}{name}")
                _print_measures(value, indent + 2)
            case Estimate():
                interval = f"{value.value:.4f} [{value.low:.4f}, {value.high:.4f}]"
                click.echo(f"{pad}{name:<24} {interval} n={value.n}")
            case Unscored():
                click.echo(f"{pad}{name:<24} {click.style(str(value), dim=True)}")
            case float():
                click.echo(f"{pad}{name:<24} {value:.4g}")
            case None | tuple():
                pass
            case _:
                click.echo(f"{pad}{name:<24} {value}")


def _print_matrix(columns: tuple[Measure, ...], rows: Mapping[str, Measure], pad: str) -> None:
    heads = [shortened(str(column)) for column in columns]
    first = max(len(shortened(label)) for label in rows)
    click.echo(pad + "  " + " " * first + "".join(f"  {head:>5}" for head in heads))
    for label, counts in rows.items():
        assert isinstance(counts, tuple)
        cells = (f"  {count!s:>{max(5, len(head))}}" for count, head in zip(counts, heads, strict=True))
        click.echo(f"{pad}  {shortened(label):<{first}}{''.join(cells)}")


def shortened(label: str, longest: int = 16) -> str:
    """A label that fits a column.

    >>> shortened("a label of many words")
    'a label of many…'
    """
    return label if len(label) <= longest else f"{label[: longest - 1]}…"


def _print_finding(finding: Finding) -> None:
    click.echo(f"\n{status_word(finding.severity)}  {finding.message}")
    if finding.hint:
        click.echo(f"      {finding.hint}")


def status_word(status: str) -> str:
    """A status in its colour, as wide as the longest."""
    return click.style(f"{status:<7}", fg=_COLOURS[status], bold=status != "unknown")
