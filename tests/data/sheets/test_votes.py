"""Sheets of votes: what goes out tells no side, and what comes back says what was chosen, row by row."""

from __future__ import annotations

import json
import random
import re
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.comparisons import pair, pair_study
from tests.data.sheets.studies import HOSTILE as OLD_HOSTILE
from tests.data.sheets.studies import csv_rows, write_csv
from tests.web.hostile_texts import HOSTILE
from tunecheck.core import CHOICE, NOTE, PairStudy
from tunecheck.data.sheets import SheetReading, known_votes, read_vote_sheet, write_vote_sheet
from tunecheck.data.sheets.vote_word import choice_of
from tunecheck.errors import InputError
from tunecheck.study import PairSlot, PairStanding, Place, guess_sheet, pair_sheet

SUFFIXES = (".json", ".csv", ".xlsx")
HEADER = ["id", "prompt", "expected", "answer_a", "answer_b", "choice", "notes", "token"]
STARTS_A_FORMULA = re.compile(r"[\s\x00-\x20]*[=+@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")

Standings = dict[Place, PairStanding]


def written(path: Path, study: PairStudy, said: Standings | None = None, rater: int = 0) -> Path:
    write_vote_sheet(path, study, pair_sheet(study, rater), said or {})
    return path


def read(path: Path, study: PairStudy, said: Standings | None = None) -> SheetReading[PairSlot, PairStanding]:
    return read_vote_sheet(path, study, known_votes(study, [0], {0: said or {}}))


def chosen(reading: SheetReading[PairSlot, PairStanding]) -> dict[int, str]:
    return {change.known.slot.entry: change.value for change in reading.changes if change.field == CHOICE}


def hostile() -> PairStudy:
    texts = [*(text for _, text in HOSTILE), *OLD_HOSTILE]
    return pair_study(
        pairs=[
            pair(number, tuned=text, base=other, prompt=text, reference=other)
            for number, (text, other) in enumerate(zip(texts, [*texts[1:], "last"], strict=True))
        ],
        instructions="=1+1",
    )


def test_the_workbook_has_choices_protection_and_instructions(tmp_path: Path) -> None:
    study = pair_study(3, instructions="Mind the units.", n_guesses=3)
    book = load_workbook(written(tmp_path / "sheet.xlsx", study))
    assert book.sheetnames == ["Vote", "Instructions"]
    sheet = book["Vote"]
    assert [cell.value for cell in sheet[1]] == HEADER
    assert sheet.max_row == 4
    assert sheet.auto_filter.ref == "A1:H4"
    assert sheet.column_dimensions["H"].hidden
    (validation,) = sheet.data_validations.dataValidation
    assert (str(validation.sqref), validation.formula1) == ("F2:F4", '"A,B,Tie,Both bad,Skip"')
    assert validation.error == "Choose A, B, Tie, Both bad or Skip."
    assert len(validation.prompt) <= 255
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    assert [cell.protection.locked for cell in sheet[2]] == [True] * 5 + [False] * 2 + [True]
    told = "\n".join(str(cell.value) for row in book["Instructions"].iter_rows() for cell in row if cell.value)
    for text in ("Mind the units.", "How to vote", "you cannot judge this pair", "send it back"):
        assert text in told


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_is_the_left_answer_of_the_rater_whose_sheet_it_is(tmp_path: Path, suffix: str) -> None:
    study = pair_study(12)
    for rater in (0, 1):
        path = written(tmp_path / f"{rater}{suffix}", study, rater=rater)
        if suffix == ".json":
            rows = [[str(item[name]) for name in HEADER] for item in json.loads(path.read_text("utf-8"))]
        elif suffix == ".csv":
            rows = csv_rows(path)[1:]
        else:
            rows = [[str(cell.value) for cell in row] for row in load_workbook(path)["Vote"].iter_rows(min_row=2)]
        for row, slot in zip(rows, pair_sheet(study, rater), strict=True):
            own = study.pairs[slot.entry]
            answers = [own.tuned, own.base] if slot.tuned_on == "left" else [own.base, own.tuned]
            assert row[3:5] == answers
            assert row[7] == slot.token


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_guesses_are_on_no_sheet(tmp_path: Path, suffix: str) -> None:
    study = pair_study(5, n_guesses=4)
    path = tmp_path / f"sheet{suffix}"
    write_vote_sheet(path, study, [*pair_sheet(study, 0), *guess_sheet(study, 0)], {})
    assert read(path, study).n_rows == 5


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_was_said_stands_in_the_sheet_and_is_no_change(tmp_path: Path, suffix: str) -> None:
    study = pair_study(5)
    said: Standings = {
        (entry, False): PairStanding(choice=choice, note=f"=note {entry}")
        for entry, choice in enumerate(("left", "right", "tie", "both_bad", "skip"))
    }
    path = written(tmp_path / f"sheet{suffix}", study, said)
    again, blank = read(path, study, said), read(path, study)
    assert (again.changes, again.rejected, again.n_unchanged) == ((), (), 10)
    assert chosen(blank) == {entry: own.choice for (entry, _), own in said.items()}
    assert {change.value for change in blank.changes if change.field == NOTE} == {f"=note {n}" for n in range(5)}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_whole_corpus_of_hostile_texts_comes_back(tmp_path: Path, suffix: str) -> None:
    study = hostile()
    said: Standings = {
        (entry, False): PairStanding(choice="left", note=own.tuned[:9000]) for entry, own in enumerate(study.pairs)
    }
    path = written(tmp_path / f"sheet{suffix}", study, said)
    reading = read(path, study, said)
    assert (reading.n_rows, reading.changes, reading.rejected, reading.notes) == (len(study.pairs), (), (), ())
    assert chosen(read(path, study)) == dict.fromkeys(range(len(study.pairs)), "left")


def test_no_cell_is_a_formula_or_a_link(tmp_path: Path) -> None:
    study = hostile()
    rows = csv_rows(written(tmp_path / "sheet.csv", study))
    assert [cell for row in rows for cell in row if cell.strip() and STARTS_A_FORMULA.match(cell)] == []
    path = written(tmp_path / "sheet.xlsx", study)
    book = load_workbook(path)
    cells = [cell for one in book.worksheets for row in one.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
    assert not any(cell.hyperlink for cell in cells)
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    assert not [name for name in parts if "vba" in name.lower() or "external" in name.lower()]
    assert not [name for name, text in parts.items() if "worksheets/" in name and b"<f>" in text]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_sheet_tells_no_side_and_the_same_one_is_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    study = pair_study(20, n_repeats=1, n_guesses=2)
    path, other = (written(tmp_path / f"{name}{suffix}", study) for name in "ab")
    content = path.read_bytes()
    assert content == other.read_bytes()
    if suffix == ".xlsx":
        with zipfile.ZipFile(path) as package:
            content = b"".join(package.read(name) for name in package.namelist())
    for word in (b"item ", b"tuned", b">base<", b'"base"', b",base,", b"val.jsonl", study.secret.encode()):
        assert word not in content


def test_a_pair_and_its_mirror_have_sheets_that_differ_only_in_the_swapped_texts(tmp_path: Path) -> None:
    one, other = (
        json.loads(written(tmp_path / f"{tuned}.json", pair_study(pairs=[pair(0, tuned=tuned, base=base)])).read_text())
        for tuned, base in (("x", "y"), ("y", "x"))
    )
    (first,), (second,) = one, other
    assert {**first, "answer_a": first["answer_b"], "answer_b": first["answer_a"]} == second


def test_rows_may_be_sorted_and_columns_moved_and_added(tmp_path: Path) -> None:
    study = pair_study(12, n_repeats=0)
    path = written(tmp_path / "sheet.csv", study)
    head, *rows = csv_rows(path)
    wanted = {}
    order = {slot.token: slot.entry for slot in pair_sheet(study, 0)}
    for number, row in enumerate(rows):
        row[5] = ("a", "B is better", "tie", "")[number % 4]
        wanted[order[row[7]]] = ("left", "right", "tie", "")[number % 4]
    random.Random(3).shuffle(rows)
    moved = [[*reversed(row), "mine"] for row in [[name.upper().replace("_", " ") for name in head], *rows]]
    moved[0][-1] = "my column"
    write_csv(path, [["Votes by Ann"], *moved], delimiter=";")
    reading = read(path, study)
    assert chosen(reading) == {entry: value for entry, value in wanted.items() if value}
    assert reading.notes == ("sheet.csv: not columns of the sheet, passed over: 'my column'",)


def test_answers_that_were_swapped_or_changed_in_a_row_are_rejected(tmp_path: Path) -> None:
    study = pair_study(3)
    path = written(tmp_path / "sheet.csv", study)
    rows = csv_rows(path)
    rows[1][3], rows[1][4], rows[1][5] = rows[1][4], rows[1][3], "A"
    rows[2][4], rows[2][5] = "another text", "B"
    rows[3][5] = "A"
    write_csv(path, rows)
    reading = read(path, study)
    assert [one.address for one in reading.rejected] == [
        "sheet.csv line 2, column answer_a", "sheet.csv line 3, column answer_b",
    ]  # fmt: skip
    assert "this is not the answer that the row's token stands for" in reading.rejected[0].reason
    assert reading.n_rows == len(reading.changes) == 1


def test_cells_that_cannot_be_read_are_named_by_their_address(tmp_path: Path) -> None:
    study = pair_study(4)
    path = written(tmp_path / "sheet.xlsx", study)
    book = load_workbook(path)
    sheet = book["Vote"]
    sheet["F2"], sheet["F3"], sheet["F4"], sheet["G5"] = "tuned", 1, "=A1", "=1+1"
    sheet["F9"] = "A"
    book.save(path)
    items = json.loads(written(tmp_path / "sheet.json", study).read_text("utf-8"))
    items[0]["choice"], items[1]["notes"] = ["A"], ["x"]
    (tmp_path / "sheet.json").write_text(json.dumps(items), "utf-8")
    formula = "it is a formula, and formulas are not read; put the value itself there"
    assert sorted(one.words for one in read(path, study).rejected) == [
        "Vote!F2: 'tuned' is not A, B, Tie, Both bad or Skip",
        "Vote!F3: 1 is not A, B, Tie, Both bad or Skip",
        f"Vote!F4: {formula}",
        f"Vote!G5: {formula}",
        "Vote!H9: there is no token, so nobody knows which pair the row is about; it was not read",
    ]
    assert [one.words for one in read(tmp_path / "sheet.json", study).rejected] == [
        "sheet.json item 1, choice: a list of 1 is not A, B, Tie, Both bad or Skip",
        "sheet.json item 2, notes: a list of 1 is not a text",
    ]


def test_two_rows_with_one_token_have_to_agree(tmp_path: Path) -> None:
    study = pair_study(3)
    path = written(tmp_path / "sheet.csv", study)
    rows = csv_rows(path)
    rows[1][5], rows[2][5] = "A", "Tie"
    write_csv(path, [*rows, [*rows[1][:5], "B", *rows[1][6:]], [*rows[2][:5], "=", *rows[2][6:]]])
    reading = read(path, study)
    assert [change.value for change in reading.changes] == ["tie"]
    assert [one.words for one in reading.rejected] == [
        "sheet.csv line 2, column choice: 'left' here and 'right' in sheet.csv line 5, column choice, with the same "
        "token",
        "sheet.csv line 5, column choice: 'right' here and 'left' in sheet.csv line 2, column choice, with the same "
        "token",
    ]


def test_a_file_without_the_column_of_choices_or_of_no_known_kind_is_refused(tmp_path: Path) -> None:
    study = pair_study(3)
    rows = csv_rows(written(tmp_path / "sheet.csv", study))
    write_csv(tmp_path / "sheet.csv", [[*row[:5], *row[6:]] for row in rows])
    with pytest.raises(InputError, match=r"sheet\.csv: there is no column choice"):
        read(tmp_path / "sheet.csv", study)
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    with pytest.raises(InputError, match=r"a\.pdf is no voting sheet"):
        read(tmp_path / "a.pdf", study)
    with pytest.raises(InputError, match=r"a voting sheet cannot be written as"):
        written(tmp_path / "sheet.ods", study)
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(InputError, match="holds nothing, not a list") as caught:
        read(tmp_path / "a.json", study)
    assert caught.value.hint == "give the list of objects that was written, each with its choice filled in"


def test_without_an_answer_rows_are_read_and_a_note_says_so(tmp_path: Path) -> None:
    study = pair_study(3)
    path = written(tmp_path / "sheet.csv", study)
    rows = [row[4:] for row in csv_rows(path)]
    rows[1][1] = "x"
    write_csv(path, rows)
    reading = read(path, study)
    assert list(chosen(reading).values()) == ["both_bad"]
    assert reading.notes == ("there is no column answer_a, so no row could be compared with its answer",)


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("A", "left"), (" a ", "left"), ("a.", "left"), ("'A", "left"), ("Ａ", "left"), ("left", "left"),
        ("A is better", "left"), ("Answer A was much better!", "left"), ("answer_a", "left"), ("A wins", "left"),
        ("A>B", "left"), ("a better", "left"), ("the A is better", "left"),
        ("B", "right"), ("b is better.", "right"), ("Right", "right"), ("B>>A", "right"),
        ("Tie", "tie"), ("=", "tie"), ("A=B", "tie"), ("A = B", "tie"), ("equal", "tie"), ("both good", "tie"),
        ("no preference", "tie"), ("t", "tie"), ("neither is better", "tie"),
        ("Both bad", "both_bad"), ("both_bad", "both_bad"), ("both are bad", "both_bad"), ("neither", "both_bad"),
        ("tie (bothbad)", "both_bad"), ("x", "both_bad"),
        ("Skip", "skip"), ("-", "skip"), ("–", "skip"), ("n/a", "skip"), ("cannot judge", "skip"), ("s", "skip"),
        ("I can’t judge", "skip"),
        (None, ""), ("", ""), ("  ", ""), ("'", ""),
        ("tuned", None), ("base", None), ("1", None), ("0", None), (1, None), (0.5, None), ("0.5", None),
        (True, None), ("1.0", None), ("?", None), ("А", None), ("a or b", None), ("not A", None), ("AB", None),
        ("A is worse", None), ("good", None), (["A"], None), ("#N/A", None), ("=A1", None), (".", None),
    ],
)  # fmt: skip
def test_a_choice_is_read_as_people_write_it(value: object, meant: str | None) -> None:
    assert choice_of(value) == meant
