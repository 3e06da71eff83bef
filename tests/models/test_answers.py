"""The text of an answer: characters in several tokens, stop texts across the borders of tokens, first spaces."""

from __future__ import annotations

from array import array
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import tiny
from tests.models.test_generator import answers, generating, live, pairs
from tunecheck.core import EncodedPrompt, GenerationSettings
from tunecheck.models.huggingface import ModelPair
from tunecheck.models.huggingface.answers import AnswerText
from tunecheck.models.huggingface.prompts import Ends
from tunecheck.models.huggingface.text import TextSide

pytestmark = pytest.mark.hf

ALPHABET = "ab é€𝄞\n"
PROMPT = EncodedPrompt(item_id="p", token_ids=array("q", [64, 65, 220]))


@cache
def tokenizer() -> Any:
    return tiny.tokenizer()


def answer_text(mark: str = "", of: Any = None) -> AnswerText:
    made = of or tokenizer()
    side = TextSide(tokenizer=made, template=None, join=True, template_from="", vocabulary=len(made))
    return AnswerText(side, Ends(ids=frozenset({256}), mark=mark))


def test_characters_that_are_split_over_tokens_come_whole() -> None:
    ids = tokenizer()("é€𝄞 ok")["input_ids"]
    assert len(ids) == 2 + 3 + 4 + 3
    assert answer_text().text(PROMPT, ids, "length", ()) == "é€𝄞 ok"


def test_a_character_that_was_cut_off_is_shown_as_one_that_is_missing() -> None:
    ids = tokenizer()("a𝄞")["input_ids"]
    assert answer_text().text(PROMPT, ids[:-1], "length", ()) == "a\N{REPLACEMENT CHARACTER}"


@settings(max_examples=150, deadline=None)
@given(text=st.text(ALPHABET, max_size=24), stop=st.lists(st.text(ALPHABET, min_size=1, max_size=3), max_size=2))
def test_a_stop_text_is_seen_at_the_token_that_completes_it_wherever_tokens_end(text: str, stop: list[str]) -> None:
    answer, ids = answer_text(), tokenizer()(text)["input_ids"]
    places = [place + len(one) for one in stop if (place := text.find(one)) >= 0]
    # One token a byte: the tokens until the end of the first stop text that is complete.
    expected = len(text[: min(places)].encode()) if places else None
    seen = next((n for n in range(1, len(ids) + 1) if answer.stop_in(PROMPT, ids[:n], stop)), None)
    assert seen == expected
    if seen is not None:
        begins = [text[: min(places)].find(one) for one in stop]
        expected_text = text[: min(place for place in begins if place >= 0)]
        assert answer.text(PROMPT, ids[:seen], "stop", stop) == expected_text


def test_a_stop_text_in_the_prompt_stops_nothing() -> None:
    assert answer_text().stop_in(PROMPT, [66], ("ab",)) == ""
    assert answer_text().stop_in(PROMPT, [66], ("ab c", " c")) == ""


def test_a_stop_text_that_begins_with_the_space_of_a_first_word_is_seen(stories260k: Path) -> None:
    """Tokenizers of this kind drop that space when an answer is decoded alone."""
    with generating(ModelPair(str(stories260k))) as generator:
        prompt = generator.encode(pairs(["Tom saw a"]))[0]
        rest = generator._text.tokenizer("Tom saw a big dog")["input_ids"][len(prompt) :]
        assert generator._answers.stop_in(prompt, rest, (" big",)) == " big"
        assert generator._answers.text(prompt, rest, "stop", (" big",)) == ""


def test_stop_texts_across_tokens_of_several_letters_end_a_story_where_its_text_has_them(stories260k: Path) -> None:
    with generating(ModelPair(str(stories260k))) as generator:
        whole = answers(generator, pairs(["Once upon a time"]), GenerationSettings(max_new_tokens=60))[0]
        for start, end in ((0, 3), (5, 9), (17, 18), (20, 31), (40, 44)):
            stop = whole.text[start:end]
            (cut,) = answers(
                generator, pairs(["Once upon a time"]), GenerationSettings(max_new_tokens=60, stop=(stop,))
            )
            assert (cut.text, cut.ended) == (whole.text[: whole.text.find(stop)], "stop")
            assert len(cut.token_ids) < len(whole.token_ids)


def test_a_model_that_says_characters_of_several_bytes_stops_at_them() -> None:
    with generating(live(tiny.model(context=256))) as generator:
        prompt = generator.encode(pairs(["ab"]))[0]
        said = tokenizer()("x€y𝄞")["input_ids"]
        marks = [generator._answers.stop_in(prompt, said[:n], ("€y",)) for n in range(1, len(said) + 1)]
        assert marks[:4] == ["", "", "", ""]
        assert marks[4] == "€y"
