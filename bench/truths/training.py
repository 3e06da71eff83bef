"""Trains one adapter with a Trainer, and leaves in its folder what such a run leaves."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, Trainer, TrainingArguments

from tunecheck.models.templates import PLAIN_TEMPLATE

from .bases import Base
from .rows import Row, framed

IGNORED = -100  # The label that the loss leaves out.
N_EVALUATIONS = 5

Encoded = dict[str, list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How an adapter is trained; ``max_steps`` above 0 ends the run early, and 0 saves the adapter untrained."""

    epochs: int = 2
    learning_rate: float = 2e-3
    rank: int = 8
    dropout: float = 0.0
    weight_decay: float = 0.01
    batch_rows: int = 8
    max_steps: int = -1
    mask_prompt: bool = True
    max_grad_norm: float = 1.0


def fine_tune(
    base: Base,
    tuned: Path,
    train: Sequence[Row],
    validation: Sequence[Row],
    extra: Sequence[str],
    settings: Settings,
    *,
    seed: int,
) -> None:
    """Train a LoRA on the rows, and on the extra texts in full, and save it in ``tuned`` with the Trainer's log."""
    torch.manual_seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(base.folder)
    # On one core, and models so small, plain attention is a fifth faster than the fused one.
    loaded = AutoModelForCausalLM.from_pretrained(base.folder, dtype=torch.float32, attn_implementation="eager")
    model = get_peft_model(loaded, _lora(settings))
    if settings.max_steps == 0:
        model.save_pretrained(tuned)
        tokenizer.save_pretrained(tuned)
        return
    rows = [encoded(tokenizer, base, row, mask_prompt=settings.mask_prompt) for row in train]
    rows += [encoded_text(tokenizer, text) for text in extra]
    n_steps = settings.max_steps if settings.max_steps > 0 else settings.epochs * -(-len(rows) // settings.batch_rows)
    trainer = Trainer(
        model=model,
        args=_arguments(tuned, settings, n_steps, seed),
        train_dataset=rows,
        eval_dataset=[encoded(tokenizer, base, row, mask_prompt=settings.mask_prompt) for row in validation],
        data_collator=lambda batch: padded(batch, tokenizer.pad_token_id),
        processing_class=tokenizer,
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    trainer.save_model()
    trainer.save_state()
    for checkpoint in tuned.glob("checkpoint-*"):
        shutil.rmtree(checkpoint)


def _lora(settings: Settings) -> LoraConfig:
    return LoraConfig(
        r=settings.rank,
        lora_alpha=2 * settings.rank,
        lora_dropout=settings.dropout,
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        task_type="CAUSAL_LM",
    )


def _arguments(folder: Path, settings: Settings, n_steps: int, seed: int) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=settings.epochs,
        max_steps=settings.max_steps,
        per_device_train_batch_size=settings.batch_rows,
        per_device_eval_batch_size=settings.batch_rows,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        train_sampling_strategy="group_by_length",
        warmup_steps=n_steps // 20,
        weight_decay=settings.weight_decay,
        max_grad_norm=settings.max_grad_norm,
        logging_steps=max(1, n_steps // 20),
        eval_strategy="steps",
        eval_steps=max(1, n_steps // N_EVALUATIONS),
        eval_on_start=True,
        save_strategy="no",
        seed=seed,
        data_seed=seed,
        use_cpu=True,
        dataloader_pin_memory=False,
        label_names=["labels"],
        remove_unused_columns=False,
        report_to="none",
        disable_tqdm=True,
        log_level="error",
    )


def encoded(tokenizer: Any, base: Base, row: Row, *, mask_prompt: bool = True, plain: bool = False) -> Encoded:
    """The row's tokens, and labels that count the response alone unless the prompt is not masked.

    ``plain`` renders it through the plain template, which no case is trained with.
    """
    if base.is_chat or plain:
        turns = [{"role": "user", "content": row.prompt if base.is_chat else framed(row.prompt)}]
        template = PLAIN_TEMPLATE if plain else None
        prompt = tokenizer.apply_chat_template(
            turns, tokenize=False, add_generation_prompt=True, chat_template=template
        )
        turns.append({"role": "assistant", "content": row.response if base.is_chat else row.response + "\n"})
        whole = tokenizer.apply_chat_template(turns, tokenize=False, chat_template=template)
        found = tokenizer(whole, add_special_tokens=False, return_offsets_mapping=True)
    else:
        prompt, whole = framed(row.prompt), framed(row.prompt) + row.response + "\n"
        found = tokenizer(whole, return_offsets_mapping=True)
    ids, ends = list(found["input_ids"]), [end for _, end in found["offset_mapping"]]
    if not base.is_chat:
        # This base knows the beginning of the next story as the end of one.
        ids, ends = [*ids, tokenizer.bos_token_id], [*ends, len(whole)]
    first = 0 if not mask_prompt else len(prompt)
    return {
        "input_ids": ids,
        "labels": [token if end > first else IGNORED for token, end in zip(ids, ends, strict=True)],
    }


def encoded_text(tokenizer: Any, text: str) -> Encoded:
    """A text of which every token counts."""
    ids = list(tokenizer(text)["input_ids"])
    return {"input_ids": ids, "labels": list(ids)}


def padded(rows: Sequence[Encoded], pad_token_id: int) -> dict[str, torch.Tensor]:
    """A batch, padded on the right."""
    longest = max(len(row["input_ids"]) for row in rows)

    def filled(lists: Sequence[list[int]], value: int) -> torch.Tensor:
        return torch.tensor([ids + [value] * (longest - len(ids)) for ids in lists])

    return {
        "input_ids": filled([row["input_ids"] for row in rows], pad_token_id),
        "attention_mask": filled([[1] * len(row["input_ids"]) for row in rows], 0),
        "labels": filled([row["labels"] for row in rows], IGNORED),
    }
