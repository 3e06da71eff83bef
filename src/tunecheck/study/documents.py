"""Documents: a study as the JSON text that the store keeps, and back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any

from tunecheck.core import AnswerPair, Axis, PairStudy, ReviewStudy, SheetAnswer, StoredStudy


def study_text(study: ReviewStudy | PairStudy) -> str:
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


def pair_study_from(stored: StoredStudy) -> PairStudy:
    """The A/B test that ``study_text`` was given, with its number."""
    fields: dict[str, Any] = json.loads(stored.text)
    pairs = tuple(
        AnswerPair(
            **{
                **pair,
                "strata": tuple((name, value) for name, value in pair["strata"]),
                "messages": tuple((role, content) for role, content in pair.get("messages", ())),
                "giveaways": tuple(pair["giveaways"]),
            }
        )
        for pair in fields.pop("pairs")
    )
    return PairStudy(number=stored.number, pairs=pairs, **fields)


def seal(study: PairStudy | StoredStudy) -> str:
    """SHA-256 of a test as it was planned: its pairs in their order, raters, margin, seed and secret, in hex.

    Said before the first vote, it shows in the end that nothing of these was changed meanwhile. Of a stored test it is
    that of the text as it was stored, whatever a later version would write.
    """
    text = study.text if isinstance(study, StoredStudy) else study_text(study)
    return hashlib.sha256(text.encode()).hexdigest()
