"""Local models of transformers and PEFT: the only place (with the demo's training) that imports torch."""

from tunecheck.models.huggingface.device import describe_device
from tunecheck.models.huggingface.generator import HuggingFaceGenerator
from tunecheck.models.huggingface.live import live_pair, trainer_pair
from tunecheck.models.huggingface.pair import LoadOptions, ModelPair, OpenSide
from tunecheck.models.huggingface.scorer import HuggingFaceScorer

__all__ = [
    "HuggingFaceGenerator",
    "HuggingFaceScorer",
    "LoadOptions",
    "ModelPair",
    "OpenSide",
    "describe_device",
    "live_pair",
    "trainer_pair",
]
