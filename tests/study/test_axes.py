"""Axes: the usual four, and own ones."""

import pytest

from tunecheck.errors import InputError
from tunecheck.study import AXES, parse_axes


def test_without_a_word_the_axes_are_those_that_everybody_knows() -> None:
    assert [axis.name for axis in parse_axes(())] == ["accuracy", "relevance", "fluency", "format"]


def test_an_axis_may_have_a_question_and_anchors_of_its_own() -> None:
    (axis,) = parse_axes(("Tone of voice: Is it kind? | rude | cold | neutral | kind | very kind",))
    assert (axis.name, axis.title, axis.question) == ("tone_of_voice", "Tone of voice", "Is it kind?")
    assert axis.anchors == ("rude", "cold", "neutral", "kind", "very kind")


def test_a_usual_axis_is_named_alone() -> None:
    assert parse_axes(("fluency", "accuracy")) == (AXES[2], AXES[0])


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (("note",), "an axis cannot be called 'note'"),
        (("1st",), "an axis cannot be called '1st'"),
        (("", "a"), "an axis cannot be called ''"),
        (("tone: kind? | a | b",), "the axis tone has 2 anchors, and the scale has 5 values"),
        (("a", "a"), "the axis a is there twice"),
        (tuple("abcdefghi"), "9 axes are more than people can hold in mind"),
    ],
)
def test_a_wrong_axis_is_told_with_its_name(texts: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_axes(texts)
    assert caught.value.message == message
    assert caught.value.hint
