"""Round trips: a sheet that is written and comes back says what was said, and nothing else."""

from __future__ import annotations

import json
import warnings
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from tests.data.sheets.studies import HOSTILE, csv_rows, slots, study
from tunecheck.core import BLOCKED, NOTE
from tunecheck.data.sheets import known_rows, read_sheet, write_sheet
from tunecheck.data.sheets.match import comparable
from tunecheck.data.sheets.text import cut, guarded, note_text, spelled, unguarded
from tunecheck.study import AXES, Place, Standing

SUFFIXES = (".json", ".csv", ".xlsx")
TEXT = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.text("'=+-@＝;,\t\r\n \"_x05Ff<>r/\x00\ud800"),
    st.sampled_from([text for text in HOSTILE if len(text) < 1_000]),
)
SAID = st.builds(
    Standing,
    scores=st.dictionaries(st.sampled_from(["accuracy", "relevance"]), st.integers(1, 5)),
    not_applicable=st.sets(st.sampled_from(["fluency", "format"])),
    note=TEXT,
    blocked=TEXT,
)


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(rows=st.lists(st.tuples(TEXT, SAID), min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_what_was_said_comes_back_and_texts_are_known_again(suffix: str, rows: list[tuple[str, Standing]]) -> None:
    review = study([text for text, _ in rows])
    standing: dict[Place, Standing] = {(entry, False): said for entry, (_, said) in enumerate(rows)}
    with TemporaryDirectory() as folder:
        path = Path(folder, f"sheet{suffix}")
        write_sheet(path, review, slots(review), standing)
        blank = read_sheet(path, review, known_rows(review, [0]))
        again = read_sheet(path, review, known_rows(review, [0], {0: standing}))
    assert blank.rejected == again.rejected == ()
    assert again.changes == ()
    assert blank.n_rows == len(rows)
    said = {(change.known.slot.entry, change.field): change.value for change in blank.changes}
    assert len(said) == again.n_unchanged
    for entry, (_, one) in enumerate(rows):
        axes = {axis.name: said[entry, axis.name] for axis in AXES if (entry, axis.name) in said}
        assert axes == {
            **{name: str(value) for name, value in one.scores.items()},
            **dict.fromkeys(one.not_applicable, "na"),
        }
        for field, text in ((NOTE, one.note), (BLOCKED, one.blocked)):
            if len(text) < 10_000:
                assert comparable(said.get((entry, field), "")) == comparable(text)


@given(TEXT)
def test_a_guard_comes_off_as_it_went_on_and_no_guarded_text_begins_like_a_formula(text: str) -> None:
    safe = spelled(text)
    assert unguarded(guarded(safe)) == safe
    assert guarded(safe).strip()[:1] not in tuple("=+-@＝＋－＠")
    assert guarded(safe)[:1] not in ("\t", "\r", "\n")


@given(TEXT)
def test_a_cell_is_never_longer_than_excel_holds(text: str) -> None:
    assert len(cut(spelled(text)).encode("utf-16-le")) <= 2 * 32_767


@given(TEXT)
def test_a_note_that_was_read_can_be_stored_as_utf_8(text: str) -> None:
    note_text(text).encode()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_hostile_texts_come_back_as_answers_prompts_references_and_notes(suffix: str, tmp_path: Path) -> None:
    review = study(HOSTILE)
    standing: dict[Place, Standing] = {(entry, False): Standing(note=text) for entry, text in enumerate(HOSTILE)}
    path = tmp_path / f"sheet{suffix}"
    write_sheet(path, review, slots(review), standing)
    reading = read_sheet(path, review, known_rows(review, [0], {0: standing}))
    assert (reading.n_rows, reading.changes, reading.rejected, reading.notes) == (len(HOSTILE), (), (), ())


def test_no_cell_of_the_workbook_is_a_formula_or_a_link(tmp_path: Path) -> None:
    review = study(HOSTILE, instructions="=1+1")
    path = tmp_path / "sheet.xlsx"
    standing: dict[Place, Standing] = {
        (entry, False): Standing(note=text, blocked=text) for entry, text in enumerate(HOSTILE)
    }
    write_sheet(path, review, slots(review), standing)
    with zipfile.ZipFile(path) as package:
        sheets = [package.read(name) for name in package.namelist() if name.startswith("xl/worksheets/sheet")]
        strings = package.read("xl/sharedStrings.xml")
        assert not [name for name in package.namelist() if "vba" in name.lower() or "external" in name.lower()]
    assert len(sheets) == 2
    assert all(b"<f>" not in sheet and b"hyperlink" not in sheet for sheet in sheets)
    assert b"<r>" not in strings
    book = load_workbook(path)
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n"}


def test_no_cell_of_the_csv_begins_like_a_formula(tmp_path: Path) -> None:
    review = study(HOSTILE)
    path = tmp_path / "sheet.csv"
    write_sheet(path, review, slots(review), {})
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    cells = [cell for row in csv_rows(path) for cell in row]
    assert not [cell for cell in cells if cell.lstrip()[:1] in tuple("=+-@＝＋－＠") and cell.strip()]
    # Excel of half of Europe parts cells at semicolons, wherever quotes are.
    assert not [part for cell in cells for part in cell.split(";") if part.lstrip()[:1] == "="]


def test_the_json_has_the_texts_themselves(tmp_path: Path) -> None:
    review = study(HOSTILE)
    path = tmp_path / "evaluation_sheet.json"
    write_sheet(path, review, slots(review), {(0, False): Standing(scores={"accuracy": 4}, not_applicable={"format"})})
    items = json.loads(path.read_text("utf-8"))
    order = slots(review)
    assert [item["generated"] for item in items] == [HOSTILE[slot.entry] for slot in order]
    assert items[[slot.entry for slot in order].index(0)] == {
        "id": [slot.entry for slot in order].index(0) + 1,
        "prompt": "Prompt 0",
        "expected": "Reference 0",
        "generated": "=1+1",
        "scores": {"accuracy": 4, "relevance": None, "fluency": None, "format": "n/a"},
        "notes": "",
        "token": next(slot.token for slot in order if slot.entry == 0),
    }


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_sheet_tells_neither_side_nor_item(suffix: str, tmp_path: Path) -> None:
    review = study()
    path = tmp_path / f"sheet{suffix}"
    write_sheet(path, review, slots(review), {})
    content = path.read_bytes()
    if suffix == ".xlsx":
        with zipfile.ZipFile(path) as package:
            content = b"".join(package.read(name) for name in package.namelist())
    for word in (b"item-", b"tuned", b">base<", b'"base"', b",base,", review.secret.encode()):
        assert word not in content


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_sheet_is_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    review = study()
    first, second = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    for path in (first, second):
        write_sheet(path, review, slots(review), {})
    assert first.read_bytes() == second.read_bytes()


def test_a_note_that_was_cut_does_not_replace_the_whole_one(tmp_path: Path) -> None:
    review, long = study(), "a long note " * 4_000
    standing: dict[Place, Standing] = {(0, False): Standing(note=long)}
    for suffix in SUFFIXES:
        path = tmp_path / f"sheet{suffix}"
        write_sheet(path, review, slots(review), standing)
        assert read_sheet(path, review, known_rows(review, [0], {0: standing})).changes == ()


def test_nothing_is_left_beside_a_sheet_and_no_warning_is_raised(tmp_path: Path) -> None:
    review = study()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for suffix in SUFFIXES:
            path = tmp_path / f"sheet{suffix}"
            write_sheet(path, review, slots(review), {})
            read_sheet(path, review, known_rows(review, [0]))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sheet.csv", "sheet.json", "sheet.xlsx"]
