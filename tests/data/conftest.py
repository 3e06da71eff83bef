"""Fixtures of the data tests: files written from rows, and the folder of real files."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

WriteRows = Callable[[str, Sequence[Mapping[str, object]]], Path]


@pytest.fixture
def write_rows(tmp_path: Path) -> WriteRows:
    """Write rows to a file of the given name, in the container that its extension names."""

    def write(name: str, rows: Sequence[Mapping[str, object]]) -> Path:
        path = tmp_path / name
        match path.suffix:
            case ".jsonl":
                path.write_text("".join(json.dumps(row) + "\n" for row in rows))
            case ".json":
                path.write_text(json.dumps(list(rows), indent=1))
            case ".csv":
                with path.open("w", newline="", encoding="utf-8") as file:
                    writer = csv.DictWriter(file, fieldnames=list(rows[0]))
                    writer.writeheader()
                    writer.writerows(rows)
            case ".parquet":
                import pyarrow as pa
                import pyarrow.parquet as pq

                pq.write_table(pa.Table.from_pylist(list(rows)), path)
            case other:
                raise ValueError(other)
        return path

    return write


@pytest.fixture(scope="session")
def instruction_files() -> Path:
    """The folder of real instruction data."""
    default = Path(__file__).parents[3] / "shared" / "data"
    folder = Path(os.environ.get("TUNECHECK_SHARED_DATA", default)) / "instruction"
    if not folder.is_dir():
        pytest.skip("no real files: TUNECHECK_SHARED_DATA names no folder with instruction data")
    return folder
