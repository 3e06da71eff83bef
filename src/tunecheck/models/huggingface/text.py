"""TextSide: tokenizer and chat template of one side, and where they came from."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from tunecheck.core import EncodedItem, Item
from tunecheck.errors import DataError, ModelError
from tunecheck.models.encoding import Tokens, encode_text, encode_tokens
from tunecheck.models.huggingface.offline import offline
from tunecheck.models.templates import PLAIN_TEMPLATE, ChatMessage, Render, RenderedItem, clean, render_item

_AT_ONCE = 512  # texts tokenised together


@dataclass(frozen=True, kw_only=True)
class TextSide:
    """How items become token ids on one side.

    tokenizer      a transformers tokenizer
    template       text of the chat template for conversations, or None where none is wanted
    join           pairs of prompt and completion are joined as they stand, and see no template
    template_from  where the template came from, for people
    vocabulary     rows of the embedding: ids from here on do not exist
    max_length     cut sequences to so many tokens, only because a user asked for it
    """

    tokenizer: Any
    template: str | None
    join: bool
    template_from: str
    vocabulary: int
    max_length: int | None = None

    @property
    def template_fingerprint(self) -> str:
        """Short hash of the template's text, for comparison by people."""
        return hashlib.blake2b((self.template or "").encode(), digest_size=4).hexdigest()

    @cached_property
    def special_ids(self) -> frozenset[int]:
        """Ids of markup: tokens that stand for no text of the user."""
        added = getattr(self.tokenizer, "added_tokens_decoder", {})
        return frozenset(self.tokenizer.all_special_ids) | {i for i, token in added.items() if token.special}

    def encode(self, items: Sequence[Item]) -> list[EncodedItem]:
        """Render and tokenise. Raises ModelError when the template fails or a token id is beyond the vocabulary."""
        encoded: list[EncodedItem] = []
        for start in range(0, len(items), _AT_ONCE):
            encoded.extend(self._encode_some(items[start : start + _AT_ONCE]))
        for item, one in zip(items, encoded, strict=True):
            self._check_ids(item, one)
        return encoded

    def _encode_some(self, items: Sequence[Item]) -> list[EncodedItem]:
        rendered = {n: render_item(item, self._render(item)) for n, item in enumerate(items) if item.form != "tokens"}
        tokens = self._tokenise(rendered)
        return [
            encode_text(
                item, rendered[n], tokens[n], special_ids=self.special_ids, max_length=self.max_length
            ) if n in rendered
            else encode_tokens(item, text_bytes=self._byte_lengths(item), max_length=self.max_length)
            for n, item in enumerate(items)
        ]  # fmt: skip

    def _tokenise(self, rendered: dict[int, RenderedItem]) -> dict[int, Tokens]:
        tokens: dict[int, Tokens] = {}
        for special in (True, False):
            places = [n for n, text in rendered.items() if text.add_special_tokens is special]
            if not places:
                continue
            texts = [rendered[n].text for n in places]
            with warnings.catch_warnings():
                # "Sequence is longer than the maximum": windows take care of that.
                warnings.simplefilter("ignore")
                batch = self.tokenizer(
                    texts, add_special_tokens=special, return_offsets_mapping=True, verbose=False, truncation=False
                )
            if "offset_mapping" not in batch:
                raise ModelError(
                    f"{type(self.tokenizer).__name__} does not tell which characters its tokens stand for",
                    hint="save a tokenizer.json with the model, as transformers' fast tokenizers do",
                )
            for n, ids, offsets in zip(places, batch["input_ids"], batch["offset_mapping"], strict=True):
                tokens[n] = Tokens(ids=ids, offsets=np.asarray(offsets, dtype=np.int64).reshape(-1, 2))
        return tokens

    def _render(self, item: Item) -> Render | None:
        template = self.template
        if template is None or (self.join and item.form == "completion"):
            return None

        def render(messages: Sequence[ChatMessage], tools: list[object] | None, add_generation_prompt: bool) -> str:
            try:
                text = self.tokenizer.apply_chat_template(
                    list(messages),
                    tools=tools,
                    chat_template=template,
                    add_generation_prompt=add_generation_prompt,
                    tokenize=False,
                )
            # A template is a program that somebody else wrote; whatever it raises is its failure on this item.
            except Exception as error:
                raise ModelError(
                    f"the chat template ({self.template_from}) fails on {item.source or item.id}: "
                    f"{type(error).__name__}: {error}",
                    hint="correct the template or the row, or name another template: --template FILE",
                ) from error
            return clean(str(text))

        return render

    def _byte_lengths(self, item: Item) -> list[int]:
        """UTF-8 bytes of a tokenised row, for each stretch of tokens at its last one.

        A token alone may be a piece of a character or lose the space before its word, so that whole beginnings are
        decoded: up to the first token, to each change of ``learned``, and to where a maximum length cuts.
        """
        ids, learned = item.token_ids, item.learned
        n = len(ids)
        ends = {1, n, min(n, self.max_length or n), *(i for i in range(1, n) if learned[i] != learned[i - 1])}
        sizes, before = [0] * n, 0
        for end in sorted(ends):
            n_bytes = self._bytes_until(ids, end)
            sizes[end - 1] = max(0, n_bytes - before)
            before = n_bytes
        return sizes

    def _bytes_until(self, ids: Sequence[int], end: int) -> int:
        """UTF-8 bytes that the first ``end`` tokens stand for; a character belongs to the first of its pieces."""
        n_known, special = min(self.vocabulary, len(self.tokenizer)), self.special_ids
        text = ""
        for stop in range(end, min(len(ids), end + 3) + 1):
            plain = [token for token in ids[:stop] if 0 <= token < n_known and token not in special]
            text = self.tokenizer.decode(plain, clean_up_tokenization_spaces=False)
            if not text.endswith("\N{REPLACEMENT CHARACTER}"):  # As an unfinished character is decoded.
                break
        return len(text.encode())

    def _check_ids(self, item: Item, encoded: EncodedItem) -> None:
        if not len(encoded):
            return
        largest, smallest = max(encoded.token_ids), min(encoded.token_ids)
        if largest >= self.vocabulary or smallest < 0:
            wrong = largest if largest >= self.vocabulary else smallest
            where = (
                f"{item.source or item.id}: token id {wrong} is beyond the model's vocabulary of {self.vocabulary:,}"
            )
            if item.form == "tokens":
                raise DataError(where, hint="the rows were tokenised for another model; give the text instead")
            raise ModelError(where, hint="the tokenizer belongs to another model; check the tuned folder's tokenizer")


def load_tokenizer(folders: Sequence[str]) -> tuple[Any, str]:
    """The tokenizer of the first place that has one, and that place. Nothing is fetched and no remote code runs."""
    from transformers import AutoTokenizer

    for name in folders:
        path = Path(name)
        if path.is_dir() and not any(
            (path / file).is_file() for file in ("tokenizer.json", "tokenizer_config.json", "tokenizer.model")
        ):
            continue
        try:
            with offline():
                tokenizer = AutoTokenizer.from_pretrained(name, trust_remote_code=False, local_files_only=True)
            tokenizer("a")  # Settings of a wrong type show only now.
            return tokenizer, name
        # Whatever a damaged tokenizer makes the library raise, it is this folder's tokenizer that cannot be read.
        except Exception as error:
            raise ModelError(
                f"the tokenizer in {name} cannot be loaded: {type(error).__name__}: {str(error)[:300]}",
                hint="save the tokenizer again: tokenizer.save_pretrained(FOLDER)",
            ) from error
    raise ModelError(f"no tokenizer in {' or '.join(folders)}", hint="save it there: tokenizer.save_pretrained(FOLDER)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """The chat template that was chosen: its text, whether pairs are joined without it, and where it came from."""

    text: str | None
    join: bool
    where: str


def choose_template(tokenizer: Any, asked: str, tokenizer_from: str) -> Template:
    """The template to use. ``asked`` is auto, none, plain, or the path of a template file.

    auto takes the tokenizer's own; where it has none, conversations get the plain one and pairs of prompt and
    completion are joined as they stand, which is what trainers do with them.
    """
    if asked == "none":
        return Template(text=None, join=True, where="none: prompt and response are joined as they stand")
    if asked == "plain":
        return Template(text=PLAIN_TEMPLATE, join=False, where="plain (### Instruction, ### Response)")
    if asked != "auto":
        try:
            return Template(text=Path(asked).read_text(encoding="utf-8"), join=False, where=asked)
        except (OSError, UnicodeDecodeError) as error:
            raise ModelError(f"template file {asked} cannot be read: {error}", hint="check --template") from error
    own = own_template(tokenizer)
    if own:
        return Template(text=own, join=False, where=f"the tokenizer in {tokenizer_from}")
    where = "plain (### Instruction, ### Response), because the tokenizer has no chat template"
    return Template(text=PLAIN_TEMPLATE, join=True, where=where)


def own_template(tokenizer: Any) -> str | None:
    """The tokenizer's own chat template: its only one, or the one called default."""
    template = getattr(tokenizer, "chat_template", None)
    if isinstance(template, dict):
        template = template.get("default") or next(iter(template.values()), None)
    return str(template) if template else None
