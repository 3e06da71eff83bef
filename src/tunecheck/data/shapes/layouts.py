"""Layout: the columns by which a shape is known, one line for each spelling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SHAPES = ("alpaca", "sharegpt", "messages", "prompt_completion", "text", "tokens", "preference")
"""The names of the shapes, as ``load(shape=...)`` takes them."""

Columns = Mapping[str, str]
"""The roles of a layout's columns -> how this file spells them; absent where the file has no such column."""

_SYSTEM = ("system", "system_prompt")
_CONTEXT = ("context", *_SYSTEM)
_PROMPTS = ("messages", "conversations", "conversation", "prompt", "instruction", "question", "query", "input")


@dataclass(frozen=True, slots=True)
class Layout:
    """One spelling of a shape: columns that it needs, in the order prompt, response, and columns that it may have."""

    shape: str
    needs: tuple[str, ...]
    may_have: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The needed columns for people: "question and answer"."""
        return " and ".join(self.needs)


# In the order of preference: where a row fits several, the first stands. Preference rows fit other lines too, and
# columns named text often repeat what others hold, so those are first and last.
LAYOUTS = (
    Layout("tokens", ("input_ids",), ("labels", "attention_mask", "completion_mask", "assistant_masks")),
    Layout("preference", ("chosen", "rejected"), (*_PROMPTS, *_SYSTEM, "tools", "history")),
    Layout("preference", ("chosen_response", "rejected_response"), (*_PROMPTS, *_SYSTEM, "tools", "history")),
    Layout("preference", ("preferred_output", "non_preferred_output"), (*_PROMPTS, *_SYSTEM, "tools", "history")),
    Layout("messages", ("messages",), (*_SYSTEM, "tools")),
    Layout("sharegpt", ("conversations",), (*_SYSTEM, "tools")),
    Layout("sharegpt", ("conversation",), (*_SYSTEM, "tools")),
    Layout("alpaca", ("instruction", "output"), ("input", *_SYSTEM, "history", "tools")),
    Layout("prompt_completion", ("prompt", "completion"), _CONTEXT),
    Layout("prompt_completion", ("prompt", "response"), _CONTEXT),
    Layout("prompt_completion", ("prompt", "answer"), _CONTEXT),
    Layout("prompt_completion", ("prompt", "output"), _CONTEXT),
    Layout("prompt_completion", ("question", "answer"), _CONTEXT),
    Layout("prompt_completion", ("question", "response"), _CONTEXT),
    Layout("prompt_completion", ("query", "response"), _CONTEXT),
    Layout("prompt_completion", ("query", "answer"), _CONTEXT),
    Layout("prompt_completion", ("instruction", "response"), _CONTEXT),
    Layout("prompt_completion", ("input", "output"), _CONTEXT),
    Layout("prompt_completion", ("problem", "solution"), _CONTEXT),
    Layout("prompt_completion", ("source", "target"), _CONTEXT),
    Layout("prompt_completion", ("text", "summary"), _SYSTEM),
    Layout("prompt_completion", ("document", "summary"), _SYSTEM),
    Layout("prompt_completion", ("article", "highlights"), _SYSTEM),
    Layout("text", ("text",)),
    Layout("text", ("content",)),
)
