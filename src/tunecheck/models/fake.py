"""FakeScorer and FakeGenerator, without a model, for tests and examples: one token a byte, and what you choose."""

from __future__ import annotations

import hashlib
import math
from array import array
from collections.abc import Callable, Sequence

from tunecheck.core import (
    Completion,
    EncodedItem,
    EncodedPrompt,
    Ended,
    GenerationSettings,
    Item,
    SequenceScore,
    TokenScores,
    Totals,
)
from tunecheck.core.scores import Leading, check_parallel
from tunecheck.errors import DataError, ModelError
from tunecheck.models import batching

VOCABULARY = 256
END = 256
"""The token that ends an answer of FakeGenerator."""

_WORDS = ("the", "a", "cat", "dog", "bird", "sees", "finds", "red", "small", "old", "house", "tree", "and", "but")


class FakeScorer:
    """Implements the port core.Scorer with made-up probabilities.

    Every byte costs ``nats`` on average, spread by a hash of the byte and what stands before it, so that two items
    differ and the same item always scores the same. All other bytes share what is left equally.
    """

    def __init__(self, nats: float, *, token_budget: int = 256, full_sequence: bool = True) -> None:
        self._nats = nats
        self._token_budget = token_budget
        self._full_sequence = full_sequence
        self.batches_scored = 0

    @property
    def fingerprint(self) -> str:
        """The average cost is all that this model has learned."""
        return f"fake {self._nats}"

    @property
    def engine(self) -> str:
        """Nothing but the version of this arithmetic."""
        return "fake 1"

    def encode(self, items: Sequence[Item]) -> list[EncodedItem]:
        """One token a byte of prompt and response; tokenised rows as they are."""
        return [self._encode(item) for item in items]

    def batches(self, encoded: Sequence[EncodedItem]) -> list[list[EncodedItem]]:
        """Length-sorted batches within the token budget."""
        return batching.plan(encoded, token_budget=self._token_budget)

    def score(
        self, batch: Sequence[EncodedItem], *, with_tokens: bool = False, with_moments: bool = False
    ) -> list[SequenceScore]:
        """Made-up totals, the same for an item in any batch."""
        self.batches_scored += 1
        return [self._score(item, with_tokens or with_moments, with_moments) for item in batch]

    def leading(self, batch: Sequence[EncodedItem], k: int = 256) -> list[Leading]:
        """The byte that came, where it is among the ``k`` likeliest, and the first of those that share the rest."""
        k = min(k, VOCABULARY)
        return [self._leading(item, [self._likeliest(item, place, k) for place in _places(item)], k) for item in batch]

    def log_probabilities(self, batch: Sequence[EncodedItem], among: Sequence[Leading]) -> list[Leading]:
        """What this model gives to the bytes of ``among``. Raises ValueError when it is not parallel to the batch."""
        check_parallel(batch, among)
        return [
            self._leading(
                item, [one.token_ids[n * one.width : (n + 1) * one.width] for n in range(len(one))], one.width
            )
            for item, one in zip(batch, among, strict=True)
        ]

    def _encode(self, item: Item) -> EncodedItem:
        prompt = "".join(message.content for message in item.prompt).encode("utf-8", "replace")
        response = item.response.content.encode("utf-8", "replace")
        ids = item.token_ids or (*prompt, *response)
        if any(not 0 <= one < VOCABULARY for one in ids):
            wrong = next(one for one in ids if not 0 <= one < VOCABULARY)
            raise ModelError(f"{item.source or item.id}: token id {wrong} is beyond the vocabulary of {VOCABULARY}")
        mask = item.learned or (False,) * len(prompt) + (True,) * len(response)
        in_response = bytes(int(flag and place > 0) for place, flag in enumerate(mask))
        n = sum(in_response)
        return EncodedItem(
            item_id=item.id,
            token_ids=array("q", ids),
            in_response=in_response,
            response_bytes=n,
            full_bytes=max(0, len(ids) - 1),
        )

    def _score(self, item: EncodedItem, with_tokens: bool, with_moments: bool) -> SequenceScore:
        nll = [self._cost(item, place) for place in range(1, len(item))]
        places = _places(item)
        own = [nll[place - 1] for place in places]
        is_best = [int(one < 0.7 * self._nats) for one in own]
        moments = [_moments(cost) for cost in own]
        tokens = TokenScores(
            positions=array("q", places),
            nll_nats=array("d", own),
            is_argmax=array("b", is_best),
            mean_nats=array("d", [mean for mean, _ in moments]) if with_moments else None,
            deviation_nats=array("d", [deviation for _, deviation in moments]) if with_moments else None,
        )
        return SequenceScore(
            item_id=item.item_id,
            response=Totals(nll_nats=sum(own), n_tokens=len(own), n_bytes=item.response_bytes, n_argmax=sum(is_best)),
            full=Totals(nll_nats=sum(nll), n_tokens=len(nll), n_bytes=item.full_bytes, n_argmax=0)
            if self._full_sequence
            else None,
            tokens=tokens if with_tokens else None,
        )

    def _cost(self, item: EncodedItem, place: int) -> float:
        """Minus the log-probability of the byte at that place."""
        return self._nats * (0.5 + _fraction(bytes(item.token_ids[max(0, place - 8) : place + 1])))

    def _likeliest(self, item: EncodedItem, place: int, k: int) -> list[int]:
        came, cost = item.token_ids[place], self._cost(item, place)
        others = [one for one in range(VOCABULARY) if one != came]
        return ([came, *others] if -cost >= _log_other(cost) else [*others, came])[:k]

    def _leading(self, item: EncodedItem, ids: Sequence[Sequence[int]], k: int) -> Leading:
        given, rests = [], []
        for place, few in zip(_places(item), ids, strict=True):
            came, cost = item.token_ids[place], self._cost(item, place)
            given += [-cost if one == came else _log_other(cost) for one in few]
            left = VOCABULARY - len(few)
            rests.append(
                _log_sum(_log_other(cost), left) if came in few else _log_sum(_log_other(cost), left - 1, -cost)
            )
        return Leading(
            item_id=item.item_id,
            width=k,
            positions=array("q", _places(item)),
            token_ids=array("i", [one for few in ids for one in few]),
            log_probabilities=array("f", given),
            log_rest=array("f", rests),
        )


def _places(item: EncodedItem) -> list[int]:
    return [place for place in range(1, len(item)) if item.in_response[place]]


def _log_other(cost: float) -> float:
    """The log-probability of each byte but the one that came, in nats."""
    return math.log(-math.expm1(-cost) / (VOCABULARY - 1)) if cost > 0 else -math.inf


def _log_sum(log_other: float, n: int, *more: float) -> float:
    total = n * math.exp(log_other) + sum(map(math.exp, more))
    return math.log(total) if total > 0 else -math.inf


def _moments(cost: float) -> tuple[float, float]:
    """Mean and standard deviation of the log-probability over all bytes: one costs so much, the rest are equal."""
    if cost <= 0:
        return 0.0, 0.0
    came, other = math.exp(-cost), _log_other(cost)
    return -came * cost + (1 - came) * other, math.sqrt(came * (1 - came)) * abs(cost + other)


def made_up_answer(prompt: str, seed: int | None) -> str:
    """Up to 24 words that depend on the prompt and the seed alone."""
    key = f"{prompt}|{seed}".encode("utf-8", "replace")
    draws = hashlib.blake2b(key, digest_size=24).digest()
    return " ".join(_WORDS[draw % len(_WORDS)] for draw in draws[: draws[0] % 25])


class FakeGenerator:
    """Implements the port core.Generator with answers from a function of the prompt's text and the sample's seed.

    The seed is None when greedy. Two generators that answer differently need different names.
    """

    def __init__(
        self,
        answer: Callable[[str, int | None], str] = made_up_answer,
        *,
        name: str = "made up",
        context: int = 1024,
        token_budget: int = 4096,
    ) -> None:
        self._answer = answer
        self._name = name
        self._context = context
        self._token_budget = token_budget
        self.batches_answered = 0

    @property
    def fingerprint(self) -> str:
        """The name is all that tells these models apart."""
        return f"fake {self._name}"

    @property
    def engine(self) -> str:
        """The context, and the version of this code."""
        return f"fake answers 1, context {self._context}"

    def encode(self, items: Sequence[Item]) -> list[EncodedPrompt]:
        """One token a byte of the prompt; of tokenised rows what stands before the first learned token."""
        return [self._encode(item) for item in items]

    def batches(self, prompts: Sequence[EncodedPrompt], settings: GenerationSettings) -> list[list[EncodedPrompt]]:
        """Length-sorted batches within the token budget."""
        ordered = sorted(prompts, key=lambda prompt: (-len(prompt), prompt.item_id))
        sizes = [settings.n_samples * (len(prompt) + settings.max_new_tokens) for prompt in ordered]
        return list(batching.fill(ordered, sizes, token_budget=self._token_budget))

    def generate(
        self,
        batch: Sequence[EncodedPrompt],
        settings: GenerationSettings,
        *,
        on_tokens: Callable[[int], object] | None = None,
    ) -> list[Completion]:
        """The answers, cut where the settings or the context say."""
        self.batches_answered += 1
        made = [self._complete(prompt, settings, sample) for prompt in batch for sample in range(settings.n_samples)]
        if on_tokens is not None:
            on_tokens(sum(len(one.token_ids) for one in made))
        return made

    def _encode(self, item: Item) -> EncodedPrompt:
        prompt = "".join(message.content for message in item.prompt).encode("utf-8", "replace")
        learned_from = item.learned.index(True) if True in item.learned else len(item.token_ids)
        ids = item.token_ids[:learned_from] or tuple(prompt)
        wrong = [one for one in ids if not 0 <= one < VOCABULARY]
        if wrong:
            raise ModelError(f"{item.source or item.id}: token id {wrong[0]} is beyond the vocabulary of {VOCABULARY}")
        if not ids:
            raise DataError(
                f"{item.source or item.id}: there is no prompt to answer",
                hint="use rows that have a prompt and a response",
            )
        return EncodedPrompt(item_id=item.id, token_ids=array("q", ids))

    def _complete(self, prompt: EncodedPrompt, settings: GenerationSettings, sample: int) -> Completion:
        seed = settings.seed_of(prompt.item_id, sample)
        whole = self._answer(bytes(prompt.token_ids.tolist()).decode("utf-8", "replace"), seed)
        stops = [place + len(stop) for stop in settings.stop if (place := whole.find(stop)) >= 0]
        ids = [*whole[: min(stops, default=len(whole))].encode("utf-8", "replace"), *([] if stops else [END])]
        limits: list[tuple[int, Ended]] = [
            (settings.max_new_tokens, "length"), (max(0, self._context - len(prompt)), "context")
        ]  # fmt: skip
        n_tokens, cut = min(limits, key=lambda limit: limit[0])
        why: Ended = cut if n_tokens < len(ids) else "stop" if stops else "end"
        ids = ids[:n_tokens]
        text = bytes(one for one in ids if one != END).decode("utf-8", "replace")
        if why == "stop":
            text = text[: min(place for stop in settings.stop if (place := text.find(stop)) >= 0)]
        return Completion(
            item_id=prompt.item_id, sample=sample, text=text, token_ids=array("q", ids), ended=why,
            n_prompt_tokens=len(prompt), seed=seed,
        )  # fmt: skip


def _fraction(context: bytes) -> float:
    """A number in [0, 1) that depends on these bytes alone."""
    return int.from_bytes(hashlib.blake2b(context, digest_size=4).digest()) / 2**32
