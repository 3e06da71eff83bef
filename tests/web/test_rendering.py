"""Text of models on the page: it can do nothing, hides nothing, ends somewhere, and can be read."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.web.dom_rules import beyond, text_of
from tests.web.hostile_texts import HOSTILE
from tunecheck.report.text import visible
from tunecheck.web import rendering
from tunecheck.web.carried import carried, original
from tunecheck.web.markdown_page import MOST_NESTED, MOST_TOKENS
from tunecheck.web.rendering import ALLOWED, MARKDOWN_CHARACTERS, MOST_CHARACTERS, raw, rendered

NAMES = [name for name, _ in HOSTILE]
TEXTS = [text for _, text in HOSTILE]
_MARKDOWN = st.lists(
    st.sampled_from(
        ["[", "](", ")", "![", "<", ">", "> ", "- ", "1. ", "*", "**", "_", "~~", "`", "```", "\n", "\n\n", "    ", "|",
         "|-|", "$", "\\[", "\\(", "\\]", "\\", "&#x202e;", "\x00", "\u2028", "\ud800", "\u202e", "#", " a ", "<b>",
         "<http://a>", "\"", "'", "\r", "\ufdd0", "41", "\ufdd1", "---", "\\begin{a}", "\\end{a}"]
    ),
    max_size=40,
).map("".join)  # fmt: skip


def letters(text: str) -> str:
    return re.sub(r"[\s\\]", "", text)


def is_as_written(page: str) -> bool:
    return page.startswith('<p class="notice">')


def test_no_text_stands_twice_and_there_are_many() -> None:
    assert len(HOSTILE) == len(set(NAMES)) == len(set(TEXTS)) >= 170


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
def test_hostile_text_becomes_no_element_of_its_own(text: str) -> None:
    for page in (rendered(text), raw(text)):
        page.encode("utf-8")
        assert beyond(page, ALLOWED) == []
        assert not re.search(r"<[^>]*\b(href|src|style|id|on\w+)\s*=", page)


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
def test_nothing_of_a_hostile_text_is_invisible(text: str) -> None:
    for page in (rendered(text), raw(text)):
        assert visible(text_of(page)) == text_of(page)


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
def test_the_text_as_written_reads_back_whole(text: str) -> None:
    assert text_of(raw(text)) == visible(text)


@given(st.text(alphabet=st.characters(), max_size=80) | _MARKDOWN)
@example("\ufdd041\ufdd1")
@settings(max_examples=400, deadline=None)
def test_any_text_is_shown_within_the_allowed_elements(text: str) -> None:
    for page in (rendered(text), raw(text)):
        page.encode("utf-8")
        assert beyond(page, ALLOWED) == []
        assert visible(text_of(page)) == text_of(page)
    assert text_of(raw(text)) == visible(text)


@given(st.text(alphabet=st.characters(), max_size=80))
@settings(max_examples=200, deadline=None)
def test_hidden_characters_are_carried_there_and_back(text: str) -> None:
    assert original(carried(text)) == text


@given(st.lists(st.text(alphabet="abcdefg", min_size=1, max_size=6), min_size=1, max_size=12))
@settings(max_examples=100, deadline=None)
def test_words_of_harmless_markdown_come_through(words: list[str]) -> None:
    line = " ".join(words)
    row = "|".join(words)
    text = f"# {line}\n\n{line}\n\n- **{line}**\n  1. _{line}_\n\n> {line}\n\n|{row}|\n{'|-' * len(words)}|\n|{row}|\n"
    page = rendered(f"{text}\n```python\n{line}\n```\n[{line}]({words[0]}) ![{line}]({words[0]})\n")
    assert not is_as_written(page)
    assert text_of(page).split().count(words[0]) >= 8
    assert letters(text_of(page)).count("".join(words)) >= 10


@given(st.lists(_MARKDOWN, min_size=1, max_size=6))
@settings(max_examples=300, deadline=None)
def test_no_word_is_lost_in_any_markdown(parts: list[str]) -> None:
    text = "".join(f"{part}w{place}q" for place, part in enumerate(parts))
    seen = text_of(rendered(text))
    assert [place for place in range(len(parts)) if f"w{place}q" not in seen] == []


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("[words](javascript:alert(1))", "words (javascript:alert(1))"),
        ("[https://bank.example](https://x.example/a_b)", "https://bank.example (https://x.example/a_b)"),
        ("[a](https://x.example 'seldom seen')", 'a (https://x.example "seldom seen")'),
        ("[<https://good.example>](https://bad.example)", "https://good.example (https://bad.example)"),
        ("<https://x.example>", "https://x.example"),
        ("![a *b*](https://x.example/p.png)", "[image: a *b* (https://x.example/p.png)]"),
        ("[a][1]\n\n[1]: https://x.example", "[a][1]\n[1]: https://x.example"),
        ("[//]: # (unseen)", "[//]: # (unseen)"),
    ],
)
def test_links_and_images_are_words_with_the_address_beside_them(text: str, seen: str) -> None:
    assert text_of(rendered(text)).strip() == seen


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# One\n\n###### Six", '<h3 dir="auto">One</h3>\n<h6 dir="auto">Six</h6>\n'),
        ("a\nb\r\nc", '<p dir="auto">a<br>\nb<br>\nc</p>\n'),
        ("a\x00\u202eb", '<p dir="auto">a<span class="esc">\\x00\\u202e</span>b</p>\n'),
        ("a\u2028", '<p dir="auto">a<span class="esc">\\u2028</span></p>\n'),
        ("7. a\n8. b", '<ol start="7" dir="auto">\n<li>a</li>\n<li>b</li>\n</ol>\n'),
        ("~~a~~ *b* **c** `d`", '<p dir="auto"><s>a</s> <em>b</em> <strong>c</strong> <code>d</code></p>\n'),
        ("Yes.<|im_end|></s>", '<p dir="auto">Yes.&lt;|im_end|&gt;&lt;/s&gt;</p>\n'),
        ("> - a", '<blockquote dir="auto">\n<ul>\n<li>a</li>\n</ul>\n</blockquote>\n'),
        ("<b>a</b>", '<p dir="auto">&lt;b&gt;a&lt;/b&gt;</p>\n'),
        (
            "```py\nx = 'y' # z\n```",
            '<pre dir="ltr"><span class="info">py\n</span><code>x = <span class="st">\'y\'</span> '
            '<span class="co"># z</span>\n</code></pre>\n',
        ),
    ],
)
def test_markdown_is_set_with_few_elements(text: str, html: str) -> None:
    assert rendered(text) == html


def test_columns_of_a_table_have_their_sides() -> None:
    page = rendered("| a | b | c |\n|:--|--:|:-:|\n| 1 | 2 | 3 |")
    assert re.findall(r'<t[hd] class="(\w+)">', page) == ["left", "right", "center"] * 2


def test_a_table_that_would_lose_cells_stays_source() -> None:
    page = rendered("| a | b |\n|---|---|\n| 1 | 2 |<|im_end|>\n| 3 | 4 |\n\nafter")
    assert "<table" not in page
    assert text_of(page).strip() == "| a | b |\n|---|---|\n| 1 | 2 |<|im_end|>\n| 3 | 4 |\nafter"
    assert "<table" in rendered("| a | b |\n|---|---|\n| 1 \\| 2 |\n| 3 | 4 |")


@pytest.mark.parametrize(
    "formula",
    [r"\(a_1 * b * c\)", r"\[x \\ y\]", "$a*b*c$", "$$\na\n- b\n=\nc\n$$", r"\begin{align*} a &= b \\ c \end{align*}"],
)
def test_formulas_stay_as_written(formula: str) -> None:
    page = rendered(f"So\n{formula}\n")
    assert formula in text_of(page)
    assert "latex" in page
    assert not {"<em>", "<li>", "<h3>"} & set(re.findall("<[a-z0-9]+>", page))


@pytest.mark.parametrize("text", ["from $5 to $10", "$5-$10 and 3", "\\[ open", "$ a $", "\\$a\\$ $"])
def test_prices_and_open_signs_are_no_formulas(text: str) -> None:
    assert "latex" not in rendered(text)


def test_an_unknown_language_and_a_long_block_are_only_escaped() -> None:
    assert 'class="kw"' in rendered("```python\nimport os\n```")
    assert 'class="kw"' not in rendered("```madeup\nimport os\n```")
    assert 'class="kw"' not in rendered("```python\n" + "import os\n" * 700 + "```")


def test_the_code_of_many_blocks_is_marked_up_to_a_limit() -> None:
    block = "```python\nimport os\n" + "x\n" * 1_990 + "```\n"
    assert rendered(block * 4).count('class="kw"') == 3


@pytest.mark.parametrize(
    "text",
    [
        "> " * (MOST_NESTED + 1) + "x",
        "\n".join("  " * n + "- x" for n in range(MOST_NESTED)),
        "*a **b " * 200 + "b** a* " * 200,
        "- a\n" * (MOST_TOKENS // 5),
        "x" * (MARKDOWN_CHARACTERS + 1),
    ],
    ids=["quotes", "lists", "emphasis", "parts", "length"],
)
def test_intricate_markdown_is_shown_as_written_under_a_notice(text: str) -> None:
    page = rendered(text)
    assert is_as_written(page)
    assert page.endswith(raw(text))
    assert beyond(page, ALLOWED) == []


def test_a_nest_of_usual_depth_is_set() -> None:
    assert rendered("\n".join("  " * n + "- x" for n in range(8))).count("<ul") == 8
    assert not is_as_written(rendered("> > > > > quoted"))


@pytest.mark.parametrize("show", [rendered, raw])
def test_a_text_past_the_limit_says_how_much_is_missing(show: object) -> None:
    assert callable(show)
    page = show("W" * (MOST_CHARACTERS + 12_345))
    assert page.endswith('<p class="notice">12,345 more characters are not shown.</p>')
    assert page.count("W") == MOST_CHARACTERS
    assert "not shown" not in show("W" * MOST_CHARACTERS)


def test_spaces_and_the_first_line_end_are_kept_as_written() -> None:
    assert raw("\n  a\tb\n\n") == '<pre class="raw" dir="auto"><code>\n  a\tb\n\n</code></pre>'


@pytest.mark.parametrize("text", [text for text in TEXTS if text.isprintable()])
def test_the_second_reader_alone_lets_nothing_through(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "markdown_html", lambda text: text)
    page = rendered(text)
    assert beyond(page, ALLOWED) == []
    monkeypatch.setattr(rendering, "markdown_html", lambda _: '<span class="esc" onclick=x()>a</span><p class=primary>')
    assert rendered("") == '<span class="esc">a</span><p></p>'
