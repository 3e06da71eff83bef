"""The review in the report: its tables and charts, and that no name, note or answer of anybody acts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.checks.review_parts import BOTH, Said, answer, by_quality, study
from tests.report.example import checklist, run
from tests.report.markup import Markup, assert_only_our_markup, parsed
from tests.report.test_hostile import HOSTILE
from tests.report.test_markdown import MARKDOWN, tokens
from tunecheck.checks import check_review
from tunecheck.core import CheckResult, Rater, RunResult, SheetAnswer
from tunecheck.report import render
from tunecheck.report.check_tables import n_shown, tables_of
from tunecheck.report.review_figures import VALUES, review_figures
from tunecheck.report.review_tables import inside


def result(check: CheckResult) -> RunResult:
    return run("incomplete", ("Nobody has compared answers yet.",), checklist(review=(check.status, "Rated.")), check)


def reviewed(text: str = "", *, sides: Any = BOTH) -> CheckResult:
    """Three raters, of whom one is hasty, with notes and reasons; ``text`` after all that people or models wrote."""
    sheet = study(answers=[_answer(item, side, text) for item in range(24) for side in sides], n_repeats=4)
    said = Said(sheet)
    said.ratings = by_quality(sheet, 2, noise=1.0)
    said.all(2, lambda entry, side: [3 + entry % 3] * 4, active_s=0.5)
    for entry in range(len(sheet.answers)):
        said.say(0, entry, "note", f"as I see it {text}")
    said.say(1, 0, "blocked", f"cut off {text}")
    for entry in range(6):
        said.rate(0, entry, (5, 1, 5, 1), again=True)
    names = [Rater(number=number, name=f"{name} {text}") for number, name in enumerate(("Ann", "Bob", "Cem"))]
    return check_review(sheet, said.ratings, names)


def _answer(item: int, side: Any, text: str) -> SheetAnswer:
    return answer(item, side, generated=f"An answer of {side} that is long enough to be read for a while {item} {text}")


@pytest.fixture(scope="module")
def check() -> CheckResult:
    return reviewed()


@pytest.fixture(scope="module")
def harmless() -> Markup:
    return parsed(render(result(reviewed("harmless")), "html"))


def test_each_axis_has_its_line_with_both_sides_the_difference_and_its_p(check: CheckResult) -> None:
    axes, agreement, raters = tables_of(check)[: n_shown(check, tables_of(check))]
    assert [row.label for row in axes.rows] == ["Accuracy", "Relevance", "Fluency", "Format", "All axes"]
    assert axes.heads == ("Tuned", "Base", "Tuned less base")
    assert all(cell and cell.interval for row in axes.rows for cell in row.cells)
    assert ", p " in str(axes.rows[0].cells[2])
    assert ", p " not in str(axes.rows[-1].cells[2])
    assert agreement.heads == ("Krippendorff's alpha",)
    assert [row.label.strip() for row in raters.rows] == ["Ann", "Bob", "Cem"]
    assert raters.rows[2].unit.startswith("perhaps hasty: a median of 0.5 s")
    assert [str(cell) for cell in raters.rows[2].cells] == ["48 of 52", "0.5 s", "None"]


def test_kappas_repeats_and_counts_are_there_to_unfold(check: CheckResult) -> None:
    captions = [table.caption for table in tables_of(check)[n_shown(check, tables_of(check)) :]]
    assert captions == ["Agreement of two raters", "Answers that came back", "Counts"]


def test_each_axis_has_a_chart_that_says_in_words_what_it_shows(check: CheckResult) -> None:
    figures = [figure for figure in review_figures(check.measures) if figure is not None]
    assert [figure.title for figure in figures] == [
        f"{axis}: ratings from 1 to 5" for axis in ("Accuracy", "Relevance", "Fluency", "Format")
    ]
    counts: Any = inside(check.measures, "distribution", "accuracy", "base")
    words = ", ".join(f"{value} ×{counts[value]}" for value in VALUES if counts[value])
    svg = str(figures[0].svg)
    assert f"Base: {words} ({sum(counts.values())} ratings)" in figures[0].caption
    assert 'role="img"' in svg
    assert words in svg.partition(">")[0]
    for shown in (">Base<", ">Tuned<", ">1<", ">5<", "mean "):
        assert shown in svg
    assert f"Base: {counts['4']} of {sum(counts.values())} ratings are 4" in svg


def test_a_sheet_of_one_side_has_charts_and_tables_of_that_side() -> None:
    alone = reviewed(sides=("tuned",))
    assert tables_of(alone)[0].heads == ("Tuned",)
    svg = str(next(figure for figure in review_figures(alone.measures) if figure is not None).svg)
    assert ">Tuned<" in svg
    assert ">Base<" not in svg


def test_before_anybody_rated_the_page_has_the_sentence_and_no_empty_chart() -> None:
    nothing = check_review(study(), [], [])
    assert not any(review_figures(nothing.measures))
    page = render(result(nothing), "html")
    assert "20 are missing (tunecheck serve RUN)" in page
    assert_only_our_markup(parsed(page))


def test_the_page_holds_what_raters_disagree_on_with_their_notes(check: CheckResult) -> None:
    text = parsed(render(result(check), "html")).text
    assert "Where raters disagree most: discuss these first" in text
    assert "Where tuned loses most to base" in text
    assert "as I see it" in text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_notes_and_answers_change_no_element(text: str, harmless: Markup) -> None:
    page = render(result(reviewed(text)), "html")
    markup = parsed(page)
    page.encode("utf-8")
    assert_only_our_markup(markup)
    assert markup.structure == harmless.structure


@pytest.mark.parametrize("name", MARKDOWN)
def test_hostile_names_and_notes_do_nothing_in_markdown(name: str) -> None:
    kinds = [token.type for token in tokens(render(result(reviewed(MARKDOWN[name])), "markdown"))]
    assert kinds == [token.type for token in tokens(render(result(reviewed("harmless")), "markdown"))]
