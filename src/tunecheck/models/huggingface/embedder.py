"""HuggingFaceEmbedder: vectors of texts from an encoder that lies on this machine, such as BERT or RoBERTa."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from huggingface_hub import try_to_load_from_cache
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel
from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES

from tunecheck.errors import CannotRun, ModelError
from tunecheck.metrics.embedding import TextVector, TokenVectors
from tunecheck.models import batching
from tunecheck.models.huggingface.fingerprint import fingerprint
from tunecheck.models.huggingface.load import MAX_LAYERS, cannot_load, check_complete, check_finite, loading, quiet
from tunecheck.models.huggingface.memory import in_halves
from tunecheck.models.huggingface.offline import offline
from tunecheck.models.huggingface.precision import choose_device
from tunecheck.models.huggingface.text import load_tokenizer
from tunecheck.models.locate import ModelSource, locate
from tunecheck.models.templates import clean

T = TypeVar("T")

# The layers whose BERTScore agrees best with people on WMT16: bert_score 0.3.13, by the end of the model's name.
_LAYER_OF_NAME = {
    "bert-base-uncased": 9, "bert-large-uncased": 18, "bert-base-multilingual-cased": 9, "bert-base-chinese": 8,
    "roberta-base": 10, "roberta-large": 17, "roberta-large-mnli": 19, "distilroberta-base": 5,
    "distilbert-base-uncased": 5, "distilbert-base-multilingual-cased": 5, "xlm-roberta-base": 9,
    "xlm-roberta-large": 17, "deberta-base-mnli": 9, "deberta-large-mnli": 18, "deberta-xlarge-mnli": 40,
    "deberta-v3-base": 9, "deberta-v3-large": 12, "mdeberta-v3-base": 10, "mpnet-base": 8,
    "scibert_scivocab_uncased": 8,
}  # fmt: skip
# The same for models of their make under another name: type, layers, width.
_LAYER_OF_SHAPE = {
    ("bert", 12, 768): 9, ("bert", 24, 1024): 18, ("roberta", 12, 768): 10, ("roberta", 24, 1024): 17,
    ("roberta", 6, 768): 5, ("distilbert", 6, 768): 5, ("xlm-roberta", 12, 768): 9, ("xlm-roberta", 24, 1024): 17,
    ("mpnet", 12, 768): 8,
}  # fmt: skip

# bert_score, whose layers these are, reads a text of these models with a space in front, as a word after another.
_SPACE_IN_FRONT = ("roberta", "deberta")

# Steps of sentence-transformers that are computed here.
_KNOWN_STEPS = {"Transformer", "Pooling", "Normalize"}
_KNOWN_POOLING = {"mean", "cls"}

# For models that name no longest text; attention takes the square of it in memory.
_DEFAULT_MAX_TOKENS = 512
# Vectors of unit length that differ by no more than this are the same; kernels differ by some 1e-6.
_SAME = 1e-3
# Tokens a batch, padding included. Every layer's states are held: 100 MB for RoBERTa large on a CPU.
_BATCH_TOKENS = {"cpu": 1024, "cuda": 16_384}


@dataclass(frozen=True, slots=True)
class _Text:
    """A text in tokens: ids, which of them the tokenizer put around it, and how many were cut off."""

    ids: list[int]
    is_special: list[bool]
    n_cut: int

    @classmethod
    def of(cls, ids: list[int], special: list[int], max_tokens: int) -> _Text:
        n_cut = max(0, len(ids) - max_tokens)
        # The marks behind the text stay, as the model expects them.
        plain = [at for at, mark in enumerate(special) if not mark]
        gone = set(plain[len(plain) - n_cut :]) if n_cut else set()
        left = [at for at in range(len(ids)) if at not in gone]
        return cls([ids[at] for at in left], [bool(special[at]) for at in left], n_cut)


class HuggingFaceEmbedder:
    """An Embedder over an encoder of transformers, in float32.

    Token vectors are those of one layer, of text on its own; text vectors are pooled from the last layer, special
    tokens with them, as sentence-transformers does, and without a prompt in front. Made by ``open_embedder``.
    """

    def __init__(self, model: Any, tokenizer: Any, *, name: str, layer: int, pooling: str, max_tokens: int) -> None:
        self._model, self._tokenizer = model, tokenizer
        self._layer, self._pooling = layer, pooling
        self._device = model.device
        self.name = name
        self.max_tokens = max_tokens

    def token_vectors(self, texts: Sequence[str]) -> list[TokenVectors]:
        """The tokens of each text in the chosen layer. Raises CannotRun when not even one text fits the memory."""
        space = " " if self._model.config.model_type in _SPACE_IN_FRONT else ""
        encoded = self._encode([text and space + text for text in map(_stripped, texts)])
        return self._embed(encoded, self._tokens)

    def text_vectors(self, texts: Sequence[str]) -> list[TextVector]:
        """Each text as a whole. Raises CannotRun when not even one text fits the memory."""
        return self._embed(self._encode([_stripped(text) for text in texts]), self._whole)

    def _encode(self, texts: list[str]) -> list[_Text]:
        if not texts:
            return []
        # Markup in a text is text: an answer "[SEP]" has tokens of its own.
        encoded = self._tokenizer(
            texts, return_special_tokens_mask=True, split_special_tokens=True, truncation=False, padding=False,
            verbose=False,
        )  # fmt: skip
        pairs = zip(encoded["input_ids"], encoded["special_tokens_mask"], strict=True)
        return [_Text.of(ids, special, self.max_tokens) for ids, special in pairs]

    def _embed(self, texts: list[_Text], read: Callable[[Any, Tensor, Sequence[_Text]], list[T]]) -> list[T]:
        order = sorted(range(len(texts)), key=lambda at: -len(texts[at].ids))
        rows = [texts[at] for at in order]
        budget = _BATCH_TOKENS.get(self._device.type, _BATCH_TOKENS["cpu"])
        found: list[T] = []
        with torch.inference_mode():
            for part in batching.fill(rows, [len(row.ids) for row in rows], token_budget=budget):
                found += in_halves(part, partial(self._once, read=read), self._device, self._alone)
        back = dict(zip(order, found, strict=True))
        return [back[at] for at in range(len(texts))]

    def _alone(self, row: _Text) -> CannotRun:
        return CannotRun(
            f"out of memory on {self._device} with a single text of {len(row.ids)} tokens",
            hint="use a smaller embedding model or --device cpu",
        )

    def _once(self, rows: Sequence[_Text], read: Callable[[Any, Tensor, Sequence[_Text]], list[T]]) -> list[T]:
        longest = max(len(row.ids) for row in rows)
        # RoBERTa counts positions by what is not padding, so that padding must be the model's own.
        ids = torch.full((len(rows), longest), self._model.config.pad_token_id or 0, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for at, row in enumerate(rows):
            ids[at, : len(row.ids)] = torch.tensor(row.ids, dtype=torch.long)
            mask[at, : len(row.ids)] = 1
        ids, mask = ids.to(self._device), mask.to(self._device)
        output = self._model(input_ids=ids, attention_mask=mask, output_hidden_states=True)
        return read(output, mask, rows)

    def _tokens(self, output: Any, mask: Tensor, rows: Sequence[_Text]) -> list[TokenVectors]:  # noqa: ARG002
        states = nn.functional.normalize(output.hidden_states[self._layer].float(), dim=-1).cpu().numpy()
        return [
            TokenVectors(
                # A copy: a view would keep the padding of the whole batch in memory.
                vectors=states[at, : len(row.ids)].copy(), is_special=np.array(row.is_special, dtype=np.bool_),
                n_cut=row.n_cut,
            ) for at, row in enumerate(rows)
        ]  # fmt: skip

    def _whole(self, output: Any, mask: Tensor, rows: Sequence[_Text]) -> list[TextVector]:
        states = output.last_hidden_state.float()
        weights = mask.unsqueeze(-1)
        pooled = states[:, 0] if self._pooling == "cls" else (states * weights).sum(dim=1) / weights.sum(dim=1)
        vectors = nn.functional.normalize(pooled, dim=-1).cpu().numpy()
        return [
            TextVector(vector=vector.copy(), is_empty=all(row.is_special), n_cut=row.n_cut)
            for vector, row in zip(vectors, rows, strict=True)
        ]


def open_embedder(path: str, *, layer: int | None = None, device: str | None = None) -> HuggingFaceEmbedder:
    """The encoder in a folder, or under a hub name in the local cache, with its tokenizer; nothing is fetched.

    ``layer`` is the one that token vectors come from: 0 is the embedding, 1 the first layer. Left out, it is the one
    that BERTScore's authors found best for a model of that name or make, or else the last; ``name`` says which.

    Supported are encoders, of two kinds of folder: transformers' own, whose text vectors are mean-pooled, and those of
    sentence-transformers, whose pooling (mean or cls) and maximum length hold. Raises ModelError for every other model
    (causal, encoder-decoder), for damaged or missing files and a layer that is not there; CannotRun without memory.
    """
    source = locate(path)
    config = _encoder_config(source)
    where = choose_device(device)
    n_layers = int(config.num_hidden_layers)
    chosen, why = (layer, "asked for") if layer is not None else _default_layer(source, config)
    if not 0 <= chosen <= n_layers:
        raise ModelError(
            f"layer {chosen} is asked for, and {path} has {n_layers}", hint=f"name a layer from 0 to {n_layers}"
        )
    pooling, pooling_why = _pooling(source)
    tokenizer, _ = load_tokenizer([source.path])
    model, digest = _load(source, where)
    _check_vocabulary(source, tokenizer, model)
    short = source.folder.resolve().name if source.folder else source.path
    made = HuggingFaceEmbedder(
        model, tokenizer, layer=chosen, pooling=pooling, max_tokens=_max_tokens(source, tokenizer, model),
        name=f"{short} {digest[:8]}, layer {chosen} of {n_layers} ({why}), pooling {pooling} ({pooling_why})",
    )  # fmt: skip
    _try_out(source, made)
    return made


def _encoder_config(source: ModelSource) -> Any:
    if source.kind == "adapter":
        raise ModelError(f"{source.path} is an adapter: vectors come from a whole encoder", hint="name its base model")
    try:
        with quiet(), offline():
            config = AutoConfig.from_pretrained(source.path, trust_remote_code=False, local_files_only=True)
            n_layers = int(getattr(config, "num_hidden_layers", 0) or 0)
    # Whatever a damaged config makes the library raise, it is this folder's config that cannot be read.
    except Exception as error:
        raise cannot_load(source, error) from error
    kind = config.model_type
    if getattr(config, "is_encoder_decoder", False):
        what = "an encoder-decoder"
    elif getattr(config, "is_decoder", False) or kind not in MODEL_FOR_MASKED_LM_MAPPING_NAMES:
        what = "not an encoder"
    elif not 1 <= n_layers <= MAX_LAYERS:
        what = f"an encoder of {n_layers:,} layers"
    else:
        return config
    raise ModelError(
        f"the model in {source.path} is {what} ({kind}): its vectors cannot be compared here",
        hint="name an encoder such as a BERT, RoBERTa, DeBERTa or MPNet, or a sentence-transformers model of that kind",
    )


def _default_layer(source: ModelSource, config: Any) -> tuple[int, str]:
    """The layer for BERTScore, and why that one."""
    n_layers, name = int(config.num_hidden_layers), Path(source.path).name
    layer = _LAYER_OF_NAME.get(name)
    if layer is not None and layer <= n_layers:
        return layer, "best in bert_score"
    layer = _LAYER_OF_SHAPE.get((config.model_type, n_layers, int(config.hidden_size)))
    return (n_layers, "the last") if layer is None else (layer, f"bert_score's for a {config.model_type} of this size")


def _load(source: ModelSource, device: torch.device) -> tuple[Any, str]:
    """The model in float32 on ``device``, and a digest of its weights."""
    with loading(source, device):
        model, info = AutoModel.from_pretrained(
            source.path,
            dtype=torch.float32,
            trust_remote_code=False,
            local_files_only=True,
            output_loading_info=True,
        )
        model = model.to(device)
    # The pooler, which many files leave out, sits above all layers; without its weights it would be random.
    missing = [name for name in info.get("missing_keys") or () if "pooler." not in name]
    check_complete(source, {**info, "missing_keys": missing})
    model.eval()
    check_finite(source.path, model)
    weights = ((name, tensor) for name, tensor in model.named_parameters() if "pooler." not in name)
    return model, fingerprint(weights, model.config.to_dict())


def _check_vocabulary(source: ModelSource, tokenizer: Any, model: Any) -> None:
    rows = int(model.get_input_embeddings().weight.shape[0])
    if len(tokenizer) > rows:
        raise ModelError(
            f"{source.path}: its tokenizer has {len(tokenizer):,} tokens and its model {rows:,}",
            hint="the tokenizer belongs to another model; copy the model folder again",
        )


def _try_out(source: ModelSource, embedder: HuggingFaceEmbedder) -> None:
    """Raise ModelError now, and not in the middle of scoring, for a model whose vectors are of no use."""
    try:
        alone, whole = embedder.token_vectors(["a b"])[0].vectors, embedder.text_vectors(["a b"])[0].vector
        beside = embedder.token_vectors(["a b", "a b a b a b"])[0].vectors
    except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise ModelError(
            f"the model in {source.path} makes no vectors: {type(error).__name__}: {str(error)[:300]}",
            hint="name another encoder",
        ) from error
    if not (np.isfinite(alone).all() and np.isfinite(whole).all()):
        raise ModelError(f"the vectors of {source.path} are not finite", hint="copy the model folder again")
    # FNet mixes padding into the text, whatever the mask says.
    if np.abs(alone - beside).max() > _SAME:
        raise ModelError(
            f"the vectors that {source.path} makes of a text depend on the texts beside it in a batch",
            hint="name another encoder, such as a BERT or RoBERTa",
        )


def _max_tokens(source: ModelSource, tokenizer: Any, model: Any) -> int:
    """The smallest of what the tokenizer, the positions and sentence-transformers' settings allow."""
    limits = [tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", None)]
    limits += [
        # RoBERTa's first positions stand for padding.
        module.num_embeddings - module.padding_idx - 1
        for name, module in model.named_modules()
        if isinstance(module, nn.Embedding) and name.endswith("position_embeddings") and module.padding_idx is not None
    ]
    asked = _beside(source, "sentence_bert_config.json")
    limits += [asked.get("max_seq_length")] if isinstance(asked, dict) else []
    sane = [limit for limit in limits if isinstance(limit, int) and 2 < limit < 10**9]
    return min(sane, default=_DEFAULT_MAX_TOKENS)


def _pooling(source: ModelSource) -> tuple[str, str]:
    """mean or cls, and why."""
    steps = _beside(source, "modules.json")
    listed = [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []
    kinds = [str(step.get("type")).rsplit(".", 1)[-1] for step in listed]
    if unknown := sorted(set(kinds) - _KNOWN_STEPS):
        raise ModelError(
            f"{source.path} makes its vectors with {', '.join(unknown)} (modules.json), which is not supported",
            hint="name an encoder, or a sentence-transformers model of an encoder and a pooling",
        )
    config = _beside(source, "1_Pooling/config.json")
    if not isinstance(config, dict):
        return "mean", "the model names none"
    prefix = "pooling_mode_"
    named = config.get("pooling_mode")
    modes = [str(named)] if named else [name.removeprefix(prefix).removesuffix("_token").removesuffix("_tokens")
             for name, is_on in config.items() if name.startswith(prefix) and is_on is True]  # fmt: skip
    if len(modes) != 1 or modes[0] not in _KNOWN_POOLING:
        raise ModelError(
            f"{source.path}/1_Pooling/config.json asks for the pooling {' and '.join(modes) or 'none'}",
            hint="name a sentence-transformers model with mean or cls pooling",
        )
    return modes[0], "the model's own"


def _beside(source: ModelSource, name: str) -> Any:
    """A JSON file of the model, or None where it has none."""
    cached = None if source.folder else try_to_load_from_cache(source.path, name)
    path = source.folder / name if source.folder else Path(cached) if isinstance(cached, str) else None
    if path is None or not path.is_file():
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} cannot be read: {error}", hint="copy the model folder again") from error


def _stripped(text: str) -> str:
    return clean(text).strip()
