"""Judge keys: which key goes to which server, read from environment variables and from nowhere else."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from tunecheck.errors import InputError
from tunecheck.judges import ServerAddress


def judge_keys(
    addresses: Sequence[ServerAddress], named: Sequence[str], *, environment: Mapping[str, str] | None = None
) -> list[str]:
    """The key of each judge, "" where it gets none.

    ``named`` holds "VARIABLE" where all judges are at one server, and "HOST=VARIABLE" otherwise: a key is for one
    server, and no other may see it. Raises InputError, which never tells a key.
    """
    found = {}
    for one in named:
        host, _, variable = one.rpartition("=")
        found[host] = _key(variable, os.environ if environment is None else environment)
    hosts = {address.host for address in addresses}
    unknown = sorted(found.keys() - hosts - {""})
    if unknown:
        where = ", ".join(sorted(hosts))
        raise InputError(f"--api-key-env names {', '.join(unknown)}, where no judge is", hint=f"judges are at {where}")
    for host in found:
        origins = sorted({address.origin for address in addresses if host in ("", address.host)})
        if len(origins) > 1:
            raise InputError(
                f"judges are at {len(origins)} servers, and a key is for one: {', '.join(origins)}",
                hint=f"--api-key-env {min(hosts)}=VARIABLE",
            )
    return [found.get(address.host, found.get("", "")) for address in addresses]


def _key(variable: str, environment: Mapping[str, str]) -> str:
    """The value of a variable. Whoever types a key in place of its variable's name does not see it again."""
    if not (variable.isidentifier() and variable.isascii()):
        raise InputError(
            "--api-key-env takes the name of an environment variable, letters, digits and underscores, and not a key",
            hint="export JUDGE_KEY=...; --api-key-env JUDGE_KEY",
        )
    key = environment.get(variable, "").strip()
    if not key:
        shown = variable if len(variable) <= 40 and variable.upper() == variable else "that is named"
        raise InputError(
            f"the environment variable {shown} is not set, or empty", hint="export it: export JUDGE_KEY=..."
        )
    if not (key.isascii() and key.isprintable()):
        raise InputError(
            f"the environment variable {variable} holds a character that no request can carry", hint="set it again"
        )
    return key
