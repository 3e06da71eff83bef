"""An item's id is the hash of its content, the same in every process and version."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tunecheck.core import Dataset, Item, Message, ToolCall

ITEM = Item(
    form="chat",
    prompt=(Message(role="user", content="How warm is it in Oslo?"),),
    response=Message(
        role="assistant", content="", tool_calls=(ToolCall(name="weather", arguments_json='{"in":"Oslo"}'),)
    ),
    group="conversation 7",
    metadata=(("lang", '"en"'),),
    source="val.jsonl line 12",
)


def test_ids_do_not_change_between_processes_and_versions() -> None:
    assert ITEM.id == "acaee2fe0a6a4bf2d6a312fa067d7245"
    tokens = Item(form="tokens", response=Message(role="text", content=""), token_ids=(1, 2), learned=(False, True))
    assert tokens.id == "012a7f2a18801ee75a28ae8bdfbb1d33"


@pytest.mark.parametrize(
    "changed",
    [
        replace(ITEM, form="completion"),
        replace(ITEM, prompt=()),
        replace(ITEM, prompt=(replace(ITEM.prompt[0], content="How warm is it in Rome?"),)),
        replace(ITEM, prompt=(replace(ITEM.prompt[0], role="system"),)),
        replace(ITEM, prompt=(replace(ITEM.prompt[0], name="Eva"),)),
        replace(ITEM, response=replace(ITEM.response, tool_calls=())),
        replace(ITEM, tools_json="[]"),
        replace(ITEM, token_ids=(1,)),
        replace(ITEM, learned=(True,)),
    ],
)
def test_another_content_is_another_item(changed: Item) -> None:
    assert changed.id != ITEM.id


@pytest.mark.parametrize("name", ["group", "metadata", "source"])
def test_where_an_item_stands_is_not_its_content(name: str) -> None:
    empty = replace(ITEM, **{name: () if name == "metadata" else ""})  # type: ignore[arg-type]
    assert empty.id == ITEM.id


def test_the_unit_of_the_statistics_is_the_group_or_else_the_item() -> None:
    assert ITEM.unit == "conversation 7"
    assert replace(ITEM, group="").unit == ITEM.id


def test_half_a_character_has_an_id() -> None:
    assert len({replace(ITEM, tools_json=text).id for text in ("\ud800", "\udc00", "\ufffd")}) == 3


def test_a_fingerprint_is_that_of_the_content_in_its_order() -> None:
    other = replace(ITEM, tools_json="[]")
    both, turned = (Dataset(name="d", shape="messages", items=items) for items in ((ITEM, other), (other, ITEM)))
    assert both.fingerprint != turned.fingerprint
    assert both.fingerprint == replace(both, name="elsewhere", n_rows=9).fingerprint
    assert (len(both), list(both)) == (2, [ITEM, other])
