"""Plain sequences: a text, or token ids that a tokenizer has made already."""

from __future__ import annotations

from tunecheck.core import Message
from tunecheck.data.rows import BadRow, Example, NoResponse, Row, as_list, response_text, shown
from tunecheck.data.shapes.layouts import Columns

_NOT_LEARNED = -100  # The label that PyTorch's cross entropy ignores by default.


def text_reader(columns: Columns) -> _TextReader:
    """The reader of rows that are one text: there is no prompt, and the response is all of it."""
    return _TextReader(columns)


class _TextReader:
    def __init__(self, columns: Columns) -> None:
        self._text = next(iter(columns.values()))

    def __call__(self, row: Row) -> Example:
        return Example("text", Message(role="text", content=response_text(row, self._text)))


def tokens_reader(columns: Columns) -> _TokensReader:
    """The reader of rows with input_ids, and labels of -100 where training did not learn."""
    return _TokensReader(columns)


class _TokensReader:
    def __init__(self, columns: Columns) -> None:
        self._columns = columns

    def __call__(self, row: Row) -> Example:
        token_ids = _integers(row, self._columns["input_ids"])
        if token_ids is None:
            raise NoResponse(f"no response: {self._columns['input_ids']} is missing")
        learned = self._learned(row, token_ids)
        attended = self._flags(row, "attention_mask", token_ids)
        if attended is not None:
            kept = [place for place, flag in enumerate(attended) if flag]
            token_ids, learned = [token_ids[place] for place in kept], [learned[place] for place in kept]
        if not any(learned):
            raise NoResponse("no response: no token has a label to learn")
        return Example(
            "tokens", Message(role="text", content=""), token_ids=tuple(token_ids), learned=tuple(map(bool, learned))
        )

    def _learned(self, row: Row, token_ids: list[int]) -> list[int]:
        labels = self._flags(row, "labels", token_ids)
        if labels is None:
            for mask in ("completion_mask", "assistant_masks"):
                flags = self._flags(row, mask, token_ids)
                if flags is not None:
                    return flags
            return [1] * len(token_ids)
        for place, (label, token) in enumerate(zip(labels, token_ids, strict=True)):
            if label not in (token, _NOT_LEARNED):
                # Shifted labels, or those of an encoder-decoder, would be scored as something else than they mean.
                raise BadRow(f"labels[{place}] {label} is neither input_ids[{place}], which is {token}, nor -100")
        return [label != _NOT_LEARNED for label in labels]

    def _flags(self, row: Row, role: str, token_ids: list[int]) -> list[int] | None:
        column = self._columns.get(role)
        values = _integers(row, column) if column is not None else None
        if values is not None and len(values) != len(token_ids):
            raise BadRow(f"{column} has {len(values)} values and input_ids has {len(token_ids)}")
        return values


def _integers(row: Row, column: str) -> list[int] | None:
    value = row.get(column)
    if value is None or value == "":
        return None
    found: list[int] = []
    for place, number in enumerate(as_list(value, column, of="integers")):
        if not isinstance(number, int) or isinstance(number, bool) or not _NOT_LEARNED <= number < 2**31:
            raise BadRow(f"{column}[{place}] {shown(number)} is not a token id")
        if number < 0 and (column != "labels" or number != _NOT_LEARNED):
            raise BadRow(f"{column}[{place}] {number} is below 0")
        found.append(number)
    return found
