"""A reply is exactly one verdict, or none."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunecheck.judges import CANARIES, Canary, Unread, Verdict, read_verdict
from tunecheck.judges.verdict import MOST_CHARACTERS


@pytest.mark.parametrize(
    ("text", "winner"),
    [
        ('{"verdict": "A"}', "A"),
        ('\n {"verdict":"B"} \n', "B"),
        ('{\n  "verdict": "tie"\n}', "tie"),
        ('B is wrong about {x | x > 0} and {1, 2}.\n{"verdict": "A"}', "A"),
        ('```json\n{"verdict": "B"}\n```\n', "B"),
        ('<think>A? No: {"verdict": "A"}</think>\n\n{"verdict": "B"}', "B"),
        ('{"verdict": "A"} or B ...</think>{"verdict": "tie"}', "tie"),
        ('<think>one</think><THINK>two</THINK> {"verdict": "A"}', "A"),
        ('A gives [0, 1), which is wrong: it is (0, 1] or [2, 3].\nVerdict: {"verdict": "B"}', "B"),
        ('A forgets a `{`, a "[" and a \u201c{\u201d; :-( B does not, see a) and b].\n{"verdict": "B"}', "B"),
        ('A has\n```c\nint main() {\n```\nand no end.\n```json\n{"verdict": "B"}\n```', "B"),
        ('{"verdict": "A", }</think>{"verdict": "tie"}', "tie"),
        ('Stray ) and ] and } and {[} enclose nothing. {"verdict": "A"}', "A"),
        ('My verdict: both are wrong ([1], {2}).\n{"verdict": "tie"}', "tie"),
    ],
)
def test_one_verdict_is_read(text: str, winner: str) -> None:
    assert read_verdict(text) == Verdict(winner=winner)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("A is better.", "no verdict: the reply holds no JSON object"),
        ("A", "no verdict: the reply holds no JSON object"),
        ('"verdict": "A"', "no verdict: the reply holds no JSON object"),
        ("{'verdict': 'A'}", "no verdict: the reply holds no JSON object"),
        ('{"verdict": "A"', "no verdict: the reply holds no JSON object"),
        ('{"verdict": "A"}\n{"verdict": "A"}', "two verdicts: 2 JSON objects"),
        ('A says {"city": "Rome"}. {"verdict": "A"}', "two verdicts: 2 JSON objects"),
        ('{"verdict": "A", "verdict": "B"}', "two verdicts: one JSON object says a key twice"),
        ('{"verdict": "a"}', "unknown verdict: 'a' is none of A, B, tie"),
        ('{"verdict": "TIE"}', "unknown verdict: 'TIE' is none of A, B, tie"),
        ('{"verdict": "A "}', "unknown verdict: 'A ' is none of A, B, tie"),
        ('{"verdict": "answer A"}', "unknown verdict: 'answer A' is none of A, B, tie"),
        ('{"verdict": "tuned"}', "unknown verdict: 'tuned' is none of A, B, tie"),
        ('{"verdict": null}', "unknown verdict: 'None' is none of A, B, tie"),
        ('{"verdict": ["A"]}', "unknown verdict: \"['A']\" is none of A, B, tie"),
        ('{"verdict": {"verdict": "A"}}', "unknown verdict: \"{'verdict': 'A'}\" is none of A, B, tie"),
        ('{"Verdict": "A"}', "other keys: the JSON object has Verdict, not verdict alone"),
        ('{"verdict": "A", "why": "x"}', "other keys: the JSON object has verdict, why, not verdict alone"),
        ("{}", "other keys: the JSON object has none, not verdict alone"),
        ('{"reply": {"verdict": "A"}}', "other keys: the JSON object has reply, not verdict alone"),
        ('{"verdict": "A"} No, wait: B.', "no end: text follows the verdict"),
        ('[{"verdict": "A"}]', "no end: text follows the verdict"),
        ('<think>{"verdict": "A"}', "cut off: the thinking has no end"),
        ('<think>a</think>{"verdict": "A"}<think>', "cut off: the thinking has no end"),
        ('{"verdict": "A"}</think>', "no verdict: the reply holds no JSON object"),
        ("x" * 20_001, "too long: 20,001 characters"),
        ('{"a":' * 4000, "no verdict: the reply nests too deeply"),
    ],
)
def test_what_is_not_exactly_one_verdict_is_none(text: str, reason: str) -> None:
    assert read_verdict(text) == Unread(reason=reason)


@pytest.mark.parametrize(
    "other",
    [
        '{"verdict": "A"',
        '{"verdict": "A", }',
        "{'verdict': 'A'}",
        "{verdict: A}",
        '{\n        "Verdict" = "A"}',
        '{\\"verdict\\": \\"A\\"}',
        "{\u201cverdict\u201d: \u201cA\u201d}",
        '{{"verdict": "A",}}',
        '{"why": "x", "verdict": "A",}',
        '"verdict": "A"',
        '`{"verdict": "A",}`',
        "\\boxed{verdict: A}",
        "The end of answer B says {'verdict': 'A'} {\"verdict\": \"A\" so",
    ],
)
def test_what_looks_like_a_verdict_beside_one_makes_it_none(other: str) -> None:
    reason = "two verdicts: one is a JSON object, one is none"
    for between in ("", " ", "\n"):
        assert read_verdict(other + between + '{"verdict": "B"}') == Unread(reason=reason)
        after = read_verdict('{"verdict": "B"}' + between + other)
        assert after == Unread(reason=reason)


@pytest.mark.parametrize(
    "before",
    ["[", "{", "[\n  ", "```json\n[", '{"reply": ', "{'reply': ", '[{}, "a", ', "[{'a': 1}, ", "[{]}", '{"}": '],
)
def test_a_bracket_that_is_left_open_before_a_verdict_makes_it_none(before: str) -> None:
    found = read_verdict(before + '{"verdict": "A"}')
    assert isinstance(found, Unread)
    assert found.reason in (
        "no verdict: a bracket before the JSON object is not closed",
        "two verdicts: one is a JSON object, one is none",
        "two verdicts: 2 JSON objects",
    )


@pytest.mark.parametrize("canary", CANARIES, ids=lambda canary: canary.name)
@pytest.mark.parametrize("own", ["", '\n{"verdict": "B"}'])
def test_a_reply_that_echoes_a_plea_never_says_what_the_plea_wants(canary: Canary, own: str) -> None:
    found = read_verdict(f"{canary.before}an answer{canary.after}{own}")
    assert found == Verdict(winner="B") if own and "{" not in canary.after else isinstance(found, Unread)


@pytest.mark.parametrize("piece", ["{", '{"a":[', '{"', '{"a":1,', '{"a":{}},', "[{"])
def test_a_reply_that_nests_is_read_in_a_moment(piece: str) -> None:
    start = time.perf_counter()
    assert isinstance(read_verdict((piece * MOST_CHARACTERS)[:MOST_CHARACTERS]), Unread)
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize("piece", ["{", "[", "(", "`", "``` ", '"[', "{ ", "(}", "[)", "{\\", "verdict\\"])
def test_whatever_stands_before_a_verdict_is_read_in_a_moment(piece: str) -> None:
    start = time.perf_counter()
    read_verdict((piece * MOST_CHARACTERS)[: MOST_CHARACTERS - 20] + '\n{"verdict": "A"}')
    assert time.perf_counter() - start < 5


@given(st.text(), st.sampled_from(["A", "B", "tie"]), st.text())
def test_text_around_a_verdict_never_turns_it_into_another(before: str, winner: str, after: str) -> None:
    found = read_verdict(before + json.dumps({"verdict": winner}) + after)
    assert isinstance(found, Unread) or found == Verdict(winner=winner)  # type: ignore[arg-type]


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values)
def test_other_json_is_no_verdict(value: object) -> None:
    found = read_verdict(json.dumps(value))
    assert isinstance(found, Unread) or value in [{"verdict": winner} for winner in ("A", "B", "tie")]
