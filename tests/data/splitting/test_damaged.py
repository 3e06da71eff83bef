"""Whatever is in a row, there is a split or an error that a person can act on."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.test_properties import COLUMNS, values
from tunecheck.data.splitting import split, verify, write
from tunecheck.errors import InputError

table = st.lists(st.dictionaries(st.sampled_from([*COLUMNS, "date", "label"]), values, max_size=5), max_size=12)


@given(table, st.sampled_from(["random", "category", "temporal"]), st.sampled_from([None, 2]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_rows_are_split_and_written_and_verified_or_refused(
    rows: list[dict[str, object]], strategy: str, folds: int | None, skip: bool
) -> None:
    try:
        found = split(rows, strategy=strategy, folds=folds, test_size=0.3, skip_bad_rows=skip)
        with tempfile.TemporaryDirectory() as folder:
            write(found, folder, version="0")
            problems = verify(folder)
    except InputError as error:
        _is_helpful(error)
        return
    assert [one for one in problems if "share" not in one] == []
    assert len(found.rows) == len(rows)


@given(st.binary(max_size=300), st.sampled_from([".jsonl", ".json", ".csv", ".parquet", ".jsonl.gz"]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_split_or_refused(content: bytes, suffix: str, lined: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / f"data{suffix}"
        source.write_bytes(b'{"prompt": "one", "completion": "two"}\n{"prompt": "three"}\n' * lined + content)
        try:
            write(split(source, test_size=1), Path(folder) / "out", version="0")
        except InputError as error:
            _is_helpful(error)


def _is_helpful(error: InputError) -> None:
    assert error.message
    assert error.hint
