"""Engines that score items: one module or package each; `fake` needs no model, `huggingface` needs the extra hf."""

from tunecheck.models.fake import FakeScorer

__all__ = ["FakeScorer"]
