"""The table of trials in Markdown, and the aims that it is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .trial import Trial

HEAD = (
    "| truth | base | seed | verdict | checks that do not pass | expected → raised | tutorials' rule | right? |\n"
    "|---|---|---|---|---|---|---|---|"
)
RIGHT_FINDING, FAIL_ON_GOOD = 0.95, 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """One aim: what is counted, in how many trials it was so, and whether that is good enough."""

    name: str
    n: int
    of: int
    is_met: bool

    def __str__(self) -> str:
        share = f"{self.n / self.of:.0%}" if self.of else "-"
        return f"| {self.name} | {self.n} of {self.of} | {share} | {'met' if self.is_met else '**missed**'} |"


def line(trial: Trial, known: frozenset[str]) -> str:
    """One trial as a row; ``known`` are the codes that this version of tunecheck can raise."""
    told = [f"{name} {status}" for name, status in trial.outcome.statuses.items() if status != "pass"]
    cells = (
        trial.case.name,
        trial.base,
        str(trial.seed),
        trial.outcome.decision,
        ", ".join(told) or "-",
        raised(trial, known),
        trial.tutorial,
        judged(trial),
    )
    return f"| {' | '.join(cells)} |"


def raised(trial: Trial, known: frozenset[str]) -> str:
    """What should have been said, and what was."""
    false = f"false: {_codes(trial.false_alarms)}" if trial.false_alarms else ""
    if not trial.case.findings:
        return f"no warning → {false or 'none'}"
    if not trial.missing:
        named = _codes(trial.found) if trial.found else trial.outcome.findings[0].code
        return "; ".join(filter(None, (f"→ {named}", false)))
    codes = dict.fromkeys(code.partition("~")[0] for code in trial.missing)
    wanted = ", ".join(f"`{code}`" if code in known else f"`{code}` (not there yet)" for code in codes)
    return "; ".join(filter(None, (f"one of {wanted} → **none**", false)))


def judged(trial: Trial) -> str:
    """Right, or what is wrong: the model itself, the decision, the finding, or a false alarm."""
    wrong = [] if trial.truth_holds else [f"truth not reached ({trial.facts.told()})"]
    if not trial.is_decided_right:
        wrong.append(f"verdict should be {' or '.join(trial.case.right)}")
    wrong += ["finding missing"] if trial.missing else []
    wrong += ["false alarm"] if trial.false_alarms else []
    return f"**no**: {'; '.join(wrong)}" if wrong else "yes"


def _codes(codes: Sequence[str]) -> str:
    return ", ".join(f"`{code}`" for code in codes)


def aims(trials: Sequence[Trial]) -> tuple[Aim, ...]:
    """The three aims: the right finding on 95%, no ship on a bad one, and a failed check on at most 5% of the good."""
    bad = [trial for trial in trials if trial.case.kind == "bad"]
    good = [trial for trial in trials if trial.case.kind == "good"]
    n_told = sum(trial.is_told_right for trial in trials)
    n_shipped = sum(trial.outcome.decision == "ship" for trial in bad)
    n_failed = sum(trial.outcome.fails for trial in good)
    return (
        Aim(
            name="the right finding (at least 95%)",
            n=n_told,
            of=len(trials),
            is_met=n_told >= RIGHT_FINDING * len(trials),
        ),
        Aim(name="ship on a bad one (none)", n=n_shipped, of=len(bad), is_met=not n_shipped),
        Aim(
            name="a failed check on a good one (at most 5%)",
            n=n_failed,
            of=len(good),
            is_met=n_failed <= FAIL_ON_GOOD * len(good),
        ),
    )


def summary(trials: Sequence[Trial]) -> str:
    """The aims, and beside them what else is worth counting, the tutorials' rule among it."""
    bad = [trial for trial in trials if trial.case.kind == "bad"]
    good = [trial for trial in trials if trial.case.kind == "good"]
    rows = (
        ("the truth holds, measured directly", sum(trial.truth_holds for trial in trials), len(trials)),
        ("decision and findings both right", sum(trial.is_right for trial in trials), len(trials)),
        ("right decision", sum(trial.is_decided_right for trial in trials), len(trials)),
        ("tutorials' rule: a gap above 0.2 on a good one", sum(trial.facts.gap > 0.2 for trial in good), len(good)),
        (
            "tutorials' rule: no gap above 0.2 on a bad one",
            sum(not trial.facts.gap > 0.2 for trial in bad),
            len(bad),
        ),
    )
    others = [f"| {name} | {n} of {of} | {n / of:.0%} | |" for name, n, of in rows if of]
    return "\n".join(("| | | | |", "|---|---|---|---|", *map(str, aims(trials)), *others))
