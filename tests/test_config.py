"""A YAML file and flags become one RunSpec."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunecheck.config import RunSpec, build_spec
from tunecheck.errors import InputError


def config(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_flags_alone_fill_in_the_defaults() -> None:
    assert build_spec({"tuned": "model", "val": "val.jsonl"}) == RunSpec.model_validate(
        {"tuned": "model", "val": "val.jsonl"}
    )


def test_flags_win_over_the_file_and_a_flag_that_was_not_given_does_not(tmp_path: Path) -> None:
    path = config(tmp_path, "tuned: model\nval: val.jsonl\nseed: 7\nmax-length: 100\n")
    spec = build_spec({"seed": 8, "max_length": None, "skip_bad_rows": None}, path)
    assert (spec.seed, spec.max_length, spec.skip_bad_rows) == (8, 100, False)


def test_names_may_be_written_as_the_flags_are(tmp_path: Path) -> None:
    path = config(tmp_path, "tuned: model\nval: val.jsonl\nskip-bad-rows: true\ngroup_column: doc\n")
    spec = build_spec({}, path)
    assert (spec.skip_bad_rows, spec.group_column) == (True, "doc")


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    assert build_spec({"tuned": "model", "val": "val.jsonl"}, config(tmp_path, "# later\n")).seed == 42


def test_all_bad_fields_are_named_at_once(tmp_path: Path) -> None:
    path = config(tmp_path, "tuned: model\nseed: many\ncontext: 1\nlearning_rate: 3\n")
    with pytest.raises(InputError) as caught:
        build_spec({}, path)
    assert caught.value.message.startswith(f"{path}: ")
    for said in ("seed: ", "context: ", "learning_rate: no such field", "val: is missing"):
        assert said in caught.value.message
    assert "max_length" in caught.value.hint


@pytest.mark.parametrize(
    "text", ["- a\n- b\n", "just text\n", "7\n", "a: [\n", "\t\n: x", "!!python/object:os.system x"]
)
def test_a_file_that_is_not_names_and_values_is_refused(tmp_path: Path, text: str) -> None:
    path = config(tmp_path, text)
    with pytest.raises(InputError) as caught:
        build_spec({}, path)
    assert str(path) in caught.value.message
    assert caught.value.hint


def test_a_file_that_is_not_text_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00\xd8")
    for path in (tmp_path / "binary.yaml", tmp_path / "gone.yaml", tmp_path):
        with pytest.raises(InputError, match=r"cannot be read") as caught:
            build_spec({}, path)
        assert str(path) in caught.value.message


def test_what_was_given_is_told_however_large_it_is(tmp_path: Path) -> None:
    """A list that holds itself ten times over, nine times: its text would have ten thousand million letters."""
    bomb = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]\n" for n in range(1, 10))
    path = config(tmp_path, f"x0: &x0 [lol]\n{bomb}tuned: *x9\nval: 7\nseed: {'many' * 50}\nshape: odd\n")
    with pytest.raises(InputError) as caught:
        build_spec({}, path)
    assert len(caught.value.message) < 2000
    assert "tuned: Input should be a valid string, not a list" in caught.value.message
    assert "val: Input should be a valid string, not 7" in caught.value.message
    assert "shape: should be auto, alpaca" in caught.value.message


def test_a_config_of_all_fields_is_what_it_says(tmp_path: Path) -> None:
    fields = {
        "tuned": "t", "val": "v", "train": "tr", "base": "b", "curve": "c", "out": "o", "seed": 1, "device": "cpu",
        "dtype": "bfloat16", "context": 9, "max_length": 8, "batch_tokens": 7, "template": "plain", "shape": "text",
        "group_column": "g", "skip_bad_rows": True, "full_sequence": False, "reuse": "r",
        "general": "none", "answers": 3, "max_new_tokens": 5, "task_items": 6, "task": "f1", "run_code": True,
        "sandbox": "B",
    }  # fmt: skip
    path = config(tmp_path, "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in fields.items()))
    assert build_spec({}, path).model_dump() == {**fields, "task": ("f1",)}
    assert set(fields) == set(RunSpec.model_fields)


def test_one_task_or_a_list_of_them_is_read_and_an_unreadable_one_is_named(tmp_path: Path) -> None:
    both = config(tmp_path, "tuned: t\nval: v\ntask:\n  - auto\n  - classification:labels=a|b\n")
    assert [str(task) for task in build_spec({}, both).tasks] == ["auto", "classification:labels=a|b"]
    with pytest.raises(InputError, match=r"task.0: should be NAME or NAME:option=value"):
        build_spec({"tuned": "t", "val": "v", "task": ("f1:tolerance",)})
