"""Labels read from replies: a table worked by hand in many languages, and any text without an error or a delay."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.core import Reading
from tunecheck.errors import InputError
from tunecheck.metrics.label_text import answer_part, fold
from tunecheck.metrics.labels import LabelReader

TWO, TONE = ["positive", "negative"], ["positive", "negative", "neutral"]
SPAM, YES_NO, ABCD = ["spam", "not spam"], ["yes", "no"], list("ABCD")
FIVE, TEN = list("12345"), [str(number) for number in range(1, 11)]
NLI, NEWS = ["entailment", "neutral", "contradiction"], ["World", "Sports", "Business", "Sci/Tech"]
MOOD, TOPICS = ["joy", "sadness", "anger", "fear", "love", "surprise"], ["sports", "politics", "art"]

# The labels of the task, a reply, and its label or the outcome without one.
CASES: list[tuple[list[str], str, str]] = [
    (TWO, "positive", "positive"),
    (TWO, " Positive. ", "positive"),
    (TWO, "**NEGATIVE**", "negative"),
    (TWO, '"negative"', "negative"),
    (TWO, "ｐｏｓｉｔｉｖｅ", "positive"),
    (TWO, "<think>It is positive, no, negative</think>\npositive", "positive"),
    (TWO, "<think>positive", "unparsed"),
    (TWO, "it looks negative</think>positive", "positive"),
    (TWO, "◁think▷negative◁/think▷ positive", "positive"),
    (TWO, "<thinking>negative</thinking><answer>positive</answer>", "positive"),
    (TWO, '{"label": "negative"}', "negative"),
    (TWO, '{"sentiment": "Positive", "reason": "not negative"}', "positive"),
    (TWO, 'Sure!\n```json\n{"prediction": {"class": "negative"}}\n```\nHope this helps; positive vibes.', "negative"),
    (TWO, '[{"label": "positive", "score": 0.98}]', "positive"),
    (TWO, '{"label": null}', "abstained"),
    (FIVE, '{"rating": 4}', "4"),
    (FIVE, '{"rating": 4.0}', "4"),
    (TWO, "{'label': 'negative'}", "negative"),
    (TWO, 'Result: {"label": "negative"} because it is not positive', "negative"),
    (TWO, '{"label": ["positive", "negative"]}', "ambiguous"),
    (TWO, '{"answer": "The sentiment is negative."}', "negative"),
    (TWO, "Positive\n\nSome would say negative, but the ending is warm.", "positive"),
    (TWO, "The review has positive and negative words.\n\n**Negative**", "negative"),
    (TWO, "The sentiment of this review is positive.", "positive"),
    (TWO, "Sentiment: negative (although some positive remarks)", "negative"),
    (TWO, "Options: positive, negative. Answer: negative", "negative"),
    (TWO, "Answer: positive. Wait, there is sarcasm. Answer: negative", "negative"),
    (ABCD, "The answer is $\\boxed{C}$.", "C"),
    (ABCD, "While A is tempting, B is the correct answer.", "B"),
    (TWO, "Although the start is negative, I would classify this as positive.", "positive"),
    (SPAM, "This is not spam.", "not spam"),
    (SPAM, "not_spam", "not spam"),
    (SPAM, "This message isn't spam", "not spam"),
    (SPAM, "Spam", "spam"),
    (SPAM, "I think it's spam, as it asks for money.", "spam"),
    (["toxic", "non-toxic"], "The comment is non-toxic", "non-toxic"),
    (["toxic", "safe"], "It isn't toxic", "safe"),
    (["toxic", "safe"], "It is non-toxic", "safe"),
    (TWO, "It is not positive but negative", "negative"),
    (TWO, "positive rather than negative", "positive"),
    (TWO, "There is no doubt it is positive", "positive"),
    (TWO, "No, it is positive", "positive"),
    (TWO, "neither positive nor negative", "unparsed"),
    (TONE, "not positive", "unparsed"),
    (TWO, "positive is not right", "negative"),
    (TONE, "It is neither positive nor negative, so neutral", "neutral"),
    (TWO, "It is both positive and negative", "ambiguous"),
    (TWO, "positive/negative", "ambiguous"),
    (TWO, "Answer: positive or negative", "ambiguous"),
    (TWO, "I cannot determine whether it is positive", "abstained"),
    (TWO, "As an AI, I can't help with that.", "abstained"),
    (TWO, "Unable to determine.", "abstained"),
    (TWO, "I'm not sure, but probably negative", "negative"),
    (TWO, "None of the above", "abstained"),
    (["A", "B", "none of the above"], "None of the above.", "none of the above"),
    (TWO, "unknown", "abstained"),
    (["known", "unknown"], "unknown", "unknown"),
    (TWO, "N/A", "abstained"),
    (TWO, "", "unparsed"),
    (TWO, "🙂🙂", "unparsed"),
    (TWO, "I like trains", "unparsed"),
    (TWO, "positively charming", "unparsed"),
    (ABCD, "A", "A"),
    (ABCD, "(B)", "B"),
    (ABCD, "C.", "C"),
    (ABCD, "d", "D"),
    (ABCD, "Answer: A", "A"),
    (ABCD, "answer: b", "B"),
    (ABCD, "A good question! I would go with C", "C"),
    (ABCD, "A film like this is hard to judge", "unparsed"),
    (ABCD, "B. Paris", "B"),
    (ABCD, "The correct option is D because A is wrong", "D"),
    (ABCD, "A) cat B) dog C) cow", "ambiguous"),
    (ABCD, "Option A", "A"),
    (ABCD, "It's B", "B"),
    (["I", "II", "III"], "I think it is II.", "II"),
    (TEN, "10", "10"),
    (TEN, "I'd give it 10 stars", "10"),
    (FIVE, "4/5", "4"),
    (FIVE, "4 out of 5", "4"),
    (FIVE, "Rating: 3", "3"),
    (FIVE, "3.5", "unparsed"),
    (["-1", "0", "1"], "-1", "-1"),
    (["0", "1"], "Label: 1", "1"),
    (["0", "1"], "-1", "unparsed"),
    (["C", "C++", "C#"], "It is written in C++.", "C++"),
    (["C", "C++", "C#"], "C#", "C#"),
    (["C", "C++", "C#"], "The language is C.", "C"),
    (["us", "US"], "US", "US"),
    (["us", "US"], "The label is us", "us"),
    (["us", "US"], "Us", "ambiguous"),
    (["science", "science fiction"], "This is science fiction", "science fiction"),
    (["World", "Sci/Tech"], "Sci/Tech", "Sci/Tech"),
    (["World", "Sci/Tech"], "I'd say Sci/Tech.", "Sci/Tech"),
    (["正面", "负面"], "正面", "正面"),
    (["正面", "负面"], "这条评论的情感是负面的。", "负面"),
    (["正面", "负面"], "这不是正面的", "负面"),
    (["满意", "不满意"], "客户不满意", "不满意"),
    (ABCD, "答案是C。", "C"),
    (["正面", "负面"], "无法判断", "abstained"),
    (["ポジティブ", "ネガティブ"], "感情はポジティブです", "ポジティブ"),
    (["ポジティブ", "ネガティブ"], "ポジティブではありません", "ネガティブ"),
    (["긍정", "부정"], "정답은 긍정입니다", "긍정"),
    (["긍정", "부정"], "긍정이 아닙니다", "부정"),
    (["إيجابي", "سلبي"], "التصنيف: إيجابي", "إيجابي"),
    (["إيجابي", "سلبي"], "هذا تعليق سلبي جدا", "سلبي"),
    (["إيجابي", "سلبي"], "ليس إيجابيا", "سلبي"),
    (["إيجابي", "سلبي"], "النص غير إيجابي", "سلبي"),
    (["सकारात्मक", "नकारात्मक"], "यह सकारात्मक है", "सकारात्मक"),
    (["सकारात्मक", "नकारात्मक"], "यह सकारात्मक नहीं है", "नकारात्मक"),
    (["บวก", "ลบ"], "ความรู้สึกเป็นบวก", "บวก"),
    (["позитивный", "негативный"], "Ответ: негативный", "негативный"),
    (["позитивный", "негативный"], "Отзыв не позитивный", "негативный"),
    (["positivo", "negativo"], "El sentimiento es negativo", "negativo"),
    (["positiv", "negativ"], "Das ist nicht positiv", "negativ"),
    (["positif", "négatif"], "Ce n'est pas positif", "négatif"),
    (["olumlu", "olumsuz"], "OLUMSUZ", "olumsuz"),
    (["חיובי", "שלילי"], "הטקסט חיובי", "חיובי"),
    (YES_NO, "Yes, it does.", "yes"),
    (YES_NO, "No", "no"),
    (YES_NO, "No, this is not the case", "no"),
    (["👍", "👎"], "👎🏽", "👎"),
    (["*", "**"], "**", "**"),
    (["Groß", "klein"], "GROSS", "Groß"),
    (NLI, "The premise does not entail the hypothesis; it's a contradiction.", "contradiction"),
    (NLI, "Label: Entailment", "entailment"),
    (YES_NO, "Yes", "yes"),
    (TWO, "Positive. Nothing hints at a negative view.", "positive"),
    (TWO, "Positive. Wait, actually negative.", "ambiguous"),
    (NEWS, "This article belongs to the Business category.", "Business"),
    (NEWS, "Category: Sports\nExplanation: although it mentions the World Cup, it is about football.", "Sports"),
    (NEWS, "The World Cup final was covered, so Sports.", "ambiguous"),
    (NEWS, "I would label this article as **Sci/Tech** since it discusses business software.", "Sci/Tech"),
    (MOOD, "The emotion expressed in this text is anger, with hints of sadness.", "anger"),
    (MOOD, "The emotion is a mix of joy and love.", "ambiguous"),
    (MOOD, "I love this question! The primary emotion here is fear.", "fear"),
    (MOOD, "joy!", "joy"),
    (MOOD, "The text doesn't express joy; it expresses sadness.", "sadness"),
    (TONE, "The sentiment of the given text can be classified as neutral.", "neutral"),
    (TONE, "Overall, I'd say the review leans negative.", "negative"),
    (TONE, "Sentiment analysis result: **Positive** 😊", "positive"),
    (TONE, "Based on the text, the sentiment is mixed, with positive and negative elements.", "ambiguous"),
    (TONE, "The sentiment is clearly not neutral: it's strongly positive.", "positive"),
    (TONE, "I'm sorry, but I can't assist with that request.", "abstained"),
    (TONE, "The sentiment expressed is predominantly positive, although the waiter was rude.", "positive"),
    (YES_NO, "Yes. There is no evidence against it.", "yes"),
    (YES_NO, "The answer is no because there is no proof.", "no"),
    (YES_NO, "The passage says so, so yes.", "yes"),
    (YES_NO, "It's hard to say yes or no.", "ambiguous"),
    (ABCD, "The best answer is (C) because option A is too narrow.", "C"),
    (ABCD, "Let's eliminate: A is wrong, B is wrong, D is wrong. So C.", "C"),
    (ABCD, "**Answer:** D", "D"),
    (ABCD, "**Answer: D) The mitochondria**", "D"),
    (ABCD, "I choose B.", "B"),
    (ABCD, "The correct answer is A. A is supported by the passage, whereas B is not.", "A"),
    (ABCD, "A and C are both plausible.", "ambiguous"),
    (ABCD, "Therefore the final answer is:\n\nC", "C"),
    (NLI, "Entailment. The hypothesis follows, so there is no contradiction.", "entailment"),
    (NLI, "The relationship between the premise and hypothesis is contradiction.", "contradiction"),
    (NLI, "The premise neither confirms nor denies the hypothesis: neutral", "neutral"),
    (SPAM, "Yes, this is spam.", "spam"),
    (SPAM, "This is definitely not a spam message", "not spam"),
    (SPAM, "Classification: Not Spam (ham)", "not spam"),
    (SPAM, "This does not look like spam to me.", "not spam"),
    (SPAM, "The message is spam, not a legitimate email.", "spam"),
    (FIVE, "I would rate this review 2 stars out of 5.", "2"),
    (FIVE, "★★★☆☆ 3 stars", "3"),
    (FIVE, "Rating: 5/5. There were 2 waiters and 3 courses.", "5"),
    (TEN, "Score: 7/10", "7"),
    (["billing", "technical support", "sales"], "Intent: technical_support", "technical support"),
    (["card_arrival", "card_linking", "lost_or_stolen_card"], "lost or stolen card", "lost_or_stolen_card"),
    (["card_arrival", "card_linking", "lost_or_stolen_card"], 'The intent is "card_arrival".', "card_arrival"),
    (["positivo", "negativo", "neutro"], "A análise de sentimento indica que o texto é negativo.", "negativo"),
    (["positiv", "negativ", "neutral"], "Antwort: Das Sentiment ist eher negativ.", "negativ"),
    (["positif", "négatif"], "Le sentiment exprimé est NÉGATIF.", "négatif"),
    (["正", "负"], "正", "正"),
    (["积极", "消极", "中性"], "该评论的情感倾向为消极,而不是积极。", "消极"),
    (["积极", "消极", "中性"], "情感:中性", "中性"),
    (["положительный", "отрицательный"], "Тональность отзыва: **отрицательный**.", "отрицательный"),
    (["긍정", "부정", "중립"], "이 문장은 부정적인 감정을 나타냅니다.", "부정"),
    (["هجومي", "عادي"], "هذا النص عادي وليس هجومي", "عادي"),
    (["True", "False"], "True or False? False.", "ambiguous"),
    (["True", "False"], "The statement is false.", "False"),
    (["true", "false", "not enough info"], "There is not enough info to verify.", "not enough info"),
    (["supports", "refutes"], "The evidence refutes the claim", "refutes"),
]

# Several labels may be right at once.
SETS: list[tuple[list[str], str, tuple[str, ...] | None]] = [
    (TOPICS, "sports, art", ("sports", "art")),
    (TOPICS, "1. Art\n2. Sports", ("sports", "art")),
    (TOPICS, '{"labels": ["art"]}', ("art",)),
    (TOPICS, '["art", "sports", "trains"]', ("sports", "art")),
    (TOPICS, '{"labels": []}', ()),
    (TOPICS, "[]", ()),
    (TOPICS, "None.", ()),
    (TOPICS, "Labels: sports and politics. It isn't art.", ("sports", "politics")),
    (TOPICS, "It is about sports, but not about art.", ("sports",)),
    (TOPICS, "Topics:\n- sports\n- politics", ("sports", "politics")),
    (TOPICS, "I like trains", None),
    (["a", "b", "c"], "b; c", ("b", "c")),
    (["体育", "政治"], "体育、政治", ("体育", "政治")),
]

METHODS = [
    ('{"label": "positive"}', "json field 'label'"),
    ('{"of the review": "positive"}', "json values"),
    ("Positive!", "exact"),
    ("Positive\nbecause of the tone", "first line"),
    ("Because of the tone:\nPositive", "last line"),
    ("Sentiment: positive, I think", "cue"),
    ("Positive. The negative parts are few.", "leading label"),
    ("it looks positive to me", "mention"),
    ("this is not negative", "the other label"),
    ("", "empty"),
    ("<think>positive", "thinking never ended"),
    ("trains", "no label"),
    ("neither positive nor negative", "only denied labels"),
    ("positive and negative", "several labels"),
    ("I cannot tell", "declined"),
]

# Each about 200,000 characters, and each the worst for some step.
HOSTILE = {
    "brackets": "[" * 200_000,
    "nested objects": '{"label":' * 20_000,
    "marks": "a" + "\u0301\u0316" * 100_000,
    "surrogates": "\ud800" * 200_000,
    "nul": "\0" * 200_000,
    "emoji": "😀" * 200_000,
    "right to left": "\u202eabc" * 50_000,
    "fences": "```\n" * 50_000,
    "thinking": "<think>" * 28_000,
    "joints": "_-" * 100_000,
    "dots": "." * 200_000,
    "one word": "x" * 200_000,
    "labels": "not spam " * 22_000,
    "denials": "no " * 66_000,
    "cues": "the answer is clearly " * 9_000,
    "spaceless cues": "答案是" * 66_000,
    "verbs": "choose " * 28_000,
    "lists": "answer: spam, " * 14_000,
    "declined": "I can't " * 25_000,
    "bullets": "- > " * 50_000,
    "tags": "<b " * 66_000,
    "digits": '{"label": ' + "1" * 200_000 + "}",
}


def said(reading: Reading) -> str:
    return reading.label if reading.label is not None else reading.outcome


@pytest.mark.parametrize(("labels", "reply", "expected"), CASES)
def test_a_reply_is_read_as_a_person_reads_it(labels: list[str], reply: str, expected: str) -> None:
    assert said(LabelReader(labels).read(reply)) == expected


def test_a_label_sought_in_the_text_is_right_far_less_often() -> None:
    def naive(labels: list[str], reply: str) -> str:
        return next((label for label in labels if label.casefold() in reply.casefold()), "unparsed")

    right = sum(naive(labels, reply) == expected for labels, reply, expected in CASES)
    assert right / len(CASES) < 0.6


@pytest.mark.parametrize(("labels", "reply", "expected"), SETS)
def test_several_labels_are_read_at_once(labels: list[str], reply: str, expected: tuple[str, ...] | None) -> None:
    reading = LabelReader(labels, multi=True).read(reply)
    assert (reading.labels if reading.outcome == "label" else None) == expected
    assert reading.label is None


@pytest.mark.parametrize(("reply", "method"), METHODS)
def test_a_reading_names_the_step_that_decided(reply: str, method: str) -> None:
    assert LabelReader(TWO).read(reply).method == method


def test_aliases_are_read_as_their_label() -> None:
    reader = LabelReader(TWO, aliases={"pos": "positive", "👎": "negative"})
    assert [said(reader.read(reply)) for reply in ("POS", "Label: pos", "👎👎", "posh")] == [
        "positive",
        "positive",
        "negative",
        "unparsed",
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_long_hostile_reply_is_read_in_time(name: str) -> None:
    begun = time.process_time()
    reading = LabelReader([*SPAM, "1", "no"]).read(HOSTILE[name])
    assert reading.outcome in ("label", "unparsed", "ambiguous", "abstained")
    # Linear steps take up to two seconds on a slow machine; quadratic ones take minutes.
    assert time.process_time() - begun < 10


@given(st.text(st.characters(codec=None)), st.lists(st.text(min_size=1), min_size=1, max_size=5, unique=True))
@settings(max_examples=25, deadline=None)
def test_any_text_is_read_without_an_error(text: str, labels: list[str]) -> None:
    for multi in (False, True):
        reading = LabelReader(labels=[f"{label}." for label in labels], multi=multi).read(text)
        assert (reading.outcome == "label") or (reading.label is None and reading.labels == ())


@given(st.lists(st.text(st.characters(codec=None), min_size=1), min_size=1, max_size=5))
@settings(max_examples=25, deadline=None)
def test_a_label_that_is_the_whole_reply_is_read_as_itself(labels: list[str]) -> None:
    labels = list(dict.fromkeys(f"x{label.strip()}x" for label in labels))
    for label in labels:
        assert LabelReader(labels).read(label).label == label


@given(st.sampled_from([case for case in CASES if case[2] in case[0]]), st.text(st.characters(categories=["Zs", "Cc"])))
@settings(max_examples=25, deadline=None)
def test_blanks_around_a_reply_do_not_matter(case: tuple[list[str], str, str], blanks: str) -> None:
    labels, reply, expected = case
    assert said(LabelReader(labels).read(f"{blanks}{reply}{blanks}")) == expected


def test_thinking_ends_where_its_mark_says() -> None:
    assert answer_part("a<think>b</think>c<think>d</think>e") == "ace"
    assert answer_part("in the middle of a thought</think>yes") == "yes"
    assert answer_part("<|begin_of_thought|>a<|end_of_thought|>b") == "b"
    assert answer_part("yes<think>or no") is None


def test_texts_that_look_alike_fold_to_one() -> None:
    assert fold("**Ｎｏｔ＿Spam**") == fold("not-spam").replace("not spam", "Not Spam") == "Not Spam"
    assert fold("<b>it’s</b>\u200b \u202a“x”") == 'it\'s "x"'
    assert fold("# a\r\n> - b") == "a\nb"
    assert fold("`a*`", kept="*") == "a*"


@pytest.mark.parametrize(
    ("labels", "aliases", "message"),
    [
        ([], {}, "a classification task needs labels, but none were given\nname them: --labels a,b"),
        (["a", " "], {}, "label 2 of 2 is empty\ngive every label a name, or leave it out"),
        (["a", "b", "a"], {}, "label 'a' is given twice\ngive every label once"),
        (["a"], {"x": "c"}, "alias 'x' stands for 'c', which is no label\nlabels are 'a'"),
        (["a", "b"], {"a": "b"}, "alias 'a' of 'b' is empty or a label itself\nchoose another alias"),
    ],
)
def test_labels_that_cannot_be_told_apart_are_refused(labels: list[str], aliases: dict[str, str], message: str) -> None:
    with pytest.raises(InputError) as caught:
        LabelReader(labels, aliases=aliases)
    assert str(caught.value) == message
