"""Finding, CheckResult, Verdict: what tunecheck tells people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tunecheck.core.estimates import Estimate, Unscored
from tunecheck.core.leaks import Leak

Status = Literal["pass", "warn", "fail", "unknown"]
Severity = Literal["info", "warn", "fail"]
Decision = Literal["ship", "hold", "incomplete"]

Measure = Estimate | Unscored | str | int | float | None | tuple["Measure", ...] | Mapping[str, "Measure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a person should know: a stable code, how bad, the message, its evidence and what to do next."""

    code: str
    severity: Severity
    message: str
    evidence: Mapping[str, str | int | float | None] = field(default_factory=dict)
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemComparison:
    """One item under base and tuned, for the tables and charts of the report.

    The nll values are totals over the scored tokens of that item in nats; base is None without a base model.
    """

    item_id: str
    part: Literal["validation", "train", "general"]
    source: str
    prompt: str
    response: str
    n_tokens: int
    n_bytes: int
    tuned_nll_nats: float
    base_nll_nats: float | None = None

    @property
    def tuned_nats_per_token(self) -> float:
        """Mean nll under the tuned model."""
        return self.tuned_nll_nats / self.n_tokens

    @property
    def base_nats_per_token(self) -> float | None:
        """Mean nll under the base model, or None without one."""
        return None if self.base_nll_nats is None else self.base_nll_nats / self.n_tokens

    @property
    def gain_nats_per_token(self) -> float | None:
        """How many nats a token the tuned model is better than its base on this item; negative where it lost."""
        return None if self.base_nll_nats is None else (self.base_nll_nats - self.tuned_nll_nats) / self.n_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeText:
    """Python to read: what it is, one line on it, and the line that failed, from 1."""

    name: str
    text: str
    note: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One item behind a finding: where it comes from, one line on it, and named texts to read beside each other."""

    where: str
    headline: str
    texts: tuple[tuple[str, str], ...]
    programs: tuple[CodeText, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExhibitList:
    """The worst items of one sign, the worst first, under a heading; ``note`` says how many there are in all."""

    heading: str
    note: str
    exhibits: tuple[Exhibit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of a checklist: of the six steps, or of the signs that one check weighs."""

    name: str
    title: str
    status: Status
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The outcome of one check: status, one sentence, measures, findings, and what could change the numbers.

    ``signs`` are the lines of a check that weighs several. ``comparisons``, ``leaks`` and ``exhibits`` are the items
    behind it, for people to look at. ``items`` has one row for each row of a predictions file, for scripts.
    """

    check: str
    status: Status
    summary: str
    measures: Mapping[str, Measure] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    signature: str = ""
    signs: tuple[Step, ...] = ()
    comparisons: tuple[ItemComparison, ...] = ()
    leaks: tuple[Leak, ...] = ()
    exhibits: tuple[ExhibitList, ...] = ()
    items: tuple[Mapping[str, Measure], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """ship, hold or incomplete, why, and the checklist that led there. ``next_steps`` says what to do about it."""

    decision: Decision
    reasons: tuple[str, ...]
    checklist: tuple[Step, ...]
    next_steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """Everything a finished run says: the verdict, every check by name, and facts about the run for the reader.

    ``facts`` are (label, value) lines shown with the results: models, data, template, precision, machine.
    """

    verdict: Verdict
    checks: Mapping[str, CheckResult]
    facts: tuple[tuple[str, str], ...]
    title: str
    folder: str = ""
    version: str = ""
    created: str = ""
