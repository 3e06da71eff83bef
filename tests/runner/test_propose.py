"""Tasks are proposed from the rows, and say why; what is asked for by name takes the rows that fit."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tunecheck.core import Item, Message, TaskSpec, ToolCall
from tunecheck.demo.data import generate
from tunecheck.errors import InputError
from tunecheck.runner.propose import plan_tasks, propose


def item(prompt: str, response: str, **metadata: str) -> Item:
    return Item(
        form="chat",
        prompt=(Message(role="user", content=prompt),),
        response=Message(role="assistant", content=response),
        metadata=tuple((name, json.dumps(value)) for name, value in metadata.items()),
    )


def rows(response: Callable[[int], str], n: int = 40) -> list[Item]:
    return [item(f"question {place}", response(place)) for place in range(n)]


@pytest.mark.parametrize(
    ("response", "task"),
    [
        (lambda n: ("yes", "no", "maybe")[n % 3], "classification"),
        (lambda n: json.dumps({"n": n}), "json"),
        (lambda n: f"Half of it is {n}.\n#### {n}", "number"),
        (lambda n: f"name {n}", "f1"),
        (lambda n: f"```python\nprint({n})\n```", None),
        (lambda n: f"It was on a day in the year {n} that all of this began, and nobody knew how it would end.", None),
    ],
)
def test_the_references_say_which_task_it_is(response: Callable[[int], str], task: str | None) -> None:
    assert [one.task for one in propose(rows(response))] == ([task] if task else [])


def test_calls_of_functions_are_their_own_task() -> None:
    called = [
        Item(
            form="chat",
            prompt=(Message(role="user", content=f"weather {n}"),),
            response=Message(
                role="assistant", content="", tool_calls=(ToolCall(name="look", arguments_json=f'{{"n": {n}}}'),)
            ),
        )
        for n in range(10)
    ]
    assert [one.task for one in propose(called)] == ["function_call"]


def test_a_long_prompt_that_asks_for_it_is_a_summary_and_a_question_about_it_is_not() -> None:
    text = "There was a fair in town and everybody came to see it. " * 8
    short = "Everybody came to the fair that was held in the town."
    assert [one.task for one in propose([item(f"Summarize: {text}{n}", f"{short} {n}") for n in range(20)])] == [
        "summarization"
    ]
    assert propose([item(f"{text} Who came {n}?", f"{short} {n}") for n in range(20)]) == ()


def test_the_demo_has_a_classification_a_summary_and_records() -> None:
    data = generate(n_train=8, n_validation=200, seed=42)
    assert {(one.task, one.category) for one in propose(data.validation)} == {
        ("classification", "task=desk"),
        ("summarization", "task=summary"),
        ("json", "task=order"),
    }


def planned(*tasks: TaskSpec, items: list[Item], n_items: int = 200) -> list[tuple[str, int]]:
    return [(one.title, len(one.items)) for one in plan_tasks(tasks, items, n_items, seed=1)]


MIXED = [
    *(item(f"sort {n}", "spam" if n % 2 else "ham", topic="mail") for n in range(30)),
    *(item(f"grade {n}", "good" if n % 2 else "bad", topic="school") for n in range(30)),
    *(item(f"tell {n}", f"a story about the number {n} and its long way home " * 3, topic="tale") for n in range(30)),
]


def test_a_task_by_name_takes_the_categories_that_fit_each_by_itself() -> None:
    assert planned(TaskSpec(name="classification"), items=MIXED) == [
        ("classification.topic=mail", 30),
        ("classification.topic=school", 30),
    ]


def test_where_names_the_rows() -> None:
    spec = TaskSpec(name="chrf", options={"where": "topic:tale"})
    assert planned(spec, items=MIXED, n_items=10) == [("chrf", 10)]
    with pytest.raises(InputError, match="no validation item has topic:sport") as raised:
        planned(TaskSpec(name="chrf", options={"where": "topic:sport"}), items=MIXED)
    assert "the columns are topic" in raised.value.hint


def test_a_task_that_fits_nowhere_takes_all_rows() -> None:
    assert planned(TaskSpec(name="chrf"), items=MIXED) == [("chrf", 90)]


def test_auto_takes_every_proposal_and_says_where_there_is_none() -> None:
    assert [title for title, _ in planned(TaskSpec(name="auto"), items=MIXED)] == [
        "classification.topic=mail",
        "classification.topic=school",
    ]
    with pytest.raises(InputError, match="found no task"):
        planned(TaskSpec(name="auto"), items=MIXED[60:])


def test_a_task_needs_prompts() -> None:
    bare = [Item(form="text", response=Message(role="text", content="a"))]
    with pytest.raises(InputError, match="needs prompts"):
        planned(TaskSpec(name="f1"), items=bare)
    assert plan_tasks((), bare, 5, seed=1) == ()
