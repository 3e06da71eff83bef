"""Voting without scripts and by the small API of the script: one press is one vote, kept once, whatever is sent."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest

from tests.comparisons import pair, pair_study
from tests.studies import study
from tests.web.served import Person, Served, change, served
from tunecheck.study import PairSlot

VOTES = ("left", "right", "tie", "both_bad", "skip")


@pytest.fixture
def rater(pairs: Served) -> Person:
    return pairs.rater("Anna")


def shown(person: Person, slot: PairSlot, view: str = "") -> str:
    response = person.get(f"/compare/{slot.token}{view}")
    assert response.status_code == 200
    return response.text


def form_in(page: str) -> dict[str, str]:
    """What a browser without scripts sends of a page that nobody touched, besides the button."""
    form = page.partition('id="form"')[2].partition("</form>")[0]
    found = {
        name: html.unescape(value) for name, value in re.findall(r'type="hidden" name="([\w:]+)" value="([^"]*)"', form)
    }
    if "<textarea" in form:
        inner = form.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0]
        found["note"] = html.unescape(inner.removeprefix("\n").replace("\0", "\ufffd"))
    return found


def pressed(page: str) -> list[str]:
    """The choices that the page shows as made."""
    return re.findall(
        r'value="(\w+)" aria-pressed="true"><span>', page.partition('class="votes"')[2].partition('class="tools"')[0]
    )


def press(pairs: Served, person: Person, slot: PairSlot, do: str, **fields: str) -> str:
    """Read the page for a second and press a button; where that leads."""
    form = form_in(shown(person, slot))
    pairs.watch.pass_s(1)
    response = person.post(f"/compare/{slot.token}", {**form, "do": do, **fields})
    assert response.status_code == 303
    return str(response.headers["location"])


# ---- without scripts


def test_a_vote_is_kept_and_leads_to_the_next_pair(pairs: Served, rater: Person) -> None:
    slots = pairs.pair_slots(rater)
    assert rater.get("/").headers["location"] == "/compare"
    assert rater.get("/compare").headers["location"] == f"/compare/{slots[0].token}"
    for place, slot in enumerate(slots[:5]):
        assert pressed(shown(rater, slot)) == []
        assert press(pairs, rater, slot, VOTES[place]) == f"/compare/{slots[place + 1].token}"
        assert pressed(shown(rater, slot)) == [VOTES[place]]
    assert pairs.voted(rater) == [(slot.entry, "choice", vote) for slot, vote in zip(slots, VOTES, strict=False)]
    assert rater.get("/compare").headers["location"] == f"/compare/{slots[5].token}"


def test_a_vote_again_is_no_change_and_another_one_is(pairs: Served, rater: Person) -> None:
    first, second, *_ = pairs.pair_slots(rater)
    for do in ("left", "left", "right", "right"):
        assert press(pairs, rater, first, do) == f"/compare/{second.token}"
    assert [value for _, _, value in pairs.voted(rater)] == ["left", "right"]


def test_the_left_answer_stands_under_a_and_a_vote_for_it_counts_for_whose_it_is(pairs: Served, rater: Person) -> None:
    seen = set()
    for slot in pairs.pair_slots(rater):
        own = pairs.comparison().pairs[slot.entry]
        left, right = (own.tuned, own.base) if slot.tuned_on == "left" else (own.base, own.tuned)
        column = shown(rater, slot).partition('id="answer-A"')[2].partition('id="answer-B"')
        assert left in column[0]
        assert right not in column[0]
        assert right in column[2]
        seen.add(slot.tuned_on)
    assert seen == {"left", "right"}


def test_a_press_faster_than_anybody_reads_is_no_vote_and_says_so(pairs: Served, rater: Person) -> None:
    slot = pairs.pair_slots(rater)[0]
    form = form_in(shown(rater, slot))
    for fast_s in (0, 0.2):
        pairs.watch.pass_s(fast_s)
        response = rater.post(f"/compare/{slot.token}", {**form, "do": "left"})
        assert response.headers["location"] == f"/compare/{slot.token}?early=1"
    assert pairs.voted(rater) == []
    assert "no vote" in rater.get(response.headers["location"]).text
    assert "no vote" not in shown(rater, slot)
    pairs.watch.pass_s(0.1)
    rater.post(f"/compare/{slot.token}", {**form, "do": "left"})
    assert pairs.vote(rater, slot).choice == "left"
    assert pairs.vote(rater, slot).active_s == pytest.approx(0.3)


def test_undo_takes_back_one_vote_after_the_other_and_a_form_sent_twice_takes_back_one(
    pairs: Served, rater: Person
) -> None:
    first, second, third, *_ = pairs.pair_slots(rater)
    press(pairs, rater, first, "left", note="good")
    press(pairs, rater, second, "tie")
    form = form_in(shown(rater, third))
    for _ in range(2):
        response = rater.post(f"/compare/{third.token}", {**form, "do": "undo"})
        assert response.headers["location"] == f"/compare/{second.token}"
    assert press(pairs, rater, second, "undo") == f"/compare/{first.token}"
    assert (pairs.vote(rater, first).choice, pairs.vote(rater, first).note) == ("", "good")
    press(pairs, rater, first, "undo")
    assert press(pairs, rater, first, "undo") == f"/compare/{first.token}"
    assert pressed(shown(rater, first)) == []
    assert rater.get("/compare").headers["location"] == f"/compare/{first.token}"


def test_previous_leads_back_and_the_first_pair_has_none(pairs: Served, rater: Person) -> None:
    first, second, *_ = pairs.pair_slots(rater)
    assert press(pairs, rater, second, "previous", note="later") == f"/compare/{first.token}"
    assert pairs.vote(rater, second).note == "later"
    assert 'value="previous" disabled' in shown(rater, first)
    assert press(pairs, rater, first, "previous") == f"/compare/{first.token}"


@pytest.mark.parametrize(
    "note", ["</textarea><script>x()</script>", "\n two\r\n", "NUL \x00 in", "{{ 7*7 }}", "x" * 10_000]
)
def test_a_note_is_kept_as_it_is_and_an_untouched_form_changes_nothing(pairs: Served, rater: Person, note: str) -> None:
    slot = pairs.pair_slots(rater)[0]
    rater.save_votes(change(slot, "note", note, "key-of-the-note"))
    assert press(pairs, rater, slot, "note") == f"/compare/{slot.token}"
    assert pairs.voted(rater) == [(slot.entry, "note", note)]
    press(pairs, rater, slot, "note", note="another")
    assert pairs.vote(rater, slot).note == "another"


def test_the_reference_is_folded_until_asked_for_and_that_is_noted_once(pairs: Served, rater: Person) -> None:
    slot = pairs.pair_slots(rater)[0]
    hidden = pairs.comparison().pairs[slot.entry].reference
    assert hidden not in shown(rater, slot)
    for _ in range(2):
        assert press(pairs, rater, slot, "reference") == f"/compare/{slot.token}"
    assert hidden in shown(rater, slot)
    assert pairs.voted(rater) == [(slot.entry, "reference", "")]
    assert hidden not in shown(rater, pairs.pair_slots(rater)[1])


@pytest.mark.parametrize(("do", "query"), [("raw", "?view=raw"), ("diff", "?view=diff"), ("markdown", "")])
def test_views_are_addresses_of_their_own(pairs: Served, rater: Person, do: str, query: str) -> None:
    slot = pairs.pair_slots(rater)[0]
    assert press(pairs, rater, slot, do) == f"/compare/{slot.token}{query}"
    page = shown(rater, slot, query)
    open_views = re.findall(r'<div class="text model (\S+)" data-in="(\w+)">', page)
    assert [name for _, name in open_views] == [do, do]


def test_diff_marks_on_each_side_what_the_other_lacks(pairs: Served, rater: Person) -> None:
    made = pair(0, tuned="wet air rises and cools", base="wet air falls and cools down")
    pairs.put_pairs(pair_study(pairs=[made], secret="ab" * 32))
    (slot,) = pairs.pair_slots(rater)
    page = shown(rater, slot, "?view=diff").partition('<main id="sheet"')[2]
    marks = re.findall("<mark>(.*?)</mark>", page)
    assert sorted(marks) == ["down", "falls", "rises"]


def test_all_voted_offers_the_guesses_and_shows_no_result(pairs: Served, rater: Person) -> None:
    slots, guesses = pairs.pair_slots(rater), pairs.guess_slots(rater)
    for slot in slots:
        where = press(pairs, rater, slot, "left")
    assert where == "/compare"
    page = rater.get(where).text
    assert f"You voted on all {len(slots)} pairs. Thank you." in page
    assert f'action="/compare/{guesses[0].token}"' in page
    assert not re.search(r"%|\bwin|\bwon\b|lead|prefer", page)
    for place, (slot, guess) in enumerate(zip(guesses, ("left", "unsure", "right"), strict=True)):
        page = shown(rater, slot)
        assert "Which one is the tuned model&#39;s answer?" in page
        assert f"{place} of 3" in page
        assert pressed(page) == []
        assert "<textarea" not in page
        assert 'value="tie"' not in page
        where = press(pairs, rater, slot, guess)
        assert pressed(shown(rater, slot)) == [guess]
    assert where == "/compare"
    assert "Your 3 guesses are kept too." in rater.get(where).text
    assert pairs.voted(rater)[-3:] == [
        (slot.entry, "guess", guess) for slot, guess in zip(guesses, ("left", "unsure", "right"), strict=True)
    ]
    assert press(pairs, rater, guesses[0], "undo") == f"/compare/{guesses[2].token}"
    assert f'action="/compare/{guesses[2].token}"' in rater.get("/compare").text


def test_a_guess_is_no_vote_and_a_vote_no_guess(pairs: Served, rater: Person) -> None:
    slot, guess = pairs.pair_slots(rater)[0], pairs.guess_slots(rater)[0]
    for place, do in ((guess, "tie"), (guess, "both_bad"), (slot, "unsure")):
        assert press(pairs, rater, place, do) == f"/compare/{place.token}"
    assert rater.save_votes(change(guess, "choice", "left", "key-number-1")).status_code == 400
    assert rater.save_votes(change(slot, "guess", "left", "key-number-2")).status_code == 400
    assert pairs.voted(rater) == []


def test_who_goes_through_all_pairs_again_does_so_in_their_order(pairs: Served, rater: Person) -> None:
    slots = pairs.pair_slots(rater)
    for slot in slots:
        press(pairs, rater, slot, "tie")
    assert f'data-following="{slots[1].token}"' in shown(rater, slots[0])
    assert press(pairs, rater, slots[0], "left") == f"/compare/{slots[1].token}"
    assert press(pairs, rater, slots[-1], "tie") == "/compare"


# ---- the small API


def test_votes_count_once_in_their_order_however_often_they_are_sent(pairs: Served, rater: Person) -> None:
    first, second, *_ = pairs.pair_slots(rater)
    sent = [change(first, "choice", "left", "key-number-1"), change(first, "choice", "right", "key-number-2")]
    for _ in range(3):
        told = rater.save_votes(*sent)
        assert (told.status_code, told.json()) == (200, {"progress": "1 of 12", "n_done": 1, "n_total": 12})
    rater.save_votes(change(second, "choice", "tie", "key-number-1"))
    assert pairs.voted(rater) == [(first.entry, "choice", "left"), (first.entry, "choice", "right")]


def test_of_a_guess_the_progress_of_the_guesses_is_told(pairs: Served, rater: Person) -> None:
    guess = pairs.guess_slots(rater)[0]
    told = rater.save_votes(change(guess, "guess", "unsure", "key-number-1")).json()
    assert told == {"progress": "1 of 3", "n_done": 1, "n_total": 3}
    undone = rater.api("/api/compare/undo", {"key": "undo-number-1"}).json()
    assert undone == {"progress": "0 of 3", "n_done": 0, "n_total": 3, "token": guess.token}


def test_an_undo_that_is_sent_twice_takes_back_one_vote(pairs: Served, rater: Person) -> None:
    first, second, *_ = pairs.pair_slots(rater)
    rater.save_votes(change(first, "choice", "left", "key-number-1"), change(second, "choice", "tie", "key-number-2"))
    for _ in range(3):
        assert rater.api("/api/compare/undo", {"key": "undo-number-1"}).json()["token"] == second.token
    assert rater.api("/api/compare/undo", {"key": "undo-number-2"}).json()["token"] == first.token
    assert rater.api("/api/compare/undo", {"key": "undo-number-3"}).json()["token"] is None


_BAD: dict[str, dict[str, Any]] = {
    "an unknown field": {"field": "accuracy"},
    "a model for a side": {"value": "tuned"},
    "no such value": {"value": "Left"},
    "a value as a number": {"value": 1},
    "a short key": {"key": "short"},
    "a note too long": {"field": "note", "value": "x" * 10_001},
    "time as a text": {"active_s": "5"},
}


@pytest.mark.parametrize("more", _BAD.values(), ids=_BAD)
def test_a_vote_that_cannot_be_stores_nothing_of_its_batch(pairs: Served, rater: Person, more: dict[str, Any]) -> None:
    first, second, *_ = pairs.pair_slots(rater)
    good, bad = change(first, "choice", "tie", "key-of-a-good-one"), change(second, "choice", "left", "key-of-this-one")
    told = rater.save_votes(good, {**bad, **more})
    assert told.status_code == 400
    assert set(told.json()) == {"error"}
    assert pairs.voted(rater) == []


# ---- what there is to do


def test_with_a_sheet_and_an_ab_test_the_start_page_lists_both_with_progress(pairs: Served) -> None:
    pairs.put(study(6))
    rater = pairs.rater("Anna")
    welcome = pairs.browser().get(f"/enter/{rater.token}").text
    assert "12 pairs" in welcome
    assert "12 answers" in welcome
    entered = rater.client.post("/enter", data={"token": rater.token})
    assert entered.headers["location"] == "/"
    rater.save_votes(change(pairs.pair_slots(rater)[0], "choice", "left", "key-number-1"))
    page = rater.get("/")
    assert page.status_code == 200
    assert "1 of 12" in page.text
    assert "0 of 12" in page.text
    assert [path for path in ("/compare", "/rate") if f'action="{path}"' in page.text] == ["/compare", "/rate"]


def test_with_pairs_alone_the_welcome_is_about_pairs_and_leads_to_them(pairs: Served, rater: Person) -> None:
    welcome = pairs.browser().get(f"/enter/{rater.token}").text
    assert "Compare some answers" in welcome
    assert "Start voting" in welcome
    assert rater.client.post("/enter", data={"token": rater.token}).headers["location"] == "/compare"
    press(pairs, rater, pairs.pair_slots(rater)[0], "left")
    assert "Go on" in pairs.browser().get(f"/enter/{rater.token}").text
    assert rater.get("/rate").status_code == 404


def test_without_an_ab_test_there_is_nothing_to_compare(blank: Path, tmp_path: Path) -> None:
    place = served(blank, tmp_path / "run")
    with place.store:
        person = place.rater("Anna")
        assert person.get("/compare").status_code == 404
        assert person.get("/compare/0123").status_code == 404
        assert person.api("/api/compare/save", {"changes": []}).status_code == 404


def test_a_new_test_takes_the_place_of_the_old_at_once(pairs: Served, rater: Person) -> None:
    old = pairs.pair_slots(rater)[0]
    press(pairs, rater, old, "left")
    pairs.put_pairs(pair_study(3, secret="ab" * 32))
    assert rater.get(f"/compare/{old.token}").status_code == 404
    assert rater.get("/compare").headers["location"] == f"/compare/{pairs.pair_slots(rater)[0].token}"
    assert pairs.voted(rater) == []


def test_the_owner_sees_how_far_each_rater_is_in_both_studies_and_no_votes(pairs: Served, rater: Person) -> None:
    owner = pairs.owner()
    for slot in pairs.pair_slots(rater)[:4]:
        rater.save_votes(change(slot, "choice", "both_bad", f"vote-{slot.token}", active_s=20))
    page = owner.get("/owner").text
    assert "4 of 12" in page
    assert "20 s" in page
    assert "Rated" not in page
    pairs.put(study(6))
    page = owner.get("/owner").text
    assert page.count("of 12") == 2
    assert ["Rated" in page, "Voted" in page, "both_bad" in page] == [True, True, False]
