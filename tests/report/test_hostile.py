"""Text from data and models is hostile: it never becomes markup, never hides, never stops the report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report import example
from tests.report.markup import Markup, assert_only_our_markup, parsed
from tunecheck.report import render
from tunecheck.report.text import excerpt, shortened, visible, visible_html

HOSTILE = {
    "script": "<script>document.title='owned'</script>",
    "closed_by_quotes": "\"'><img src=x onerror=alert(1)>",
    "address": '<a href="javascript:alert(1)">here</a> javascript:alert(1)',
    "end_of_style": "</style><style>body{display:none}</style>",
    "end_of_title": "</title></svg></pre></details><h1>owned</h1>",
    "comment": "<!-- --!> ]]> <![CDATA[ <?xml ?>",
    "entity": "&lt;script&gt; &#60;b&#62; &amp;",
    "template": "{{ 7*7 }} {% for x in y %} ${7*7} #{7*7}",
    "bidi": "user\u202etxt.exe\u2066\u2069",
    "controls": "a\x00b\x08c\x1b[31md\x7f\x85\r",
    "surrogates": "lone \ud800 and \udfff",
    "astral": "\U000e0041\U000e0042 tags, \U0010ffff, \ufffe",
    "vega": "datum.constructor.constructor('alert(1)')() {signal: 1}",
}


@pytest.fixture(scope="module")
def harmless() -> Markup:
    return parsed(render(example.hostile("harmless"), "html"))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_in_every_field_changes_no_element(text: str, harmless: Markup) -> None:
    page = render(example.hostile(text), "html")
    markup = parsed(page)
    page.encode("utf-8")
    assert_only_our_markup(markup)
    assert markup.structure == harmless.structure


@pytest.mark.parametrize("name", ["script", "closed_by_quotes", "end_of_style", "template", "entity"])
def test_hostile_text_can_still_be_read(name: str) -> None:
    assert HOSTILE[name] in parsed(render(example.hostile(HOSTILE[name]), "html")).text


def test_hidden_characters_stand_spelled_out_in_marked_spans() -> None:
    page = render(example.hostile(HOSTILE["bidi"] + HOSTILE["controls"] + "\ud800"), "html")
    for spelled in (r"\u202e", r"\u2066", r"\x00", r"\x1b", r"\x7f", r"\x85", r"\x0d", r"\ud800"):
        assert f'<span class="esc">{spelled}</span>' in page
    assert not set(page) & set("\u202e\u2066\u2069\x00\x08\x1b\x7f\x85\r\ud800")


def test_a_megabyte_in_every_field_leaves_a_page_of_ordinary_size() -> None:
    page = render(example.hostile("A" * 1_000_000), "html")
    assert len(page) < 1_000_000
    assert_only_our_markup(parsed(page))


def test_words_that_are_no_status_or_decision_are_shown_as_unknown() -> None:
    odd = cast("Any", 'pass" onload="alert(1)')
    result = example.hold()
    verdict = replace(
        result.verdict, decision=odd, checklist=tuple(replace(step, status=odd) for step in result.verdict.checklist)
    )
    finding = replace(result.checks["overfitting"].findings[0], severity=odd)
    checks = {"overfitting": replace(result.checks["overfitting"], status=odd, findings=(finding,))}
    changed = replace(result, verdict=verdict, checks=checks)
    markup = parsed(render(changed, "html"))
    assert_only_our_markup(markup)
    assert "Incomplete There is not enough evidence" in markup.text
    assert "Incomplete" in render(changed, "markdown")


@given(st.text(alphabet=st.characters(), max_size=60))
@settings(max_examples=150)
def test_visible_text_holds_only_printable_characters_and_joiners(text: str) -> None:
    shown = visible(text)
    shown.encode("utf-8")
    assert all(c.isprintable() or c in "\n\t\u200c\u200d\xa0" or c.isspace() for c in shown)
    assert visible(shown) == shown


@given(st.text(alphabet=st.characters(), max_size=60))
@settings(max_examples=100)
def test_visible_html_reads_back_as_the_visible_text(text: str) -> None:
    assert "".join(parsed(f"<span>{visible_html(text)}</span>").texts) == visible(text)


def test_joiners_stay_in_words_and_emoji_and_show_up_elsewhere() -> None:
    for fine in ("می\u200cخواهم", "क्\u200dष", "❤\ufe0f", "👩\u200d🚀"):
        assert visible(fine) == fine
    assert visible("pass\u200dword") == r"pass\u200dword"
    assert visible("\u200c\u200c") == r"\u200c\u200c"


def test_piled_up_marks_are_spelled_out_after_eight() -> None:
    assert visible("a" + "\u0301" * 10) == "a" + "\u0301" * 8 + r"\u0301\u0301"


@given(st.integers(0, 30_000))
@settings(max_examples=40)
def test_an_excerpt_accounts_for_every_character(length: int) -> None:
    part = excerpt("x" * length)
    assert len(part.head) + len(part.tail) + part.n_left_out == length
    assert len(part.head) + len(part.tail) <= 8_000


def test_a_text_of_the_limit_is_not_shortened() -> None:
    assert shortened("a" * 600) == "a" * 600
