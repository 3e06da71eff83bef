"""ROUGE: equal to rouge_score on random and real pairs, one for identical texts of every script, never an exception."""

from __future__ import annotations

import json
import random
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from tunecheck.core import Unscored
from tunecheck.errors import InputError
from tunecheck.metrics import rouge
from tunecheck.metrics.metric import Case, Metric
from tunecheck.metrics.rouge import MEASURES, Overlap, Rouge

VOCABULARY = "a b c the run running runs summary summaries happily 3 14 U.S. déjà ÉTÉ K Straße"
JOINTS = [" "] * 6 + ["\n", "\n\n", ", ", "-", " . ", "\r\n", "_", "\t", "’"]
TEXT = st.lists(st.sampled_from("abcd\n"), max_size=20).map(" ".join)
WORDED = TEXT.filter(lambda text: any(map(str.isalpha, text)))
SCRIPTS = {
    "Persian": "می‌خواهم کتاب تازه‌ای بخوانم",
    "Chinese": "我们今天一起去公园散步。",
    "Japanese": "東京タワーは高いです。",
    "Thai": "วันนี้อากาศดีมาก",
    "Hindi": "मैं आज एक किताब पढ़ रहा हूँ",
    "Russian": "Сегодня мы идём в парк.",
    "Arabic": "ذهبنا اليوم إلى الحديقة",
    "Korean": "오늘 우리는 공원에 갑니다",
    "French": "Déjà vu à l’école",
}


def f_of(metric: Rouge, prediction: str, *references: str) -> dict[str, float | Unscored]:
    return dict(metric.score(Case(prediction=prediction, references=references)))


def assert_same(metric: Rouge, peer: RougeScorer, prediction: str, references: list[str]) -> None:
    expected, found = peer.score_multi(references, prediction), metric.overlaps(prediction, references)
    for name in MEASURES:
        one, other = found[name], expected[name]
        if isinstance(one, Unscored):
            assert other.fmeasure == 0
            continue
        assert (one.precision, one.recall, one.f) == pytest.approx(
            (other.precision, other.recall, other.fmeasure), abs=1e-9
        ), (name, prediction, references)


def random_text(dice: random.Random, most: int) -> str:
    return "".join(dice.choice(VOCABULARY.split()) + dice.choice(JOINTS) for _ in range(dice.randrange(most)))


@pytest.mark.parametrize("stem", [False, True])
def test_random_pairs_are_scored_as_rouge_score_does(stem: bool) -> None:
    metric, peer, dice = (
        Rouge(tokenizer="compat", stem=stem),
        RougeScorer(list(MEASURES), use_stemmer=stem),
        random.Random(1),
    )
    for _ in range(1_550):
        assert_same(metric, peer, random_text(dice, 20), [random_text(dice, 20)])


@pytest.mark.parametrize("stem", [False, True])
def test_several_references_are_scored_as_rouge_score_does(stem: bool) -> None:
    metric, peer, dice = (
        Rouge(tokenizer="compat", stem=stem),
        RougeScorer(list(MEASURES), use_stemmer=stem),
        random.Random(2),
    )
    for _ in range(100):
        assert_same(metric, peer, random_text(dice, 20), [random_text(dice, 20) for _ in range(3)])


@pytest.mark.shared_data
def test_real_answers_are_scored_as_rouge_score_does(shared_data: Path) -> None:
    rows = json.loads((shared_data / "instruction" / "alpaca_en_demo.json").read_text("utf-8"))
    outputs = [row["output"] for row in rows if 0 < len(row["output"]) < 700][:100]
    for stem in (False, True):
        metric, peer = Rouge(tokenizer="compat", stem=stem), RougeScorer(list(MEASURES), use_stemmer=stem)
        for prediction, reference in pairwise(outputs):
            assert_same(metric, peer, prediction, [reference])


@pytest.mark.parametrize("script", SCRIPTS)
def test_identical_texts_of_every_script_score_exactly_one(script: str) -> None:
    text = SCRIPTS[script]
    metric = Rouge.for_references([text])
    assert f_of(metric, text, text) == dict.fromkeys(MEASURES, 1.0)
    assert "references are not all ASCII" in metric.signature


def test_words_that_differ_in_their_accents_are_different_words() -> None:
    assert f_of(Rouge(), "dàjé ité", "déjà été")["rouge1"] == 0.0


@given(WORDED)
def test_a_text_is_all_that_it_is(text: str) -> None:
    found = f_of(Rouge(), text, text)
    pairs = found.pop("rouge2")
    assert set(found.values()) == {1.0}
    assert pairs == float(sum(map(str.isalpha, text)) > 1)


@given(WORDED, WORDED)
@settings(max_examples=150, deadline=None)
def test_swapping_the_texts_swaps_precision_and_recall(left: str, right: str) -> None:
    one, other = Rouge().overlaps(left, [right]), Rouge().overlaps(right, [left])
    # ROUGE-Lsum asks which words of the reference are met, so it is not symmetric.
    for name in ("rouge1", "rouge2", "rougeL"):
        a, b = one[name], other[name]
        assert isinstance(a, Overlap)
        assert isinstance(b, Overlap)
        assert (a.precision, a.recall) == (b.recall, b.precision)
        assert a.f == pytest.approx(b.f, abs=1e-15)


@given(TEXT, st.lists(WORDED, min_size=1, max_size=3), WORDED)
@settings(max_examples=150, deadline=None)
def test_another_reference_never_lowers_the_best(prediction: str, references: list[str], another: str) -> None:
    before, after = f_of(Rouge(), prediction, *references), f_of(Rouge(), prediction, *references, another)
    for name in MEASURES:
        low, high = before[name], after[name]
        assert isinstance(low, float)
        assert isinstance(high, float)
        assert 0 <= low <= high <= 1


@given(st.text(), st.text())
@settings(max_examples=150, deadline=None)
def test_any_text_gets_a_value_between_zero_and_one_or_a_reason(prediction: str, reference: str) -> None:
    for value in f_of(Rouge.for_references([reference], stem=True), prediction, reference).values():
        assert isinstance(value, Unscored) or 0 <= value <= 1


def test_the_mean_of_several_references_is_the_mean_of_each() -> None:
    found = Rouge(several="mean").overlaps("a b", ["a b", "c d", "a x y z"])["rouge1"]
    assert isinstance(found, Overlap)
    assert (found.precision, found.recall, found.f) == pytest.approx((1.5 / 3, 1.25 / 3, (1 + 1 / 3) / 3))


def test_references_without_words_do_not_count() -> None:
    assert f_of(Rouge(several="mean"), "a b", "a b", "—", "") == dict.fromkeys(MEASURES, 1.0)


@pytest.mark.parametrize(
    ("references", "reason"),
    [
        ((), "there is no reference"),
        (("",), "the reference has no words (empty)"),
        (("你好",), "the reference has no words (the compat tokenizer removed everything)"),
        (("你好", " "), "the 2 references have no words (the compat tokenizer removed everything)"),
    ],
)
def test_without_words_in_a_reference_there_is_no_score(references: tuple[str, ...], reason: str) -> None:
    expected = dict.fromkeys(MEASURES, Unscored(reason=reason))
    assert f_of(Rouge(tokenizer="compat"), "hello", *references) == expected


def test_an_empty_prediction_scores_zero() -> None:
    assert f_of(Rouge(), "", "a reference") == dict.fromkeys(MEASURES, 0.0)


def test_the_signature_names_the_tokenizer_and_why() -> None:
    auto = Rouge.for_references(["plain", "text"], stem=True)
    assert auto.signature == "rouge tokenizer=compat (all references are ASCII) stem=yes multi=best"
    named = Rouge.for_references(["plain"], tokenizer="unicode", several="mean")
    assert named.signature == "rouge tokenizer=unicode stem=no multi=mean"


def test_an_unknown_setting_is_named_with_what_there_is() -> None:
    with pytest.raises(InputError) as raised:
        Rouge.for_references([], tokenizer="nltk")  # type: ignore[arg-type]
    assert str(raised.value) == "ROUGE has no tokenizer 'nltk'\nchoose one of: auto, compat, unicode"
    with pytest.raises(InputError, match="ROUGE has no several 'worst'"):
        Rouge(several="worst")  # type: ignore[arg-type]


def test_it_is_a_metric_whose_first_measure_is_rouge_l() -> None:
    metric: Metric = Rouge()
    assert metric.measures == tuple(f_of(Rouge(), "a", "a")) == ("rougeL", "rouge1", "rouge2", "rougeLsum")
    assert metric.lower_is_better == frozenset()


HOSTILE = {
    "words": "the quick brown fox " * 50_000,
    "lines": "a quick fox\n" * 80_000,
    "distinct lines": "\n".join(f"fox {n} the" for n in range(60_000)),
    "one word": "y" * 1_000_000,
    "brackets": "[" * 100_000 + "]" * 100_000,
    "emoji": "😀" * 250_000,
    "right to left": "שלום עולם " * 50_000,
    "control": "\x00\x01\u202e" * 200_000,
    "surrogates": "\ud800 fox " * 100_000,
    "ligatures": "\ufdfa" * 50_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_megabyte_of_anything_is_scored_in_time(kind: str) -> None:
    begin = time.process_time()
    found = f_of(Rouge(stem=True), HOSTILE[kind], "The quick brown fox\njumps over the lazy dog, שלום.")
    assert all(isinstance(value, float) and 0 <= value < 0.1 for value in found.values())
    assert time.process_time() - begin < 20


def test_two_texts_too_long_for_the_table_keep_the_other_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    left, right = "a b c d\n" * 300, "d c b a\n" * 300
    monkeypatch.setattr(rouge, "lcs_length", lambda *texts: None)
    monkeypatch.setattr(rouge, "union_lcs", lambda *texts: None)
    found = f_of(Rouge(), left, right)
    assert found["rouge1"] == 1.0
    reasons = [value.reason for value in found.values() if isinstance(value, Unscored)]
    assert reasons == [
        "the texts are too long for rougeL: 1,200 words against 1,200, and its table ends at 4,000,000,000 cells of "
        "words that both have",
        "the texts are too long for rougeLsum: 1,200 words against 1,200, and its table ends at 500,000,000 cells of "
        "words that both have",
    ]
