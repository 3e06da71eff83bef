"""Whatever is in a file, there is a Dataset or a DataError."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck import data
from tunecheck.core import Dataset
from tunecheck.errors import DataError

COLUMNS = [
    *("instruction", "input", "output", "system", "history", "conversations", "messages", "prompt", "completion"),
    *("question", "answer", "text", "content", "input_ids", "labels", "attention_mask", "chosen", "rejected"),
    *("tools", "doc_id", "id", "context"),
]
KEYS = [
    *("role", "from", "content", "value", "tool_calls", "function", "name", "arguments", "weight", "type", "text"),
    *("id", "function_call", "loss_weight"),
]
ROLES = ["system", "user", "human", "assistant", "gpt", "function_call", "observation", "tool", "bot"]
anything = st.text(max_size=5) | st.characters(categories=["Cs", "Cc"])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | anything | st.sampled_from(ROLES)
turns = st.fixed_dictionaries(
    {}, optional={"role": st.sampled_from(ROLES), "from": st.sampled_from(ROLES), "content": scalars, "value": scalars}
)
values = st.recursive(
    scalars | turns,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=8,
)
rows = st.lists(st.dictionaries(st.sampled_from(COLUMNS), values, max_size=4) | scalars, max_size=5)


def load_or_refuse(source: object, shape: str = "auto") -> Dataset | None:
    try:
        return data.load(source, shape=shape, skip_bad_rows=True)  # type: ignore[arg-type]
    except DataError:
        return None


@given(rows=rows, shape=st.sampled_from(["auto", *data.SHAPES]))
@settings(max_examples=400, deadline=None)
def test_any_rows_load_or_are_refused(rows: list[object], shape: str) -> None:
    loaded = load_or_refuse(rows, shape)
    if loaded is not None:
        assert len(loaded) + len(loaded.skipped) == loaded.n_rows == len(rows)
        assert all(
            item.form == "tokens" or item.response.content.strip() or item.response.tool_calls for item in loaded
        )


@given(rows=rows)
@settings(max_examples=100, deadline=None)
def test_any_json_lines_load_as_they_do_in_memory(rows: list[object]) -> None:
    rows = [row for row in rows if isinstance(row, dict)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "val.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        from_file, in_memory = load_or_refuse(path), load_or_refuse(rows)
    assert (from_file is None) == (in_memory is None)
    if from_file is not None and in_memory is not None:
        assert from_file.fingerprint == in_memory.fingerprint


starts = st.sampled_from(
    [b"", b"PAR1", b"{", b'{"text": "a"}\n', b"[", b"\xef\xbb\xbf", b"\xff\xfe", b"\x1f\x8b", b'a,"', b"text\n"]
)


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.tsv", "a.parquet", "a.jsonl.gz", "a"])
@given(start=starts, content=st.binary(max_size=40))
@settings(max_examples=60, deadline=None)
def test_any_bytes_load_or_are_refused(name: str, start: bytes, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(start + content)
        load_or_refuse(path)


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12).filter(
    lambda text: bool(text.strip())
)
pairs = st.lists(st.fixed_dictionaries({"prompt": texts, "completion": texts}), min_size=1, max_size=5)


@given(rows=pairs)
@settings(max_examples=60, deadline=None)
def test_every_container_gives_the_same_ids_in_the_same_order(rows: list[dict[str, str]]) -> None:
    expected = [item.id for item in data.load(rows)]
    with tempfile.TemporaryDirectory() as folder:
        for extension, write in WRITERS.items():
            path = Path(folder) / f"val.{extension}"
            write(path, rows)
            loaded = data.load(path)
            assert [item.id for item in loaded] == expected
            assert [item.response.content for item in loaded] == [row["completion"] for row in rows]


@given(rows=pairs, data_=st.data())
@settings(max_examples=60, deadline=None)
def test_an_id_depends_on_content_alone(rows: list[dict[str, str]], data_: st.DataObject) -> None:
    order = data_.draw(st.permutations(range(len(rows))))
    before = [item.id for item in data.load(rows)]
    moved = data.load([{"id": place, **rows[place], "doc_id": 1} for place in order], name="elsewhere")
    assert [item.id for item in moved] == [before[place] for place in order]


def _write_csv(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)


WRITERS: dict[str, Callable[[Path, Sequence[Mapping[str, str]]], object]] = {
    "jsonl": lambda path, rows: path.write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8"
    ),
    "json": lambda path, rows: path.write_text(json.dumps(list(rows), ensure_ascii=False), encoding="utf-8"),
    "csv": _write_csv,
    "parquet": lambda path, rows: pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), path),
}
