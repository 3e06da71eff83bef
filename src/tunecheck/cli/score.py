"""tunecheck score: a predictions file against its references."""

from __future__ import annotations

from typing import Any

import click

from tunecheck.cli.options import json_option

# What has a flag of its own, and the parameters of the function behind it.
_FLAGS = (
    *("task", "progress", "predictions", "base_predictions", "labels", "tokenizer", "stem", "schema", "pattern"),
    *("at_least", "prediction_field", "reference_field", "base_field", "prompt_field", "id_field", "group_field"),
    "skip_bad_rows",
)


class _Score(click.Command):
    """Score, with one task whose options are its own."""

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **extra: Any) -> click.Context:
        if args and args[0] == "code":
            from tunecheck.cli.score_code import command as code

            return code.make_context(f"{info_name} code", args[1:], *rest, **extra)
        return super().make_context(info_name, args, *rest, **extra)


@click.command("score", cls=_Score)
@click.argument("task", metavar="TASK|METRIC[,METRIC]")
@click.option("--predictions", metavar="FILE", required=True, help="Rows with a prediction and a reference.")
@click.option("--base-predictions", metavar="FILE", help="The base model's answers to the same rows.")
@click.option("--labels", metavar="A,B,C", help="Labels of a classification; by default the distinct references.")
@click.option("--tokenizer", metavar="NAME", help="ROUGE: auto (default), compat or unicode. BLEU: 13a, zh, char, ...")
@click.option("--stem", is_flag=True, default=None, help="ROUGE: compare English words by their stems.")
@click.option("--schema", metavar="FILE", help="json: the JSON Schema that answers have to follow.")
@click.option("--pattern", metavar="REGEX", help="regex: what to look for in each answer.")
@click.option("--at-least", type=float, metavar="X", help="Fail below this value of the first measure.")
@click.option("--option", "more", metavar="NAME=VALUE", multiple=True, help="Any other option of the metric.")
@click.option("--prediction-field", metavar="C", help="The column of the predictions.")
@click.option("--reference-field", metavar="C", help="The column of the references.")
@click.option("--base-field", metavar="C", help="The column of the base's predictions, in the same file.")
@click.option("--prompt-field", metavar="C", help="The column of the prompts or sources.")
@click.option("--id-field", metavar="C", help="The column that names a row.")
@click.option("--group-field", metavar="C", help="Rows that share its value are one unit of the statistics.")
@click.option("--skip-bad-rows", is_flag=True, help="Go on without rows that cannot be read, and count them.")
@click.option("--no-items", is_flag=True, help="With --json: leave the rows out.")
@json_option
def command(task: str, labels: str | None, more: tuple[str, ...], no_items: bool, as_json: bool, **options: Any) -> int:
    """Score answers that were made anywhere.

    TASK is summarization or classification; a METRIC is exact_match, contains, f1, bleu, chrf, ter, rouge, json,
    function_call, regex, number, math, or module:function of your own. Exit code: 1 when the check fails.

    Programs have a command of their own: tunecheck score code --help.
    """
    from dataclasses import replace

    from tunecheck.cli.output import print_check, progress
    from tunecheck.core import to_json
    from tunecheck.runner import score

    given: dict[str, Any] = {name: value for name, value in options.items() if value is not None} | _pairs(more)
    names = [label.strip() for label in labels.split(",")] if labels is not None else None
    with progress() as heard:
        check = score(task, **given, labels=names, progress=heard)
    if as_json:
        click.echo(to_json(replace(check, items=()) if no_items else check), nl=False)
    else:
        print_check(check)
    return 1 if check.status == "fail" else 0


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            raise click.UsageError(f"--option {one}: write NAME=VALUE")
        own = name.replace("-", "_")
        if own in _FLAGS:
            raise click.UsageError(f"--option {one}: write --{own.replace('_', '-')}")
        found[own] = value
    return found
