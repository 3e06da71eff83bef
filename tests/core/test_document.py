"""Documents are JSON that any reader takes, in the shapes that scripts lean on."""

from __future__ import annotations

import json
import math

from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.core import CheckResult, Estimate, Finding, RunResult, Unscored, Verdict, document, to_json

texts = st.text(st.characters(), max_size=20)
floats = st.floats()
estimates = st.builds(Estimate, value=floats, low=floats, high=floats, n=st.integers(), method=texts)
leaves = st.one_of(estimates, st.builds(Unscored, reason=texts), texts, st.integers(), floats, st.none())
measures = st.dictionaries(
    texts, st.recursive(leaves, lambda inner: st.dictionaries(texts, inner, max_size=3)), max_size=4
)
findings = st.builds(
    Finding,
    code=texts, severity=st.sampled_from(["info", "warn", "fail"]), message=texts, hint=texts,
    evidence=st.dictionaries(texts, st.one_of(texts, st.integers(), floats, st.none()), max_size=3),
)  # fmt: skip
checks = st.builds(
    CheckResult,
    check=texts, status=st.sampled_from(["pass", "warn", "fail", "unknown"]), summary=texts, measures=measures,
    findings=st.lists(findings, max_size=2).map(tuple), signature=texts, comparisons=st.just(()),
)  # fmt: skip


def refuse(constant: str) -> float:
    raise AssertionError(f"{constant} is not JSON")


@settings(max_examples=150, deadline=None)
@given(checks)
def test_any_check_is_strict_json_in_utf_8(check: CheckResult) -> None:
    text = to_json(check).encode("utf-8")
    read = json.loads(text, parse_constant=refuse)
    assert read == json.loads(json.dumps(document(check)))
    assert set(read) == {"check", "status", "summary", "measures", "findings", "signature"}


def test_a_value_that_json_cannot_hold_is_unscored_with_the_reason() -> None:
    infinite = Estimate(value=2.0, low=1.0, high=math.inf, n=1, method="one text: no interval")
    assert document(infinite) == {"unscored": "the value is 2 [1, inf], which JSON cannot hold"}
    assert document({"x": math.nan}) == {"x": {"unscored": "the value is nan"}}
    assert document(Unscored(reason="no base")) == {"unscored": "no base"}


def test_an_estimate_keeps_its_doubt() -> None:
    estimate = Estimate(value=2.31, low=2.27, high=2.36, n=400, method="ratio of sums")
    assert document(estimate) == {
        "value": 2.31, "low": 2.27, "high": 2.36, "confidence": 0.95, "n": 400, "method": "ratio of sums",
    }  # fmt: skip
    assert f"{estimate:.1f} {float(estimate)} {estimate}" == "2.3 2.31 2.31 [2.27, 2.36]"


def test_a_run_names_its_schema_and_keeps_the_order_of_its_checks() -> None:
    check = CheckResult(check="perplexity", status="pass", summary="good")
    result = RunResult(
        verdict=Verdict(decision="ship", reasons=(), checklist=()),
        checks={"preflight": check, "perplexity": check},
        facts=(("Seed", "42"),),
        title="a on b",
    )
    read = json.loads(to_json(result))
    assert list(read) == ["schema", "version", "run", "verdict", "checks"]
    assert read["schema"] == "tunecheck.results/1"
    assert list(read["checks"]) == ["preflight", "perplexity"]
    assert read["run"]["facts"] == {"Seed": "42"}


def test_half_a_character_is_written_as_its_escape() -> None:
    check = CheckResult(check="x", status="pass", summary="a\ud800é")
    assert '"summary": "a\\ud800é"' in to_json(check)
    assert json.loads(to_json(check))["summary"] == "a\ud800é"
