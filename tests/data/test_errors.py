"""Each error, read whole."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tunecheck import data
from tunecheck.data.rows import shown
from tunecheck.errors import DataError

SHAPES = "alpaca|sharegpt|messages|prompt_completion|text|tokens|preference"
EMPTY = "check what wrote it: a data file has at least one row"


def message_of(source: object, **options: object) -> str:
    with pytest.raises(DataError) as caught:
        data.load(source, **options)  # type: ignore[arg-type]
    return str(caught.value)


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("val.jsonl", ""),
        ("val.jsonl", "\n \n"),
        ("val.json", ""),
        ("val.json", "[]"),
        ("val.csv", ""),
        ("val.csv", "text\n"),
    ],
)
def test_an_empty_file(tmp_path: Path, name: str, content: str) -> None:
    assert message_of(written(tmp_path, name, content)) == f"{name} is empty\n{EMPTY}"


def test_empty_data_in_memory() -> None:
    assert message_of([]) == f"the data in memory is empty\n{EMPTY}"


def test_bad_rows_are_listed_at_once(tmp_path: Path) -> None:
    lines = [
        '{"messages": [{"role": "user", "content": "u"}, {"role": "assistant", "content": "a"}]}',
        '{"messages": [{"role": "user", "content": "u"}, {"role": "bot", "content": "a"}]}',
        '{"messages": [{"role": "user", "content": "u"}',
        "",
        '{"messages": [{"role": "user", "content": "u"}, {"role": "assistant", "content": ""}]}',
        '{"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}',
        "5",
        "[" * 100_000,
    ]
    path = written(tmp_path, "train.jsonl", "\n".join(lines))
    assert message_of(path) == (
        "train.jsonl: 6 of 7 rows cannot be read:\n"
        "  train.jsonl line 2: messages[1].role 'bot' is not system, user, assistant or tool\n"
        "  train.jsonl line 3: not JSON: Expecting ',' delimiter at the end of the line\n"
        "  train.jsonl line 5: no response: the last assistant message in messages is empty\n"
        "  train.jsonl line 6: messages[0].content[0].type 'image_url' cannot be scored: only text parts can\n"
        "  train.jsonl line 7: the row is 5, not an object\n"
        "  train.jsonl line 8: the JSON is nested too deep\n"
        "fix them, or go on without them: --skip-bad-rows"
    )
    loaded = data.load(path, skip_bad_rows=True)
    assert (len(loaded), loaded.n_rows, len(loaded.skipped)) == (1, 7, 6)
    assert loaded.skipped[4] == "train.jsonl line 7: the row is 5, not an object"


def test_only_twenty_bad_rows_are_listed_and_all_are_skipped() -> None:
    bad: dict[str, object] = {"text": ["bad"]}
    good: dict[str, object] = {"text": "good"}
    rows = [good, *[bad] * 25]
    text = message_of(rows)
    assert text.count("row ") == 20
    assert "\n  row 21: text is a list of 1, not text\n  and 5 more\n" in text
    assert len(data.load(rows, skip_bad_rows=True).skipped) == 25


def test_all_rows_bad_is_an_error_even_when_skipping(tmp_path: Path) -> None:
    path = written(tmp_path, "val.jsonl", "{bad\nworse}\n")
    assert message_of(path, skip_bad_rows=True) == (
        "val.jsonl: none of its 2 rows can be read:\n"
        "  val.jsonl line 1: not JSON: Expecting property name enclosed in double quotes at column 2, near 'bad'\n"
        "  val.jsonl line 2: not JSON: Expecting value at column 1, near 'worse}'\n"
        f"fix the file, or say what its rows are: --shape {SHAPES}"
    )


def test_a_file_without_responses(tmp_path: Path) -> None:
    path = written(tmp_path, "test.csv", "question,answer\na,\nb,\n")
    assert message_of(path, skip_bad_rows=True) == (
        "test.csv: none of its 2 rows has a response; test.csv row 1: answer is empty\n"
        "give a file with a reference response on each row: without one there is nothing to score"
    )


def test_an_unknown_shape() -> None:
    assert message_of([{"instruction": "a", "reply": "b", "x y": 1}], name="val") == (
        "val: the rows have no known shape. Columns found: instruction, reply, 'x y'. "
        "The nearest shape is alpaca (instruction and output); missing: output\n"
        f"rename the columns, or force a shape: --shape {SHAPES}"
    )
    assert message_of([{"a": 1}]) == (
        "the data in memory: the rows have no known shape. Columns found: a. "
        "A prompt column and a response column are missing, such as prompt and completion\n"
        f"rename the columns, or force a shape: --shape {SHAPES}"
    )


def test_a_forced_shape_without_its_columns() -> None:
    assert message_of([{"a": 1}], shape="sharegpt") == (
        "the data in memory: no row looked at has the columns of the shape sharegpt: conversations; or conversation. "
        "Columns found: a\n"
        "leave --shape out to have the shape recognised, or rename the columns"
    )


def test_a_shape_that_does_not_exist() -> None:
    assert message_of([{"a": 1}], shape="alpacca") == (
        "there is no shape 'alpacca'\n"
        "the shapes are alpaca, sharegpt, messages, prompt_completion, text, tokens, preference"
    )


def test_preference_pairs() -> None:
    assert message_of([{"prompt": "p", "chosen": "c", "rejected": "r"}]) == (
        "the data in memory holds preference pairs (chosen and rejected), which have no single reference response\n"
        "score the chosen response: --shape preference"
    )


def test_a_group_column_that_is_not_there() -> None:
    assert message_of([{"text": "a", "author": "b"}], group_column="writer") == (
        "the data in memory has no column 'writer'. Columns found: text, author\n"
        "name one of them: --group-column COLUMN"
    )


def test_a_missing_file(tmp_path: Path) -> None:
    written(tmp_path, "valid.jsonl", "{}")
    written(tmp_path, "notes.md", "")
    assert message_of(tmp_path / "val.jsonl") == (
        f"there is no file {tmp_path / 'val.jsonl'}\ndid you mean valid.jsonl?"
    )
    assert message_of(tmp_path / "other.parquet") == (
        f"there is no file {tmp_path / 'other.parquet'}\nthe data files in that folder are valid.jsonl"
    )
    assert message_of(tmp_path / "no" / "a.json") == (
        f"there is no folder {tmp_path / 'no'}, so no file {tmp_path / 'no' / 'a.json'}\ncheck the path"
    )


def test_a_folder(tmp_path: Path) -> None:
    written(tmp_path, "notes.md", "")
    assert message_of(tmp_path) == (
        f"{tmp_path} is a folder and holds no data file\nname a .jsonl, .json, .csv or .parquet file"
    )
    for name in ("val.csv", "train.jsonl.gz"):
        written(tmp_path, name, "")
    assert message_of(tmp_path) == (
        f"{tmp_path} is a folder; it holds train.jsonl.gz, val.csv\nname one of them: {tmp_path / 'train.jsonl.gz'}"
    )


def test_a_hub_name() -> None:
    assert message_of("hub:tatsu-lab/alpaca:test") == (
        "'hub:tatsu-lab/alpaca:test': this version reads local files and no hub names\n"
        'save it first: python -c "from datasets import load_dataset; '
        "load_dataset('tatsu-lab/alpaca', split='test').to_json('data.jsonl')\""
    )


@pytest.mark.parametrize("name", ["val.jsonl", "val.csv"])
def test_bytes_that_are_not_utf8(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, name, b'{"text": "a"}\n{"text": "caf\xe9"}\n')
    assert message_of(path) == (
        f"{name} line 2: byte 14 is 0xe9, which is not UTF-8\n"
        "save the file as UTF-8; for one in Windows-1252: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEWFILE"
    )


def test_a_broken_utf16_file(tmp_path: Path) -> None:
    path = written(tmp_path, "val.jsonl", '{"text": "a"}'.encode("utf-16")[:-1])
    assert message_of(path).splitlines()[0] == ("val.jsonl begins with the byte order mark of UTF-16 and is not UTF-16")


def test_binary_files(tmp_path: Path) -> None:
    hint = "give JSON Lines, JSON, CSV, TSV or Parquet, named with its own extension"
    path = written(tmp_path, "val.csv", b"PK\x03\x04abc\0")
    assert message_of(path) == f"val.csv is not text: byte 8 is NUL; it begins like a zip or Excel file\n{hint}"
    path = written(tmp_path, "val.jsonl", b'{"text": "\0"}')
    assert message_of(path) == f"val.jsonl is not text: byte 11 is NUL\n{hint}"


def test_broken_gzip(tmp_path: Path) -> None:
    path = written(tmp_path, "val.jsonl.gz", gzip.compress(b'{"text": "a"}\n' * 100)[:-20])
    assert message_of(path) == (
        "val.jsonl.gz is broken gzip: Compressed file ended before the end-of-stream marker was reached\n"
        "copy or download it again"
    )


def test_broken_json(tmp_path: Path) -> None:
    hint = "check that the file is complete; JSON Lines belongs in a .jsonl file"
    path = written(tmp_path, "val.json", '[{"text": "a"},\n {"text": ')
    assert message_of(path) == f"val.json line 2 column 11: not JSON: Expecting value\n{hint}"
    path = written(tmp_path, "val.json", "[" * 100_000)
    assert message_of(path) == f"val.json: the JSON is nested too deep\n{hint}"
    path = written(tmp_path, "val.json", "[" + "1" * 5000 + "]")
    assert message_of(path).startswith("val.json: not readable JSON: Exceeds the limit")


def test_json_that_is_not_rows(tmp_path: Path) -> None:
    path = written(tmp_path, "val.json", '{"train": [], "test": []}')
    assert message_of(path) == (
        "val.json is an object with 2 lists ('train', 'test'), and rows can be only one of them\n"
        "save that list in a file of its own"
    )
    path = written(tmp_path, "val.json", "17")
    assert message_of(path) == "val.json holds 17, not rows\ngive an array of objects: [{...}, {...}]"


def test_broken_csv(tmp_path: Path) -> None:
    path = written(tmp_path, "val.csv", 'id,text\n1,"never closed\n2,b\n')
    assert message_of(path) == (
        "val.csv line 3: not CSV: unexpected end of data\n"
        'a quote inside a quoted cell is written twice: "he said ""yes"""'
    )
    path = written(tmp_path, "val.csv", "text,text\na,b\n")
    assert message_of(path) == "val.csv: two columns are named 'text'\nrename one of them in the first line"
    path = written(tmp_path, "val.csv", "text,id\na,1\nb,2,3\n")
    assert "\n  val.csv row 2: 3 cells under a header of 2\n" in message_of(path)


def test_broken_parquet(tmp_path: Path) -> None:
    path = written(tmp_path, "val.parquet", b"PAR1 and no more")
    text = message_of(path)
    assert text.startswith("val.parquet cannot be read as Parquet: ")
    assert text.endswith("\ncheck that the file is complete, or save it again")


def test_an_unknown_container(tmp_path: Path) -> None:
    path = written(tmp_path, "notes.txt", "Once upon a time, there was")
    assert message_of(path) == (
        "notes.txt is not JSON Lines, JSON, CSV, TSV or Parquet: it begins with 'Once upon a time, there was'\n"
        "convert it, or rename it with the extension of what it holds, such as .jsonl"
    )


@pytest.mark.parametrize("source", [5, None, b"bytes"])
def test_what_is_not_rows(source: object) -> None:
    assert message_of(source) == (
        f"{shown(source)} is not rows\ngive a path, a list of dicts, a list of texts, or a datasets.Dataset"
    )


def test_a_mapping_of_splits() -> None:
    assert message_of({"train": [], "test": []}) == (
        "a mapping ('train', 'test') is not rows\n"
        "take one split of it, such as data['train']; "
        "or give a path, a list of dicts, a list of texts, or a datasets.Dataset"
    )


def test_one_text_in_place_of_a_list() -> None:
    with pytest.raises(DataError) as caught:
        data.texts("text")
    assert str(caught.value) == "one text was given, not a list of texts\nput it in a list: texts([text])"


USER = {"role": "user", "content": "u"}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"messages": "abc"}, "messages 'abc' is not JSON"),
        ({"messages": {"a": 1}}, "messages is an object with 'a', not a list of messages"),
        ({"messages": ["abc"]}, "messages[0] is 'abc', not an object"),
        ({"messages": [{"content": "x"}]}, "messages[0] has no role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content is missing"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content is 5, not text"),
        ({"messages": [{**USER, "weight": "x"}]}, "messages[0].weight 'x' is not a weight of 0 or more"),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{}]}]},
            "messages[0].tool_calls[0].name null is not the name of a function",
        ),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"name": "f", "arguments": "{"}]}]},
            "messages[0].tool_calls[0].arguments '{' is not JSON",
        ),
        (
            {"conversations": [{"from": "bot", "value": "x"}]},
            "conversations[0].from 'bot' is not system, human, gpt, function_call or observation",
        ),
        ({"conversations": [{"from": "function_call", "value": "x"}]}, "conversations[0].value 'x' is not JSON"),
        ({"instruction": None, "output": "x"}, "instruction is null"),
        (
            {"instruction": "a", "output": "x", "history": [["q"]]},
            "history[0] is a list of 1, not a pair of a question and its answer",
        ),
        ({"prompt": True, "completion": "x"}, "prompt is true, not text"),
        ({"input_ids": [1, "2"]}, "input_ids[1] '2' is not a token id"),
        ({"input_ids": [-1]}, "input_ids[0] -1 is below 0"),
        ({"input_ids": [1, 2], "labels": [2]}, "labels has 1 values and input_ids has 2"),
        ({"input_ids": [1, 2], "labels": [2, 3]}, "labels[0] 2 is neither input_ids[0], which is 1, nor -100"),
        ({"messages": ["\x1b[2J" * 40]}, "messages[0] is '" + ("\\x1b[2J" * 20)[:78] + "…, not an object"),
    ],
)
def test_a_bad_row_names_its_field_and_value(row: dict[str, object], reason: str) -> None:
    assert f"\n  row 1: {reason}\n" in message_of([row])


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"messages": [USER]}, "messages has no assistant message"),
        (
            {"messages": [{"role": "assistant", "content": "a", "weight": 0}]},
            "every assistant message in messages has weight 0",
        ),
        ({"instruction": "a", "output": None}, "output is null"),
        ({"text": " \n"}, "text is empty"),
        ({"input_ids": [1], "labels": [-100]}, "no token has a label to learn"),
        ({"prompt": "p", "completion": [USER]}, "completion has no assistant message"),
    ],
)
def test_a_row_without_a_response_says_why(row: dict[str, object], reason: str) -> None:
    assert message_of([row]).startswith(f"the data in memory: its only row has no response; row 1: {reason}\n")
