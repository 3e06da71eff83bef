"""Every container and encoding gives the same rows."""

from __future__ import annotations

import gzip
import json
import os
from datetime import datetime
from pathlib import Path

import pytest

from tests.data.conftest import WriteRows
from tunecheck import data
from tunecheck.errors import DataError

ROWS: list[dict[str, object]] = [
    {"prompt": 'a "quoted"\nline, and more', "completion": "ж 𝄞 \u202e"},
    {"prompt": "second", "completion": "x" * 200_000},
]


@pytest.mark.parametrize("name", ["val.jsonl", "val.json", "val.csv", "val.parquet"])
def test_the_same_rows_have_the_same_ids_in_every_container(write_rows: WriteRows, name: str) -> None:
    loaded = data.load(write_rows(name, ROWS))
    assert [item.id for item in loaded] == [item.id for item in data.load(ROWS)]
    assert loaded.items[1].source == f"{name} {'line' if name == 'val.jsonl' else 'row'} 2"
    assert loaded.name.endswith(name)
    assert loaded.n_rows == 2


def test_conversations_are_the_same_in_parquet_and_as_json_in_csv(write_rows: WriteRows) -> None:
    turns = [{"role": "user", "content": "u"}, {"role": "assistant", "content": "a"}]
    in_parquet = data.load(write_rows("val.parquet", [{"messages": turns}]))
    in_csv = data.load(write_rows("val.csv", [{"messages": json.dumps(turns)}]))
    assert in_parquet.fingerprint == in_csv.fingerprint == data.load([{"messages": turns}]).fingerprint


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("name", ["val.jsonl", "val.json", "val.csv", "val.tsv"])
def test_byte_order_marks_are_understood(tmp_path: Path, name: str, encoding: str) -> None:
    text = {"val.json": '[{"text": "ж"}]', "val.jsonl": '{"text": "ж"}\n'}.get(name, "id,text\r\n1,ж\r\n")
    path = tmp_path / name
    path.write_bytes((text.replace(",", "\t") if name == "val.tsv" else text).encode(encoding))
    assert data.load(path).items[0].response.content == "ж"


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    path = tmp_path / "val.jsonl"
    path.write_bytes(b'\n{"text": "a\\u2028"}\r\n  \r\n{"text": "b"}')
    assert [item.source for item in data.load(path)] == ["val.jsonl line 2", "val.jsonl line 4"]


def test_gzip_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "val.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"text": "a"}\n'))
    assert data.load(path).items[0].source == "val.jsonl.gz line 1"


def test_gzip_that_unpacks_to_a_hundred_times_its_size_is_refused_once_it_is_large(tmp_path: Path) -> None:
    path = tmp_path / "bomb.jsonl.gz"
    line = b" " * (1 << 20) + b"\n"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b'{"text": "a"}\n')
        for _ in range(257):
            file.write(line)
    with pytest.raises(DataError) as caught:
        data.load(path)
    assert str(caught.value) == (
        "bomb.jsonl.gz unpacks to over 256 MiB, more than 100 times its size\n"
        "if it should be so large, unpack it and name that file: gunzip --keep FILE"
    )


def test_a_packed_table_is_read_from_its_start_again(tmp_path: Path) -> None:
    path = tmp_path / "val.csv.gz"
    path.write_bytes(gzip.compress(b"text\n" + b"ab\n" * 10_000))
    assert len(data.load(path)) == 10_000


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("lines.json", '{"text": "a"}\n{"text": "b"}\n'),
        ("array.jsonl", '[{"text": "a"}, {"text": "b"}]'),
        ("pretty.jsonl", '[\n {"text": "a"},\n {"text": "b"}\n]\n'),
        ("object.json", '{"version": 1, "data": [{"text": "a"}, {"text": "b"}]}'),
        ("strings.jsonl", '"a"\n"b"\n'),
        ("no-extension", '{"text": "a"}\n{"text": "b"}\n'),
        ("array.txt", '[{"text": "a"}, {"text": "b"}]'),
        ("table.txt", "id\ttext\n1\ta\n2\tb\n"),
        ("semicolons.csv", "id;text\n1;a\n2;b\n"),
        ("index.csv", ",text\n0,a\n1,b\n"),
        ("nan.jsonl", '{"text": "a", "loss": NaN}\n{"text": "b"}\n'),
    ],
)
def test_files_are_read_for_what_they_hold(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content)
    assert [item.response.content for item in data.load(path)] == ["a", "b"]


@pytest.mark.parametrize(
    "content",
    [
        '{"messages": [{"role": "user", "content": "u"}, {"role": "assistant", "content": "a"}]}',
        '{"instruction": "u", "output": "a", "history": [["q", "a"]]}',
        '{"prompt": "u", "completion": "a", "tags": ["x", "y"]}',
        '{"input_ids": [1, 2]}',
    ],
)
def test_an_object_that_is_one_row_is_one_row(tmp_path: Path, content: str) -> None:
    path = tmp_path / "one.json"
    path.write_text(content)
    assert len(data.load(path)) == 1


def test_parquet_without_an_extension_is_recognised(write_rows: WriteRows) -> None:
    path = write_rows("val.parquet", ROWS)
    assert len(data.load(path.rename(path.with_name("part-0")))) == 2


def test_other_scalar_columns_become_metadata(write_rows: WriteRows) -> None:
    row = {"text": "a", "label": True, "n": 3, "x": 0.5, "when": datetime(2024, 1, 2), "none": None, "tags": ["t"]}
    expected = (("label", "true"), ("n", "3"), ("x", "0.5"), ("when", '"2024-01-02T00:00:00"'))
    assert data.load([row]).items[0].metadata == expected
    assert data.load(write_rows("val.parquet", [row])).items[0].metadata == expected


def test_text_is_kept_as_it_is() -> None:
    text = "\ud800 \0 \u202e \r\n "
    assert data.load([{"text": text}]).items[0].response.content == text


def test_live_rows_of_any_kind_are_read() -> None:
    class Frame:
        columns = ("text",)

        def to_dict(self, orient: str) -> list[dict[str, object]]:
            return [{"text": "a", "n": float("nan")}]

    class Indexed:
        def __len__(self) -> int:
            return 1

        def __getitem__(self, place: int) -> dict[str, object]:
            if place:
                raise IndexError
            return {"text": "a"}

    class Tensor:
        def tolist(self) -> list[int]:
            return [1, 2]

    sources: list[object] = [Frame(), Indexed(), (row for row in [{"text": "a"}]), ["a"]]
    for source in sources:
        assert [item.source for item in data.load(source)] == ["row 1"]  # type: ignore[arg-type]
    assert data.load([{"input_ids": Tensor()}]).items[0].token_ids == (1, 2)
    assert data.load(["a"], name="mine").items[0].source == "mine row 1"


def test_a_path_may_be_a_text_or_a_path(write_rows: WriteRows) -> None:
    path = write_rows("val.jsonl", ROWS)
    assert data.load(str(path)) == data.load(path)
    assert data.load(path, name="held out").name == "held out"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no FIFO")
def test_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    with pytest.raises(DataError, match="is not a regular file"):
        data.load(tmp_path / "pipe.jsonl")
