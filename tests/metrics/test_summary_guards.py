"""Guards of summaries: lengths and copies counted by hand and by search, and the first sentences of a text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.core import Unscored
from tunecheck.metrics.metric import Case, Metric
from tunecheck.metrics.summary_guards import SummaryGuards, fragments, lead

LETTERS = st.lists(st.sampled_from("abc"), max_size=20)
SOURCE = "The council met on Monday. It approved the new bridge after a long debate. Work begins in May."


def searched(said: list[str], source: list[str]) -> list[int]:
    """Fragments by trying every place of the source."""
    lengths, at = [], 0
    while at < len(said):
        sizes = [
            next(size for size in range(len(said) + 1) if said[at : at + size + 1] != source[k : k + size + 1])
            for k in range(len(source))
            if said[at] == source[k]
        ]
        lengths += sizes and [max(sizes)]
        at += max([1, *sizes])
    return lengths


def score(prediction: str, *references: str, prompt: str = SOURCE) -> dict[str, float | Unscored]:
    return dict(SummaryGuards().score(Case(prediction=prediction, references=references, prompt=prompt)))


@given(LETTERS, LETTERS)
@settings(max_examples=200, deadline=None)
def test_fragments_are_the_longest_copies_from_the_left(said: list[str], source: list[str]) -> None:
    source = [*source, "$"]
    assert fragments(said, source) == searched([*said], source)


def test_the_measures_of_a_summary_are_those_counted_by_hand() -> None:
    # Copies: "the council" (2), "approved the new bridge" (4), "in May" (2); "has" is new.
    assert score("The council has approved the new bridge in May.", "A bridge will be built.") == {
        "length_ratio": pytest.approx(9 / 5),
        "copied_share": pytest.approx(4 / 9),
        "coverage": pytest.approx(8 / 9),
        "density": pytest.approx((4 + 16 + 4) / 9),
        "is_empty": 0.0,
    }


def test_the_source_itself_is_one_copy() -> None:
    found = score(SOURCE, SOURCE)
    assert (found["length_ratio"], found["copied_share"], found["coverage"], found["density"]) == (1.0, 1.0, 1.0, 18.0)


def test_an_empty_summary_has_no_copies_and_says_so() -> None:
    nothing = Unscored(reason="the prediction has no words")
    assert score(" 😀 ", "A bridge.") == {
        "length_ratio": 0.0, "copied_share": nothing, "coverage": nothing, "density": nothing, "is_empty": 1.0,
    }  # fmt: skip


def test_without_source_or_reference_there_is_nothing_to_compare() -> None:
    assert score("A bridge.", "A bridge.", prompt="")["coverage"] == Unscored(reason="no source is known")
    assert score("A bridge.", "")["length_ratio"] == Unscored(reason="no reference has words")


def test_texts_that_are_too_long_are_not_searched() -> None:
    found = score("a " * 40_000, "a", prompt="a " * 40_000)["density"]
    assert found == Unscored(reason="40,000 words against a source of 40,000 are too many to look for copies")


def test_it_is_a_metric_that_returns_its_measures() -> None:
    guards: Metric = SummaryGuards()
    assert tuple(guards.score(Case(prediction="", references=("a",)))) == guards.measures
    assert guards.lower_is_better <= set(guards.measures)


@given(st.text(), st.text(), st.text())
@settings(max_examples=100, deadline=None)
def test_shares_are_shares_of_any_text(prediction: str, reference: str, prompt: str) -> None:
    found = score(prediction, reference, prompt=prompt)
    copied, coverage, density = (found[name] for name in ("copied_share", "coverage", "density"))
    if isinstance(coverage, float):
        assert isinstance(copied, float)
        assert isinstance(density, float)
        assert 0 <= copied <= coverage <= 1
        assert density >= coverage


@pytest.mark.parametrize(
    ("text", "first", "n_sentences"),
    [
        ("One. Two! Three? Four.", "One. Two! Three?", 3),
        ("Only one", "Only one", 3),
        ("", "", 3),
        ("The U.S. economy grew 3.14% today. It will last.", "The U.S. economy grew 3.14% today.", 1),
        ("Mr. J. Smith said “No way!” Then he left.", "Mr. J. Smith said “No way!”", 1),
        ("Wait... what? Yes.", "Wait... what?", 2),
        ("A heading\n\nOne sentence. Another.", "A heading", 1),
        ("今天下雨。我们回家了！“好吗？”明天再来。", "今天下雨。我们回家了！“好吗？”", 3),
        ("यह एक है। यह दो है। तीन।", "यह एक है। यह दो है।", 2),
        ("أين هو؟ هنا. نعم.", "أين هو؟", 1),
    ],
)
def test_lead_is_the_first_sentences(text: str, first: str, n_sentences: int) -> None:
    assert lead(text, n_sentences=n_sentences) == first


@given(st.text(st.sampled_from('.!?。)" \n aB1Mr')), st.integers(1, 4))
def test_lead_is_where_a_text_begins(text: str, n_sentences: int) -> None:
    assert text.strip().startswith(lead(text, n_sentences=n_sentences))


@pytest.mark.parametrize("piece", [".", ".a", "\n", ".)", "。", " \n", "Mr. "])
def test_lead_of_a_million_marks_takes_no_longer(piece: str) -> None:
    assert lead("x" + piece * (1_000_000 // len(piece)) + "y").startswith("x")
