"""Writing: the files of a split beside their manifest, all of them or none, and never over other content."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tunecheck.core.splits import TEST, TRAIN, VALIDATION, Split, SplitFile
from tunecheck.data.encoding import printable
from tunecheck.data.splitting.manifest import NAME, manifest_text
from tunecheck.data.splitting.parts import Render, renderer, rows_as_lines, suffix_of
from tunecheck.data.splitting.table import file_sha256
from tunecheck.errors import CannotRun, InputError

_STEMS = ((TRAIN, "train"), (VALIDATION, "val"), (TEST, "test"))


@dataclass(frozen=True, slots=True)
class _Part:
    path: str
    side: str
    places: tuple[int, ...]


def write(split: Split, folder: str | os.PathLike[str], *, version: str, overwrite: bool = False) -> Split:
    """Write train, val and test (or fold-1/train, fold-1/val, ...) and split.json to a folder; gives it with its files.

    Files have the container and the extension of the input; rows from memory become JSON Lines. A file that stands
    there with other content is refused, unless ``overwrite`` is given; the input itself always is. Everything is
    written beside its place and moved there when all of it is on disk, the manifest last; an earlier manifest is
    taken away first.

    Raises InputError when a file may not be written, or the input has changed since it was split.
    """
    out = Path(folder)
    source = Path(split.name) if split.sha256 else None
    if source is not None:
        _check_source(source, split.sha256)
    render = renderer(source) if source is not None else _render_memory(split)
    suffix = suffix_of(source) if source is not None else ".jsonl"
    parts = _parts(split, suffix)
    contents = {part.path: render([_number(split, place, source) for place in part.places]) for part in parts}
    files = tuple(
        SplitFile(
            path=part.path,
            side=part.side,
            n_rows=len(part.places),
            sha256=hashlib.sha256(contents[part.path]).hexdigest(),
        )
        for part in parts
    )
    made = replace(split, files=files)
    contents[NAME] = manifest_text(made, version=version).encode("utf-8")
    targets = {out / path: content for path, content in contents.items()}
    _check_targets(targets, source, overwrite=overwrite)
    _write_all(targets)
    return made


def _number(split: Split, place: int, source: Path | None) -> int:
    return split.rows[place].number if source is not None else place


def _render_memory(split: Split) -> Render:
    return lambda places: rows_as_lines([split.originals[place] for place in places])


def _parts(split: Split, suffix: str) -> list[_Part]:
    sides = [row.side for row in split.rows]
    if not split.n_folds:
        named = [(side, stem) for side, stem in _STEMS if side in sides]
        return [_Part(f"{stem}{suffix}", side, _places(sides, (side,))) for side, stem in named]
    parts = []
    folds = [f"fold-{number}" for number in range(1, split.n_folds + 1)]
    for fold in folds:
        rest = tuple(other for other in folds if other != fold)
        parts.append(_Part(f"{fold}/train{suffix}", TRAIN, _places(sides, rest)))
        parts.append(_Part(f"{fold}/val{suffix}", VALIDATION, _places(sides, (fold,))))
    return parts


def _places(sides: Sequence[str], wanted: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(place for place, side in enumerate(sides) if side in wanted)


def _check_source(source: Path, sha256: str) -> None:
    try:
        same = file_sha256(source) == sha256
    except OSError as error:
        raise InputError(f"{printable(source)} cannot be read: {error.strerror}", hint="split it again") from None
    if not same:
        raise InputError(f"{printable(source)} has changed since it was split", hint="split it again")


def _check_targets(targets: dict[Path, bytes], source: Path | None, *, overwrite: bool) -> None:
    try:
        for path in targets:
            if source is not None and path.exists() and path.samefile(source):
                raise InputError(f"{printable(path)} is the input, and is not written over", hint="name another --out")
        taken = [path for path, content in targets.items() if path.exists() and not _holds(path, content)]
    except OSError as error:
        raise InputError(f"{error.filename} cannot be used: {error.strerror}", hint="name another --out") from None
    if taken and not overwrite:
        names = ", ".join(printable(path) for path in taken[:5])
        raise InputError(
            f"{names} {'exist' if len(taken) > 1 else 'exists'} with other content",
            hint="name another --out, or write over it: --overwrite",
        )


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content


def _write_all(targets: dict[Path, bytes]) -> None:
    waiting: list[tuple[Path, Path]] = []
    try:
        for path, content in targets.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            waiting.append((_beside(path, content), path))
        # Without its manifest a folder is no finished split, whatever happens from here on.
        for path, content in targets.items():
            if path.name == NAME and not _holds(path, content):
                path.unlink(missing_ok=True)
        while waiting:
            os.replace(*waiting[0])  # noqa: PTH105
            del waiting[0]
        for folder in {path.parent for path in targets}:
            _sync_folder(folder)
    except OSError as error:
        raise CannotRun(
            f"{error.filename or next(iter(targets)).parent} cannot be written: {error.strerror}",
            hint="check the space and the rights of --out",
        ) from None
    finally:
        for left, _ in waiting:
            left.unlink(missing_ok=True)


def _beside(path: Path, content: bytes) -> Path:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside = Path(name)
    beside.chmod(0o666 & ~_umask())
    return beside


def _umask() -> int:
    # There is no way to ask for it but to set it.
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # Not every file system has it.
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
