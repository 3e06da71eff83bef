"""A CodeRunner that runs nothing: what each program comes to was written down before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tunecheck.core import CodeJob, CodeOutcome, CodeVerdict, Tier

Script = Mapping[str, CodeOutcome | CodeVerdict | Sequence[CodeOutcome | CodeVerdict]]


@dataclass(frozen=True, kw_only=True)
class ScriptedRunner:
    """What a text comes to, by the text; several outcomes follow each other. A stub's text is "stub of ID".

    asked  every call: the jobs, and whether they were to run alone
    """

    script: Script
    tier: Tier = "A"
    layers: tuple[str, ...] = ("none",)
    engine: str = "scripted"
    asked: list[tuple[tuple[CodeJob, ...], bool]] = field(default_factory=list)
    _n_runs: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def run(
        self, jobs: Sequence[CodeJob], *, alone: bool = False, on_done: Callable[[], object] = lambda: None
    ) -> list[CodeOutcome]:
        """The outcome of each job, in order, as it is written; "wrong" where nothing is."""
        self.asked.append((tuple(jobs), alone))
        found = []
        for job in jobs:
            found.append(self._outcome(job))
            on_done()
        return found

    def texts(self, *, alone: bool | None = None) -> list[str]:
        """The texts of all jobs in the order in which they ran."""
        return [name_of(job) for jobs, was_alone in self.asked for job in jobs if alone in (None, was_alone)]

    def jobs(self, text: str) -> list[CodeJob]:
        """All jobs of a text."""
        return [job for jobs, _ in self.asked for job in jobs if name_of(job) == text]

    def _outcome(self, job: CodeJob) -> CodeOutcome:
        name = name_of(job)
        written = self.script.get(name, "wrong")
        if not isinstance(written, str | CodeOutcome):
            written = written[min(self._n_runs[name], len(written) - 1)]
        self._n_runs[name] += 1
        outcome = written if isinstance(written, CodeOutcome) else CodeOutcome(verdict=written)
        return replace(outcome, code=name)


def name_of(job: CodeJob) -> str:
    """What a script calls a job: its text, for a stub its problem."""
    return job.text if job.kind != "stub" else f"stub of {job.problem.id}"
