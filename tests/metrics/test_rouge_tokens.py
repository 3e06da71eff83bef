"""Words of ROUGE: those of rouge_score for ASCII, and words in every script."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.stem.porter import PorterStemmer
from rouge_score import tokenize as peer

from tunecheck.metrics.rouge_tokens import suits, tokenize


def in_unicode(text: str) -> list[str]:
    (line,) = tokenize(text, tokenizer="unicode")
    return line


@pytest.mark.parametrize("stemmed", [False, True])
@given(text=st.text())
@settings(max_examples=150, deadline=None)
def test_compat_words_are_those_of_rouge_score(stemmed: bool, text: str) -> None:
    stemmer = PorterStemmer() if stemmed else None
    lines = tokenize(text, tokenizer="compat", stemmed=stemmed)
    assert lines == [peer.tokenize(line, stemmer) for line in text.split("\n")]


@given(st.text(st.characters(max_codepoint=127)), st.booleans())
def test_ascii_has_the_same_words_in_both(text: str, stemmed: bool) -> None:
    assert tokenize(text, tokenizer="unicode", stemmed=stemmed) == tokenize(text, tokenizer="compat", stemmed=stemmed)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("किताब पढ़ी", ["किताब", "पढ़ी"]),
        ("Déjà été, naïve!", ["déjà", "été", "naïve"]),
        ("De\u0301ja\u0300", ["déjà"]),
        ("q\u0323\u0307uz", ["q\u0323\u0307uz"]),
        ("می\u200cخواهم کتاب", ["میخواهم", "کتاب"]),
        ("Привет, мир", ["привет", "мир"]),
        ("كِتَابٌ جديد", ["كِتَابٌ", "جديد"]),
        ("한국어 문장", ["한국어", "문장"]),
        ("我们回家。", ["我", "们", "回", "家"]),
        ("東京タワーです", ["東", "京", "タ", "ワ", "ー", "で", "す"]),
        ("ﾊﾟﾝ", ["パ", "ン"]),
        ("ที่นี่", ["ที่", "นี่"]),
        ("GPT4很好", ["gpt4", "很", "好"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("snake_case", ["snake", "case"]),
        ("soft\u00adhyphen", ["softhyphen"]),
        ("½ ４２", ["1", "2", "42"]),
        ("❤\ufe0f 😀 \u0301", []),
        ("\ud800", []),
    ],
)  # fmt: skip
def test_every_script_has_words(text: str, words: list[str]) -> None:
    assert in_unicode(text) == words


def test_lines_are_kept_apart() -> None:
    assert tokenize("One two.\n\nThree\r\n", tokenizer="compat") == [["one", "two"], [], ["three"], []]
    assert tokenize("Один.\n二", tokenizer="unicode") == [["один"], ["二"]]


def test_only_ascii_words_are_stemmed() -> None:
    assert tokenize("running cafés бегущий its", tokenizer="unicode", stemmed=True) == [
        ["run", "cafés", "бегущий", "its"]
    ]


def test_ascii_references_alone_suit_compat() -> None:
    assert suits(["plain", "text"]) == "compat"
    assert suits(["plain", "naïve"]) == "unicode"
    assert suits([]) == "compat"


@given(st.text(st.characters(codec="utf-8")))
@settings(max_examples=200, deadline=None)
def test_a_word_is_cut_into_itself(text: str) -> None:
    for word in in_unicode(text.replace("\n", " ")):
        assert word
        assert "".join(in_unicode(word)) != ""


@pytest.mark.parametrize(
    "text", ["\u0300\u0316" * 400_000, "a" + "\u0316\u0300" * 400_000, "क" * 300_000, "\u200d" * 300_000]
)
def test_a_million_bytes_of_marks_are_cut_in_time(text: str) -> None:
    begin = time.process_time()
    in_unicode(text)
    # Sorting the marks without a limit takes minutes.
    assert time.process_time() - begin < 5
