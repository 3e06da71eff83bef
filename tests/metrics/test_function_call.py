from __future__ import annotations

import json
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunecheck.core import Unscored
from tunecheck.metrics.function_call import FunctionCall, calls
from tunecheck.metrics.metric import Case

WEATHER = '{"name": "weather", "arguments": {"city": "Köln", "days": 2}}'
SPELLINGS = [
    WEATHER,
    '{"name": "weather", "parameters": {"days": 2.0, "city": "K\\u00f6ln"}}',
    '[{"name": "weather", "arguments": "{\\"city\\": \\"Köln\\", \\"days\\": 2}"}]',
    f'{{"tool_calls": [{{"id": "1", "type": "function", "function": {WEATHER}}}]}}',
    f'[{{"type": "function", "function": {WEATHER}}}]',
    '{"role": "assistant", "content": null, "function_call": {"name": "weather", "arguments": '
    '"{\\"city\\": \\"Köln\\", \\"days\\": 2}"}}',
    '{"type": "tool_use", "name": "weather", "input": {"city": "Köln", "days": 2}}',
    f"I will look.\n<tool_call>\n{WEATHER}\n</tool_call>",
    f"<tool_call>{WEATHER}",
    '<function=weather>{"city": "Köln", "days": 2}</function>',
    f"[TOOL_CALLS] [{WEATHER}]",
    '[TOOL_CALLS]weather[ARGS]{"city": "Köln", "days": 2}',
    f"<|python_tag|>{WEATHER}",
    'weather(city="Köln", days=2)',
    "[weather(days=2, city='Köln')]",
    "```python\nresult = weather(city='Köln', days=2)\n```",
    f"Sure:\n```json\n{WEATHER}\n```",
    f"I call {WEATHER} now.",
]


def score(prediction: str, *references: str) -> tuple[object, ...]:
    return tuple(FunctionCall().score(Case(prediction=prediction, references=references)).values())


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_the_same_call(spelling: str) -> None:
    assert calls(spelling) == calls(WEATHER)
    assert score(spelling, WEATHER) == (1.0, 1.0, 1.0)
    assert score(WEATHER, spelling) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("prediction", "reference", "expected"),
    [
        ("f(a=1, b=3)", "f(a=1, b=2)", (0, 1, 0.5)),
        ("f(a='1')", "f(a=1)", (0, 1, 0)),
        ("f(a=1, c=0)", "f(a=1)", (0, 1, 0.5)),
        ("g(a=1)", "f(a=1)", (0, 0, 0)),
        ("f()", "f()", (1, 1, 1)),
        ("g()", "f()", (0, 0, 0)),
        ("[g(b=2), f(a=1)]", "[f(a=1), g(b=2)]", (1, 1, 1)),
        ("[f(a=1), f(a=1)]", "[f(a=1)]", (0, 0, 0.5)),
        ("[f(a=2), f(a=1)]", "[f(a=1), f(a=3)]", (0, 1, 0.5)),
        (
            "f(a={'x': [1, 2.0]}, b=None, c=true)",
            '{"name":"f","arguments":{"b":null,"c":true,"a":{"x":[1.0,2]}}}',
            "all",
        ),
        ("maths.add(1, -2)", "maths.add(1, -2)", "all"),
        ("I cannot do that.", "f(a=1)", (0, 0, 0)),
        ("I need no tool.", "[]", "all"),
        ("f(a=1)", "[]", (0, 0, 0)),
        ('{"name": "f", "arguments": "{broken"}', "f(a=1)", (0, 1, 0)),
        ('{"name": "f", "arguments": "{broken"}', "f()", (0, 1, 1)),
    ],
)
def test_calls_compared_by_hand(prediction: str, reference: str, expected: tuple[float, ...] | str) -> None:
    assert score(prediction, reference) == ((1, 1, 1) if expected == "all" else expected)


def test_the_closest_reference_counts_and_one_without_a_call_is_no_reference() -> None:
    assert score("f(a=1)", "g()", "just words", "f(a=1)") == (1, 1, 1)
    assert set(score("f(a=1)", "just words")) == {Unscored(reason="the reference holds no function call")}


@pytest.mark.parametrize(
    "text",
    [
        "f(a=open('x'))",
        "f(**{'a': 1})",
        "f(a=1) + 2",
        "import os",
        "f(a=__import__('os').system('x'))",
        "(lambda: 0)()",
        "f({1: 2})",
        "f(a=1",
        "f(b'x')",
        '{"function": "f"}',
        "[1, 2]",
        "<tool_call></tool_call>",
        "",
    ],
)
def test_what_is_no_call_of_literals_is_none(text: str) -> None:
    assert calls(text) in (None, ())
    assert calls(text) is None or text in ("",)


@given(st.text(st.characters()))
def test_any_text_is_answered(text: str) -> None:
    calls(text)
    assert all(isinstance(value, float) for value in score(text, WEATHER))


@given(
    st.lists(
        st.tuples(st.sampled_from("fgh"), st.dictionaries(st.sampled_from("abc"), st.integers(0, 2))),
        min_size=1,
        max_size=4,
    ),
    st.integers(0, 9),
)
def test_calls_in_any_order_are_right(made: list[tuple[str, dict[str, int]]], seed: int) -> None:
    shuffled = random.Random(seed).sample(made, len(made))
    one, other = (
        json.dumps([{"name": name, "arguments": arguments} for name, arguments in some]) for some in (made, shuffled)
    )
    assert score(one, other) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "f(" * 5000,
            "f(a=" + "-" * 10_000 + "1)",
            "f(a=" + "[" * 9000 + ")",
            "[" * 1_000_000,
            "f(a=0x" + "f" * 9000 + ")",
        ),
        *("<tool_call>" * 30_000, "<function=a>" * 30_000, "[TOOL_CALLS]" * 30_000, "f(a=1);" * 50_000, "f(\x00)"),
        *(
            "[" + ",".join([WEATHER] * 5_000) + "]",
            '{"function":' * 30_000,
            "f(a='\\d\ud800😀')",
            "```\nf()\n```\n" * 30_000,
        ),
        "<tool_call>f()</tool_call>" * 900,
    ],
)
def test_hostile_texts_are_answered_in_seconds(text: str) -> None:
    begin = time.perf_counter()
    score(text, WEATHER)
    score(WEATHER, text)
    assert time.perf_counter() - begin < 15
