"""The page on data: its rows have the shapes that it says, and become what it says."""

from __future__ import annotations

import json

import pytest

from tests.docs.pages import ROOT, Block, blocks_of
from tunecheck import data
from tunecheck.checks.scored import response_text

_ROWS = [block for block in blocks_of(ROOT / "docs" / "data.md") if block.language == "json"]


@pytest.mark.parametrize("block", _ROWS, ids=lambda b: b.name)
def test_an_example_row_has_the_shape_that_the_page_says_and_becomes_the_item_that_it_shows(block: Block) -> None:
    asked = "preference" if block.heading == "preference" else "auto"
    loaded = data.load([json.loads(block.text)], shape=asked)
    (item,) = loaded.items
    assert loaded.shape == block.heading
    if block.heading == "tokens":
        assert block.below is None
    else:
        assert block.below == f"{item.prompt_text}\n→ {response_text(item)}"


def test_every_shape_has_an_example() -> None:
    assert {block.heading for block in _ROWS} == set(data.SHAPES)


def test_every_spelling_and_every_group_column_is_named() -> None:
    from tunecheck.data.groups import _GROUP_COLUMNS
    from tunecheck.data.shapes.layouts import LAYOUTS

    told = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    names = {name for layout in LAYOUTS if layout.shape in ("prompt_completion", "text") for name in layout.needs}
    assert not [name for name in (*names, *_GROUP_COLUMNS) if name not in told]
