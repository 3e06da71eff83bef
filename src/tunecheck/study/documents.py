"""Documents: a study as the JSON text that the store keeps, and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from tunecheck.core import Axis, ReviewStudy, SheetAnswer, StoredStudy


def study_text(study: ReviewStudy) -> str:
    """A study as JSON text, without its number, which the store gives. Lone surrogates stay as escapes."""
    fields = asdict(study)
    del fields["number"]
    return json.dumps(fields, separators=(",", ":"))


def study_from(stored: StoredStudy) -> ReviewStudy:
    """The study that ``study_text`` was given, with its number."""
    fields: dict[str, Any] = json.loads(stored.text)
    axes = tuple(Axis(**{**axis, "anchors": tuple(axis["anchors"])}) for axis in fields.pop("axes"))
    answers = tuple(
        SheetAnswer(**{**answer, "strata": tuple((name, value) for name, value in answer["strata"])})
        for answer in fields.pop("answers")
    )
    return ReviewStudy(number=stored.number, axes=axes, answers=answers, **fields)
