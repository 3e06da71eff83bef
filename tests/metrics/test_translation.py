from __future__ import annotations

import random
import subprocess
import sys

import numpy as np
import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.core import Unscored
from tunecheck.errors import InputError
from tunecheck.metrics.metric import Case, PooledMetric
from tunecheck.metrics.translation import Bleu, BleuTokenizer, Chrf, Ter, bleu_tokenizer

SENTENCES = [
    "The cat sat on the mat, didn't it?",
    "A dog (brown) cost $3.50 in the U.S.!",
    "Die Katze saß auf der Matte.",
    "Кошка сидела на коврике.",
    "گربه روی فرش نشست.",
    "猫坐在垫子上，不是吗？",
    "ねこがマットの上にいた。",
    "แมวนั่งบนเสื่อ",
    "😀 🎉",
    "",
    "the the the the",
]


def corpus(seed: int, n_references: int) -> list[Case]:
    dice = random.Random(seed)

    def near(text: str) -> str:
        words = text.split()
        dice.shuffle(words)
        return " ".join(words[: dice.randrange(len(words) + 1)]) if dice.random() < 0.6 else dice.choice(SENTENCES)

    return [
        Case(prediction=near(text), references=(text, *(near(text) for _ in range(n_references - 1))))
        for text in SENTENCES * 4
    ]


def pooled(metric: PooledMetric, cases: list[Case]) -> float:
    return metric.pooled(np.sum([metric.totals(case) for case in cases], axis=0))


def streams(cases: list[Case]) -> tuple[list[str], list[list[str]]]:
    columns = list(zip(*(case.references for case in cases), strict=True))
    return [case.prediction for case in cases], [list(column) for column in columns]


@pytest.mark.parametrize("n_references", [1, 3])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_summed_totals_give_sacrebleus_corpus_scores(seed: int, n_references: int) -> None:
    cases = corpus(seed, n_references)
    predictions, references = streams(cases)
    tokenizers: tuple[BleuTokenizer, ...] = ("13a", "zh", "char", "intl")
    for tokenizer in tokenizers:
        expected = sacrebleu.corpus_bleu(predictions, references, tokenize=tokenizer, force=True).score
        assert pooled(Bleu(tokenizer=tokenizer), cases) == pytest.approx(expected, abs=1e-9)
    expected = sacrebleu.corpus_bleu(predictions, references, lowercase=True, force=True).score
    assert pooled(Bleu(ignore_case=True), cases) == pytest.approx(expected, abs=1e-9)
    for order in (0, 2):
        expected = sacrebleu.corpus_chrf(predictions, references, word_order=order).score
        assert pooled(Chrf(word_order=order), cases) == pytest.approx(expected, abs=1e-9)
    assert pooled(Ter(), cases) == pytest.approx(sacrebleu.corpus_ter(predictions, references).score, abs=1e-9)


def test_an_item_scores_as_sacrebleus_sentence() -> None:
    for case in corpus(4, 2):
        prediction, references = case.prediction, list(case.references)
        bleu = sacrebleu.sentence_bleu(prediction, references, use_effective_order=True).score
        assert Bleu().score(case)["bleu"] == pytest.approx(bleu, abs=1e-9)
        assert Chrf().score(case)["chrf"] == pytest.approx(sacrebleu.sentence_chrf(prediction, references).score)
        assert Ter().score(case)["ter"] == pytest.approx(sacrebleu.sentence_ter(prediction, references).score)


def test_bleu_of_a_sentence_worked_by_hand() -> None:
    # Of "the cat sat" all 1-, 2- and 3-grams stand in "the cat sat down", it has no 4-gram, and is a word too short.
    value = Bleu().score(Case(prediction="the cat sat", references=("the cat sat down",)))["bleu"]
    assert value == pytest.approx(100 * np.exp(1 - 4 / 3))


@pytest.mark.parametrize(
    ("texts", "tokenizer"),
    [
        (["The cat."], "13a"),
        (["猫坐在垫子上。", "GPT 很好"], "zh"),
        (["ねこがマットの上にいた。"], "char"),
        (["แมวนั่งบนเสื่อ"], "char"),
        (["고양이가 앉았다"], "13a"),
        (["The word 猫 means cat."], "13a"),
        (["", "123 😀"], "13a"),
        ([], "13a"),
    ],
)
def test_the_script_of_the_references_chooses_the_tokenizer(texts: list[str], tokenizer: str) -> None:
    assert bleu_tokenizer(texts) == tokenizer
    assert f"|tok:{tokenizer}|" in Bleu.for_references(texts).signature


def test_signatures_name_every_setting_and_the_version() -> None:
    version = f"version:{sacrebleu.__version__}"
    assert Bleu().signature == f"bleu|case:mixed|eff:no|item_eff:yes|tok:13a|smooth:exp|{version}"
    assert Chrf(word_order=2).signature == f"chrf|case:mixed|eff:yes|nc:6|nw:2|space:no|{version}"
    assert Ter().signature == f"ter|case:lc|tok:tercom|norm:no|punct:yes|asian:no|{version}"
    assert (Ter().lower_is_better, Bleu().lower_is_better) == (frozenset({"ter"}), frozenset())


def test_unknown_settings_are_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError) as refused:
        Bleu(tokenizer="mecab")  # type: ignore[arg-type]
    assert str(refused.value) == "BLEU has no tokenizer 'mecab'\nchoose one of: 13a, zh, char, intl, none"
    with pytest.raises(InputError, match="chrF has no word order 9"):
        Chrf(word_order=9)


def test_what_would_take_minutes_is_unscored_with_the_reason() -> None:
    many = Case(prediction="a b " * 500, references=("b a " * 500,))
    found = Ter().score(many)["ter"]
    assert found == Unscored(
        reason="1,000 words beside 1,000 are too many for TER, whose search for shifts would take too long"
    )
    with pytest.raises(ValueError, match="an item without a score has no totals"):
        Ter().totals(many)
    huge = Bleu().score(Case(prediction="x" * 1_000_001, references=("x",)))["bleu"]
    assert huge == Unscored(reason="a text of 1,000,001 characters; at most 1,000,000")


def test_a_rambling_reply_to_a_short_reference_still_has_a_ter() -> None:
    value = Ter().score(Case(prediction="x " * 400, references=("the cat sat",)))["ter"]
    assert value == pytest.approx(400 / 3 * 100)


@given(st.text(st.characters(), max_size=25), st.text(st.characters(), max_size=25))
@settings(max_examples=60, deadline=None)
def test_any_texts_score_within_bounds_and_equal_ones_best(prediction: str, reference: str) -> None:
    for metric in (Bleu(), Bleu(tokenizer="char"), Chrf(), Ter()):
        (value,) = metric.score(Case(prediction=prediction, references=(reference,))).values()
        assert isinstance(value, float)
        assert value >= 0
        assert metric.measures == ("ter",) or value <= 100 + 1e-9
    if prediction.split():
        assert Ter().score(Case(prediction=prediction, references=(prediction,))) == {"ter": 0.0}


def test_nothing_else_imports_sacrebleu() -> None:
    code = "import sys, tunecheck.metrics.registry as r; r.metric('f1', ['a']); print('sacrebleu' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
