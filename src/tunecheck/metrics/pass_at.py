"""pass@k and pass^k: the chance that one, or that each, of k samples solves a problem, from n samples of it."""

from __future__ import annotations

import math
import operator

from tunecheck.core import Unscored

# e⁻⁷⁵⁰ is nothing to a float.
_NOTHING = 750


def pass_at_k(n: int, c: int, k: int) -> float | Unscored:
    """How likely is it that at least one of k samples solves the problem? 1 - C(n - c, k) / C(n, k), where c of n do.

    The unbiased estimator of Chen et al. (2021, "Evaluating large language models trained on code", equation 1), exact
    to the last digit. 1 - (1 - c/n)ᵏ, which looks like it, is too low: for samples that pass with chance 0.2 and n 10,
    pass@5 is 0.672, and that gives 0.594 on average. Assumes samples that are drawn independently of each other. Of
    several problems take the mean of their values, and never the value of their sums.

    Unscored where there are fewer samples than k. Raises ValueError for k below 1 and for c outside 0 to n.

    >>> pass_at_k(10, 2, 5), pass_at_k(4, 0, 1), pass_at_k(4, 3, 2)
    (0.7777777777777778, 0.0, 1.0)
    >>> str(pass_at_k(2, 0, 5))
    'unscored: pass@5 needs at least 5 samples of a problem, and there are 2'
    """
    n, c, k = _checked(n, c, k)
    if k > n:
        return _too_few("pass@", n, k)
    above, below = _none_of(n, c, k)
    return (below - above) / below


def pass_all_k(n: int, c: int, k: int) -> float | Unscored:
    """How likely is it that each of k samples solves the problem? pass^k = C(c, k) / C(n, k), where c of n do.

    The unbiased estimator of Yao et al. (2024, "tau-bench: a benchmark for tool-agent-user interaction in real-world
    domains"), exact to the last digit: how far a model can be relied on, where pass@k says what it could do.
    Assumptions and errors as for ``pass_at_k``.

    >>> pass_all_k(4, 3, 2), pass_all_k(4, 3, 4), pass_all_k(4, 4, 4)
    (0.5, 0.0, 1.0)
    """
    n, c, k = _checked(n, c, k)
    if k > n:
        return _too_few("pass^", n, k)
    above, below = _none_of(n, n - c, k)
    return above / below


def _checked(n: int, c: int, k: int) -> tuple[int, int, int]:
    n, c, k = operator.index(n), operator.index(c), operator.index(k)
    if not 0 <= c <= n or k < 1:
        raise ValueError(f"k is at least 1 and c lies between 0 and n, not k = {k}, c = {c} and n = {n}")
    return n, c, k


def _too_few(name: str, n: int, k: int) -> Unscored:
    there = "there is 1" if n == 1 else f"there are {n}" if n else "there are none"
    return Unscored(reason=f"{name}{k} needs at least {k} sample{'s'[: k != 1]} of a problem, and {there}")


def _none_of(n: int, c: int, k: int) -> tuple[int, int]:
    """C(n - c, k) / C(n, k), the chance that k of n hold none of c, as two whole numbers.

    It stays what it is when c and k change places, so the smaller of the two says how many factors there are.
    """
    few, many = sorted((c, k))
    # It is below e to the power of - few * many / n.
    if few * many > _NOTHING * n:
        return 0, 1
    return math.perm(n - many, few), math.perm(n, few)
