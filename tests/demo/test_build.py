from __future__ import annotations

import json
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from tunecheck.demo import HEALTHY, DemoFiles, build
from tunecheck.demo.build import MARKER
from tunecheck.errors import InputError

TINY = replace(
    HEALTHY,
    n_train=24,
    n_validation=8,
    n_documents=200,
    vocabulary=400,
    width=32,
    depth=1,
    base_steps=4,
    base_rows=2,
    base_tokens=32,
    rank=2,
    alpha=4,
    epochs=1,
    evaluate_every=1,
)

pytestmark = pytest.mark.hf


@pytest.fixture(scope="module")
def talk() -> list[str]:
    return []


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, talk: list[str]) -> DemoFiles:
    pytest.importorskip("peft")
    out = tmp_path_factory.mktemp("demo") / "new" / "folder"
    return build(out, overfitted=False, seed=1, progress=talk.append, plan=TINY)


def test_the_folders_look_like_those_of_a_user(files: DemoFiles) -> None:
    in_base = {path.name for path in files.base.iterdir()}
    in_tuned = {path.name for path in files.tuned.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"} <= in_base
    assert {"adapter_config.json", "adapter_model.safetensors", "trainer_state.json", "training_args.bin"} <= in_tuned
    assert {"README.md", "tokenizer.json", "chat_template.jinja", "checkpoint-3"} <= in_tuned


def test_the_adapter_names_its_base(files: DemoFiles) -> None:
    config = json.loads((files.tuned / "adapter_config.json").read_text())
    assert Path(config["base_model_name_or_path"]) == files.base
    assert config["r"] == 2


def test_the_log_has_training_and_evaluation_losses(files: DemoFiles) -> None:
    history = json.loads((files.tuned / "trainer_state.json").read_text())["log_history"]
    assert [row["step"] for row in history if "eval_loss" in row] == [1, 2, 3]
    assert [row["step"] for row in history if "loss" in row] == [1, 2, 3]


def test_the_data_files_have_the_planned_rows(files: DemoFiles) -> None:
    assert len(files.train.read_text(encoding="utf-8").splitlines()) == 24
    assert len(files.validation.read_text(encoding="utf-8").splitlines()) == 8


def test_the_talk_says_that_nothing_is_leaked(files: DemoFiles, talk: list[str]) -> None:
    assert "none of them has its prompt" in talk[0]
    assert talk[-1].startswith("LoRA step 3 of 3: validation loss ")


def test_labels_count_the_response_alone(files: DemoFiles) -> None:
    from transformers import AutoTokenizer

    from tunecheck.demo.data import generate
    from tunecheck.demo.train import _encoded

    tokenizer = AutoTokenizer.from_pretrained(files.base)
    item = generate(n_train=1, n_validation=1, seed=1).train[0]
    row = _encoded(tokenizer, item)
    learned = [token for token in row["labels"] if token != -100]
    assert tokenizer.decode(learned) == item.response.content + tokenizer.eos_token
    assert row["input_ids"][-len(learned) :] == learned
    assert row["input_ids"][0] == tokenizer.bos_token_id


def test_building_says_nothing_by_itself_and_leaves_the_libraries_as_they_were(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from transformers.utils import logging

    before = logging.get_verbosity(), logging.is_progress_bar_enabled(), list(warnings.filters)
    build(tmp_path / "demo", overfitted=True, seed=2, progress=lambda _line: None, plan=TINY)
    assert capfd.readouterr() == ("", "")
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled(), list(warnings.filters)) == before


def test_a_demo_is_rebuilt_in_place_and_other_files_in_it_stay(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    first = build(out, overfitted=False, seed=3, progress=lambda _line: None, plan=TINY)
    rows = first.train.read_text(encoding="utf-8")
    (out / "notes.txt").write_text("mine")
    (first.tuned / "old.bin").write_text("old")
    build(out, overfitted=False, seed=4, progress=lambda _line: None, plan=TINY)
    assert (out / "notes.txt").read_text() == "mine"
    assert not (first.tuned / "old.bin").exists()
    assert first.train.read_text(encoding="utf-8") != rows
    assert json.loads((out / MARKER).read_text()) == {"made_by": "tunecheck demo", "overfitted": False, "seed": 4}


def test_the_same_seed_gives_the_same_rows_and_weights(tmp_path: Path) -> None:
    one, two = (
        build(tmp_path / name, overfitted=False, seed=5, progress=lambda _line: None, plan=TINY) for name in ("a", "b")
    )
    assert one.train.read_bytes() == two.train.read_bytes()
    for name in ("base/model.safetensors", "tuned/adapter_model.safetensors"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("two years of work")
    with pytest.raises(InputError) as raised:
        build(tmp_path, overfitted=False, progress=lambda _line: None, plan=TINY)
    assert str(raised.value) == (
        f"{tmp_path} holds files that no demo made, so nothing is written there\n"
        "name a new folder: tunecheck demo --out NEW_FOLDER"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    file = tmp_path / "demo"
    file.write_text("")
    with pytest.raises(InputError) as raised:
        build(file, overfitted=False, progress=lambda _line: None, plan=TINY)
    assert str(raised.value) == (
        f"{file} is a file, and the demo needs a folder\nname a new folder: tunecheck demo --out NEW_FOLDER"
    )


def test_a_folder_below_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written: Not a directory"):
        build(tmp_path / "file" / "demo", overfitted=False, progress=lambda _line: None, plan=TINY)
