"""Load a causal language model from disk, whole and unharmed, and nothing else: no network, no remote code."""

from __future__ import annotations

import gc
import pickle
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES
from transformers.utils import logging as transformers_logging

from tunecheck.errors import CannotRun, ModelError
from tunecheck.models.huggingface.memory import is_out_of_memory
from tunecheck.models.huggingface.offline import offline
from tunecheck.models.locate import ModelSource, read_header

# The deepest models have some 200 layers. A library would build a million of them, one by one, before it looked at
# the weights.
MAX_LAYERS = 10_000


def load_config(source: ModelSource) -> Any:
    """The model's configuration. Raises ModelError when it cannot be read or is not in the local cache."""
    try:
        with quiet(), offline():
            config = AutoConfig.from_pretrained(source.path, trust_remote_code=False, local_files_only=True)
            text = config.get_text_config() if hasattr(config, "get_text_config") else config
            n_rows, n_layers = int(text.vocab_size), int(getattr(text, "num_hidden_layers", 0) or 0)
    # Whatever a damaged config makes the library raise, it is this folder's config that cannot be read.
    except Exception as error:
        raise cannot_load(source, error) from error
    if n_rows < 1 or n_layers > MAX_LAYERS:
        raise ModelError(
            f"the config of {source.path} asks for {n_layers:,} layers and a vocabulary of {n_rows:,}",
            hint="check that its config.json belongs to these weights",
        )
    if getattr(config, "is_encoder_decoder", False):
        raise encoder_decoder(f"the model in {source.path}", config)
    is_encoder = getattr(text, "is_decoder", None) is False and not getattr(text, "is_encoder_decoder", False)
    if is_encoder and text.model_type in MODEL_FOR_MASKED_LM_MAPPING_NAMES:
        # transformers loads BERT and its kin as causal models too, and leaves each token the sight of all others.
        raise ModelError(
            f"the model in {source.path} is an encoder ({text.model_type}): it reads the words that it should predict",
            hint="name a causal language model",
        )
    return config


def encoder_decoder(what: str, config: Any) -> ModelError:
    """The error for a model of two networks, one that reads the prompt and one that writes the answer."""
    return ModelError(
        f"{what} is an encoder-decoder ({config.model_type}): only models that go on with one text can be scored here",
        hint="name a causal language model, such as a Llama, Qwen, Mistral, Gemma or GPT-2",
    )


def load_model(source: ModelSource, device: torch.device) -> nn.Module:
    """The model in the precision of its files, in evaluation mode, on ``device``.

    Raises ModelError when weights are missing, of the wrong shape or not finite, CannotRun when memory runs out.
    """
    with loading(source, device):
        model, info = AutoModelForCausalLM.from_pretrained(
            source.path,
            dtype="auto",
            trust_remote_code=False,
            local_files_only=True,
            output_loading_info=True,
        )
        if not getattr(model, "is_quantized", False):
            model = model.to(device)
    check_complete(source, info)
    model.eval()
    check_finite(source.path, model)
    return model


@contextmanager
def loading(source: ModelSource, device: torch.device) -> Iterator[None]:
    """Weights are loaded here, in silence and without network; ModelError or CannotRun for whatever is raised."""
    try:
        with quiet(), offline():
            yield
    # Whatever a damaged model makes the libraries raise, it is this folder's model that cannot be loaded.
    except Exception as error:
        if is_out_of_memory(error):
            raise CannotRun(
                f"no memory on {device} for the weights of {source.path}", hint="try --device cpu or a smaller model"
            ) from error
        raise cannot_load(source, error) from error


def load_adapter(model: nn.Module, source: ModelSource) -> tuple[Any, tuple[str, ...]]:
    """The model with its PEFT adapter around it, and what PEFT warned about while loading it."""
    from peft import PeftModel

    try:
        with quiet(), offline(), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            wrapped = PeftModel.from_pretrained(
                model, source.path, is_trainable=False, autocast_adapter_dtype=False, local_files_only=True
            )
    # Whatever a damaged adapter makes the libraries raise, it is this adapter that cannot be put around its base.
    except Exception as error:
        if is_out_of_memory(error):
            raise CannotRun(
                f"no memory for the adapter in {source.path}", hint="try --device cpu or a smaller model"
            ) from error
        raise ModelError(
            f"the adapter in {source.path} cannot be put around its base: {_reason(error)}",
            hint="check its adapter_config.json, or name the base that it was trained on: --base MODEL",
        ) from error
    wrapped.eval()
    check_finite(source.path, wrapped)
    missing = tuple(str(w.message)[:300] for w in caught if "missing" in str(w.message).lower())
    return wrapped, missing


def release(device: torch.device) -> None:
    """Give back the memory of models that nobody holds any more."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()


def stored_dtype(source: ModelSource, config: Any) -> torch.dtype:
    """The precision of the files: what the configuration says, or else what the first weight file holds."""
    named = getattr(config, "dtype", None)
    if isinstance(named, torch.dtype):
        return named
    for path in sorted(source.folder.glob("*.safetensors")) if source.folder else []:
        kinds = {entry["dtype"] for entry in read_header(path).values() if isinstance(entry, dict) and "dtype" in entry}
        for name, dtype in (("BF16", torch.bfloat16), ("F16", torch.float16)):
            if name in kinds:
                return dtype
    return torch.float32


def check_finite(where: str | Path, model: nn.Module) -> None:
    """Raise ModelError when a weight is NaN or infinite, naming the tensors."""
    broken = []
    for name, tensor in model.named_parameters():
        if tensor.is_floating_point() and tensor.numel() and tensor.dtype.itemsize > 1:
            low, high = torch.aminmax(tensor.detach())
            if not (torch.isfinite(low) and torch.isfinite(high)):
                broken.append(name)
    if broken:
        shown = ", ".join(broken[:3]) + (f" and {len(broken) - 3} more" if len(broken) > 3 else "")
        raise ModelError(
            f"{where}: weights are NaN or infinite in {shown}",
            hint="the training diverged or the file is damaged; take an earlier checkpoint",
        )


@contextmanager
def quiet() -> Iterator[None]:
    """No progress bars and no advice from transformers while it loads; its settings are put back afterwards."""
    level = transformers_logging.get_verbosity()
    bars = transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        transformers_logging.set_verbosity(level)
        if bars:
            transformers_logging.enable_progress_bar()


def check_complete(source: ModelSource, info: dict[str, Any]) -> None:
    """Raise ModelError where the files lack weights that the model has."""
    missing = sorted(info.get("missing_keys") or ())
    mismatched = sorted(
        str(entry[0] if isinstance(entry, tuple) else entry) for entry in info.get("mismatched_keys") or ()
    )
    for names, what in ((missing, "are not in its files"), (mismatched, "have another shape than its config says")):
        if names:
            raise ModelError(
                f"{source.path}: {len(names)} weights {what} ({', '.join(names[:3])}), so it would be partly random",
                hint="save the model again, or check that config.json belongs to these weights",
            )


def cannot_load(source: ModelSource, error: Exception) -> ModelError:
    """Why a library could not load a model, in our words."""
    reason = _reason(error)
    if source.folder is None:
        return ModelError(
            f"{source.path} is neither a folder nor in the local Hugging Face cache",
            hint=f"check the path, or fetch the model first: hf download {source.path}",
        )
    hint = "check that the folder holds one whole transformers model"
    if "ignore_mismatched_sizes" in reason:
        reason = "its weights have other shapes than its config says"
        hint = "check that config.json belongs to these weights"
    if "trust_remote_code" in reason or "custom code" in reason:
        hint = "it brings its own code, which tunecheck never runs; use a model type that transformers knows"
    return ModelError(f"the model in {source.path} cannot be loaded: {reason}", hint=hint)


def _reason(error: Exception) -> str:
    """One line of what a library says."""
    if isinstance(error, pickle.UnpicklingError):
        # torch's own text advises to load the file in the way that would run what it holds.
        return "its .bin file is damaged or holds more than tensors, which would run code; save it as .safetensors"
    return f"{type(error).__name__}: {' '.join(str(error).split())[:400]}"
