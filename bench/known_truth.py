"""Fine-tunes whose truth is known by construction, and what tunecheck says of each.

    python bench/known_truth.py                          # every truth, on every base, with two seeds: about an hour
    python bench/known_truth.py --sample                 # a part of it, in three minutes
    python bench/known_truth.py --only healthy forgot --bases demo --seeds 1
    python bench/known_truth.py --out DIR --judge-again  # the models in DIR are kept, and judged by today's rules

Each model is trained, measured directly to prove that it is what it claims to be, and judged by `tunecheck run` with
its default settings and `tunecheck verdict RUN --automatic-only`. Beside that stands what the tutorials' rule says:
overfitted when validation loss exceeds training loss by 0.2 or 0.5 nats. A trial whose result stands in --out is taken
from there. The base `stories` takes part when TUNECHECK_SHARED_DATA names a folder that holds models/stories260K.
The exit code is 0 when the aims are met, 1 when they are not, 2 when there is nothing to run.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from truths.bases import bases
from truths.cases import CASES, Case
from truths.table import HEAD, aims, line, summary
from truths.trial import Trial, attempt, quiet

CHECKS = Path(__file__).parents[1] / "src" / "tunecheck" / "checks"
SAMPLE = ("healthy", "few-rows-many-epochs", "no-op", "wrong-template", "under-trained")  # Those that train fast.


def main() -> int:
    """Run what was asked for and print the table as it grows, then the aims."""
    options = _options()
    table = sys.stderr if options.json else sys.stdout
    cases = [case for case in CASES if case.name in options.only]
    print(HEAD, file=table, flush=True)
    trials = []
    known = known_codes()
    for trial in run(cases, options.bases, options.seeds, options.out, anew=options.judge_again):
        trials.append(trial)
        print(line(trial, known), file=table, flush=True)
    if not trials:
        print("nothing to run", file=sys.stderr)
        return 2
    print(f"\n{summary(trials)}", file=table)
    if options.json:
        _print_document(trials, sys.stdout)
    return 0 if all(aim.is_met for aim in aims(trials)) else 1


def run(cases: list[Case], base_names: list[str], n_seeds: int, work: Path, *, anew: bool = False) -> Iterator[Trial]:
    """Every case on every base with every seed, each as soon as it is known."""
    available = bases(work)
    for base_name in base_names:
        if base_name not in available:
            print(f"the base {base_name} is not on this machine: see TUNECHECK_SHARED_DATA", file=sys.stderr)
            continue
        with quiet():
            base = available[base_name]()
        for case in cases:
            for seed in range(1, n_seeds + 1):
                start = time.perf_counter()
                trial = attempt(case, base, seed, work, anew=anew)
                print(f"{case.name}: {trial.facts.told()}; {time.perf_counter() - start:.0f} s", file=sys.stderr)
                yield trial


def known_codes() -> frozenset[str]:
    """The codes of findings that this version of tunecheck can raise."""
    texts = [file.read_text(encoding="utf-8") for file in CHECKS.glob("*.py")]
    return frozenset(re.findall(r'"([a-z]+\.[a-z_]+)"', "\n".join(texts)))


def _options() -> argparse.Namespace:
    names = [case.name for case in CASES]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=names, choices=names, metavar="TRUTH", help=", ".join(names))
    parser.add_argument("--bases", nargs="+", default=["demo", "stories"], choices=["demo", "stories"])
    parser.add_argument("--seeds", type=int, default=2, metavar="N", help="seeds 1 to N; 2 unless given")
    parser.add_argument("--sample", action="store_true", help=f"on the base demo, seed 1: {', '.join(SAMPLE)}")
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "tunecheck-known-truth")
    parser.add_argument("--json", action="store_true", help="one document on stdout, the table on stderr")
    parser.add_argument("--judge-again", action="store_true", help="run tunecheck again on what was trained")
    options = parser.parse_args()
    if options.sample:
        options.only, options.bases, options.seeds = list(SAMPLE), ["demo"], 1
    options.out.mkdir(parents=True, exist_ok=True)
    return options


def _print_document(trials: list[Trial], stream: TextIO) -> None:
    counted = [{"name": aim.name, "n": aim.n, "of": aim.of, "is_met": aim.is_met} for aim in aims(trials)]
    json.dump({"aims": counted, "trials": [trial.document() for trial in trials]}, stream, indent=2)
    print(file=stream)


if __name__ == "__main__":
    sys.exit(main())
