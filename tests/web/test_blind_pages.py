"""What raters of a blind A/B test get tells nobody which answer is the tuned one's: not a page, not a header."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from httpx2 import Response

from tests.comparisons import pair, pair_study
from tests.studies import SECRET
from tests.web.served import Person, Served, change, served
from tunecheck.core import Access, PairStudy
from tunecheck.study import PairSlot, token_hash
from tunecheck.web.app import STATIC

# Of lengths that differ, so that nothing can stand for another.
_ONE, _OTHER = (
    "ONE says that **{}** rains fall\n\n- and why",
    "THE OTHER tells, at more length, of {} rains that had to fall",
)


def marked(*, swapped: bool = False) -> PairStudy:
    """A test in which all that raters must not see is a word of its own."""
    made = []
    for item in range(12):
        texts = [text.format(item) for text in (_ONE, _OTHER)]
        tuned, base = texts[::-1] if swapped else texts
        one = pair(item, tuned=tuned, base=base)
        made.append(
            replace(
                one, item=f"ITEM-{item}", unit=f"UNIT-{item}", source=f"SOURCE-{item}", strata=(("STRA", "TUM"),),
                giveaways=("GIVEAWAY of one",),
            )
        )  # fmt: skip
    found = pair_study(pairs=made, n_guesses=4, n_raters=2, margin=0.125)
    return replace(found, title="TITLE", signature="SIGNATURE of some/model-name", seed=987654321)


@pytest.fixture
def sealed(blank: Path, tmp_path: Path) -> Iterator[Served]:
    made = served(blank, tmp_path / "sealed")
    made.put_pairs(marked())
    with made.store:
        yield made


def everything_a_rater_can_ask(place: Served, person: Person) -> Iterator[Response]:
    slots = place.pair_slots(person)
    yield place.browser().get(f"/enter/{person.token}")
    for path in ("/", "/compare", "/owner", "/owner/results", "/compare/none", *(f"/static/{name}" for name in STATIC)):
        yield person.get(path)
    for slot in slots:
        path = f"/compare/{slot.token}"
        yield person.get(path)
        yield person.get(f"{path}?view=raw&early=1")
        yield person.get(f"{path}?view=diff")
        yield person.post(path, {"do": "reference"})
        yield person.post(path, {"do": "left"})
        yield person.get(path)
        yield person.post(path, {"do": "undo"})
        yield person.save_votes(change(slot, "choice", "tie", f"vote-{slot.token}"))
    yield person.api("/api/compare/undo", {"key": "take-one-back"})
    yield person.save_votes(change(slots[0], "honesty", "5", "no-such-field"))
    yield person.save_votes(change(slots[-1], "choice", "right", "the-last-vote"))


def test_nothing_that_a_voter_gets_tells_of_others_or_of_where_answers_come_from(sealed: Served) -> None:
    rater, other, owner = sealed.rater("Anna"), sealed.rater("Berta"), sealed.owner()
    slot = sealed.pair_slots(other)[0]
    assert other.save_votes(change(slot, "note", "NOTE of Berta", "note-of-berta")).status_code == 200
    secrets = {
        *("Berta", "NOTE of", SECRET, SECRET[:16], "TITLE", "SIGNATURE", "model-name", "987654321", "STRA", "TUM"),
        *("ITEM-", "UNIT-", "SOURCE-", "GIVEAWAY", "0.125", other.token, other.proof, owner.token, owner.proof),
        *(str(sealed.folder), "run.db", *(slot.token for slot in sealed.pair_slots(other))),
    }
    n_seen = 0
    for response in everything_a_rater_can_ask(sealed, rater):
        heard = f"{response.headers}\n{response.text}"
        assert [secret for secret in secrets if secret in heard] == []
        assert not re.search(r"\b(tuned|base|tuned_on|strata|category|verdict|giveaway|winner)\b", response.text, re.I)
        n_seen += 1
    assert n_seen > 100


def twin_of(person: Person, place: Served) -> Person:
    """The same link on another server, so that not even the proofs differ."""
    known = place.store.add_rater(person.rater.name)
    place.store.admit(token_hash(person.token), Access(role="rater", rater=known.number), at="2026")
    twin = Person(place.browser(), person.token, person.proof, known)
    assert twin.client.post("/enter", data={"token": person.token}).status_code == 303
    return twin


def columns(page: str) -> tuple[str, str, str, str]:
    """A page in four parts: what is above both answers, each of them, and what is below."""
    above, _, rest = page.partition('<section class="answer" aria-labelledby="answer-A">')
    left, _, rest = rest.partition('<section class="answer" aria-labelledby="answer-B">')
    right, _, below = rest.partition("</section>")
    assert "ONE" not in above + below
    assert "OTHER" not in above + below
    left = left.removesuffix("</section>\n").replace('id="answer-A"', "").replace("</span>A</h2>", "</span></h2>")
    right = right.replace('id="answer-B"', "").replace("</span>B</h2>", "</span></h2>")
    return above, left.strip(), right.strip(), below


@pytest.fixture
def turned(blank: Path, tmp_path: Path) -> Iterator[Served]:
    """The same test with the two texts of each pair exchanged."""
    made = served(blank, tmp_path / "turned")
    made.put_pairs(marked(swapped=True))
    with made.store:
        yield made


@pytest.mark.parametrize("view", ["", "?view=raw", "?view=diff"])
def test_pages_differ_in_the_exchanged_texts_alone_when_tuned_and_base_change_places(
    sealed: Served, turned: Served, view: str
) -> None:
    rater = sealed.rater("Anna")
    twin = twin_of(rater, turned)
    slots: list[PairSlot] = [*sealed.pair_slots(rater), *sealed.guess_slots(rater)]
    assert slots == [*turned.pair_slots(twin), *turned.guess_slots(twin)]
    for slot in slots:
        one, two = (person.get(f"/compare/{slot.token}{view}") for person in (rater, twin))
        assert one.text != two.text
        assert dict(one.headers) == dict(two.headers)
        above, left, right, below = columns(one.text)
        # Not only the texts but all that is made of them: Markdown, as written, and what the other one lacks.
        assert columns(two.text) == (above, right, left, below)


def test_what_is_answered_to_the_same_votes_is_the_same_whoever_wrote_the_answers(
    sealed: Served, turned: Served
) -> None:
    rater = sealed.rater("Anna")
    twin = twin_of(rater, turned)
    for slot in sealed.pair_slots(rater):
        told = [person.save_votes(change(slot, "choice", "left", f"vote-{slot.token}")) for person in (rater, twin)]
        assert told[0].text == told[1].text
        assert dict(told[0].headers) == dict(told[1].headers)
    pages = [person.get("/compare") for person in (rater, twin)]
    assert pages[0].text == pages[1].text
    guess = sealed.guess_slots(rater)[0]
    told = [person.save_votes(change(guess, "guess", "left", f"guess-{guess.token}")) for person in (rater, twin)]
    assert told[0].text == told[1].text


def test_two_raters_see_the_same_pair_on_opposite_sides_and_otherwise_alike(sealed: Served) -> None:
    first, second = sealed.rater("Anna"), sealed.rater("Berta")
    for entry in range(12):
        found = []
        for person in (first, second):
            slot = next(slot for slot in sealed.pair_slots(person) if slot.entry == entry)
            found.append(columns(person.get(f"/compare/{slot.token}").text))
        assert found[0][1:3] == found[1][2:0:-1]


def test_a_hidden_repeat_has_the_page_of_its_first_showing_with_the_answers_exchanged(
    blank: Path, tmp_path: Path
) -> None:
    place = served(blank, tmp_path / "repeats")
    place.put_pairs(pair_study(30, n_repeats=2))
    with place.store:
        rater = place.rater("Anna")
        slots = place.pair_slots(rater)
        again = [slot for slot in slots if slot.again]
        assert len(again) == 2
        for slot in again:
            first = next(one for one in slots if one.entry == slot.entry and not one.again)
            own = place.comparison().pairs[slot.entry]
            rater.save_votes(
                change(first, "choice", "left", f"vote-{first.token}"),
                change(first, "note", "seen", f"note-{first.token}"),
            )
            page = rater.get(f"/compare/{slot.token}").text
            assert 'aria-pressed="true"' not in page
            assert "seen" not in page.partition('id="note"')[2].partition("</textarea>")[0]
            assert page.count("again") == rater.get(f"/compare/{first.token}").text.count("again")
            before = rater.get(f"/compare/{first.token}").text
            assert (page.index(own.tuned) < page.index(own.base)) != (before.index(own.tuned) < before.index(own.base))
