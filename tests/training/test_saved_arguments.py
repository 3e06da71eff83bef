"""training_args.bin is read, and nothing in it is ever run."""

import builtins
import io
import os
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunecheck.training import read_settings
from tunecheck.training.saved_arguments import MAX_BYTES, read_arguments

PLAIN = {"learning_rate": 2e-4, "weight_decay": 0.01, "num_train_epochs": 2, "per_device_train_batch_size": 4}


class Arguments:
    """Stands for TrainingArguments: an object with attributes."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)


class Calls:
    """Pickles as a call of any function."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call


def saved(folder: Path, content: bytes, *, zipped: bool = True, compression: int = zipfile.ZIP_STORED) -> Path:
    path = folder / "training_args.bin"
    if zipped:
        with zipfile.ZipFile(path, "w", compression) as archive:
            archive.writestr("training_args/version", "3")
            archive.writestr("training_args/data.pkl", content)
    else:
        path.write_bytes(content)
    return path


@pytest.mark.hf
@pytest.mark.parametrize("as_zip", [True, False])
def test_real_training_arguments_are_read(tmp_path: Path, as_zip: bool) -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    arguments = transformers.TrainingArguments(
        output_dir=str(tmp_path / "out"),
        learning_rate=2e-4,
        weight_decay=0.01,
        num_train_epochs=2.5,
        per_device_train_batch_size=4,
        use_cpu=True,
    )
    torch.save(arguments, tmp_path / "training_args.bin", _use_new_zipfile_serialization=as_zip)
    found = read_settings(tmp_path)
    assert (found.learning_rate, found.weight_decay, found.epochs, found.batch_size) == (2e-4, 0.01, 2.5, 4)
    assert found.sources == ("training_args.bin",)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", [Arguments(**PLAIN, parts=[{1}, (2, b"x"), {"a": {}}, bytearray(3)]), PLAIN])
def test_attributes_are_read_in_every_protocol(tmp_path: Path, protocol: int, value: object) -> None:
    found = read_arguments(saved(tmp_path, pickle.dumps(value, protocol)))
    assert {name: found[name] for name in PLAIN} == PLAIN


def test_more_attributes_than_one_batch_of_the_pickle_are_all_read(tmp_path: Path) -> None:
    many = {f"name {number}": number for number in range(2500)}
    assert read_arguments(saved(tmp_path, pickle.dumps(Arguments(**PLAIN, **many)))) == PLAIN | many


def test_a_number_of_steps_overrules_the_number_of_epochs(tmp_path: Path) -> None:
    saved(tmp_path, pickle.dumps(Arguments(**PLAIN, max_steps=100)))
    assert read_settings(tmp_path).epochs is None
    (tmp_path / "trainer_state.json").write_text('{"num_train_epochs": 7}')
    assert read_settings(tmp_path).epochs == 7


def test_the_asked_epochs_win_over_the_rounded_ones(tmp_path: Path) -> None:
    saved(tmp_path, pickle.dumps(Arguments(**PLAIN | {"num_train_epochs": 0.5}, max_steps=-1)))
    (tmp_path / "trainer_state.json").write_text('{"num_train_epochs": 1}')
    assert read_settings(tmp_path).epochs == 0.5


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("zipped", [True, False])
def test_what_a_pickle_wants_to_call_is_not_called(tmp_path: Path, protocol: int, zipped: bool) -> None:
    target = tmp_path / "pwned"
    hostile = [
        Calls(os.system, f"touch {target}"),
        Calls(builtins.exec, f"open({str(target)!r}, 'w')"),
        Calls(builtins.eval, f"open({str(target)!r}, 'w')"),
    ]
    for payload in hostile:
        content = pickle.dumps(Arguments(**PLAIN, output_dir=payload), protocol)
        assert read_arguments(saved(tmp_path, content, zipped=zipped))["learning_rate"] == 2e-4
    assert not target.exists()


def test_the_hostile_pickle_of_these_tests_would_do_harm_if_it_were_loaded(tmp_path: Path) -> None:
    target = tmp_path / "pwned"
    pickle.loads(pickle.dumps(Calls(builtins.exec, f"open({str(target)!r}, 'w').close()")))
    assert target.exists()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"cos\nsystem\n(Vtouch pwned\ntR.", id="REDUCE"),
        pytest.param(b"(Vtouch pwned\nios\nsystem\n.", id="INST"),
        pytest.param(b"(cos\nsystem\nVtouch pwned\no.", id="OBJ"),
        pytest.param(b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x0btouch pwned\x85R.", id="STACK_GLOBAL"),
        pytest.param(b"cos\nsystem\n(Vtouch pwned\nt\x81.", id="NEWOBJ"),
        pytest.param(b"cbuiltins\nobject\n(t\x81}Vx\ncos\nsystem\nsb.", id="BUILD"),
        pytest.param(b"Pos.system\n.", id="PERSID"),
        pytest.param(b"\x82\x01.", id="EXT1"),
    ],
)
def test_every_instruction_that_could_call_gives_nothing(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_arguments(saved(tmp_path, content)).keys() <= {"x"}
    assert not (tmp_path / "pwned").exists()


LAUGHS = b")" + b"".join(b"q%c(h%ch%ct" % (number, number, number) for number in range(100))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"}" + LAUGHS + b"K\x01s.", id="a key that takes 2**100 steps to hash"),
        pytest.param(b"(" + LAUGHS + b"\x90.", id="a set of it"),
        pytest.param(b"}r\xff\xff\xff\x7f.", id="a memo of 2**31 places"),
        pytest.param(b"\x96" + struct.pack("<Q", 2**60) + b"x.", id="a bytearray of 2**60 bytes"),
        pytest.param(b"\x8b\xff\xff\xff\x7fx.", id="an integer of 2**31 bytes"),
        pytest.param(b"I" + b"9" * 100_000 + b"\n.", id="an integer of 100,000 digits"),
        pytest.param(b"]" * 1_000_000 + b".", id="a million lists"),
        pytest.param(b"]" + b"\x85" * 150_000 + b".", id="tuples 150,000 deep"),
        pytest.param(b"N0" * 1_000_000 + b".", id="a million instructions on one place"),
        pytest.param(b"." * 1_000_000, id="a million pickles"),
    ],
)
@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_made_to_keep_its_reader_busy_is_given_up(tmp_path: Path, content: bytes, zipped: bool) -> None:
    assert read_arguments(saved(tmp_path, content, zipped=zipped)) == {}


def test_a_compressed_or_large_file_is_not_looked_into(tmp_path: Path) -> None:
    content = pickle.dumps(PLAIN)
    assert read_arguments(saved(tmp_path, content, compression=zipfile.ZIP_DEFLATED)) == {}
    assert read_arguments(saved(tmp_path, content + b"\0" * MAX_BYTES, zipped=False)) == {}
    assert read_arguments(saved(tmp_path, content, zipped=False)) == PLAIN


def test_a_folder_or_a_device_in_its_place_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "training_args.bin").mkdir()
    assert read_arguments(tmp_path / "training_args.bin") == {}
    assert read_arguments(Path(os.devnull)) == {}
    assert read_arguments(tmp_path / "absent.bin") == {}


def test_a_zip_without_a_pickle_gives_nothing(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "training_args.bin", "w") as archive:
        archive.writestr("something/else.txt", "x")
    assert read_arguments(tmp_path / "training_args.bin") == {}


def test_a_file_cut_anywhere_gives_nothing_and_no_error(tmp_path: Path) -> None:
    whole = saved(tmp_path, pickle.dumps(Arguments(**PLAIN))).read_bytes()
    for length in range(0, len(whole), 7):
        (tmp_path / "training_args.bin").write_bytes(whole[:length])
        assert read_settings(tmp_path).learning_rate is None


def damaged(whole: bytes, places: list[tuple[int, int]]) -> bytes:
    content = bytearray(whole)
    for place, value in places:
        content[place % len(content)] = value
    return bytes(content)


def zipped_bytes(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("training_args/data.pkl", content)
    return buffer.getvalue()


WHOLE = [pickle.dumps(Arguments(**PLAIN, parts=[1, (2, 3), {"a": b"x"}]), protocol) for protocol in (0, 2, 4, 5)]
CHANGES = st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=6)


@pytest.mark.filterwarnings("ignore:.*invalid.*escape sequence:DeprecationWarning")
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=60) | st.builds(damaged, st.sampled_from(WHOLE), CHANGES), zip_it=st.booleans())
def test_a_damaged_pickle_is_no_error(tmp_path: Path, content: bytes, zip_it: bool) -> None:
    (tmp_path / "training_args.bin").write_bytes(zipped_bytes(content) if zip_it else content)
    read_settings(tmp_path)


@pytest.mark.filterwarnings("ignore:.*invalid.*escape sequence:DeprecationWarning")
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.builds(damaged, st.sampled_from([zipped_bytes(whole) for whole in WHOLE]), CHANGES))
def test_a_damaged_zip_is_no_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "training_args.bin").write_bytes(content)
    read_settings(tmp_path)
