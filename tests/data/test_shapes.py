"""Each shape of row becomes the item that it stands for."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tunecheck import data
from tunecheck.core import Item, Message, ToolCall


def item_of(row: Mapping[str, object], shape: str = "auto") -> Item:
    return data.load([row], shape=shape).items[0]


def turns(*pairs: tuple[str, str]) -> tuple[Message, ...]:
    return tuple(Message(role=role, content=content) for role, content in pairs)


def test_alpaca_puts_the_input_on_the_line_after_the_instruction() -> None:
    item = item_of({"instruction": "Add", "input": "1 2", "output": "3", "system": "Be brief", "history": [["q", "a"]]})
    assert item.form == "chat"
    assert item.prompt == turns(("system", "Be brief"), ("user", "q"), ("assistant", "a"), ("user", "Add\n1 2"))
    assert item.response == Message(role="assistant", content="3")


@pytest.mark.parametrize("row", [{"input": ""}, {"input": None}, {}])
def test_alpaca_without_an_input_is_the_instruction_alone(row: dict[str, object]) -> None:
    assert item_of({"instruction": "Add", "output": "3", **row}).prompt == turns(("user", "Add"))


@pytest.mark.parametrize("speaker", ["gpt", "chatgpt", "bing", "bard", "assistant", "model", "GPT"])
def test_sharegpt_knows_every_name_of_the_assistant(speaker: str) -> None:
    conversation = [{"from": "human", "value": "hi"}, {"from": speaker, "value": "hello"}]
    data_set = data.load([{"conversations": conversation, "system": "Be kind"}])
    assert data_set.shape == "sharegpt"
    assert data_set.items[0].prompt == turns(("system", "Be kind"), ("user", "hi"))
    assert data_set.items[0].response == Message(role="assistant", content="hello")


def test_sharegpt_function_calls_become_tool_calls_and_observations_tool_messages() -> None:
    item = item_of(
        {
            "conversation": [
                {"from": "human", "value": "weather?"},
                {"from": "function_call", "value": '{"name": "weather", "arguments": {"city": "Köln", "at": null}}'},
                {"from": "observation", "value": "rain"},
                {"from": "gpt", "value": "It rains."},
                {"from": "human", "value": "thanks"},
            ],
            "tools": '[{"name": "weather"}]',
        }
    )
    call = ToolCall(name="weather", arguments_json='{"city":"Köln","at":null}')
    assert item.prompt[1] == Message(role="assistant", content="", tool_calls=(call,))
    assert item.prompt[2] == Message(role="tool", content="rain")
    assert item.response.content == "It rains."
    assert item.tools_json == '[{"name":"weather"}]'


def test_messages_take_parts_tool_calls_names_and_other_role_names() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
    item = item_of(
        {
            "messages": [
                {"role": "developer", "content": "rules"},
                {
                    "role": "user",
                    "name": "ann",
                    "content": [{"type": "text", "text": "a"}, {"type": "text", "value": "b"}],
                },
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "function", "name": "f", "content": {"y": 2}},
                {"role": "assistant", "content": None, "tool_calls": [call]},
            ],
            "tools": [{"type": "function"}],
        }
    )
    assert item.prompt[:2] == (
        Message(role="system", content="rules"),
        Message(role="user", content="ab", name="ann"),
    )
    assert item.prompt[3] == Message(role="tool", content='{"y":2}', name="f")
    assert item.response.tool_calls == (ToolCall(name="f", arguments_json='{"x":1}', id="c1"),)
    assert item.tools_json == '[{"type":"function"}]'


@pytest.mark.parametrize("key", ["weight", "loss_weight"])
def test_the_reference_is_the_last_assistant_message_that_was_learned_from(key: str) -> None:
    item = item_of(
        {
            "messages": [
                {"role": "user", "content": "a"},
                {"role": "assistant", "content": "b", key: 1},
                {"role": "user", "content": "c"},
                {"role": "assistant", "content": "d", key: 0},
            ]
        }
    )
    assert item.response.content == "b"
    assert item.prompt == turns(("user", "a"))


PAIRS = [
    ("prompt", "completion"),
    ("prompt", "response"),
    ("prompt", "answer"),
    ("question", "answer"),
    ("query", "response"),
    ("input", "output"),
    ("INSTRUCTION", "RESPONSE"),
    ("source", "target"),
    ("text", "summary"),
    ("document", "summary"),
    ("article", "highlights"),
]


@pytest.mark.parametrize(("prompt", "response"), PAIRS)
def test_every_spelling_of_a_pair_is_a_completion(prompt: str, response: str) -> None:
    data_set = data.load([{"kind": "x", prompt: "P", response: "R"}])
    item = data_set.items[0]
    assert (data_set.shape, item.form) == ("prompt_completion", "completion")
    assert item.prompt == turns(("user", "P"))
    assert item.response == Message(role="assistant", content="R")
    assert item.metadata == (("kind", '"x"'),)


def test_a_context_comes_before_the_question_and_after_the_instruction() -> None:
    assert item_of({"context": "C", "question": "Q", "answer": "A"}).prompt == turns(("user", "C\nQ"))
    assert item_of({"context": "C", "instruction": "I", "response": "R"}).prompt == turns(("user", "I\nC"))


def test_pairs_of_message_lists_are_chats() -> None:
    item = item_of(
        {"prompt": [{"role": "user", "content": "P"}], "completion": [{"role": "assistant", "content": "R"}]}
    )
    assert (item.form, item.prompt, item.response.content) == ("chat", turns(("user", "P")), "R")


def test_pairs_with_a_system_column_are_chats() -> None:
    item = item_of({"system_prompt": "S", "question": "Q", "response": "R"})
    assert (item.form, item.prompt) == ("chat", turns(("system", "S"), ("user", "Q")))


def test_a_number_as_an_answer_is_its_digits() -> None:
    assert item_of({"question": "6 * 7", "answer": 42}).response.content == "42"


@pytest.mark.parametrize("row", [{"text": "T"}, {"content": "T"}])
def test_a_text_is_a_response_without_a_prompt(row: dict[str, object]) -> None:
    item = item_of(row)
    assert (item.form, item.prompt, item.response) == ("text", (), Message(role="text", content="T"))
    assert item.id == data.texts(["T"]).items[0].id


def test_tokens_learn_where_labels_say_and_padding_is_dropped() -> None:
    item = item_of({"input_ids": [0, 5, 6, 7], "labels": [-100, -100, 6, 7], "attention_mask": [0, 1, 1, 1]})
    assert (item.form, item.response) == ("tokens", Message(role="text", content=""))
    assert (item.token_ids, item.learned) == ((5, 6, 7), (False, True, True))


def test_tokens_without_labels_are_all_learned() -> None:
    assert item_of({"input_ids": [5, 6]}).learned == (True, True)


def test_tokens_without_labels_follow_the_completion_mask() -> None:
    assert item_of({"input_ids": [5, 6], "completion_mask": [0, 1]}).learned == (False, True)


PREFERENCES: list[tuple[dict[str, object], str, tuple[Message, ...]]] = [
    ({"prompt": "P", "chosen": "C", "rejected": "R"}, "completion", turns(("user", "P"))),
    ({"instruction": "I", "input": "J", "chosen": "C", "rejected": "R"}, "chat", turns(("user", "I\nJ"))),
    (
        {
            "conversations": [{"from": "human", "value": "P"}],
            "chosen": {"from": "gpt", "value": "C"},
            "rejected": {"from": "gpt", "value": "R"},
        },
        "chat",
        turns(("user", "P")),
    ),
    (
        {
            "prompt": "P",
            "chosen": [{"role": "user", "content": "P"}, {"role": "assistant", "content": "C"}],
            "rejected": [{"role": "user", "content": "P"}, {"role": "assistant", "content": "R"}],
        },
        "chat",
        turns(("user", "P")),
    ),
    (
        {
            "prompt": [{"role": "user", "content": "P"}],
            "chosen": [{"role": "assistant", "content": "C"}],
            "rejected": [{"role": "assistant", "content": "R"}],
        },
        "chat",
        turns(("user", "P")),
    ),
    (
        {
            "input": {"messages": [{"role": "user", "content": "P"}]},
            "preferred_output": [{"role": "assistant", "content": "C"}],
            "non_preferred_output": [{"role": "assistant", "content": "R"}],
        },
        "chat",
        turns(("user", "P")),
    ),
]


@pytest.mark.parametrize(("row", "form", "prompt"), PREFERENCES)
def test_the_chosen_response_of_a_preference_pair_is_the_reference(
    row: dict[str, object], form: str, prompt: tuple[Message, ...]
) -> None:
    item = item_of(row, shape="preference")
    assert (item.form, item.prompt, item.response.content) == (form, prompt, "C")


def test_the_minority_is_told_in_the_evidence() -> None:
    rows: list[dict[str, object]] = [{"question": "q", "answer": "a"}] * 3
    odd: list[dict[str, object]] = [{"text": "t"}, {"other": 1}]
    loaded = data.load([*rows, *odd], skip_bad_rows=True)
    assert loaded.evidence == (
        "prompt_completion: 3 of 5 rows looked at have question and answer; "
        "1 look like text (text); 1 have other columns"
    )
    assert len(loaded.skipped) == 2


def test_a_shape_can_be_asked_for_against_the_majority() -> None:
    row = {"messages": [{"role": "user", "content": "u"}, {"role": "assistant", "content": "a"}], "text": "T"}
    loaded = data.load([row], shape="text")
    assert loaded.items[0].response.content == "T"
    assert loaded.evidence == "text, as asked for: the one row has text"


def test_columns_that_are_null_in_a_row_do_not_decide_its_shape() -> None:
    assert data.load([{"messages": None, "prompt": "p", "completion": "c"}]).shape == "prompt_completion"


def test_rows_of_a_repeated_conversation_id_are_grouped() -> None:
    rows = [{"text": f"t{n}", "id": n, "doc_id": n, "conversation_id": n // 2} for n in range(4)]
    loaded = data.load(rows)
    assert [item.group for item in loaded] == ["0", "0", "1", "1"]
    assert loaded.evidence == "text: all 4 rows looked at have text; grouped by conversation_id (2 groups)"


def test_a_unique_id_groups_nothing() -> None:
    loaded = data.load([{"text": f"t{n}", "doc_id": n} for n in range(4)])
    assert {item.group for item in loaded} == {""}


def test_any_column_can_be_asked_to_group() -> None:
    rows: list[dict[str, object]] = [{"text": "a", "author": "x"}, {"text": "b", "author": None}]
    loaded = data.load(rows, group_column="author")
    assert [item.group for item in loaded] == ["x", ""]
