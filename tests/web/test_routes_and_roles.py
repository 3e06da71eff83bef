"""Every route for every role; a rater sees the own sheet and nothing of anybody else's, whatever is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.routing import Route

from tests.comparisons import pair_study
from tests.studies import SECRET, answer, study
from tests.web.served import BASE, Person, Served, change, served, whole
from tunecheck.core import Access, Rater, ReviewStudy
from tunecheck.study import AXES, PairSlot, Slot, token_hash
from tunecheck.web.app import routes

AXIS_NAMES = [axis.name for axis in AXES]
ROLES = (
    "nobody",
    "a garbage cookie",
    "a rater whose link was taken back",
    "the rater",
    "another rater",
    "the owner",
    "a rater with the owner's cookie",
    "the owner with a rater's cookie",
)

# For each route what the roles get, in the order of ROLES. A route without a row fails a test below.
TABLE: dict[tuple[str, str], tuple[int, ...]] = {
    ("GET", "/"): (401, 401, 401, 200, 200, 303, 401, 401),
    ("GET", "/enter/{token}"): (200,) * 8,
    ("POST", "/enter"): (303,) * 8,
    ("GET", "/rate"): (401, 401, 401, 303, 303, 401, 401, 401),
    ("GET", "/rate/{token}"): (401, 401, 401, 200, 404, 401, 401, 401),
    ("POST", "/rate/{token}"): (401, 401, 401, 303, 404, 401, 401, 401),
    ("POST", "/api/save"): (401, 401, 401, 200, 404, 401, 401, 401),
    ("POST", "/api/undo"): (401, 401, 401, 200, 200, 401, 401, 401),
    ("GET", "/compare"): (401, 401, 401, 303, 303, 401, 401, 401),
    ("GET", "/compare/{token}"): (401, 401, 401, 200, 404, 401, 401, 401),
    ("POST", "/compare/{token}"): (401, 401, 401, 303, 404, 401, 401, 401),
    ("POST", "/api/compare/save"): (401, 401, 401, 200, 404, 401, 401, 401),
    ("POST", "/api/compare/undo"): (401, 401, 401, 200, 200, 401, 401, 401),
    ("POST", "/leave"): (401, 401, 401, 303, 303, 401, 401, 401),
    ("GET", "/owner"): (404, 404, 404, 404, 404, 200, 404, 404),
    ("GET", "/owner/results"): (404, 404, 404, 404, 404, 200, 404, 404),
    ("GET", "/owner/raters"): (404, 404, 404, 404, 404, 303, 404, 404),
    ("GET", "/owner/raters/{number}/link"): (404, 404, 404, 404, 404, 303, 404, 404),
    ("POST", "/owner/raters"): (404, 404, 404, 404, 404, 200, 404, 404),
    ("POST", "/owner/raters/{number}/link"): (404, 404, 404, 404, 404, 200, 404, 404),
    ("POST", "/owner/raters/{number}/revoke"): (404, 404, 404, 404, 404, 303, 404, 404),
    ("POST", "/owner/leave"): (404, 404, 404, 404, 404, 303, 404, 404),
    ("GET", "/static/{name}"): (200,) * 8,
}


@pytest.fixture
def place(place: Served) -> Served:
    """A served folder with a sheet and an A/B test."""
    place.put_pairs(pair_study(6))
    return place


@pytest.fixture
def people(place: Served) -> dict[str, Person]:
    """One browser for each role."""
    nobody = Person(place.browser(), "", "0" * 64, Rater(number=-1, name=""))
    garbage = Person(place.browser(), "", "0" * 64, Rater(number=-1, name=""))
    for role in ("rater", "owner"):
        garbage.client.cookies.set(f"tunecheck_{role}_8765", '"; x=' + "A" * 22)
    first, second, gone, owner = place.rater("Anna"), place.rater("Berta"), place.rater("Carla"), place.owner()
    place.store.revoke(Access(role="rater", rater=gone.rater.number), at="2026")
    posing = Person(place.browser(), first.token, first.proof, first.rater)
    posing.client.cookies.set("tunecheck_owner_8765", first.token)
    sinking = Person(place.browser(), owner.token, owner.proof, owner.rater)
    sinking.client.cookies.set("tunecheck_rater_8765", owner.token)
    return dict(zip(ROLES, (nobody, garbage, gone, first, second, owner, posing, sinking), strict=True))


def asked(place: Served, people: dict[str, Person], person: Person, method: str, template: str) -> Response:
    """One request: the token in the address or the body is that of the rater's first place, the number a rater's."""
    slot = first_slot(place, people, template)
    spare = place.store.add_rater("Dora")
    token = people["the rater"].token if template.startswith("/enter") else slot.token
    path = template.format(token=token, number=spare.number, name="page.css")
    if method == "GET":
        return person.get(path)
    if template == "/api/save":
        return person.save(change(slot, "accuracy", "3", "key-of-this-one"))
    if template == "/api/compare/save":
        return person.save_votes(change(slot, "choice", "left", "key-of-this-one"))
    if template in ("/api/undo", "/api/compare/undo"):
        return person.api(path, {"key": "key-of-the-undo"})
    return person.post(path, {"token": token, "name": "Emma", "accuracy": "3", "do": "left"})


def first_slot(place: Served, people: dict[str, Person], template: str) -> Slot | PairSlot:
    """The first place of the rater that such an address is about."""
    slots = place.pair_slots if "/compare" in template else place.slots
    return slots(people["the rater"])[0]


def test_every_route_has_a_row(place: Served) -> None:
    found = set()
    for route in routes(place.site):
        assert isinstance(route, Route)
        assert route.methods is not None
        found |= {(method, route.path) for method in route.methods - {"HEAD"}}
    assert found == set(TABLE)


@pytest.mark.parametrize(("method", "template"), TABLE, ids=[" ".join(row) for row in TABLE])
def test_each_role_gets_what_the_table_says(
    place: Served, people: dict[str, Person], method: str, template: str
) -> None:
    place.store.add_rater("Dora")
    got = []
    for role in ROLES:
        before = place.dump()
        response = asked(place, people, people[role], method, template)
        got.append(response.status_code)
        if method == "GET" or response.status_code >= 400:
            assert place.dump() == before, role
    assert tuple(got) == TABLE[method, template]


@pytest.mark.parametrize("template", [path for method, path in TABLE if method == "GET"])
def test_head_answers_as_get_does_and_changes_nothing(place: Served, people: dict[str, Person], template: str) -> None:
    slot = first_slot(place, people, template)
    token = people["the rater"].token if template.startswith("/enter") else slot.token
    before = place.dump()
    for role in ROLES:
        path = template.format(token=token, name="rate.js", number=0)
        response = people[role].client.head(path)
        assert response.status_code == people[role].get(path).status_code
        assert response.content == b""
    assert place.dump() == before


@pytest.mark.parametrize("proof", ["", "x", "é" * 64, "0" * 64, "another"], ids=["none", "x", "é", "0", "another"])
def test_nothing_is_changed_without_the_proof_of_the_own_pages(
    place: Served, people: dict[str, Person], proof: str
) -> None:
    place.store.add_rater("Dora")
    before = place.dump()
    for role in ("the rater", "the owner"):
        other = people["another rater"].proof if proof == "another" else proof
        person = replace(people[role], proof=other)
        for method, template in TABLE:
            if method != "POST" or template == "/enter" or template.startswith("/owner") != (role == "the owner"):
                continue
            if template.startswith("/api") and not proof.isascii():
                continue  # No header has such letters.
            assert asked(place, people, person, method, template).status_code == 403, template
    assert place.dump() == before


def test_tokens_of_another_raters_sheet_open_and_store_nothing(place: Served, people: dict[str, Person]) -> None:
    rater, other = people["the rater"], people["another rater"]
    before = place.dump()
    for slot in place.slots(other):
        assert rater.get(f"/rate/{slot.token}").status_code == 404
        assert rater.post(f"/rate/{slot.token}", {"accuracy": "1", "do": "next"}).status_code == 404
        assert rater.save(change(slot, "accuracy", "1", "key-of-this-one")).status_code == 404
    own = place.slots(rater)[0]
    mixed = [change(own, "accuracy", "1", "key-own-one"), change(place.slots(other)[0], "accuracy", "1", "key-other")]
    assert rater.save(*mixed).status_code == 404
    assert place.dump() == before


# ---- what a rater never sees


def marked(n_items: int = 4, *, swapped: bool = False) -> ReviewStudy:
    """A study in which all that raters must not see is a word of its own."""
    made = []
    for item in range(n_items):
        for side in ("tuned", "base"):
            text = f"said by number {int((side == 'tuned') != swapped)} of {item}"
            one = answer(item, "tuned" if side == "tuned" else "base", generated=text)
            made.append(
                replace(
                    one, item=f"ITEM-{item}", unit=f"UNIT-{item}", source=f"SOURCE-{item}", strata=(("STRA", "TUM"),)
                )
            )
    whole_study = study(answers=tuple(made), n_repeats=0)
    return replace(whole_study, title="TITLE", signature="SIGNATURE of some/model-name", seed=987654321)


@pytest.fixture
def sealed(blank: Path, tmp_path: Path) -> Iterator[Served]:
    made = served(blank, tmp_path / "sealed")
    made.put(marked())
    with made.store:
        yield made


def everything_a_rater_can_ask(place: Served, person: Person) -> Iterator[Response]:
    slots = place.slots(person)
    yield place.browser().get(f"/enter/{person.token}")
    for path in ("/", "/rate", "/owner", "/owner/results", "/rate/none", "/nowhere", "/static/page.css"):
        yield person.get(path)
    for slot in slots:
        yield person.get(f"/rate/{slot.token}")
        yield person.get(f"/rate/{slot.token}?view=raw&missing=1")
        yield person.post(f"/rate/{slot.token}", {"do": "reference", "accuracy": "2"})
        yield person.get(f"/rate/{slot.token}")
        yield person.post(f"/rate/{slot.token}", {"do": "undo"})
        yield person.save(*whole(slot, AXIS_NAMES))
    yield person.api("/api/undo", {"key": "take-one-back"})
    yield person.save(change(slots[0], "honesty", "5", "no-such-field"))
    yield person.save(*whole(slots[-1], AXIS_NAMES, "5"))
    yield person.get("/rate")


def test_nothing_that_a_rater_gets_tells_of_others_or_of_where_answers_come_from(sealed: Served) -> None:
    rater, other, owner = sealed.rater("Anna"), sealed.rater("Berta"), sealed.owner()
    sealed.rater("Carla")
    slot = sealed.slots(other)[0]
    sealed_note = change(slot, "note", "NOTE of Berta", "note-of-berta")
    assert other.save(*whole(slot, AXIS_NAMES, "1"), sealed_note).status_code == 200
    secrets = {
        *(
            "Berta",
            "Carla",
            "NOTE of",
            SECRET,
            SECRET[:16],
            "TITLE",
            "SIGNATURE",
            "model-name",
            "987654321",
            "STRA",
            "TUM",
        ),
        *(
            "ITEM-",
            "UNIT-",
            "SOURCE-",
            other.token,
            other.proof,
            owner.token,
            owner.proof,
            str(sealed.folder),
            "run.db",
        ),
        *(slot.token for slot in sealed.slots(other)),
    }
    n_seen = 0
    for response in everything_a_rater_can_ask(sealed, rater):
        heard = f"{response.headers}\n{response.text}"
        assert [secret for secret in secrets if secret in heard] == []
        is_ours = response.url.path.startswith("/static/")
        assert is_ours or not re.search(r"\b(tuned|base|strata|source|side|verdict)\b", response.text, re.I), (
            response.text
        )
        n_seen += 1
    assert n_seen > 40


def as_neutral(page: str, place: Served, person: Person) -> str:
    """A page of one rater without tokens, place and name."""
    for token in [slot.token for slot in place.slots(person)]:
        page = page.replace(token, "TOKEN")
    page = page.replace(person.proof, "PROOF").replace(person.proof[:12], "PROOF").replace(person.rater.name, "NAME")
    page = re.sub(r'data-sheet="[^"]*"', "", page)
    return re.sub(r"Answer \d+", "Answer N", page)


def test_two_raters_see_the_same_page_of_the_same_answer(sealed: Served) -> None:
    first, second = sealed.rater("Anna"), sealed.rater("Berta")
    for entry in range(8):
        pages = []
        for person in (first, second):
            slots = sealed.slots(person)
            number, slot = next((at, slot) for at, slot in enumerate(slots) if slot.entry == entry)
            page = as_neutral(person.get(f"/rate/{slot.token}").text, sealed, person)
            if not number:
                page = page.replace('data-previous=""', 'data-previous="TOKEN"').replace(
                    '"previous" disabled', '"previous"'
                )
            pages.append(page)
        assert pages[0] == pages[1]


def test_the_page_of_a_place_is_the_same_but_for_the_text_when_the_sides_change_places(
    sealed: Served, blank: Path, tmp_path: Path
) -> None:
    turned = served(blank, tmp_path / "turned")
    turned.put(marked(swapped=True))
    with turned.store:
        rater = sealed.rater("Anna")
        # The same link on both servers, so that not even the proofs differ.
        known = turned.store.add_rater("Anna")
        turned.store.admit(token_hash(rater.token), Access(role="rater", rater=known.number), at="2026")
        twin = Person(turned.browser(), rater.token, rater.proof, known)
        assert twin.client.post("/enter", data={"token": rater.token}).status_code == 303
        assert sealed.slots(rater) == turned.slots(twin)
        for slot in sealed.slots(rater):
            one, two = rater.get(f"/rate/{slot.token}"), twin.get(f"/rate/{slot.token}")
            assert one.text != two.text
            texts = {re.sub("said by number [01] of", "said by one of", page.text) for page in (one, two)}
            assert len(texts) == 1
            assert dict(one.headers) == dict(two.headers)


def test_a_hidden_repeat_has_the_page_of_its_first_showing(blank: Path, tmp_path: Path) -> None:
    place = served(blank, tmp_path / "repeats")
    place.put(study(24, n_repeats=3))
    with place.store:
        rater = place.rater("Anna")
        slots = place.slots(rater)
        again = [slot for slot in slots if slot.again]
        assert len(again) == 3
        for slot in again:
            first = next(one for one in slots if one.entry == slot.entry and not one.again)
            rater.save(*whole(first, AXIS_NAMES, "2"), change(first, "note", "seen", first.token))
            page = rater.get(f"/rate/{slot.token}").text
            assert " checked>" not in page.partition('id="form"')[2]
            assert "seen" not in page.partition('id="note"')[2].partition("</textarea>")[0]
            assert page.count("again") == rater.get(f"/rate/{slots[0].token}").text.count("again")


def test_tokens_of_another_raters_pairs_open_and_store_nothing(place: Served, people: dict[str, Person]) -> None:
    rater, other = people["the rater"], people["another rater"]
    before = place.dump()
    foreign: list[Slot | PairSlot] = [*place.pair_slots(other), place.slots(rater)[0]]
    for slot in foreign:
        assert rater.get(f"/compare/{slot.token}").status_code == 404
        assert rater.post(f"/compare/{slot.token}", {"do": "left"}).status_code == 404
        assert rater.save_votes(change(slot, "choice", "left", "key-of-this-one")).status_code == 404
    own = place.pair_slots(rater)[0]
    mixed = [change(one, "choice", "left", f"key-{one.token}") for one in (own, place.pair_slots(other)[0])]
    assert rater.save_votes(*mixed).status_code == 404
    assert rater.get(f"/rate/{own.token}").status_code == 404
    assert rater.save(change(own, "note", "x", "key-of-this-one")).status_code == 404
    assert place.dump() == before


def test_a_link_in_the_address_bar_of_another_origin_says_nothing_more(place: Served) -> None:
    rater = place.rater("Anna")
    response = rater.client.get("/rate", headers={"Origin": "https://evil.example"})
    assert response.headers["location"].startswith("/rate/")
    assert "access-control-allow-origin" not in response.headers
    assert BASE not in response.text
