"""Facts measured directly on a fine-tune, without tunecheck: they prove that a case is what it claims to be."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from .bases import Base
from .rows import Rows
from .training import IGNORED, Encoded, encoded, encoded_text, padded

N_ANSWERED = 54  # Prompts of each part that are answered greedily.
N_NEW_TOKENS = 160
LOOP_TOKENS, LOOP_SHARE = 8, 0.5  # An answer loops when so many of its runs of so many tokens were there before.
BATCH_ROWS = 16
N_SCORED = 80  # Training rows that are scored.


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Mean losses in nats per token of the responses, and shares of greedy answers.

    reproduced   share of the answers that are the reference, letter for letter
    distinct     different answers to the validation prompts, as a share of all
    ended        of the answers to the validation prompts, share that ends within twice the longest reference
    looped       of them those that go round in circles
    plain        of the responses of the validation rows through the plain template
    general      of general texts
    twin         of rows that are like those of the training and were not trained on
    """

    base_train: float
    base_val: float
    tuned_train: float
    tuned_val: float
    base_plain: float
    tuned_plain: float
    base_general: float
    tuned_general: float
    base_twin: float
    tuned_twin: float
    reproduced_train: float
    reproduced_val: float
    distinct: float
    ended: float
    looped: float

    @property
    def answers_well(self) -> bool:
        """Whether most answers of so small a model end, and hardly one goes round in circles."""
        return self.ended >= 0.8 and self.looped <= 0.1

    @property
    def gap(self) -> float:
        """The plain gap between validation and training loss."""
        return self.tuned_val - self.tuned_train

    @property
    def by_heart(self) -> float:
        """How much better it is on training rows than on rows of their kind, in excess of the base."""
        return (self.tuned_twin - self.tuned_train) - (self.base_twin - self.base_train)

    @property
    def gain_train(self) -> float:
        """How much better than its base the model is on training rows."""
        return self.base_train - self.tuned_train

    @property
    def gain_val(self) -> float:
        """The same on validation rows."""
        return self.base_val - self.tuned_val

    @property
    def kept(self) -> float:
        """Share of the training gain that validation rows keep."""
        return self.gain_val / self.gain_train if self.gain_train > 0 else 0.0

    @property
    def forgot(self) -> float:
        """How much worse than its base the model is on general text, as a share of the base's loss."""
        return self.tuned_general / self.base_general - 1

    def told(self) -> str:
        """The facts in one line."""
        return (
            f"train {self.base_train:.2f}→{self.tuned_train:.2f}, val {self.base_val:.2f}→{self.tuned_val:.2f}, "
            f"general {self.forgot:+.1%}, reproduced {self.reproduced_train:.0%}/{self.reproduced_val:.0%}, "
            f"by heart {self.by_heart:.2f}, distinct {self.distinct:.0%}, "
            f"ended {self.ended:.0%}, looped {self.looped:.0%}"
        )


def facts_of(base: Base, tuned: Path, rows: Rows, kept: Path) -> Facts:
    """The facts of an adapter, measured once and kept in a file."""
    found = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    if found.keys() != {one.name for one in fields(Facts)}:  # Not measured, or not all that is asked for today.
        found = asdict(_measured(base, tuned, rows))
        kept.write_text(json.dumps(found), encoding="utf-8")
    return Facts(**found)


@torch.no_grad()
def _measured(base: Base, tuned: Path, rows: Rows) -> Facts:
    tokenizer = AutoTokenizer.from_pretrained(base.folder)
    model = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(base.folder, dtype=torch.float32), str(tuned)
    ).eval()
    sets = {
        "train": [encoded(tokenizer, base, row) for row in rows.train[:N_SCORED]],
        "val": [encoded(tokenizer, base, row) for row in rows.validation],
        "plain": [encoded(tokenizer, base, row, plain=True) for row in rows.validation],
        "twin": [encoded(tokenizer, base, row) for row in rows.twin or rows.validation],
        "general": [encoded_text(tokenizer, text) for text in base.general],
    }
    losses = {f"tuned_{name}": _loss(model, one, tokenizer.pad_token_id) for name, one in sets.items()}
    with model.disable_adapter():
        losses |= {f"base_{name}": _loss(model, one, tokenizer.pad_token_id) for name, one in sets.items()}
    on_train = _answers(model, tokenizer, sets["train"][:N_ANSWERED])
    on_val = _answers(model, tokenizer, sets["val"][:N_ANSWERED])
    return Facts(
        **losses,
        reproduced_train=_share(answer.is_reference for answer in on_train),
        reproduced_val=_share(answer.is_reference for answer in on_val),
        distinct=len({answer.text for answer in on_val}) / len(on_val),
        ended=_share(answer.has_ended for answer in on_val),
        looped=_share(answer.loops for answer in on_val),
    )


def _loss(model: Any, rows: Sequence[Encoded], pad_token_id: int) -> float:
    """Nats per token that carries a label."""
    nats, n_tokens = 0.0, 0
    for start in range(0, len(rows), BATCH_ROWS):
        batch = padded(rows[start : start + BATCH_ROWS], pad_token_id)
        logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits[:, :-1].float()
        labels = batch["labels"][:, 1:]
        nats += float(
            torch.nn.functional.cross_entropy(logits.transpose(1, 2), labels, ignore_index=IGNORED, reduction="sum")
        )
        n_tokens += int((labels != IGNORED).sum())
    return nats / n_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A greedy answer; ``is_reference`` compares it with as many tokens of the reference."""

    text: str
    is_reference: bool
    has_ended: bool
    loops: bool


def _answers(model: Any, tokenizer: Any, rows: Sequence[Encoded]) -> list[Answer]:
    """The greedy answer to each prompt, until one of the marks that end a text."""
    prompts = [
        [token for token, label in zip(row["input_ids"], row["labels"], strict=True) if label == IGNORED]
        for row in rows
    ]
    ends = [tokenizer.eos_token_id, tokenizer.bos_token_id]
    longest, pad = max(map(len, prompts)), tokenizer.pad_token_id
    ids = torch.tensor([[pad] * (longest - len(prompt)) + prompt for prompt in prompts])
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    made = model.generate(
        input_ids=ids,
        attention_mask=mask,
        max_new_tokens=N_NEW_TOKENS,
        do_sample=False,
        pad_token_id=pad,
        eos_token_id=ends,
    )[:, longest:]
    references = [[label for label in row["labels"] if label not in (IGNORED, *ends)] for row in rows]
    limit = 2 * max(map(len, references))
    return [
        _answer(tokenizer, tokens, reference[:N_NEW_TOKENS], ends, limit)
        for tokens, reference in zip(made.tolist(), references, strict=True)
    ]


def _answer(tokenizer: Any, tokens: list[int], reference: list[int], ends: Sequence[int], limit: int) -> Answer:
    end = next((place for place, token in enumerate(tokens) if token in ends), None)
    said = tokens[:end]
    return Answer(
        text=_text(tokenizer, said),
        is_reference=_text(tokenizer, said[: len(reference)]) == _text(tokenizer, reference),
        has_ended=end is not None and end <= limit,
        loops=goes_in_circles(said),
    )


def _text(tokenizer: Any, tokens: list[int]) -> str:
    return str(tokenizer.decode(tokens, skip_special_tokens=True)).strip()


def goes_in_circles(tokens: Sequence[int]) -> bool:
    """Whether most of its runs of tokens were there before."""
    runs = [tuple(tokens[start : start + LOOP_TOKENS]) for start in range(len(tokens) - LOOP_TOKENS + 1)]
    return len(set(runs)) < (1 - LOOP_SHARE) * len(runs)


def _share(flags: Iterable[bool]) -> float:
    return fmean(map(float, flags))
