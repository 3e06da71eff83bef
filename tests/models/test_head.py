"""Heads give what a plain float64 softmax gives, moments too, for any logits, tile width and precision."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from tunecheck.models.huggingface.head import LayerHead, Scored, TiledHead, score_logits

pytestmark = pytest.mark.hf

CPU = torch.device("cpu")
QUICK = settings(max_examples=60, deadline=None)


@dataclass(frozen=True)
class Case:
    """Logits that a linear layer gives exactly: it has them as its weights, and the states pick its columns."""

    layer: nn.Linear
    logits: Tensor
    targets: Tensor
    tile: int


@st.composite
def cases(draw: st.DrawFn) -> Case:
    vocabulary, places = draw(st.integers(1, 40)), draw(st.integers(1, 6))
    dtype = draw(st.sampled_from([torch.float32, torch.bfloat16]))
    scale = draw(st.sampled_from([0.0, 1e-3, 1.0, 8.0, 100.0, 1e4]))
    offset = draw(st.sampled_from([0.0, -50.0, 1e3]))
    torch.manual_seed(draw(st.integers(0, 2**31)))
    logits = (torch.randn(places, vocabulary) * scale + offset).to(dtype)
    layer = nn.Linear(places, vocabulary, dtype=dtype)
    masked = torch.rand(vocabulary) < draw(st.sampled_from([0.0, 0.3, 0.9]))
    masked[draw(st.integers(0, vocabulary - 1))] = False  # One token at least can come.
    with torch.no_grad():
        layer.weight.copy_(logits.T)
        layer.bias.zero_().masked_fill_(masked, -torch.inf)
    allowed = (~masked).nonzero().flatten()
    targets = allowed[torch.randint(0, len(allowed), (places,))]
    return Case(layer, logits.masked_fill(masked, -torch.inf), targets, draw(st.integers(1, vocabulary + 3)))


def plain(logits: Tensor, targets: Tensor) -> Scored:
    """All in float64, as the definitions read."""
    log_p = logits.double().log_softmax(1)
    p = log_p.exp()
    mean = torch.where(p > 0, p * log_p, 0.0).sum(1)
    spread = torch.where(p > 0, p * (log_p - mean.unsqueeze(1)) ** 2, 0.0).sum(1).sqrt()
    nll = -log_p.gather(1, targets.unsqueeze(1)).squeeze(1)
    return Scored(nll, logits.gather(1, targets.unsqueeze(1)).squeeze(1) == logits.amax(1), mean, spread)


def three_heads(case: Case) -> list[Scored]:
    tiled = TiledHead(case.layer, CPU)
    tiled.columns, tiled.rows = case.tile, 4
    states = torch.eye(len(case.targets), dtype=case.layer.weight.dtype)
    return [
        tiled(states, case.targets, with_moments=True),
        LayerHead(case.layer, positions=3)(states, case.targets, with_moments=True),
        score_logits(case.layer(states), case.targets, with_moments=True),
    ]


@QUICK
@given(case=cases())
def test_moments_equal_a_float64_softmax_for_any_logits_tile_and_precision(case: Case) -> None:
    sure = plain(case.logits, case.targets)
    # Logits themselves are float32: what separates two of them is known to so much.
    near = 4e-7 * float(case.logits[case.logits.isfinite()].abs().max()) + 2e-6
    for scored in three_heads(case):
        assert scored.mean_nats is not None
        assert scored.deviation_nats is not None
        torch.testing.assert_close(scored.nll_nats.double(), sure.nll_nats, atol=near, rtol=1e-5)
        torch.testing.assert_close(scored.mean_nats.double(), sure.mean_nats, atol=near, rtol=1e-5)
        torch.testing.assert_close(scored.deviation_nats.double(), sure.deviation_nats, atol=near, rtol=1e-5)
        assert torch.equal(scored.is_argmax, sure.is_argmax)


@QUICK
@given(case=cases())
def test_asking_for_moments_changes_no_bit_of_the_scores(case: Case) -> None:
    tiled = TiledHead(case.layer, CPU)
    tiled.columns = case.tile
    states = torch.eye(len(case.targets), dtype=case.layer.weight.dtype)
    for head in (tiled, LayerHead(case.layer)):
        bare, full = head(states, case.targets), head(states, case.targets, with_moments=True)
        assert bare.mean_nats is None
        assert bare.deviation_nats is None
        assert torch.equal(bare.nll_nats, full.nll_nats)
        assert torch.equal(bare.is_argmax, full.is_argmax)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("vocabulary", [1024, 2500, 3073])
def test_moments_of_a_wide_vocabulary_equal_a_float64_softmax(vocabulary: int, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    logits = (torch.randn(70, vocabulary) * 4).to(dtype)
    layer = nn.Linear(70, vocabulary, bias=False, dtype=dtype)
    with torch.no_grad():
        layer.weight.copy_(logits.T)
    targets = torch.randint(0, vocabulary, (70,))
    sure = plain(logits, targets)
    scored = TiledHead(layer, CPU)(torch.eye(70, dtype=dtype), targets, with_moments=True)
    assert scored.mean_nats is not None
    assert sure.mean_nats is not None
    torch.testing.assert_close(scored.mean_nats.double(), sure.mean_nats, atol=4e-6, rtol=4e-6)
    assert scored.deviation_nats is not None
    torch.testing.assert_close(scored.deviation_nats.double(), sure.deviation_nats, atol=4e-6, rtol=4e-6)


def test_equal_logits_have_no_spread_and_the_mean_of_a_fair_die() -> None:
    scored = score_logits(torch.full((1, 6), 3.0), torch.tensor([2]), with_moments=True)
    assert scored.mean_nats is not None
    assert scored.deviation_nats is not None
    assert float(scored.mean_nats) == pytest.approx(-1.791759, abs=1e-6)
    assert float(scored.deviation_nats) == pytest.approx(0.0, abs=1e-6)


def test_logits_that_are_no_numbers_give_no_number() -> None:
    layer = nn.Linear(2, 5, bias=False)
    with torch.no_grad():
        layer.weight[3] = torch.nan
    for head in (TiledHead(layer, CPU), LayerHead(layer)):
        scored = head(torch.ones(1, 2), torch.tensor([1]), with_moments=True)
        assert not bool(torch.isfinite(scored.nll_nats).any())


def test_both_heads_give_the_whole_logits_in_float32() -> None:
    layer = nn.Linear(4, 9, dtype=torch.bfloat16)
    states = torch.randn(3, 4).bfloat16()
    for head in (TiledHead(layer, CPU), LayerHead(layer)):
        logits = head.logits(states)
        assert logits.dtype == torch.float32
        assert torch.equal(logits, layer(states).float())
