"""Answers: what tuned and base said to the prompts of a data file, beside what they should have said."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from tunecheck.core.completions import Completion, GenerationSettings
from tunecheck.core.document import JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One sample of one item: prompt and reference for people to read, and the completion of each side.

    base       None where the base was not asked
    metadata   the other scalar columns of the row, as (name, JSON text)
    """

    item_id: str
    prompt: str
    reference: str
    tuned: Completion
    base: Completion | None = None
    metadata: tuple[tuple[str, str], ...] = ()

    def row(self) -> dict[str, JSON]:
        """The row of a predictions file."""
        row: dict[str, JSON] = {
            "id": self.item_id,
            "prompt": self.prompt,
            "reference": self.reference,
            "prediction": self.tuned.text,
            **({"base_prediction": self.base.text} if self.base else {}),
            "ended": self.tuned.ended,
            **({"base_ended": self.base.ended} if self.base else {}),
            "n_tokens": len(self.tuned.token_ids),
            **({"base_n_tokens": len(self.base.token_ids)} if self.base else {}),
            "sample": self.tuned.sample,
        }
        return {**row, **({"metadata": self._metadata()} if self.metadata else {})}

    def _metadata(self) -> dict[str, JSON]:
        return {name: json.loads(text) for name, text in self.metadata}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The answers to a data file, in its order, all samples of a row after each other; and how they were made.

    path       the file that they were written to, or "" when nothing was written
    model, base  as they were named; base is None where it was not asked
    n_items    rows that were answered
    signature  all that could change an answer, on one line
    """

    rows: tuple[Answer, ...]
    settings: GenerationSettings
    model: str
    base: str | None
    n_items: int
    skipped: tuple[str, ...] = ()
    path: str = ""
    signature: str = ""

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Answer]:
        return iter(self.rows)

    @property
    def n_truncated(self) -> int:
        """Answers of the tuned model that are only a beginning: the tokens or the context were used up."""
        return sum(answer.tuned.is_truncated for answer in self.rows)

    def json_lines(self) -> str:
        """The predictions file: one JSON object a line. Lone surrogates stand as the escapes that JSON has for them."""
        lines = [json.dumps(answer.row(), ensure_ascii=False) + "\n" for answer in self.rows]
        return "".join(lines).encode("utf-8", "backslashreplace").decode("utf-8")

    def document(self) -> JSON:
        """What was made and how, without the texts."""
        sides = {"tuned": [answer.tuned for answer in self.rows]}
        if self.base is not None:
            sides["base"] = [answer.base for answer in self.rows if answer.base is not None]
        settings: dict[str, JSON] = asdict(self.settings)
        return {
            "out": self.path,
            "model": self.model,
            "base": self.base,
            "n_items": self.n_items,
            "n_answers": len(self.rows),
            "n_skipped_rows": len(self.skipped),
            "ended": {side: dict(sorted(Counter(one.ended for one in made).items())) for side, made in sides.items()},
            "n_tokens": {side: sum(len(one.token_ids) for one in made) for side, made in sides.items()},
            "settings": {**settings, "stop": list(self.settings.stop)},
            "signature": self.signature,
        }
