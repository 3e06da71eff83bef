"""Where the reference response begins in a rendered text."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tunecheck.core import Item, Message, ToolCall
from tunecheck.errors import ModelError
from tunecheck.models.templates import ChatMessage, clean, render_item


def chat(*turns: tuple[str, str]) -> Item:
    *prompt, response = [Message(role=role, content=content) for role, content in turns]
    return Item(form="chat", prompt=tuple(prompt), response=response, source="val.jsonl line 3")


def chatml(messages: Sequence[ChatMessage], tools: list[object] | None, add_generation_prompt: bool) -> str:
    text = "".join(f"<{m['role']}>{m['content']}</>\n" for m in messages)
    return text + ("<assistant>" if add_generation_prompt else "")


def test_the_response_is_all_that_follows_the_generation_prompt() -> None:
    rendered = render_item(chat(("user", "2+2?"), ("assistant", "4")), chatml)
    assert rendered.text[rendered.response_start :] == "4</>\n"
    assert not rendered.add_special_tokens


def test_a_response_that_repeats_the_question_is_not_found_in_the_question() -> None:
    rendered = render_item(chat(("user", "yes"), ("assistant", "yes")), chatml)
    assert rendered.text[: rendered.response_start] == "<user>yes</>\n<assistant>"


def test_a_template_that_rewrites_earlier_turns_still_gives_the_last_response() -> None:
    def forgetful(messages: Sequence[ChatMessage], tools: list[object] | None, add_generation_prompt: bool) -> str:
        # Drops the reasoning of all turns but the last, as Qwen3's template does.
        last = len(messages) - 1
        text = ""
        for n, m in enumerate(messages):
            content = str(m["content"])
            keep = n == last and not add_generation_prompt
            text += f"<{m['role']}>{content if keep else content.split('THINK')[-1]}</>"
        return text + ("<assistant>ADDED" if add_generation_prompt else "")

    item = chat(("user", "a"), ("assistant", "xTHINKy"), ("user", "b"), ("assistant", "zTHINKw"))
    rendered = render_item(item, forgetful)
    assert rendered.text[rendered.response_start :].startswith(("<assistant>zTHINKw", "zTHINKw"))


def test_prompt_and_completion_are_joined_as_they_stand_without_a_template() -> None:
    item = Item(
        form="completion",
        prompt=(Message(role="user", content="The sky is "),),
        response=Message(role="assistant", content="blue."),
    )
    rendered = render_item(item, None)
    assert (rendered.text, rendered.response_start, rendered.add_special_tokens) == ("The sky is blue.", 11, True)


def test_a_conversation_without_a_template_is_refused_with_what_to_type() -> None:
    with pytest.raises(ModelError) as caught:
        render_item(chat(("user", "a"), ("assistant", "b")), None)
    assert str(caught.value) == (
        "val.jsonl line 3: a conversation needs a chat template\n"
        "leave out --template none, or name a template file: --template FILE"
    )


def test_a_template_that_drops_the_response_is_refused() -> None:
    with pytest.raises(ModelError, match=r"val\.jsonl line 3: the chat template leaves the reference response out"):
        render_item(chat(("user", "a"), ("assistant", "b")), lambda messages, tools, add: "same text")


def test_tool_calls_reach_the_template_with_their_arguments_as_objects() -> None:
    seen: list[ChatMessage] = []

    def spy(messages: Sequence[ChatMessage], tools: list[object] | None, add_generation_prompt: bool) -> str:
        seen.extend(messages)
        return chatml(messages, tools, add_generation_prompt) + ("" if add_generation_prompt else "call")

    call = ToolCall(name="find", arguments_json='{"word": "cat"}', id="1")
    item = Item(
        form="chat",
        prompt=(Message(role="user", content="find it"),),
        response=Message(role="assistant", content="", tool_calls=(call,)),
    )
    render_item(item, spy)
    assert seen[1]["tool_calls"] == [
        {"type": "function", "id": "1", "function": {"name": "find", "arguments": {"word": "cat"}}}
    ]


def test_a_lone_surrogate_becomes_the_replacement_character() -> None:
    assert clean("a\ud800b") == "a\ufffdb"
    assert clean("plain") == "plain"
