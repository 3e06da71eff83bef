"""Trains the demo's tokenizer, base and adapter; the only module of the demo that needs the hf extra."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)
from transformers.utils import logging as hf_logging

from tunecheck.core import Item, Message
from tunecheck.demo.data import DemoData
from tunecheck.demo.plan import DemoPlan

_BEGIN, _END, _PAD = "<|begin|>", "<|end|>", "<|pad|>"
# The marks of the turns are words that the base knows, and the end of an answer is the end of a document.
_CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}{{ 'Answer:\n' + message['content'] + eos_token }}"
    "{% elif message['role'] == 'user' %}{{ 'Question:\n' + message['content'] + '\n' }}"
    "{% else %}{{ message['content'] + '\n' }}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}{{ 'Answer:\n' }}{% endif %}"
)
_IGNORED = -100  # The label that the loss leaves out.

Say = Callable[[str], None]


def train_base(corpus: Sequence[str], folder: Path, *, plan: DemoPlan, seed: int, progress: Say) -> None:
    """Train a tokenizer and a Llama-shaped model on the corpus and save both in ``folder``."""
    with _quiet(), _one_thread():
        tokenizer = _train_tokenizer(corpus, plan.vocabulary)
        rows = _packed(tokenizer, corpus, plan.base_tokens)
        torch.manual_seed(seed)
        model = LlamaForCausalLM(_base_config(tokenizer, plan))
        n_weights = sum(weight.numel() for weight in model.parameters())
        progress(f"training a base of {n_weights / 1e6:.1f} million weights, {plan.base_steps} steps")
        _fit(model, rows, plan=plan, progress=progress)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)


def _train_tokenizer(corpus: Sequence[str], vocabulary: int) -> Any:
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[_BEGIN, _END, _PAD],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train_from_iterator(corpus, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        bos_token=_BEGIN,
        eos_token=_END,
        pad_token=_PAD,
        chat_template=_CHAT_TEMPLATE,
        model_max_length=512,
        clean_up_tokenization_spaces=False,
    )


def _base_config(tokenizer: Any, plan: DemoPlan) -> Any:
    return LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=plan.width,
        intermediate_size=3 * plan.width,
        num_hidden_layers=plan.depth,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=512,
        # Wider than the usual 0.02, which is meant for widths in the thousands.
        initializer_range=0.06,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def _packed(tokenizer: Any, corpus: Sequence[str], n_tokens: int) -> torch.Tensor:
    """All documents, one after the other with their marks, cut into rows of ``n_tokens``."""
    stream: list[int] = []
    for ids in tokenizer(list(corpus), add_special_tokens=False)["input_ids"]:
        stream += [tokenizer.bos_token_id, *ids, tokenizer.eos_token_id]
    n_rows = len(stream) // n_tokens
    return torch.tensor(stream[: n_rows * n_tokens]).view(n_rows, n_tokens)


def _fit(model: Any, rows: torch.Tensor, *, plan: DemoPlan, progress: Say) -> None:
    """AdamW with a warm-up and a cosine to zero; every pass over the rows has an order of its own."""
    optimiser = torch.optim.AdamW(model.parameters(), lr=6e-3, betas=(0.9, 0.95), weight_decay=0.01)
    warmup = max(1, plan.base_steps // 20)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda step: min((step + 1) / warmup, 0.5 * (1 + math.cos(math.pi * step / plan.base_steps))),
    )
    order = torch.empty(0, dtype=torch.long)
    model.train()
    for step in range(1, plan.base_steps + 1):
        while len(order) < plan.base_rows:
            order = torch.cat([order, torch.randperm(len(rows))])
        batch, order = rows[order[: plan.base_rows]], order[plan.base_rows :]
        loss = model(input_ids=batch, labels=batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        if step % max(1, plan.base_steps // 5) == 0:
            progress(f"base step {step} of {plan.base_steps}: loss {loss.item():.2f}")


def train_adapter(data: DemoData, base: Path, tuned: Path, *, plan: DemoPlan, seed: int, progress: Say) -> None:
    """Train a LoRA on the base in folder ``base`` with a Trainer, and leave in ``tuned`` what such a run leaves."""
    with _quiet(), _one_thread():
        torch.manual_seed(seed)
        tokenizer = AutoTokenizer.from_pretrained(base)
        model = get_peft_model(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), _lora_config(plan))
        progress(f"training a LoRA of rank {plan.rank} on {len(data.train)} rows, {plan.epochs} epochs")
        trainer = Trainer(
            model=model,
            args=_arguments(tuned, plan, seed),
            train_dataset=[_encoded(tokenizer, item) for item in data.train],
            # By length, as the training rows are: less padding.
            eval_dataset=sorted((_encoded(tokenizer, item) for item in data.validation), key=_n_tokens),
            data_collator=_Padding(tokenizer.pad_token_id),
            processing_class=tokenizer,
            callbacks=[_Progress(progress)],
        )
        # Without progress bars the Trainer prints every log on stdout.
        trainer.remove_callback(PrinterCallback)
        trainer.train()
        trainer.save_model()
        trainer.save_state()


def _lora_config(plan: DemoPlan) -> LoraConfig:
    return LoraConfig(
        r=plan.rank,
        lora_alpha=plan.alpha,
        lora_dropout=plan.lora_dropout,
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        task_type="CAUSAL_LM",
    )


def _arguments(folder: Path, plan: DemoPlan, seed: int) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=plan.epochs,
        per_device_train_batch_size=plan.batch_rows,
        per_device_eval_batch_size=32,
        learning_rate=plan.learning_rate,
        lr_scheduler_type="cosine",
        train_sampling_strategy="group_by_length",
        warmup_steps=plan.evaluate_every // 2,
        weight_decay=plan.weight_decay,
        logging_steps=max(1, plan.evaluate_every // 3),
        eval_strategy="steps",
        eval_steps=plan.evaluate_every,
        save_strategy="steps",
        save_steps=2 * plan.evaluate_every,
        save_total_limit=2,
        seed=seed,
        data_seed=seed,
        # The demo is the same on every machine, with a GPU or without.
        use_cpu=True,
        dataloader_num_workers=0,
        dataloader_pin_memory=False,
        label_names=["labels"],
        remove_unused_columns=False,
        report_to="none",
        disable_tqdm=True,
        log_level="error",
    )


def _encoded(tokenizer: Any, item: Item) -> dict[str, list[int]]:
    """The item's tokens, and labels that count the response alone, with the mark of its end."""
    prompt = _rendered(tokenizer, item.prompt, add_generation_prompt=True)
    whole = _rendered(tokenizer, (*item.prompt, item.response), add_generation_prompt=False)
    assert whole[: len(prompt)] == prompt
    return {"input_ids": whole, "labels": [_IGNORED] * len(prompt) + whole[len(prompt) :]}


def _n_tokens(row: dict[str, list[int]]) -> int:
    return len(row["input_ids"])


def _rendered(tokenizer: Any, messages: Sequence[Message], *, add_generation_prompt: bool) -> list[int]:
    turns = [{"role": message.role, "content": message.content} for message in messages]
    text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=add_generation_prompt)
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


class _Padding:
    """Makes a batch of encoded items: padded on the right, with an attention mask."""

    def __init__(self, pad_token_id: int) -> None:
        self._pad_token_id = pad_token_id

    def __call__(self, rows: Sequence[dict[str, list[int]]]) -> dict[str, torch.Tensor]:
        longest = max(_n_tokens(row) for row in rows)

        def padded(lists: Iterator[list[int]], value: int) -> torch.Tensor:
            return torch.tensor([ids + [value] * (longest - len(ids)) for ids in lists])

        return {
            "input_ids": padded((row["input_ids"] for row in rows), self._pad_token_id),
            "attention_mask": padded(([1] * _n_tokens(row) for row in rows), 0),
            "labels": padded((row["labels"] for row in rows), _IGNORED),
        }


class _Progress(TrainerCallback):
    """One line for each evaluation."""

    def __init__(self, progress: Say) -> None:
        self._say = progress

    def on_evaluate(self, _args: Any, state: Any, _control: Any, metrics: dict[str, float], **_: Any) -> None:
        self._say(f"LoRA step {state.global_step} of {state.max_steps}: validation loss {metrics['eval_loss']:.2f}")


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute on one core: the weights are the same for every number of cores.

    A model so small gains little from a second one, and where cores are shared, threads that wait for each other make
    a step many times slower.
    """
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries' warnings, logs and progress bars off the terminal, and put everything back."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    level, bars = hf_logging.get_verbosity(), hf_logging.is_progress_bar_enabled()
    hf_logging.set_verbosity_error()
    hf_logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        hf_logging.set_verbosity(level)
        if bars:
            hf_logging.enable_progress_bar()
