"""Trains a small base and a LoRA on it, and runs the checklist on them as a user would."""
