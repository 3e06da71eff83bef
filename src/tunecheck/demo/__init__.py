"""Trains a small base and a LoRA on it, so that the checklist can be tried on files like a user's own.

Everything is made here: the text from a grammar, the tokenizer and the base from the text, the adapter with a real
Trainer run. Nothing is downloaded.
"""

from tunecheck.demo.build import build
from tunecheck.demo.data import DemoData, generate
from tunecheck.demo.plan import HEALTHY, OVERFITTED, DemoFiles, DemoPlan

__all__ = ["HEALTHY", "OVERFITTED", "DemoData", "DemoFiles", "DemoPlan", "build", "generate"]
