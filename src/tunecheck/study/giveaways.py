"""Giveaways: what lets a rater guess which of two answers is whose, and the same cleaning of both sides.

A blind test is blind as long as nothing but the quality tells the answers apart. Fine-tuned models leave marks: pieces
of their chat template, thinking aloud, another usual length, no end. What can be taken away is taken away from both
sides alike; what cannot is told, and the result is shown with and without the pairs that have it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_BAR = "\uff5c"
_TOKEN = (
    rf"<\|[A-Za-z0-9_-]{{1,40}}\|>|<{_BAR}[^{_BAR}<>\n]{{1,40}}{_BAR}>|</?s>|<</?SYS>>"
    r"|<\|(?:turn|channel|tool|tool_call|tool_response)>|<(?:turn|channel|tool|tool_call|tool_response)\|>"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|THINK)\]"
    r"|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>"
)
# A closed block of code that begins with a token shows a template to its reader: it is part of the answer.
_EXAMPLE = rf"(?P<example>^```[^\n]*\n\s{{0,8}}(?:{_TOKEN})[^\n]*\n(?:(?!```)[^\n]*\n)*```[ \t]*$)"
_SPECIAL = re.compile(rf"{_EXAMPLE}|{_TOKEN}|(?<!`)</?think(?:ing)?>(?!`)", re.MULTILINE)
_END = (
    r"(?:<\|(?:im_end|eot_id|eom_id|eot|end|return|call|endoftext|end_of_text|end_of_turn|END_OF_TURN_TOKEN)\|>"
    rf"|<end_of_turn>|<turn\|>|</s>|<eos>|<{_BAR}end.of.sentence{_BAR}>)"
)
_ENDED = re.compile(_END, re.IGNORECASE)
_ROLE = "(?:assistant|model|gpt|chatbot|bot|ai|user|human|system|developer|tool|ipython|function|observation)"
_LABEL = "(?:Instruction|Input|Human|User|Question)"
_OPENS = r"(?:<\|im_start\|>|<start_of_turn>|<\|turn>)"
_HEADER = (
    r"<\|(?:start_header_id|header_start|start_of_role)\|>\s{0,8}(?P<%s>\w{1,32})\s{0,8}"
    r"<\|(?:end_header_id|header_end|end_of_role)\|>"
)
_CHANNEL = r"<\|channel\|>(?P<%s>\w{1,32})[^<\n]{0,80}"
_MESSAGE = r"(?:<\|constrain\|>[^<\n]{0,20})?<\|message\|>"
# A turn begins on a line of its own, behind a token, or glued to the last word; elsewhere a sentence is about it.
_HERE = r"(?:^[ \t]{0,8}|(?<=>)[ \t]?|(?<=[^\s`\"'(\[,*]))"
# Who speaks next, as templates write it. The last group that matched holds the role.
_TURN = re.compile(
    rf"{_EXAMPLE}"
    rf"|{_END}\s{{0,8}}(?:{_OPENS}|\#{{2,3}}[ ]?)?(?P<after>{_ROLE}|{_LABEL}|Response)[ \t]{{0,8}}(?:[:\n]|\Z)"
    rf"|{_OPENS}[ \t]{{0,8}}(?P<named>{_ROLE})[ \t]{{0,8}}(?:[:\n]|<\|im_sep\|>|\Z)"
    rf"|{_HERE}{_HEADER % 'between'}|{_HEADER % 'above'}[ \t]{{0,8}}\n"
    rf"|<\|start\|>(?P<sender>\w{{1,32}})[^<\n]{{0,80}}(?:{_CHANNEL % 'sent'})?{_MESSAGE}"
    rf"|{_CHANNEL % 'channel'}{_MESSAGE}"
    r"|<\|START_OF_TURN_TOKEN\|>\s{0,8}<\|(?P<spoken>CHATBOT|USER|SYSTEM)_TOKEN\|>"
    rf"|{_HERE}<[|{_BAR}](?P<alone>{_ROLE})[|{_BAR}]>|<\|(?P<line>{_ROLE})\|>[ \t]{{0,8}}\n"
    rf"|(?:{_HERE}|(?<=[.!?][ ])(?<!\.[eg]\.[ ]))\[(?P<asked>INST)\]|\[(?P<answered>/INST)\]"
    rf"|(?:{_HERE}|(?<=\][ ]))<<(?P<told>SYS)>>|<<(?P<heard>/SYS)>>",
    re.MULTILINE | re.IGNORECASE,
)
_ANSWERS = {"assistant", "model", "gpt", "chatbot", "bot", "ai", "final", "response", "/inst"}
_THINKS = {"analysis", "commentary"}
_THOUGHT = re.compile(
    rf"{_EXAMPLE}|(?P<quoted>`</?(?:think|thinking|thought|reasoning)>`)|(?P<fresh>^[ \t]{{0,8}}|(?<=[>\]]))?"
    r"(?:(?P<opens><(?:think|thinking|thought|reasoning)>|\[THINK\]|<\|channel>thought\b)"
    r"|(?P<closes></(?:think|thinking|thought|reasoning)>|\[/THINK\]|<channel\|>))",
    re.MULTILINE | re.IGNORECASE,
)
# A heading of the template before the answer, and the next turn that a model without an end goes on with.
_HEADING = re.compile(
    r"\A(?:\s*(?:#{2,3} ?(?:Response|Answer|Output) ?:|(?:assistant|gpt)[ \t]{0,8}(?:[:\n]|\Z)"
    r"|(?-i:model)[ \t]{0,8}(?:\n|\Z)))+",
    re.IGNORECASE,
)
_PROMPT = re.compile(r"\A\s*#{2,3} ?Instruction ?:", re.IGNORECASE)
_RESPONSE = re.compile(r"\n#{2,3} ?Response ?:", re.IGNORECASE)
_NEXT_TURN = re.compile(
    rf"\n[ \t]{{0,8}}(?:#{{2,3}} ?{_LABEL} ?:|(?:Human|User) ?:)"
    r"|(?-i:(?<=[a-z0-9)][.!?])(?<!self\.)assistant\n\n(?=[A-Z]))",
    re.IGNORECASE,
)
# Turns whose tokens a decoder left out: the bare names of the roles, each on a line.
_BARE_TURN = re.compile(r"\n(?:user|human)\n(?!\s{0,8}(?:assistant|model|system)\b)")
_BEGINS = re.compile(
    rf"\s*(?:{_TOKEN}|</?think(?:ing)?>|(?:\*\*|#{{1,6}} ?)?(?:(?:assistant|user|human|system)\b(?:\*\*)? ?[:\n]"
    r"|(?:AI(?: assistant)?|chatbot|bot|gpt|(?:model )?response|reply|instruction)\b(?:\*\*)? ?:))",
    re.IGNORECASE,
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

    Of several turns the answer is the first that the model speaks in; with none, nothing is left. Outer blank lines,
    blanks before the answer and white space after it always go, and lines end with a line feed: models differ in them
    and people do not see them, so this is not told. Code whose second line is indented like its first stays indented.

    >>> cleaned("<think>hm</think>### Response: Paris.<|im_end|>")
    Cleaned(text='Paris.', removed=('thinking', 'a heading of the template', 'special tokens'))
    >>> cleaned("\\n\\n Paris. \\r\\n")
    Cleaned(text='Paris.', removed=())
    """
    text, removed = _own_turn(_trimmed(text.replace("\r\n", "\n").replace("\r", "\n")))
    for name, without in (
        ("thinking", _without_thinking),
        ("special tokens", _without_tokens),
        ("a heading of the template", _without_heading),
        ("a next turn", _without_next_turn),
    ):
        rest = without(text)
        if rest != text:
            removed.add(name)
            text = rest
    told = ("thinking", "a heading of the template", "a next turn", "special tokens")
    return Cleaned(text=_trimmed(text), removed=tuple(name for name in told if name in removed))


def _trimmed(text: str) -> str:
    """The text without white space around it, but for the indentation of a block of code."""
    body = text.strip()
    first = text[: len(text) - len(text.lstrip())].rpartition("\n")[2]
    following = next((line for line in body.split("\n")[1:] if line.strip()), "")
    second = following[: len(following) - len(following.lstrip())]
    # One blank is what a tokenizer puts before a text, or takes from it: no indentation, and no other one.
    if len(first) >= 2 and len(second) >= 2 and abs(len(first) - len(second)) == 1:
        return second + body
    is_code = (len(first) >= 2 or first == "\t") and second.startswith(first)
    return first + body if is_code else body


def _own_turn(text: str) -> tuple[str, set[str]]:
    """The first turn in which the model says something to its reader, and what stood around it."""
    turns = _turns(text)
    if len(turns) == 1:
        return text, set()
    own = None
    for at, (role, said) in enumerate(turns):
        # What stands before a final channel was thought, though the mark of its beginning is missing.
        if role in _ANSWERS and (own is None or role == "final"):
            own = at if _without_tokens(said).strip() else own
        elif role not in _THINKS and (own is not None or (at == 1 and _ENDED.search(turns[0][1]))):
            break
    if own is None:
        roles = {role for role, _ in turns}
        return "", {
            "thinking" if roles & _THINKS else "a next turn" if roles - _ANSWERS else "a heading of the template"
        }
    thought = any(role in _THINKS or (role in _ANSWERS and _without_tokens(said).strip()) for role, said in turns[:own])
    around = {"thinking": thought, "a heading of the template": own, "a next turn": own < len(turns) - 1}
    return turns[own][1], {name for name, is_there in around.items() if is_there}


def _turns(text: str) -> list[tuple[str, str]]:
    """Who speaks, in lower case, and what; an answer begins in the model's own turn."""
    turns, role, at, was_asked = [], "assistant", 0, False
    for found in _TURN.finditer(text):
        kind = found.lastgroup or ""
        if kind == "example" or (kind == "answered" and role in _ANSWERS) or (kind == "heard" and role != "sys"):
            continue
        end = _ENDED.match(text, found.start())
        turns.append((role, text[at : end.end() if end else found.start()]))
        was_asked = was_asked or kind == "asked"
        role, at = found[kind].lower(), found.end()
        if kind == "heard":
            role = "user" if was_asked else "assistant"
    return [*turns, (role, text[at:])]


def _without_tokens(text: str) -> str:
    return _SPECIAL.sub(lambda found: found["example"] or "", text)


def _without_thinking(text: str) -> str:
    """Templates may open the thinking unseen: what ends without a beginning began with the text."""
    if text.startswith("analysis") and "assistantfinal" in text:
        return text.partition("assistantfinal")[2]
    kept: list[str] = []
    at, opened, was_opened = 0, None, False
    for mark in _THOUGHT.finditer(text):
        if mark["opens"]:
            # One inside a sentence may be a word about it; one that begins a line is not.
            if opened is None or (opened["fresh"] is None and mark["fresh"] is not None):
                opened, was_opened = mark, True
        elif mark["closes"]:
            if was_opened:
                kept.append(text[at : (opened or mark).start()])
            else:
                kept.clear()
            at, opened = mark.end(), None
    is_open = opened is not None and opened["fresh"] is not None
    return "".join([*kept, text[at : opened.start() if opened and is_open else len(text)]])


def _without_heading(text: str) -> str:
    if _PROMPT.match(text) and (response := _RESPONSE.search(text)):
        text = text[response.end() :]
    heading = _HEADING.match(text)
    return text[heading.end() :] if heading else text


def _without_next_turn(text: str) -> str:
    """A bare name of a role is a turn only where the model's own follows it: a list may have such a line."""
    found = _NEXT_TURN.search(text)
    text = text[: found.start()] if found else text
    bare = _BARE_TURN.search(text, 0, max(text.rfind("\nassistant\n"), 0))
    return text[: bare.start()] if bare else text


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
        ("begins like a template", lambda text: bool(_BEGINS.match(text))),
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
