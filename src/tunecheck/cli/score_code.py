"""tunecheck score code: programs against the tests of their problems."""

from __future__ import annotations

from typing import Any

import click

from tunecheck.cli.options import code_options, json_option


@click.command("code")
@click.option("--problems", metavar="FILE", required=True, help="HumanEval, MBPP, or rows of prompt and test_code.")
@click.option("--samples", metavar="FILE", required=True, help="What the model wrote: task_id and completion.")
@click.option("--base-samples", metavar="FILE", help="The base model's samples for the same problems.")
@click.option("-k", "k", metavar="K[,K]", help="The k of pass@k; by default 1, 5, 10, 100 as samples allow.")
@code_options
@click.option("--timeout", "timeout_s", type=float, metavar="S", help="Seconds for the tests of one sample.")
@click.option("--memory", "memory_mib", type=int, metavar="MIB", help="Memory of each process; 1024 by default.")
@click.option("--packages", is_flag=True, help="Let programs import the packages of this environment.")
@click.option("--at-least", type=float, metavar="X", help="Fail when pass@1 is below this value.")
@click.option("--skip-bad-rows", is_flag=True, help="Go on without rows that cannot be read, and count them.")
@click.option("--no-items", is_flag=True, help="With --json: leave the samples out.")
@json_option
def command(problems: str, samples: str, run_code: bool | None, sandbox: str | None, **options: Any) -> int:
    """Run what a model wrote against the tests of each problem, shut in, and give pass@k.

    Nothing runs without --run-code. Exit code: 1 when the check fails, 3 when --at-least could not be decided, 4 when
    this machine cannot shut programs in.
    """
    from dataclasses import replace

    from tunecheck.cli.output import print_check, progress
    from tunecheck.core import to_json
    from tunecheck.runner import evaluate_code_generation

    no_items, as_json = options.pop("no_items"), options.pop("as_json")
    with progress() as heard:
        check = evaluate_code_generation(
            problems,
            samples,
            run_code=bool(run_code),
            sandbox="B" if sandbox == "B" else "A",
            progress=heard,
            **options,
        )
    if as_json:
        click.echo(to_json(replace(check, items=()) if no_items else check), nl=False)
    else:
        print_check(check)
    if check.status == "unknown" and options["at_least"] is not None:
        return 3
    return 1 if check.status == "fail" else 0
