"""Sampling draws every token as often as its probability says, and agrees with transformers on what top-p leaves."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare
from transformers import TopPLogitsWarper

from tunecheck.models.huggingface import sampling
from tunecheck.models.huggingface.sampling import pick, uniforms

pytestmark = pytest.mark.hf

LOGITS = torch.tensor([[2.0, -1.0, 0.5, 1.5, -3.0, 0.0, 1.4, -0.2]])


def counts(temperature: float, top_p: float, n: int = 20_000) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    drawn = pick(LOGITS.expand(n, -1), temperature=temperature, top_p=top_p, chance=uniforms(5, n))
    return np.bincount(drawn.numpy(), minlength=LOGITS.shape[1])


@pytest.mark.parametrize(("temperature", "top_p"), [(1.0, 1.0), (0.7, 1.0), (1.0, 0.8), (1.5, 0.5)])
@pytest.mark.parametrize("at_first", [1024, 2])
def test_tokens_come_as_often_as_transformers_probabilities_say(
    temperature: float, top_p: float, at_first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "_AT_FIRST", at_first)
    warped = LOGITS / temperature
    if top_p < 1:
        warped = TopPLogitsWarper(top_p)(torch.zeros(1, 1, dtype=torch.long), warped)
    expected = warped.softmax(-1)[0].double().numpy()
    seen = counts(temperature, top_p)
    assert seen[expected == 0].sum() == 0
    kept = expected > 0
    assert chisquare(seen[kept], seen.sum() * expected[kept] / expected[kept].sum()).pvalue > 0.001


def test_greedy_takes_the_largest_logit_and_the_first_of_equals() -> None:
    logits = torch.tensor([[0.0, 3.0, 3.0], [5.0, 1.0, -1.0]])
    assert pick(logits, temperature=0.0, top_p=1.0, chance=None).tolist() == [1, 0]


def test_a_row_that_is_not_finite_gives_no_token() -> None:
    logits = torch.tensor([[0.0, float("nan")], [1.0, 0.0], [float("inf"), 0.0]])
    for chance in (None, torch.tensor([0.5, 0.5, 0.5])):
        assert pick(logits, temperature=0.01, top_p=0.9, chance=chance).tolist() == [-1, 0, -1]


@settings(max_examples=60, deadline=None)
@given(
    logits=st.lists(st.floats(-30, 30), min_size=2, max_size=12),
    chance=st.sampled_from([0.0, 0.3, 0.999, 1 - 2**-53]),
    temperature=st.floats(1e-4, 5),
    top_p=st.floats(0.001, 1),
)
def test_a_drawn_token_always_has_some_probability(
    logits: list[float], chance: float, temperature: float, top_p: float
) -> None:
    rows = torch.tensor([logits])
    token = int(pick(rows, temperature=temperature, top_p=top_p, chance=torch.tensor([chance], dtype=torch.float64)))
    assert 0 <= token < len(logits)
    assert float(((rows - rows.max()) / temperature).softmax(-1)[0, token]) > 0


def test_the_numbers_of_a_seed_do_not_depend_on_how_many_are_asked_for() -> None:
    assert uniforms(9, 20)[:5].tolist() == uniforms(9, 5).tolist()
    assert uniforms(9, 5).tolist() != uniforms(10, 5).tolist()
