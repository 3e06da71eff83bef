"""The verdict: ship, hold or incomplete, from the statuses of the six-step checklist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tunecheck.checks.overfit_rules import UNSETTLED_CODES
from tunecheck.checks.statuses import worst
from tunecheck.core import CheckResult, Decision, Status, Step, Verdict

TITLES = {
    "curve": "Training curve",
    "perplexity": "Perplexity",
    "overfitting": "Overfitting",
    "review": "Human review",
    "ab": "Blind A/B test",
    "tasks": "Task metrics",
}
ABSENT = {
    "curve": "no training log was read",
    "perplexity": "perplexity was not measured",
    "overfitting": "overfitting was not measured: it needs the training data",
    "review": "nobody has rated answers yet: tunecheck review create RUN",
    "ab": "nobody has compared answers blind yet: tunecheck ab create RUN",
    "tasks": "no task was asked for",
}
PREFLIGHT = "preflight"
TASK_PREFIX = "tasks."
FROM_PEOPLE = ("review", "ab")
# A loss that the trainer had and nobody can reproduce: what was measured here may not be the model that was trained.
# And a training that hardly began shows what could be learned, not what was.
UNSETTLING = UNSETTLED_CODES | {"curve.eval_differs", "curve.little_learned"}

MISSING_STEPS = {
    "perplexity": "measure perplexity against the base: tunecheck run TUNED --val FILE --base MODEL",
    "overfitting": "measure overfitting: tunecheck run TUNED --val FILE --train FILE --base MODEL",
    "review": "have people rate answers of both models: tunecheck review create RUN, then tunecheck serve RUN",
    "ab": "have people compare answers blind: tunecheck ab create RUN, then tunecheck serve RUN",
}
ASK_PEOPLE = (
    "without people who rate and compare answers of both models there is no ship; to gate on the measured steps alone: "
    "tunecheck verdict RUN --automatic-only"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One check, or the absence of one, as the decision sees it."""

    step: str
    title: str
    status: Status
    summary: str
    check: CheckResult | None

    @property
    def blocks_shipping(self) -> bool:
        """Something that only people or more data can settle is missing."""
        match self.step, self.status:
            case (("perplexity" | "overfitting" | "review" | "ab"), "unknown"):
                return True
            case "tasks", "unknown":
                return self.check is not None
            case "perplexity", "warn":
                return True
            case (("overfitting" | "curve"), "warn"):
                return self.check is not None and any(f.code in UNSETTLING for f in self.check.findings)
            case _:
                return False


def decide(checks: Mapping[str, CheckResult], *, automatic_only: bool = False) -> Verdict:
    """Decide from the checks, by name; a step without a check is unknown, with the reason.

    hold: a check failed, preflight among them. incomplete: something that people or more data must settle is missing:
    perplexity or overfitting is unknown or not settled, the trainer's evaluation loss is not reproduced, a task that
    was asked for is unknown, or nobody has reviewed. Else ship. With ``automatic_only`` the steps that people do are
    left out of the decision.
    """
    entries = list(_entries(checks))
    deciding = [e for e in entries if not (automatic_only and e.step in FROM_PEOPLE)]
    failed = [e for e in deciding if e.status == "fail"]
    blocking = [e for e in deciding if e.blocks_shipping]
    decision: Decision = "hold" if failed else "incomplete" if blocking else "ship"
    told = failed or blocking or [e for e in deciding if e.status == "pass"]
    warned = [e for e in deciding if e.status == "warn" and e not in told]
    return Verdict(
        decision=decision,
        reasons=tuple(_reason(entry) for entry in (*told, *warned)),
        checklist=tuple(_step(name, entries) for name in TITLES),
        next_steps=tuple(_next_steps(deciding)),
    )


def _entries(checks: Mapping[str, CheckResult]) -> Iterator[_Entry]:
    if PREFLIGHT in checks:
        yield _entry(PREFLIGHT, "Preflight", checks[PREFLIGHT])
    for name, title in TITLES.items():
        if name in checks:
            yield _entry(name, title, checks[name])
            continue
        tasks = sorted(key for key in checks if key.startswith(TASK_PREFIX)) if name == "tasks" else []
        for task in tasks:
            yield _entry("tasks", f"{title} ({task.removeprefix(TASK_PREFIX)})", checks[task])
        if not tasks:
            yield _Entry(step=name, title=title, status="unknown", summary=ABSENT[name], check=None)


def _entry(step: str, title: str, check: CheckResult) -> _Entry:
    return _Entry(step=step, title=title, status=check.status, summary=check.summary, check=check)


def _step(name: str, entries: list[_Entry]) -> Step:
    own = [entry for entry in entries if entry.step == name]
    summary = own[0].summary if len(own) == 1 else " ".join(f"{_task_name(e)}: {e.summary}" for e in own)
    return Step(name=name, title=TITLES[name], status=worst(entry.status for entry in own), summary=summary)


def _task_name(entry: _Entry) -> str:
    return entry.title.removeprefix(f"{TITLES['tasks']} (").removesuffix(")")


def _reason(entry: _Entry) -> str:
    match entry.status:
        case "pass":
            claim = "passes"
        case "fail":
            claim = "fails"
        case "unknown":
            claim = "is missing" if entry.check is None else "is unknown"
        case "warn":
            claim = "is not settled" if entry.blocks_shipping else "warns"
    return f"{entry.title} {claim}: {entry.summary.removesuffix('.')}."


def _next_steps(entries: list[_Entry]) -> Iterator[str]:
    """Hints of findings that fail, then of those that warn, each once; then what is missing."""
    findings = [finding for entry in entries if entry.check is not None for finding in entry.check.findings]
    hints = [f.hint for severity in ("fail", "warn") for f in findings if f.severity == severity and f.hint]
    yield from dict.fromkeys(" ".join(hint.split()) for hint in hints)
    # A pair that fails preflight has nothing worth measuring yet.
    fit = not any(entry.step == PREFLIGHT and entry.status == "fail" for entry in entries)
    yield from (_missing(e) for e in entries if fit and e.status == "unknown" and e.step in MISSING_STEPS)
    if any(entry.step in FROM_PEOPLE and entry.status == "unknown" for entry in entries):
        yield ASK_PEOPLE


def _missing(entry: _Entry) -> str:
    """What to do about a step that is unknown; of what people have begun its own sentence says how far it is."""
    if entry.step in FROM_PEOPLE and entry.check is not None:
        return f"{_begun_small(entry.title)}: {_begun_small(entry.summary.removesuffix('.'))}"
    return MISSING_STEPS[entry.step]


def _begun_small(text: str) -> str:
    return text[:1].lower() + text[1:]
