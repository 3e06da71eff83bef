"""tunecheck preference --ranking: how strong each of several models is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tunecheck.core.rankings import ModelRanking

_SHOWN_NOTES = 10
_NAME_CHARACTERS = 28
# What asks about one pair.
_OF_A_PAIR = ("tuned", "base", "side_field", "category_field", "planned", "margin")


def rank(file: str, options: dict[str, Any], *, as_json: bool) -> int:
    """Rank the models of a file and print it. Raises InputError for options that ask about one pair."""
    from tunecheck.core import json_text
    from tunecheck.errors import InputError
    from tunecheck.runner.model_rankings import rank_models

    given = [name for name in _OF_A_PAIR if options.pop(name) is not None]
    if given:
        flag = f"--{given[0].replace('_', '-')}"
        raise InputError(f"a ranking has all models, and {flag} asks about one pair", hint=f"leave out {flag}")
    found = rank_models(file, **options)
    if as_json:
        click.echo(json_text(found.document()), nl=False)
    else:
        _print(found)
    return 0


def _print(found: ModelRanking) -> None:
    from tunecheck.report.text import visible

    sizes = [(len(found.models), "model"), (found.n_items, "item"), (found.n_votes, "vote")]
    sizes += [(found.n_raters, "rater")] if isinstance(found.n_raters, int) else []
    click.echo(", ".join(f"{n:,} {noun if n == 1 else noun + 's'}" for n, noun in sizes) + "\n")
    _print_models(found)
    click.echo(f"\n  a tie of two equals: {found.tie_rate}")
    for note in found.notes[:_SHOWN_NOTES]:
        click.echo(f"\n{visible(note)}")
    if len(found.notes) > _SHOWN_NOTES:
        click.echo(f"\n{len(found.notes) - _SHOWN_NOTES:,} more notes: --json has all")
    click.echo(click.style(f"\n{visible(found.signature)}", dim=True))


def _print_models(found: ModelRanking) -> None:
    from tunecheck.cli.output import shortened
    from tunecheck.report.text import visible

    names = [shortened(" ".join(visible(one.name).split()), _NAME_CHARACTERS) for one in found.models]
    width = max(map(len, names))
    click.echo(f"  {'':<{width}}  {'strength, log-odds':<22} {'beats the next':<22} won, lost, tied")
    for place, (name, one) in enumerate(zip(names, found.models, strict=True)):
        strength = f"{one.strength.value:+.2f} [{one.strength.low:+.2f}, {one.strength.high:+.2f}]"
        beats = ""
        if place + 1 < len(names):
            rate = found.win_rates[one.name, found.models[place + 1].name]
            beats = f"{rate.value:.3f} [{rate.low:.3f}, {rate.high:.3f}]"
        votes = f"{one.n_won:,}, {one.n_lost:,}, {one.n_tied:,}"
        click.echo(f"  {name:<{width}}  {strength:<22} {beats:<22} {votes}")
