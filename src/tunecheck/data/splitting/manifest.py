"""Manifest: split.json, which says where every row went, why, and what the files looked like."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tunecheck.core.document import JSON
from tunecheck.core.splits import Split, SplitFile, SplitRow, Strategy
from tunecheck.data.encoding import printable
from tunecheck.data.rows import shown
from tunecheck.errors import DataError, InputError

SCHEMA = "tunecheck.split/1"
NAME = "split.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an earlier split wrote: path of the manifest, the input and its hash, and every row and file.

    leaks  how many items leaked between two sides, as it was counted then
    """

    path: str
    version: str
    source: str
    sha256: str
    strategy: Strategy
    seed: int
    settings: Mapping[str, JSON]
    cuts: tuple[float, ...]
    rows: tuple[SplitRow, ...]
    files: tuple[SplitFile, ...]
    leaks: Mapping[str, int]

    @property
    def n_folds(self) -> int:
        """How many folds there are; 0 when there are none."""
        folds = self.settings.get("folds")
        return folds if isinstance(folds, int) else 0

    @property
    def sides(self) -> dict[str, str]:
        """The side of each item id; rows of one content are always on one side."""
        return {row.id: row.side for row in self.rows}


def manifest_text(split: Split, *, version: str) -> str:
    """The text of split.json; each row on a line of its own."""
    counts = split.document()
    del counts["files"]
    head: dict[str, JSON] = {
        "schema": SCHEMA,
        "version": version,
        "input": {"name": split.name, "sha256": split.sha256},
        **counts,
        "settings": dict(split.settings),
        "cuts": list[JSON](split.cuts),
        "files": [
            {"path": file.path, "side": file.side, "n_rows": file.n_rows, "sha256": file.sha256} for file in split.files
        ],
    }
    text = json.dumps(head, indent=2, ensure_ascii=True, allow_nan=False)
    rows = ",\n".join(
        json.dumps({"row": row.number, "id": row.id, "unit": row.unit, "side": row.side}) for row in split.rows
    )
    return text.removesuffix("\n}") + f',\n  "rows": [\n{rows}\n]\n}}\n'


def read_manifest(path: str | os.PathLike[str]) -> Manifest:
    """The manifest at a path, or in the folder at it; InputError when there is none, or it is not one."""
    place = Path(path)
    place = place / NAME if place.is_dir() else place
    name = printable(place)
    try:
        value: object = json.loads(place.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"{name} cannot be read: {error.strerror or error}", hint="name the split.json of a split that was finished"
        ) from None
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{name} is not a manifest: it is not JSON: {error}",
            hint="name the split.json of a split that was finished",
        ) from None
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        schema = value.get("schema") if isinstance(value, dict) else value
        raise DataError(
            f"{name} is not a manifest of this version: its schema is {shown(schema)}, not {SCHEMA}",
            hint="name the split.json that tunecheck split wrote",
        )
    try:
        return _manifest(value, name)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(
            f"{name} is not a whole manifest: {type(error).__name__} {shown(str(error))}", hint="split again"
        ) from None


def _manifest(value: dict[str, JSON], path: str) -> Manifest:
    source = cast(dict[str, str], value["input"])
    rows, files = cast(list[dict[str, str]], value["rows"]), cast(list[dict[str, str]], value["files"])
    leaks = cast(dict[str, dict[str, int]], value["leaks"])
    return Manifest(
        path=path,
        version=str(value["version"]),
        source=str(source["name"]),
        sha256=str(source["sha256"]),
        strategy=cast(Strategy, value["strategy"]),
        seed=int(cast(int, value["seed"])),
        settings=dict(cast(dict[str, JSON], value["settings"])),
        cuts=tuple(float(cut) for cut in cast(list[float], value["cuts"])),
        rows=tuple(
            SplitRow(number=int(row["row"]), id=str(row["id"]), unit=str(row["unit"]), side=str(row["side"]))
            for row in rows
        ),
        files=tuple(
            SplitFile(path=str(f["path"]), side=str(f["side"]), n_rows=int(f["n_rows"]), sha256=str(f["sha256"]))
            for f in files
        ),
        leaks={sides: int(counts["leaked"]) for sides, counts in leaks.items()},
    )
