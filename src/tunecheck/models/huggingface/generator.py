"""HuggingFaceGenerator: one side of a transformers model, answering prompts in batches."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor

from tunecheck.core import Completion, EncodedPrompt, Ended, GenerationSettings, Item
from tunecheck.errors import CannotRun, ModelError
from tunecheck.models import batching
from tunecheck.models.huggingface.answers import AnswerText
from tunecheck.models.huggingface.memory import in_halves
from tunecheck.models.huggingface.prompts import encode_prompts, find_ends
from tunecheck.models.huggingface.sampling import pick, uniforms
from tunecheck.models.huggingface.scorer import HuggingFaceScorer
from tunecheck.models.huggingface.steps import CachedSteps, Steps, WholeSteps
from tunecheck.models.huggingface.text import TextSide

# Tokens of prompts and answers that a batch may come to, and what their keys and values may take: a step of many rows
# costs little more than a step of one for as long as they fit.
TOKEN_BUDGET = 32768
CPU_CACHE_BYTES = 2 * 2**30
GPU_CACHE_BYTES = 16 * 2**30


@dataclass(kw_only=True)
class _Row:
    """One sample of one prompt on its way; ``room`` is how many tokens the context leaves it."""

    prompt: EncodedPrompt
    sample: int
    seed: int | None
    room: int
    token_ids: list[int] = field(default_factory=list)
    ended: Ended | None = None


class HuggingFaceGenerator:
    """Answers prompts with a causal language model of transformers, with or without its PEFT adapter.

    Implements the port core.Generator. The model is expected in evaluation mode. ``show_side`` is called before each
    batch: it switches the adapter off for the base and on for the tuned model. What the model's generation config says
    about sampling and penalties is left out: both sides answer under the same settings.
    """

    def __init__(
        self,
        model: Any,
        text: TextSide,
        *,
        fingerprint: str,
        engine: str,
        context: int,
        token_budget: int,
        show_side: Callable[[], object],
    ) -> None:
        self._text = text
        self._fingerprint = fingerprint
        self._engine = engine
        self._context = context
        self._token_budget = token_budget
        self._show_side = show_side
        self._device = next(model.parameters()).device
        self._ends = find_ends(model, text)
        self._answers = AnswerText(text, self._ends)
        self._on_tokens: Callable[[int], object] | None = None
        show_side()
        with torch.inference_mode():
            self._start, self._how = _steps_of(model, self._device)

    @classmethod
    def beside(cls, scorer: HuggingFaceScorer, *, token_budget: int | None = None) -> HuggingFaceGenerator:
        """A generator on the side that this scorer has open: the same weights, tokenizer, template and switch."""
        budget = _token_budget(scorer._model, scorer._device)
        return cls(
            scorer._model, scorer._text, fingerprint=scorer._fingerprint, engine=scorer._engine,
            context=scorer._context, token_budget=token_budget or budget, show_side=scorer._show_side,
        )  # fmt: skip

    @property
    def fingerprint(self) -> str:
        """Hash of the content of weights and adapter."""
        return self._fingerprint

    @property
    def engine(self) -> str:
        """Library versions, device, precision, context, what ends an answer: all else that could change one."""
        ends = ",".join(map(str, sorted(self._ends.ids)))
        frame = "".join(f", {name} {text!r}" for name, text in self._ends.texts() if text)
        return f"{self._engine}, answers 1, {self._how}, ends {ends}{frame}"

    def encode(self, items: Sequence[Item]) -> list[EncodedPrompt]:
        """Render and tokenise the prompts. Raises ModelError or DataError, naming the item that cannot be."""
        return encode_prompts(self._text, items)

    def batches(self, prompts: Sequence[EncodedPrompt], settings: GenerationSettings) -> list[list[EncodedPrompt]]:
        """Batches of prompts of about one length, longest first, whose prompts and answers fit the token budget."""
        ordered = sorted(prompts, key=lambda prompt: (-len(prompt), prompt.item_id))
        sizes = [settings.n_samples * self._size(prompt, settings) for prompt in ordered]
        return list(batching.fill(ordered, sizes, token_budget=self._token_budget))

    def generate(
        self,
        batch: Sequence[EncodedPrompt],
        settings: GenerationSettings,
        *,
        on_tokens: Callable[[int], object] | None = None,
    ) -> list[Completion]:
        """All samples of the first prompt, then those of the next. Raises CannotRun when not one row fits the memory.

        ``on_tokens`` hears how many rows have got one more token. Raises ModelError when the model's logits are not
        finite.
        """
        rows = [
            _Row(prompt=prompt, sample=sample, seed=settings.seed_of(prompt.item_id, sample),
                 room=max(0, self._context - len(prompt)))
            for prompt in batch for sample in range(settings.n_samples)
        ]  # fmt: skip
        self._show_side()
        self._on_tokens = on_tokens
        able = [row for row in rows if row.room]
        with torch.inference_mode():
            sizes = [self._size(row.prompt, settings) for row in able]
            for part in batching.fill(able, sizes, token_budget=self._token_budget):
                in_halves(part, partial(self._answer, settings=settings), self._device, self._alone)
        return [self._completion(row, settings) for row in rows]

    def _size(self, prompt: EncodedPrompt, settings: GenerationSettings) -> int:
        return min(len(prompt) + settings.max_new_tokens, max(self._context, len(prompt)))

    def _alone(self, row: _Row) -> CannotRun:
        return CannotRun(
            f"out of memory on {self._device} with a single prompt of {len(row.prompt)} tokens",
            hint="ask for fewer new tokens, a smaller precision (--dtype bfloat16) or --device cpu",
        )

    def _answer(self, rows: Sequence[_Row], settings: GenerationSettings) -> Sequence[_Row]:
        """Fill in the tokens of each row."""
        for row in rows:
            row.token_ids, row.ended = [], None
        prompts = list({row.prompt.token_ids.tobytes(): row.prompt for row in rows}.values())
        places = {prompt.token_ids.tobytes(): place for place, prompt in enumerate(prompts)}
        steps = self._start([prompt.token_ids for prompt in prompts])
        logits = steps.first()
        spread = [places[row.prompt.token_ids.tobytes()] for row in rows]
        if spread != list(range(len(prompts))):
            steps.keep(spread)
            logits = logits[torch.tensor(spread, device=self._device)]
        chance = _chances(rows, settings, self._device)
        alive = list(rows)
        while True:
            tokens = pick(
                logits, temperature=settings.temperature, top_p=settings.top_p,
                chance=None if chance is None else chance[:, len(alive[0].token_ids)],
            )  # fmt: skip
            if self._on_tokens is not None:
                self._on_tokens(len(alive))
            left = [
                place for place, token in enumerate(tokens.tolist()) if self._goes_on(alive[place], token, settings)
            ]
            if not left:
                return rows
            if len(left) < len(alive):
                alive = [alive[place] for place in left]
                steps.keep(left)
                index = torch.tensor(left, device=self._device)
                tokens, chance = tokens[index], None if chance is None else chance[index]
            logits = steps.next(tokens)

    def _goes_on(self, row: _Row, token: int, settings: GenerationSettings) -> bool:
        """Append a token, and see whether the row has ended."""
        if token < 0:
            raise ModelError(
                f"the answer to item {row.prompt.item_id} has logits that are not finite: the model overflows in this "
                "precision or has NaN weights",
                hint="try --dtype float32",
            )
        row.token_ids.append(token)
        if token in self._ends.ids:
            row.ended = "end"
        elif mark := self._answers.stop_in(row.prompt, row.token_ids, settings.stop):
            row.ended = "end" if mark == self._ends.mark else "stop"
        elif len(row.token_ids) >= settings.max_new_tokens:
            row.ended = "length"
        elif len(row.token_ids) >= row.room:
            row.ended = "context"
        return row.ended is None

    def _completion(self, row: _Row, settings: GenerationSettings) -> Completion:
        return Completion(
            item_id=row.prompt.item_id,
            sample=row.sample,
            text=self._answers.text(row.prompt, row.token_ids, row.ended or "context", settings.stop),
            token_ids=array("q", row.token_ids),
            ended=row.ended or "context",
            n_prompt_tokens=len(row.prompt),
            seed=row.seed,
        )


def _chances(rows: Sequence[_Row], settings: GenerationSettings, device: torch.device) -> Tensor | None:
    """Shape (rows, tokens): what decides each token of each row; None when greedy."""
    seeds = [row.seed for row in rows if row.seed is not None]
    if not seeds:
        return None
    n = min(settings.max_new_tokens, max(row.room for row in rows))
    return torch.stack([uniforms(seed, n) for seed in seeds]).to(device)


def _token_budget(model: Any, device: torch.device) -> int:
    """By the model's shape alone, so that a run that goes on elsewhere makes the same batches."""
    config = model.config.get_text_config() if hasattr(model.config, "get_text_config") else model.config
    width, heads = getattr(config, "hidden_size", 4096), getattr(config, "num_attention_heads", None) or 1
    width = (getattr(config, "head_dim", None) or width // heads) * (getattr(config, "num_key_value_heads", 0) or heads)
    n_bytes = 2 * getattr(config, "num_hidden_layers", 32) * width * next(model.parameters()).dtype.itemsize
    return max(1, min(TOKEN_BUDGET, (CPU_CACHE_BYTES if device.type == "cpu" else GPU_CACHE_BYTES) // n_bytes))


def _steps_of(model: Any, device: torch.device) -> tuple[Callable[[Sequence[Sequence[int]]], Steps], str]:
    """The fastest steps that are right for this model, and their name."""
    peft_config = getattr(model, "peft_config", None) or {}
    whole = partial(WholeSteps, model, device=device)
    if any(config.is_prompt_learning for config in peft_config.values()):
        return whole, "whole sequences"  # Virtual tokens are put in front by the PeftModel's own forward.
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    cached = partial(CachedSteps, inner, device=device)
    return (cached, "cached") if _same_as_whole(cached, whole, model) else (whole, "whole sequences")


def _same_as_whole(cached: Callable[..., Steps], whole: Callable[..., Steps], model: Any) -> bool:
    """Whether padding, cache and rows that leave give the probabilities of plain passes, on a made-up batch."""
    weight = model.get_input_embeddings().weight
    made_up = [[(place * 7 + 3) % weight.shape[0] for place in range(n)] for n in (3, 9, 5)]
    try:
        ours = _walk(cached(made_up))
    except (RuntimeError, TypeError, ValueError, AttributeError, KeyError, IndexError, NotImplementedError):
        return False
    # Half the sum of differences is the share of probability that moved; half precision rounds some of it about.
    tolerance = 1e-3 if weight.dtype == torch.float32 else 0.15
    pairs = zip(ours, _walk(whole(made_up)), strict=True)
    return all(bool(((a - b).abs().sum(dim=-1) / 2).max() < tolerance) for a, b in pairs)


def _walk(steps: Steps) -> list[Tensor]:
    """Probabilities on the way of three rows of which one leaves and two change places."""
    seen = [steps.first()]
    seen.append(steps.next(torch.tensor([5, 6, 7], device=seen[0].device)))
    steps.keep([2, 0])
    seen.extend(steps.next(torch.tensor([token, token + 1], device=seen[0].device)) for token in (8, 9))
    return [logits.float().softmax(dim=-1) for logits in seen]
