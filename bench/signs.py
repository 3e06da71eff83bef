"""What the signs of overfitting cost beside the scoring that perplexity needs anyway.

    python bench/signs.py [--size 3M|31M] [--rows 2000 500]

One process, one model with an adapter, made here from random weights: first every item is scored on both sides, as
perplexity alone does; then the same with everything that the signs add: values per token, the general passages, the
divergence on a sample, distances to the training rows, and all statistics. Answers are left out: bench/generation is
about them. Prints both in seconds of processor time, so that other work on the machine does not count, and the share
that the signs add; the aim is less than 15%.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

SIZES = {"3M": (192, 4, 4096), "31M": (448, 8, 16384)}
WORDS = [a + b + c for a in "bdfgklmnprst" for b in ("a", "e", "i", "o", "u", "ai") for c in ("", "n", "r", "st", "m")]
ROUNDS = 3


def rows(n: int, seed: int) -> list[dict[str, str]]:
    """Pairs of a prompt of about 20 words and a response of about 60."""
    dice = random.Random(seed)
    return [
        {
            "prompt": " ".join(dice.choices(WORDS, k=dice.randint(10, 30))),
            "completion": " ".join(dice.choices(WORDS, k=dice.randint(30, 90))),
        }
        for _ in range(n)
    ]


def model(folder: Path, size: str) -> Path:
    """A random Llama with a byte-level BPE tokenizer trained on the rows and the general passages, and an adapter."""
    import torch
    from peft import LoraConfig, get_peft_model
    from tokenizers import ByteLevelBPETokenizer
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    from tunecheck.packs import general_items

    width, depth, vocabulary = SIZES[size]
    trained = ByteLevelBPETokenizer()
    texts = [item.response.content for item in general_items()] * 3 + [" ".join(row.values()) for row in rows(800, 9)]
    trained.train_from_iterator(texts, vocab_size=vocabulary, special_tokens=["<|end|>"])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=trained._tokenizer, eos_token="<|end|>", pad_token="<|end|>")
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=vocabulary, hidden_size=width, intermediate_size=3 * width, num_hidden_layers=depth,
        num_attention_heads=8, num_key_value_heads=8, max_position_embeddings=1024, eos_token_id=0, bos_token_id=None,
    )  # fmt: skip
    base = LlamaForCausalLM(config)
    base.save_pretrained(folder / "base")
    tokenizer.save_pretrained(folder / "base")
    tuned = get_peft_model(base, LoraConfig(r=8, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))
    for name, weight in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.05)
    tuned.peft_config["default"].base_model_name_or_path = str(folder / "base")
    tuned.save_pretrained(folder / "lora")
    return folder / "lora"


def scored(pair: Any, items: Any) -> float:
    """Seconds to score the items on both sides, as for perplexity."""
    start = time.process_time()
    with pair.open("tuned") as tuned, pair.open("base") as base:
        for side in (base.scorer, tuned.scorer):
            for batch in side.batches(side.encode(items)):
                side.score(batch)
    return time.process_time() - start


def with_signs(pair: Any, validation: Any, train: Any) -> float:
    """Seconds for the whole overfitting check on the same items, from the rows to its result."""
    from tunecheck import store
    from tunecheck.core import TrainingSettings
    from tunecheck.runner import plan as plans
    from tunecheck.runner.conclude import conclude
    from tunecheck.runner.execute import execute
    from tunecheck.runner.progress import Silent
    from tunecheck.runner.record import write_record

    start = time.process_time()
    plan = plans.make_plan(validation, train, n_answers=0)
    plan = replace(plan, train_sample=plan.train.items if plan.train else ())
    kept = store.InMemoryRunStore()
    execution = execute(plan, pair, lambda: kept, Silent())
    write_record(
        kept, plan, execution, title="", created="", seed=42, max_length=None, settings=TrainingSettings(),
        history=None, no_history="not part of this",
    )  # fmt: skip
    conclude(kept)
    return time.process_time() - start


def main() -> None:
    """Time both ways in turn, and print the medians."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--size", choices=SIZES, default="3M")
    asked.add_argument("--rows", type=int, nargs=2, default=(2000, 500), metavar=("TRAIN", "VALIDATION"))
    given = asked.parse_args()
    from tunecheck import data
    from tunecheck.models.huggingface import LoadOptions, ModelPair

    with tempfile.TemporaryDirectory() as folder:
        tuned = model(Path(folder), given.size)
        train, validation = (
            data.load(rows(n, seed), name=name)
            for n, seed, name in zip(given.rows, (1, 2), ("train", "validation"), strict=True)
        )
        plain, whole = [], []
        for _ in range(ROUNDS):
            plain.append(scored(ModelPair(str(tuned), None, LoadOptions()), [*validation.items, *train.items]))
            whole.append(with_signs(ModelPair(str(tuned), None, LoadOptions()), validation, train))
    before, after = (sorted(times)[ROUNDS // 2] for times in (plain, whole))
    print(
        f"| {given.size} | {given.rows[0]} + {given.rows[1]} | {before:.1f} | {after:.1f} | {after / before - 1:+.1%} |"
    )


if __name__ == "__main__":
    main()
