from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunecheck.core import Unscored
from tunecheck.errors import InputError
from tunecheck.metrics.metric import Case
from tunecheck.metrics.pattern import Pattern


def case(prediction: str, *references: str) -> Case:
    return Case(prediction=prediction, references=references or ("",))


@pytest.mark.parametrize("pattern", [r"\d+", r"^a|b$", r"(?i)yes\b", r"[^\x00-\x7f]", r"(\w)\1"])
@given(text=st.text(st.characters() | st.sampled_from("ab1yYesES "), max_size=20))
def test_patterns_find_what_pythons_own_library_finds(pattern: str, text: str) -> None:
    assert Pattern(pattern).score(case(text)) == {"regex": float(re.search(pattern, text) is not None)}
    whole = Pattern(pattern, mode="fullmatch").score(case(text))
    assert whole == {"regex": float(re.fullmatch(pattern, text) is not None)}


def test_a_group_is_compared_with_the_references() -> None:
    metric = Pattern(r"id=(?P<id>\w+)?", group="id")
    assert metric.score(case("id=a7", "b", " a7 ")) == {"regex": 1.0}
    assert metric.score(case("id=a8", "a7")) == {"regex": 0.0}
    assert metric.score(case("id=", "")) == {"regex": 0.0}
    assert metric.score(case("none", "a7")) == {"regex": 0.0}
    assert Pattern("x(y)", group=1).score(case("xy", "y")) == {"regex": 1.0}


def test_a_pattern_that_explodes_is_unscored() -> None:
    begin = time.perf_counter()
    found = Pattern(r"(.*a){30}b?c$", timeout_s=0.05).score(case("a" * 300))
    assert found == {"regex": Unscored(reason="the pattern took over 0.05 s")}
    assert time.perf_counter() - begin < 5


@pytest.mark.parametrize("text", ["a" * 1_000_000, "\ud800\x00" * 500_000, "😀" * 1_000_000, ""])
def test_a_megabyte_is_answered(text: str) -> None:
    (value,) = Pattern(r"(\w+\s?)+$").score(case(text)).values()
    assert isinstance(value, (float, Unscored))


def test_a_pattern_that_is_none_is_refused_with_the_place() -> None:
    with pytest.raises(InputError) as refused:
        Pattern("a(b")
    assert str(refused.value) == (
        "the pattern 'a(b' cannot be read: missing ) at position 3\n"
        "look at ''; a sign that is meant as itself needs a \\ before it"
    )
    with pytest.raises(InputError, match="has no group 'x'"):
        Pattern("a(b)", group="x")
    with pytest.raises(InputError, match="a pattern has no mode 'match'"):
        Pattern("a", mode="match")  # type: ignore[arg-type]


def test_the_signature_names_every_setting() -> None:
    assert Pattern("a(b)", group=1).signature == "regex|pattern:'a(b)'|mode:search|group:1|timeout:1s"
