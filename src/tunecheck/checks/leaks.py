"""The leak check: how much of a validation set the training set gives away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from tunecheck.checks.phrases import count, percent
from tunecheck.core import CheckResult, Finding, Leak, LeakKind, LeakReport, Status

# Shares of the validation items that the training set gives away. Heuristic: one in a hundred can be chance in data
# with stock phrases, one in ten is a broken split.
LEAK_WARN, LEAK_FAIL = 0.01, 0.10
# Rows of the training set that are copies of others: from here on they are worth a word.
COPIES_WORTH_A_WORD = 0.05

TAKE_OUT = "take them out of one of the two files, or hold out whole groups of rows"


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of leak: the code of its finding, its name, and what the two rows share."""

    code: str
    name: LeakKind
    shared: str


KINDS = (
    _Kind("leaks.exact", "exact", "the same prompt and response"),
    _Kind("leaks.prompt", "prompt", "the same prompt with another response"),
    _Kind("leaks.near", "near", "nearly the same words"),
    _Kind("leaks.contained", "contained", "the prompt inside a training row"),
    _Kind("leaks.response", "response", "the same long response to another prompt, which counts as no leak"),
)


def check_leaks(report: LeakReport, *, signature: str = "") -> CheckResult:
    """Pass up to 1% of the validation items leaked, warn up to 10%, fail beyond.

    A shared response alone is told and not counted: stock answers are legitimate.
    """
    n = sum(leak.kind != "response" for leak in report.leaks)
    share = n / report.n_validation if report.n_validation else 0.0
    status: Status = "fail" if share > LEAK_FAIL else "warn" if share > LEAK_WARN else "pass"
    of = count(report.n_validation, "validation item")
    leaked = f"{n:,} of {of} ({percent(share)})" if n else f"none of {of}"
    return CheckResult(
        check="leaks",
        status=status,
        summary=f"The training set gives away {leaked}.",
        measures={
            "n_train": report.n_train,
            "n_val": report.n_validation,
            "n_leaked": n,
            "leaked_percent": 100 * share,
            "kinds": {kind.name: len(report.of_kind(kind.name)) for kind in KINDS},
            "n_train_copies": report.n_train_copies,
        },
        findings=tuple(_findings(report, share)),
        signature=signature,
        leaks=report.leaks,
    )


def _findings(report: LeakReport, share: float) -> Iterator[Finding]:
    for kind in KINDS:
        leaks = report.of_kind(kind.name)
        if leaks:
            counted = kind.name != "response"
            yield Finding(
                code=kind.code,
                severity="info" if not counted or share <= LEAK_WARN else "warn" if share <= LEAK_FAIL else "fail",
                message=f"{count(len(leaks), 'validation item')}: {kind.shared}; {_places(leaks)}",
                evidence={"n": len(leaks)},
                hint=TAKE_OUT if counted else "",
            )
    if report.n_train_copies > COPIES_WORTH_A_WORD * report.n_train:
        yield Finding(
            code="leaks.train_copies",
            severity="info",
            message=f"{report.n_train_copies:,} of {count(report.n_train, 'training row')} "
            f"({percent(report.n_train_copies / report.n_train)}) are copies of others",
            evidence={"n_copies": report.n_train_copies},
            hint="copies are what a model learns by heart first: keep one of each",
        )


def _places(leaks: tuple[Leak, ...]) -> str:
    told = [f"{leak.validation.source} and {leak.train.source}" for leak in islice(leaks, 3)]
    more = f", and {len(leaks) - 3:,} more" if len(leaks) > 3 else ""
    return ", ".join(told) + more
