"""Hostile texts in every field through the voting page: the page has the structure that it has with harmless ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.comparisons import pair, pair_study
from tests.web.dom_rules import beyond
from tests.web.hostile_texts import HOSTILE
from tests.web.page_rules import pages_rules, skeleton
from tests.web.served import Person, Served, change, served
from tunecheck.core import PairStudy

NAMES = [name for name, _ in HOSTILE]
TEXTS = [text for _, text in HOSTILE]
RULES = pages_rules()
_HARMLESS = "some harmless words"
# Every page holds all views, and hides those that are not asked for.
_VIEWS = (("diff", False), ("raw", True))


def assert_ours(page: str) -> None:
    page.encode("utf-8")
    assert beyond(page, RULES) == []


def of_pairs(texts: list[str]) -> PairStudy:
    made = [pair(at, tuned=text, base=text[::-1], prompt=text, reference=text) for at, text in enumerate(texts)]
    # What is empty there takes a default.
    return pair_study(
        pairs=[replace(one, tuned=text, prompt=text) for one, text in zip(made, texts, strict=True)],
        instructions=texts[0],
        n_guesses=len(texts),
    )


@pytest.fixture(scope="module")
def voted(blank: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Person]]:
    place = served(blank, tmp_path_factory.mktemp("pairs") / "run")
    texts = [*TEXTS, _HARMLESS]
    place.put_pairs(of_pairs(texts))
    with place.store:
        rater = place.rater("Anna")
        notes = [
            change(slot, "note", texts[slot.entry][:10_000] or "x", f"note-{slot.entry:05d}")
            for slot in place.pair_slots(rater)
        ]
        for start in range(0, len(notes), 20):
            assert rater.save_votes(*notes[start : start + 20]).status_code == 200
        yield place, rater


@pytest.fixture(scope="module")
def harmless(voted: tuple[Served, Person]) -> dict[tuple[str, bool, bool], list[object]]:
    place, rater = voted
    return {
        (view, peeked, is_guess): as_skeleton(place, rater, len(TEXTS), view, peeked, is_guess)
        for is_guess in (False, True)
        for view, peeked in _VIEWS
    }


def as_skeleton(
    place: Served, rater: Person, entry: int, view: str, peeked: bool, is_guess: bool = False
) -> list[object]:
    desk = place.site.voting_desk(rater.rater)
    assert desk is not None
    slots = desk.guesses if is_guess else desk.votes
    number, slot = next((at, one) for at, one in enumerate(slots) if one.entry == entry)
    if peeked and not is_guess:
        assert rater.save_votes(change(slot, "reference", "", f"reference-{entry:05d}")).status_code == 200
    response = rater.get(f"/compare/{slot.token}?view={view}")
    assert response.status_code == 200
    assert_ours(response.text)
    page = response.text
    if not number:
        page = page.replace('data-previous=""', f'data-previous="{slot.token}"').replace(" disabled", "")
    if number == len(slots) - 1:
        page = page.replace('data-following=""', f'data-following="{slot.token}"')
    # A long prompt has a switch, whatever is in it.
    is_ours = ("('label', (('class', 'whole'),))", "('id', 'whole')")
    return [one for one in skeleton(page) if not any(part in str(one) for part in is_ours)]


@pytest.mark.parametrize("entry", range(len(TEXTS)), ids=NAMES)
def test_a_pair_changes_no_page_outside_its_containers(
    voted: tuple[Served, Person], harmless: dict[tuple[str, bool, bool], list[object]], entry: int
) -> None:
    place, rater = voted
    for view, peeked in _VIEWS[entry % 5 > 0 :]:
        assert as_skeleton(place, rater, entry, view, peeked) == harmless[view, peeked, False]


@pytest.mark.parametrize("entry", range(0, len(TEXTS), 7), ids=NAMES[::7])
def test_a_guess_changes_no_page_outside_its_containers(
    voted: tuple[Served, Person], harmless: dict[tuple[str, bool, bool], list[object]], entry: int
) -> None:
    place, rater = voted
    assert as_skeleton(place, rater, entry, "diff", False, is_guess=True) == harmless["diff", False, True]


def test_the_containers_are_found_and_what_is_in_them_is_not_compared(
    harmless: dict[tuple[str, bool, bool], list[object]],
) -> None:
    containers = {key: str(page).count("text model") for key, page in harmless.items()}
    assert set(containers.values()) == {7, 8}
    assert all("('pre'," not in str(page) for page in harmless.values())


def test_words_of_a_test_and_names_of_raters_change_no_page(blank: Path, tmp_path: Path) -> None:
    place = served(blank, tmp_path / "run")
    with place.store:

        def pages(text: str, name: str) -> list[list[object]]:
            place.put_pairs(replace(of_pairs([_HARMLESS]), title=text, instructions=text[:4_000], signature=text))
            rater, owner = place.rater(name), place.owner()
            slot, guess = place.pair_slots(rater)[0], place.guess_slots(rater)[0]
            paths = (f"/enter/{rater.token}", f"/compare/{slot.token}", f"/compare/{guess.token}")
            found = [rater.get(path).text for path in paths]
            assert rater.save_votes(change(slot, "choice", "tie", f"vote-{slot.token}")).status_code == 200
            found.append(rater.get("/compare").text)
            for page in (*found, owner.get("/owner").text):
                assert_ours(page)
            neutral = (page.replace(rater.token, "T").replace(rater.proof, "P") for page in found)
            return [[one for one in skeleton(page) if "data-sheet" not in str(one)] for page in neutral]

        plain = pages(_HARMLESS, "Anna")
        for number, text in enumerate(TEXTS[::11]):
            found = pages(text or "x", f"{text[:30]}{number}")
            assert found == plain, NAMES[number * 11]


def test_hostile_values_and_addresses_change_no_page_of_an_error(pairs: Served) -> None:
    rater = pairs.rater("Anna")
    slot = pairs.pair_slots(rater)[0]
    for number, text in enumerate(TEXTS[::5]):
        page = rater.post(f"/compare/{slot.token}", {"do": f"{text[:1_000]}!", "note": "x" * 10_001})
        assert page.status_code == 400
        assert_ours(page.text)
        told = rater.save_votes(change(slot, "choice", f"{text[:1_000]}!", f"hostile-{number:05d}"))
        assert told.status_code == 400
        assert set(told.json()) == {"error"}
        assert_ours(rater.get(f"/compare/{slot.token}?view={number}%3Cb%3E").text)
    assert pairs.voted(rater) == []
