"""The general passages: enough of each kind, of the length that was promised, in the language that they claim."""

from __future__ import annotations

import ast
import re
import sqlite3
import unicodedata
from collections import Counter
from dataclasses import dataclass

import pytest

from tunecheck.core import Item
from tunecheck.metrics import shingle, similar_pairs
from tunecheck.packs import fingerprint, general_items, skills
from tunecheck.packs.reading import PASSAGE_BYTES

KINDS = {"code", "dialogue", "instructions", "languages", "mathematics", "narrative", "news"}
SCRIPTS = {"ar": "ARABIC", "fa": "ARABIC", "hi": "DEVANAGARI", "ja": "HIRAGANA", "ru": "CYRILLIC", "zh": "CJK"}
LATIN = {"de": "ßü", "es": "ñ¿ó", "fr": "çèê", "it": "èùò", "pt": "ãõç"}
PROGRAMMING = {"c", "html", "javascript", "python", "rust", "shell", "sql"}


@dataclass(frozen=True)
class Passage:
    kind: str
    language: str
    text: str


def passage(item: Item) -> Passage:
    metadata = {name: ast.literal_eval(value) for name, value in item.metadata}
    return Passage(metadata["kind"], metadata["language"], item.response.content)


PASSAGES = [passage(item) for item in general_items(whole=True)]


def test_there_are_seven_kinds_and_at_least_eighteen_passages_of_each() -> None:
    counts = Counter(one.kind for one in PASSAGES)
    assert set(counts) == KINDS
    assert min(counts.values()) >= 18


def test_a_passage_is_a_text_without_a_prompt_and_its_own_unit() -> None:
    for item in general_items(whole=True):
        assert (item.form, item.prompt, item.unit) == ("text", (), item.id)
        assert re.fullmatch(rf"general/{passage(item).kind}\.jsonl line \d+", item.source)


def test_passages_have_80_to_220_words_or_150_to_400_signs() -> None:
    for one in PASSAGES:
        # Code and formulas are written with few spaces: there a run of letters or digits is a word.
        words = re.findall(r"\w+", one.text) if one.kind in ("code", "mathematics") else one.text.split()
        if one.language in ("ja", "zh"):
            assert 150 <= len(one.text) <= 400, one.text
        else:
            assert 80 <= len(words) <= 220, one.text


def test_no_two_passages_share_a_tenth_of_their_words_in_a_row() -> None:
    assert list(similar_pairs(shingle(one.text for one in PASSAGES), threshold=0.1)) == []
    assert len({item.id for item in general_items(whole=True)}) == len(PASSAGES)


def test_no_sentence_opens_two_passages() -> None:
    openings = Counter(" ".join(one.text.split()[:4]).casefold() for one in PASSAGES)
    assert openings.most_common(1)[0][1] == 1


def test_languages_are_at_least_nine_and_code_is_in_seven() -> None:
    assert {one.language for one in PASSAGES if one.kind == "languages"} == set(SCRIPTS) | set(LATIN)
    assert {one.language for one in PASSAGES if one.kind == "code"} == PROGRAMMING
    assert {one.language for one in PASSAGES if one.kind not in ("code", "languages")} == {"en"}


@pytest.mark.parametrize(("language", "script"), SCRIPTS.items())
def test_a_language_is_written_in_its_script(language: str, script: str) -> None:
    for one in PASSAGES:
        if one.language == language:
            letters = [sign for sign in one.text if sign.isalpha()]
            of_script = [sign for sign in letters if unicodedata.name(sign).startswith((script, "CJK", "KATAKANA"))]
            assert len(of_script) >= 0.99 * len(letters)
            assert any(unicodedata.name(sign).startswith(script) for sign in letters)


@pytest.mark.parametrize(("language", "signs"), LATIN.items())
def test_a_language_of_latin_letters_has_its_own_signs(language: str, signs: str) -> None:
    texts = " ".join(one.text for one in PASSAGES if one.language == language)
    assert sum(sign in texts for sign in signs) >= 2


def test_persian_has_letters_that_arabic_lacks() -> None:
    for one in PASSAGES:
        if one.language in ("ar", "fa"):
            assert bool(set("پچگژ") & set(one.text)) == (one.language == "fa")


def test_texts_are_composed_and_hold_no_control_signs() -> None:
    for one in PASSAGES:
        assert unicodedata.is_normalized("NFC", one.text)
        assert not [sign for sign in one.text if unicodedata.category(sign) == "Cc" and sign != "\n"]
        assert one.text == one.text.strip()


def test_python_parses_and_sql_is_whole() -> None:
    for one in PASSAGES:
        if one.language == "python":
            ast.parse(one.text)
        if one.language == "sql":
            assert sqlite3.complete_statement(one.text)


def test_a_pack_has_a_fingerprint_of_sixteen_digits() -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", fingerprint("general"))
    assert fingerprint("general") != fingerprint("skills")


def test_reading_twice_gives_the_same_records() -> None:
    assert general_items(whole=True) is general_items(whole=True)
    assert skills() is skills()


def test_what_is_scored_is_the_beginning_of_each_passage() -> None:
    for scored, whole in zip(general_items(), general_items(whole=True), strict=True):
        assert whole.response.content.startswith(scored.response.content)
        assert len(scored.response.content.encode()) <= PASSAGE_BYTES
        assert len(scored.response.content.encode()) > 0.9 * PASSAGE_BYTES
