"""find_leaks: each kind of leak is found with the row it came from, and nothing is found where nothing leaks."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tunecheck import data
from tunecheck.core import Item, LeakReport
from tunecheck.data.leaks import find_leaks

RNG = random.Random(0)
VOCABULARY = [f"word{n}" for n in range(3000)]


def text(n_words: int) -> str:
    return " ".join(RNG.choice(VOCABULARY) for _ in range(n_words))


def items(*pairs: tuple[str, str]) -> tuple[Item, ...]:
    return data.load([{"prompt": prompt, "completion": completion} for prompt, completion in pairs]).items


TRAIN = [(text(30), text(30)) for _ in range(200)]


def found(*validation: tuple[str, str], train: list[tuple[str, str]] = TRAIN) -> list[tuple[str, str, str, float]]:
    report = find_leaks(items(*train), items(*validation))
    return [(leak.kind, leak.validation.source, leak.train.source, round(leak.similarity, 2)) for leak in report.leaks]


def test_new_text_leaks_nothing() -> None:
    assert found(*[(text(30), text(30)) for _ in range(50)]) == []


def test_the_same_row_in_other_case_and_layout_is_exact() -> None:
    prompt, response = TRAIN[7]
    assert found((prompt.upper(), response.replace(" ", "\n  ") + ".")) == [("exact", "row 1", "row 8", 1.0)]


def test_the_same_prompt_with_another_response_is_told_as_such() -> None:
    assert found((text(30), text(30)), (TRAIN[3][0], text(30))) == [("prompt", "row 2", "row 4", 1.0)]


def test_a_reworded_row_is_near() -> None:
    changed = TRAIN[5][1].split()
    changed[4] = "otherwise"
    ((kind, _, row, similarity),) = found((TRAIN[5][0] + " please", " ".join(changed)))
    assert (kind, row) == ("near", "row 6")
    assert 0.7 <= similarity < 1


def test_a_prompt_inside_a_longer_training_row_is_contained() -> None:
    question = text(30)
    train = [*TRAIN, (text(100) + " " + question + " " + text(100), text(20))]
    assert found((question, text(30)), train=train) == [("contained", "row 1", "row 201", 1.0)]


def test_the_same_long_response_to_another_prompt_is_told_and_does_not_count_as_leaked() -> None:
    validation = items((text(30), TRAIN[9][1]))
    report = find_leaks(items(*TRAIN), validation)
    assert [(leak.kind, leak.train.source) for leak in report.leaks] == [("response", "row 10")]
    assert report.leaked_ids == frozenset()


def test_short_answers_and_stock_phrases_are_no_leak() -> None:
    sorry = "I am sorry that I cannot help you with this"
    train = [(text(30), answer) for answer in ("yes", sorry) for _ in range(300)]
    assert found((text(30), "yes"), (text(30), sorry), train=train) == []


def test_rows_of_one_template_are_no_copies_of_each_other() -> None:
    template = "decide with care whether the review below praises or blames the film that it speaks of and why so "
    train = [(template + text(12), "praise") for _ in range(400)]
    assert found(*[(template + text(12), "praise") for _ in range(40)], train=train) == []
    assert [leak[0] for leak in found((train[11][0] + " indeed", "praise"), train=train)] == ["near"]


def test_one_prompt_that_all_rows_share_is_a_template() -> None:
    train = [("write a story", text(60)) for _ in range(300)]
    assert found(*[("write a story", text(60)) for _ in range(30)], train=train) == []


def test_copies_inside_the_training_set_are_counted() -> None:
    report: LeakReport = find_leaks(items(*TRAIN, TRAIN[0], TRAIN[0], TRAIN[1]), items((text(30), text(30))))
    assert report.n_train_copies == 3


@pytest.mark.parametrize("rows", [[("", "a")], [("...", "!?")], [("a", "b")]])
def test_rows_with_next_to_no_words(rows: list[tuple[str, str]]) -> None:
    assert [leak[0] for leak in found(*rows, train=rows)] == ["exact"]


def test_tokenised_rows_are_compared_by_their_tokens() -> None:
    rows = [{"input_ids": [RNG.randrange(1000) for _ in range(40)]} for _ in range(20)]
    train, validation = data.load(rows), data.load([rows[4], {"input_ids": [RNG.randrange(1000) for _ in range(40)]}])
    report = find_leaks(train.items, validation.items)
    assert [(leak.kind, leak.train.source) for leak in report.leaks] == [("exact", "row 5")]


@pytest.mark.shared_data
def test_a_random_split_of_conversations_with_few_first_turns_leaks(shared_data: Path) -> None:
    rows = list(data.load(shared_data / "instruction" / "sharegpt_500.json").items)
    random.Random(0).shuffle(rows)
    report = find_leaks(rows[50:], rows[:50])
    assert len(report.leaked_ids) > 25


def test_a_long_system_prompt_of_all_rows_is_no_likeness_and_hides_none() -> None:
    system = text(400)

    def chat(asked: str, answer: str, said: str = system) -> dict[str, object]:
        turns = (("system", said), ("user", asked), ("assistant", answer))
        return {"messages": [{"role": role, "content": content} for role, content in turns]}

    rows = [chat(text(12), text(20)) for _ in range(150)]
    asked, answer = (message["content"] for message in rows[3]["messages"][1:])  # type: ignore[index]
    again = chat(asked.upper(), answer + "!", system.title())
    near = chat(rows[4]["messages"][1]["content"] + " please", rows[4]["messages"][2]["content"])  # type: ignore[index]
    validation = [again, near, *(chat(text(12), text(20)) for _ in range(20))]
    report = find_leaks(data.load(rows).items, data.load(validation).items)
    assert [(leak.kind, leak.train.source) for leak in report.leaks] == [("exact", "row 4"), ("near", "row 5")]
