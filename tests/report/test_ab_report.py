"""The A/B test in the report: its tables and charts, and that no name, note or answer of anybody acts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.checks.test_ab_study import guess
from tests.comparisons import NOON, pair, pair_study, voted
from tests.report.example import checklist, run
from tests.report.markup import Markup, assert_only_our_markup, parsed
from tests.report.test_hostile import HOSTILE
from tests.report.test_markdown import MARKDOWN, tokens
from tunecheck.checks import check_ab, check_study_ab
from tunecheck.core import NOTE, CheckResult, Judgement, PairStudy, PairVote, Rater, Rating, RunResult
from tunecheck.report import render
from tunecheck.report.ab_figures import ab_figures
from tunecheck.report.check_tables import n_shown, tables_of

JUDGES = ("openai:http://127.0.0.1:8000/v1#small", "openai:http://127.0.0.1:8000/v1#large")


def result(check: CheckResult) -> RunResult:
    return run("incomplete", ("Nobody has rated answers yet.",), checklist(ab=(check.status, "Compared.")), check)


def votes_of(study: PairStudy, rng: np.random.Generator) -> list[Rating]:
    """Two raters who often agree, and a third who looks at nothing."""
    leans = rng.choice(["tuned", "tuned", "base", "tie", "skip"], len(study.pairs))
    found: list[Rating] = []
    for rater, steadiness in ((0, 0.9), (1, 0.7)):
        for one in voted(study, rater, lambda slot: str(leans[slot.entry])):
            other = rng.choice(["left", "right", "tie"])
            found.append(one if rng.random() < steadiness else replace(one, value=str(other)))
    found += [replace(one, active_s=0.4) for one in voted(study, 2, lambda slot: "left")]
    return found


def judgements_of(study: PairStudy, rng: np.random.Generator, text: str) -> list[Judgement]:
    found = []
    for judge in JUDGES:
        for entry in range(len(study.pairs)):
            for swapped in (False, True):
                outcome: Any = str(rng.choice(["tuned", "tuned", "base", "tie", "failed"], p=[0.4, 0.2, 0.2, 0.1, 0.1]))
                found.append(
                    Judgement(study=1, judge=judge + text, entry=entry, swapped=swapped, outcome=outcome, at="")
                )
    own = [one for one in found if one.judge == JUDGES[0] + text and one.entry < 10 and not one.swapped]
    return [*found, *(replace(one, outcome="base", canary="plea@base") for one in own)]


def compared(text: str = "", *, n_voted: int = 60) -> CheckResult:
    """Three raters with guesses and notes, two judges; ``text`` after all that people or models wrote."""
    rng = np.random.default_rng(5)
    words = "a sentence that takes a while to be read "
    pairs = [
        replace(
            pair(item, tuned=f"{words * (1 + item % 3)}{item} {text}", base=f"{words * 2}of base {item} {text}",
                 prompt=f"prompt {item} {text}", reference=f"reference {item} {text}"),
            giveaways=("base names itself",) if item % 9 == 0 else (),
            strata=(("kind", f"{('short', 'long', 'code')[item % 3]} {text}"),),
            source=f"val.jsonl line {item} {text}",
        )
        for item in range(90)
    ]  # fmt: skip
    study = pair_study(pairs=pairs, n_raters=3, n_repeats=6, n_guesses=8, margin=0.1)
    ratings = [one for one in votes_of(study, rng) if one.entry < n_voted]
    ratings += [*guess(study, 0, lambda slot: slot.tuned_on), *guess(study, 1, lambda slot: "left")]
    ratings += [
        Rating(study=1, rater=0, entry=entry, field=NOTE, value=f"as I see it {text}", key=f"n{entry}", at=NOON,
               rated_with="web")
        for entry in range(60)
    ]  # fmt: skip
    names = [Rater(number=number, name=f"{name} {text}") for number, name in enumerate(("Ann", "Bob", "Cem"))]
    judgements = judgements_of(study, np.random.default_rng(6), text)
    return check_study_ab(study, ratings, names, judgements=judgements)


@pytest.fixture(scope="module")
def check() -> CheckResult:
    return compared()


@pytest.fixture(scope="module")
def harmless() -> Markup:
    return parsed(render(result(compared("harmless")), "html"))


def opened(check: CheckResult) -> dict[str, Any]:
    tables = tables_of(check)
    return {table.caption: table for table in tables[: n_shown(check, tables)]}


def test_the_tables_say_what_decided_and_where_tuned_loses(check: CheckResult) -> None:
    tables = opened(check)
    assert list(tables) == [
        "Which answers people prefer",
        "The same without a part of the votes",
        "By category, the lowest first; p after Holm",
        "Raters; for tuned a tie is half",
        "Blindness: 0 is blind, 1 knew always",
        "Judges alone, which decide nothing",
        "Judges beside people",
    ]
    decision = tables["Which answers people prefer"]
    assert [row.label for row in decision.rows] == [
        "Decision", "Items won by tuned, by base, tied", "Win rate", "Win rate at equal length", "Wins less losses",
        "p of the sign test", "p of the bets", "Items still needed",
    ]  # fmt: skip
    assert [row.unit for row in decision.rows if "this one decides" in row.unit] == []
    lowest = [row.cells[1] for row in tables["By category, the lowest first; p after Holm"].rows]
    assert all(", p " in str(cell) for cell in lowest)
    assert [row.label for row in tables["The same without a part of the votes"].rows] == [
        "Skips", "Pairs that give a side away", "Raters who may be hasty",
    ]  # fmt: skip


def test_each_rater_has_a_line_with_pace_sides_and_guesses(check: CheckResult) -> None:
    tables = opened(check)
    raters, blind = tables["Raters; for tuned a tie is half"], tables["Blindness: 0 is blind, 1 knew always"]
    assert [row.label.strip() for row in raters.rows] == ["Ann", "Bob", "Cem"]
    assert raters.rows[2].unit.startswith("perhaps hasty: a median of 0.4 s for a pair")
    assert [row.label.strip() for row in blind.rows] == ["All raters", "Ann", "Bob", "Cem"]
    assert blind.rows[1].unit == "guessed 8 right, 0 wrong, 0 unsure"
    assert str(blind.rows[3].cells[0]) == "no guess"
    assert [str(row.cells[0]) for row in raters.rows] == ["66 of 96 10.0 s each"] * 2 + ["66 of 96 0.4 s each"]


def test_judges_stand_apart_and_what_they_add_to_people_is_named_so(check: CheckResult) -> None:
    tables = opened(check)
    assert tables["Judges alone, which decide nothing"].heads[0] == "Win rate by the judge"
    assert all(cell.interval for row in tables["Judges beside people"].rows for cell in row.cells)
    folded = tables_of(check)[n_shown(check, tables_of(check)) :]
    assert [table.caption for table in folded] == ["Planned before the first vote", "Counts", "More of the judges"]


def test_the_charts_say_in_words_what_they_show(check: CheckResult) -> None:
    votes, rates = (figure for figure in ab_figures(check.measures) if figure is not None)
    won = [check.measures[name] for name in ("tuned_wins", "ties", "base_wins")]
    words = "tuned {}, tied {}, base {}".format(*won)
    svg = str(votes.svg)
    assert f"Items: {words}" in svg.partition(">")[0]
    for shown in (">Items<", ">Ann<", ">Cem<", f">{words}<", "■ tuned is better"):
        assert shown in svg
    assert f"Items: tuned {won[0]} of 60" in svg
    assert "Judge small" in str(rates.svg)
    assert "At 0.5 both are preferred as often." in rates.caption


def test_before_anybody_voted_the_page_has_the_sentence_and_no_empty_chart() -> None:
    nothing = check_study_ab(pair_study(), [], [])
    assert not any(ab_figures(nothing.measures))
    page = render(result(nothing), "html")
    assert "20 are missing (tunecheck serve RUN)" in page
    assert_only_our_markup(parsed(page))
    assert "20 are missing" in render(result(nothing), "markdown")


def test_votes_of_a_file_have_the_same_tables() -> None:
    given = [PairVote(item=f"q{n}", rater="Ann", outcome="tuned", unit=f"q{n}") for n in range(30)]
    plain = check_ab(given, planned_items=30)
    assert next(iter(opened(plain))) == "Which answers people prefer"
    rows = opened(plain)["Which answers people prefer"].rows
    assert (rows[0].unit, str(rows[0].cells[0])) == ("by the sign test at the planned size", "tuned")
    assert_only_our_markup(parsed(render(result(plain), "html")))


def test_the_page_holds_what_tuned_lost_with_notes_and_what_judges_think_otherwise(check: CheckResult) -> None:
    text = parsed(render(result(check), "html")).text
    assert "Where tuned loses most clearly: read these first" in text
    assert "Where people prefer opposite answers: discuss these" in text
    assert "Where a judge prefers the other answer in both orders" in text
    assert "as I see it" in text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_notes_judges_and_answers_change_no_element(text: str, harmless: Markup) -> None:
    page = render(result(compared(text)), "html")
    markup = parsed(page)
    page.encode("utf-8")
    assert_only_our_markup(markup)
    assert markup.structure == harmless.structure


@pytest.mark.parametrize("name", MARKDOWN)
def test_hostile_names_and_notes_do_nothing_in_markdown(name: str) -> None:
    kinds = [token.type for token in tokens(render(result(compared(MARKDOWN[name])), "markdown"))]
    assert kinds == [token.type for token in tokens(render(result(compared("harmless")), "markdown"))]
