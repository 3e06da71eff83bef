"""AnswerText: the text that generated tokens stand for, and where a stop text comes in it."""

from __future__ import annotations

from collections.abc import Sequence

from tunecheck.core import EncodedPrompt, Ended
from tunecheck.models.huggingface.prompts import Ends
from tunecheck.models.huggingface.text import TextSide

# Tokens of the prompt that are decoded with the answer: the tokenizers that drop the space before a text's first word
# would drop it before the answer's.
_BEFORE = 8


class AnswerText:
    """Decodes answers of one side."""

    def __init__(self, text: TextSide, ends: Ends) -> None:
        self._tokenizer = text.tokenizer
        self._special = text.special_ids
        self._n_known = len(text.tokenizer)  # The embedding may have more rows, which stand for nothing.
        self._ends = ends

    def stop_in(self, prompt: EncodedPrompt, token_ids: Sequence[int], stop: Sequence[str]) -> str:
        """The stop text that the last token completed, or ""."""
        marks = self._marks(stop)
        if not marks:
            return ""
        # A token may be one of the four bytes of a character.
        n_last = 4 * max(map(len, marks)) + 4
        is_short = len(token_ids) <= n_last
        tail = self._said(prompt, token_ids) if is_short else self._decode(token_ids[-n_last:])
        return next((mark for mark in marks if mark in tail), "")

    def text(self, prompt: EncodedPrompt, token_ids: Sequence[int], ended: Ended, stop: Sequence[str]) -> str:
        """The answer: without its end, what the template writes around it, and a stop text with what follows it."""
        if ended == "end" and token_ids and token_ids[-1] in self._ends.ids:
            token_ids = token_ids[:-1]
        text = self._said(prompt, token_ids)
        cuts = [place for mark in self._marks(stop) if (place := text.find(mark)) >= 0]
        text = text[: min(cuts, default=len(text))]
        if prompt.is_templated:
            text = text.removeprefix(self._ends.lead)
            text = text.removesuffix(self._ends.tail) if ended == "end" else text
        return text

    def _said(self, prompt: EncodedPrompt, token_ids: Sequence[int]) -> str:
        """What the tokens stand for after the prompt."""
        before = self._plain(prompt.token_ids[-_BEFORE:])
        text, lead = self._decode([*before, *token_ids]), self._decode(before)
        return text[len(lead) :] if text.startswith(lead) else self._decode(token_ids)

    def _marks(self, stop: Sequence[str]) -> tuple[str, ...]:
        return (*stop, self._ends.mark) if self._ends.mark else tuple(stop)

    def _plain(self, token_ids: Sequence[int]) -> list[int]:
        """The tokens after the last special one."""
        plain: list[int] = []
        for token in token_ids:
            plain = [] if token in self._special else [*plain, token]
        return plain

    def _decode(self, token_ids: Sequence[int]) -> str:
        known = [token for token in token_ids if token < self._n_known and token not in self._special]
        return str(self._tokenizer.decode(known, clean_up_tokenization_spaces=False))
