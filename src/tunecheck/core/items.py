"""Item and Dataset: the examples that everything else speaks about."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Form = Literal["chat", "completion", "text", "tokens"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """One call of a function by the assistant; ``arguments_json`` is the JSON text of its arguments."""

    name: str
    arguments_json: str
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn: ``role`` is system, user, assistant or tool; ``weight`` 0 means training did not learn from it."""

    role: str
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    name: str = ""
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One example: the messages of the prompt and the reference response.

    form        chat: rendered through a chat template; completion: prompt and response are joined as they stand when
                there is no template; text: the response is the whole text and there is no prompt; tokens: token ids
    prompt      all messages before the reference response
    response    the reference response; its content is the whole text for the form ``text``
    tools_json  JSON text of the tool definitions offered to the model, or ""
    token_ids   token ids of a tokenised row, else ()
    learned     for a tokenised row, which of token_ids carry a label (labels != -100), else ()
    group       rows that share a group (a conversation, a document) are one unit of the statistics; "" means alone
    metadata    the other scalar columns of the row, as (name, JSON text)
    source      where it came from, for people: "val.jsonl line 12"
    """

    form: Form
    response: Message
    prompt: tuple[Message, ...] = ()
    tools_json: str = ""
    token_ids: tuple[int, ...] = ()
    learned: tuple[bool, ...] = ()
    group: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    source: str = ""
    id: str = field(default="", init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", _content_hash(self))

    @property
    def unit(self) -> str:
        """What the statistics treat as one draw: the group, or else the item, so that copies of a row count as one."""
        return self.group or self.id

    @property
    def prompt_text(self) -> str:
        """The prompt for people to read: one line ``role: content`` a message."""
        return "\n".join(f"{message.role}: {message.content}" for message in self.prompt)

    @property
    def readable_prompt(self) -> str:
        """The prompt for people: a single message as it stands, a conversation as ``prompt_text`` has it."""
        return self.prompt[0].content if len(self.prompt) == 1 else self.prompt_text


def _content_hash(item: Item) -> str:
    # The name of a speaker is content too: templates print it.
    messages = [
        [m.role, m.content, [[c.name, c.arguments_json] for c in m.tool_calls], *([m.name] if m.name else [])]
        for m in (*item.prompt, item.response)
    ]
    content = [item.form, messages, item.tools_json, list(item.token_ids), [int(flag) for flag in item.learned]]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """An immutable, ordered set of items, and how they were read.

    name       the path it came from, or a name for data given in memory
    shape      the row shape that was recognised or forced: alpaca, sharegpt, messages, prompt_completion, text, tokens
    evidence   why that shape, in one sentence
    n_rows     rows read, good and bad
    skipped    one message for each bad row that was left out on request
    """

    name: str
    items: tuple[Item, ...]
    shape: str
    evidence: str = ""
    n_rows: int = 0
    skipped: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    @property
    def fingerprint(self) -> str:
        """Hash of the ids in order: the same content in the same order has the same fingerprint."""
        return hashlib.blake2b("".join(item.id for item in self.items).encode(), digest_size=8).hexdigest()
