"""Embedded: the metrics that compare texts by the vectors of an encoder on this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tunecheck import _optional
from tunecheck.errors import InputError
from tunecheck.metrics.embedding import BertScore, EmbeddingSimilarity
from tunecheck.metrics.metric import Metric

EMBEDDED: Mapping[str, Callable[[Any], Metric]] = {"bertscore": BertScore, "embedding_similarity": EmbeddingSimilarity}
OPTIONS = ("model", "layer", "device")


def embedded_metric(name: str, options: Mapping[str, str]) -> Metric:
    """BERTScore or similarity of embeddings with the encoder that ``model`` names; nothing is fetched.

    Raises InputError without a model, for a layer that is no number, and for what is no encoder.
    """
    unknown = [option for option in options if option not in OPTIONS]
    if unknown:
        raise InputError(f"the metric {name} has no option {unknown[0]!r}", hint=f"it has: {', '.join(OPTIONS)}")
    if "model" not in options:
        raise InputError(
            f"the metric {name} needs an encoder, and none is named",
            hint=f"name a folder on this machine: --task {name}:model=FOLDER, or tunecheck score {name} --option "
            "model=FOLDER",
        )
    layer = options.get("layer")
    if layer is not None and not layer.isdecimal():
        raise InputError(f"layer={layer} of the metric {name} is not a number of a layer", hint="leave it out")
    engine = _optional.load("tunecheck.models.huggingface.embedder")
    embedder = engine.open_embedder(
        options["model"], layer=int(layer) if layer is not None else None, device=options.get("device")
    )
    return EMBEDDED[name](embedder)
