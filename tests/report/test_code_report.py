"""Code in the report: problems by what became of them, and programs that are coloured, cut, and never act."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.checks.code_problems import facts, judged, many, outcome
from tests.report import code_example
from tests.report.markup import Markup, assert_only_our_markup, parsed
from tests.report.test_hostile import HOSTILE
from tests.report.test_markdown import MARKDOWN, tokens
from tests.report.test_page import contrast, palette
from tunecheck.checks import check_code
from tunecheck.core import CheckResult, CodeText
from tunecheck.report import render
from tunecheck.report.code_view import LINE_END, MOST_LINES, code_view
from tunecheck.report.problems import MOST_PROBLEMS, problem_groups
from tunecheck.report.tables import interval_notes, key_numbers
from tunecheck.report.text import visible

CLASSES = {"row", "row hit", "at", "failed", "cut", "esc", "kw", "st", "nu", "co", "na", "bu"}


@pytest.fixture(scope="module")
def page() -> str:
    return render(code_example.result(), "html")


@pytest.fixture(scope="module")
def markup(page: str) -> Markup:
    return parsed(page)


def groups(check: CheckResult) -> dict[str, list[str]]:
    return {group.title: [one.task_id for one in group.problems] for group in problem_groups(check)}


def text_of(one: CodeText) -> str:
    """What the view of a program reads like."""
    return "".join(parsed(f"<pre>{code_view(one).html}</pre>").texts).removeprefix(" ")


def test_the_page_holds_only_elements_that_the_template_writes(markup: Markup) -> None:
    assert_only_our_markup(markup)


def test_what_got_worse_stands_first_and_what_both_solve_is_folded(page: str) -> None:
    found = groups(code_example.check())
    assert list(found) == [
        "Worse than base",
        "Better than base",
        "As often as base, but not always",
        "Without samples of one side",
        "Not counted",
        "Always solved by both",
    ]
    assert found["Worse than base"] == ["pairs/4", "shop/11", "text/2"]
    assert found["Better than base"] == ["text/7", "text/9"]
    assert found["Not counted"] == ["math/3"]
    assert page.index("Worse than base (3)") < page.index("<summary>Always solved by both (24)</summary>")
    assert "easy/3" in page.partition("<summary>Always solved by both (24)</summary>")[2]


def test_the_largest_loss_stands_first() -> None:
    problems = many(["pp", "pw", "ww", "ww"], ["pp", "pp", "pp", "pw"])
    assert groups(check_code(facts(problems)))["Worse than base"] == ["P/2", "P/1", "P/3"]


def test_without_a_base_problems_stand_by_how_often_they_are_solved() -> None:
    problems = [*many(["pp", "pw", "ww", "", "px"]), judged("odd", "pp", excluded="why")]
    assert groups(check_code(facts(problems))) == {
        "Never solved": ["P/2"],
        "Solved by some samples": ["P/1"],
        "Without samples": ["P/3"],
        "Not counted": ["odd"],
        "Always solved": ["P/0", "P/4"],
    }


def test_a_problem_is_told_by_its_verdicts_on_both_sides(markup: Markup) -> None:
    assert "pairs/4 5 of 5 pass 1 of 5 pass (wrong ×4) AssertionError: ('to', 'to') is not" in markup.text
    assert "math/3 0 of 5 pass (wrong ×5) 0 of 5 pass (wrong ×5) the reference fails its own tests" in markup.text
    assert "math/8 5 of 5 pass no sample" in markup.text


@pytest.mark.parametrize(
    ("tuned", "text", "extent"),
    [
        ("p", "pass", "all"),
        ("n", "no code", "none"),
        ("pwt", "1 of 3 pass (wrong ×1, timeout ×1)", "some"),
        ("x", "sandbox error", "absent"),
        ("px", "pass", "all"),
        ("", "no sample", "absent"),
    ],
)
def test_samples_of_a_problem_read_as_words(tuned: str, text: str, extent: str) -> None:
    ((problem,),) = (group.problems for group in problem_groups(check_code(facts([judged("a", tuned)]))))
    assert (problem.tuned.text, problem.tuned.extent) == (text, extent)


def test_other_checks_have_no_problems_and_code_has_no_row_table(page: str) -> None:
    assert problem_groups(replace(code_example.check(), items=())) == ()
    assert "Rows by" not in page


def test_numbers_go_by_their_names_and_pass_1_stands_once() -> None:
    check = code_example.check()
    sides, *others = key_numbers(check)
    labels = [row.label for row in sides.rows]
    assert labels[:3] == ["pass@1", "pass@5", "pass^5"]
    assert sides.heads == ("Base", "Tuned", "Tuned less base")
    assert "Samples of one problem" in [table.caption for table in others]
    assert any(note.startswith("pass@1") for note in interval_notes(check))


def test_both_sides_are_drawn_by_k_where_they_have_values(markup: Markup) -> None:
    assert "Base and tuned on the same problems" in markup.text
    for label in ("pass@1, base", "pass@1, tuned", "pass@5, base", "pass@5, tuned"):
        assert label in markup.text
    assert "pass@1: tuned less base is -0.0133, problem by problem." in markup.text


def test_the_page_tells_how_the_programs_were_shut_in(markup: Markup) -> None:
    assert (
        "Programs ran confined (tier B), without namespaces of their own. Layers: namespaces, Landlock" in markup.text
    )


def test_the_line_that_failed_has_a_sign_and_words_beside_its_colour(page: str, markup: Markup) -> None:
    assert re.search(r'<span class="row hit"><span class="at">▶ 5</span>', page)
    assert "if budgt < 0: ← failed here" in markup.text
    assert "exception · NameError: name 'budgt' is not defined · 0 of 3 tests" in markup.text
    assert "last call: most_common_pair(['to', 'be', 'or', 'not', 'to', 'be']) -> ('to', 'to')" in markup.text


def test_words_of_a_program_are_marked_by_their_kind() -> None:
    html = code_view(CodeText(name="a", text="@x\ndef f():  # one\n    return len('s') + 1 is not None\n")).html
    for kind, word in (
        ("na", "@x"), ("kw", "def"), ("na", "f"), ("co", "# one"), ("kw", "return"), ("bu", "len"),
        ("st", "&#39;s&#39;"), ("nu", "1"), ("kw", "None"),
    ):  # fmt: skip
        assert f'<span class="{kind}">{word}</span>' in html


def test_a_string_over_several_lines_is_marked_on_each_of_them() -> None:
    html = code_view(CodeText(name="a", text='x = """one\n\n  two"""\ny = 1')).html
    assert '<span class="st">  two&#34;&#34;&#34;</span>' in html
    assert '<span class="at">4</span>y' in html


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_python_counts_them(end: str) -> None:
    text = end.join(["", "", "a\x0cb\x0b\u2028\x1c", "c = 1", ""])
    view = text_of(CodeText(name="a", text=text, line=4))
    assert view.splitlines()[:4] == ["1", "2", r"3a\x0cb\x0b\u2028\x1c", "▶ 4c = 1 ← failed here"]


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("'\"\\\n\r#{}()<>&fb ")), max_size=120))
@settings(max_examples=150, deadline=None)
def test_the_view_of_any_text_reads_back_as_its_visible_lines(text: str) -> None:
    lines = LINE_END.split(text)
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    expected = "".join(f"{place}{visible(line)}\n" for place, line in enumerate(lines, start=1))
    assert text_of(CodeText(name="a", text=text)) == (expected if text.strip() else "")


def test_marks_that_pile_up_are_spelled_out_also_between_words() -> None:
    shown = text_of(CodeText(name="a", text="$" + "\u0301" * 30))
    assert shown.count("\u0301") == 8


def test_a_program_of_ten_thousand_lines_is_cut_and_says_so() -> None:
    text = "\n".join(f"x{place} = {place}" for place in range(1, 10_001))
    head, around, tail = (code_view(CodeText(name="a", text=text, line=line)) for line in (None, 5_000, 10_000))
    assert head.left_out == "Lines 61 to 10,000 are not shown."
    assert around.left_out == "Lines 1 to 4,960 and 5,021 to 10,000 are not shown."
    assert tail.left_out == "Lines 1 to 9,940 are not shown."
    for view, line in ((around, 5_000), (tail, 10_000)):
        assert f'<span class="at">▶ {line}</span>x{line}' in view.html
        assert view.html.count('<span class="row') == MOST_LINES


@pytest.mark.parametrize("line", [0, -1, 99, None])
def test_a_line_that_the_program_does_not_have_is_not_marked(line: int | None) -> None:
    view = code_view(CodeText(name="a", text="x = 1\n", line=line))
    assert "failed here" not in view.html
    assert "x" in view.html


def test_an_endless_line_is_cut_and_says_so() -> None:
    shown = text_of(CodeText(name="a", text=f"x = '{'a' * 1_000_000}'\ny = 2", line=1))
    assert "a … 999,706 more characters ← failed here" in shown
    assert shown.endswith("2y = 2\n")


def test_a_strange_program_takes_no_time() -> None:
    started = time.process_time()
    for piece in ("(", "'", '"""', "f'{", "\\", "a.", "0x", "rb'", "@", "[{(", "\u0301", "not in "):
        code_view(CodeText(name="a", text="\n".join([piece * 400] * 10_000), line=9_000))
    assert time.process_time() - started < 5


def test_without_a_program_the_note_says_why() -> None:
    one = replace(judged("a", "n"), tuned=(outcome("no_code", code="", detail="no fenced block"),))
    text = parsed(render(code_example.result(check_code(facts([one]))), "html")).text
    assert "Tuned no code · no fenced block" in text
    assert code_view(CodeText(name="a", text=" \n")).note == "no program"


@pytest.fixture(scope="module")
def harmless() -> Markup:
    return parsed(render(code_example.hostile("harmless"), "html"))


def without_spans(markup: Markup) -> list[tuple[str, str]]:
    """Tags and classes but for spans, which mark words of programs and escapes."""
    return [element for element in markup.structure if element[0] != "span"]


@pytest.mark.parametrize(
    "text", [*HOSTILE.values(), "</pre><script>x</script>\n'''\n\"\"\"\n" * 3], ids=[*HOSTILE, "end"]
)
def test_hostile_programs_change_no_element(text: str, harmless: Markup) -> None:
    made = render(code_example.hostile(text), "html")
    found = parsed(made)
    made.encode("utf-8")
    assert_only_our_markup(found)
    assert without_spans(found) == without_spans(harmless)
    inside = re.findall(r'<pre class="code" dir="ltr">(.*?)</pre>', made, re.S)
    assert inside
    assert {name for html in inside for name in re.findall(r'class="([^"]*)"', html)} <= CLASSES


def test_hidden_characters_in_programs_stand_spelled_out() -> None:
    made = render(code_example.hostile("a\u202eb\x00c\u2066\ud800"), "html")
    inside = "".join(re.findall(r'<pre class="code" dir="ltr">(.*?)</pre>', made, re.S))
    for spelled in (r"\u202e", r"\x00", r"\u2066", r"\ud800"):
        assert f'<span class="esc">{spelled}</span>' in inside
    assert not set(made) & set("\u202e\x00\u2066\ud800")


def test_a_megabyte_in_every_text_of_a_problem_leaves_a_page_of_ordinary_size() -> None:
    assert len(render(code_example.hostile("A" * 1_000_000), "html")) < 1_000_000


def test_two_thousand_problems_of_ten_samples_stay_under_a_mebibyte_and_five_seconds() -> None:
    words = ["pppppwwwww", "wwwwwwwwww", "pppppppppp", "ppppppppww"]
    tuned, base = [words[place % 4] for place in range(2000)], [words[place // 4 % 4] for place in range(2000)]
    check = check_code(facts(many(tuned, base), k=(1, 5, 10)))
    started = time.process_time()
    made = render(code_example.result(check), "html")
    assert time.process_time() - started < 5
    assert len(made.encode()) < 2**20
    worse = next(group for group in problem_groups(check) if group.title == "Worse than base")
    assert worse.n > MOST_PROBLEMS == len(worse.problems)
    assert f"{worse.n - MOST_PROBLEMS:,} more problems." in parsed(made).text


def test_the_comment_names_the_problems_that_changed_sides() -> None:
    text = render(code_example.result(), "markdown")
    assert "| Worse than base (3) | Base | Tuned | What went wrong |" in text
    assert "| shop/11 | 4 of 5 pass (exception ×1) | 0 of 5 pass (exception ×5) | NameError: name" in text
    assert "| Better than base (2) | Base | Tuned | What went wrong |" in text
    assert "easy/3" not in text
    alone = render(code_example.result(check_code(facts(many(["w"] * 12 + ["p"] * 3)))), "markdown")
    assert "| Never solved (12) | Tuned | What went wrong |" in alone
    assert "2 more of these are in the report." in alone


@pytest.mark.parametrize("text", [*HOSTILE.values(), *MARKDOWN.values()], ids=[*HOSTILE, *MARKDOWN])
def test_hostile_problems_leave_the_comment_its_tables(text: str) -> None:
    comment = render(code_example.hostile(text), "markdown")
    found = tokens(comment)
    assert {token.content for token in found if token.type.startswith("html")} <= {"<sub>", "</sub>"}
    assert not {token.type for token in found} & {"link_open", "image", "code_inline", "fence", "code_block", "hr"}
    widths: list[int] = []
    for line in comment.splitlines():
        if not line.startswith("|"):
            widths.clear()
            continue
        widths.append(len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)))
        assert widths[-1] == widths[0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_kind_of_word_can_be_read_on_plain_and_failed_lines(scheme: str) -> None:
    colours = palette(scheme)
    kinds = ("keyword", "string", "comment", "digit", "defined", "builtin", "muted", "fail")
    low = {
        (kind, ground): ratio
        for kind in kinds
        for ground in ("raised", "fail-wash")
        if (ratio := contrast(colours[kind], colours[ground])) < 4.5
    }
    assert not low
