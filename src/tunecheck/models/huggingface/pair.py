"""ModelPair: base and tuned, on one copy of the weights wherever that tells the truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import torch
import transformers
from torch import nn

from tunecheck.core import Drift, EncodedItem, Item, PairFacts
from tunecheck.errors import ModelError
from tunecheck.models.huggingface import precision
from tunecheck.models.huggingface.adapter import apart_reason
from tunecheck.models.huggingface.fingerprint import fingerprint
from tunecheck.models.huggingface.generator import HuggingFaceGenerator
from tunecheck.models.huggingface.load import load_adapter, load_config, load_model, quiet, release, stored_dtype
from tunecheck.models.huggingface.scorer import CPU_TOKEN_BUDGET, GPU_TOKEN_BUDGET, HuggingFaceScorer
from tunecheck.models.huggingface.switch import AdapterSwitch
from tunecheck.models.huggingface.text import TextSide, choose_template, load_tokenizer, own_template
from tunecheck.models.locate import ModelSource, locate, locate_base, read_header

Side = Literal["tuned", "base"]

# Without a limit of their own (Mamba, ALiBi) texts are cut into windows of this many tokens.
DEFAULT_CONTEXT = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """How models are to be loaded and items to be scored; the defaults are what most people want.

    device         cpu, cuda, cuda:1, ...; None takes a GPU when there is one
    dtype          auto, float32, bfloat16 or float16
    context        longest window in tokens; None takes the model's own limit
    max_length     cut every sequence to so many tokens; None scores all of it
    token_budget   tokens in a padded batch; None fits the device
    template       auto, none, plain, or the path of a chat template
    full_sequence  also total the prompt's tokens, for the figure that stands beside the response's
    """

    device: str | None = None
    dtype: str = "auto"
    context: int | None = None
    max_length: int | None = None
    token_budget: int | None = None
    template: str = "auto"
    full_sequence: bool = True


@dataclass(frozen=True, kw_only=True)
class OpenSide:
    """A side that is loaded now: its scorer, and its drift from float32 (a text says why it was not measured).

    ``token_budget`` is that of the generator; None fits the model and the device.
    """

    scorer: HuggingFaceScorer
    drift: Drift | str | None
    token_budget: int | None = None

    @cached_property
    def generator(self) -> HuggingFaceGenerator:
        """Answers prompts with the same weights; made when it is first asked for, since it tries a few steps."""
        return HuggingFaceGenerator.beside(self.scorer, token_budget=self.token_budget)


@dataclass(kw_only=True)
class _Loaded:
    model: Any
    tuned_fingerprint: str
    base_fingerprint: str
    n_parameters: int
    switch: AdapterSwitch = field(init=False)

    def __post_init__(self) -> None:
        self.switch = AdapterSwitch(self.model)


class ModelPair:
    """Base and tuned as a user named them; nothing is loaded before a side is opened.

    ``facts`` describe what is known so far; they are complete once a side was open.
    """

    def __init__(self, tuned: str, base: str | None = None, options: LoadOptions | None = None) -> None:
        self.options = options or LoadOptions()
        self.tuned = locate(tuned)
        self.base = locate_base(self.tuned, base)
        self.device = precision.choose_device(self.options.device)
        # An adapter runs on its base's configuration.
        self._foundation = self.base if self.tuned.kind == "adapter" and self.base else self.tuned
        self._config = load_config(self._foundation)
        self._base_config = load_config(self.base) if self.base else self._config
        self._texts, tokenizer_from = self._text_sides()
        self._loaded: _Loaded | None = None
        self.facts = self._first_facts(tokenizer_from)

    @contextmanager
    def open(self, side: Side, probe: Sequence[Item] = ()) -> Iterator[OpenSide]:
        """Load a side (or switch the shared weights to it) for as long as the context lasts.

        ``probe`` is a few items on which the drift from float32 is measured where another precision is computed.
        """
        if self._loaded is None:
            shared = self.facts.shared
            self._loaded = self._load(side)
            if side == "base" and shared and not self.facts.shared:  # Found out just now, with the adapter around it.
                self.close()
                self._loaded = self._load(side)
        try:
            scorer = self._scorer(side)
            drift = self._set_precision(scorer, scorer.encode(probe))
            yield OpenSide(scorer=scorer, drift=drift, token_budget=self.options.token_budget)
        finally:
            if not self.facts.shared:
                self.close()

    def close(self) -> None:
        """Let go of the weights."""
        self._loaded = None
        release(self.device)

    def encode(self, side: Side, items: Sequence[Item]) -> list[EncodedItem]:
        """Items as that side sees them; needs no weights."""
        return self._texts[side].encode(items)

    def _text_sides(self) -> tuple[dict[Side, TextSide], str]:
        tuned, base = self.tuned, self.base
        near = [tuned.path, *([str(tuned.folder.parent)] if tuned.folder and "checkpoint-" in tuned.path else [])]
        tokenizer, where = load_tokenizer([*near, *([base.path] if base else [])])
        template = choose_template(tokenizer, self.options.template, where)
        rows = self._vocabulary(tokenizer)
        text = TextSide(
            tokenizer=tokenizer, template=template.text, join=template.join, template_from=template.where,
            vocabulary=rows, max_length=self.options.max_length,
        )  # fmt: skip
        base_rows = int(_text_config(self._base_config).vocab_size)
        base_text = replace(text, vocabulary=base_rows)
        if base and len(tokenizer) > base_rows:  # Tokens were added in training: the base does not know them.
            base_text = replace(base_text, tokenizer=load_tokenizer([base.path])[0])
        return {"tuned": text, "base": base_text}, where

    def _vocabulary(self, tokenizer: Any) -> int:
        """Embedding rows of the tuned model: those of its base, unless the vocabulary was resized in training."""
        rows = int(_text_config(self._config).vocab_size)
        path = self.tuned.folder / "adapter_model.safetensors" if self.tuned.folder else None
        if self.tuned.kind != "adapter" or path is None or not path.is_file():
            return rows
        for name, entry in read_header(path).items():
            if (
                name.endswith(("embed_tokens.weight", "wte.weight", "lm_head.weight"))
                and isinstance(entry, dict)
                and entry["shape"]
            ):
                return int(entry["shape"][0])
        return max(rows, len(tokenizer)) if len(tokenizer) > rows else rows

    def _first_facts(self, tokenizer_from: str) -> PairFacts:
        text, base = self._texts["tuned"], self.base
        reason = apart_reason(self.tuned) if base else None
        if base and reason is None and text.vocabulary != self._texts["base"].vocabulary:
            reason = f"the vocabulary was resized from {self._texts['base'].vocabulary:,} to {text.vocabulary:,}"
        stored = stored_dtype(self._foundation, self._config)
        base_tokenizer = _tokenizer_or_none(base) if base and tokenizer_from != base.path else None
        own, tokenizer = own_template(base_tokenizer), text.tokenizer
        return PairFacts(
            tuned=self.tuned.path,
            base=base.path if base else None,
            shared=base is not None and reason is None,
            apart_reason=reason,
            method=self.tuned.adapter.method if self.tuned.adapter else "full model",
            n_parameters=0,
            device=str(self.device),
            dtype="",
            dtype_why="",
            dtype_stored=str(stored).removeprefix("torch."),
            context=self.options.context or _context(self._config),
            tokenizer_from=tokenizer_from,
            tokenizer_differs=base_tokenizer is not None and base_tokenizer.get_vocab() != tokenizer.get_vocab(),
            template_from=text.template_from,
            template_fingerprint=text.template_fingerprint,
            template_differs=bool(own) and own != text.template,
            same_tokens=self._texts["base"].tokenizer is tokenizer,
            end_tokens=(str(tokenizer.eos_token),) if tokenizer.eos_token else (),
            stop_tokens=_stop_tokens(self._config, tokenizer),
            notes=tuple(note for note in (self.tuned.note, base.note if base else "") if note),
        )

    def _load(self, side: Side) -> _Loaded:
        if side == "base" and not self.facts.shared:
            assert self.base is not None
            model = load_model(self.base, self.device)
            print_ = fingerprint(model.state_dict().items(), self._base_config.to_dict())
            return _Loaded(model=model, tuned_fingerprint="", base_fingerprint=print_, n_parameters=_count(model))
        model = load_model(self._foundation, self.device)
        print_ = fingerprint(model.state_dict().items(), self._config.to_dict())
        if self.tuned.kind == "full":
            self.facts = replace(self.facts, n_parameters=_count(model))
            return _Loaded(model=model, tuned_fingerprint=print_, base_fingerprint="", n_parameters=_count(model))
        return self._wrap(model, print_)

    def _wrap(self, model: Any, base_print: str) -> _Loaded:
        """Put the adapter around the base, and see that switching it off gives the base back."""
        from peft import get_peft_model_state_dict

        before, layers = _try_out(model, nullcontext()), _outer_layers(model)
        rows = self._texts["tuned"].vocabulary
        if rows != model.get_input_embeddings().weight.shape[0]:
            model.resize_token_embeddings(rows, mean_resizing=False)
        wrapped, warned = load_adapter(model, self.tuned)
        wrapped.to(self.device)
        tensors = get_peft_model_state_dict(wrapped, save_embedding_layers=False)
        config = wrapped.peft_config[wrapped.active_adapter].to_dict()
        if self.facts.shared:
            with quiet():
                after = _try_out(wrapped, wrapped.disable_adapter())
            if not (torch.equal(before, after) and _same_layers(layers, _outer_layers(wrapped.get_base_model()))):
                reason = "with the adapter switched off the weights do not give the base's numbers"
                self.facts = replace(self.facts, shared=False, apart_reason=reason)
        self.facts = replace(
            self.facts,
            n_parameters=_count(wrapped),
            nothing_learned=_nothing_learned(tensors, config, warned),
            notes=(*self.facts.notes, *warned),
        )
        # Sharing was seen to be true: the base under the adapter is the one hashed above. Otherwise PEFT may have put
        # other weights over it (resized embeddings, layers that the adapter's file holds whole), so all are hashed.
        weights = tensors if self.facts.shared else {**wrapped.state_dict(), **tensors}
        tuned_print = fingerprint(weights.items(), config, over=base_print)
        return _Loaded(
            model=wrapped, tuned_fingerprint=tuned_print, base_fingerprint=base_print, n_parameters=_count(wrapped)
        )

    def _scorer(self, side: Side) -> HuggingFaceScorer:
        loaded, options = self._loaded, self.options
        assert loaded is not None
        chosen = precision.choose(
            options.dtype, self.device,
            stored=getattr(torch, self.facts.dtype_stored), n_parameters=loaded.n_parameters,
        )  # fmt: skip
        self.facts = replace(self.facts, dtype=chosen.name, dtype_why=chosen.why)
        budget = options.token_budget or (CPU_TOKEN_BUDGET if self.device.type == "cpu" else GPU_TOKEN_BUDGET)
        off = side == "base" and self.facts.shared
        return HuggingFaceScorer(
            loaded.model,
            self._texts[side],
            fingerprint=loaded.base_fingerprint if side == "base" else loaded.tuned_fingerprint,
            engine=engine_name(self.device, chosen.name, self.facts.context),
            context=self.facts.context,
            token_budget=budget,
            full_sequence=options.full_sequence,
            show_side=loaded.switch.turn_off if off else loaded.switch.turn_on,
        )

    def _set_precision(self, scorer: HuggingFaceScorer, probe: Sequence[EncodedItem]) -> Drift | str | None:
        """Bring the weights to the chosen precision, by way of float32 and a look at what the change does."""
        loaded = self._loaded
        assert loaded is not None
        dtype = getattr(torch, self.facts.dtype)
        if getattr(loaded.model, "is_quantized", False):
            return "the weights are quantised"
        if dtype == torch.float32:
            loaded.model.to(dtype)
            return None
        needed = 4 * loaded.n_parameters
        probe = [item for item in probe if 1 in item.in_response]
        if not probe or needed > 0.8 * precision.free_bytes(self.device):
            loaded.model.to(dtype)
            return "no item to try" if not probe else f"a float32 copy would need {needed / 2**30:.1f} GiB"
        loaded.model.float()
        exact = scorer.score(probe)
        loaded.model.to(dtype)
        changes = [
            (score.response.nll_nats - sure.response.nll_nats) / sure.response.n_tokens
            for score, sure in zip(scorer.score(probe), exact, strict=True)
        ]
        largest = max(changes, key=abs)
        return Drift(mean_nats=sum(changes) / len(changes), largest_nats=largest, n_items=len(changes))


def engine_name(device: torch.device, dtype: str, context: int) -> str:
    """All that could change a bit of a score besides weights and tokens."""
    return (
        f"transformers {transformers.__version__}, torch {torch.__version__}, {device.type}, {dtype}, context {context}"
    )


def _count(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def _text_config(config: Any) -> Any:
    return config.get_text_config() if hasattr(config, "get_text_config") else config


def _context(config: Any) -> int:
    text = _text_config(config)
    names = ("max_position_embeddings", "n_positions", "max_sequence_length", "seq_length", "max_seq_len")
    found = [value for name in names if isinstance(value := getattr(text, name, None), int) and value > 1]
    return found[0] if found else DEFAULT_CONTEXT


def _stop_tokens(config: Any, tokenizer: Any) -> tuple[str, ...]:
    ids = _text_config(config).eos_token_id
    listed = ids if isinstance(ids, list) else [] if ids is None else [ids]
    return tuple(str(tokenizer.convert_ids_to_tokens(i)) for i in listed if 0 <= i < len(tokenizer))


def _tokenizer_or_none(source: ModelSource) -> Any | None:
    try:
        return load_tokenizer([source.path])[0]
    except ModelError:
        return None


def _try_out(model: Any, side: AbstractContextManager[object]) -> torch.Tensor:
    """Logits of a fixed short sequence."""
    weight = model.get_input_embeddings().weight
    ids = (torch.arange(16, device=weight.device) * 7 + 3).remainder(weight.shape[0]).unsqueeze(0)
    with torch.inference_mode(), side:
        return torch.as_tensor(model(input_ids=ids, use_cache=False).logits)


def _outer_layers(model: Any) -> list[torch.Tensor]:
    """Copies of the embedding and the output layer of the base: PEFT may load trained ones over them."""
    layers = [model.get_input_embeddings(), model.get_output_embeddings()]
    originals = [
        getattr(getattr(layer, "original_module", layer), "base_layer", layer) for layer in layers if layer is not None
    ]
    return [layer.weight.detach().clone() for layer in originals if hasattr(layer, "weight")]


def _same_layers(before: list[torch.Tensor], after: list[torch.Tensor]) -> bool:
    return len(before) == len(after) and all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def _nothing_learned(tensors: dict[str, torch.Tensor], config: dict[str, Any], warned: tuple[str, ...]) -> str:
    causes = []
    ups = [tensor for name, tensor in tensors.items() if "lora_B" in name or "lora_embedding_B" in name]
    if ups and not any(bool(tensor.any()) for tensor in ups):
        causes.append("all lora_B matrices are zero: the adapter was saved before its first training step")
    if config.get("lora_alpha") == 0:
        causes.append("lora_alpha is 0, so the adapter's output is multiplied by 0")
    if warned:
        causes.append("weights of the adapter were not found under the names that its config expects")
    return "; ".join(causes)
