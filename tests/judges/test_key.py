"""A key that a server echoes is in nothing that is kept or shown, not even a piece of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote

import pytest

from tests.judges.scripted_server import completion, http, serving, verdict
from tunecheck.judges import ChatServer, NoReply, Patience
from tunecheck.judges.key import Key

# In some notations, its characters are escaped.
SECRET = 'sk-Zq/7w+"Kx=\\Jv%4Hm&2Gp~9Lc'
NOTATIONS = {
    "as it is": SECRET,
    "in lower case": SECRET.lower(),
    "as in JSON": json.dumps(SECRET)[1:-1],
    "as in JSON twice": json.dumps(json.dumps(SECRET)[1:-1])[1:-1],
    "as in JSON for a page": json.dumps(SECRET)[1:-1].replace("/", "\\/").replace("+", "\\u002B"),
    "in numbers": "".join(f"\\u{ord(one):04x}" for one in SECRET),
    "as in an address": quote(SECRET),
    "as in an address, all of it": quote(SECRET, safe=""),
    "as in an address twice": quote(quote(SECRET, safe="")),
    "as Python shows it": repr(SECRET)[1:-1],
}
Echo = Callable[[str], bytes]
ECHOES: dict[str, Echo] = {
    "a page": http,
    "a page of an error": lambda said: http(said, status="500 Internal Server Error"),
    "half of a body": lambda said: http(f'{{"error": "{said}'),
    "a wrong key": lambda said: http(json.dumps({"error": {"message": said}}), status="401 Unauthorized"),
    "a detail": lambda said: http(json.dumps({"detail": said}), status="403 Forbidden"),
    "trouble": lambda said: http(json.dumps({"error": said}), status="500 Internal Server Error"),
    "an error as success": lambda said: http(json.dumps({"error": {"message": said}})),
    "a content": lambda said: http(completion(said)),
    "a content that is cut off": lambda said: http(completion(said, ended="length")),
    "a refusal": lambda said: http(completion(None, refusal=said)),
    "an end": lambda said: http(completion("x", ended=said)),
    "an encoding": lambda said: http("x", content_encoding=said),
    "a pause": lambda said: http(said, status="429 Too Many Requests", retry_after=said),
    "a reason": lambda said: f"HTTP/1.1 403 {said}\r\nContent-Length: 0\r\n\r\n".encode(),
    "another protocol": lambda said: f"{said}\r\n\r\n".encode(),
    "a header that is none": lambda said: f"HTTP/1.1 200 OK\r\n{said}\r\n\r\n".encode(),
}


def pieces_of_the_key(said: str) -> list[str]:
    """Four of its characters in a row; a cut would leave more."""
    return [SECRET[at : at + 4] for at in range(len(SECRET) - 3) if SECRET[at : at + 4].lower() in said.lower()]


def told_of(echo: Echo, sayings: Iterable[str], *, key: str = SECRET) -> Iterator[str]:
    """What is made of a server that says one after the other."""
    replies = [echo(said) for said in sayings]
    once = Patience(n_tries=1)
    with (
        serving(lambda request: [replies[request.number]]) as server,
        ChatServer(server.address, key=key, patience=once) as client,
    ):
        for _ in replies:
            found = client.ask("which?")
            yield f"{found.text} {found.reason if isinstance(found, NoReply) else ''}"


def padded(said: str, paddings: Iterable[int]) -> list[str]:
    return [f"{'.' * n} {said}".strip() for n in paddings]


@pytest.mark.parametrize("place", ECHOES)
def test_no_piece_of_a_key_comes_back_wherever_it_stands_and_however_it_is_written(place: str) -> None:
    sayings = [said for key in NOTATIONS.values() for said in padded(key, (0, 10, 25, 35, 165, 185, 275, 290))]
    starts = {key[:8] for key in NOTATIONS.values()}
    for said in told_of(ECHOES[place], sayings):
        assert pieces_of_the_key(said) == []
        assert [start for start in starts if start in said] == []


@pytest.mark.parametrize("place", ["a page", "a wrong key", "trouble", "a refusal", "another protocol"])
def test_no_piece_of_a_key_is_left_by_a_cut_at_any_of_its_characters(place: str) -> None:
    for said in told_of(ECHOES[place], padded(SECRET, range(310))):
        assert pieces_of_the_key(said) == []


def test_a_key_that_ends_with_a_space_is_not_told_by_what_refuses_to_send_it() -> None:
    found = next(told_of(lambda _: verdict("A")[0], [""], key=SECRET + " "))
    assert pieces_of_the_key(found) == []
    assert "[key]" in found


def test_taking_a_key_out_leaves_a_body_that_can_be_read() -> None:
    said = json.dumps({"verdict": "A"})
    found = list(told_of(ECHOES["a content"], [f"\\{SECRET}\n{SECRET}\n{said}"]))
    assert found == [f"[key]\n[key]\n{said} "]


def test_a_key_is_taken_out_of_a_long_body_in_a_moment() -> None:
    start = time.perf_counter()
    for piece in ("\\", "%", "%25", "%5c", "u0075", "\\u005c", "\\u0073", SECRET[:-1]):
        for key in (SECRET, "a\\" * 20, "\\" * 40, "%" * 40, "%25" * 20, "\\u005c" * 20, "u0075" * 20):
            Key(key).taken_out((piece * 2**16)[: 2**16])
    assert time.perf_counter() - start < 30
