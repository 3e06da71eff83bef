"""The two bases that the fine-tunes start from, and general text of the kind that each was trained on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from tunecheck.demo.corpus import generate_corpus
from tunecheck.demo.plan import DemoPlan
from tunecheck.demo.train import train_base

SHARED_DATA = Path(os.environ.get("TUNECHECK_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
N_GENERAL, N_MORE = 40, 80  # General texts to measure forgetting on, and others to train on.
N_AGAINST = 720  # So many more keep the stories base, so small, from forgetting.

# The demo's base, trained a little shorter: sane, and quick to make.
BASE_PLAN = DemoPlan(
    n_train=1,
    n_documents=6000,
    base_steps=300,
    rank=8,
    alpha=16,
    lora_dropout=0.0,
    epochs=1,
    batch_rows=8,
    learning_rate=1e-3,
    weight_decay=0.0,
    evaluate_every=10,
)


@dataclass(frozen=True, kw_only=True)
class Base:
    """A model folder; whether its rows are conversations; general texts unseen in tuning, and others to tune on."""

    name: str
    folder: Path
    is_chat: bool
    general: tuple[str, ...]
    more_general: tuple[str, ...]


def bases(work: Path) -> dict[str, Callable[[], Base]]:
    """The bases that this machine can have, by name; each is made in ``work`` when it is called for."""
    stories = SHARED_DATA / "models" / "stories260K"
    found: dict[str, Callable[[], Base]] = {"demo": lambda: _demo(work / "base-demo")}
    if (stories / "model.safetensors").is_file():
        found["stories"] = lambda: _stories(stories, work / "base-stories-more.json")
    return found


def _demo(folder: Path) -> Base:
    if not (folder / "model.safetensors").is_file():
        corpus = generate_corpus(BASE_PLAN.n_documents, Random("truths corpus"))
        train_base(corpus, folder, plan=BASE_PLAN, seed=0, progress=lambda _: None)
    texts = generate_corpus(2 * (N_GENERAL + N_MORE) + 20, Random("truths general"))
    # No exchanges: these are what the tuning data is about.
    texts = tuple(text for text in texts if not text.startswith("Question:"))[: N_GENERAL + N_MORE]
    return Base(name="demo", folder=folder, is_chat=True, general=texts[:N_GENERAL], more_general=texts[N_GENERAL:])


def _stories(folder: Path, kept: Path) -> Base:
    if not kept.is_file():
        told = _told(folder, N_GENERAL + N_MORE, seed=0) + _told(folder, N_AGAINST, seed=1)
        kept.write_text(json.dumps(told), encoding="utf-8")
    texts = tuple(json.loads(kept.read_text(encoding="utf-8")))
    return Base(name="stories", folder=folder, is_chat=False, general=texts[:N_GENERAL], more_general=texts[N_GENERAL:])


def _told(folder: Path, n: int, *, seed: int) -> list[str]:
    """Stories drawn from the model itself: text of its own kind, without its training file."""
    torch.manual_seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    start = torch.full((n, 1), tokenizer.bos_token_id)
    ids = model.generate(start, do_sample=True, temperature=1.0, top_k=0, max_new_tokens=150, use_cache=True)
    return [text.strip() for text in tokenizer.batch_decode(ids, skip_special_tokens=True)]
