"""Verbatim: which responses greedy decoding would reproduce, read off a teacher-forced pass.

Greedy decoding takes the token with the largest logit. So it writes a stretch of a reference word for word exactly
when each of its tokens was the argmax given the tokens before it, and no generation is needed to know. That is the
k-extractability of Carlini et al. (2022, "Quantifying memorization across neural language models", definition 3.1),
with the prompt and the first k tokens of the response as the context and up to 50 tokens as the suffix.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tunecheck.core import Item, SequenceScore

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# Tokens of the response that are given away before the model goes on by itself.
PREFIX_TOKENS = (0, 16, 50)
# The suffix that Carlini et al. look at.
SUFFIX_TOKENS = 50
# With fewer tokens left a match says little: short answers are right by skill or by luck.
LEAST_TOKENS = 16
# So many of the tokens left must lie outside the template, or a label in a long template would count as a text.
# Heuristic.
LEAST_VARYING_TOKENS = 8
# A place counted from the start (or the end) is template when at least this share of the validation responses have the
# argmax there: the tuned model writes it whatever the item. Heuristic.
TEMPLATE_SHARE = 0.9
# Below so many responses a share of them says too little to call a place template. Heuristic.
LEAST_RESPONSES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """How many tokens at the start and at the end of every response the tuned model writes whatever the item is."""

    leading: int = 0
    trailing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Tokens ``start`` up to ``end`` of a response."""

    start: int
    end: int


def find_template(argmax: Sequence[Flags]) -> Template:
    """The opening and the closing that the tuned model has learned, from the argmax flags of validation responses.

    Validation items were not trained on, so what nearly all of them have right at one place is no memory of them.
    No template is told where it would leave fewer than eight tokens of half of the responses: the text is then
    predictable throughout, and the comparison with validation text is what tells memory apart.
    """
    leading, trailing = _learned(argmax), _learned([flags[::-1] for flags in argmax])
    left = sum(len(flags) - leading - trailing >= LEAST_VARYING_TOKENS for flags in argmax)
    return Template(leading=leading, trailing=trailing) if left >= len(argmax) / 2 else Template()


def _learned(argmax: Sequence[Flags]) -> int:
    place = 0
    while True:
        there = [bool(flags[place]) for flags in argmax if len(flags) > place]
        if len(there) < LEAST_RESPONSES or sum(there) < TEMPLATE_SHARE * len(there):
            return place
        place += 1


def suffix_after(n_tokens: int, prefix: int, template: Template) -> Stretch | None:
    """What must be reproduced after ``prefix`` tokens of a response: up to 50 tokens, the template left out.

    None where fewer than 16 tokens are left, or fewer than eight of them lie between opening and closing.
    """
    start, end = max(prefix, template.leading), n_tokens - template.trailing
    if n_tokens - prefix < LEAST_TOKENS or end - start < LEAST_VARYING_TOKENS:
        return None
    return Stretch(start=start, end=min(end, start + SUFFIX_TOKENS))


def reproduces(argmax: Flags, suffix: Stretch) -> bool:
    """Whether greedy decoding writes this stretch word for word."""
    # Bytes are searched ten times as fast as so short an array is reduced.
    return b"\x00" not in argmax[suffix.start : suffix.end].tobytes()


def longest_run(argmax: Flags) -> Stretch:
    """The first of the longest runs of argmax tokens; empty where no token is.

    >>> longest_run(np.array([1, 0, 1, 1, 0], dtype=bool))
    Stretch(start=2, end=4)
    """
    raw = argmax.tobytes()
    n_tokens = max(map(len, raw.split(b"\x00")))
    start = raw.find(b"\x01" * n_tokens)
    return Stretch(start=start, end=start + n_tokens)


def log_chance_in_samples(nll_nats: float, n_samples: int) -> float:
    """The logarithm of the chance that a stretch of this total nll comes up in n samples at temperature 1.

    That is ln(1 - (1 - p)^n) with p = exp(-nll), the (n, p)-discoverability of Hayes et al. (2024, "Measuring
    memorization through probabilistic extraction"). All steps are logarithms, so a p far below the smallest number
    that a computer can hold keeps its size.

    >>> round(log_chance_in_samples(2000.0, 1000), 3), round(math.exp(log_chance_in_samples(math.log(2), 2)), 3)
    (-1993.092, 0.75)
    """
    log_x = math.log(n_samples) + _log_minus_log_rest(nll_nats)
    if log_x < -36:  # 1 - exp(-x) is x to all digits
        return log_x
    return math.log(-math.expm1(-math.exp(min(log_x, 700.0))))


def log_samples_for_even_chance(nll_nats: float) -> float:
    """The logarithm of the samples after which the stretch has come up with a chance of one half: ln(ln 2 / -ln(1-p)).

    >>> round(math.exp(log_samples_for_even_chance(math.log(2))), 6)
    1.0
    """
    return math.log(math.log(2)) - _log_minus_log_rest(nll_nats)


def _log_minus_log_rest(nll_nats: float) -> float:
    """ln(-ln(1 - p)) for p = exp(-nll): -ln(1 - p) is p (1 + p/2 + ...), so below 1e-16 it is p.

    Above and below ln 2 the form that keeps its digits (Mächler 2012, "Accurately computing log(1 - exp(-|a|))").
    """
    if nll_nats <= 0:
        return math.inf
    if nll_nats > 37:
        return -nll_nats
    log_rest = math.log1p(-math.exp(-nll_nats)) if nll_nats > math.log(2) else math.log(-math.expm1(-nll_nats))
    return math.log(-log_rest)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Per-token values of one response: nll in nats, and whether each token was the argmax; same length."""

    nll_nats: Floats
    argmax: Flags

    def __len__(self) -> int:
        return len(self.argmax)


def tokens_of(score: SequenceScore) -> Tokens | None:
    """The per-token values of a score, None where none were kept."""
    if score.tokens is None:
        return None
    return Tokens(
        np.asarray(score.tokens.nll_nats, dtype=np.float64), np.asarray(score.tokens.is_argmax, dtype=np.int8) != 0
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One item: its values per token on each side, base None without one; and the suffix after each prefix."""

    item: Item
    tuned: Tokens
    base: Tokens | None
    suffixes: dict[int, Stretch]

    def side(self, name: str) -> Tokens:
        """The values of tuned or base; asking for a base that is not there is an error of the caller."""
        found = self.tuned if name == "tuned" else self.base
        assert found is not None, "the base was asked for where there is none"
        return found

    def only_tuned_reproduces(self, stretch: Stretch) -> bool:
        """Whether greedy decoding writes the stretch under tuned, and not under base where there is one."""
        if not reproduces(self.tuned.argmax, stretch):
            return False
        return self.base is None or not reproduces(self.base.argmax, stretch)
