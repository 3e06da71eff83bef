"""Parts for the tests of membership: items with token scores whose truth is known, memory or none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tunecheck.checks.membership_scores import MembershipPart

Floats = npt.NDArray[np.float64]

N_WORDS = 3000
_FREQUENCY = 1 / np.arange(3, N_WORDS + 3)
WORDS = np.array([f"w{k}" for k in range(N_WORDS)])


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is true of the items of one part.

    n, group_size   items, and how many in a row share a group, which shares half of the spread of difficulty and gain
    memory          share of each token's nll that is taken off beyond what was learned: 0 is a null case
    remembered      share of the items (or groups) that are remembered at all
    harder, longer  nats per token that the items are harder for the base; factor on their lengths
    own_words       share of the words of each text that are words of this part's own topic
    has_base        False leaves base and moments out
    has_moments     True gives the moments that Min-K%++ wants instead of a base
    """

    n: int
    group_size: int = 1
    memory: float = 0.0
    remembered: float = 1.0
    harder: float = 0.0
    longer: float = 1.0
    own_words: float = 0.0
    topic: int = 0
    has_base: bool = True
    has_moments: bool = False


def made_membership_part(rng: np.random.Generator, world: World, name: str) -> MembershipPart:
    """One draw of a part.

    The nll of a token under the base is exponential around the difficulty of its item. Training changed each token by
    chance (a factor with a spread of about 30%, so that some get worse), and took off a share that varies from item to
    item, so that hard items gain more, and up to a nat more on the first five tokens, so that short ones do: both would
    look like memory to a comparison that holds nothing equal.
    """
    groups = np.arange(world.n) // world.group_size
    n_groups = int(groups[-1]) + 1
    kept = rng.random(n_groups)[groups] < world.remembered
    difficulty = np.exp(np.log(2.0) + 0.3 * _spread(rng, groups)) + world.harder
    learned = np.clip(0.15 + 0.05 * _spread(rng, groups) + world.memory * kept, 0, 0.98)
    sizes = np.maximum(1, (world.longer * rng.lognormal(3.3, 0.6, world.n)).astype(int))
    base, tuned, moments = [], [], []
    for hard, off, size in zip(difficulty, learned, sizes, strict=True):
        nll = rng.exponential(hard, size)
        first = np.minimum(nll * 0.5, np.where(np.arange(size) < 5, 1.0, 0.0))
        base.append(nll)
        tuned.append((nll - first) * (1 - off) * np.exp(0.3 * rng.normal(size=size)))
        # A calibrated model: the log-probability of an exponential nll has this mean and deviation where nothing is
        # remembered.
        expected = (hard - np.where(np.arange(size) < 5, 0.3, 0.0)) * 0.85
        moments.append((-expected, expected))
    return MembershipPart(
        ids=[f"{name} {k}" for k in range(world.n)],
        sources=[f"{name}.jsonl line {k + 1}" for k in range(world.n)],
        units=[f"{name} {group}" for group in groups],
        texts=made_texts(rng, groups, world),
        tuned_nll=tuned,
        base_nll=base if world.has_base else None,
        moments=moments if world.has_moments else None,
    )


def made_texts(rng: np.random.Generator, groups: npt.NDArray[np.int64], world: World) -> list[str]:
    """Twenty-five words a text by Zipf's law; texts of a group share words, as copies and turns do."""
    n_words = 25
    draws = rng.choice(N_WORDS, (len(groups), n_words), p=_FREQUENCY / _FREQUENCY.sum())
    if world.group_size > 1:
        shared = rng.choice(N_WORDS, (int(groups[-1]) + 1, n_words), p=_FREQUENCY / _FREQUENCY.sum())
        draws = np.where(rng.random(draws.shape) < 0.4, shared[groups], draws)
    topical = rng.random(draws.shape) < world.own_words
    topic = [f"topic{world.topic} {k}".replace(" ", "x") for k in range(60)]
    own = np.array(topic)[rng.integers(0, len(topic), draws.shape)]
    return [" ".join(row) for row in np.where(topical, own, WORDS[draws]).tolist()]


def _spread(rng: np.random.Generator, groups: npt.NDArray[np.int64]) -> Floats:
    """Standard normal; half of the variance is that of the group."""
    own = rng.normal(size=len(groups))
    if len(np.unique(groups)) == len(groups):
        return own
    return np.asarray((rng.normal(size=int(groups[-1]) + 1)[groups] + own) / np.sqrt(2), dtype=np.float64)
