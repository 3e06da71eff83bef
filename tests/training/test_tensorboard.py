"""Event files of TensorBoard."""

from __future__ import annotations

import json
import struct
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.event_writer import FIRST, chunk, event, record, scalar, simple, tensor, text, varint, write
from tunecheck.errors import InputError
from tunecheck.training import tensorboard
from tunecheck.training.event_records import MAX_RECORD_BYTES
from tunecheck.training.rows import Row

NAME = "events.out.tfevents.1700000000.host.1.0"


def points(path: Path, name: str) -> list[tuple[float | None, float]]:
    return [(row.step, row.values[name]) for row in tensorboard.read(path).rows if name in row.values]


def test_scalars_come_back_by_step_and_tag(tmp_path: Path) -> None:
    path = write(
        tmp_path / NAME, scalar(10, "train/loss", 2.5), scalar(10, "eval/loss", 2.25), scalar(20, "train/loss", 2)
    )
    assert tensorboard.matches(path)
    rows = tensorboard.read(path)
    assert rows.rows == (
        Row(step=10.0, epoch=None, values={"train/loss": 2.5, "eval/loss": 2.25}),
        Row(step=20.0, epoch=None, values={"train/loss": 2.0}),
    )
    assert (rows.source, rows.format, rows.unit, rows.notes) == (NAME, "TensorBoard event file", "step", ())


def test_step_zero_which_the_writer_leaves_out_is_read(tmp_path: Path) -> None:
    assert points(write(tmp_path / NAME, scalar(0, "loss", 1.5)), "loss") == [(0.0, 1.5)]


def test_several_values_in_one_event_and_large_and_negative_steps_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / NAME, record(event(2**40, simple("loss", 1), simple("val_loss", 2))), scalar(-3, "loss", 4))
    assert points(path, "loss") == [(-3.0, 4.0), (float(2**40), 1.0)]
    assert points(path, "val_loss") == [(float(2**40), 2.0)]


def test_nan_and_infinity_stay_what_they_are(tmp_path: Path) -> None:
    path = write(tmp_path / NAME, scalar(1, "loss", float("nan")), scalar(2, "loss", float("inf")))
    assert repr(points(path, "loss")) == "[(1.0, nan), (2.0, inf)]"


@pytest.mark.parametrize(
    ("dtype", "content"),
    [
        (1, chunk(4, struct.pack("<f", 1.5))),  # tensor_content
        (2, chunk(4, struct.pack("<d", 1.5))),
        (19, chunk(4, struct.pack("<e", 1.5))),
        (14, chunk(4, struct.pack("<f", 1.5)[2:])),
        (1, chunk(5, struct.pack("<f", 1.5))),  # float_val, packed
        (1, b"\x2d" + struct.pack("<f", 1.5)),  # float_val, alone
        (2, chunk(6, struct.pack("<d", 1.5))),
        (19, chunk(13, varint(0x3E00))),  # half_val
        (14, b"\x68" + varint(0x3FC0)),
    ],
)
def test_a_scalar_kept_as_a_tensor_is_read(tmp_path: Path, dtype: int, content: bytes) -> None:
    path = write(tmp_path / NAME, record(event(7, tensor("loss", dtype, content))))
    assert points(path, "loss") == [(7.0, 1.5)]


def test_whole_numbers_as_tensors_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / NAME, record(event(7, tensor("a_loss", 3, chunk(7, varint(5))), simple("loss", 1))))
    assert points(path, "a_loss") == [(7.0, 5.0)]


def test_a_tensor_of_several_numbers_is_no_scalar(tmp_path: Path) -> None:
    histogram = tensor("loss", 1, chunk(4, struct.pack("<2f", 1, 2)))
    path = write(tmp_path / NAME, record(event(7, histogram, simple("val_loss", 1))))
    assert [row.values for row in tensorboard.read(path).rows] == [{"val_loss": 1.0}]


def test_a_last_record_that_is_cut_off_is_left_out_without_a_word(tmp_path: Path) -> None:
    whole = scalar(1, "loss", 2.0) + scalar(2, "loss", 1.0)
    for n_cut in (1, 4, 20, len(scalar(2, "loss", 1.0)) - 1):
        path = write(tmp_path / NAME, whole[:-n_cut])
        assert (points(path, "loss"), tensorboard.read(path).notes) == ([(1.0, 2.0)], ())


def test_a_record_with_a_wrong_checksum_is_left_out_and_counted(tmp_path: Path) -> None:
    damaged = bytearray(scalar(2, "loss", 9.0))
    damaged[-6] ^= 1
    path = write(tmp_path / NAME, scalar(1, "loss", 2.0), bytes(damaged), scalar(3, "loss", 1.0))
    assert points(path, "loss") == [(1.0, 2.0), (3.0, 1.0)]
    assert tensorboard.read(path).notes == (f"{NAME}: damaged records left out: 1",)


def test_reading_stops_at_a_damaged_length_and_says_where(tmp_path: Path) -> None:
    before = scalar(1, "loss", 2.0)
    damaged = bytearray(scalar(2, "loss", 1.0))
    damaged[0] ^= 1
    path = write(tmp_path / NAME, before, bytes(damaged), scalar(3, "loss", 1.0))
    assert points(path, "loss") == [(1.0, 2.0)]
    place = len(FIRST) + len(before)
    assert tensorboard.read(path).notes == (f"{NAME} is damaged at byte {place}: nothing after it was read",)


def test_a_large_record_is_stepped_over(tmp_path: Path) -> None:
    image = record(event(1, chunk(1, b"picture") + chunk(4, bytes(MAX_RECORD_BYTES))))
    path = write(tmp_path / NAME, image, scalar(2, "loss", 1.0))
    assert (points(path, "loss"), tensorboard.read(path).notes) == ([(2.0, 1.0)], ())


def test_the_mean_loss_in_the_trainers_last_entry_is_no_point(tmp_path: Path) -> None:
    last = [scalar(30, f"train/{name}", 1.0) for name in ("train_runtime", "train_loss", "epoch")]
    path = write(tmp_path / NAME, scalar(20, "train/loss", 2.0), scalar(20, "train/epoch", 0.5), *last)
    rows = tensorboard.read(path)
    assert rows.rows[0] == Row(step=20.0, epoch=0.5, values={"train/loss": 2.0})
    assert all("train/train_loss" not in row.values for row in rows.rows)
    assert rows.facts["last_step"] == 30.0


def test_settings_and_model_are_read_from_the_text_tags(tmp_path: Path) -> None:
    arguments = {
        "eval_strategy": "steps",
        "load_best_model_at_end": True,
        "metric_for_best_model": "bleu",
        "max_steps": 500,
    }
    path = write(
        tmp_path / NAME,
        record(event(0, text("args/text_summary", json.dumps(arguments)))),
        record(event(0, text("model_config/text_summary", f"<pre>{json.dumps({'vocab_size': 32000})}</pre>"))),
        scalar(1, "train/loss", 2.0),
    )
    facts = {"eval_strategy": "steps", "load_best": True, "best_metric": "bleu", "planned_steps": 500.0}
    assert tensorboard.read(path).facts == {**facts, "vocabulary_size": 32000}


def test_settings_of_other_types_are_passed_over(tmp_path: Path) -> None:
    odd = json.dumps({"eval_strategy": 3, "load_best_model_at_end": "no", "max_steps": -1})
    path = write(
        tmp_path / NAME,
        record(event(0, text("args/text_summary", odd), text("model_config/text_summary", "[" * 5000))),
        scalar(1, "train/loss", 2.0),
    )
    assert tensorboard.read(path).facts == {}


def test_the_files_of_a_folder_are_one_run(tmp_path: Path) -> None:
    write(tmp_path / "events.out.tfevents.1700000000.h.1.0", scalar(1, "train/loss", 2.0))
    write(tmp_path / "events.out.tfevents.1700000900.h.1.1", scalar(2, "eval/loss", 1.0))
    rows = tensorboard.read(tmp_path)
    assert [(row.step, dict(row.values)) for row in rows.rows] == [
        (1.0, {"train/loss": 2.0}),
        (2.0, {"eval/loss": 1.0}),
    ]


def test_the_two_folders_of_keras_are_joined_by_epoch(tmp_path: Path) -> None:
    def losses(first: float) -> bytes:
        packed = (struct.pack("<f", first - step) for step in range(2))
        return b"".join(record(event(step, tensor("epoch_loss", 1, chunk(4, one)))) for step, one in enumerate(packed))

    write(tmp_path / "train" / NAME, losses(3.0))
    write(tmp_path / "validation" / NAME, losses(3.5), scalar(60, "evaluation_loss_vs_iterations", 3.5))
    rows = tensorboard.read(tmp_path)
    assert rows.unit == "epoch"
    assert [(row.step, dict(row.values)) for row in rows.rows] == [
        (0.0, {"train/loss": 3.0, "val/loss": 3.5}),
        (1.0, {"train/loss": 2.0, "val/loss": 2.5}),
    ]


def test_a_file_of_something_else_is_an_error_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(b"step,loss\n1,2.0\n2,1.9\n")
    with pytest.raises(InputError) as caught:
        tensorboard.read(path)
    assert str(caught.value) == (
        f"{NAME} is not a TensorBoard event file: its first record is damaged\n"
        "copy the file again, or point at another log of the run"
    )


@pytest.mark.parametrize("content", [b"", FIRST, b"\0" * 100])
def test_a_file_without_a_scalar_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / NAME
    path.write_bytes(content)
    with pytest.raises(InputError):
        tensorboard.read(path)


def test_an_absent_file_and_an_empty_folder_are_errors(tmp_path: Path) -> None:
    for path in (tmp_path / NAME, tmp_path):
        with pytest.raises(InputError):
            tensorboard.read(path)


def test_twenty_thousand_scalars_take_well_under_a_second(tmp_path: Path) -> None:
    one = bytearray(event(1, simple("train/loss", 2.0)))
    path = write(tmp_path / NAME, record(bytes(one)) * 20_000)
    began = time.process_time()
    assert len(tensorboard.read(path).rows) == 1
    assert time.process_time() - began < 1.0


GOOD = FIRST + b"".join(scalar(step, "loss", 1.0) for step in range(1, 5))


@settings(max_examples=80, deadline=None)
@given(place=st.integers(0, len(GOOD) - 1), change=st.integers(1, 255), n_kept=st.integers(0, len(GOOD)))
def test_no_damage_invents_a_value(
    tmp_path_factory: pytest.TempPathFactory, place: int, change: int, n_kept: int
) -> None:
    content = bytearray(GOOD)
    content[place] ^= change
    path = tmp_path_factory.mktemp("damaged") / NAME
    path.write_bytes(content[:n_kept])
    try:
        found = points(path, "loss")
    except InputError:
        return
    assert set(found) <= {(float(step), 1.0) for step in range(1, 5)}


@settings(max_examples=80, deadline=None)
@given(st.binary(min_size=1, max_size=200))
def test_a_record_of_any_bytes_is_read_or_left_out(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = write(tmp_path_factory.mktemp("any") / NAME, record(content), scalar(1, "kept", 1.0))
    assert tensorboard.read(path).rows
