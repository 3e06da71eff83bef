"""Scores are kept and taken again where nothing changed, and never where anything did."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.workshop import QUICK, Workshop, call, change_json, copied, results, rows, write_rows

torch = pytest.importorskip("torch")
from safetensors.torch import load_file, save_file  # noqa: E402

pytestmark = pytest.mark.hf

Scored = Callable[[], int]


def run(tuned: Path, val: Path, out: Path, *more: object) -> Any:
    """results.json of a run."""
    called = call("run", tuned, "--val", val, "--out", out, *more)
    assert called.code in (1, 3), called.err
    return results(out)


def numbers(document: Any) -> dict[str, float]:
    """Every measure of perplexity, under its dotted name."""
    measures = document["checks"]["perplexity"]["measures"]
    return {
        f"{side}.{name}": value["value"] if isinstance(value, dict) else value
        for side in ("tuned", "base", "paired")
        for name, value in measures[side].items()
        if not isinstance(value, dict) or "value" in value
    }


def assert_same_as_in_a_fresh_folder(document: Any, fresh: Any) -> None:
    """Equal up to the last bits: an item's score may come from another batch."""
    assert numbers(document) == pytest.approx(numbers(fresh), rel=1e-6)


@pytest.fixture
def adapter(shop: Workshop, tmp_path: Path) -> Path:
    """A copy of the adapter, to be changed, with a tokenizer of its own."""
    folder = copied(shop.lora, tmp_path / "lora")
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        if (shop.base / name).exists():
            (folder / name).write_bytes((shop.base / name).read_bytes())
    return folder


def one_weight(adapter: Path, val: Path) -> list[object]:
    path = adapter / "adapter_model.safetensors"
    before = path.stat()
    tensors = load_file(path)
    name = next(key for key in sorted(tensors) if "lora_B" in key)
    tensors[name][0, 0] += 1.0
    save_file(tensors, path, metadata={"format": "pt"})
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    return []


def the_scale(adapter: Path, val: Path) -> list[object]:
    change_json(adapter / "adapter_config.json", lora_alpha=9)
    return []


def the_tokenizer(adapter: Path, val: Path) -> list[object]:
    document = json.loads((adapter / "tokenizer.json").read_text())
    vocab = document["model"]["vocab"]
    vocab["a"], vocab["b"] = vocab["b"], vocab["a"]
    (adapter / "tokenizer.json").write_text(json.dumps(document))
    return []


def the_template(adapter: Path, val: Path) -> list[object]:
    (adapter / "other.jinja").write_text("{% for m in messages %}[{{ m.content }}]{% endfor %}")
    return ["--template", adapter / "other.jinja"]


def the_maximum_length(adapter: Path, val: Path) -> list[object]:
    return ["--max-length", 24]


def the_context(adapter: Path, val: Path) -> list[object]:
    return ["--context", 20]


def one_item(adapter: Path, val: Path) -> list[object]:
    changed = [dict(row) for row in rows(60)]
    changed[7]["completion"] = "something else"
    write_rows(val, changed)
    return []


@pytest.mark.parametrize(
    "change", [one_weight, the_scale, the_tokenizer, the_template, the_maximum_length, the_context, one_item]
)
def test_after_a_change_no_stale_score_is_used(
    adapter: Path, tmp_path: Path, change: Callable[[Path, Path], list[object]]
) -> None:
    val = write_rows(tmp_path / "val.jsonl", rows(60))
    before = run(adapter, val, tmp_path / "run")
    options = change(adapter, val)
    after = run(adapter, val, tmp_path / "run", *options)
    assert numbers(after) != numbers(before)
    assert_same_as_in_a_fresh_folder(after, run(adapter, val, tmp_path / "fresh", *options))


def test_the_base_is_not_scored_again_for_the_next_checkpoint(
    shop: Workshop, adapter: Path, tmp_path: Path, scored: Scored
) -> None:
    run(shop.lora, shop.val, tmp_path / "run")
    n_both = scored()
    one_weight(adapter, shop.val)
    same_folder = run(adapter, shop.val, tmp_path / "run")
    assert scored() == n_both / 2
    reused = run(adapter, shop.val, tmp_path / "next", "--reuse", tmp_path / "run")
    assert scored() == 0
    fresh = run(adapter, shop.val, tmp_path / "fresh")
    assert scored() == n_both
    assert_same_as_in_a_fresh_folder(same_folder, fresh)
    assert_same_as_in_a_fresh_folder(reused, fresh)


def test_with_and_without_the_prompt_do_not_mix(shop: Workshop, tmp_path: Path, scored: Scored) -> None:
    def sides(document: Any) -> list[Any]:
        measures = document["checks"]["perplexity"]["measures"]
        return [measures["tuned"], measures["base"]]

    for order in ((True, False, True), (False, True)):
        out = tmp_path / f"from {order[0]}"
        for asked in order:
            found = run(shop.lora, shop.val, out, *([] if asked else ["--response-only"]))
            assert ["full_sequence" in side for side in sides(found)] == [asked, asked]
            fresh = run(shop.lora, shop.val, tmp_path / f"fresh {asked}", *([] if asked else ["--response-only"]))
            assert_same_as_in_a_fresh_folder(found, fresh)
            if asked:
                for side, alone in zip(sides(found), sides(fresh), strict=True):
                    assert side["full_sequence"]["nll_nats"]["value"] == pytest.approx(
                        alone["full_sequence"]["nll_nats"]["value"], rel=1e-6
                    )
    scored()
    run(shop.lora, shop.val, tmp_path / "from True")
    assert scored() == 0


def test_another_training_file_leaves_the_scores_of_the_validation_set(
    shop: Workshop, tmp_path: Path, scored: Scored
) -> None:
    run(shop.lora, shop.val, tmp_path / "run", "--train", shop.train, *QUICK)
    scored()
    other = write_rows(tmp_path / "other.jsonl", rows(300, seed=3))
    run(shop.lora, shop.val, tmp_path / "run", "--train", other, *QUICK)
    n_other = scored()
    run(shop.lora, other, tmp_path / "alone")
    assert 0 < n_other <= scored()


def test_a_run_stopped_while_it_was_recorded_is_not_shown_as_finished(
    shop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Items of one run must not be read with the facts of another."""
    from tunecheck.store import SqliteRunStore

    run(shop.lora, shop.val, tmp_path / "run")
    other = write_rows(tmp_path / "other.jsonl", rows(40, seed=9))

    class Stopped(BaseException):
        pass

    def stop(self: Any, items: Any) -> None:
        set_items(self, items)
        raise Stopped

    set_items = SqliteRunStore.set_items
    with monkeypatch.context() as patched:
        patched.setattr(SqliteRunStore, "set_items", stop)
        with pytest.raises(Stopped):
            call("run", shop.lora, "--val", other, "--out", tmp_path / "run")
    called = call("verdict", tmp_path / "run")
    assert called.code == 2
    assert called.message == f"{tmp_path}/run holds no finished run"
    assert called.hint == "run the same command again: it goes on where it stopped"
    assert_same_as_in_a_fresh_folder(run(shop.lora, other, tmp_path / "run"), run(shop.lora, other, tmp_path / "fresh"))
