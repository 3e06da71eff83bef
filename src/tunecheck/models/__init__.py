"""Engines that score items and answer prompts; `fake` needs no model, `huggingface` needs the extra hf."""

from tunecheck.models.fake import FakeGenerator, FakeScorer

__all__ = ["FakeGenerator", "FakeScorer"]
