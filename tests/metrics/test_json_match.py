from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.core import Unscored
from tunecheck.errors import InputError
from tunecheck.metrics.json_match import JsonMatch, Schema
from tunecheck.metrics.json_values import Json
from tunecheck.metrics.metric import Case

PERSON: Json = {
    "type": "object",
    "properties": {"name": {"type": "string", "pattern": "^[A-Z]"}, "age": {"$ref": "#/$defs/age"}},
    "required": ["name"],
    "$defs": {"age": {"type": "integer", "minimum": 0}},
}


def case(prediction: str, *references: str) -> Case:
    return Case(prediction=prediction, references=references)


def test_each_measure_of_a_reply_in_a_fence() -> None:
    metric = JsonMatch(schema=Schema(PERSON))
    reply = case('Here:\n```json\n{"name": "Ada", "age": 36}\n```', '{"age": 35, "name": "Ada"}')
    assert metric.measures == ("fields", "exact_json", "schema", "valid_json", "valid_after_fence")
    assert metric.score(reply) == {
        "fields": 0.5,
        "exact_json": 0.0,
        "schema": 1.0,
        "valid_json": 0.0,
        "valid_after_fence": 1.0,
    }
    assert metric.differences(reply) == ("$.age",)


def test_the_best_reference_counts() -> None:
    found = JsonMatch().score(case('{"a": 1}', '{"a": 2}', "no JSON", '{"a": 1.0}'))
    assert (found["fields"], found["exact_json"], found["valid_json"]) == (1.0, 1.0, 1.0)


def test_a_field_too_many_costs_exactness_but_no_field() -> None:
    found = JsonMatch().score(case('{"a": 1, "b": 2}', '{"a": 1}'))
    assert (found["fields"], found["exact_json"]) == (1.0, 0.0)


def test_a_reply_without_json_has_no_field_right() -> None:
    metric = JsonMatch(schema=Schema(PERSON))
    found = metric.score(case("I cannot do that.", '{"name": "Ada"}'))
    assert set(found.values()) == {0.0}
    assert metric.differences(case("no", '{"name": "Ada"}')) == ()


def test_what_cannot_be_judged_is_unscored_with_the_reason() -> None:
    found = JsonMatch().score(case("{}", "plain words"))
    assert found["fields"] == found["exact_json"] == Unscored(reason="the reference is not JSON")
    assert found["schema"] == Unscored(reason="no schema was given")
    assert JsonMatch().score(case("no", "plain words"))["fields"] == Unscored(reason="the reference is not JSON")


def test_what_decides_follows_from_the_references_and_the_schema() -> None:
    assert JsonMatch.for_references(["x", '{"a": 1}']).measures[0] == "fields"
    assert JsonMatch.for_references(["x"]).measures == ("valid_json", "valid_after_fence", "schema")
    assert JsonMatch.for_references(["x"], schema=Schema(PERSON)).measures[0] == "schema"


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ({"name": "Ada", "age": 3.0}, ""),
        ({"age": 3}, "$: 'name' is a required property"),
        ({"name": "Ada", "age": -1}, "$.age: -1 is less than the minimum of 0"),
        ({"name": "ada"}, "$.name: 'ada' does not match '^[A-Z]'"),
    ],
)
def test_a_schema_tells_where_it_is_broken(value: Json, fault: str) -> None:
    assert Schema(PERSON).fault(value) == fault
    reply = case(json.dumps(value), "{}")
    assert JsonMatch(schema=Schema(PERSON)).schema_fault(reply) == fault


def test_a_schema_may_name_another_draft_and_an_id_of_its_own() -> None:
    tuples: Json = {"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "string"}]}
    assert Schema(tuples).fault([1]) == "$[0]: 1 is not of type 'string'"
    named: Json = {
        "$id": "https://example.test/a.json",
        "$ref": "b.json",
        "$defs": {"b": {"$id": "https://example.test/b.json", "type": "null"}},
    }
    assert Schema(named).fault(1) == "$: 1 is not of type 'null'"


def test_nothing_is_fetched_from_outside_the_schema() -> None:
    with pytest.raises(InputError) as refused:
        Schema({"$ref": "https://example.test/other.json#/a"})
    assert str(refused.value) == (
        "the schema refers to 'https://example.test/other.json', which is outside of it, and nothing is fetched\n"
        "copy that schema into $defs and refer to it with #/$defs/NAME"
    )
    missing = Schema({"$ref": "#/$defs/none"}).fault(1)
    assert missing == Unscored(reason="the schema refers to '#/$defs/none', which it does not have") or isinstance(
        missing, Unscored
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1]", "is not an object"),
        ("{", "is not JSON: "),
        ('{"type": "objekt"}', "is no JSON Schema, at $.type: "),
    ],
)
def test_a_file_that_is_no_schema_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "order.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"order\.json") as refused:
        Schema.read(path)
    assert said in str(refused.value)
    assert refused.value.hint
    with pytest.raises(InputError, match="cannot be read"):
        Schema.read(tmp_path / "none.json")


def test_hostile_values_do_not_hold_a_schema_up() -> None:
    begin = time.perf_counter()
    unique = Schema({"uniqueItems": True})
    assert unique.fault([{"a": at} for at in range(20_000)]) == ""
    assert unique.fault([1, True, 1.0]) == "$: a list of 3 has equal items"
    slow = Schema({"pattern": "^(a|a?b?a)*$"}).fault("a" * 500 + "c")
    assert slow == "" or isinstance(slow, (str, Unscored))
    endless: Json = {"$ref": "#"}
    assert isinstance(Schema(endless).fault(1), (str, Unscored))
    tree: Json = {"items": {"$ref": "#"}}
    deep: Json = []
    for _ in range(90):
        deep = [deep]
    assert Schema(tree).fault(deep) == "" or isinstance(Schema(tree).fault(deep), Unscored)
    assert isinstance(Schema({"multipleOf": 0.1}).fault(10**290), (str, Unscored))
    assert time.perf_counter() - begin < 15


@given(st.text(st.characters()))
@settings(max_examples=50, deadline=None)
def test_any_text_has_every_measure(text: str) -> None:
    metric = JsonMatch(schema=Schema(PERSON))
    found = metric.score(case(text, '{"name": "Ada"}'))
    assert tuple(found) == metric.measures
    assert all(isinstance(value, float) and 0 <= value <= 1 for value in found.values())


def test_the_patterns_of_property_names_have_a_time_limit_too() -> None:
    schema = Schema({"patternProperties": {"(a+)+$": {"type": "integer"}}, "additionalProperties": False})
    metric = JsonMatch.for_references(["{}"], schema=schema)
    started = time.monotonic()
    value = metric.score(Case(prediction=json.dumps({"a" * 60 + "!": 1}), references=("{}",)))["schema"]
    assert value == 0.0 or isinstance(value, Unscored)
    assert time.monotonic() - started < 20
    right, wrong = (
        metric.score(Case(prediction=text, references=("{}",)))["schema"] for text in ('{"aa": 1}', '{"aa": "x"}')
    )
    assert (right, wrong) == (1.0, 0.0)
    assert metric.score(Case(prediction='{"b": 1}', references=("{}",)))["schema"] == 0.0
