"""Verify: do the files of a split still hold what its manifest says, and is no unit on two sides?"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from pathlib import Path

from tunecheck.core.splits import SplitFile
from tunecheck.data.encoding import printable
from tunecheck.data.splitting.between import leaks_between
from tunecheck.data.splitting.manifest import NAME, Manifest, read_manifest
from tunecheck.data.splitting.table import file_sha256, n_rows_text, open_table
from tunecheck.errors import TunecheckError


def verify(path: str | os.PathLike[str]) -> list[str]:
    """What differs from the manifest at a path (or in the folder at it), one sentence each; empty when nothing does.

    Looks at the hashes of the input, where it is still there, and of each file; at the rows of each file; at units on
    two sides; and counts the leaks between the files again. Raises InputError when there is no manifest to read.
    """
    manifest = read_manifest(path)
    folder = Path(path) if Path(path).is_dir() else Path(path).parent
    found = [*_input(manifest), *_units(manifest)]
    whole = True
    for file in manifest.files:
        problems = _file(folder, file)
        whole &= not problems
        found += problems
    found += _counts(manifest)
    return found + (_leaks(folder, manifest) if whole and manifest.files else [])


def _input(manifest: Manifest) -> list[str]:
    source = Path(manifest.source)
    if not manifest.sha256 or not source.is_file():
        return []
    if file_sha256(source) != manifest.sha256:
        return [f"{printable(source)} has changed since it was split: split it again with --keep {NAME}"]
    return []


def _units(manifest: Manifest) -> list[str]:
    of_unit: defaultdict[str, set[str]] = defaultdict(set)
    of_id: defaultdict[str, set[str]] = defaultdict(set)
    for row in manifest.rows:
        of_unit[row.unit].add(row.side)
        of_id[row.id].add(row.side)
    torn = [(f"unit {unit} is", on) for unit, on in of_unit.items() if len(on) > 1]
    torn += [(f"rows of the content {id_} are", on) for id_, on in of_id.items() if len(on) > 1]
    return [f"{what} on {len(on)} sides: {', '.join(sorted(on))}" for what, on in torn]


def _file(folder: Path, file: SplitFile) -> list[str]:
    path = folder / file.path
    if not path.is_file():
        return [f"{printable(path)} is missing"]
    if file_sha256(path) == file.sha256:
        return []
    try:
        n_rows = len(open_table(path, name=None, skip_bad_rows=True).rows)
    except TunecheckError as error:
        return [f"{printable(path)} has changed and cannot be read: {error.message}"]
    if n_rows == file.n_rows:
        return [f"{printable(path)} has changed: its {n_rows_text(n_rows)} are not as they were written"]
    return [f"{printable(path)} has changed: it has {n_rows_text(n_rows)}, and {file.n_rows:,} were written to it"]


def _counts(manifest: Manifest) -> list[str]:
    if manifest.n_folds or not manifest.files:
        return []
    listed = Counter(row.side for row in manifest.rows)
    return [
        f"{file.path} was written with {n_rows_text(file.n_rows)}, and the manifest lists {listed[file.side]:,}"
        for file in manifest.files
        if listed[file.side] != file.n_rows
    ]


def _leaks(folder: Path, manifest: Manifest) -> list[str]:
    """Leaks counted again in the files themselves; only more than then is a difference."""
    of_part: defaultdict[str, dict[str, Path]] = defaultdict(dict)
    for file in manifest.files:
        parent = str(Path(file.path).parent)
        of_part[parent][file.side] = folder / file.path
    beside = frozenset(
        name for key in ("time_column", "category_column", "group_column") if (name := manifest.settings.get(key))
    )
    shape = str(manifest.settings.get("shape") or "auto")
    found: list[str] = []
    for parent, paths in of_part.items():
        for sides, report in leaks_between(paths, shape=shape, beside=frozenset(map(str, beside))):
            name = sides if parent == "." else f"the rest and {parent}"
            then, now = manifest.leaks.get(name, 0), len(report.leaked_ids)
            if now > then:
                found.append(f"{name} share {now:,} items or near copies, and the manifest says {then:,}")
    return found
