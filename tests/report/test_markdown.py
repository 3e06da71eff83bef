"""The Markdown comment: short, whole, and without a link, an image or a tag that is not ours."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.report import example
from tests.report.test_hostile import HOSTILE
from tunecheck.report import render
from tunecheck.report.markdown import escaped
from tunecheck.report.text import visible

MARKDOWN = {
    "link": "[here](https://example.org) [x][y] <https://example.org> https://example.org www.example.org",
    "image": "![x](https://example.org/x.png)",
    "mention": "@someone mail@example.org #12 GH-12 org/repo#3",
    "table": "a | b || c \\| d",
    "block": "\n\n# title\n\n- list\n\n```\ncode\n```\n\n[y]: https://example.org\n",
    "emphasis": "**b** _i_ `c` ~~s~~ $x$ ^1^ *",
}


def tokens(text: str) -> list[Token]:
    blocks = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)
    return [token for block in blocks for token in (block, *(block.children or ()))]


def test_the_comment_gives_verdict_checklist_numbers_and_findings() -> None:
    text = render(example.hold(), "markdown")
    assert text.startswith("## Hold: support-lora on val.jsonl\n\n**Do not ship this model yet.**\n")
    assert "| Overfitting | ✖ fail | 41 of 200 training responses come back word for word. |" in text
    assert "| Perplexity | 8.35 [8.12, 8.58] n 500 | 5.54 [5.39, 5.69] n 500 |" in text
    assert "- **✖ fail** The tuned model continues 41 of 200" in text
    assert "**Next:** train for one epoch fewer" in text
    assert "1. Train for one epoch fewer and run again" in text
    assert len(text) < 8_000


@pytest.mark.parametrize("text", [*HOSTILE.values(), *MARKDOWN.values()], ids=[*HOSTILE, *MARKDOWN])
def test_hostile_text_adds_no_link_image_or_tag(text: str) -> None:
    comment = render(example.hostile(text), "markdown")
    comment.encode("utf-8")
    found = tokens(comment)
    assert {token.content for token in found if token.type.startswith("html")} <= {"<sub>", "</sub>"}
    forbidden = {
        "link_open",
        "image",
        "code_inline",
        "fence",
        "code_block",
        "em_open",
        "s_open",
        "hr",
        "blockquote_open",
    }
    assert not {token.type for token in found} & forbidden
    assert len([token for token in found if token.type == "heading_open"]) == 8


@pytest.mark.parametrize("text", [*HOSTILE.values(), *MARKDOWN.values()], ids=[*HOSTILE, *MARKDOWN])
def test_every_row_of_every_table_keeps_its_columns(text: str) -> None:
    widths: list[int] = []
    for line in render(example.hostile(text), "markdown").splitlines():
        if not line.startswith("|"):
            widths.clear()
            continue
        widths.append(len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)))
        assert widths[-1] == widths[0]


def test_addresses_people_and_issues_are_cut_by_a_joiner() -> None:
    text = escaped(MARKDOWN["link"] + " " + MARKDOWN["mention"])
    assert not re.search(r"https?:/|www\.\w|@\w|#\d|GH-\d", text)


@given(st.text(alphabet=st.sampled_from("ab1.)(-+=#>*_`~|[]!<&@:/\\ \n\t\u202e"), max_size=40))
@settings(max_examples=200)
def test_an_escaped_line_reads_back_as_the_text_itself(text: str) -> None:
    blocks = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(escaped(text))
    expected = " ".join(visible(text).split())
    assert [block.type for block in blocks] == (["paragraph_open", "inline", "paragraph_close"] if expected else [])
    children = (blocks[1].children or []) if expected else []
    assert {child.type for child in children} <= {"text", "text_special"}
    assert "".join(child.content for child in children).replace("\u2060", "") == expected
