"""PairFacts and ProbeFacts: what was found out about base and tuned before and while they were scored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PairFacts:
    """The two sides as they were loaded, for the preflight check, the signature and the report.

    shared           base and tuned are one copy of the weights, adapter off and on
    apart_reason     why not, when there is a base and it was loaded on its own
    same_tokens      both sides saw the same token ids
    dtype_stored     the precision of the files; dtype is what was computed in and dtype_why the reason
    end_tokens       what ends a turn in the tokenizer; stop_tokens what stops the model's generation
    nothing_learned  causes seen in the adapter's own weights for a model that is its base ("" when none was seen)
    notes            other things that a reader should know, one sentence each
    """

    tuned: str
    base: str | None
    shared: bool
    apart_reason: str | None
    method: str
    n_parameters: int
    device: str
    dtype: str
    dtype_why: str
    dtype_stored: str
    context: int
    tokenizer_from: str
    tokenizer_differs: bool
    template_from: str
    template_fingerprint: str
    template_differs: bool
    same_tokens: bool
    end_tokens: tuple[str, ...]
    stop_tokens: tuple[str, ...]
    nothing_learned: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How far the computed precision moves scores from float32, in nats per token, over a few items."""

    mean_nats: float
    largest_nats: float
    n_items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFacts:
    """What a few items showed before any scoring.

    tuned_vs_base_nats   largest difference of any token's nll between tuned and base; None without a base
    batch_nats           largest difference of any token's nll between a batch of one and a batch of all
    n_items              items tried
    drift                against float32; a text is the reason why it was not measured, None when float32 is computed
    """

    tuned_vs_base_nats: float | None
    batch_nats: float
    n_items: int
    drift: Drift | str | None = None
