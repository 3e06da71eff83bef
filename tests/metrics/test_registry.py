from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.core import Unscored
from tunecheck.core.task_names import METRICS
from tunecheck.errors import InputError
from tunecheck.metrics.metric import Case, Metric, PooledMetric
from tunecheck.metrics.registry import NAMES, metric

QUICK = [name for name in NAMES if name != "math"]


def made(name: str, references: list[str]) -> Metric:
    return metric(name, references, **({"pattern": r"\d"} if name == "regex" else {}))


def test_the_names_are_those_that_a_task_may_have() -> None:
    # Those that need an encoder are made where models are known.
    assert {*NAMES, "bertscore", "embedding_similarity"} == set(METRICS)


@pytest.mark.parametrize("name", QUICK)
def test_every_metric_keeps_the_contract(name: str) -> None:
    one = made(name, ["A cat, 5 of them."])
    found = one.score(Case(prediction="A cat, 5 of them.", references=("A cat, 5 of them.",)))
    assert tuple(found) == one.measures
    assert one.lower_is_better <= set(one.measures)
    assert "\n" not in one.signature
    assert isinstance(one, PooledMetric) is (name in ("bleu", "chrf", "ter"))
    assert one.signature == made(name, ["A cat, 5 of them."]).signature


@pytest.mark.parametrize("name", QUICK)
@given(st.text(st.characters(), max_size=40), st.text(st.characters(), max_size=40))
@settings(max_examples=25, deadline=None)
def test_every_metric_answers_any_text(name: str, prediction: str, reference: str) -> None:
    one = made(name, [reference])
    found = one.score(Case(prediction=prediction, references=(reference,)))
    assert tuple(found) == one.measures
    assert all(isinstance(value, (float, Unscored)) for value in found.values())


def test_options_may_be_the_text_of_a_command_line(tmp_path: Path) -> None:
    assert metric("exact_match", [], ignore_case="true").signature == "exact_match|case:ignored|punctuation:kept"
    assert "|nw:2|" in metric("chrf", [], word_order="2").signature
    assert "|tok:zh|" in metric("bleu", ["猫坐在垫子上。"]).signature
    assert "|tok:char|" in metric("bleu", ["猫坐在垫子上。"], tokenizer="char").signature
    assert "tolerance:0.01" in metric("number", [], tolerance="0.01").signature
    assert "|group:1|" in metric("regex", [], pattern="(a)", group="1").signature
    schema = tmp_path / "order.json"
    schema.write_text('{"type": "object"}')
    assert "schema:none" not in metric("json", ["{}"], schema=str(schema)).signature


def test_the_users_own_function_is_a_metric_with_the_measures_that_it_returns(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("def f(prediction, reference):\n    return {'a': 1, 'b': 0}\n")
    own = metric(f"{tmp_path}/own.py:f", ["x"], lower_is_better="b")
    assert (own.measures, own.lower_is_better) == (("a", "b"), frozenset({"b"}))


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        (
            "exactmatch",
            {},
            "there is no task or metric 'exactmatch'\ndid you mean exact_match? choose one of: summarization, "
            "classification, code, exact_match, contains, f1, bleu, chrf, ter, rouge, json, function_call, regex, "
            "number, math, bertscore, embedding_similarity, or module:function of your own",
        ),
        ("chrf", {"order": 2}, "the metric chrf has no option 'order'\nit has: ignore_case, word_order"),
        ("function_call", {"x": 2}, "the metric function_call has no option 'x'\nit has none"),
        (
            "contains",
            {"ignore_case": "maybe"},
            "the metric contains cannot have ignore_case=maybe\nignore_case is yes or no",
        ),
        ("number", {"tolerance": "x"}, "the metric number cannot have tolerance=x\ntolerance is a number"),
        ("chrf", {"word_order": "two"}, "the metric chrf cannot have word_order=two\nword_order is a whole number"),
        ("regex", {}, "the metric regex needs a pattern\ngive one: pattern=\\d+"),
        (
            "regex",
            {"pattern": "a", "timeout_s": "0"},
            "the metric regex cannot have timeout_s=0\ntimeout_s is a number of seconds, over 0 and at most 3600",
        ),
    ],
)
def test_unknown_names_and_options_are_refused_with_the_known_ones(
    name: str, options: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError) as refused:
        metric(name, [], **options)
    assert str(refused.value) == message
