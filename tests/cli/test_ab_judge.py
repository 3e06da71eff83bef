"""tunecheck ab judge, as a shell sees it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.judges.scripted_server import preferring, says, serving
from tests.runner.judged_runs import run_with_test, stored
from tests.workshop import call


def test_the_table_tells_what_a_judge_did_and_what_to_type_next(tmp_path: Path) -> None:
    run = run_with_test(tmp_path / "run", 4)
    with serving(preferring("of one")) as server:
        called = call(
            "ab", "judge", run, "--judge", server.spec, "--price-in", 2, "--price-out", 10, "--jobs", 2, "--canaries", 2
        )
    assert called.code == 0
    lines = [" ".join(line.split()) for line in called.out.splitlines()]
    assert lines[1:8] == [
        server.spec,
        "pairs judged 4 of 4, 10 questions asked now",
        "same in both orders 1.000 [0.510, 1.000] n=4, 0 flipped",
        "chose the first 0.500 [0.215, 0.785] n=8",
        "no verdict 0 of 8 questions",
        "obeyed a plea 0 of 2 canaries",
        "tokens 3,000 read, 200 written",
    ]
    assert lines[8] == "cost 0.008"
    assert lines[-2:] == [
        "judges count only beside people's votes; what both say together:",
        f"tunecheck ab show {run}",
    ]
    assert called.err.splitlines() == [
        f"  {server.spec}: the texts of 4 pairs stay on this machine",
        "  judging: 8 questions",
        "  judging canaries: 2 questions",
    ]


def test_the_exit_code_says_whether_something_is_left_to_ask(tmp_path: Path) -> None:
    run = run_with_test(tmp_path / "run", 3)
    with serving(lambda _: says('{"verdict": "A"}', ended="length")) as server:
        called = call("ab", "judge", run, "--judge", server.spec, "--json")
        assert called.code == 3
        assert called.document["judges"][0]["reasons"] == {"cut off": 6}
        told = call("ab", "judge", run, "--judge", server.spec)
        assert "6 of 6 questions: cut off 6 (give it room: --max-tokens)" in told.out
        assert "questions are left without a verdict: the same command asks them again" in told.out
    gone = call("ab", "judge", run, "--judge", "openai:http://192.0.2.1/v1#m", "--judge", server.spec)
    assert (gone.code, gone.hint) == (2, "if they may, add --send; or serve a judge on this machine")


def test_what_a_judge_writes_cannot_act_on_the_terminal(tmp_path: Path) -> None:
    run = run_with_test(tmp_path / "run", 3)
    with serving(lambda _: says("x", ended="\x1b[2J\u202e")) as server:
        called = call("ab", "judge", run, "--judge", server.spec)
    assert called.code == 3
    assert not {"\x1b", "\u202e"} & set(called.out + called.err)
    assert len(stored(run)) == 6


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--price-in", 1), "--price-in and --price-out go together"),
        (("--judge", "https://me:hunter2@h/v1#m"), "the judge 'https' is not an address of the form openai:URL#NAME"),
        ((), "no judge is named"),
        (("--judge", "openai:http://127.0.0.1:1/v1#m", "--api-key-env", "sk-hunter2"), "and not a key"),
        (("--judge", "openai:http://127.0.0.1:1/v1#m", "--api-key-env", "hunter2"), "that is named is not set"),
    ],
)
def test_wrong_usage_is_told_without_what_may_be_a_key(
    arguments: tuple[object, ...], said: str, tmp_path: Path
) -> None:
    called = call("ab", "judge", run_with_test(tmp_path / "run", 3), *arguments)
    assert called.code == 2
    assert said in called.err
    assert "hunter2" not in called.err + called.out
