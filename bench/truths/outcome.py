"""Outcome: what tunecheck said of one fine-tune, run on its folder as a user would run it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tunecheck as tc
from tunecheck.core import document
from tunecheck.errors import RunFolderError, TunecheckError

REFUSED = "refused"  # tunecheck stopped with an error that names the trouble.


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One finding: its code, how bad it is, and its words."""

    code: str
    severity: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What tunecheck said.

    decision   without people: of `tunecheck verdict RUN --automatic-only`
    statuses   of each check
    findings   of all checks
    measures   of each check, as in results.json
    """

    decision: str
    statuses: Mapping[str, str]
    findings: Sequence[Told]
    measures: Mapping[str, Any]

    @property
    def raised(self) -> tuple[str, ...]:
        """The codes of the warnings and failures, each once."""
        return tuple(dict.fromkeys(told.code for told in self.findings if told.severity != "info"))

    @property
    def fails(self) -> bool:
        """Whether any check fails."""
        return "fail" in self.statuses.values()

    @classmethod
    def from_document(cls, kept: Mapping[str, Any]) -> Outcome:
        """The outcome that a result file holds."""
        told = [Told(code=one["code"], severity=one["severity"], message=one["message"]) for one in kept["findings"]]
        return cls(
            decision=kept["decision"], statuses=kept["statuses"], findings=tuple(told), measures=kept["measures"]
        )


def judge(
    tuned: Path, *, train: Path, validation: Path, general: Path, base: Path, out: Path, template: str = "auto"
) -> Outcome:
    """Run the whole checklist with its defaults; the run stands in ``out``, and takes its scores up when it is there.

    ``general`` is text of the kind that the base was made for: the bundled passages are beyond bases so small.
    ``template`` is what a user who knows no better gives as --template.
    """
    options: dict[str, Any] = {} if template == "auto" else {"template": template}
    try:
        try:
            result = tc.run(tuned, val=validation, train=train, base=base, out=out, general=str(general), **options)
        except RunFolderError:  # Of another version, or of other data.
            shutil.rmtree(out)
            result = tc.run(tuned, val=validation, train=train, base=base, out=out, general=str(general), **options)
        decision = tc.verdict(out, automatic_only=True).decision
    except TunecheckError as error:
        said = Told(code=type(error).__name__, severity="fail", message=str(error))
        return Outcome(decision=REFUSED, statuses={}, findings=(said,), measures={})
    documents = [document(check) for check in result.checks.values()]
    checks: dict[str, Any] = dict(zip(result.checks, documents, strict=True))
    return Outcome(
        decision=decision,
        statuses={name: check.status for name, check in result.checks.items()},
        findings=tuple(
            Told(code=found.code, severity=found.severity, message=found.message)
            for check in result.checks.values()
            for found in check.findings
        ),
        measures={name: json.loads(json.dumps(made["measures"])) for name, made in checks.items()},
    )
