"""Chat templates: messages become one text, and the place where the reference response begins is found in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tunecheck.core import Item, Message
from tunecheck.errors import ModelError

# For models without a template of their own. The layout of Stanford Alpaca's prompt without its preamble, which most
# template-free fine-tunes use: https://github.com/tatsu-lab/stanford_alpaca
PLAIN_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message.role == 'system' %}{{ message.content }}\n\n"
    "{% elif message.role == 'assistant' %}### Response:\n{{ message.content }}"
    "{% if not loop.last %}\n\n{% endif %}"
    "{% elif message.role == 'tool' %}### Result:\n{{ message.content }}\n\n"
    "{% else %}### Instruction:\n{{ message.content }}\n\n{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}### Response:\n{% endif %}"
)

# What transformers' templates are handed: role, content, and tool calls with their arguments as objects.
ChatMessage = Mapping[str, object]
Render = Callable[[Sequence[ChatMessage], list[object] | None, bool], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedItem:
    """One text and the characters ``[response_start, len(text))`` that are the reference response with its end mark.

    ``add_special_tokens`` is True where the tokenizer has to add its own (plain text), False where a template did.
    """

    text: str
    response_start: int
    add_special_tokens: bool


def render_item(item: Item, render: Render | None) -> RenderedItem:
    """The text of an item. ``render`` is None where prompt and completion are to be joined as they stand.

    Raises ModelError, naming the item, when the template fails or leaves the response out.
    """
    if item.form == "text":
        return RenderedItem(text=clean(item.response.content), response_start=0, add_special_tokens=True)
    if render is None and item.form == "completion":
        prompt = clean("".join(message.content for message in item.prompt))
        text = prompt + clean(item.response.content)
        return RenderedItem(text=text, response_start=len(prompt), add_special_tokens=True)
    if render is None:
        raise ModelError(
            f"{item.source or item.id}: a conversation needs a chat template",
            hint="leave out --template none, or name a template file: --template FILE",
        )
    text, start = _render_chat(item, render)
    return RenderedItem(text=text, response_start=start, add_special_tokens=False)


def clean(text: str) -> str:
    """Text that a tokenizer accepts: lone surrogates, which are no characters, become U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def chat_message(message: Message) -> ChatMessage:
    """A message in the form that chat templates expect."""
    chat: dict[str, object] = {"role": message.role, "content": clean(message.content)}
    if message.name:
        chat["name"] = message.name
    if message.tool_calls:
        chat["tool_calls"] = [
            {"type": "function", "id": call.id, "function": {"name": call.name, "arguments": _arguments(call)}}
            for call in message.tool_calls
        ]
    return chat


def _arguments(call: object) -> object:
    text = getattr(call, "arguments_json", "")
    try:
        return json.loads(text)
    except ValueError:
        return text


def _render_chat(item: Item, render: Render) -> tuple[str, int]:
    messages = [chat_message(message) for message in (*item.prompt, item.response)]
    tools = json.loads(item.tools_json) if item.tools_json else None
    full = render(messages, tools, False)
    for prompt in (render(messages[:-1], tools, True), render(messages[:-1], tools, False)):
        if full.startswith(prompt) and len(prompt) < len(full):
            return full, len(prompt)
    # Some templates rewrite earlier turns once an answer follows (they drop its reasoning): then the prompt is no
    # prefix, and the response is the last place where its text stands.
    needle = clean(item.response.content).strip()
    start = full.rfind(needle) if needle else -1
    if start < 0:
        raise ModelError(
            f"{item.source or item.id}: the chat template leaves the reference response out of its text",
            hint="check the template, or name another: --template FILE",
        )
    return full, start
