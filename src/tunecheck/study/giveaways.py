"""Giveaways: what lets a rater guess which of two answers is whose, and the same cleaning of both sides.

A blind test is blind as long as nothing but the quality tells the answers apart. Fine-tuned models leave marks: pieces
of their chat template, thinking aloud, another usual length, no end. What can be taken away is taken away from both
sides alike; what cannot is told, and the result is shown with and without the pairs that have it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_SPECIAL = re.compile(
    r"<\|[A-Za-z0-9_ ]{1,40}\|>|<\uff5c[^\uff5c>]{1,40}\uff5c>|</?s>|\[/?INST\]|<</?SYS>>"
    r"|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>"
)
_THINKING = re.compile(r"<(think|thinking|thought|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
# A heading of the template before the answer, and the next turn that a model without an end goes on with.
_HEADING = re.compile(
    r"\A\s{0,40}(?:#{2,3} ?(?:Response|Answer|Output) ?:|(?:assistant|gpt|model)[ \t]{0,8}[:\n])\s*", re.IGNORECASE
)
_NEXT_TURN = re.compile(
    r"\n[ \t]{0,8}(?:#{2,3} ?(?:Instruction|Input|Human|User|Question) ?:|(?:Human|User) ?:).*\Z",
    re.DOTALL | re.IGNORECASE,
)
_KNOWN = (
    r"chatgpt|gpt-?[345][\w.-]*|openai|claude|anthropic|gemini|gemma|llama[\w.-]*|mistral|mixtral|qwen[\w.-]*|deepseek[\w.-]*"
    r"|vicuna|alpaca|phi-?[234]|falcon|bard|copilot|grok|smollm[\w.-]*|olmo[\w.-]*|alibaba cloud|meta ai"
)
_SAYS_WHO = "i am|i'm|i\u2019m|my name is|this is|called|named|developed by|trained by|created by|made by"
_SELF = re.compile(rf"\b(?:{_SAYS_WHO})\b[^.\n]{{0,40}}?\b(?:{_KNOWN})\b", re.IGNORECASE)
# One answer that is so many times as long as the other stands out before it is read.
LENGTH_RATIO = 4.0
LEAST_CHARACTERS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """A text without what no person wrote or would read, and what was taken away, in words."""

    text: str
    removed: tuple[str, ...]


def cleaned(text: str) -> Cleaned:
    """Take away thinking, special tokens, a template's heading and a next turn; the rest stays as it is.

    >>> cleaned("<think>hm</think>### Response: Paris.<|im_end|>")
    Cleaned(text='Paris.', removed=('thinking', 'a heading of the template', 'special tokens'))
    """
    removed = []
    for name, pattern in (
        ("thinking", _THINKING),
        ("a heading of the template", _HEADING),
        ("a next turn", _NEXT_TURN),
        ("special tokens", _SPECIAL),
    ):
        rest = pattern.sub("", text)
        if rest != text:
            removed.append(name)
            text = rest
    return Cleaned(text=text.strip() if removed else text, removed=tuple(removed))


def giveaways(tuned: str, base: str, *, names: Sequence[str] = ()) -> tuple[str, ...]:
    """Why a rater may guess whose answer is whose, in words; the texts are those that will be shown.

    ``names`` are the models' own. What both answers have alike gives nothing away.

    >>> giveaways("I am Qwen, a helpful model.", "Paris.")
    ('tuned names itself',)
    """
    found = []
    for told, has in (
        ("names itself", lambda text: _names_itself(text, names)),
        ("has no end", _has_no_end),
        ("is empty", lambda text: not text.strip()),
    ):
        sides = [side for side, text in (("tuned", tuned), ("base", base)) if has(text)]
        if len(sides) == 1:
            found.append(f"{sides[0]} {told}")
    longer, shorter = max(len(tuned), len(base)), min(len(tuned), len(base))
    if longer >= LEAST_CHARACTERS and longer >= LENGTH_RATIO * max(shorter, 1):
        side = "tuned" if len(tuned) > len(base) else "base"
        found.append(f"{side} is {longer / max(shorter, 1):.0f} times as long")
    return tuple(found)


def _names_itself(text: str, names: Sequence[str]) -> bool:
    if _SELF.search(text):
        return True
    own = [name for name in names if len(name) >= 4]
    return any(re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE) for name in own)


def _has_no_end(text: str) -> bool:
    """An answer of some length that stops inside a sentence, or a block of code that is never closed."""
    end = text.rstrip()
    if end.count("```") % 2:
        return True
    if len(end) < LEAST_CHARACTERS or not end[-1].isalnum():
        return False
    # The last point of a list needs no full stop.
    return not end.rpartition("\n")[2].lstrip().startswith(("-", "*", "|"))
