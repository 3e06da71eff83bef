"""tunecheck split: a file becomes train and validation, or folds, without leaks between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tunecheck.cli.options import data_options, json_option

if TYPE_CHECKING:
    from tunecheck.core import Split


@click.command("split")
@click.argument("file", required=False)
@click.option(
    "--strategy",
    type=click.Choice(["random", "temporal", "category"]),
    help="random (default); temporal: the latest rows validate; category: each category gets its share.",
)
@click.option(
    "--test-size", type=float, metavar="SIZE", help="Of validation: a share, 0.1 by default, or how many rows."
)
@click.option("--final-test-size", type=float, metavar="SIZE", help="A third side of this size, for one last test.")
@click.option("--folds", type=click.IntRange(min=2), metavar="K", help="K folds instead, each validation once.")
@click.option("--seed", type=int, metavar="N", help="Decides which rows validate; 42 by default.")
@click.option("--out", metavar="DIR", help="Folder for the files and their manifest, split.json.")
@click.option("--overwrite", is_flag=True, help="Write over files of an earlier split.")
@click.option("--time-column", metavar="C", help="The column with the times.")
@click.option("--category-column", metavar="C", help="The column with the categories.")
@click.option("--keep", metavar="MANIFEST", help="An earlier split whose rows stay where they were.")
@click.option(
    "--like", metavar="RUN", help="The rows that the trainer of this output folder held out of FILE by itself."
)
@click.option("--verify", metavar="MANIFEST", help="Check the files of an earlier split, and split nothing.")
@data_options
@json_option
def command(file: str | None, verify: str | None, as_json: bool, **options: Any) -> int:
    """Split FILE into train and validation so that nothing in train gives validation away.

    Rows that share a group, a prompt, a first turn or their text, and near copies, stay on one side. The files have the
    format of FILE. With the same seed, rows that are appended later move none of the earlier ones.
    """
    if verify is not None:
        return _verify(verify, as_json=as_json)
    if file is None:
        raise click.UsageError("name the FILE to split, or a manifest to check: --verify MANIFEST")
    if options["out"] is None:
        raise click.UsageError("name a folder for the files: --out DIR")
    from tunecheck.core import json_text
    from tunecheck.runner import split_file

    if options["like"] is not None:
        _check_like(options)
    made = split_file(file, **{name: value for name, value in options.items() if value is not None})
    if as_json:
        click.echo(json_text(made.document()), nl=False)
    else:
        _print(made, options["out"])
    return 0


def _check_like(options: dict[str, Any]) -> None:
    """A trainer's split has no choices but its seed."""
    allowed = ("like", "out", "overwrite", "seed", "shape", "skip_bad_rows")
    given = [name for name, value in options.items() if name not in allowed and value is not None]
    if given:
        raise click.UsageError(f"--like leaves nothing to choose: drop --{given[0].replace('_', '-')}")


def _print(made: Split, out: str) -> None:
    if made.n_folds:
        click.echo(" | ".join(f"Fold {n}: {made.count(f'fold-{n}'):,}" for n in range(1, made.n_folds + 1)))
    else:
        sides = (("Train", "train"), ("Validation", "validation"), ("Test", "test"))
        counts = [(name, made.count(side)) for name, side in sides]
        click.echo(" | ".join(f"{name}: {n:,}" for name, n in counts if n or name != "Test"))
    largest = made.grouping.largest_unit_rows
    click.echo(f"  units: {made.grouping.n_units:,}, the largest of {largest:,} {'row' if largest == 1 else 'rows'}")
    for sides_of, report in made.leaks:
        click.echo(f"  leaks between {sides_of}: {len(report.leaked_ids):,}")
    if made.untested_categories:
        named = ", ".join(repr(name) for name in made.untested_categories[:10])
        more = f" and {len(made.untested_categories) - 10} more" if len(made.untested_categories) > 10 else ""
        click.echo(f"  untested categories: {named}{more}")
    click.echo(f"  {made.resolution.sentence}")
    for note in made.notes:
        click.echo(f"  {note}")
    click.echo(f"wrote {', '.join(file.path for file in made.files)} and split.json to {out}")


def _verify(manifest: str, *, as_json: bool) -> int:
    """Exit code 1 when something differs."""
    from tunecheck.core import json_text
    from tunecheck.runner import verify_split

    found = verify_split(manifest)
    if as_json:
        click.echo(json_text({"manifest": manifest, "differences": list(found)}), nl=False)
    else:
        for sentence in found:
            click.echo(sentence)
        if not found:
            click.echo(f"{manifest}: the files are those that were written, and no unit is on two sides")
    return 1 if found else 0
