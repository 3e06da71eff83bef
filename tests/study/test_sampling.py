"""The stratified sample: shares kept, every stratum there, stable when rows are added."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tunecheck.study import stratified_sample


@given(strata=st.lists(st.sampled_from("abcd"), max_size=80), size=st.integers(0, 90), seed=st.integers(0, 5))
def test_each_stratum_gets_its_share(strata: list[str], size: int, seed: int) -> None:
    keys = [f"item {n}" for n in range(len(strata))]
    chosen = stratified_sample(keys, strata, size, seed=seed)
    assert chosen == sorted(set(chosen))
    assert len(chosen) == min(size, len(strata))
    whole, part = Counter(strata), Counter(strata[at] for at in chosen)
    for stratum, n in whole.items():
        exact = n * len(chosen) / len(strata)
        assert abs(part[stratum] - exact) < len(whole)
        assert part[stratum] >= 1 or size < len(whole)


@given(n=st.integers(10, 60))
def test_rows_that_are_added_later_move_few(n: int) -> None:
    keys = [f"item {place}" for place in range(n + 5)]
    before = {keys[at] for at in stratified_sample(keys[:n], [0] * n, 8, seed=1)}
    after = {keys[at] for at in stratified_sample(keys, [0] * (n + 5), 8, seed=1)}
    assert len(before - after) <= 5


def test_the_seed_decides_and_nothing_else() -> None:
    keys = [f"item {n}" for n in range(100)]
    one, again, other = (stratified_sample(keys, [0] * 100, 10, seed=seed) for seed in (1, 1, 2))
    assert one == again != other
