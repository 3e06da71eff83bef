"""Preflight: is there anything to compare, and is the comparison fair?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tunecheck.checks import check_preflight, is_no_op
from tunecheck.core import CheckResult, Drift, PairFacts, ProbeFacts

FACTS = PairFacts(
    tuned="out/lora", base="base", shared=True, apart_reason=None, method="LORA", n_parameters=1000, device="cpu",
    dtype="float32", dtype_why="small", dtype_stored="float32", context=512, tokenizer_from="base",
    tokenizer_differs=False, template_from="base", template_fingerprint="aa", template_differs=False, same_tokens=True,
    end_tokens=("<|end|>",), stop_tokens=("<|end|>", "<|pad|>"),
)  # fmt: skip
PROBE = ProbeFacts(tuned_vs_base_nats=0.7, batch_nats=1e-6, n_items=8)


def check(facts: PairFacts = FACTS, probe: ProbeFacts = PROBE) -> CheckResult:
    return check_preflight(facts, probe, signature="s")


def codes(found: CheckResult) -> list[str]:
    return [finding.code for finding in found.findings]


def test_a_sound_pair_passes_without_a_word() -> None:
    found = check()
    assert (found.status, found.findings) == ("pass", ())
    assert "one copy of the weights, adapter off and on" in found.summary
    assert "two copies of the weights" in check(replace(FACTS, shared=False)).summary


def test_a_model_alone_passes_and_claims_no_difference() -> None:
    found = check(replace(FACTS, base=None, shared=False), replace(PROBE, tuned_vs_base_nats=None))
    assert found.status == "pass"
    assert found.summary == "The model loads and scores do not depend on the batch (tried on 8 items)."


def test_no_difference_at_all_fails_and_names_the_cause_that_was_seen() -> None:
    probe = replace(PROBE, tuned_vs_base_nats=0.0)
    seen = check(replace(FACTS, nothing_learned="lora_alpha is 0"), probe)
    assert is_no_op(probe)
    assert (seen.status, codes(seen)) == ("fail", ["preflight.no_change"])
    assert seen.findings[0].hint == "likely cause: lora_alpha is 0"
    assert seen.summary == "The tuned model is its base: it gives every token of 8 items the same probability."
    assert "learning rate 0" in check(FACTS, probe).findings[0].hint


@pytest.mark.parametrize("difference", [None, 1e-12, 3.0])
def test_any_difference_and_none_measured_are_no_no_op(difference: float | None) -> None:
    assert not is_no_op(replace(PROBE, tuned_vs_base_nats=difference))


@pytest.mark.parametrize(
    ("dtype", "tolerated"), [("float32", 1e-3), ("bfloat16", 0.25), ("float16", 0.1), ("int4", 0.25)]
)
def test_scores_that_move_with_the_batch_warn_beyond_what_the_precision_explains(dtype: str, tolerated: float) -> None:
    facts = replace(FACTS, dtype=dtype)
    assert check(facts, replace(PROBE, batch_nats=tolerated)).status == "pass"
    beyond = check(facts, replace(PROBE, batch_nats=2 * tolerated))
    assert (beyond.status, codes(beyond)) == ("warn", ["preflight.batch_dependence"])
    assert beyond.findings[0].hint.endswith("--batch-tokens 1")


@pytest.mark.parametrize(
    ("facts", "code", "status"),
    [
        (replace(FACTS, same_tokens=False), "preflight.tokenizer", "warn"),
        (replace(FACTS, tokenizer_differs=True), "preflight.tokenizer", "warn"),
        (replace(FACTS, template_differs=True), "preflight.template", "pass"),
        (replace(FACTS, stop_tokens=("</s>",)), "preflight.end_token", "warn"),
        (replace(FACTS, shared=False, apart_reason="the adapter trained biases"), "preflight.base_apart", "pass"),
        (replace(FACTS, notes=("hub name",)), "preflight.note", "pass"),
    ],
)
def test_each_doubt_is_a_finding_that_says_what_to_do(facts: PairFacts, code: str, status: str) -> None:
    found = check(facts)
    assert (found.status, codes(found)) == (status, [code])
    assert found.findings[0].message
    assert found.findings[0].hint or code in ("preflight.base_apart", "preflight.note")
    if status == "warn":
        assert found.summary == found.findings[0].message


@pytest.mark.parametrize(
    ("facts", "probe", "message", "hint"),
    [
        (
            replace(FACTS, nothing_learned="lora_alpha is 0"),
            replace(PROBE, tuned_vs_base_nats=0.0),
            "The tuned model is its base: it gives every token of 8 items the same probability.",
            "likely cause: lora_alpha is 0",
        ),
        (
            FACTS,
            replace(PROBE, batch_nats=0.01234),
            "A token's score moves by 0.0123 nats with the batch that its item is in.",
            "score one sequence at a time: --batch-tokens 1",
        ),
        (
            replace(FACTS, same_tokens=False),
            PROBE,
            "The tuned model's tokenizer knows tokens that the base does not: each side used its own.",
            "compare bits per byte, which do not depend on the tokenizer",
        ),
        (
            replace(FACTS, tokenizer_differs=True, tokenizer_from="out/lora"),
            PROBE,
            "The tokenizer in out/lora is not the base's; it was used for both sides.",
            "if that was not meant, save the base's tokenizer with the tuned model",
        ),
        (
            replace(FACTS, template_differs=True, template_from="out/lora"),
            PROBE,
            "The chat template of out/lora is not the base's; it was used for both sides.",
            "a base that was never shown this template may lose some of its skill to it",
        ),
        (
            replace(FACTS, stop_tokens=("</s>", "<|pad|>")),
            PROBE,
            "The tokenizer ends a turn with <|end|>, but the model's configuration stops at </s>, <|pad|>.",
            "set eos_token_id in generation_config.json to the id of <|end|>, or answers may not end",
        ),
        (
            replace(FACTS, shared=False, apart_reason="the adapter trained biases"),
            PROBE,
            "The base was loaded on its own: the adapter trained biases.",
            "",
        ),
        (replace(FACTS, notes=("hub name",)), PROBE, "hub name", ""),
    ],
)
def test_each_finding_says_this(facts: PairFacts, probe: ProbeFacts, message: str, hint: str) -> None:
    (finding,) = check(facts, probe).findings
    assert (finding.message, finding.hint) == (message, hint)


@pytest.mark.parametrize("facts", [replace(FACTS, stop_tokens=()), replace(FACTS, end_tokens=())])
def test_end_tokens_that_are_not_known_are_not_compared(facts: PairFacts) -> None:
    assert check(facts).findings == ()


def test_a_full_model_with_its_base_apart_is_no_news() -> None:
    facts = replace(FACTS, shared=False, method="full model", apart_reason="the tuned model is a full model")
    assert check(facts).findings == ()


def test_the_measures_say_what_was_tried() -> None:
    drift = Drift(mean_nats=0.001, largest_nats=0.01, n_items=8)
    assert check(probe=replace(PROBE, drift=drift)).measures == {
        "tuned_vs_base_nats": 0.7, "batch_dependence_nats": 1e-6, "n_items": 8, "precision": "float32",
        "precision_drift_nats": 0.001,
    }  # fmt: skip
    assert check(probe=replace(PROBE, drift="no memory")).measures["precision_drift_nats"] is None
