"""tunecheck run: the whole checklist."""

from __future__ import annotations

from typing import Any

import click

from tunecheck.cli.options import code_options, json_option, scoring_options, sign_options, task_options

EXIT_CODES = {"ship": 0, "hold": 1, "incomplete": 3}


@click.command("run")
@click.argument("tuned", required=False)
@click.option("--val", metavar="FILE", help="The validation file: rows the model was not trained on.")
@click.option("--train", metavar="FILE", help="The training file; without it overfitting cannot be judged.")
@click.option("--curve", metavar="PATH", help="The training log, where it is not in the folder of TUNED.")
@click.option("--out", metavar="DIR", help="Folder of the run; tunecheck-runs/NAME by default.")
@click.option(
    "--reuse", metavar="DIR", help="Another run's folder to take scores from, such as those of the same base."
)
@click.option("--config", metavar="FILE", help="A YAML file with these options; flags win over it.")
@task_options
@code_options
@sign_options
@scoring_options
@json_option
def command(config: str | None, as_json: bool, **flags: Any) -> int:
    """Run the whole checklist on TUNED: a model folder, an adapter folder or a hub name.

    It resumes by itself when run again with the same --out. Exit code: 0 ship, 1 hold, 3 incomplete.
    """
    from tunecheck.api import run_and_report
    from tunecheck.cli.output import print_run, progress
    from tunecheck.config import build_spec
    from tunecheck.core import to_json

    flags["task"] = flags["task"] or None
    with progress() as heard:
        result = run_and_report(build_spec(flags, config), progress=heard)
    if as_json:
        click.echo(to_json(result), nl=False)
    else:
        print_run(result)
    return EXIT_CODES[result.verdict.decision]
