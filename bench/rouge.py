"""ROUGE: time per pair beside rouge_score, and memory over many pairs, in one run on one machine.

    make bench                                          # all benchmarks
    python bench/rouge.py --words 100 1000

Each row is the median processor time of one pair: of 200 pairs for tunecheck, and of as many of them as there is time
for with rouge_score. The words follow the frequencies of language, and a prediction is the reference with a third of
its words changed, in lines of 20 words. tunecheck remembers nothing from one pair to the next but the stems of words,
and has read 200 other pairs before.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import accumulate, islice
from typing import TypeVar

from tunecheck.metrics.metric import Case
from tunecheck.metrics.rouge import Rouge

SETS = {"1, 2, L": ["rouge1", "rouge2", "rougeL"], "1, 2, L, Lsum": ["rouge1", "rouge2", "rougeL", "rougeLsum"]}
WORDS_IN_A_LINE = 20
N_PAIRS = 200
Result = TypeVar("Result")


def main() -> None:
    """Time every length and set of measures, then watch the memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", nargs="+", type=int, default=[100, 1000], help="words in a text")
    parser.add_argument("--seconds", type=float, default=6, help="of rouge_score for each row")
    parser.add_argument("--pairs", type=int, default=100_000, help="pairs of 50 words for the memory; 0 leaves it out")
    options = parser.parse_args()
    print("| measures | words | stems | rouge_score, ms a pair | tunecheck, ms a pair | times | largest difference |")
    print("|---|---|---|---|---|---|---|")
    for n_words in options.words:
        for stem in (False, True):
            for name, measures in SETS.items():
                row(name, measures, n_words, stem, options.seconds)
    if options.pairs:
        memory(options.pairs)


def row(name: str, measures: list[str], n_words: int, stem: bool, seconds: float) -> None:
    """One line of the table; tunecheck always scores all four measures where ROUGE-Lsum differs from ROUGE-L."""
    from rouge_score.rouge_scorer import RougeScorer

    peer, mine = RougeScorer(measures, use_stemmer=stem), Rouge(tokenizer="compat", stem=stem)
    # Without line breaks ROUGE-Lsum is ROUGE-L, so that a set without Lsum costs tunecheck no more than it asks for.
    made = pairs(n_words, line_breaks="rougeLsum" in measures)
    for prediction, reference in islice(made, N_PAIRS):
        mine.score(Case(prediction=prediction, references=(reference,)))
    some = list(islice(made, N_PAIRS))
    values, times, expected, peer_times = [], [], [], []
    for prediction, reference in some:
        spent, value = timed(mine.score, Case(prediction=prediction, references=(reference,)))
        times.append(spent)
        values.append(value)
    for prediction, reference in some:
        spent, scores = timed(peer.score, reference, prediction)
        peer_times.append(spent)
        expected.append(scores)
        if sum(peer_times) > seconds:
            break
    differences = [abs(v[one] - e[one].fmeasure) for v, e in zip(values, expected, strict=False) for one in measures]
    own, others = statistics.median(times) * 1e3, statistics.median(peer_times) * 1e3
    print(
        f"| {name} | {n_words:,} | {'yes' if stem else 'no'} | {others:.2f} | {own:.3f} | {others / own:,.0f} "
        f"| {max(differences):.0e} |",
        flush=True,
    )


def timed(call: Callable[..., Result], *arguments: object) -> tuple[float, Result]:
    """Seconds of processor time that one call takes, and what it returns."""
    begin = time.process_time()
    result = call(*arguments)
    return time.process_time() - begin, result


def pairs(n_words: int, *, line_breaks: bool) -> Iterator[tuple[str, str]]:
    """Predictions and references, without end; the same ones in each run."""
    rng = random.Random(0)
    endings = ["", "s", "ing", "ed", "ation", "ness", "ly"]
    vocabulary = [f"w{n}{rng.choice(endings)}" for n in range(30_000)]
    totals = list(accumulate(1 / (n + 2.7) for n in range(30_000)))
    while True:
        reference = rng.choices(vocabulary, cum_weights=totals, k=n_words)
        others = rng.choices(vocabulary, cum_weights=totals, k=n_words)
        prediction = [other if rng.random() < 1 / 3 else word for word, other in zip(reference, others, strict=True)]
        yield text(prediction, line_breaks), text(reference, line_breaks)


def text(words: list[str], line_breaks: bool) -> str:
    """Sentences of twenty words, on lines of their own or not."""
    lines = [" ".join(words[at : at + WORDS_IN_A_LINE]) for at in range(0, len(words), WORDS_IN_A_LINE)]
    return (".\n" if line_breaks else ". ").join(lines)


def memory(n_pairs: int) -> None:
    """How far the peak of memory rises between the first tenth of a stream of pairs and its end."""
    mine, made, begin, early = Rouge(tokenizer="compat", stem=True), pairs(50, line_breaks=True), time.perf_counter(), 0
    total = 0.0
    for at in range(n_pairs):
        if at == n_pairs // 10:
            early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        prediction, reference = next(made)
        value = mine.score(Case(prediction=prediction, references=(reference,)))["rougeL"]
        assert isinstance(value, float)
        total += value
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - early) / 1024
    seconds = time.perf_counter() - begin
    print(
        f"\n{n_pairs:,} pairs of 50 words, all measures, stemmed: {seconds:.0f} s with their making, "
        f"mean ROUGE-L {total / n_pairs:.3f}; after the first tenth the peak of memory grew by {grown:.1f} MiB"
    )


if __name__ == "__main__":
    main()
