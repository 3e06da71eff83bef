"""Package: whether a file is an Excel workbook that can be opened without harm."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

from tunecheck.data.encoding import label_of
from tunecheck.data.sheets.form import SheetForm
from tunecheck.errors import InputError

MOST_UNPACKED_MB = 200
MOST_PARTS = 1_000
ZIP_MAGIC = b"PK\x03\x04"
# The container of .xls, and of any workbook with a password.
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SAVE_HINT = "save it as .xlsx or .csv"

_CHUNK_BYTES = 1 << 20
_MARK = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
_XML = (".xml", ".rels", ".vml")
# What zipfile raises for archives that are damaged, or packed in a way of their own.
ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


def check_package(path: Path, form: SheetForm[Any, Any]) -> None:
    """Raise InputError unless the zip file at ``path`` is a workbook of sane size, without a password or entities."""
    label = label_of(path)
    try:
        with zipfile.ZipFile(path) as package:
            _check_size(package, label, form)
            _check_kind(package, label)
            for part in package.infolist():
                if part.filename.lower().endswith(_XML) and _has_document_type(package, part):
                    raise InputError(
                        f"{label}: its part {part.filename!a} declares a document type, which no spreadsheet writes",
                        hint=f"open it in a spreadsheet program and {SAVE_HINT}",
                    )
    except ZIP_ERRORS as error:
        raise broken(label, error) from None


def broken(label: str, error: BaseException) -> InputError:
    """The error for a workbook that cannot be read."""
    said = (str(error).splitlines() or [type(error).__name__])[0]
    return InputError(
        f"{label} is a damaged workbook: {ascii(said)[1:-1][:120]}",
        hint="open it in a spreadsheet program and save it again as .xlsx or .csv",
    )


def _check_size(package: zipfile.ZipFile, label: str, form: SheetForm[Any, Any]) -> None:
    parts = package.infolist()
    if len(parts) > MOST_PARTS:
        raise InputError(f"{label} has {len(parts):,} parts; a {form.title} has some twenty", hint=SAVE_HINT)
    n_bytes = sum(part.file_size for part in parts)
    if n_bytes > MOST_UNPACKED_MB * 1_000_000:
        raise InputError(
            f"{label} unpacks to {n_bytes / 1e6:,.0f} MB, more than {MOST_UNPACKED_MB}",
            hint=f"copy the sheet {form.sheet} into a new workbook and save that as .xlsx",
        )


def _check_kind(package: zipfile.ZipFile, label: str) -> None:
    names = set(package.namelist())
    if "mimetype" in names:
        raise InputError(f"{label} is an OpenDocument file, which is not read", hint=SAVE_HINT)
    if any(part.flag_bits & 1 for part in package.infolist()):
        raise InputError(f"{label} has a password", hint=f"{SAVE_HINT}, without a password")
    if "xl/workbook.bin" in names:
        raise InputError(f"{label} is a binary workbook (.xlsb), which is not read", hint=SAVE_HINT)
    if "[Content_Types].xml" not in names:
        raise InputError(f"{label} is a zip file and no Excel workbook", hint="give the sheet itself, unpacked")


def _has_document_type(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Entities are declared in a document type, and text has its "<" escaped."""
    before = b""
    with package.open(part) as file:
        while chunk := file.read(_CHUNK_BYTES):
            # UTF-16 has a NUL beside each letter.
            now = before + chunk.replace(b"\0", b"")
            if _MARK.search(now):
                return True
            before = now[-16:]
    return False
