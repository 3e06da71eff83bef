"""Execute: score what the plan names, batch by batch, each kept as soon as it is there."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from tunecheck.checks import is_no_op
from tunecheck.core import (
    Drift,
    EncodedItem,
    GenerationSettings,
    Generator,
    Item,
    Leading,
    PairFacts,
    ProbeFacts,
    RunStore,
    Scorer,
    SequenceScore,
)
from tunecheck.runner.code_tasks import answer_code
from tunecheck.runner.divergence import diverged, expected
from tunecheck.runner.generate import Keys, complete
from tunecheck.runner.plan import Plan
from tunecheck.runner.progress import Progress
from tunecheck.runner.ranking import all_ranked

Side = Literal["tuned", "base"]

# A few short items show whether the adapter does anything and whether batches matter.
PROBE_ITEMS = 8
PROBE_TOKENS = 512
# Answers to the prompts that come with tunecheck: those to skills are a word, a line, a few sentences at most.
SKILL_TOKENS, UNRELATED_TOKENS = 96, 128
LEAST_ANSWER_TOKENS, MOST_ANSWER_TOKENS = 32, 512


class Opened(Protocol):
    """A side that is loaded now."""

    @property
    def scorer(self) -> Scorer:
        """Scores items on this side."""
        ...

    @property
    def generator(self) -> Generator:
        """Answers prompts on this side, with the same weights."""
        ...

    @property
    def drift(self) -> Drift | str | None:
        """What the precision changes, or why that is not known."""
        ...


class Pair(Protocol):
    """Base and tuned, wherever they come from."""

    facts: PairFacts

    def open(self, side: Side, probe: Sequence[Item] = ()) -> AbstractContextManager[Opened]:
        """Load a side for as long as the context lasts."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """What came out: facts, the probe, and for each side the key under which the store keeps an item's score.

    ``n_cut_tokens`` counts tokens that a maximum length cut off. ``answers`` are the keys of the answers, ``settings``
    how each group of prompts was answered, ``code`` of each code task, by its title, and each side the keys of the
    samples of each problem, and ``divergence`` KL(base || tuned) on some items, as its sum in nats and
    the number of tokens. With a tuned model that is its base, nothing was scored and all of these are empty.
    """

    facts: PairFacts
    probe: ProbeFacts
    keys: Mapping[Side, Mapping[str, str]]
    n_cut_tokens: int = 0
    answers: Mapping[Side, Mapping[str, str]] = field(default_factory=dict)
    code: Mapping[str, Mapping[str, Keys]] = field(default_factory=dict)
    settings: Mapping[str, GenerationSettings] = field(default_factory=dict)
    divergence: Mapping[str, tuple[float, int]] | None = None


def execute(
    plan: Plan,
    pair: Pair,
    store: Callable[[], RunStore],
    progress: Progress,
    *,
    reused: Sequence[RunStore] = (),
    max_new_tokens: int | None = None,
) -> Execution:
    """Preflight, then both sides over all items.

    ``store`` is called when there is a score to keep: by then both sides were loaded and tried, so that a model that
    cannot be used leaves nothing behind. Scores and answers that the store has already are not made again; those in
    ``reused`` stores are copied. Answers to validation prompts have at most ``max_new_tokens``; None makes them twice
    as long as nearly all references.
    """
    items = list(plan.to_score(with_general=pair.facts.base is not None))
    try:
        return _Executor(plan, pair, store, progress, items, reused, max_new_tokens).run()
    finally:
        pair.close()


class _Executor:
    """One execution; holds what its steps share."""

    def __init__(
        self,
        plan: Plan,
        pair: Pair,
        store: Callable[[], RunStore],
        progress: Progress,
        items: list[Item],
        reused: Sequence[RunStore],
        max_new_tokens: int | None,
    ) -> None:
        self.plan, self.pair, self.store, self.progress, self.items = plan, pair, store, progress, items
        self.reused = reused
        self.probe_items = choose_probe(plan.validation.items)
        self.keys: dict[Side, dict[str, str]] = {}
        self.n_cut_tokens = 0
        self.max_new_tokens = max_new_tokens
        self.settings: dict[str, GenerationSettings] = {}
        self.answers: dict[Side, dict[str, str]] = {}
        self.code: dict[str, dict[str, Keys]] = {}
        self.expected: dict[str, Leading] = {}
        self.divergence: dict[str, tuple[float, int]] | None = None

    def run(self) -> Execution:
        pair = self.pair
        self.progress.say(f"loading {pair.facts.tuned}")
        with pair.open("tuned", self.probe_items) as tuned:
            tuned_probe, batch_nats = self._probe(tuned.scorer)
            self._choose_lengths(tuned.scorer)
            probe = ProbeFacts(
                tuned_vs_base_nats=None, batch_nats=batch_nats, n_items=len(tuned_probe), drift=tuned.drift
            )
            if pair.facts.shared:
                with pair.open("base", self.probe_items) as base:
                    probe = _compare(probe, tuned_probe, self._probe(base.scorer)[0])
                    if not is_no_op(probe):
                        self._work("base", base)
            if (pair.facts.shared or pair.facts.base is None) and not is_no_op(probe):
                self._work("tuned", tuned)
        if pair.facts.base is not None and not pair.facts.shared:
            probe = self._apart(probe, tuned_probe)
        return Execution(
            facts=pair.facts,
            probe=probe,
            keys=self.keys,
            n_cut_tokens=self.n_cut_tokens,
            answers=self.answers,
            code=self.code,
            settings=self.settings,
            divergence=self.divergence,
        )

    def _apart(self, probe: ProbeFacts, tuned_probe: Mapping[str, SequenceScore]) -> ProbeFacts:
        """One side in memory at a time. The tuned model is loaded twice, so that nothing is scored before both load."""
        self.progress.say(f"loading {self.pair.facts.base}")
        with self.pair.open("base", self.probe_items) as base:
            probe = _compare(probe, tuned_probe, self._probe(base.scorer)[0])
            if is_no_op(probe):
                return probe
            self._work("base", base)
        self.progress.say(f"loading {self.pair.facts.tuned}")
        with self.pair.open("tuned") as tuned:
            self._work("tuned", tuned)
        return probe

    def _probe(self, scorer: Scorer) -> tuple[dict[str, SequenceScore], float]:
        """Scores of the probe in one batch, and how far they move when each item goes alone."""
        encoded = scorer.encode(self.probe_items)
        together = scorer.score(encoded, with_tokens=True)
        alone = [scorer.score([item], with_tokens=True)[0] for item in encoded]
        moved = max((_distance(a, b) for a, b in zip(together, alone, strict=True)), default=0.0)
        return {score.item_id: score for score in together}, moved

    def _choose_lengths(self, scorer: Scorer) -> None:
        """How long the answers to each group of prompts may get; the same for both sides."""
        if not self.plan.to_answer:
            return
        longest = self.max_new_tokens
        if longest is None:
            longest = enough_tokens([sum(item.in_response) for item in scorer.encode(self.plan.own_prompts)])
        lengths = {"asked": longest, "skills": SKILL_TOKENS, "unrelated": UNRELATED_TOKENS}
        self.settings = {name: GenerationSettings(max_new_tokens=length) for name, length in lengths.items()}

    def _work(self, side: Side, opened: Opened) -> None:
        self._score(side, opened.scorer)
        if self.plan.compared and self.pair.facts.same_tokens and self.pair.facts.base is not None:
            self._diverge(side, opened.scorer)
        if self.settings:
            self._answer(side, opened.generator)
        for task in self.plan.code:
            label = f"writing {task.title}, {side}"
            made = answer_code(opened.generator, task, self.store(), self.progress, label=label, reused=self.reused)
            self.code.setdefault(task.title, {})[side] = made

    def _diverge(self, side: Side, scorer: Scorer) -> None:
        """On a few items: first what the base expects, then how far from it the tuned model is."""
        items = self.plan.compared
        if side == "base":
            self.expected = expected(scorer, items, progress=self.progress)
        else:
            self.divergence = {
                item_id: (one.kl_nats, one.n_tokens)
                for item_id, one in diverged(scorer, items, self.expected, progress=self.progress).items()
            }

    def _answer(self, side: Side, generator: Generator) -> None:
        groups = {"asked": self.plan.own_prompts, "skills": self.plan.skills, "unrelated": self.plan.unrelated}
        labels = {"asked": "validation prompts", "skills": "retained skills", "unrelated": "unrelated prompts"}
        keys: dict[str, str] = {}
        for name, items in groups.items():
            if items:
                label = f"answering {labels[name]}, {side}"
                made = complete(
                    generator, items, self.settings[name], self.store(), self.progress, label=label, reused=self.reused
                )
                keys |= {item_id: samples[0] for item_id, samples in made.items()}
        self.answers[side] = keys

    def _score(self, side: Side, scorer: Scorer) -> None:
        store, encoded = self.store(), scorer.encode(self.items)
        keys = {item.item_id: score_key(scorer, item) for item in encoded}
        for other in self.reused:
            store.add_scores(list(other.scores(keys.values()).items()))
        # Without a base that tokenises alike, membership needs what the tuned model expected at each token.
        facts = self.pair.facts
        with_moments = side == "tuned" and (facts.base is None or not facts.same_tokens)
        known = {key for key, score in store.scores(keys.values()).items() if _is_whole(score, with_moments)}
        self.progress.start(f"scoring {side}", sum(len(item) for item in encoded))
        # The parts are planned apart, so that another training file leaves the others' batches alone.
        for part in self._parts(encoded):
            for batch in scorer.batches(part):
                if any(keys[item.item_id] not in known for item in batch):
                    scores = scorer.score(batch, with_tokens=True, with_moments=with_moments)
                    store.add_scores([(keys[score.item_id], score) for score in scores])
                self.progress.advance(sum(len(item) for item in batch))
        self.progress.finish()
        self.keys[side] = keys
        if side == "tuned":
            self.n_cut_tokens = sum(item.n_cut_tokens for item in encoded)

    def _parts(self, encoded: Sequence[EncodedItem]) -> Iterator[list[EncodedItem]]:
        part_of = {item.id: "train" for item in self.plan.train_sample}
        part_of |= {item.id: "validation" for item in self.plan.validation.items}
        part_of = {item.id: "ranked" for item in all_ranked(self.plan.tasks)} | part_of
        for part in ("validation", "train", "general", "ranked"):
            yield [item for item in encoded if part_of.get(item.item_id, "general") == part]


def _is_whole(score: SequenceScore, with_moments: bool) -> bool:
    """Whether a stored score has all that is wanted; older versions kept no values per token."""
    return score.tokens is not None and (score.tokens.mean_nats is not None or not with_moments)


def enough_tokens(reference_lengths: Sequence[int]) -> int:
    """Twice the length that 95% of the references stay within, from 32 to 512: an answer that gets there has no end.

    >>> enough_tokens([10, 12, 100]), enough_tokens([])
    (200, 32)
    """
    lengths = sorted(reference_lengths)
    enough = 2 * lengths[math.ceil(0.95 * len(lengths)) - 1] if lengths else 0
    return min(MOST_ANSWER_TOKENS, max(LEAST_ANSWER_TOKENS, enough))


def choose_probe(items: Sequence[Item]) -> list[Item]:
    """A few distinct items, the shorter ones, in an order that does not depend on the file's."""
    distinct = {item.id: item for item in items}
    short_first = sorted(distinct.values(), key=lambda item: (_length(item) > 4 * PROBE_TOKENS, item.id))
    return short_first[:PROBE_ITEMS]


def score_key(scorer: Scorer, item: EncodedItem) -> str:
    """Hash of all that decides a score: weights and adapter, engine, token ids (so tokenizer and template), mask."""
    digest = hashlib.blake2b(f"{scorer.fingerprint}|{scorer.engine}".encode(), digest_size=20)
    digest.update(f"|{len(item)}|{item.response_bytes}|{item.full_bytes}|".encode())
    digest.update(item.token_ids.tobytes())
    digest.update(item.in_response)
    return digest.hexdigest()


def _compare(probe: ProbeFacts, tuned: Mapping[str, SequenceScore], base: Mapping[str, SequenceScore]) -> ProbeFacts:
    """The probe with the largest difference of any token; None where no token was scored on both sides."""
    pairs = [(tuned[item_id], base[item_id]) for item_id in tuned]
    # Tokenised differently, the two sides have no token in common to compare; then they do differ.
    if not all(_parallel(*pair) for pair in pairs) or not any(score.response.n_tokens for score in tuned.values()):
        return replace(probe, tuned_vs_base_nats=None)
    return replace(probe, tuned_vs_base_nats=max(_distance(*pair) for pair in pairs))


def _length(item: Item) -> int:
    return len(item.token_ids) or len(item.response.content) + len(item.prompt_text)


def _parallel(first: SequenceScore, second: SequenceScore) -> bool:
    assert first.tokens is not None
    assert second.tokens is not None
    return first.tokens.positions == second.tokens.positions


def _distance(first: SequenceScore, second: SequenceScore) -> float:
    assert first.tokens is not None
    assert second.tokens is not None
    pairs = zip(first.tokens.nll_nats, second.tokens.nll_nats, strict=True)
    return max((abs(a - b) for a, b in pairs), default=0.0)
