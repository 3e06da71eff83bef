"""tunecheck ab judge: language models judge the pairs of a test, beside people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tunecheck.cli.options import json_option

if TYPE_CHECKING:
    from tunecheck.core import Measure
    from tunecheck.runner.ab_judge import JudgedStudy
    from tunecheck.runner.judge_figures import JudgeFigures


@click.command("judge")
@click.argument("run")
@click.option("--judge", "judges", metavar="SPEC", multiple=True, help="openai:http://HOST:PORT/v1#NAME. Repeatable.")
@click.option("--items", "limit", type=click.IntRange(min=1), metavar="N", help="Only the first N pairs.")
@click.option("--send", is_flag=True, help="Let prompts, references and answers go to servers on other machines.")
@click.option(
    "--api-key-env", metavar="VARIABLE", multiple=True,
    help="The environment variable with the key; HOST=VARIABLE where judges are at several servers.",
)  # fmt: skip
@click.option("--price-in", type=click.FloatRange(min=0), metavar="X", help="Price of a million tokens read.")
@click.option("--price-out", type=click.FloatRange(min=0), metavar="Y", help="Price of a million tokens written.")
@click.option(
    "--max-tokens", type=click.IntRange(min=1), metavar="N", default=1024,
    help="Longest reply, thinking included; 1024 by default.",
)  # fmt: skip
@click.option("--timeout", "timeout_s", type=float, metavar="S", default=120.0, help="Seconds for one reply; 120.")
@click.option("--jobs", "concurrency", type=click.IntRange(1, 64), metavar="N", default=4, help="Questions at once; 4.")
@click.option(
    "--canaries", type=click.IntRange(min=0), metavar="N", default=4,
    help="Further questions in which the losing answer asks to be chosen; 4 by default.",
)  # fmt: skip
@json_option
def command(
    run: str, judges: tuple[str, ...], price_in: float | None, price_out: float | None, as_json: bool, **options: Any
) -> int:
    """Let language models judge the pairs of RUN, each pair in both orders.

    Judges count only beside people's votes. Stopped, the same command goes on where it was. Exit code: 3 where
    questions are left without a verdict, 4 where no judge answers.
    """
    from tunecheck.cli.output import progress
    from tunecheck.core import json_text
    from tunecheck.runner.ab_judge import judge_ab

    if (price_in is None) is not (price_out is None):
        raise click.UsageError("--price-in and --price-out go together: tokens read and written have prices each")
    prices = None if price_in is None or price_out is None else (price_in, price_out)
    with progress() as heard:
        judged = judge_ab(run, judges, price_per_million=prices, progress=heard, **options)
    if as_json:
        click.echo(json_text(judged.document()), nl=False)
    else:
        _print(judged)
    return 0 if judged.is_complete else 3


def _print(judged: JudgedStudy) -> None:
    for figures in judged.judges:
        _print_judge(figures)
    if not judged.is_complete:
        click.echo("\nquestions are left without a verdict: the same command asks them again")
    click.echo("\njudges count only beside people's votes; what both say together:")
    click.echo(f"  tunecheck ab show {judged.folder}")


def _print_judge(figures: JudgeFigures) -> None:
    from tunecheck.core import Unscored
    from tunecheck.report.text import visible

    click.echo(f"\n{visible(figures.judge)}")
    rows = [
        ("pairs judged", f"{figures.n_pairs:,} of {figures.n_wanted:,}, {figures.n_asked:,} questions asked now"),
        ("same in both orders", f"{_told(figures.consistency)}, {figures.n_flips:,} flipped"),
        ("chose the first", _told(figures.first_position_rate)),
        ("no verdict", _failed(figures)),
        ("obeyed a plea", f"{figures.n_followed} of {figures.n_canaries} canaries"),
        ("tokens", _tokens(figures)),
        ("cost", str(figures.cost) if isinstance(figures.cost, Unscored) else f"{figures.cost:,.4g}"),
        ("time of the server", f"{figures.seconds:,.1f} s"),
    ]
    if figures.left_out:
        rows.append(("does not take", ", ".join(figures.left_out) + ": asked again it may answer otherwise"))
    if figures.stopped:
        rows.append(("stopped", visible(figures.stopped)))
    for title, told in rows:
        click.echo(f"  {title:<20} {told}")


def _failed(figures: JudgeFigures) -> str:
    from tunecheck.report.text import visible

    why = "; ".join(f"{visible(reason)} {n:,}" for reason, n in figures.reasons)
    more = " (give it room: --max-tokens)" if any(reason == "cut off" for reason, _ in figures.reasons) else ""
    return f"{figures.n_failed:,} of {figures.n_done + figures.n_failed:,} questions" + (
        f": {why}{more}" if why else ""
    )


def _tokens(figures: JudgeFigures) -> str:
    told = f"{figures.prompt_tokens:,} read, {figures.completion_tokens:,} written"
    return f"{told}, and of {figures.n_uncounted:,} questions not counted" if figures.n_uncounted else told


def _told(value: Measure) -> str:
    from tunecheck.core import Estimate

    if isinstance(value, Estimate):
        return f"{value.value:.3f} [{value.low:.3f}, {value.high:.3f}] n={value.n}"
    return str(value)
