"""Fifty people rate at once on one server over SQLite, and not a vote is lost. How fast it is, bench/ tells."""

from __future__ import annotations

import pytest


@pytest.mark.slow
def test_fifty_raters_at_once_lose_no_vote() -> None:
    from bench.rating_load import measured

    raters, n_lost = measured(50, 2, 0.1)
    assert n_lost == 0
    assert [len(rater.sent) for rater in raters] == [8] * 50
