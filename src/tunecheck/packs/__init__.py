"""Texts and prompts that come with tunecheck: what a fine-tuned model should not have forgotten."""

from tunecheck.packs.reading import (
    Pack,
    PromptForm,
    Skill,
    fingerprint,
    general_items,
    skill_items,
    skill_of,
    skills,
    unrelated_items,
)
from tunecheck.packs.rules import Rule, RuleKind, passes, without_thinking

__all__ = [
    "Pack",
    "PromptForm",
    "Rule",
    "RuleKind",
    "Skill",
    "fingerprint",
    "general_items",
    "passes",
    "skill_items",
    "skill_of",
    "skills",
    "unrelated_items",
    "without_thinking",
]
