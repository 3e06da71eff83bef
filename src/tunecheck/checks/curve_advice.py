"""Advice for a log without evaluations: why there are none, and the line to change in that trainer's settings."""

from __future__ import annotations

import re

from tunecheck.checks.curve_series import TRAINING_SETS, Curve
from tunecheck.checks.phrases import listed
from tunecheck.core import History

# About so many evaluations in a run: enough for a trend, cheap enough.
EVALUATIONS = 10

# What a log's format or its evidence names, and the line that turns evaluations on there; the first that is named
# counts, so wrappers of the Hugging Face Trainer stand before it. {every} is a tenth of the run.
_LINES: tuple[tuple[str, str], ...] = (
    ("llama-factory", "val_size: 0.05, eval_strategy: steps and eval_steps: {every} in the YAML file"),
    ("axolotl", "val_set_size: 0.05 and evals_per_epoch: 4 in the YAML file"),
    ("mlx", "--steps-per-eval {every}, with a valid.jsonl beside train.jsonl in the folder of --data"),
    ("torchtune", "dataset_val (as dataset, with another split) and run_val_every_n_steps: {every} in the YAML file"),
    ("litgpt", "--eval.interval {every} and --data.val_split_fraction 0.05"),
    ("keras", "model.fit(..., validation_data=(x_val, y_val)) or validation_split=0.05"),
    ("lightning", "a validation_step that calls self.log('val_loss', loss), val_dataloaders in trainer.fit, and "
     "val_check_interval={every}"),
    ("unsloth", 'SFTConfig(eval_strategy="steps", eval_steps={every}) and SFTTrainer(eval_dataset=...)'),
    ("trl", 'SFTConfig(eval_strategy="steps", eval_steps={every}) and SFTTrainer(eval_dataset=...)'),
    ("", 'TrainingArguments(eval_strategy="steps", eval_steps={every}) and Trainer(eval_dataset=...)'),
)  # fmt: skip


def no_eval_cause(curve: Curve) -> str:
    """Why the log has no evaluation loss, as far as it tells; without a full stop."""
    history = curve.history
    others = sorted({one.name for one in history.series if one.split == "eval" and one.points and one.name != "loss"})
    if not any(one.points for one in history.series):
        return "the log holds no values"
    if curve.sets and all(one.name.lower() in TRAINING_SETS for one in curve.sets):
        return "the only evaluations were made on the training data"
    if others:
        return f"evaluations ran and logged {listed(others[:4])}, but no evaluation loss"
    if history.eval_strategy.lower() in ("no", "none"):
        return f'evaluations were switched off (eval_strategy="{history.eval_strategy}")'
    if history.n_eval == 0:
        return "there was no validation data"
    if history.eval_strategy:
        return f'eval_strategy was "{history.eval_strategy}", yet no evaluation loss was logged'
    return "the log has no evaluation"


# Logs that any trainer may have written.
_ANY_TRAINER = ("csv", "tensorboard", "printed", "json", "biases")
_IN_GENERAL = (
    "evaluate on held-out rows about ten times and log it as val_loss (with Transformers: "
    'TrainingArguments(eval_strategy="steps", eval_steps={every}) and Trainer(eval_dataset=...))'
)


def no_eval_hint(curve: Curve) -> str:
    """What to change so that the next run is evaluated, and what can be done with this one."""
    history = curve.history
    now = "and measure this one now: tunecheck overfitting TUNED --train FILE --val FILE"
    if any(one.split == "eval" and one.points for one in history.series) and not curve.sets:
        return (
            "the Trainer returns no loss where it finds no labels, as with some PEFT models: set "
            f'label_names=["labels"] in TrainingArguments, {now}'
        )
    return f"in the next run {_line(history).format(every=_every(curve))}, {now}"


def _line(history: History) -> str:
    """The line for the format; the evidence decides only where the format names no trainer that has one."""
    for told in (history.format, " ".join(history.evidence)):
        for name, line in _LINES:
            if name and re.search(rf"\b{name}\b", told.lower()):
                return f"set {line}"
    if any(re.search(rf"\b{name}\b", history.format.lower()) for name in _ANY_TRAINER):
        return _IN_GENERAL
    return f"set {_LINES[-1][1]}"


def _every(curve: Curve) -> int:
    """A tenth of the run in steps, rounded to two digits."""
    last = curve.last_step
    if last is None or curve.history.unit == "epoch" or not 0 < last < 1e15:
        return 50
    return max(1, int(float(f"{last / EVALUATIONS:.2g}")))


def resume_hint(told: str) -> str:
    """How a run is resumed in the trainer that a format names."""
    lower = told.lower()
    if "mlx" in lower:
        return ": --resume-adapter-file with its last adapter"
    if "torchtune" in lower or "axolotl" in lower or "llama-factory" in lower:
        return " from its last checkpoint: resume_from_checkpoint in the YAML file"
    if any(name in lower for name in ("litgpt", "lightning", "keras", *_ANY_TRAINER)):
        return " from its last checkpoint"
    return ": trainer.train(resume_from_checkpoint=True)"
