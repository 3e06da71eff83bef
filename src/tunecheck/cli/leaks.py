"""tunecheck leaks: what the validation set shares with the training set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tunecheck.cli.options import data_options, json_option

if TYPE_CHECKING:
    from tunecheck.core import JSON, Item, Leak, LeakReport

_SHOWN_CHARS = 160


@click.command("leaks")
@click.argument("train")
@click.argument("val")
@click.option("--show", type=click.IntRange(min=0), default=10, show_default=True, help="Pairs to print; JSON has all.")
@data_options
@json_option
def command(train: str, val: str, show: int, as_json: bool, **options: Any) -> int:
    """What the validation set VAL shares with the training set TRAIN: copies, near copies, the same prompts.

    Leaked items flatter every number that is measured on them.
    """
    from tunecheck.checks import check_leaks
    from tunecheck.cli.output import print_check
    from tunecheck.core import document, json_text
    from tunecheck.runner import leaks

    report = leaks(train, val, **options)
    check = check_leaks(report)
    if as_json:
        found = document(check)
        assert isinstance(found, dict)
        click.echo(json_text(found | {"pairs": [_pair(leak) for leak in report.leaks]}), nl=False)
    else:
        print_check(check)
        _print_pairs(report, show)
    return 1 if check.status == "fail" else 0


def _pair(leak: Leak) -> JSON:
    return {
        "kind": leak.kind,
        "similarity": leak.similarity,
        "validation": _row(leak.validation),
        "train": _row(leak.train),
    }


def _row(item: Item) -> JSON:
    return {"id": item.id, "source": item.source, "prompt": item.prompt_text, "response": item.response.content}


def _print_pairs(report: LeakReport, show: int) -> None:
    for leak in report.leaks[:show]:
        click.echo(f"\n{leak.kind:<9}  similarity {leak.similarity:.2f}")
        for name, item in (("val", leak.validation), ("train", leak.train)):
            click.echo(f"  {name:<5}  {item.source}\n         {_one_line(item)}")
    if len(report.leaks) > show:
        click.echo(f"\n{len(report.leaks) - show:,} more: --show {len(report.leaks)}, or --json for all")


def _one_line(item: Item) -> str:
    text = " ".join(f"{item.prompt_text} -> {item.response.content}".split())
    printable = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return printable if len(printable) <= _SHOWN_CHARS else printable[: _SHOWN_CHARS - 1] + "…"
