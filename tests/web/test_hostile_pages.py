"""Hostile texts in every field through every page: the page has the structure that it has with harmless ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.report.markup import assert_only_our_markup, parsed
from tests.studies import answer, study
from tests.web.dom_rules import beyond
from tests.web.hostile_texts import HOSTILE
from tests.web.page_rules import pages_rules, skeleton
from tests.web.served import Person, Served, change, served, whole
from tunecheck.core import Access, Axis, ReviewStudy
from tunecheck.study import AXES

NAMES = [name for name, _ in HOSTILE]
TEXTS = [text for _, text in HOSTILE]
RULES = pages_rules()
_HARMLESS = "some harmless words"
_AXES_A_STUDY = 8


def assert_ours(page: str) -> None:
    page.encode("utf-8")
    assert beyond(page, RULES) == []


def of_answers(texts: list[str]) -> ReviewStudy:
    """One answer for each text, which is its prompt, its reference and what was generated."""
    made = [answer(number, "tuned", prompt=one, reference=one, generated=one) for number, one in enumerate(texts)]
    return study(answers=tuple(made))


def of_axes(texts: list[str]) -> ReviewStudy:
    """Axes whose words are the texts, each in another field from axis to axis, and the other words of a study."""
    n = len(texts)

    def axis(at: int) -> Axis:
        words = [texts[(at + step) % n] for step in range(7)]
        return Axis(name=f"axis_{at}", title=words[0], question=words[1], anchors=(*words[2:],))  # type: ignore[arg-type]

    made = study(1, axes=tuple(axis(at) for at in range(_AXES_A_STUDY)))
    return replace(made, title=texts[0], instructions=texts[1 % n], signature=texts[2 % n])


@pytest.fixture(scope="module")
def answers(blank: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Person]]:
    place = served(blank, tmp_path_factory.mktemp("answers") / "run")
    place.put(of_answers([*TEXTS, _HARMLESS]))
    with place.store:
        rater = place.rater("Anna")
        notes = [
            one
            for slot in place.slots(rater)
            for one in (
                change(slot, "note", [*TEXTS, _HARMLESS][slot.entry][:10_000], f"note-{slot.entry:05d}"),
                change(slot, "blocked", [*TEXTS, _HARMLESS][slot.entry][:500] or "x", f"blocked-{slot.entry:05d}"),
            )
        ]
        for start in range(0, len(notes), 10):
            assert rater.save(*notes[start : start + 10]).status_code == 200
        yield place, rater


@pytest.fixture(scope="module")
def harmless(answers: tuple[Served, Person]) -> dict[tuple[str, bool], list[object]]:
    place, rater = answers
    return {(view, peeked): as_skeleton(place, rater, len(TEXTS), view, peeked) for view, peeked in _VIEWS}


_VIEWS = (("markdown", False), ("raw", True))


def as_skeleton(place: Served, rater: Person, entry: int, view: str, peeked: bool) -> list[object]:
    slots = place.slots(rater)
    number, slot = next((at, one) for at, one in enumerate(slots) if one.entry == entry)
    if peeked:
        assert rater.save(change(slot, "reference", "", f"reference-{entry:05d}")).status_code == 200
    response = rater.get(f"/rate/{slot.token}?view={view}")
    assert response.status_code == 200
    assert_ours(response.text)
    page = response.text
    if not number:
        page = page.replace('data-previous=""', f'data-previous="{slot.token}"').replace(" disabled", "")
    if number == len(slots) - 1:
        page = page.replace('data-following=""', f'data-following="{slot.token}"')
    return list(skeleton(page))


def test_the_allow_list_itself_leads_nowhere_and_runs_nothing_but_our_script() -> None:
    assert {"script", "link", "form"} < set(RULES)
    assert not {"style", "iframe", "img", "svg", "math", "object", "embed", "base", "template"} & set(RULES)
    for tag, attributes in RULES.items():
        for name, pattern in attributes.items():
            assert not re.match("on|style|src(doc|set)|form(action|target)|ping|poster|xlink|data$", name), (tag, name)
            if name in ("href", "src", "action"):
                for address in (
                    "//evil.example",
                    "/\\evil.example",
                    "javascript:alert(1)",
                    "https://evil.example",
                    "data:,",
                ):
                    assert not pattern.fullmatch(address), (tag, name)
    assert not RULES["script"]["src"].fullmatch("/static/other.js")


@pytest.mark.parametrize("entry", range(len(TEXTS)), ids=NAMES)
def test_an_answer_changes_no_page_outside_its_containers(
    answers: tuple[Served, Person], harmless: dict[tuple[str, bool], list[object]], entry: int
) -> None:
    place, rater = answers
    for view, peeked in _VIEWS:
        assert as_skeleton(place, rater, entry, view, peeked) == harmless[view, peeked]


def test_the_containers_are_found_and_what_is_in_them_is_not_compared(
    harmless: dict[tuple[str, bool], list[object]],
) -> None:
    pages = list(harmless.values())
    assert all(len(page) > 60 for page in pages)
    containers = [str(page).count("text model") for page in pages]
    assert containers == [3, 4]
    assert "('pre'," not in str(pages)


def test_words_of_a_study_change_no_page(blank: Path, tmp_path: Path) -> None:
    place = served(blank, tmp_path / "run")
    with place.store:
        rater, owner = place.rater("Anna"), place.owner()

        def pages(texts: list[str]) -> list[object]:
            place.put(of_axes(texts))
            slot = place.slots(rater)[0]
            paths = (f"/enter/{rater.token}", f"/rate/{slot.token}?missing=1")
            found = [rater.get(path).text for path in paths] + [owner.get("/owner").text]
            for page in found:
                assert_ours(page)
            return [skeleton(page) for page in found]

        plain = pages([_HARMLESS] * _AXES_A_STUDY)
        short = [text[:4_000] for text in TEXTS]
        for start in range(0, len(short), _AXES_A_STUDY):
            assert pages(short[start : start + _AXES_A_STUDY]) == plain, NAMES[start]


def test_names_of_raters_change_no_page(blank: Path, tmp_path: Path) -> None:
    place = served(blank, tmp_path / "<img src=x onerror=alert(1)> & {{ 7*7 }}")
    place.put(study(1))
    with place.store:
        owner = place.owner()
        client = place.browser()

        def pages(name: str) -> list[object]:
            known = place.store.add_rater(name)
            token = place.token(Access(role="rater", rater=known.number))
            client.cookies.set("tunecheck_rater_8765", token)
            slot = place.slots(Person(client, token, "", known))[0]
            found = []
            for path in (f"/enter/{token}", f"/rate/{slot.token}"):
                response = client.get(path)
                assert response.status_code == 200
                assert_ours(response.text)
                proof = re.sub("[0-9a-f]{64}", "PROOF", response.text.replace(token, "LINK"))
                found.append([one for one in skeleton(proof) if slot.token not in str(one)])
            return [_without_order(str(one)) for one in found]

        plain = pages(_HARMLESS)
        for text in TEXTS[::9]:
            assert pages(text) == plain
        for text in TEXTS:
            place.store.add_rater(text)
        page = owner.get("/owner").text
        assert_ours(page)
        assert page.count('<th scope="row" dir="auto">') == len(TEXTS) + 1
        assert "&lt;img src=x onerror=alert(1)&gt; &amp; {{ 7*7 }}" in page


def _without_order(page: str) -> str:
    """Which side comes first depends on the rater."""
    for attribute in ("data-previous", "data-following"):
        page = re.sub(rf"\('{attribute}', '[^']*'\)", "", page)
    return page


def test_names_that_the_owner_types_change_no_page(place: Served) -> None:
    owner = place.owner()
    for number, text in enumerate(TEXTS[::20]):
        response = owner.post("/owner/raters", {"name": f"{text[:56]}{number}"})
        assert response.status_code in (200, 400)
        assert_ours(response.text)


def test_hostile_values_and_addresses_change_no_page_of_an_error(place: Served) -> None:
    rater = place.rater("Anna")
    slot = place.slots(rater)[0]
    for number, text in enumerate(TEXTS[::3]):
        short = text[:1_000]
        page = rater.post(f"/rate/{slot.token}", {"accuracy": f"{short}!"})
        assert page.status_code == 400
        assert_ours(page.text)
        told = rater.save(change(slot, f"{short}!", short, f"hostile-{number:05d}"))
        assert told.status_code == 400
        assert told.headers["content-type"] == "application/json"
        assert set(told.json()) == {"error"}
    assert place.said(rater) == []


def test_the_results_are_shown_with_the_reports_own_elements_alone(blank: Path, tmp_path: Path) -> None:
    place = served(blank, tmp_path / "run")
    texts = [text[:600] for text in TEXTS]
    both = [
        replace(answer(number, side, prompt=text, reference=text, generated=text), item=text, unit=text)
        for number, text in enumerate(texts[:40])
        for side in ("tuned", "base")
    ]
    place.put(replace(study(answers=tuple(both)), title=texts[0], instructions=texts[1], signature=texts[2]))
    with place.store:
        people = [place.rater(texts[3]), place.rater(texts[4])]
        for number, person in enumerate(people):
            for slot in place.slots(person)[:30]:
                values = whole(slot, [axis.name for axis in AXES], str(1 + 3 * number))
                note = change(slot, "note", texts[slot.entry % 40] or "x", f"note-{slot.entry:05d}")
                assert person.save(*values, note).status_code == 200
        response = place.owner().get("/owner/results")
        assert response.status_code == 200
        assert_only_our_markup(parsed(response.text))
        assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert not re.search(r'<[^>]*\b(?:href|src|action)="(?!#|data:image/)[^"]*"', response.text)
