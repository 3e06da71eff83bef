"""write and verify: files in the shape of the input, a manifest that holds, and nothing written over."""

from __future__ import annotations

import csv
import gzip
import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.data.conftest import WriteRows
from tests.data.splitting.rows import row, rows, text
from tunecheck.core.splits import Split
from tunecheck.data.containers import read_file
from tunecheck.data.splitting import read_manifest, split, verify, write
from tunecheck.errors import DataError, InputError


def written(path: Path, out: Path, **options: object) -> Split:
    found = split(path, **options)  # type: ignore[arg-type]
    return write(found, out, version="0", overwrite=False)


def jsonl(path: Path, lines: list[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_json_lines_are_the_lines_that_they_were(tmp_path: Path) -> None:
    lines = [json.dumps(one, separators=(" ,", ":  ")) for one in rows(20)]
    source = tmp_path / "data.jsonl"
    source.write_bytes(b"\xef\xbb\xbf" + "\n\n".join(lines).encode())
    made = written(source, tmp_path / "out", test_size=0.25)
    parts = [(tmp_path / "out" / name).read_text().splitlines() for name in ("train.jsonl", "val.jsonl")]
    assert sorted(parts[0] + parts[1]) == sorted(lines)
    assert [len(part) for part in parts] == [15, 5]
    assert [(file.path, file.side, file.n_rows) for file in made.files] == [
        ("train.jsonl", "train", 15),
        ("val.jsonl", "validation", 5),
    ]


def test_a_json_array_stays_one_with_its_elements_as_they_were(tmp_path: Path) -> None:
    source = tmp_path / "data.json"
    elements = [json.dumps(one, indent=1).replace("}", ', "n": 1.500, "é": "\\u00e9"}') for one in rows(20)]
    source.write_text("[" + " , ".join(elements) + "]", encoding="utf-8")
    written(source, tmp_path / "out")
    train = (tmp_path / "out" / "train.json").read_text(encoding="utf-8")
    assert len(json.loads(train)) == 18
    assert sum(element in train for element in elements) == 18


def test_the_rest_of_an_object_around_the_rows_stays(tmp_path: Path) -> None:
    source = tmp_path / "data.json"
    source.write_text(json.dumps({"version": [1, 2], "data": rows(20), "by": "me"}))
    written(source, tmp_path / "out")
    train = json.loads((tmp_path / "out" / "train.json").read_text())
    assert (train["version"], len(train["data"]), train["by"]) == ([1, 2], 18, "me")


def test_csv_keeps_its_separator_quotes_and_line_ends(tmp_path: Path) -> None:
    source = tmp_path / "data.csv"
    with source.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";", quoting=csv.QUOTE_ALL)
        writer.writerow(["prompt", "completion"])
        writer.writerows([[text(n), f'"{n}"\nsecond; line'] for n in range(20)])
    written(source, tmp_path / "out")
    before = source.read_bytes()
    parts = [(tmp_path / "out" / name).read_bytes() for name in ("train.csv", "val.csv")]
    assert all(part.startswith(b'"prompt";"completion"\r\n') for part in parts)
    assert sum(len(part) for part in parts) == len(before) + len(b'"prompt";"completion"\r\n')
    both = [one.value for name in ("train.csv", "val.csv") for one in read_file(tmp_path / "out" / name)[1]]
    assert sorted(both, key=str) == sorted((one.value for one in read_file(source)[1]), key=str)


def test_parquet_keeps_its_schema_and_compression(tmp_path: Path) -> None:
    schema = pa.schema(
        [pa.field("prompt", pa.large_string(), nullable=False), ("completion", pa.string()), ("n", pa.int16())],
        metadata={"made": "here"},
    )
    table = pa.Table.from_pylist([row(n, n=n) for n in range(20)], schema=schema)
    source = tmp_path / "data.parquet"
    pq.write_table(table, source, compression="zstd", row_group_size=7)
    written(source, tmp_path / "out")
    train = pq.ParquetFile(tmp_path / "out" / "train.parquet")
    assert train.schema_arrow.equals(schema, check_metadata=True)
    assert (train.metadata.num_rows, train.metadata.row_group(0).column(0).compression) == (18, "ZSTD")


def test_what_was_packed_is_packed_again_and_the_same_each_time(tmp_path: Path) -> None:
    source = tmp_path / "data.jsonl.gz"
    source.write_bytes(gzip.compress("".join(json.dumps(one) + "\n" for one in rows(20)).encode()))
    made = [written(source, tmp_path / out).files for out in ("one", "two")]
    assert made[0] == made[1]
    assert len(gzip.decompress((tmp_path / "one" / "val.jsonl.gz").read_bytes()).splitlines()) == 2


def test_rows_from_memory_become_json_lines(tmp_path: Path) -> None:
    write(split(rows(20)), tmp_path, version="0")
    assert len((tmp_path / "train.jsonl").read_text().splitlines()) == 18
    assert verify(tmp_path) == []


def test_folds_are_folders(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "data.jsonl", [json.dumps(one) for one in rows(30)])
    written(source, tmp_path / "out", folds=3)
    found = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.json*"))
    assert found == [
        *(f"fold-{number}/{side}.jsonl" for number in (1, 2, 3) for side in ("train", "val")),
        "split.json",
    ]
    assert verify(tmp_path / "out") == []


def test_the_same_split_may_be_written_again_and_another_is_refused(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "data.jsonl", [json.dumps(one) for one in rows(20)])
    written(source, tmp_path / "out")
    written(source, tmp_path / "out")
    with pytest.raises(InputError) as caught:
        written(source, tmp_path / "out", seed=7)
    assert "exist with other content" in caught.value.message
    assert caught.value.hint == "name another --out, or write over it: --overwrite"
    write(split(source, seed=7), tmp_path / "out", version="0", overwrite=True)
    assert verify(tmp_path / "out") == []
    assert not list((tmp_path / "out").glob(".*"))


def test_the_input_is_never_written_over(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "train.jsonl", [json.dumps(one) for one in rows(20)])
    before = source.read_bytes()
    with pytest.raises(InputError, match="is the input, and is not written over"):
        write(split(source), tmp_path, version="0", overwrite=True)
    assert source.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["train.jsonl"]


def test_an_input_that_changed_since_is_refused(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "data.jsonl", [json.dumps(one) for one in rows(20)])
    found = split(source)
    jsonl(source, [json.dumps(one) for one in rows(21)])
    with pytest.raises(InputError, match="has changed since it was split"):
        write(found, tmp_path / "out", version="0")


def test_the_manifest_says_what_was_done(tmp_path: Path, write_rows: WriteRows) -> None:
    source = write_rows("data.jsonl", [row(n, label="ab"[n % 2]) for n in range(40)])
    made = written(source, tmp_path / "out", strategy="category", test_size=0.2, seed=5)
    text_ = (tmp_path / "out" / "split.json").read_text()
    found = json.loads(text_)
    assert found["schema"] == "tunecheck.split/1"
    assert found["input"] == {"name": str(source), "sha256": made.sha256}
    assert (found["seed"], found["n_train"], found["n_val"]) == (5, 32, 8)
    assert found["settings"]["category_column"] == "label"
    assert found["leaks"]["train and validation"]["leaked"] == 0
    assert [one["row"] for one in found["rows"]] == list(range(1, 41))
    kept = read_manifest(tmp_path / "out" / "split.json")
    assert kept.rows == made.rows
    assert kept.files == made.files


def test_verify_names_each_difference(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "data.jsonl", [json.dumps(one) for one in rows(30)])
    out = tmp_path / "out"
    written(source, out, final_test_size=0.1)
    assert verify(out) == verify(out / "split.json") == []
    with source.open("a") as file:
        file.write(json.dumps(row("new")) + "\n")
    with (out / "train.jsonl").open("a") as file:
        file.write(json.dumps(row("more")) + "\n")
    (out / "test.jsonl").unlink()
    manifest = json.loads((out / "split.json").read_text())
    place = next(n for n, one in enumerate(manifest["rows"]) if one["side"] == "validation")
    manifest["rows"][place - 1]["unit"] = manifest["rows"][place]["unit"]
    manifest["rows"][place - 1]["side"] = "train"
    (out / "split.json").write_text(json.dumps(manifest))
    assert verify(out) == [
        f"{source} has changed since it was split: split it again with --keep split.json",
        f"unit {manifest['rows'][place]['unit']} is on 2 sides: train, validation",
        f"{out}/train.jsonl has changed: it has 25 rows, and 24 were written to it",
        f"{out}/test.jsonl is missing",
    ]


def test_verify_finds_a_copy_that_was_put_on_both_sides_with_its_hashes(tmp_path: Path) -> None:
    import hashlib

    source = jsonl(tmp_path / "data.jsonl", [json.dumps(one) for one in rows(30)])
    out = tmp_path / "out"
    written(source, out)
    lines = (out / "train.jsonl").read_text().splitlines(keepends=True)
    lines[0] = (out / "val.jsonl").read_text().splitlines(keepends=True)[0]
    (out / "train.jsonl").write_text("".join(lines))
    manifest = json.loads((out / "split.json").read_text())
    manifest["files"][0]["sha256"] = hashlib.sha256((out / "train.jsonl").read_bytes()).hexdigest()
    (out / "split.json").write_text(json.dumps(manifest))
    assert verify(out) == ["train and validation share 1 items or near copies, and the manifest says 0"]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"schema": "tunecheck.split/1"}', '{"schema": 3}', "\x00"])
def test_what_is_no_manifest_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "split.json").write_text(content)
    with pytest.raises(DataError) as caught:
        verify(tmp_path)
    assert "manifest" in caught.value.message
    with pytest.raises(InputError, match="cannot be read"):
        verify(tmp_path / "none.json")


def test_kept_rows_stay_also_when_others_are_gone_and_new_rows_follow_their_unit(tmp_path: Path) -> None:
    table = [row(n, doc_id=f"{n // 2}") for n in range(60)]
    before = write(split(table), tmp_path, version="0")
    old = {one.id: one.side for one in before.rows}
    late = [row(f"late {n}", doc_id=f"{n}") for n in range(0, 30, 3)]
    new = [row(f"new {n}", doc_id=f"new {n}") for n in range(100)]
    after = split([*new, *table[7:], *late], keep=tmp_path)
    assert all(one.side == old[one.id] for one in after.rows if one.id in old)
    assert abs(after.count("validation") - 16.3) <= 2
    assert "7 rows of " in " ".join(after.notes)


def test_a_row_that_joins_two_kept_sides_takes_both_to_train_and_says_so(tmp_path: Path) -> None:
    table = rows(40)
    before = write(split(table), tmp_path, version="0")
    held = next(place for place, one in enumerate(before.rows) if one.side == "validation")
    bridge = {"prompt": table[held]["prompt"], "completion": table[0]["completion"], "doc_id": "x"}
    table[0]["doc_id"] = "x"
    after = split([*table, bridge], keep=read_manifest(tmp_path))
    assert {after.rows[place].side for place in (0, held, 40)} == {"train"}
    assert after.notes[0].startswith("1 row left their earlier side: new rows join them to rows of another side")


def test_the_cut_of_a_kept_temporal_split_stays(tmp_path: Path) -> None:
    table = [row(n, date=f"2021-03-{1 + n:02}") for n in range(30)]
    before = write(split(table, strategy="temporal", test_size=0.2), tmp_path, version="0")
    later = [row(f"later {n}", date=f"2021-05-{1 + n:02}") for n in range(20)]
    after = split([*table, *later], strategy="temporal", keep=tmp_path)
    assert after.cuts == before.cuts
    assert [one.side for one in after.rows[:30]] == [one.side for one in before.rows]
    assert after.count("validation") == 26


def test_a_manifest_of_another_strategy_is_refused(tmp_path: Path) -> None:
    write(split(rows(20)), tmp_path, version="0")
    with pytest.raises(InputError) as caught:
        split(rows(20), folds=2, keep=tmp_path)
    assert "is of a random split; its rows cannot stay where they are in another one" in caught.value.message
    assert caught.value.hint == "use --strategy random"


def test_rows_that_cannot_be_read_are_named_or_left_out(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "data.jsonl", [*(json.dumps(one) for one in rows(20)), "{", "3"])
    with pytest.raises(DataError) as caught:
        split(source)
    assert caught.value.message == (
        "data.jsonl: 2 of 22 rows cannot be read:\n  data.jsonl line 21: not JSON: Expecting property name enclosed in "
        "double quotes at the end of the line\n  data.jsonl line 22: the row is 3, not an object"
    )
    made = written(source, tmp_path / "out", skip_bad_rows=True)
    assert made.notes[0] == "2 rows that cannot be read are left out"
    assert len(made.rows) == 20


@pytest.mark.parametrize("n_moved", [0, 1, 2])
def test_a_write_that_is_killed_leaves_no_folder_that_looks_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_moved: int
) -> None:
    class Killed(BaseException):
        pass

    moved: list[object] = []

    def move(*paths: str) -> None:
        if len(moved) == n_moved:
            raise Killed
        moved.append(paths)
        os.rename(*paths)  # noqa: PTH104

    source = tmp_path / "data.jsonl"
    source.write_text("".join(json.dumps(one) + "\n" for one in rows(40)))
    write(split(source, seed=1), tmp_path / "out", version="0")
    with monkeypatch.context() as patched:
        patched.setattr("tunecheck.data.splitting.writing.os.replace", move)
        with pytest.raises(Killed):
            write(split(source, seed=2), tmp_path / "out", version="0", overwrite=True)
    with pytest.raises(InputError, match="cannot be read"):
        verify(tmp_path / "out")
    write(split(source, seed=2), tmp_path / "out", version="0", overwrite=True)
    assert verify(tmp_path / "out") == []
