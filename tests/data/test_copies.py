"""Copies are found whatever their layout, and what only resembles them is not."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.core import Item, Message, ToolCall
from tunecheck.data.leaks import find_leaks


def pair(prompt: str, response: str) -> Item:
    return Item(
        form="completion",
        prompt=(Message(role="user", content=prompt),),
        response=Message(role="assistant", content=response),
    )


def text(content: str) -> Item:
    return Item(form="text", response=Message(role="text", content=content))


def is_found(train: Item, validation: Item) -> bool:
    return bool(find_leaks([train], [validation]).of_kind("exact"))


ORIGINAL = pair("What is the capital of France?", "It is Paris. The city has two million people.")


@pytest.mark.parametrize(
    "copy",
    [
        pair("WHAT IS THE CAPITAL OF FRANCE?", "it is paris. the city has two million people."),
        pair("What is the\ncapital of France ?", "It is Paris.\n\n  The city has\ttwo million people.\n"),
        pair("What is the capital of France", "It is Paris -- the city has two million people!!"),
        pair("What is the capital of France?", "It is Ｐａｒｉｓ. The city has two million people."),
        text("What is the capital of France? It is Paris. The city has two million people."),
    ],
    ids=["case", "layout", "punctuation", "width", "one piece"],
)
def test_a_copy_is_found(copy: Item) -> None:
    assert is_found(copy, ORIGINAL)
    assert is_found(ORIGINAL, copy)


@pytest.mark.parametrize(
    "other",
    [
        pair("What is the capital of France?", "It is Lyon. The city has two million people."),
        pair("What is the capital of Spain?", "It is Paris. The city has two million people."),
        pair("What is the capital of France?", "It is Paris."),
        pair("", "It is Paris. The city has two million people."),
    ],
)
def test_another_item_is_not_found(other: Item) -> None:
    assert not is_found(other, ORIGINAL)


def test_items_of_signs_alone_are_compared_as_they_are() -> None:
    assert not is_found(pair("+", "-"), pair("*", "/"))
    assert is_found(pair("+", "-"), pair("+", "-"))


def test_tokenised_rows_are_compared_by_their_tokens() -> None:
    first, second = (
        Item(form="tokens", response=Message(role="text", content=""), token_ids=ids, learned=(True,) * len(ids))
        for ids in ((1, 2, 3), (1, 2, 4))
    )
    assert is_found(first, first)
    assert not is_found(first, second)


def test_a_tool_call_is_part_of_the_content() -> None:
    first, second = (
        Item(
            form="chat",
            prompt=(Message(role="user", content="How warm is it?"),),
            response=Message(
                role="assistant", content="", tool_calls=(ToolCall(name="weather", arguments_json=arguments),)
            ),
        )
        for arguments in ('{"in":"Oslo"}', '{"in":"Rome"}')
    )
    assert is_found(first, first)
    assert not is_found(first, second)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(["upper", "lower", "spaces", "nfd", "same"]))
def test_any_item_is_found_again_after_a_change_of_layout(prompt: str, response: str, change: str) -> None:
    changes: dict[str, Callable[[str], str]] = {
        "upper": str.upper,
        "lower": str.lower,
        "spaces": lambda content: f"\n {content}\t ",
        "nfd": lambda content: unicodedata.normalize("NFD", content),
        "same": str,
    }
    made = changes[change]
    if change in ("upper", "lower"):  # Letters whose case has no way back (ẞ, İ) are not asked for.
        prompt, response = (
            "".join(c for c in part if c.upper().casefold() == c.casefold() == c.lower().casefold())
            for part in (prompt, response)
        )
    original = pair(prompt, response)
    changed = pair(made(prompt), made(response))
    words = any(c.isalnum() for c in unicodedata.normalize("NFKC", prompt + response))
    assert is_found(changed, original) or not words
