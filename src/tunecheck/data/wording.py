"""Wording: items as the words that they are compared by, each text taken apart once."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunecheck.core import Item, Message
from tunecheck.metrics import TokenList, Tokens, many, words

# A response of fewer words is shared by chance.
RESPONSE_WORDS = 8
# Shorter system prompts cost nothing; letters for private use are never in a word.
_LONG_SYSTEM_WORDS, _FIRST_SIGN, _MOST_SIGNS = 50, 0xE000, 6_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Items as words. Keys are hashes of all words of a text, or b"" when there are none: nothing is equal to nothing.

    content    words of prompt and response in one piece: where the prompt ends is not part of the content
    asked      words of the prompt without the assistant's turns: a model says the same in many conversations
    contents   keys of the contents; an item without any word has the key of its id
    prompts    keys of the prompts
    openings   keys of the first user turns
    responses  keys of the responses of eight words or more
    """

    items: Sequence[Item]
    content: Tokens
    asked: Tokens
    contents: Sequence[bytes]
    prompts: Sequence[bytes]
    openings: Sequence[bytes]
    responses: Sequence[bytes]

    def __len__(self) -> int:
        return len(self.items)

    def take(self, places: Sequence[int] | NDArray[np.int64]) -> Wording:
        """The items at these places."""
        at = np.asarray(places, dtype=np.int64)
        wanted = at.tolist()
        return Wording(
            items=[self.items[place] for place in wanted],
            content=self.content.take(at),
            asked=self.asked.take(at),
            contents=[self.contents[place] for place in wanted],
            prompts=[self.prompts[place] for place in wanted],
            openings=[self.openings[place] for place in wanted],
            responses=[self.responses[place] for place in wanted],
        )


Signs = Mapping[str, str]
"""System prompts, and the one letter that stands for all words of each."""


def signs_of(*sides: Sequence[Item]) -> Signs:
    """The long system prompts that many items have, which say nothing about any of them.

    Each counts as one word, or a prompt of a thousand words would be compared as often as there are rows.
    Sets that are compared with each other must have the same signs.
    """
    keys: dict[str, bytes] = {}
    found: dict[str, bytes] = {}
    for item in itertools.chain(*sides):
        if item.prompt and item.prompt[0].role == "system":
            text = item.prompt[0].content
            if text not in keys:
                taken = words(text)
                keys[text] = _key(taken) if len(taken) >= _LONG_SYSTEM_WORDS else b""
            found[item.id] = keys[text]
    least = many(sum(map(len, sides)))
    stock = [key for key, n in Counter(found.values()).most_common(_MOST_SIGNS) if key and n > least]
    letters = {key: chr(_FIRST_SIGN + place) for place, key in enumerate(stock)}
    return {text: letters[key] for text, key in keys.items() if key in letters}


def wording(items: Iterable[Item], signs: Signs) -> Wording:
    """The words of each item, with ``signs`` in the place of system prompts."""
    content, asked = TokenList(), TokenList()
    keys: list[tuple[bytes, bytes, bytes, bytes]] = []
    items = list(items)
    for item in items:
        turns = [(turn.role, _said(turn, signs)) for turn in item.prompt]
        prompt = _joined([found for _, found in turns])
        response = words(item.response.content)
        whole = prompt + response + _beside(item)
        content.add(whole)
        asked.add(_joined([found for role, found in turns if role != "assistant"]))
        # The first turn is mostly the whole prompt.
        of_prompt = _key(prompt)
        opening = next((found for role, found in turns if role == "user"), [])
        keys.append((
            _key(whole) or item.id.encode(),
            of_prompt,
            of_prompt if len(opening) == len(prompt) else _key(opening),
            _key(response) if len(response) >= RESPONSE_WORDS else b"",
        ))  # fmt: skip
    contents, prompts, openings, responses = zip(*keys, strict=True) if keys else ((), (), (), ())
    return Wording(
        items=items,
        content=content.tokens(),
        asked=asked.tokens(),
        contents=contents,
        prompts=prompts,
        openings=openings,
        responses=responses,
    )


def _said(turn: Message, signs: Signs) -> list[str]:
    sign = signs.get(turn.content) if turn.role == "system" else None
    return words(turn.content) if sign is None else [sign]


def _joined(turns: Sequence[list[str]]) -> list[str]:
    return turns[0] if len(turns) == 1 else [word for found in turns for word in found]


def _beside(item: Item) -> list[str]:
    """The words of tool calls and the tokens of a tokenised row."""
    response: Message = item.response
    if not response.tool_calls and not item.token_ids:
        return []
    calls = [call.name + " " + call.arguments_json for call in response.tool_calls]
    return words("\n".join([*calls, " ".join(map(str, item.token_ids))]))


def _key(found: list[str]) -> bytes:
    return hashlib.blake2b(" ".join(found).encode("utf-8", "replace"), digest_size=16).digest() if found else b""
