"""Files as people publish them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunecheck import data
from tunecheck.errors import DataError

pytestmark = pytest.mark.shared_data

EXPECTED = {
    "alpaca_en_demo.json": ("alpaca", 999),
    "alpaca_zh_demo.json": ("alpaca", 1000),
    "glaive_toolcall_en_demo.json": ("sharegpt", 300),
    "kto_en_demo.json": ("messages", 300),
    "prompt_answer.jsonl": ("prompt_completion", 151),
    "sharegpt_500.json": ("sharegpt", 500),
    "v1_sft_demo.jsonl": ("messages", 500),
    "openai_messages/train.jsonl": ("messages", 600),
    "openai_messages/valid.jsonl": ("messages", 150),
    "openai_messages/test.jsonl": ("messages", 150),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_real_file_loads_whole(instruction_files: Path, name: str) -> None:
    loaded = data.load(instruction_files / name)
    assert (loaded.shape, len(loaded), loaded.skipped) == (*EXPECTED[name], ())


def test_a_real_preference_file_loads_when_its_chosen_response_is_wanted(instruction_files: Path) -> None:
    path = instruction_files / "dpo_en_demo.json"
    with pytest.raises(DataError) as caught:
        data.load(path)
    assert str(caught.value) == (
        "dpo_en_demo.json holds preference pairs (chosen and rejected), which have no single reference response\n"
        "score the chosen response: --shape preference"
    )
    assert len(data.load(path, shape="preference")) == 300


def test_tool_calls_of_a_real_file_are_kept(instruction_files: Path) -> None:
    loaded = data.load(instruction_files / "glaive_toolcall_en_demo.json")
    calls = [call for item in loaded for message in item.prompt for call in message.tool_calls]
    assert len(calls) == 211
    assert any(item.tools_json.startswith('[{"name":') for item in loaded)


def test_every_data_file_of_the_folder_is_expected(instruction_files: Path) -> None:
    found = {str(path.relative_to(instruction_files)) for path in instruction_files.rglob("*.json*")}
    assert found == {*EXPECTED, "dpo_en_demo.json"}
