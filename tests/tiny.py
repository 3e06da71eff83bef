"""Tiny real models for tests: a Llama of some 20,000 parameters with a byte tokenizer, and LoRA adapters on it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
SPECIAL = ["<|end|>", "<|user|>", "<|assistant|>", "<|system|>", "<|tool|>", "<|pad|>"]


def tokenizer(chat_template: str | None = CHAT_TEMPLATE) -> Any:
    """One token a byte, and the marks of the chat template."""
    vocab = {char: n for n, char in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    inner = Tokenizer(models.BPE(vocab=vocab, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    made = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<|end|>", pad_token="<|pad|>")
    made.add_special_tokens({"additional_special_tokens": SPECIAL[1:-1]})
    made.chat_template = chat_template
    return made


def model(*, seed: int = 0, bias: bool = False, context: int = 64, vocabulary: int | None = None) -> Any:
    """A Llama with random weights, large enough in scale that its predictions differ from token to token."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=vocabulary or len(tokenizer()), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=context, attention_bias=bias,
        tie_word_embeddings=False, eos_token_id=256, bos_token_id=None, pad_token_id=261,
    )  # fmt: skip
    made = LlamaForCausalLM(config).eval()
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.dim() > 1:
                parameter.mul_(6)
    return made


def save_model(folder: Path, **options: Any) -> Path:
    """A model folder with its tokenizer."""
    model(**options).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder


def save_adapter(base: Path, folder: Path, *, zero: bool = False, seed: int = 1, **lora: Any) -> Path:
    """A LoRA adapter folder on ``base`` whose matrices are random (or zero: a no-op)."""
    torch.manual_seed(seed)
    options: dict[str, Any] = {"r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "v_proj"]}
    loaded = LlamaForCausalLM.from_pretrained(base)
    wrapped = get_peft_model(loaded, LoraConfig(**{"task_type": "CAUSAL_LM", **options, **lora}))
    with torch.no_grad():
        for name, parameter in wrapped.named_parameters():
            if "lora_B" in name and not zero:
                parameter.normal_(std=0.5)
            if "bias" in name and parameter.requires_grad and not zero:
                parameter.normal_(std=0.5)
    wrapped.peft_config["default"].base_model_name_or_path = str(base)
    with warnings.catch_warnings():
        # "Setting save_embedding_layers to True": that is what users get, and what is to be read back.
        warnings.simplefilter("ignore")
        wrapped.save_pretrained(folder)
    return folder
