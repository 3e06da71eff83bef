"""tunecheck doctor: what this machine can do."""

from __future__ import annotations

import click

from tunecheck.cli.options import json_option


@click.command("doctor")
@json_option
def command(as_json: bool) -> int:
    """Engines, devices, precision and libraries on this machine, with the line that installs what is missing."""
    import json

    from tunecheck.runner import examine

    lines = examine()
    if as_json:
        click.echo(json.dumps({line.name: {"found": line.found, "note": line.note} for line in lines}, indent=2))
    else:
        for line in lines:
            mark = click.style("yes" if line.found else "no ", fg="green" if line.found else "yellow")
            click.echo(f"  {mark}  {line.name:<22} {line.note}")
    return 0
