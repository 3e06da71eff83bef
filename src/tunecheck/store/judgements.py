"""Rows of the table of judgements, and what keeps and finds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, select
from sqlalchemy.dialects.sqlite import insert

from tunecheck.core import Judgement
from tunecheck.store.schema import JUDGEMENTS

_QUESTION = ("study", "judge", "entry", "swapped", "canary")
_SAID = ("outcome", "reason", "reply", "seconds", "prompt_tokens", "completion_tokens", "at")


def keep_judgements(connection: Connection, judgements: Sequence[Judgement]) -> None:
    """Add rows; one of a question that is there already changes it only where it failed."""
    adding = insert(JUDGEMENTS)
    keeping = adding.on_conflict_do_update(
        index_elements=_QUESTION,
        set_={name: adding.excluded[name] for name in _SAID},
        where=JUDGEMENTS.c.outcome == "failed",
    )
    connection.execute(keeping, [_row(said) for said in judgements])


def of_study(study: int) -> Select[Any]:
    """The rows of a study, in their order."""
    columns = [JUDGEMENTS.c[name] for name in (*_QUESTION, *_SAID)]
    return select(*columns).where(JUDGEMENTS.c.study == study).order_by(JUDGEMENTS.c.number)


def judgement_of(row: Any) -> Judgement:
    """The judgement in a row of ``of_study``."""
    fields: dict[str, Any] = row._asdict()
    return Judgement(**{**fields, "swapped": bool(fields["swapped"])})


def _row(said: Judgement) -> dict[str, object]:
    return {name: getattr(said, name) for name in (*_QUESTION, *_SAID)} | {"swapped": int(said.swapped)}
