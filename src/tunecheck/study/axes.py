"""Axes: what answers are rated on unless somebody says otherwise, and own ones from the command line or a file."""

from __future__ import annotations

import re

from tunecheck.core import RESERVED_FIELDS, Axis
from tunecheck.errors import InputError

AXES = (
    Axis(
        name="accuracy",
        title="Accuracy",
        question="Is what it says true, and does it do what was asked?",
        anchors=(
            "wrong, or made up",
            "a serious mistake",
            "mostly right, with a mistake that matters",
            "right but for a detail",
            "nothing wrong",
        ),
    ),
    Axis(
        name="relevance",
        title="Relevance",
        question="Does it answer this prompt, all of it and nothing beside it?",
        anchors=(
            "about something else",
            "touches the question",
            "answers a part of it, or much beside it",
            "answers it, with a little too much or too little",
            "exactly what was asked",
        ),
    ),
    Axis(
        name="fluency",
        title="Fluency",
        question="Does it read well?",
        anchors=(
            "not readable",
            "hard to read",
            "understandable, but clumsy",
            "reads well, with a slip",
            "reads as a careful person writes",
        ),
    ),
    Axis(
        name="format",
        title="Format",
        question="Has it the form that was asked for: length, layout, language, code or markup?",
        anchors=(
            "not the form asked for",
            "broken where it matters",
            "usable after changes",
            "right but for a detail",
            "exactly the form asked for",
        ),
    ),
)
ANCHORS = ("very bad", "bad", "fair", "good", "very good")
MOST_AXES = 8

# What other columns of a sheet or of exported ratings are called.
_COLUMNS = frozenset(
    {
        *("id", "prompt", "expected", "generated", "scores", "notes", "cannot_judge", "token"),
        *("answer", "item", "side", "rater", "looked_at_reference", "seconds", "at", "proof", "shown_at", "do"),
    }
)
_TAKEN = RESERVED_FIELDS | _COLUMNS
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")


def parse_axis(text: str) -> Axis:
    """An axis from "name", "name: question" or "name: question | 1 | 2 | 3 | 4 | 5"; one of the usual four by its name.

    Raises InputError for a name that is not letters, digits and underscores, and for other than five anchors.

    >>> parse_axis("tone: Is it polite?").question
    'Is it polite?'
    """
    name, _, rest = text.partition(":")
    name = name.strip().lower().replace("-", "_").replace(" ", "_")
    question, *anchors = (part.strip() for part in rest.split("|"))
    if not _NAME.fullmatch(name) or name in _TAKEN:
        raise InputError(
            f"an axis cannot be called {name!r}",
            hint="begin with a letter, then letters, digits and underscores, and not one of "
            + ", ".join(sorted(_TAKEN)),
        )
    usual = next((axis for axis in AXES if axis.name == name), None)
    if anchors and len(anchors) != 5:
        raise InputError(
            f"the axis {name} has {len(anchors)} anchors, and the scale has 5 values",
            hint=f'write --axis "{name}: question | what 1 is | what 2 is | 3 | 4 | 5"',
        )
    if usual is not None and not rest.strip():
        return usual
    one, two, three, four, five = anchors or (usual.anchors if usual else ANCHORS)
    return Axis(
        name=name,
        title=name.replace("_", " ").capitalize(),
        question=question or (usual.question if usual else ""),
        anchors=(one, two, three, four, five),
    )


def parse_axes(texts: tuple[str, ...]) -> tuple[Axis, ...]:
    """The axes of a sheet; the usual four where nothing is said.

    Raises InputError for two of one name, and for more than people can hold in mind.
    """
    axes = tuple(parse_axis(text) for text in texts) or AXES
    names = [axis.name for axis in axes]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"the axis {twice} is there twice", hint="name each axis once")
    if len(axes) > MOST_AXES:
        raise InputError(f"{len(axes)} axes are more than people can hold in mind", hint=f"name at most {MOST_AXES}")
    return axes
