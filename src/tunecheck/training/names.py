"""What the names in training logs mean: loss of the training or of an evaluation set, learning rate, and the like."""

from __future__ import annotations

import re

from tunecheck.core.history import Split

MAX_NAME = 200
"""A longer name is no name of a quantity."""

_TEST = "test"
_TRAIN = ("train", "training")
_PREFIX = re.compile(r"^(eval|evaluation|validation|valid|val|dev|test|training|train)[\s_/.\-]+(.+)$", re.IGNORECASE)
_ALIASES = {
    "loss": "loss",
    "lr": "learning_rate",
    "learning rate": "learning_rate",
    "grad norm": "grad_norm",
    "gradient_norm": "grad_norm",
    "mean_token_accuracy": "token_accuracy",
    "token_accuracy": "token_accuracy",
    "acc": "accuracy",
    "loss_epoch": "loss",
    "loss_step": "loss",
}
# Terms of a loss, and no loss of a set of that name.
_TERMS = frozenset({"aux_loss", "z_loss", "router_loss", "kl_loss", "nll_loss"})
# Time, memory and counters are no curve.
_NO_CURVE = re.compile(
    r"runtime|per_second|throughput|elapsed|remaining|current_steps|_time$|^time|memory|mem_|^vram|flos|tokens_seen|total_tokens"
    r"|num_tokens|percentage|it/sec|tokens/sec|samples$|^epoch$|^step$|^iter(ation)?s?$|global_step|timestamp|^_"
    r"|total_steps|max_steps|progress|peak|gpu|batch_size|duration|eta$"
)


def meaning(key: str) -> tuple[str, Split, str] | None:
    """Name, split and evaluation set of a logged key, or None where it is no quantity that makes a curve.

    >>> meaning("loss"), meaning("eval_loss"), meaning("eval_g0_loss")
    (('loss', 'train', ''), ('loss', 'eval', ''), ('loss', 'eval', 'g0'))
    >>> meaning("val/loss"), meaning("test_loss"), meaning("learning_rate"), meaning("eval_runtime")
    (('loss', 'eval', ''), ('loss', 'eval', 'test'), ('learning_rate', 'train', ''), None)
    """
    if len(key) > MAX_NAME:
        return None
    prefixed = _PREFIX.match(key.strip())
    if prefixed is None:
        name = _named(key.strip())
        return (name, "train", "") if name else None
    prefix, rest = prefixed[1].lower(), prefixed[2]
    if prefix in _TRAIN:
        name = _named(rest)
        return (name, "train", "") if name else None
    name, eval_set = _of_set(rest)
    if not name:
        return None
    return name, "eval", _joined(_TEST if prefix == _TEST else "", eval_set)


def _of_set(rest: str) -> tuple[str, str]:
    """A quantity and the set that its name begins with: "g0_loss" is the loss of the set g0."""
    name = _named(rest)
    if name is None or not rest.lower().endswith("loss") or rest.lower() in _TERMS:
        return name or "", ""
    return "loss", rest[: -len("loss")].rstrip("_/. -")


def _named(key: str) -> str | None:
    plain = key.lower()
    if _NO_CURVE.search(plain):
        return None
    return _ALIASES.get(plain, key)


def _joined(*parts: str) -> str:
    return "/".join(part for part in parts if part)
