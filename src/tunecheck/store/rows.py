"""Records as rows of run.db, and rows as exactly the same records again."""

from __future__ import annotations

import json
import sys
from array import array
from collections.abc import Mapping
from typing import Any

from tunecheck.core.completions import Completion
from tunecheck.core.items import Item, Message, ToolCall
from tunecheck.core.scores import SequenceScore, TokenScores, Totals

# "l" and "L" have 4 or 8 bytes, depending on the platform; "q" and "Q" hold the same values everywhere.
_PORTABLE = {"l": "q", "L": "Q"}


def score_row(key: str, score: SequenceScore) -> dict[str, Any]:
    """The row of the table ``scores`` for one score."""
    full, tokens = score.full, score.tokens
    return {
        "key": key,
        "item_id": score.item_id,
        "nll_nats": score.response.nll_nats,
        "n_tokens": score.response.n_tokens,
        "n_bytes": score.response.n_bytes,
        "n_argmax": score.response.n_argmax,
        "full_nll_nats": full.nll_nats if full else None,
        "full_n_tokens": full.n_tokens if full else None,
        "full_n_bytes": full.n_bytes if full else None,
        "full_n_argmax": full.n_argmax if full else None,
        "token_positions": pack(tokens.positions) if tokens else None,
        "token_nll_nats": pack(tokens.nll_nats) if tokens else None,
        "token_is_argmax": pack(tokens.is_argmax) if tokens else None,
        "token_mean_nats": pack(tokens.mean_nats) if tokens and tokens.mean_nats is not None else None,
        "token_deviation_nats": pack(tokens.deviation_nats) if tokens and tokens.deviation_nats is not None else None,
    }


def score_from(row: Mapping[str, Any]) -> SequenceScore:
    """The score that a row of the table ``scores`` stands for; a row of an older table has no moments."""
    tokens = None
    if row["token_positions"] is not None:
        tokens = TokenScores(
            positions=unpack(row["token_positions"]),
            nll_nats=unpack(row["token_nll_nats"]),
            is_argmax=unpack(row["token_is_argmax"]),
            mean_nats=_unpack_or_none(row.get("token_mean_nats")),
            deviation_nats=_unpack_or_none(row.get("token_deviation_nats")),
        )
    full = _totals(row, "full_") if row["full_n_tokens"] is not None else None
    return SequenceScore(item_id=row["item_id"], response=_totals(row, ""), full=full, tokens=tokens)


def completion_row(key: str, completion: Completion) -> dict[str, Any]:
    """The row of the table ``completions`` for one completion."""
    return {
        "key": key,
        "item_id": completion.item_id,
        "sample": completion.sample,
        "text": completion.text,
        "token_ids": pack(completion.token_ids),
        "ended": completion.ended,
        "n_prompt_tokens": completion.n_prompt_tokens,
        "seed": completion.seed,
    }


def completion_from(row: Mapping[str, Any]) -> Completion:
    """The completion that a row of the table ``completions`` stands for."""
    return Completion(
        item_id=row["item_id"],
        sample=row["sample"],
        text=row["text"],
        token_ids=unpack(row["token_ids"]),
        ended=row["ended"],
        n_prompt_tokens=row["n_prompt_tokens"],
        seed=row["seed"],
    )


def pack(values: array[Any]) -> bytes:
    """An array as bytes: its typecode, then its values, least significant byte first.

    >>> pack(array("h", [1, 2]))
    b'h\\x01\\x00\\x02\\x00'
    """
    typecode = _PORTABLE.get(values.typecode, values.typecode)
    portable = array(typecode, values)
    if sys.byteorder == "big":
        portable.byteswap()
    return typecode.encode() + portable.tobytes()


def unpack(packed: bytes) -> array[Any]:
    """The array that ``pack`` was given.

    >>> unpack(pack(array("d", [0.5])))
    array('d', [0.5])
    """
    values: array[Any] = array(packed[:1].decode())
    values.frombytes(packed[1:])
    if sys.byteorder == "big":
        values.byteswap()
    return values


def _unpack_or_none(packed: bytes | None) -> array[Any] | None:
    return None if packed is None else unpack(packed)


def item_text(item: Item) -> str:
    """An item as JSON text. Its id is left out: it is the hash of the content."""
    fields = {
        "form": item.form,
        "response": _message_fields(item.response),
        "prompt": [_message_fields(message) for message in item.prompt],
        "tools_json": item.tools_json,
        "token_ids": item.token_ids,
        "learned": [int(flag) for flag in item.learned],
        "group": item.group,
        "metadata": item.metadata,
        "source": item.source,
    }
    # Escapes would turn two lone surrogates that follow each other into one character on the way back.
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def item_from(text: str) -> Item:
    """The item that ``item_text`` was given."""
    fields = json.loads(text)
    return Item(
        form=fields["form"],
        response=_message(fields["response"]),
        prompt=tuple(_message(message) for message in fields["prompt"]),
        tools_json=fields["tools_json"],
        token_ids=tuple(fields["token_ids"]),
        learned=tuple(bool(flag) for flag in fields["learned"]),
        group=fields["group"],
        metadata=tuple((name, value) for name, value in fields["metadata"]),
        source=fields["source"],
    )


def _totals(row: Mapping[str, Any], prefix: str) -> Totals:
    nll_nats = row[f"{prefix}nll_nats"]
    return Totals(
        nll_nats=float("nan") if nll_nats is None else nll_nats,  # SQLite keeps a NaN as NULL
        n_tokens=row[f"{prefix}n_tokens"],
        n_bytes=row[f"{prefix}n_bytes"],
        n_argmax=row[f"{prefix}n_argmax"],
    )


def _message_fields(message: Message) -> dict[str, Any]:
    return {
        "role": message.role,
        "content": message.content,
        "tool_calls": [[call.name, call.arguments_json, call.id] for call in message.tool_calls],
        "name": message.name,
        "weight": message.weight,
    }


def _message(fields: Mapping[str, Any]) -> Message:
    calls = tuple(ToolCall(name=name, arguments_json=text, id=id_) for name, text, id_ in fields["tool_calls"])
    return Message(
        role=fields["role"],
        content=fields["content"],
        tool_calls=calls,
        name=fields["name"],
        weight=fields["weight"],
    )
