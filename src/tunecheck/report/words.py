"""What people call things: measures with their units, statuses, severities and decisions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """A measure's name for people, and its unit or ""."""

    label: str
    unit: str = ""


_RATE = "nats per token"

_MEASURES: dict[str, Name] = {
    "base": Name("Base"),
    "tuned": Name("Tuned"),
    "paired": Name("Tuned against base, paired by item"),
    "nll_nats": Name("Negative log-likelihood", _RATE),
    "perplexity": Name("Perplexity"),
    "bits_per_byte": Name("Bits per byte"),
    "bits_per_byte_gain": Name("Gain", "bits per byte"),
    "token_accuracy": Name("Token accuracy", "share of tokens"),
    "full_sequence": Name("With the prompt"),
    "with_leaked": Name("With the leaked items"),
    "paired_without_leaked": Name("Without the leaked items"),
    "leaks": Name("Leaks"),
    "n_leaked": Name("Leaked items"),
    "leaked_percent": Name("Leaked", "% of validation items"),
    "n_train_copies": Name("Copies inside the training set"),
    "kinds": Name("By kind"),
    "exact": Name("Exact copies"),
    "prompt": Name("The same prompt"),
    "near": Name("Near copies"),
    "contained": Name("Prompts inside a training row"),
    "response": Name("The same long response, not counted"),
    "n_items": Name("Items"),
    "n_unscored": Name("Items left unscored"),
    "n_train": Name("Training items"),
    "n_val": Name("Validation items"),
    "detectable_excess_gain_nats": Name("Smallest excess gain that this can see", _RATE),
    "tuned_vs_base_nats": Name("Largest change of a token by tuning", "nats"),
    "batch_dependence_nats": Name("Largest change of a token by its batch", "nats"),
    "precision": Name("Precision"),
    "precision_drift_nats": Name("Drift from float32", _RATE),
    "n_tokens": Name("Tokens"),
    "n_bytes": Name("Bytes"),
    "nll_gain_nats": Name("Gain", _RATE),
    "perplexity_ratio": Name("Perplexity ratio", "tuned / base"),
    "improvement_percent": Name("Perplexity improvement", "%"),
    "train_nll_nats": Name("Loss on training rows", _RATE),
    "val_nll_nats": Name("Loss on validation rows", _RATE),
    "gap_nats": Name("Gap between the two", _RATE),
    "gap_label": Name("Size of the gap"),
    "gain_train_nats": Name("Gain on training rows", _RATE),
    "gain_val_nats": Name("Gain on validation rows", _RATE),
    "excess_gain_nats": Name("Excess gain on training rows", _RATE),
    "transfer_ratio": Name("Transfer ratio", "validation gain / training gain"),
    "membership_auc": Name("Training rows told apart", "AUC, 0.5 is chance"),
    "verbatim_excess": Name("Verbatim recall above base", "share of items"),
    "copy_excess": Name("Copied text above base", "share of items"),
    "diversity": Name("Diversity"),
    "near_gain_nats": Name("Gain on rows near training", _RATE),
    "far_gain_nats": Name("Gain on rows far from training", _RATE),
    "forgetting_percent": Name("Forgetting", "%"),
    "label": Name("Shape of the curve"),
    "best_step": Name("Best step"),
    "best_eval_loss": Name("Best evaluation loss"),
    "last_eval_loss": Name("Last evaluation loss"),
    "give_back": Name("Given back after the best step", "share of the fall"),
    "shipped_step": Name("Step of the kept model"),
    "source": Name("Read from"),
    "last_step": Name("Last step"),
    "n_evals": Name("Evaluations"),
    "unit": Name("Counted in"),
    "format": Name("Format of the log"),
    "runs_in_file": Name("Runs in that file"),
    "curve": Name("Training curve"),
    "overfitting": Name("Overfitting"),
    "tasks": Name("Task metrics"),
    "review": Name("Human review"),
    "ab": Name("Blind comparison"),
}

STATUS_WORDS = {"pass": "pass", "warn": "warning", "fail": "fail", "unknown": "unknown"}
SEVERITY_WORDS = {"info": "note", "warn": "warning", "fail": "fail"}
VERDICT_WORDS = {"ship": "Ship", "hold": "Hold", "incomplete": "Incomplete"}
VERDICT_SENTENCES = {
    "ship": "This model is good enough to ship.",
    "hold": "Do not ship this model yet.",
    "incomplete": "There is not enough evidence to decide yet.",
}


def name_of(key: str) -> Name:
    """The name of a measure or check; one that nobody named is its key with spaces for underscores.

    >>> name_of("gap_nats").unit
    'nats per token'
    >>> name_of("my_own_measure").label
    'my own measure'
    """
    return _MEASURES.get(key) or Name(key.replace("_", " "))
