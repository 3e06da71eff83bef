"""Addresses that nobody types by accident: each is answered with 404 or 400, none with a file or a fault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.studies import study
from tests.web.hostile_texts import HOSTILE
from tests.web.served import HOST, Person, Served, served
from tests.web.test_guard import EXACT, asked

_NAMES = (
    *("", ".", "..", "../app.py", "../../errors.py", "../../../../../../etc/passwd", "/etc/passwd", "//etc/passwd"),
    *("%2e%2e/app.py", "%2e%2e%2fapp.py", "..%2fapp.py", "..%5capp.py", "%252e%252e%252fapp.py", "..%c0%afapp.py"),
    *("..\\app.py", "C:\\Windows\\win.ini", "C:/Windows/win.ini", "\\\\host\\share", "NUL", "aux.txt", "page.css."),
    *("page.css::$DATA", "PAGE.CSS", "page.css%00", "page.css\x00", "page.css\x00.html", "page.css/", " page.css"),
    *("page.css\n", "page.css?x", "page.css;x", "./page.css", "page.cs\u017f", "\uff0e\uff0e/app.py", "rate.js/../x"),
    *("__init__.py", "palette.css", "rate.html", "x" * 60_000, "\u202ejs.etar", "\ud800", "e\u0301", "\xff"),
    *("[", "]", "http://evil.example/", "@evil", "*", "{name}", "{{7*7}}", "%", "%zz", "%u0041", "$(id)", "`id`"),
)  # fmt: skip
_NUMBERS = (
    *("-1", "-0", "+0", "00", "0x0", "0.0", "1e0", " 0", "0 ", "0\n", "\u0660", "\xb2", "9" * 20, "9" * 60_000),
    *("nan", "inf", "None", "true", "0/../0", "0;1", "0,1", "[0]", "999999", "\x00", "'", "0--"),
)  # fmt: skip


@pytest.fixture(scope="module")
def house(blank: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Person, Person]]:
    place = served(blank, tmp_path_factory.mktemp("paths") / "run")
    place.put(study(2))
    with place.store:
        yield place, place.rater("Anna"), place.owner()


def answered(place: Served, method: str, path: str, cookie: str = "", body: bytes = b"") -> tuple[int, bytes]:
    """What a path gets exactly as it stands, as a server hands it on, percent signs decoded or not."""
    headers = [("host", HOST), ("content-type", "application/x-www-form-urlencoded"), ("cookie", cookie)]
    parts = [{"type": "http.request", "body": body, "more_body": False}]
    answer = asked(place.app, method, path, headers, parts)
    assert answer is not None
    assert EXACT.items() <= answer[1].items()
    return answer[0], answer[2]


@pytest.mark.parametrize("name", _NAMES, ids=range(len(_NAMES)))
def test_nothing_but_the_named_files_is_served(house: tuple[Served, Person, Person], name: str) -> None:
    place, *_ = house
    status, body = answered(place, "GET", f"/static/{name}")
    assert status == 404
    assert b"root:" not in body
    assert b"import " not in body
    assert len(body) < 5_000


@pytest.mark.parametrize("name", _NAMES, ids=range(len(_NAMES)))
def test_odd_names_in_every_route_are_answered_without_a_fault(house: tuple[Served, Person, Person], name: str) -> None:
    place, rater, _ = house
    place.watch.pass_s(61)
    cookie = f"tunecheck_rater_8765={rater.token}"
    body = f"proof={rater.proof}&accuracy=3".encode()
    before = place.dump()
    for method, path in (("GET", f"/rate/{name}"), ("POST", f"/rate/{name}"), ("GET", f"/enter/{name}"), ("GET", name)):
        status, said = answered(place, method, path, cookie, body)
        assert status in (400, 404, 405) or path.rstrip("/") == "/rate"
        assert len(said) < 5_000
    assert place.dump() == before


@pytest.mark.parametrize("number", _NUMBERS, ids=range(len(_NUMBERS)))
def test_a_number_that_no_rater_has_is_no_rater(house: tuple[Served, Person, Person], number: str) -> None:
    place, _, owner = house
    cookie = f"tunecheck_owner_8765={owner.token}"
    before = place.dump()
    for act in ("link", "revoke"):
        path = f"/owner/raters/{number}/{act}"
        assert answered(place, "POST", path, cookie, f"proof={owner.proof}".encode())[0] == 404
        assert answered(place, "POST", path)[0] == 404
    assert place.dump() == before


def test_hostile_texts_as_addresses_and_queries_are_answered_without_a_fault(
    house: tuple[Served, Person, Person],
) -> None:
    place, rater, _ = house
    cookie = f"tunecheck_rater_8765={rater.token}"
    for _, text in HOSTILE:
        short = text[:2_000] or "empty"
        place.watch.pass_s(61)
        for path in (f"/rate/{short}", f"/enter/{short}", f"/{short}", short):
            status, body = answered(place, "GET", path, cookie)
            assert status in (400, 404)
            assert b"alert(1)" not in body


def test_addresses_are_not_mended_by_a_redirect_that_would_name_http(house: tuple[Served, Person, Person]) -> None:
    place, rater, _ = house
    for path in ("/rate/", "//", "/owner/", f"/enter/{rater.token}/", "//evil.example/..", "/%2f/evil.example/"):
        assert answered(place, "GET", path, f"tunecheck_rater_8765={rater.token}")[0] == 404


def test_no_redirect_leaves_the_server(house: tuple[Served, Person, Person]) -> None:
    place, rater, owner = house
    slot = place.slots(rater)[0]
    for do in (
        "next",
        "previous",
        "undo",
        "reference",
        "save",
        "//evil.example",
        "https://evil.example",
        "\r\nX: y",
        "",
    ):
        response = rater.post(f"/rate/{slot.token}", {"do": do, "next": "https://evil.example", "note": do})
        assert response.headers["location"].startswith("/rate")
        assert "x" not in response.headers
    for person in (rater, owner):
        assert person.get("/?next=https://evil.example").headers["location"] in ("/rate", "/owner")
