"""Curve findings on runs whose loss is no likelihood: preferences (DPO, KTO, ...) and reinforcement (PPO, GRPO)."""

from __future__ import annotations

import math
from collections.abc import Iterator

from tunecheck.checks.curve_fit import Floats
from tunecheck.checks.curve_series import Curve, finite, values_of
from tunecheck.checks.curve_train_rules import loss_noise
from tunecheck.checks.phrases import number, percent
from tunecheck.core import Finding, History

# Preferences got right on the training pairs, and how much lower those of the evaluation pairs are.
REWARDS_KNOWN, REWARDS_GAP = 0.95, 0.15
# A log-probability of the chosen answers that fell by this share, and by so many standard errors, has fallen.
CHOSEN_FALL, CHOSEN_ERRORS = 0.05, 3.0
FEWEST_LOGGED = 4

_PARTS = ("train", "eval")
_REWARDS = ("reward", "objective/scores", "objective/rlhf_reward")


def is_reinforcement(history: History) -> bool:
    """Whether the model was trained on rewards of its own answers, and not on pairs of chosen and rejected ones."""
    names = {series.name for series in history.series}
    return bool(names & set(_REWARDS)) and not any(name.endswith(("/chosen", "/rejected")) for name in names)


def preference_findings(curve: Curve) -> Iterator[Finding]:
    """What such a loss can and cannot say, and what the rewards and the chances of the chosen answers show."""
    if is_reinforcement(curve.history):
        yield _reinforcement(curve)
        return
    yield Finding(
        code="curve.preference",
        severity="info",
        message="this is a preference run: its loss says how well chosen and rejected answers are told apart (DPO "
        "starts at ln 2 = 0.693), and nothing of likelihood, perplexity or overfitting",
        hint="look at rewards/accuracies on held-out pairs, and let people compare answers",
    )
    yield from _displacement(curve)
    train, held_out = (finite(values_of(curve.history, "rewards/accuracies", split=part)) for part in _PARTS)
    ours, theirs = (_median_of_last(train), float(held_out[-1])) if len(train) and len(held_out) else (0.0, 0.0)
    if len(train) >= 3 and ours >= REWARDS_KNOWN and ours - theirs >= REWARDS_GAP:
        yield Finding(
            code="curve.reward_gap",
            severity="warn",
            message=f"{percent(ours)} of the training pairs are told apart, but {percent(theirs)} of the evaluation "
            "pairs: the preferences are learned by heart",
            evidence={"train": ours, "eval": theirs},
            hint="train for fewer epochs or on more pairs",
        )


def _median_of_last(values: Floats) -> float:
    last = sorted(float(value) for value in values[-3:])
    return last[len(last) // 2] if len(last) % 2 else (last[0] + last[1]) / 2


def _reinforcement(curve: Curve) -> Finding:
    rewards = next((found for name in _REWARDS if len(found := finite(values_of(curve.history, name)))), None)
    told, evidence = "", {}
    if rewards is not None and len(rewards) >= FEWEST_LOGGED:
        k = max(1, len(rewards) // 5)
        start, end = float(rewards[:k].mean()), float(rewards[-k:].mean())
        told, evidence = f"; its mean reward went from {number(start)} to {number(end)}", {"start": start, "end": end}
    return Finding(
        code="curve.reinforcement",
        severity="info",
        message="this is a reinforcement run: its loss stays near zero whether or not the model gets better, and says "
        f"nothing of likelihood, perplexity or overfitting{told}",
        evidence=evidence,
        hint="look at the reward on held-out prompts, at what the answers look like, and let people compare them",
    )


def _displacement(curve: Curve) -> Iterator[Finding]:
    """Chosen answers that became less likely; evaluation pairs, the same each time, outrank those of the training.

    Batches of training differ in the length of their answers, and with it in their log-probabilities: a fall counts
    beyond three standard errors of both means, and not where the reward of the chosen, which is relative to the
    reference model, did not fall below zero.
    """
    for split in reversed(_PARTS):
        chosen = finite(values_of(curve.history, "logps/chosen", split=split))
        if len(chosen) < FEWEST_LOGGED:
            continue
        k = max(1, len(chosen) // 5)
        start, end = float(chosen[:k].mean()), float(chosen[-k:].mean())
        error = loss_noise(chosen) * math.sqrt(2 / k)
        rewards = finite(values_of(curve.history, "rewards/chosen", split=split))
        rose = len(rewards) >= FEWEST_LOGGED and float(rewards[-max(1, len(rewards) // 5) :].mean()) >= 0
        if start - end > max(CHOSEN_FALL * abs(start), CHOSEN_ERRORS * error) and not rose:
            pairs = "evaluation" if split == "eval" else "training"
            yield Finding(
                code="curve.displacement",
                severity="warn",
                message=f"the log-probability of the chosen answers fell from {number(start)} to {number(end)} over "
                f"the {pairs} pairs: good answers became less likely too",
                evidence={"start": start, "end": end},
                hint="raise beta, lower the learning rate, or add a likelihood term (rpo_alpha in TRL)",
            )
        return
