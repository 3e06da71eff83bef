"""Completion: what a model answered to one prompt, why it stopped, and all that decided it."""

from __future__ import annotations

import hashlib
import json
import math
from array import array
from dataclasses import dataclass
from typing import Literal

from tunecheck.errors import InputError

Ended = Literal["end", "stop", "length", "context"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationSettings:
    """How completions are made; the defaults are greedy. Raises InputError that names every wrong field.

    max_new_tokens  tokens of a completion, its end token included
    temperature     0 is greedy: always the token with the largest logit; else logits are divided by it
    top_p           sample from the fewest tokens whose probabilities reach this sum; 1 samples from all
    seed            decides the samples, each by its item and number alone; without effect when greedy
    n_samples       completions for each prompt
    stop            texts at which a completion ends; they are not part of its text
    """

    max_new_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 42
    n_samples: int = 1
    stop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        checks = (
            (self.max_new_tokens >= 1, f"max_new_tokens {self.max_new_tokens} is not at least 1"),
            (self.temperature >= 0 and math.isfinite(self.temperature), f"temperature {self.temperature} is not a "
             "number from 0 on"),
            (0 < self.top_p <= 1, f"top_p {self.top_p} is not above 0 and at most 1"),
            (self.n_samples >= 1, f"n_samples {self.n_samples} is not at least 1"),
            (self.n_samples <= 1 or self.temperature != 0, f"n_samples {self.n_samples} at temperature 0 would be the "
             "same text each time"),
            (all(self.stop), "a stop text is empty"),
        )  # fmt: skip
        wrong = [said for is_right, said in checks if not is_right]
        if wrong:
            several = self.n_samples > 1 and self.temperature == 0
            hint = "give them a temperature, such as 0.8" if several else "correct these settings"
            raise InputError("generation: " + "; ".join(wrong), hint=hint)

    @property
    def is_greedy(self) -> bool:
        """Whether chance has no part in it."""
        return self.temperature == 0

    def seed_of(self, item_id: str, sample: int) -> int | None:
        """The seed of one sample of one item, below 2 ** 63; None when greedy.

        It depends on nothing else: not on the batch, the order or the side, so that base and tuned draw the same
        numbers.
        """
        if self.is_greedy:
            return None
        digest = hashlib.blake2b(f"{self.seed}|{item_id}|{sample}".encode("utf-8", "surrogatepass"), digest_size=8)
        return int.from_bytes(digest.digest()) >> 1


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedPrompt:
    """The prompt of an item as the model sees it.

    is_templated   a chat template rendered it, up to the mark where the assistant speaks
    """

    item_id: str
    token_ids: array[int]
    is_templated: bool = False

    def __len__(self) -> int:
        return len(self.token_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One answer to one prompt.

    text       without the end token, the mark-up of special tokens, and the stop text with what follows it
    token_ids  every token that was generated, the end token and those of a stop text included
    ended      end: the model ended it; stop: a stop text came; length: max_new_tokens were reached; context: the prompt
               left the context too little room (none at all when there are no tokens). A prompt is never shortened.
    seed       of this sample; None when greedy
    """

    item_id: str
    sample: int = 0
    text: str
    token_ids: array[int]
    ended: Ended
    n_prompt_tokens: int
    seed: int | None = None

    @property
    def is_truncated(self) -> bool:
        """Whether the model would have gone on: the text is only the beginning of an answer."""
        return self.ended in ("length", "context")


def completion_key(
    prompt: EncodedPrompt, settings: GenerationSettings, sample: int, *, fingerprint: str, engine: str
) -> str:
    """Hash of all that decides a completion: weights and adapter, engine, token ids of the prompt, settings, seed.

    Items with the same prompt share their greedy completion: take the item from the owner of the key, not from the
    completion. ``n_samples`` has no part in it, so that a sixth sample leaves the first five as they are.
    """
    seed = settings.seed_of(prompt.item_id, sample)
    chance = None if seed is None else [settings.temperature, settings.top_p, seed]
    decided = [fingerprint, engine, settings.max_new_tokens, list(settings.stop), chance, prompt.is_templated]
    digest = hashlib.blake2b(json.dumps(["completion", *decided]).encode(), digest_size=20)
    portable = array("q", prompt.token_ids)
    digest.update(portable.tobytes())
    return digest.hexdigest()
