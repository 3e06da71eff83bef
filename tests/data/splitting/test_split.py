"""split: no unit is on two sides, shares are kept, and rows appended later move nothing."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.data.splitting.rows import row, rows, text
from tunecheck.core.splits import Split
from tunecheck.data.splitting import split
from tunecheck.errors import DataError, InputError


def sides(found: Split) -> list[str]:
    return [one.side for one in found.rows]


def refused(given: Sequence[object], **options: object) -> InputError:
    with pytest.raises(InputError) as caught:
        split(given, **options)  # type: ignore[arg-type]
    return caught.value


@st.composite
def tables(draw: st.DrawFn, min_size: int = 6) -> list[dict[str, object]]:
    """Rows of which some repeat a prompt, a document or all of an earlier row."""
    names = draw(st.lists(st.integers(0, 30), min_size=min_size, max_size=60))
    made: list[dict[str, object]] = []
    for place, name in enumerate(names):
        kind = draw(st.sampled_from(["new", "new", "new", "prompt", "doc", "copy"]))
        one = row(name if kind == "copy" else f"new {place}", category=draw(st.sampled_from(["a", "a", "b", "c", ""])))
        if kind == "prompt":
            one["prompt"] = text(f"prompt {name}")
        one["doc_id"] = f"doc {name}" if kind == "doc" else f"own {place}"
        made.append(one)
    return made


@given(tables(), st.sampled_from(["random", "category"]), st.sampled_from([0.1, 0.2, 0.5]), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_no_prompt_document_or_content_is_on_two_sides(
    table: list[dict[str, object]], strategy: str, test_size: float, seed: int
) -> None:
    try:
        found = split(table, strategy=strategy, test_size=test_size, seed=seed, category_column=_category(strategy))
    except DataError:
        assume(False)
    of: defaultdict[object, set[str]] = defaultdict(set)
    for one, side in zip(table, sides(found), strict=True):
        of[one["prompt"]].add(side)
        of[one["doc_id"]].add(side)
    assert all(len(on) == 1 for on in of.values())
    by_unit = {(place.unit, place.side) for place in found.rows}
    assert len(by_unit) == len({unit for unit, _ in by_unit}) == found.grouping.n_units
    assert all(not report.leaked_ids for _, report in found.leaks)


def _category(strategy: str) -> str | None:
    return "category" if strategy == "category" else None


@given(tables(), st.lists(st.integers(100, 130), max_size=40), st.sampled_from(["random", "category"]))
@settings(max_examples=60, deadline=None)
def test_appended_rows_move_no_old_row(table: list[dict[str, object]], more: list[int], strategy: str) -> None:
    # New rows, new rows twice, copies of old rows and near copies of old rows.
    new = [_appended(table[name % len(table)], name) for name in more]
    try:
        before = split(table, strategy=strategy, test_size=0.2)
    except DataError:
        assume(False)
    after = split([*table, *new], strategy=strategy, test_size=0.2)
    assert sides(after)[: len(table)] == sides(before)


def _appended(old: dict[str, object], name: int) -> dict[str, object]:
    if name > 125:
        return old
    if name > 120:
        first, *others = str(old["prompt"]).split()
        return {**old, "prompt": " ".join(["changed", *others]), "doc_id": f"near {name} {first}"}
    return row(name, category="a", doc_id=f"new {name}")


@given(st.integers(5, 200), st.sampled_from([0.05, 0.1, 0.25, 0.5]), st.integers(0, 9))
@settings(max_examples=30, deadline=None)
def test_a_share_of_unrelated_rows_is_kept_to_the_row(n_rows: int, test_size: float, seed: int) -> None:
    found = split(rows(n_rows), test_size=test_size, seed=seed)
    assert abs(len(found.validation) - test_size * n_rows) < 1
    assert len(found.train) + len(found.validation) == n_rows


@given(st.lists(st.integers(0, 50), min_size=8, max_size=60), st.sampled_from([0.1, 0.2, 0.5]))
@settings(max_examples=40, deadline=None)
def test_every_validation_row_is_later_than_every_training_row(days: list[int], test_size: float) -> None:
    table = [row(place, date=f"2021-{1 + day // 28:02}-{1 + day % 28:02}") for place, day in enumerate(days)]
    assume(len(set(days)) > 1)
    found = split(table, strategy="temporal", test_size=test_size)
    train, validation = ([one["date"] for one in side] for side in (found.train, found.validation))  # type: ignore[index]
    assert max(train) < min(validation)


def test_the_same_seed_gives_the_same_split_and_another_seed_another() -> None:
    table = rows(80)
    assert sides(split(table, seed=3)) == sides(split(table, seed=3))
    assert len({tuple(sides(split(table, seed=seed))) for seed in range(5)}) == 5


def test_the_very_objects_that_were_given_come_back_in_their_order() -> None:
    table = rows(30)
    found = split(table, test_size=0.2, final_test_size=0.1)
    assert all(any(one is other for other in table) for one in found.train)
    assert [len(found.train), len(found.validation), len(found.test)] == [21, 6, 3]
    assert [found.originals[place] is table[place] for place in range(30)] == [True] * 30


def test_texts_and_generators_can_be_split() -> None:
    assert len(split([text(number) for number in range(20)]).validation) == 2
    assert len(split(one for one in rows(20)).validation) == 2


def test_a_number_of_rows_may_be_asked_for() -> None:
    assert len(split(rows(77), test_size=20).validation) == 20


def test_one_row_cannot_be_split() -> None:
    error = refused(rows(1))
    assert (error.message, error.hint) == (
        "the data in memory has one row, and a split needs two or more",
        "add rows",
    )


def test_equal_rows_cannot_be_split_and_the_reason_is_said() -> None:
    error = refused([row(1)] * 30)
    assert error.message == (
        "the data in memory: its 30 rows are one unit, and 2 sides need 2: rows with the same prompt, first turn or "
        "content, and near copies, stay together"
    )
    assert error.hint == "take out the copies, add other rows"


def test_no_rows_are_refused() -> None:
    assert refused([]).message == "the data in memory is empty"


def test_a_share_too_small_for_so_few_rows_is_refused_with_what_to_ask_for() -> None:
    table = [row(n, category=f"{n // 2}") for n in range(8)]
    error = refused(table, strategy="category")
    assert error.message == (
        "the data in memory: nothing is left for validation: its 8 rows are 8 units, and categories (category) of "
        "fewer than 3 units stay in train"
    )
    assert error.hint == "name another column: --category-column COLUMN; or split at random: --strategy random"


def test_two_rows_can_be_split_by_number() -> None:
    assert len(split(rows(2), test_size=0.5).validation) == 1
    assert len(split(rows(3), test_size=1).validation) == 1


def test_rare_categories_stay_in_train_and_are_named() -> None:
    table = [row(n, category="common") for n in range(40)]
    table += [row(f"r{n}", category="rare") for n in range(2)] + [row("none"), row("none too", category=None)]
    found = split(table, strategy="category", test_size=0.2)
    assert found.untested_categories == ["", "rare"]
    counts = {one.name: (one.n_rows, one.n_units, one.quota) for one in found.categories}
    assert counts["common"] == ({"train": 32, "validation": 8}, 40, 8.0)
    assert counts["rare"] == ({"train": 2, "validation": 0}, 2, 0.4)
    assert "validation has no row of 2 categories: '', 'rare'" in found.notes


def test_a_category_that_grows_keeps_its_old_rows_in_train() -> None:
    table = [row(n, category="common") for n in range(40)] + [row(f"r{n}", category="rare") for n in range(2)]
    grown = [*table, *(row(f"more {n}", category="rare") for n in range(4))]
    before, after = (split(rows_, strategy="category") for rows_ in (table, grown))
    assert sides(after)[:42] == sides(before)
    assert after.untested_categories == []


def test_without_a_category_column_the_columns_are_listed() -> None:
    error = refused(rows(10), strategy="category")
    assert error.message == (
        "the data in memory has no column with a usual name for a category (category, categories, label, task, "
        "task_type). Columns found: prompt, completion"
    )
    assert error.hint == "name the column: --category-column COLUMN"


def test_rows_without_a_readable_time_are_listed() -> None:
    table = [row(n, date="2021-03-04") for n in range(20)] + [row("bad", date="soon"), row("none")]
    error = refused(table, strategy="temporal")
    assert error.message == (
        "the data in memory: 2 of 22 rows have no time that can be read:\n  row 21: date is 'soon'\n"
        "  row 22: date is missing"
    )
    assert "--skip-bad-rows" not in error.hint


def test_a_few_rows_without_a_time_may_go_to_train() -> None:
    table = [row(n, date=f"2021-03-{1 + n % 28:02}") for n in range(56)] + [row("bad", date="soon")]
    assert refused(table, strategy="temporal").hint.endswith("or let them go to train: --skip-bad-rows")
    found = split(table, strategy="temporal", skip_bad_rows=True)
    assert found.rows[-1].side == "train"
    assert "1 row has no time that can be read and is in train" in found.notes


def test_rows_of_one_time_are_not_parted() -> None:
    table = [row(n, date=f"2021-03-0{1 + n // 10}") for n in range(50)]
    found = split(table, strategy="temporal", test_size=0.3)
    assert len(found.validation) in (10, 20)
    error = refused([row(n, date="2021-03-04") for n in range(9)], strategy="temporal")
    assert error.message == ("the data in memory: all 9 rows have the time 2021-03-04T00:00:00Z, and 2 sides need 2")


def test_a_document_on_both_sides_of_the_cut_is_in_train_and_said() -> None:
    table = [row(n, date=f"2021-03-{1 + n:02}", doc_id="x" if n in (2, 29) else f"{n}") for n in range(30)]
    found = split(table, strategy="temporal")
    assert [one["date"] for one in found.validation] == ["2021-03-28", "2021-03-29"]  # type: ignore[index]
    assert any(note.startswith("1 later rows stay in an earlier side") for note in found.notes)


def test_a_test_set_is_later_than_validation() -> None:
    table = [row(n, created_at=1_600_000_000 + 86_400 * n) for n in range(40)]
    random.Random(1).shuffle(table)
    found = split(table, strategy="temporal", test_size=0.2, final_test_size=0.1)
    newest = [[one["created_at"] for one in side] for side in (found.train, found.validation, found.test)]  # type: ignore[index]
    assert [len(side) for side in newest] == [28, 8, 4]
    assert max(newest[0]) < min(newest[1]) <= max(newest[1]) < min(newest[2])


def test_live_datetimes_are_times() -> None:
    table = [row(n, time=datetime(2021, 1, 1 + n, tzinfo=UTC)) for n in range(20)]
    assert split(table, strategy="temporal").validation == table[-2:]


def test_folds_take_each_row_once_and_keep_units_whole() -> None:
    table = [row(n, doc_id=f"{n // 2}") for n in range(60)]
    found = split(table, folds=5)
    held = [one for number in range(1, 6) for one in found.fold(number)[1]]
    assert sorted(held, key=str) == sorted(table, key=str)
    for number in range(1, 6):
        train, validation = found.fold(number)
        assert (len(train), len(validation)) == (48, 12)
        assert not {one["doc_id"] for one in train} & {one["doc_id"] for one in validation}  # type: ignore[index]
    assert found.document()["folds"] == [12] * 5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strategy": "kfold"}, "there is no strategy 'kfold'"),
        ({"test_size": 0}, "--test-size is 0"),
        ({"test_size": 1.5}, "--test-size is 1.5"),
        ({"test_size": float("nan")}, "--test-size is nan"),
        ({"test_size": 20}, "--test-size 20 of 20 rows leave nothing to train on"),
        (
            {"test_size": 0.6, "final_test_size": 0.4},
            "--test-size 0.6 and --final-test-size 0.4 of 20 rows leave nothing",
        ),
        ({"folds": 1}, "--folds is 1"),
        ({"folds": 21}, "its 20 rows are 20 units, and 21 sides need 21"),
        ({"folds": 3, "strategy": "temporal"}, "folds of a temporal split would train on rows later than"),
        ({"folds": 3, "final_test_size": 0.1}, "folds leave no test set"),
        ({"time_column": "date"}, "the strategy random uses no time column"),
        ({"category_column": "label"}, "the strategy random uses no category column"),
        ({"group_column": "doc"}, "has no column 'doc'"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(options: dict[str, object], message: str) -> None:
    error = refused(rows(20), **options)
    assert message in error.message
    assert error.hint


def test_one_unit_that_is_larger_than_validation_stays_in_train() -> None:
    table = [row(n, doc_id="big") for n in range(60)] + [row(n, doc_id=f"{n}") for n in range(60, 200)]
    for seed in range(8):
        found = split(table, seed=seed)
        assert {one["doc_id"] for one in found.validation} & {"big"} == set()  # type: ignore[index]
        assert abs(len(found.validation) - 20) <= 1


def test_small_data_is_told_of_folds_and_every_split_says_what_it_resolves() -> None:
    found = split(rows(100), test_size=0.25)
    assert found.notes == ("with 100 rows one validation set is small: --folds 5 uses every row once",)
    assert found.resolution.n_units == 25
    assert round(found.resolution.nats, 2) == 0.14
    assert round(found.resolution.points) == 25
    assert found.resolution.sentence.startswith("25 validation units resolve a paired difference of 0.14 nats")


def test_the_document_has_the_keys_that_scripts_lean_on() -> None:
    found = split(rows(40)).document()
    assert {name: found[name] for name in ("n_train", "n_val", "n_test", "strategy", "seed")} == {
        "n_train": 36,
        "n_val": 4,
        "n_test": 0,
        "strategy": "random",
        "seed": 42,
    }
    assert found["groups"] == {"column": None, "n_units": 40, "largest_unit_rows": 1, "near_threshold": 0.7}
    assert {"leaks", "untested_categories", "files", "notes", "resolution", "categories"} <= found.keys()
    json.dumps(found, allow_nan=False)


@pytest.mark.shared_data
@pytest.mark.parametrize("seed", [1, 42])
def test_a_random_split_of_many_equal_first_turns_parts_none_of_them(instruction_files: Path, seed: int) -> None:
    found = split(instruction_files / "sharegpt_500.json", seed=seed)
    first = [
        {one["conversations"][0]["value"] for one in side}  # type: ignore[index]
        for side in (found.train, found.validation)
    ]
    assert not first[0] & first[1]
    assert abs(len(found.validation) - 50) <= 12
    ((_, report),) = found.leaks
    assert Counter(leak.kind for leak in report.leaks if leak.kind in ("exact", "prompt", "near")) == {}


@pytest.mark.shared_data
def test_every_real_file_can_be_split_without_a_leak_of_prompts(instruction_files: Path) -> None:
    for name in ("alpaca_en_demo.json", "glaive_toolcall_en_demo.json", "v1_sft_demo.jsonl", "dpo_en_demo.json"):
        found = split(instruction_files / name)
        assert all(not report.leaked_ids for _, report in found.leaks), name
