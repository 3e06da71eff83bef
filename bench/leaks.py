"""Near copies between two sets of texts: time and peak memory beside MinHash tools, in one run on one machine.

    make bench                                          # both benchmarks
    python bench/leaks.py --sizes 20000x2000

Each row is a process of its own that gets the same texts: a training set, and a validation set of which one in ten is a
training text with a tenth of its words changed. tunecheck counts every pair; datasketch and rensa estimate the
similarity from 128 permutations and may miss pairs and report false ones, so what each found is shown, too.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import time

SIZES = ["20000x2000", "200000x5000"]
METHODS = ["tunecheck", "rensa", "datasketch"]
NEAR, N_PERMUTATIONS = 0.7, 128


def main() -> None:
    """Run every method on every size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", default=SIZES, metavar="TRAINxVAL")
    parser.add_argument("--methods", nargs="+", default=METHODS, choices=METHODS)
    parser.add_argument("--words", type=int, default=60, help="mean words in a text")
    parser.add_argument("--limit", type=float, default=600, help="seconds for one row")
    parser.add_argument("--one", nargs=2, metavar=("METHOD", "SIZE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(*options.one, options.words)))
        return
    for size in options.sizes:
        print(f"\n## {size}, {options.words} words a text\n")
        print("| method | seconds | peak over the texts, MiB | near copies found | of those planted |")
        print("|---|---|---|---|---|")
        for method in options.methods:
            command = [sys.executable, __file__, "--one", method, size, "--words", str(options.words)]
            try:
                done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=options.limit)
            except subprocess.TimeoutExpired:
                print(f"| {method} | over {options.limit:.0f} | | | |", flush=True)
                continue
            found = json.loads(done.stdout)
            print(
                f"| {method} | {found['seconds']:.2f} | {found['mib']:,.0f} | {found['n_found']:,} "
                f"| {found['n_planted_found']:,} of {found['n_planted']:,} |",
                flush=True,
            )


def texts(size: str, n_words: int) -> tuple[list[str], list[str], set[int]]:
    """Training texts, validation texts, and the places of those that were planted (their similarity is counted)."""
    rng = random.Random(0)
    n_train, n_validation = map(int, size.split("x"))
    # Word frequencies fall as in language: a few words are everywhere, and most are rare.
    vocabulary = [f"w{n}" for n in range(50_000)]
    weights = [1 / (n + 2.7) for n in range(50_000)]
    pool = rng.choices(vocabulary, weights, k=(n_train + n_validation) * n_words)
    cuts = [(n_words * n, n_words * (n + 1)) for n in range(n_train + n_validation)]
    made = [" ".join(pool[begin : end - rng.randrange(n_words // 2)]) for begin, end in cuts]
    train, validation = made[:n_train], made[n_train:]
    planted = set()
    for place in range(0, n_validation, 10):
        words = rng.choice(train).split()
        for at in rng.sample(range(len(words)), len(words) // 25):
            words[at] = "changed"
        validation[place] = " ".join(words)
        planted.add(place)
    return train, validation, planted


def measure(method: str, size: str, n_words: int) -> dict[str, float]:
    """Time and peak memory of one method, and what it found."""
    train, validation, planted = texts(size, n_words)
    find = {"tunecheck": tunecheck_, "rensa": rensa_, "datasketch": datasketch_}[method]
    find(train[:10], validation[:10])  # Imports are not measured.
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    found = find(train, validation)
    seconds = time.perf_counter() - start
    mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return {
        "seconds": seconds, "mib": mib, "n_found": len(found), "n_planted": len(planted),
        "n_planted_found": len(found & planted),
    }  # fmt: skip


def tunecheck_(train: list[str], validation: list[str]) -> set[int]:
    """This project: all pairs, exactly."""
    from tunecheck.metrics import shingle, similar_pairs, without_boilerplate

    return set(similar_pairs(*without_boilerplate(shingle(train), shingle(validation)), threshold=NEAR).right.tolist())


def shingles(text: str) -> list[str]:
    """What the peers are given: the same runs of three words."""
    words = text.split()
    return [" ".join(words[at : at + 3]) for at in range(max(1, len(words) - 2))]


def rensa_(train: list[str], validation: list[str]) -> set[int]:
    """rensa's MinHash and index."""
    from rensa import RMinHash, RMinHashLSH

    def hashed(text: str) -> RMinHash:
        one = RMinHash(num_perm=N_PERMUTATIONS, seed=42)
        one.update(shingles(text))
        return one

    index, kept = RMinHashLSH(threshold=NEAR, num_perm=N_PERMUTATIONS, num_bands=16), []
    for place, text in enumerate(train):
        kept.append(hashed(text))
        index.insert(place, kept[-1])
    found = set()
    for place, text in enumerate(validation):
        one = hashed(text)
        if any(kept[row].jaccard(one) >= NEAR for row in index.query(one)):
            found.add(place)
    return found


def datasketch_(train: list[str], validation: list[str]) -> set[int]:
    """datasketch's MinHash and index."""
    from datasketch import MinHash, MinHashLSH

    def hashed(text: str) -> MinHash:
        one = MinHash(num_perm=N_PERMUTATIONS)
        one.update_batch([run.encode() for run in shingles(text)])
        return one

    index, kept = MinHashLSH(threshold=NEAR, num_perm=N_PERMUTATIONS), []
    for place, text in enumerate(train):
        kept.append(hashed(text))
        index.insert(place, kept[-1])
    found = set()
    for place, text in enumerate(validation):
        one = hashed(text)
        if any(kept[row].jaccard(one) >= NEAR for row in index.query(one)):
            found.add(place)
    return found


if __name__ == "__main__":
    main()
