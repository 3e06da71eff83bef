"""Forms: what a page or its script sent, read and bounded before anything acts on it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from tunecheck.runner import MOST_CHANGES_AT_ONCE, Change

_MOST_FIELDS = 100


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form; of several with one name the last. Answers 400 where it is none."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise HTTPException(415, "send a form")
    try:
        body = (await request.body()).decode("utf-8")
        pairs = parse_qsl(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except (ValueError, UnicodeDecodeError) as error:
        raise HTTPException(400, "the form cannot be read") from error
    # Browsers send the line ends of a text as CR LF.
    return {name: value.replace("\r\n", "\n") for name, value in pairs}


async def json_of(request: Request) -> Mapping[str, Any]:
    """The JSON object of a script. Answers 400 where it is none."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HTTPException(415, "send JSON")
    try:
        found = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "the JSON cannot be read") from error
    if not isinstance(found, dict):
        raise HTTPException(400, "send an object")
    return found


def changes_of(given: object) -> list[Change]:
    """The changes that a script sent. Answers 400 for what is none."""
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) > MOST_CHANGES_AT_ONCE:
        raise HTTPException(400, f"send a list of at most {MOST_CHANGES_AT_ONCE} changes")
    return [_change(one) for one in given]


def _change(one: object) -> Change:
    texts = ("token", "field", "value", "key")
    if not isinstance(one, dict) or not all(isinstance(one.get(name), str) for name in texts):
        raise HTTPException(400, "a change has the texts token, field, value and key")
    active_s = one.get("active_s", 0.0)
    if isinstance(active_s, bool) or not isinstance(active_s, (int, float)):
        raise HTTPException(400, "active_s is a number of seconds")
    # Bounded first: JSON has whole numbers that are too large for a float.
    return Change(**{name: one[name] for name in texts}, active_s=float(max(0, min(active_s, 1e6))))
