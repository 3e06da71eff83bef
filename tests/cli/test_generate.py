"""tunecheck generate: the predictions file, what it refuses, and how it goes on after it was stopped."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.workshop import Workshop, call, environment, rows, write_rows
from tunecheck.core import Completion

pytest.importorskip("torch")

pytestmark = pytest.mark.hf

SHORT = ("--max-new-tokens", 12)


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_each_row_has_the_answer_of_the_model_beside_its_reference(shop: Workshop, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "answers.jsonl"
    called = call("generate", shop.base, "--data", shop.val, "--out", out, *SHORT)
    assert called.code == 0, called.err
    assert called.out.startswith(f"wrote 60 answers to 60 prompts: {out}\n")
    made = read(out)
    assert [(row["prompt"], row["reference"]) for row in made] == [
        (row["prompt"], row["completion"]) for row in rows(60)
    ]
    assert all(list(row) == ["id", "prompt", "reference", "prediction", "ended", "n_tokens", "sample"] for row in made)
    assert all(row["ended"] in ("end", "length") and 1 <= row["n_tokens"] <= 12 for row in made)
    assert [path.name for path in out.parent.iterdir()] == ["answers.jsonl"]


def test_an_adapter_answers_beside_its_own_base_and_as_the_base_alone_does(shop: Workshop, tmp_path: Path) -> None:
    both, alone, named = (tmp_path / name for name in ("both.jsonl", "alone.jsonl", "named.jsonl"))
    for model, out, options in (
        (shop.lora, both, ["--with-base"]), (shop.base, alone, []), (shop.better, named, ["--base", shop.base])
    ):  # fmt: skip
        called = call("generate", model, "--data", shop.val, "--out", out, "--limit", 9, *options, *SHORT)
        assert called.code == 0, called.err
    for path in (both, named):
        assert [row["base_prediction"] for row in read(path)] == [row["prediction"] for row in read(alone)]
        assert {"base_ended", "base_n_tokens"} <= set(read(path)[0])
    assert [row["prediction"] for row in read(both)] != [row["prediction"] for row in read(alone)]


def test_samples_are_rows_of_their_own_and_come_back_with_the_seed(shop: Workshop, tmp_path: Path) -> None:
    options = ["--samples", 3, "--temperature", 1, "--top-p", 0.95, "--limit", 4, *SHORT]
    made = []
    for name, seed, budget in (("a", 1, 10_000), ("b", 1, 10), ("c", 2, 10_000)):
        out = tmp_path / name
        called = call("generate", shop.base, "--data", shop.val, "--out", out, "--seed", seed,
                      "--batch-tokens", budget, *options)  # fmt: skip
        assert called.code == 0, called.err
        made.append(read(out))
    assert [row["sample"] for row in made[0]] == [0, 1, 2] * 4
    assert made[0] == made[1]
    assert made[0] != made[2]


def test_stop_texts_end_an_answer_and_a_line_end_can_be_typed(shop: Workshop, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert call("generate", shop.base, "--data", shop.val, "--out", whole, "--limit", 1, *SHORT).code == 0
    text = read(whole)[0]["prediction"]
    called = call("generate", shop.base, "--data", shop.val, "--out", cut, "--limit", 1, "--stop", text[2],
                  "--stop", "\\n", "--json", *SHORT)  # fmt: skip
    (row,) = read(cut)
    assert (row["prediction"], row["ended"]) == (text[: text.find(text[2])], "stop")
    assert called.document["settings"]["stop"] == [text[2], "\n"]
    assert called.document["ended"] == {"tuned": {"stop": 1}}


def test_other_columns_and_conversations_are_kept_for_people_to_read(shop: Workshop, tmp_path: Path) -> None:
    data = tmp_path / "chats.jsonl"
    turns = [("system", "be brief"), ("user", "hello \ud83d"), ("assistant", "hi")]
    messages = [{"role": role, "content": content} for role, content in turns]
    write_rows(data, [{"messages": messages, "task": 7}])
    called = call("generate", shop.base, "--data", data, "--out", tmp_path / "out", *SHORT)
    assert called.code == 0, called.err
    (row,) = read(tmp_path / "out")
    assert row["prompt"].startswith("system: be brief\nuser: hello ")
    assert (row["reference"], row["metadata"]) == ("hi", {"task": 7})


def test_the_document_tells_what_was_made_and_how(shop: Workshop, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    called = call(
        "generate", shop.lora, "--data", shop.val, "--out", out, "--with-base", "--limit", 5, "--json", *SHORT
    )
    told, made = called.document, read(out)
    assert (told["out"], told["model"], told["base"]) == (str(out), str(shop.lora), str(shop.base))
    assert (told["n_items"], told["n_answers"]) == (5, 5)
    assert sum(told["ended"]["tuned"].values()) == sum(told["ended"]["base"].values()) == 5
    assert told["n_tokens"] == {
        "tuned": sum(row["n_tokens"] for row in made), "base": sum(row["base_n_tokens"] for row in made)
    }  # fmt: skip
    assert "tokens a second" in called.err


REFUSED = {
    "exists": (["--out", "{there}"], r"{there} exists", "name another --out, or write over it: --overwrite"),
    "folder": (["--out", "{tmp}"], r"{tmp} is a folder", "name a file: --out {tmp}/answers.jsonl"),
    "input": (["--out", "{data}", "--overwrite"], "{data} is the input, and is not written over", "name another --out"),
    "greedy": (["--samples", "3"], "generation: n_samples 3 at temperature 0 would be the same text each time",
               "give them a temperature, such as 0.8"),
    "settings": (["--top-p", "0", "--max-new-tokens", "0"],
                 "generation: max_new_tokens 0 is not at least 1; top_p 0.0 is not above 0 and at most 1",
                 "correct these settings"),
    "base": (["--with-base"], "{model} names no base that could answer beside it", "name it: --base MODEL"),
    "text": (["--shape", "text"], None, "use rows that have a prompt and a response"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_cannot_be_done_is_refused_with_what_to_type_and_leaves_nothing(
    name: str, shop: Workshop, tmp_path: Path
) -> None:
    options, message, hint = REFUSED[name]
    names = {"tmp": tmp_path, "there": tmp_path / "there", "data": tmp_path / "val.jsonl", "model": shop.base}
    names["there"].write_text("kept")
    write_rows(names["data"], [{"text": "some text"}, {"text": "more"}] if name == "text" else rows(3))
    given = [option.format(**names) for option in options]
    out = [] if "--out" in given else ["--out", tmp_path / "new"]
    called = call("generate", shop.base, "--data", names["data"], *out, *given)
    assert called.code == 2, called.err
    no_prompt = "val.jsonl line 1: there is no prompt to answer"
    assert called.message == (message.format(**names) if message else no_prompt)
    assert called.hint == hint.format(**names)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there", "val.jsonl"]
    assert names["there"].read_text() == "kept"


def test_stopped_by_hand_it_goes_on_with_what_was_missing(
    shop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tunecheck.store import SqliteRunStore

    arguments = ["generate", shop.lora, "--data", shop.val, "--with-base", "--batch-tokens", 200, *SHORT]
    whole, out = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    assert call(*arguments, "--out", whole).code == 0
    add, kept = SqliteRunStore.add_completions, []

    def stop_after_nine(store: SqliteRunStore, completed: Sequence[tuple[str, Completion]]) -> None:
        add(store, completed)
        kept.append(len(completed))
        if len(kept) == 9:
            raise KeyboardInterrupt

    monkeypatch.setattr(SqliteRunStore, "add_completions", stop_after_nine)
    stopped = call(*arguments, "--out", out)
    assert (stopped.code, out.exists()) == (130, False)
    assert (tmp_path / "out.jsonl.partial" / "run.db").is_file()
    n_kept = sum(kept)
    assert 0 < n_kept < 60
    resumed = call(*arguments, "--out", out)
    assert resumed.code == 0, resumed.err
    assert f"answering tuned, at most: {(60 - n_kept) * 12:,} tokens" in resumed.err
    assert out.read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.jsonl", "whole.jsonl"]


@pytest.mark.slow
def test_killed_it_goes_on_and_writes_what_an_undisturbed_one_does(shop: Workshop, tmp_path: Path) -> None:
    arguments = ["generate", shop.base, "--data", shop.val, "--batch-tokens", 120, "--max-new-tokens", 40]
    whole, out = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    assert call(*arguments, "--out", whole).code == 0
    program = "import sys; from tunecheck.cli import main; sys.argv[0] = 'tunecheck'; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments), "--out", str(out)],
        env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    database = tmp_path / "out.jsonl.partial" / "run.db"
    while process.poll() is None and n_completions(database) < 5:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    n_kept = n_completions(database)
    assert 5 <= n_kept < 60
    assert not out.exists()
    resumed = call(*arguments, "--out", out)
    assert resumed.code == 0, resumed.err
    assert f"answering tuned, at most: {(60 - n_kept) * 40:,} tokens" in resumed.err
    assert out.read_bytes() == whole.read_bytes()


def n_completions(database: Path) -> int:
    if not database.is_file():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM completions").fetchone()[0])
    except sqlite3.OperationalError:  # It is just being made.
        return 0


def test_a_file_is_written_over_only_when_that_is_asked_for(shop: Workshop, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    for options in (["--limit", 2], ["--limit", 3, "--overwrite"]):
        assert call("generate", shop.base, "--data", shop.val, "--out", out, *options, *SHORT).code == 0
    assert len(read(out)) == 3


def test_a_live_model_answers_rows_in_memory_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tunecheck as tc
    from tests import tiny

    monkeypatch.chdir(tmp_path)
    answers = tc.generate(tiny.model(), rows(3), tokenizer=tiny.tokenizer(), max_new_tokens=5, stop="zz")
    assert [answer.prompt for answer in answers] == [row["prompt"] for row in rows(3)]
    assert (len(answers), answers.path, answers.base, answers.settings.stop) == (3, "", None, ("zz",))
    assert list(tmp_path.iterdir()) == []
