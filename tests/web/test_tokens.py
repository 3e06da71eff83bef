"""Tokens: who has one is let in, on any device and after a restart, until it is taken back; nothing else keeps it."""

from __future__ import annotations

import hmac
import logging
import socket
import threading
import time
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.studies import study
from tests.web.served import Served, change, served
from tunecheck.core import Access
from tunecheck.store import open_studies
from tunecheck.study import is_token, new_token, token_hash
from tunecheck.web import opened
from tunecheck.web.server import Opened


def links_in(page: str) -> list[str]:
    return [part.partition("<")[0] for part in page.split("<code>")[1:] if "/enter/" in part.partition("<")[0]]


def test_only_fingerprints_are_kept(place: Served) -> None:
    rater, owner = place.rater("Anna"), place.owner()
    made = links_in(owner.post("/owner/raters", {"name": "Berta"}).text)[0].rpartition("/")[2]
    rater.save(change(place.slots(rater)[0], "note", "a note", "key-of-this-one"))
    tokens = [rater.token, owner.token, made]
    assert all(is_token(token) for token in tokens)
    assert {row[0] for row in place.dump()["access"]} == {token_hash(token) for token in tokens}
    place.store.close()
    for path in place.folder.rglob("*"):
        if path.is_file():
            assert not [token for token in (*tokens, rater.proof, owner.proof) if token.encode() in path.read_bytes()]


def test_a_token_stands_in_the_page_that_shows_the_new_link_and_in_the_welcome_alone(place: Served) -> None:
    rater, owner = place.rater("Anna"), place.owner()
    slot = place.slots(rater)[0]
    shown = owner.post(f"/owner/raters/{rater.rater.number}/link", {})
    (link,) = links_in(shown.text)
    token = link.rpartition("/")[2]
    assert link == f"http://127.0.0.1:8765/enter/{token}"
    assert shown.text.count(token) == 1
    welcome = place.browser().get(f"/enter/{token}")
    assert welcome.text.count(token) == 1
    assert f'<input type="hidden" name="token" value="{token}">' in welcome.text
    pages = [
        *(owner.get(path) for path in ("/", "/owner", "/owner/results", "/nowhere")),
        *(rater.get(path) for path in ("/", "/rate", f"/rate/{slot.token}", f"/rate/{token}")),
        rater.save(change(slot, "accuracy", "3", "key-of-this-one")),
        place.browser().post("/enter", data={"token": token + "x"}),
        place.browser().get(f"/enter/{token}/"),
    ]
    for page in pages:
        heard = page.text + "".join(value for name, value in page.headers.items() if name != "set-cookie")
        assert not [one for one in (token, rater.token, owner.token) if one in heard], page


def test_taking_links_back_works_at_once_for_all_of_a_rater_and_for_nobody_else(place: Served) -> None:
    first, owner, other = place.rater("Anna"), place.owner(), place.rater("Berta")
    second = place.rater("Anna")
    slot = place.slots(first)[0]
    assert owner.post(f"/owner/raters/{first.rater.number}/revoke", {}).headers["location"] == "/owner"
    before = place.dump()
    for person in (first, second):
        assert person.get("/rate").status_code == 401
        assert person.save(change(slot, "accuracy", "3", "key-of-this-one")).status_code == 401
        assert person.client.get(f"/enter/{person.token}").status_code == 404
        assert person.client.post("/enter", data={"token": person.token}).status_code == 404
    assert place.dump() == before
    assert other.get("/rate").status_code == 303
    assert owner.get("/owner").status_code == 200
    again = links_in(owner.post(f"/owner/raters/{first.rater.number}/link", {}).text)[0].rpartition("/")[2]
    assert place.browser().post("/enter", data={"token": again}).status_code == 303


def test_one_link_works_on_several_devices_and_they_share_one_sheet(place: Served) -> None:
    rater = place.rater("Anna")
    slot = place.slots(rater)[0]
    phone = place.browser()
    for _ in range(2):
        assert phone.post("/enter", data={"token": rater.token}).status_code == 303
    rater.save(change(slot, "accuracy", "4", "key-of-this-one"))
    page = phone.get(f"/rate/{slot.token}").text
    assert 'name="accuracy" value="4"' in page
    assert page.count(" checked>") == rater.get(f"/rate/{slot.token}").text.count(" checked>")


def test_links_cookies_and_proofs_from_before_a_restart_still_work(place: Served) -> None:
    rater = place.rater("Anna")
    slots = place.slots(rater)
    place.store.close()
    with open_studies(place.folder) as store:
        restarted = Served(place.folder, store)
        client = restarted.browser()
        client.cookies.set("tunecheck_rater_8765", rater.token)
        rater.client = client
        assert restarted.slots(rater) == slots
        assert rater.get(f"/rate/{slots[0].token}").status_code == 200
        assert rater.save(change(slots[0], "accuracy", "2", "key-of-this-one")).status_code == 200
        assert restarted.browser().get(f"/enter/{rater.token}").status_code == 200


@pytest.mark.parametrize(
    "token",
    ["", "x", "A" * 22, "A" * 21, "A" * 23, "é" * 22, "A" * 21 + "\n", "../../../../../etc/pass", "' OR 1=1; --ab"],
)
def test_what_is_no_token_opens_nothing_and_says_no_more(place: Served, token: str) -> None:
    place.rater("Anna")
    response = place.browser().post("/enter", data={"token": token})
    assert response.status_code == 404
    assert "this link opens nothing, or no longer does" in response.text
    assert "set-cookie" not in response.headers


def test_somebody_who_tries_tokens_has_to_wait(place: Served) -> None:
    rater = place.rater("Anna")
    stranger = place.browser()
    got = [stranger.get(f"/enter/{new_token()}").status_code for _ in range(30)]
    assert got == [404] * 30
    for _ in range(3):
        assert stranger.get(f"/enter/{new_token()}").status_code == 429
        assert stranger.post("/enter", data={"token": rater.token}).status_code == 429
    # Whoever is in already goes on.
    assert rater.get("/rate").status_code == 303
    place.watch.pass_s(61)
    assert stranger.post("/enter", data={"token": rater.token}).status_code == 303


def test_the_proof_is_compared_in_a_time_that_tells_nothing(place: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    rater, owner = place.rater("Anna"), place.owner()
    compared: list[tuple[object, object]] = []
    real = hmac.compare_digest

    def noted(one: str, other: str) -> bool:
        compared.append((one, other))
        return real(one, other)

    monkeypatch.setattr("tunecheck.web.visitors.hmac.compare_digest", noted)
    rater.save()
    owner.post("/owner/raters", {"name": "Berta"})
    assert compared == [(rater.proof, rater.proof), (owner.proof, owner.proof)]


def test_the_proof_tells_nothing_of_the_token_and_is_its_own(place: Served) -> None:
    people = [place.rater("Anna"), place.rater("Anna"), place.rater("Berta"), place.owner()]
    assert len({person.proof for person in people}) == 4
    assert all(len(person.proof) == 64 and person.token not in person.proof for person in people)


# ---- a server on a socket


@pytest.fixture
def running(blank: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> tuple[Path, pytest.LogCaptureFixture]:
    place = served(blank, tmp_path / "run")
    place.put(study(2))
    place.store.close()
    caplog.set_level(logging.DEBUG)
    return place.folder, caplog


def visit(server: Opened, token: str) -> list[int]:
    """A few requests to a server that runs, and their statuses."""
    base = server.rater_link.rpartition("/enter/")[0]
    port = int(base.rpartition(":")[2])
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:  # pragma: no cover
            continue
    found = [urlopen(server.rater_link, timeout=10).status]
    wanted = Request(f"{base}/static/rate.js", headers={"Cookie": f"tunecheck_rater_{port}={token}"})
    found.append(urlopen(wanted, timeout=10).status)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        # Not even what breaks the reader of the protocol is repeated.
        raw.sendall(f"GET x[ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        found.append(int(raw.makefile("rb").readline().split()[1]))
    return found


def test_no_token_is_in_any_log_of_a_running_server(
    running: tuple[Path, pytest.LogCaptureFixture], monkeypatch: pytest.MonkeyPatch
) -> None:
    import uvicorn

    folder, caplog = running
    servers: list[uvicorn.Server] = []
    real = uvicorn.Server

    def kept(config: uvicorn.Config) -> uvicorn.Server:
        servers.append(real(config))
        return servers[-1]

    monkeypatch.setattr("tunecheck.web.server.uvicorn.Server", kept)
    with opened(folder, port=0, rater="Anna") as server:
        token = server.rater_link.rpartition("/")[2]
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            assert visit(server, token) == [200, 200, 404]
        finally:
            servers[0].should_exit = True
            thread.join(timeout=20)
        assert not thread.is_alive()
    output = caplog.text
    assert output
    for secret in (token, server.owner_link.rpartition("/")[2], token_hash(token)):
        assert secret not in output
    with open_studies(folder) as store:
        assert store.access(token_hash(token)) == Access(role="rater", rater=0)
