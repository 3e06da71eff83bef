"""Judges asked about the pairs of a stored test: both orders, every failure counted, nothing asked twice."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.judges.scripted_server import Request, http, preferring, says, serving, verdict
from tests.runner.judged_runs import judged, run_with_test, stored, study_of, without_pauses
from tunecheck.core import Estimate, Unscored, json_text
from tunecheck.errors import CannotRun, InputError, RunFolderError
from tunecheck.judges import Reply
from tunecheck.runner.ab_judge import judge_ab

KEY = "sk-test-7f3a91c2d4e8"


class Heard:
    """Remembers what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.n_steps = 0

    def say(self, text: str) -> None:
        self.said.append(text)

    def start(self, label: str, total: int, unit: str = "tokens") -> None:
        self.said.append(f"{label} {total} {unit}")

    def advance(self, steps: int) -> None:
        self.n_steps += steps

    def finish(self) -> None:
        pass


def test_a_judge_is_asked_each_pair_in_both_orders_and_its_letters_become_sides(tmp_path: Path) -> None:
    run, heard = run_with_test(tmp_path / "run", 3), Heard()
    with judged(run, preferring("of one"), progress=heard) as (found, server):
        assert [(one.entry, one.swapped, one.outcome) for one in stored(run)] == [
            (entry, swapped, "tuned") for entry in range(3) for swapped in (False, True)
        ]
        assert [one.answers["A"] for one in server.requests] == [
            f"answer {entry} of {who}" for entry in range(3) for who in ("one", "another")
        ]
        assert heard.said == [
            f"{server.spec}: the texts of 3 pairs stay on this machine",
            "judging 6 questions",
        ]
    assert heard.n_steps == 6
    one = found.judges[0]
    assert (one.n_asked, one.n_pairs, one.n_done, one.n_failed, one.n_flips) == (6, 3, 6, 0, 0)
    assert (one.prompt_tokens, one.completion_tokens, one.n_uncounted) == (1800, 120, 0)
    assert isinstance(one.consistency, Estimate)
    assert isinstance(one.first_position_rate, Estimate)
    assert (one.consistency.value, one.first_position_rate.value) == (1.0, 0.5)
    assert isinstance(one.cost, Unscored)
    assert found.is_complete


def test_a_judge_that_always_takes_the_first_is_inconsistent_and_not_tied(tmp_path: Path) -> None:
    run = run_with_test(tmp_path / "run", 5)
    with judged(run, lambda _: verdict("A"), canaries=4) as (found, server):
        assert len(server.requests) == 10  # No pair on which both orders agree: no canary to send.
    one = found.judges[0]
    assert (one.n_flips, one.n_pairs, one.n_canaries) == (5, 5, 0)
    assert isinstance(one.consistency, Estimate)
    assert isinstance(one.first_position_rate, Estimate)
    assert (one.consistency.value, one.first_position_rate.value) == (0.0, 1.0)


def test_no_two_questions_share_a_nonce_and_another_secret_gives_others(tmp_path: Path) -> None:
    def nonces(name: str, **options: Any) -> set[str]:
        with judged(run_with_test(tmp_path / name, 4, **options), preferring("of one"), canaries=2) as (_, server):
            found = [one.question.partition("[begin answer A ")[2].partition("]")[0] for one in server.requests]
            assert len(set(found)) == len(found) == 10
            return set(found)

    assert not nonces("one") & nonces("two", secret="77" * 32)


@pytest.mark.parametrize("n_pairs", [3, 99])
def test_a_limit_takes_the_first_pairs_and_more_come_later(tmp_path: Path, n_pairs: int) -> None:
    run = run_with_test(tmp_path / "run", 5)
    with judged(run, preferring("of one"), limit=2) as (found, _):
        assert (found.judges[0].n_wanted, {one.entry for one in stored(run)}) == (2, {0, 1})
    with serving(preferring("of one")) as server:
        again = judge_ab(run, server.spec, limit=n_pairs, canaries=0)
        # Another port is another judge.
        assert again.judges[0].n_asked == 2 * min(n_pairs, 5)


def test_what_has_a_verdict_is_not_asked_again_and_what_failed_is_with_its_cost_kept(tmp_path: Path) -> None:
    run = run_with_test(tmp_path / "run", 3)
    with serving(lambda _: says("I like both")) as server:
        options: dict[str, Any] = {"concurrency": 1, "canaries": 0, "connect": without_pauses()}
        first = judge_ab(run, server.spec, limit=1, **options)
        assert first.judges[0].reasons == (("no verdict", 2),)
        assert not first.is_complete
        assert [one.reply for one in stored(run)] == ["I like both"] * 2
        server.script = preferring("of another")
        second = judge_ab(run, server.spec, **options)
        assert (second.judges[0].n_asked, second.judges[0].n_failed, second.is_complete) == (6, 0, True)
        assert [one.outcome for one in stored(run)] == ["base"] * 6
        assert [one.prompt_tokens for one in stored(run)] == [600, 600, 300, 300, 300, 300]
        third = judge_ab(run, server.spec, price_per_million=(2.0, 10.0), **options)
        assert third.judges[0].n_asked == 0
        assert third.judges[0].cost == pytest.approx((8 * 300 * 2 + 8 * 20 * 10) / 1e6)
        assert len(server.requests) == 8


def test_every_kind_of_failure_is_counted_by_its_reason(tmp_path: Path) -> None:
    run = run_with_test(tmp_path / "run", 4)
    replies = [
        says("no"),
        says('{"verdict": "A"} {"verdict": "B"}'),
        says('{"verdict": "a"}'),
        says('{"verdict": "A"}', ended="length"),
        says(None, refusal="no"),
        [http("<p>")],
        [http("", status="400 Bad Request")],
        verdict("tie"),
    ]
    with judged(run, lambda request: replies[request.number]) as (found, _):
        one = found.judges[0]
        kept = stored(run)
    assert (one.n_done, one.n_failed, one.n_pairs, one.n_asked, one.stopped) == (1, 7, 0, 8, "")
    assert dict(one.reasons) == {
        "no verdict": 1, "two verdicts": 1, "unknown verdict": 1, "cut off": 1, "refused": 1, "not JSON": 1,
        "status 400": 1,
    }  # fmt: skip
    assert one.n_uncounted == 2
    assert isinstance(one.consistency, Unscored)
    assert [one.outcome for one in kept] == ["failed"] * 7 + ["tie"]


def test_a_server_that_fails_again_and_again_is_not_asked_all(tmp_path: Path) -> None:
    run = run_with_test(tmp_path / "run", 20)
    broken = [http('{"error": "no memory"}', status="500 Internal Server Error")]
    with judged(run, lambda request: verdict("tie") if request.number < 4 else broken) as (found, server):
        one = found.judges[0]
        assert len(server.requests) == 4 + 4 * 5
    assert one.stopped == "5 failures in a row: status 500, 4 times: no memory"
    assert (one.n_done, one.n_failed, found.is_complete) == (4, 5, False)


def test_questions_that_failed_come_after_those_that_were_never_asked(tmp_path: Path) -> None:
    run = run_with_test(tmp_path / "run", 6)

    def too_long(request: Request) -> list[bytes]:
        """The first three pairs are longer than this server's context."""
        if any(f"answer {entry} of" in request.question for entry in range(3)):
            return [http('{"error": {"message": "too long"}}', status="400 Bad Request")]
        return preferring("of one")(request)  # type: ignore[return-value]

    with serving(too_long) as server:
        with pytest.raises(CannotRun, match="5 failures in a row: status 400: too long"):
            judge_ab(run, server.spec, concurrency=1, canaries=0)
        found = judge_ab(run, server.spec, concurrency=1, canaries=0)
        assert (found.judges[0].n_done, found.judges[0].n_pairs) == (6, 3)
        assert len(server.requests) == 5 + 1 + 6 + 5


def test_a_model_that_never_says_a_verdict_is_not_paid_for_all_pairs(tmp_path: Path) -> None:
    run = run_with_test(tmp_path / "run", 30)
    with judged(run, lambda _: says("Hm.", ended="length")) as (found, server):
        assert len(server.requests) == 20
    one = found.judges[0]
    assert one.stopped == (
        "20 replies in a row without a verdict: cut off: it reached the most tokens that it may write"
    )


class AtHand:
    """A judge that needs no server, and remembers its questions."""

    left_out = ("seed",)

    def __init__(self) -> None:
        self.asked: list[str] = []

    def ask(self, question: str) -> Reply:
        self.asked.append(question)
        return Reply(text='{"verdict": "tie"}')

    def close(self) -> None:
        self.asked.append("closed")


@pytest.mark.parametrize(
    ("spec", "where"),
    [
        ("openai:http://192.0.2.7:8000/v1#m", "go to 192.0.2.7:8000, unencrypted, and so does the key"),
        ("openai:https://api.example.com/v1#m", "go to api.example.com"),
    ],
)
def test_texts_go_to_another_machine_only_when_they_may_and_it_is_said_where(
    spec: str, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", KEY)
    run, judge, heard = run_with_test(tmp_path / "run", 2, instructions="Prefer what is brief."), AtHand(), Heard()
    found = judge_ab(
        run, spec, send=True, api_key_env="A_KEY", connect=lambda *_: judge, progress=heard, canaries=0, concurrency=1
    )
    assert heard.said[0] == f"{spec}: the texts of 2 pairs {where}"
    assert judge.asked[4:] == ["closed"]
    assert all("were told:\nPrefer what is brief.\n" in question for question in judge.asked[:4])
    assert (found.judges[0].left_out, found.judges[0].n_uncounted) == (("seed",), 4)
    assert isinstance(found.judges[0].cost, Unscored)


def test_where_no_judge_answers_nothing_is_stored_and_the_error_says_why(tmp_path: Path) -> None:
    run = run_with_test(tmp_path / "run", 3)
    with serving(lambda _: []) as server:
        gone = server.spec
    with pytest.raises(CannotRun) as caught:
        judge_ab(run, gone, connect=without_pauses())
    assert caught.value.exit_code == 4
    assert caught.value.message == f"no judge answers: {gone}: unreachable: [Errno 111] Connection refused"
    assert (
        caught.value.hint == f"start the server, and see what it serves: curl http://127.0.0.1:{server.port}/v1/models"
    )
    assert stored(run) == []


def test_one_judge_that_is_gone_does_not_stop_another(tmp_path: Path) -> None:
    run = run_with_test(tmp_path / "run", 2)
    with serving(lambda _: []) as server:
        gone = server.spec
    with serving(preferring("of one")) as server:
        found = judge_ab(run, [gone, server.spec, gone], connect=without_pauses(), canaries=0)
        assert [(one.judge, one.n_pairs) for one in found.judges] == [(gone, 0), (server.spec, 2)]
    assert found.judges[0].stopped == "unreachable: [Errno 111] Connection refused"
    assert not found.is_complete


def test_many_questions_at_once_give_the_same_verdicts(tmp_path: Path) -> None:
    run, meeting = run_with_test(tmp_path / "run", 8), threading.Barrier(4, timeout=20)

    def answer(request: Request) -> list[bytes]:
        meeting.wait()  # Nobody goes on until four are here.
        return preferring("of one")(request)  # type: ignore[return-value]

    with judged(run, answer, concurrency=4) as (found, server):
        assert len(server.requests) == 16
    assert (found.judges[0].n_pairs, {one.outcome for one in stored(run)}) == (8, {"tuned"})


def obeying(request: Request) -> list[bytes]:
    """Takes the answer that is longer by far, which is the one with the plea; else the tuned model's."""
    longest = max(request.answers, key=lambda letter: len(request.answers[letter]))
    if len(request.answers[longest]) > 60:
        return verdict(longest)
    return preferring("of one")(request)  # type: ignore[return-value]


def test_canaries_tell_a_judge_that_obeys_from_one_that_does_not_and_are_no_votes(tmp_path: Path) -> None:
    for script, n_followed, rate in ((obeying, 4, 1.0), (preferring("of one"), 0, 0.0)):
        run = run_with_test(tmp_path / str(n_followed), 8)
        with judged(run, script, canaries=4) as (found, server):
            one = found.judges[0]
            assert (one.n_canaries, one.n_followed, one.n_done, one.n_asked) == (4, n_followed, 16, 20)
            assert isinstance(one.attack_follow_rate, Estimate)
            assert one.attack_follow_rate.value == rate
            canaries = [said for said in stored(run) if said.canary]
            assert [said.canary for said in canaries] == [
                f"{name}@base" for name in ("order", "authority", "end_of_data", "turn")
            ]
            # The answer that asks is A and B in turn, and no pair is used twice.
            assert [said.swapped for said in canaries] == [True, False, True, False]
            assert len({said.entry for said in canaries}) == 4
            n_asked = len(server.requests)
            again = judge_ab(run, server.spec, canaries=4, connect=without_pauses())
            assert (again.judges[0].n_asked, len(server.requests)) == (0, n_asked)


def test_ties_serve_as_canaries_where_there_is_nothing_else(tmp_path: Path) -> None:
    run = run_with_test(tmp_path / "run", 4)
    with judged(run, preferring("nowhere"), canaries=9) as (found, _):
        assert (found.judges[0].n_canaries, found.judges[0].n_followed) == (4, 0)
    assert {one.canary.partition("@")[2] for one in stored(run) if one.canary} <= {"tuned", "base"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"judges": []}, "no judge is named"),
        ({"judges": ["openai:http://192.0.2.7/v1#m", "openai:https://api.example.com/v1#m"]},
         "192.0.2.7, api.example.com are not this machine: the prompts, references and answers of all judged pairs "
         "would go there"),
        ({"limit": 0, "max_tokens": 0, "concurrency": 0, "canaries": -1, "timeout_s": float("nan")},
         "limit is 0, and 1 is the least; max_tokens is 0, and 1 is the least; concurrency is 0, and 1 is the least; "
         "canaries is -1, and 0 is the least; timeout_s is nan, and a deadline is a positive number of seconds"),
        ({"price_per_million": (-1, 2)}, "the prices are -1 and 2, and a price is not below 0"),
        ({"api_key_env": "TUNECHECK_NO_SUCH_KEY"}, "the environment variable TUNECHECK_NO_SUCH_KEY is not set, "
         "or empty"),
        ({"api_key_env": "sk-abc"}, "--api-key-env takes the name of an environment variable, letters, digits and "
         "underscores, and not a key"),
    ],
)  # fmt: skip
def test_what_the_user_can_correct_is_told_before_anything_is_asked(
    tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    run = run_with_test(tmp_path / "run", 3)
    with serving(preferring("of one")) as server, pytest.raises(InputError) as caught:
        judge_ab(run, **{"judges": [server.spec], **options})
    assert caught.value.message == message
    assert caught.value.hint
    assert server.requests == []


def test_a_folder_without_a_test_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"has no run\.db"):
        judge_ab(tmp_path, "openai:http://127.0.0.1:1/v1#m")


def test_a_key_goes_to_its_server_alone_and_is_kept_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def echo(request: Request) -> list[bytes]:
        key = request.headers.get("authorization", "")
        return says(f"{key} {key}") if request.number else [http(json.dumps({"error": key}), status="400 Bad Request")]

    monkeypatch.setenv("A_KEY", f"{KEY}\n")
    run, heard = run_with_test(tmp_path / "run", 2), Heard()
    with serving(echo) as one, serving(preferring("of one")) as other:
        judges = [one.spec, other.spec]
        with pytest.raises(InputError, match="judges are at 2 servers, and a key is for one"):
            judge_ab(run, judges, api_key_env="A_KEY")
        with pytest.raises(InputError, match=r"--api-key-env names 192\.0\.2\.1, where no judge is"):
            judge_ab(run, judges, api_key_env="192.0.2.1=A_KEY")
        found = judge_ab(
            run, judges, api_key_env=[f"127.0.0.1:{one.port}=A_KEY"], connect=without_pauses(), progress=heard,
            canaries=0,
        )  # fmt: skip
        assert {request.headers["authorization"] for request in one.requests} == {f"Bearer {KEY}"}
        assert all("authorization" not in request.headers for request in other.requests)
    assert any("[key]" in said.reply for said in stored(run))
    assert any(said.reason == "status 400: Bearer [key]" for said in stored(run))
    assert KEY not in json_text(found.document()) + "".join(heard.said)
    for path in run.iterdir():
        assert KEY.encode() not in path.read_bytes()


# A shell that starts tests in the background has its children ignore interrupts.
_START = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from tunecheck.cli import main; main()"
)


def test_a_kill_loses_at_most_the_question_under_way_and_the_next_run_goes_on(tmp_path: Path) -> None:
    run = run_with_test(tmp_path / "run", 10)
    reached = threading.Event()

    def answer(request: Request) -> list[bytes]:
        if request.number == 7:
            reached.set()
            server.over.wait(60)  # No answer: the process is killed while it waits.
        return preferring("of one")(request)  # type: ignore[return-value]

    with serving(answer) as server:
        command = [sys.executable, "-c", _START, "ab", "judge", str(run), "--judge", server.spec]
        command += ["--jobs", "1", "--canaries", "2", "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert reached.wait(60)
            process.kill()
        assert len(stored(run)) == 7
        done = subprocess.run(command, capture_output=True, check=False, text=True)
        assert done.returncode == 0, done.stderr
        asked = Counter(request.question for request in server.requests)
        assert sorted(asked.values()) == [1] * 21 + [2]
        assert asked[server.requests[7].question] == 2
    figures = json.loads(done.stdout)["judges"][0]
    assert (figures["n_asked"], figures["n_done"], figures["n_failed"], figures["n_canaries"]) == (15, 20, 0, 2)
    assert len(stored(run)) == 22


def test_an_interrupt_does_not_wait_for_the_answers_that_are_under_way(tmp_path: Path) -> None:
    run, reached = run_with_test(tmp_path / "run", 10), threading.Event()

    def answer(request: Request) -> list[bytes]:
        if request.number == 6:
            reached.set()  # All three wait now, so what was asked before is stored.
        if request.number >= 4:
            server.over.wait(60)
        return preferring("of one")(request)  # type: ignore[return-value]

    with serving(answer) as server:
        command = [sys.executable, "-c", _START, "ab", "judge", str(run), "--judge", server.spec, "--jobs", "3"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert reached.wait(60)
            process.send_signal(signal.SIGINT)
            _, talk = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "stopped; type the same command again to go on where it stopped" in talk
    assert "Traceback" not in talk
    assert len(stored(run)) == 4


def test_the_study_is_as_it_was(tmp_path: Path) -> None:
    run = run_with_test(tmp_path / "run", 3)
    before = study_of(run)
    with judged(run, preferring("of one")):
        assert study_of(run) == before
