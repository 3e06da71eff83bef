"""Records as JSON documents, in the shapes that scripts lean on."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from tunecheck.core.estimates import Estimate, Unscored
from tunecheck.core.results import CheckResult, Finding, Measure, RunResult, Step, Verdict

JSON = str | int | float | bool | None | list["JSON"] | dict[str, "JSON"]


def document(value: RunResult | CheckResult | Verdict | Finding | Measure) -> JSON:
    """The JSON document of a record: Estimate, Unscored, Finding, Check, verdict or a whole run.

    >>> document(Unscored(reason="no base"))
    {'unscored': 'no base'}
    """
    match value:
        case RunResult():
            return _run(value)
        case CheckResult():
            return _check(value)
        case Verdict():
            return _verdict(value)
        case Finding():
            return _finding(value)
        case _:
            return _measure(value)


def to_json(value: RunResult | CheckResult | Verdict) -> str:
    """The same document as text."""
    return json_text(document(value))


def json_text(value: JSON) -> str:
    """A document as text, indented, without NaN or Infinity, which are not JSON.

    Lone surrogates, which UTF-8 cannot hold, are written as the escapes that JSON has for them.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _measure(value: Measure) -> JSON:
    match value:
        case Estimate() if not all(map(math.isfinite, (value.value, value.low, value.high))):
            return {"unscored": f"the value is {value}, which JSON cannot hold"}
        case Estimate():
            return {
                "value": value.value,
                "low": value.low,
                "high": value.high,
                "confidence": value.confidence,
                "n": value.n,
                "method": value.method,
            }
        case Unscored():
            return {"unscored": value.reason}
        case Mapping():
            return {name: _measure(inner) for name, inner in value.items()}
        case tuple():
            return [_measure(inner) for inner in value]
        case float() if not math.isfinite(value):
            return {"unscored": f"the value is {value}"}
        case _:
            return value


def _finding(finding: Finding) -> JSON:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "evidence": {name: _measure(value) for name, value in finding.evidence.items()},
        "hint": finding.hint,
    }


def _check(check: CheckResult, *, with_items: bool = True) -> JSON:
    signs: dict[str, JSON] = {"signs": [_step(sign) for sign in check.signs]} if check.signs else {}
    return {
        "check": check.check,
        "status": check.status,
        "summary": check.summary,
        "measures": {name: _measure(value) for name, value in check.measures.items()},
        "findings": [_finding(finding) for finding in check.findings],
        "signature": check.signature,
        **signs,
        **({"items": [_measure(item) for item in check.items]} if with_items and check.items else {}),
    }


def _step(step: Step) -> JSON:
    return {"name": step.name, "title": step.title, "status": step.status, "summary": step.summary}


def _verdict(verdict: Verdict) -> JSON:
    return {
        "decision": verdict.decision,
        "reasons": list(verdict.reasons),
        "checklist": [_step(step) for step in verdict.checklist],
        "next_steps": list(verdict.next_steps),
    }


def _run(result: RunResult) -> JSON:
    return {
        "schema": "tunecheck.results/1",
        "version": result.version,
        "run": {
            "title": result.title,
            "folder": result.folder,
            "created": result.created,
            "facts": dict(result.facts),
        },
        "verdict": _verdict(result.verdict),
        "checks": {name: _check(check, with_items=False) for name, check in result.checks.items()},
    }
