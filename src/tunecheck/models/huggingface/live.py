"""Live objects: a model and tokenizer that are already in memory, or a Trainer, as a pair to score."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from tunecheck.core import Item, PairFacts
from tunecheck.errors import InputError
from tunecheck.models.huggingface.fingerprint import fingerprint
from tunecheck.models.huggingface.load import encoder_decoder
from tunecheck.models.huggingface.pair import LoadOptions, OpenSide, Side, _context, _count, _stop_tokens, engine_name
from tunecheck.models.huggingface.scorer import CPU_TOKEN_BUDGET, GPU_TOKEN_BUDGET, HuggingFaceScorer, evaluation
from tunecheck.models.huggingface.switch import AdapterSwitch
from tunecheck.models.huggingface.text import TextSide, choose_template


class LivePair:
    """A model in memory: its adapter switched off is the base. Precision, device and training mode stay as they are."""

    def __init__(self, model: Any, tokenizer: Any, base: Any | None, options: LoadOptions) -> None:
        if tokenizer is None:
            raise InputError(
                "a live model needs its tokenizer", hint="pass tokenizer=, or processing_class= to Trainer"
            )
        self._models: dict[Side, Any] = {"tuned": model, "base": base if base is not None else model}
        peft_configs = getattr(model, "peft_config", {})
        self._switch = AdapterSwitch(model)
        self._is_adapter = bool(peft_configs) and base is None
        biased = any(getattr(config, "bias", "none") not in ("none", None) for config in peft_configs.values())
        shared = self._is_adapter and not biased
        template = choose_template(tokenizer, options.template, "the tokenizer that was passed")
        parameter = next(model.parameters())
        self._options = options
        self._text = TextSide(
            tokenizer=tokenizer, template=template.text, join=template.join, template_from=template.where,
            vocabulary=int(model.get_input_embeddings().weight.shape[0]), max_length=options.max_length,
        )  # fmt: skip
        note = "the adapter trained biases, which stay when it is switched off: pass base= to compare" if biased else ""
        self.facts = PairFacts(
            tuned="the model that was passed", base="the same model, adapter off" if shared else
            "the base that was passed" if base is not None else None,
            shared=shared, apart_reason=None if base is None else "a base was passed",
            method=str(next(iter(peft_configs.values())).peft_type.value) if peft_configs else "full model",
            n_parameters=_count(model), device=str(parameter.device), dtype=str(parameter.dtype).removeprefix("torch."),
            dtype_why="as it was passed", dtype_stored=str(parameter.dtype).removeprefix("torch."),
            context=options.context or _context(model.config), tokenizer_from="the tokenizer that was passed",
            tokenizer_differs=False, template_from=template.where,
            template_fingerprint=self._text.template_fingerprint, template_differs=False, same_tokens=True,
            end_tokens=(str(tokenizer.eos_token),) if tokenizer.eos_token else (),
            stop_tokens=_stop_tokens(model.config, tokenizer), notes=(note,) if note and base is None else (),
        )  # fmt: skip

    @contextmanager
    def open(self, side: Side, probe: Sequence[Item] = ()) -> Iterator[OpenSide]:  # noqa: ARG002
        """The side's scorer; nothing is loaded and nothing is measured in another precision."""
        model = self._models[side]
        device = next(model.parameters()).device
        off = side == "base" and self.facts.shared
        with self._switch as switch, evaluation(model):
            scorer = HuggingFaceScorer(
                model, self._text,
                fingerprint=fingerprint(model.state_dict().items(), {"config": str(model.config), "off": off}),
                engine=engine_name(device, self.facts.dtype, self.facts.context), context=self.facts.context,
                token_budget=self._options.token_budget
                or (CPU_TOKEN_BUDGET if device.type == "cpu" else GPU_TOKEN_BUDGET),
                full_sequence=self._options.full_sequence, show_side=switch.turn_off if off else switch.turn_on,
            )  # fmt: skip
            yield OpenSide(scorer=scorer, drift=None, token_budget=self._options.token_budget)

    def close(self) -> None:
        """Nothing to let go of: the models belong to the caller."""


def live_pair(model: Any, tokenizer: Any, *, base: Any | None = None, options: LoadOptions | None = None) -> LivePair:
    """A pair from objects in memory: a transformers or PEFT model, its tokenizer, and a base when there is one."""
    if not isinstance(model, torch.nn.Module):
        raise InputError(f"a model was expected, not {type(model).__name__}", hint="pass a transformers model")
    if getattr(getattr(model, "config", None), "is_encoder_decoder", False):
        raise encoder_decoder("the model that was passed", model.config)
    return LivePair(model, tokenizer, base, options or LoadOptions())


def trainer_pair(trainer: Any, *, options: LoadOptions | None = None) -> LivePair:
    """A pair from a transformers Trainer (or one of its kind): its model and its processing_class."""
    model = trainer.accelerator.unwrap_model(trainer.model) if hasattr(trainer, "accelerator") else trainer.model
    tokenizer = getattr(trainer, "processing_class", None) or getattr(trainer, "tokenizer", None)
    return live_pair(model, tokenizer, options=options)
