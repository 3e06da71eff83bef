"""Windows: how a text longer than the context is cut, so that each token is predicted exactly once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens ``begin`` to ``end`` go through the model; those from ``score_from`` on are scored there."""

    begin: int
    end: int
    score_from: int

    def __len__(self) -> int:
        return self.end - self.begin


def windows(n_tokens: int, *, context: int) -> list[Window]:
    """Overlapping windows of at most ``context`` tokens over a sequence of ``n_tokens``.

    The first window scores all it can see (its first token has no context, so nothing scores it). Each later one is
    full, ends half a context further on (or at the end of the text) and scores only what is new: every token but those
    of the first window is predicted from at least half a context.

    >>> windows(10, context=4)
    [Window(begin=0, end=4, score_from=1), Window(begin=2, end=6, score_from=4), Window(begin=4, end=8, score_from=6), \
Window(begin=6, end=10, score_from=8)]
    """
    if context < 2:
        raise ValueError(f"a context of {context} tokens predicts nothing: it takes at least 2")
    cut = [Window(0, min(n_tokens, context), 1)]
    step = max(1, context // 2)
    while cut[-1].end < n_tokens:
        end = min(cut[-1].end + step, n_tokens)
        cut.append(Window(end - context, end, cut[-1].end))
    return cut
