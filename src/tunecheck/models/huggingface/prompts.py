"""Prompts: an item without its reference response becomes token ids, and what ends an answer is found out."""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tunecheck.core import EncodedPrompt, Item, Message
from tunecheck.errors import DataError, ModelError
from tunecheck.models.huggingface.text import TextSide
from tunecheck.models.templates import RenderedItem, chat_message, clean, render_item

# Stands for an answer while it is found out what a template writes around one.
_ANSWER = "tunecheckanswer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """What ends an answer, and what a chat template writes around one.

    ids         tokens that end it
    mark        text that ends it, where the template's end mark is ordinary text; else ""
    lead, tail  what the template puts between the prompt and the answer, and between the answer and its end
    """

    ids: frozenset[int]
    mark: str = ""
    lead: str = ""
    tail: str = ""

    def texts(self) -> tuple[tuple[str, str], ...]:
        """The texts by their names."""
        return ("mark", self.mark), ("lead", self.lead), ("tail", self.tail)


def encode_prompts(text: TextSide, items: Sequence[Item]) -> list[EncodedPrompt]:
    """Render and tokenise what stands before the reference response, with the template's mark that an answer follows.

    Raises ModelError when the template fails, and DataError for an item that has nothing to answer.
    """
    rendered = {n: _render(text, item) for n, item in enumerate(items) if item.form != "tokens"}
    tokens = text._tokenise(rendered)
    prompts = []
    for n, item in enumerate(items):
        if n in rendered:
            offsets = tokens[n].offsets
            ids = list(tokens[n].ids)
            # Some tokenizers end each text with an end token; it would end the answer before it begins.
            while len(ids) > 1 and ids[-1] == text.tokenizer.eos_token_id and offsets[len(ids) - 1].tolist() == [0, 0]:
                ids.pop()
        else:
            ids = list(item.token_ids[: item.learned.index(True) if True in item.learned else None])
        is_templated = n in rendered and not rendered[n].add_special_tokens
        prompts.append(EncodedPrompt(item_id=item.id, token_ids=array("q", ids), is_templated=is_templated))
        _check(text, item, ids)
    return prompts


def find_ends(model: Any, text: TextSide) -> Ends:
    """The end tokens of the generation config, the model's config, the tokenizer and the template's end of turn.

    Any of them may be the only one that is right: base models name their document end, fine-tunes add an end of turn to
    the template and forget the configs.
    """
    config = model.config.get_text_config() if hasattr(model.config, "get_text_config") else model.config
    named = (getattr(getattr(model, "generation_config", None), "eos_token_id", None), config.eos_token_id,
             text.tokenizer.eos_token_id)  # fmt: skip
    ids = {int(one) for ids in named if ids is not None for one in (ids if isinstance(ids, (list, tuple)) else [ids])}
    lead, after = _frame(text)
    special = text.special_ids | set(getattr(text.tokenizer, "added_tokens_decoder", {}))
    marks = [one for one in text.tokenizer(after, add_special_tokens=False)["input_ids"] if one in special]
    if not marks:
        mark = after.strip()
        return Ends(ids=frozenset(ids), mark=mark, lead=lead, tail=after.partition(mark)[0] if mark else "")
    tail = after.partition(text.tokenizer.convert_ids_to_tokens(marks[0]))[0]
    return Ends(ids=frozenset({*ids, marks[0]}), lead=lead, tail=tail)


def _render(text: TextSide, item: Item) -> RenderedItem:
    if item.form == "text" or not item.prompt:
        raise DataError(
            f"{item.source or item.id}: there is no prompt to answer", hint="use rows that have a prompt and a response"
        )
    render = text._render(item)
    if render is None and item.form == "completion":
        prompt = clean("".join(message.content for message in item.prompt))
        return RenderedItem(text=prompt, response_start=len(prompt), add_special_tokens=True)
    if render is None:
        return render_item(item, None)  # Says that a conversation needs a template.
    tools = json.loads(item.tools_json) if item.tools_json else None
    prompt = render([chat_message(message) for message in item.prompt], tools, True)
    return RenderedItem(text=prompt, response_start=len(prompt), add_special_tokens=False)


def _frame(text: TextSide) -> tuple[str, str]:
    """What the template writes before an answer (after its generation prompt) and after it; empty without one."""
    question = Message(role="user", content="Q")
    probe = Item(form="chat", prompt=(question,), response=Message(role="assistant", content=_ANSWER))
    render = text._render(probe)
    if render is None:
        return "", ""
    chat = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": _ANSWER}]
    try:
        full, prompt = render(chat, None, False), render(chat[:1], None, True)
    except ModelError:  # It fails on this exchange, which may not be like the user's; theirs are rendered later.
        return "", ""
    before, found, after = full.rpartition(_ANSWER)
    return (before.removeprefix(prompt) if before.startswith(prompt) else ""), (after if found else "")


def _check(text: TextSide, item: Item, ids: Sequence[int]) -> None:
    where = item.source or item.id
    if not ids:
        raise DataError(f"{where}: there is no prompt to answer", hint="use rows that have a prompt and a response")
    wrong = [one for one in ids if not 0 <= one < text.vocabulary]
    if not wrong:
        return
    said = f"{where}: token id {wrong[0]} is beyond the model's vocabulary of {text.vocabulary:,}"
    if item.form == "tokens":
        raise DataError(said, hint="the rows were tokenised for another model; give the text instead")
    raise ModelError(said, hint="the tokenizer belongs to another model; check the tuned folder's tokenizer")
