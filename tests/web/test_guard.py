"""What every request passes, and what every answer carries, whichever page is behind."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp, Message

from tests.studies import study
from tests.web.served import BASE, HOST, Person, Served, change, served
from tunecheck.web.address import address_of
from tunecheck.web.guard import HEADERS, MOST_BODY_BYTES

EXACT = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types tunecheck",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
Pairs = Sequence[tuple[str, str]]


def asked(
    app: ASGIApp,
    method: str = "GET",
    path: str = "/static/page.css",
    headers: Pairs = (("host", HOST),),
    parts: Sequence[Message] = ({"type": "http.request", "body": b"", "more_body": False},),
) -> tuple[int, dict[str, str], bytes] | None:
    """One request exactly as given, as no client would send it; None where nothing was answered."""
    sent: list[Message] = []
    waiting = list(parts)

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode("utf-8", "replace"), "query_string": b"", "root_path": "", "headers": raw,
        "client": ("127.0.0.1", 5), "server": ("127.0.0.1", 8765),
    }  # fmt: skip
    asyncio.run(_call(app, scope, receive, send))
    if not sent:
        return None
    own = {name.decode().lower(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return sent[0]["status"], own, b"".join(message.get("body", b"") for message in sent[1:])


async def _call(app: ASGIApp, *arguments: Any) -> None:
    await app(*arguments)


def status(*arguments: Any, **named: Any) -> int:
    answer = asked(*arguments, **named)
    assert answer is not None
    return answer[0]


# ---- Host


@pytest.mark.parametrize("host", [HOST, "localhost:8765", "LOCALHOST:8765", "[::1]:8765"])
def test_the_server_answers_to_its_names(place: Served, host: str) -> None:
    assert status(place.app, headers=[("host", host)]) == 200


@pytest.mark.parametrize(
    "hosts",
    [
        *([], [""], [HOST, HOST], [HOST, "evil.example"], ["evil.example", HOST]),
        *(["evil.example"], ["evil.example:8765"], ["127.0.0.1"], ["localhost"], ["127.0.0.1:80001"]),
        *(["127.0.0.1:876"], ["127.0.0.1:87650"]),
        *(["127.0.0.1:08765"], ["127.0.0.1:8766"], ["127.0.0.1.:8765"], ["localhost.:8765"], ["localhost.evil:8765"]),
        *(["127.0.0.1.evil.example:8765"], ["evil-127.0.0.1:8765"], ["a.localhost:8765"], ["127.0.0.2:8765"]),
        *(["me@127.0.0.1:8765"], ["127.0.0.1:8765@evil.example"], ["evil.example#127.0.0.1:8765"], [f"http://{HOST}"]),
        *([f" {HOST}"], [f"{HOST} "], [f"{HOST}/"], [f"{HOST},evil.example"], [f"{HOST}\x00"], ["127.1:8765"], ["*"]),
        *(["0.0.0.0:8765"], ["[::]:8765"], ["::1:8765"], ["[::1]"], ["[0:0:0:0:0:0:0:1]:8765"], ["2130706433:8765"]),
        *(["127.0.0.1:8765:8765"], ["x" * 9_000], ["\xe9:8765"]),
    ],
)  # fmt: skip
def test_the_server_answers_to_no_other_name(place: Served, hosts: list[str]) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        answer = asked(place.app, method, headers=[("host", host) for host in hosts])
        assert answer is not None
        code, headers, body = answer
        assert code == 400
        assert EXACT.items() <= headers.items()
        assert body.decode().startswith("400: this server answers to 127.0.0.1:8765, [::1]:8765, localhost:8765 alone.")


def test_other_names_in_other_headers_are_not_believed(place: Served) -> None:
    forwarded = [
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example"),
        ("x-forwarded-proto", "https"),
    ]
    answer = asked(place.app, path="/", headers=[("host", HOST), *forwarded])
    assert answer is not None
    assert b"evil" not in answer[2]
    assert status(place.app, headers=[("host", "evil.example"), ("x-forwarded-host", HOST)]) == 400


# ---- where a POST comes from

_GOOD_ORIGINS: tuple[list[str], ...] = ([], [BASE], ["http://localhost:8765"])
_GOOD_SITES: tuple[list[str], ...] = ([], ["same-origin"], ["none"])
_BAD_ORIGINS = [
    *(["null"], [""], ["https://evil.example"], ["http://127.0.0.1"], ["http://127.0.0.1:3000"], ["https://127.0.0.1:8765"]),
    *([f"{BASE}.evil.example"], [f"{BASE}1"], [f"{BASE}/"], [f"evil{BASE}"], ["127.0.0.1:8765"], ["http://127.0.0.1:876"]),
    *([BASE, BASE], [BASE, "https://evil.example"], ["https://evil.example", BASE], [f"{BASE} https://evil.example"]),
    *(["HTTP://127.0.0.1:8765"], ["file://"], ["chrome-extension://abcdef"], ["http://me@127.0.0.1:8765"], ["*"]),
]  # fmt: skip
_BAD_SITES = (
    ["cross-site"],
    ["same-site"],
    [""],
    ["SAME-ORIGIN"],
    ["same-origin, none"],
    ["same-origin", "same-origin"],
)


@pytest.fixture(scope="module")
def office(blank: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Person]]:
    place = served(blank, tmp_path_factory.mktemp("guard") / "run")
    place.put(study(2))
    with place.store:
        yield place, place.rater("Anna")


def saved(place: Served, rater: Person, origins: Sequence[str], sites: Sequence[str], proof: str) -> int:
    """The status of a save of no changes with these headers."""
    body = b'{"changes":[]}'
    headers = [("host", HOST), ("content-type", "application/json"), ("content-length", str(len(body)))]
    headers += [("cookie", f"tunecheck_rater_8765={rater.token}"), ("x-tunecheck-proof", proof)]
    headers += [("origin", origin) for origin in origins] + [("sec-fetch-site", site) for site in sites]
    parts = [{"type": "http.request", "body": body, "more_body": False}]
    return status(place.app, "POST", "/api/save", headers, parts)


@pytest.mark.parametrize("is_proven", [True, False])
def test_a_post_from_our_own_pages_needs_the_proof_as_well(office: tuple[Served, Person], is_proven: bool) -> None:
    place, rater = office
    for origins in _GOOD_ORIGINS:
        for sites in _GOOD_SITES:
            got = saved(place, rater, origins, sites, rater.proof if is_proven else "")
            assert got == (200 if is_proven else 403), (origins, sites)


def test_a_post_from_anywhere_else_is_refused_whatever_it_proves(office: tuple[Served, Person]) -> None:
    place, rater = office
    for sites in _GOOD_SITES:
        assert [origins for origins in _BAD_ORIGINS if saved(place, rater, origins, sites, rater.proof) != 403] == []
    for origins in _GOOD_ORIGINS:
        assert [sites for sites in _BAD_SITES if saved(place, rater, origins, sites, rater.proof) != 403] == []


def test_no_form_of_another_site_lets_anybody_in(office: tuple[Served, Person]) -> None:
    place, rater = office
    for origin in ("null", "https://evil.example", "http://127.0.0.1:3000"):
        response = place.browser().post("/enter", data={"token": rater.token}, headers={"Origin": origin})
        assert response.status_code == 403
        assert "set-cookie" not in response.headers


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "post", "PROPFIND", ""])
def test_other_methods_are_not_known(office: tuple[Served, Person], method: str) -> None:
    for path in ("/", "/rate", "/api/save", "/owner/raters", "/nowhere"):
        assert status(office[0].app, method, path) == 405


# ---- bodies


def posted(app: ASGIApp, parts: Sequence[bytes], length: str | None, *, is_cut: bool = False) -> int | None:
    headers = [("host", HOST), ("content-type", "application/x-www-form-urlencoded")]
    if length is not None:
        headers.append(("content-length", length))
    messages: list[Message] = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages.append({"type": "http.disconnect"} if is_cut else {"type": "http.request", "more_body": False})
    answer = asked(app, "POST", "/enter", headers, messages)
    return None if answer is None else answer[0]


def test_bodies_are_bounded_by_what_is_declared_and_by_what_comes(office: tuple[Served, Person]) -> None:
    app = office[0].app
    full = b"a=" + b"x" * (MOST_BODY_BYTES - 2)
    assert posted(app, [full], str(MOST_BODY_BYTES)) == 404  # Read, and no token in it.
    assert posted(app, [full], None) == 404
    assert posted(app, [], str(MOST_BODY_BYTES + 1)) == 413
    assert posted(app, [full, b"x"], None) == 413
    assert posted(app, [full, b"x"], "5") == 413
    assert posted(app, [b"x" * 1024] * 300, None) == 413
    for length in ("-1", "1e3", "x", "", " 5", "0x5", "5,5", "²", "9" * 5_000, "+5"):
        assert posted(app, [], length) == 413, length


def test_half_a_body_of_a_client_that_went_away_is_nothing(place: Served) -> None:
    rater = place.rater("Anna")
    slot = place.slots(rater)[0]
    body = f"proof={rater.proof}&accuracy=3&note=half+a+no".encode()
    headers = [("host", HOST), ("content-type", "application/x-www-form-urlencoded"), ("content-length", "400")]
    headers.append(("cookie", f"tunecheck_rater_8765={rater.token}"))
    parts: list[Message] = [{"type": "http.request", "body": body, "more_body": True}, {"type": "http.disconnect"}]
    assert asked(place.app, "POST", f"/rate/{slot.token}", headers, parts) is None
    assert place.said(rater) == []
    assert posted(place.app, [b"token=x"], "400", is_cut=True) is None


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        *((kind, 415) for kind in ("", "text/plain", "application/json", "multipart/form-data; boundary=x", "x")),
        *(
            (kind, 404)
            for kind in ("application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-8")
        ),
    ],
)
def test_a_form_has_the_type_of_one(office: tuple[Served, Person], kind: str, expected: int) -> None:
    response = office[0].browser().post("/enter", content=b"token=x", headers={"Content-Type": kind})
    assert response.status_code == expected


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "text/json"]
)
def test_an_api_call_has_the_type_that_no_form_can_send(office: tuple[Served, Person], kind: str) -> None:
    _, rater = office
    headers = {"Content-Type": kind, "X-Tunecheck-Proof": rater.proof}
    response = rater.client.post("/api/save", content=b'{"changes":[]}', headers=headers)
    assert (response.status_code, response.json()) == (415, {"error": "send JSON"})


@pytest.mark.parametrize("body", [b"\xff=1", b"a=%ff", b"&".join(b"a=1" for _ in range(101)), b"a=\xf0\x28\x8c\x28"])
def test_a_form_that_cannot_be_read_is_refused(office: tuple[Served, Person], body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert office[0].browser().post("/enter", content=body, headers=headers).status_code == 400


# ---- what answers carry


def test_the_policy_is_this_one() -> None:
    assert {name.lower(): value for name, value in HEADERS.items()} == EXACT


def test_every_answer_carries_the_headers_whatever_its_status(place: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    rater, owner = place.rater("Anna"), place.owner()
    slot = place.slots(rater)[0]
    nobody = place.browser()
    answers = [
        *(
            nobody.get(path)
            for path in ("/", "/rate", "/compare", "/owner", "/nowhere", "/static/rate.js", "/static/none", "/leave")
        ),
        *(nobody.get(f"/static/{name}") for name in ("page.css", "icon.svg")),
        *(rater.get(path) for path in ("/", "/rate", f"/rate/{slot.token}", f"/enter/{rater.token}", "/rate/none")),
        *(owner.get(path) for path in ("/", "/owner")),
        rater.save(change(slot, "accuracy", "5", "key-of-this-one")),
        rater.save(change(slot, "accuracy", "6", "key-of-that-one")),
        rater.post(f"/rate/{slot.token}", {"do": "next"}),
        owner.post("/owner/raters", {"name": "Berta"}),
        owner.post("/owner/raters", {"name": ""}),
        nobody.post("/enter", data={"token": "x"}),
        nobody.post("/enter", content=b"x"),
        nobody.post("/api/save", content=b"x" * (MOST_BODY_BYTES + 1)),
        nobody.request("DELETE", "/owner"),
        nobody.get("/", headers={"Host": "evil.example"}),
        nobody.post("/enter", headers={"Origin": "null"}),
        rater.client.head("/rate"),
    ]
    assert {answer.status_code for answer in answers} >= {200, 303, 400, 401, 403, 404, 405, 413, 415}
    for answer in answers:
        assert EXACT.items() <= dict(answer.headers).items(), answer
        assert answer.headers.get_list("content-security-policy") == [EXACT["content-security-policy"]]
        assert not {"access-control-allow-origin", "etag", "last-modified", "server"} & set(answer.headers)
    with monkeypatch.context() as patch:
        patch.setattr(place.site, "door", None)
        with pytest.raises(AttributeError):
            rater.get("/rate")
        rater.client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]
        broken = rater.get("/rate")
    assert broken.status_code == 500
    assert EXACT.items() <= dict(broken.headers).items()
    assert "door" not in broken.text


def test_types_are_told_so_that_nothing_is_guessed(place: Served) -> None:
    nobody = place.browser()
    kinds = {
        "page.css": "text/css; charset=utf-8",
        "compare.css": "text/css; charset=utf-8",
        **dict.fromkeys(("outbox.js", "rate.js", "compare.js"), "text/javascript; charset=utf-8"),
        "icon.svg": "image/svg+xml",
    }
    for name, kind in kinds.items():
        assert nobody.get(f"/static/{name}").headers["content-type"] == kind
    assert nobody.get("/").headers["content-type"] == "text/html; charset=utf-8"


# ---- cookies


def cookie_parts(header: str) -> tuple[str, set[str]]:
    first, *rest = header.split("; ")
    return first, {part.lower() for part in rest}


def test_a_cookie_is_set_by_the_button_alone_and_no_script_or_site_gets_it(place: Served) -> None:
    rater = place.rater("Anna")
    nobody = place.browser()
    for path in ("/", f"/enter/{rater.token}", "/rate", "/static/page.css", "/owner"):
        assert "set-cookie" not in nobody.get(path).headers
    assert dict(nobody.cookies) == {}
    response = nobody.post("/enter", data={"token": rater.token})
    first, rest = cookie_parts(response.headers["set-cookie"])
    assert first == f"tunecheck_rater_8765={rater.token}"
    assert {"httponly", "samesite=strict", "path=/", "max-age=15552000"} <= rest
    assert "secure" not in rest
    assert not any(part.startswith("domain") for part in rest)
    assert rater.token not in response.headers["location"]
    for path in ("/", "/rate", "/owner"):
        assert "set-cookie" not in nobody.get(path).headers


def test_leaving_takes_the_own_cookie_away_and_no_other(place: Served) -> None:
    rater = place.rater("Anna")
    owner = place.owner()
    rater.client.cookies.set("tunecheck_owner_8765", owner.token)
    response = rater.post("/leave", {})
    first, rest = cookie_parts(response.headers["set-cookie"])
    assert first == 'tunecheck_rater_8765=""'
    assert {"max-age=0", "path=/", "httponly", "samesite=strict"} <= rest
    assert list(rater.client.cookies) == ["tunecheck_owner_8765"]
    assert rater.get("/rate").status_code == 401
    assert place.browser().get(f"/enter/{rater.token}").status_code == 200


@pytest.mark.parametrize(("base", "is_secure"), [("https://rate.example.org", True), ("http://127.0.0.1:8765", False)])
def test_behind_https_the_cookie_goes_by_https_alone(blank: Path, tmp_path: Path, base: str, is_secure: bool) -> None:
    address = address_of("127.0.0.1", 8765, url="https://rate.example.org")
    place = served(blank, tmp_path / "run", address)
    place.put(study(2))
    with place.store:
        client = place.browser(base)
        person = place.rater("Anna", client)
        response = client.post("/enter", data={"token": person.token})
        assert ("secure" in cookie_parts(response.headers["set-cookie"])[1]) is is_secure
        assert client.get("/rate").status_code == 303


def test_two_servers_of_one_machine_have_cookies_of_their_own(blank: Path, tmp_path: Path) -> None:
    place = served(blank, tmp_path / "run", address_of("127.0.0.1", 9999))
    with place.store:
        response = place.browser().post("/enter", data={"token": place.rater("Anna").token})
        assert response.headers["set-cookie"].startswith("tunecheck_rater_9999=")
