"""tunecheck report: show a finished run again."""

from __future__ import annotations

import click


@click.command("report")
@click.argument("run")
@click.option(
    "--format", "format_", type=click.Choice(["html", "markdown", "json"]), default="html", show_default=True,
    help="html writes RUN/report.html and results.json anew; the others print to stdout.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def command(run: str, format_: str, as_json: bool) -> int:
    """Work out the results of RUN, a folder that tunecheck run made, once more and show them."""
    from tunecheck import report
    from tunecheck.api import write_report
    from tunecheck.runner import read_run

    if as_json or format_ == "json":
        click.echo(report.render(read_run(run), "json"), nl=False)
    elif format_ == "markdown":
        click.echo(report.render(read_run(run), "markdown"), nl=False)
    else:
        for path in write_report(run):
            click.echo(str(path))
    return 0
