"""Windows cover every token once, with as much context as fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunecheck.models.windows import windows


@given(n=st.integers(2, 3000), context=st.integers(2, 700))
def test_every_token_but_the_first_is_scored_exactly_once(n: int, context: int) -> None:
    scored = [place for window in windows(n, context=context) for place in range(window.score_from, window.end)]
    assert scored == list(range(1, n))


@given(n=st.integers(2, 3000), context=st.integers(2, 700))
def test_no_window_is_longer_than_the_context_and_later_ones_are_full(n: int, context: int) -> None:
    cut = windows(n, context=context)
    assert all(len(window) <= context for window in cut)
    assert all(len(window) == context for window in cut[1:])


@given(n=st.integers(2, 3000), context=st.integers(2, 700))
def test_every_token_after_the_first_window_sees_at_least_half_a_context(n: int, context: int) -> None:
    for window in windows(n, context=context)[1:]:
        assert window.score_from - window.begin >= context // 2


def test_a_context_of_one_token_is_refused() -> None:
    with pytest.raises(ValueError, match="a context of 1 tokens predicts nothing"):
        windows(5, context=1)
