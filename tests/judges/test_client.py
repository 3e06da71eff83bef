"""What a judge's server may do, and what is made of it."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.judges.scripted_server import Request, Script, completion, http, says, serving, verdict
from tunecheck.errors import InputError
from tunecheck.judges import ChatServer, NoReply, Patience, Reply, ServerAddress
from tunecheck.judges.client import MOST_BYTES

KEY = "sk-test-7f3a91c2d4e8"


class Pauses(list[float]):
    """Pauses that nobody waits for."""

    def patience(self, n_tries: int = 4) -> Patience:
        return Patience(n_tries=n_tries, sleep=self.append, rng=random.Random(1))


def asked(script: Script, **options: Any) -> tuple[Reply | NoReply, list[Request], Pauses]:
    pauses = Pauses()
    with serving(script) as server:
        options = {"timeout_s": 5.0, "patience": pauses.patience(), **options}
        with ChatServer(server.address, **options) as client:
            return client.ask("which?"), server.requests, pauses


def in_turn(*replies: list[bytes]) -> Script:
    return lambda request: replies[min(request.number, len(replies) - 1)]


def test_a_question_is_one_message_asked_with_fixed_settings() -> None:
    found, requests, _ = asked(lambda _: verdict("A"), seed=7, max_tokens=99)
    assert found == Reply(text='{"verdict": "A"}', prompt_tokens=300, completion_tokens=20)
    assert [one.path for one in requests] == ["/v1/chat/completions"]
    assert requests[0].body == {
        "model": "m",
        "messages": [{"role": "user", "content": "which?"}],
        "temperature": 0,
        "seed": 7,
        "max_tokens": 99,
    }
    assert "authorization" not in requests[0].headers
    assert requests[0].headers["accept-encoding"] == "identity"


def test_lone_surrogates_and_any_script_reach_the_server() -> None:
    with serving(lambda _: verdict("A")) as server, ChatServer(server.address) as client:
        assert isinstance(client.ask("ü \u4e2d \U0001f600"), Reply)
        assert server.requests[0].question == "ü \u4e2d \U0001f600"


WRONG = {
    "nothing": ([http("")], "empty: the server sent nothing"),
    "a page": ([http("<!doctype html><h1>Hi</h1>", content_type="text/html")],
               "not JSON: the server sent '<!doctype html><h1>Hi</h1>'"),
    "half of it": ([http(completion("x")[:12])], "not JSON: the server sent '{\"id\": \"x\", '"),
    "a stream": ([http('data: {"choices": []}\n\n', content_type="text/event-stream")],
                 "not JSON: the server sent 'data: {\"choices\": []}\\n\\n'"),
    "bytes": ([http(b"\xff\xfe\x00")], "not JSON: the server sent '\ufffd\ufffd\\x00'"),
    "a list": ([http("[1]")], "not a chat completion: it is a list"),
    "deep nesting": ([http("[" * 100_000)], "not JSON: the server sent '" + "[" * 40 + "'"),
    "no choice": ([http('{"choices": []}')], "not a chat completion: it has not one choice with a message"),
    "two choices": ([http(json.dumps({"choices": [{"message": {"content": "x"}}] * 2}))],
                    "not a chat completion: it has not one choice with a message"),
    "an error as success": ([http('{"error": {"message": "out of\\n memory"}}')], "server error: out of memory"),
    "compressed": ([http(gzip.compress(bytes(50 * 2**20)), content_encoding="gzip")],
                   "compressed: the reply comes as 'gzip', unasked"),
    "claims to be compressed": ([http(completion("x"), content_encoding="br")],
                                "compressed: the reply comes as 'br', unasked"),
    "huge": ([http(b'{"a": "' + b"x" * MOST_BYTES + b'"}')], "too long: the server sent more than 1,048,576 bytes"),
    "a bad request": ([http('{"error": {"message": "context is 4096 tokens"}}', status="400 Bad Request")],
                      "status 400: context is 4096 tokens"),
    "a bad request without a word": ([http("", status="418 I am a teapot")],
                                     "status 418: the server does not say why"),
    "a detail": ([http('{"detail": "not allowed here"}', status="403 Forbidden")], "status 403: not allowed here"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_reply_that_is_wrong_is_told_and_not_asked_for_again(case: str) -> None:
    pieces, reason = WRONG[case]
    found, requests, pauses = asked(lambda _: pieces)
    assert isinstance(found, NoReply)
    assert (found.reason, found.text, found.is_server, found.is_for_all) == (reason, "", True, False)
    assert (len(requests), pauses) == (1, [])


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (says(None), "not a text: the content is missing"),
        (says(["A"]), "not a text: the content is list"),
        (says(" \n"), "empty: the model wrote nothing"),
        (says(None, refusal="I cannot help with that."), "refused: I cannot help with that."),
        (says("", ended="content_filter"), "refused: the server's content filter stopped it"),
        (says('{"verdict": "A"}', ended="length"), "cut off: it reached the most tokens that it may write"),
        (says(None, ended="tool_calls"), "not an answer: it ended with 'tool_calls'"),
        (says("x", ended=["stop"]), "not an answer: it ended with \"['stop']\""),
    ],
)
def test_a_model_that_does_not_answer_is_no_fault_of_its_server(said: list[bytes], reason: str) -> None:
    found, requests, _ = asked(lambda _: said)
    assert isinstance(found, NoReply)
    assert (found.reason, found.is_server, found.prompt_tokens, len(requests)) == (reason, False, 300, 1)


def test_the_content_type_does_not_matter_where_the_body_is_right() -> None:
    found, _, _ = asked(lambda _: [http(completion("hm"), content_type="text/plain")])
    assert found == Reply(text="hm", prompt_tokens=300, completion_tokens=20)


@pytest.mark.parametrize("usage", [None, [], {"prompt_tokens": "3"}, {"prompt_tokens": -1}, {"prompt_tokens": True},
                                   {"prompt_tokens": 2**70}])  # fmt: skip
def test_tokens_that_are_not_counted_are_not_made_up(usage: object) -> None:
    body = {**json.loads(completion("hm")), "usage": usage}
    found, _, _ = asked(lambda _: [http(json.dumps(body))])
    assert found == Reply(text="hm")


def test_a_server_in_trouble_is_asked_again_after_growing_pauses() -> None:
    broken = [http("<h1>Bad gateway</h1>", status="502 Bad Gateway")]
    found, requests, pauses = asked(in_turn(broken, broken, broken, verdict("B")))
    assert isinstance(found, Reply)
    assert len(requests) == 4
    assert [0.5 * 2**n <= pause <= 2**n for n, pause in enumerate(pauses)] == [True] * 3


def test_a_server_that_stays_in_trouble_is_given_up() -> None:
    found, requests, pauses = asked(lambda _: [http('{"error": "overloaded"}', status="500 Internal Server Error")])
    assert isinstance(found, NoReply)
    assert (found.reason, found.is_for_all) == ("status 500, 4 times: overloaded", False)
    assert (len(requests), len(pauses)) == (4, 3)


@pytest.mark.parametrize(
    ("asks", "waits_s"), [("3", 3.0), ("86400", 60.0), ("0", 0.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0)]
)
def test_a_server_that_says_when_to_come_back_is_believed_up_to_a_minute(asks: str, waits_s: float) -> None:
    busy = [http("", status="429 Too Many Requests", retry_after=asks)]
    found, _, pauses = asked(in_turn(busy, verdict("A")))
    assert isinstance(found, Reply)
    assert pauses == [waits_s]


@pytest.mark.parametrize("asks", ["soon", "-3", "1e9", "\u0663", "99999999999999999999 Oct", ""])
def test_a_pause_that_cannot_be_read_is_our_own(asks: str) -> None:
    busy = [f"HTTP/1.1 429 Too Many\r\nRetry-After: {asks}\r\nContent-Length: 0\r\n\r\n".encode()]
    found, _, pauses = asked(in_turn(busy, verdict("A")))
    assert isinstance(found, Reply)
    assert 0.5 <= pauses[0] <= 1.0


def test_a_dropped_connection_is_tried_again() -> None:
    cut = [b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"]
    found, requests, pauses = asked(in_turn([], cut, [b"SSH-2.0-hello\r\n"], verdict("A")))
    assert isinstance(found, Reply)
    assert (len(requests), len(pauses)) == (4, 3)


def test_a_connection_that_always_drops_is_given_up() -> None:
    found, requests, _ = asked(lambda _: [])
    assert isinstance(found, NoReply)
    assert found.reason.startswith("dropped: ")
    assert (len(requests), found.is_server, found.is_for_all) == (4, True, False)


def test_where_nobody_listens_is_told_for_all_questions() -> None:
    with serving(lambda _: verdict("A")) as server:
        address = server.address
    pauses = Pauses()
    with ChatServer(address, patience=pauses.patience()) as client:
        found = client.ask("which?")
    assert isinstance(found, NoReply)
    assert found.reason == "unreachable: [Errno 111] Connection refused"
    assert found.is_for_all
    assert len(pauses) == 3


def endless(head: bytes, piece: bytes) -> Script:
    def script(_: Request) -> Iterator[bytes]:
        yield head
        while True:
            yield piece

    return script


def test_a_body_without_an_end_is_read_up_to_the_limit() -> None:
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    found, requests, _ = asked(endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunk))
    assert isinstance(found, NoReply)
    assert found.reason == "too long: the server sent more than 1,048,576 bytes"
    assert len(requests) == 1


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n90000\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",  # Its end would be the body's end.
    ],
)
@pytest.mark.parametrize("is_dripping", [False, True])
def test_a_reply_that_does_not_come_in_time_is_late_however_busy_the_server_looks(
    head: bytes, is_dripping: bool
) -> None:
    def script(_: Request) -> Iterator[bytes]:
        yield head
        while not server.over.wait(0.05):
            if is_dripping:
                yield b"x"

    with serving(script) as server, ChatServer(server.address, timeout_s=0.4, patience=Pauses().patience()) as client:
        found = client.ask("which?")
    assert isinstance(found, NoReply)
    assert (found.reason, found.is_for_all) == ("timed out: no whole reply within 0.4 s", False)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", ["301 Moved", "307 Temporary Redirect", "308 Permanent Redirect"])
def test_a_redirect_is_not_followed(status: str) -> None:
    with serving(lambda _: verdict("A")) as elsewhere:
        found, requests, _ = asked(
            lambda _: [http("", status=status, location=f"http://127.0.0.1:{elsewhere.port}/v1/chat/completions")],
            key=KEY,
        )
        assert elsewhere.requests == []
    assert isinstance(found, NoReply)
    assert found.reason == f"status {status[:3]}: it sends elsewhere, which is not followed"
    assert found.is_for_all
    assert len(requests) == 1


@pytest.mark.parametrize(("status", "why"), [("401 Unauthorized", "it wants a key"), ("404 Not Found", "no such path")])
def test_what_every_question_would_meet_is_told_for_all(status: str, why: str) -> None:
    found, requests, _ = asked(lambda _: [http("", status=status)])
    assert isinstance(found, NoReply)
    assert (found.reason, found.is_for_all, len(requests)) == (f"status {status[:3]}: {why}", True, 1)


def test_no_proxy_and_no_netrc_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    with serving(lambda _: verdict("B")) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password secret\n")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        found, requests, _ = asked(lambda _: verdict("A"))
        assert proxy.requests == []
    assert isinstance(found, Reply)
    assert "authorization" not in requests[0].headers


def test_a_key_is_sent_and_comes_back_in_nothing() -> None:
    def echo(request: Request) -> list[bytes]:
        said = f"your key is {request.headers['authorization']}"
        return [http(json.dumps({"error": {"message": said}}), status="401 Unauthorized")]

    refused, requests, _ = asked(echo, key=KEY)
    assert requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert isinstance(refused, NoReply)
    assert refused.reason == "status 401: your key is Bearer [key]"
    told, _, _ = asked(lambda request: says(f"I was sent {request.headers['authorization']}"), key=KEY)
    assert told == Reply(text="I was sent Bearer [key]", prompt_tokens=300, completion_tokens=20)
    with ChatServer(ServerAddress(url="http://127.0.0.1:1/v1", model="m"), key=KEY) as client:
        assert KEY not in repr(client)


def test_a_word_that_stands_in_for_a_key_spoils_no_text() -> None:
    found, _, _ = asked(lambda _: verdict("A"), key="A")
    assert isinstance(found, Reply)
    assert found.text == '{"verdict": "A"}'


@pytest.mark.parametrize("key", ["two\nlines", "k\u00e9y", "\x00"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_told(key: str) -> None:
    with pytest.raises(InputError) as caught:
        ChatServer(ServerAddress(url="http://127.0.0.1:1/v1", model="m"), key=key)
    assert caught.value.message == "the key holds a character that no request can carry"


def test_settings_that_a_server_does_not_take_are_left_out_and_told() -> None:
    def picky(request: Request) -> list[bytes]:
        for name in ("max_tokens", "temperature", "seed"):
            if name in request.body:
                error = {"message": f"Unsupported parameter: {name}", "param": name}
                return [http(json.dumps({"error": error}), status="400 Bad Request")]
        return verdict("A")

    with serving(picky) as server, ChatServer(server.address, max_tokens=50) as client:
        assert isinstance(client.ask("one"), Reply)
        assert client.left_out == ("temperature", "seed")
        assert isinstance(client.ask("two"), Reply)
    assert len(server.requests) == 5
    assert server.requests[-1].body.keys() == {"model", "messages", "max_completion_tokens"}
    assert server.requests[-1].body["max_completion_tokens"] == 50


def test_a_server_that_refuses_the_same_setting_for_ever_is_not_asked_for_ever() -> None:
    error = json.dumps({"error": {"message": "no", "param": "max_completion_tokens"}})
    found, requests, _ = asked(lambda _: [http(error, status="400 Bad Request")])
    assert isinstance(found, NoReply)
    assert (found.reason, len(requests)) == ("status 400: no", 1)
