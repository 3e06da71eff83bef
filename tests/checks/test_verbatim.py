"""What greedy decoding would write, read off the argmax flags: against loops, fractions and many digits."""

from __future__ import annotations

import math
from array import array
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.checks.verbatim import (
    Flags,
    Row,
    Stretch,
    Template,
    Tokens,
    find_template,
    log_chance_in_samples,
    log_samples_for_even_chance,
    longest_run,
    reproduces,
    suffix_after,
    tokens_of,
)
from tunecheck.core import Item, Message, SequenceScore, TokenScores, Totals

FLAGS = st.lists(st.booleans(), max_size=80).map(lambda flags: np.array(flags, dtype=np.bool_))


def greedy_writes(flags: Flags, start: int, end: int) -> bool:
    """Decoding token by token: the first that is not the argmax is another one, and the text is no longer the same."""
    return all(flags[place] for place in range(start, end))


@given(flags=FLAGS, data=st.data())
@settings(max_examples=60)
def test_reproduces_says_what_decoding_token_by_token_says(flags: Flags, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(flags)))
    end = data.draw(st.integers(start, len(flags)))
    assert reproduces(flags, Stretch(start=start, end=end)) == greedy_writes(flags, start, end)


@given(flags=FLAGS)
@settings(max_examples=60)
def test_the_longest_run_is_the_first_of_the_longest_of_all_runs(flags: Flags) -> None:
    runs = [(i, j) for i in range(len(flags)) for j in range(i + 1, len(flags) + 1) if flags[i:j].all()]
    found = longest_run(flags)
    if not runs:
        assert found == Stretch(start=0, end=0)
    else:
        start, end = max(runs, key=lambda run: (run[1] - run[0], -run[0]))
        assert found == Stretch(start=start, end=end)


@given(
    n_tokens=st.integers(0, 200),
    prefix=st.sampled_from([0, 16, 50]),
    leading=st.integers(0, 60),
    trailing=st.integers(0, 60),
)
@settings(max_examples=80)
def test_a_suffix_lies_after_prefix_and_opening_and_before_the_closing(
    n_tokens: int, prefix: int, leading: int, trailing: int
) -> None:
    suffix = suffix_after(n_tokens, prefix, Template(leading=leading, trailing=trailing))
    wanted = [k for k in range(n_tokens) if k >= prefix and k >= leading and k < n_tokens - trailing]
    if n_tokens - prefix < 16 or len(wanted) < 8:
        assert suffix is None
    else:
        assert suffix is not None
        assert list(range(suffix.start, suffix.end)) == wanted[:50]


@pytest.mark.parametrize("n", [1, 2, 7, 100, 1000])
@pytest.mark.parametrize("p", [Fraction(1, 2), Fraction(1, 10), Fraction(999, 1000), Fraction(1, 10**6)])
def test_the_chance_in_n_samples_is_that_of_exact_fractions(p: Fraction, n: int) -> None:
    exact = 1 - (1 - p) ** n
    assert math.exp(log_chance_in_samples(-math.log(p), n)) == pytest.approx(float(exact), rel=1e-12)


@given(nll=st.floats(1e-12, 5000), n=st.integers(1, 10**9))
@settings(max_examples=40)
def test_the_chance_in_n_samples_keeps_its_digits_at_any_size(nll: float, n: int) -> None:
    mpmath = pytest.importorskip("mpmath", reason="mpmath counts with many digits; torch brings it")
    with mpmath.workdps(2500):
        rest = -mpmath.expm1(-mpmath.mpf(nll))
        exact = mpmath.log(1 - rest**n)
        even = mpmath.log(mpmath.log(2) / -mpmath.log(rest))
    assert log_chance_in_samples(nll, n) == pytest.approx(float(exact), rel=1e-9, abs=1e-9)
    assert log_samples_for_even_chance(nll) == pytest.approx(float(even), rel=1e-9, abs=1e-9)


def test_a_certain_text_comes_up_in_every_sample() -> None:
    assert log_chance_in_samples(0.0, 5) == 0.0
    assert log_samples_for_even_chance(0.0) == -math.inf


@given(one=st.floats(0, 3000), more=st.floats(0, 100), n=st.integers(1, 10**6))
@settings(max_examples=60)
def test_a_less_likely_text_never_has_a_larger_chance(one: float, more: float, n: int) -> None:
    assert log_chance_in_samples(one + more, n) <= log_chance_in_samples(one, n) + 1e-12
    assert log_chance_in_samples(one, n) <= log_chance_in_samples(one, n + 1) + 1e-12


def made_flags(dice: np.random.Generator, n: int, leading: int, trailing: int) -> list[Flags]:
    made = []
    for _ in range(n):
        flags = dice.random(dice.integers(60, 90)) < 0.5
        flags[:leading] = True
        flags[len(flags) - trailing :] = True
        flags[leading] = flags[-trailing - 1] = dice.random() < 0.5
        made.append(flags)
    return made


def test_an_opening_and_a_closing_that_all_responses_share_are_the_template() -> None:
    assert find_template(made_flags(np.random.default_rng(0), 50, 12, 5)) == Template(leading=12, trailing=5)


def test_few_responses_tell_no_template() -> None:
    assert find_template(made_flags(np.random.default_rng(0), 19, 12, 5)) == Template()
    assert find_template([]) == Template()


def test_text_that_is_predictable_throughout_is_no_template() -> None:
    assert find_template([np.ones(40, dtype=np.bool_)] * 50) == Template()


def test_responses_shorter_than_the_template_do_not_end_it() -> None:
    flags = made_flags(np.random.default_rng(0), 50, 12, 5)
    flags += [np.ones(3, dtype=np.bool_)] * 10
    assert find_template(flags) == Template(leading=12, trailing=5)


def test_scores_without_tokens_have_no_values() -> None:
    totals = Totals(nll_nats=1.5, n_tokens=2, n_bytes=8, n_argmax=1)
    assert tokens_of(SequenceScore(item_id="a", response=totals)) is None
    kept = TokenScores(positions=array("i", [4, 5]), nll_nats=array("d", [0.5, 1.0]), is_argmax=array("b", [1, 0]))
    found = tokens_of(SequenceScore(item_id="a", response=totals, tokens=kept))
    assert found is not None
    assert (found.nll_nats.tolist(), found.argmax.tolist(), len(found)) == ([0.5, 1.0], [True, False], 2)


def test_only_what_the_base_does_not_write_is_of_the_tuned_model() -> None:
    item = Item(form="text", response=Message(role="assistant", content="a"))
    both, one = np.ones(4, dtype=np.bool_), np.array([1, 1, 0, 1], dtype=np.bool_)
    values = np.zeros(4)
    whole = Stretch(start=0, end=4)
    assert Row(item, Tokens(values, both), Tokens(values, one), {}).only_tuned_reproduces(whole)
    assert Row(item, Tokens(values, both), None, {}).only_tuned_reproduces(whole)
    assert not Row(item, Tokens(values, both), Tokens(values, both), {}).only_tuned_reproduces(whole)
    assert not Row(item, Tokens(values, one), Tokens(values, one), {}).only_tuned_reproduces(whole)
