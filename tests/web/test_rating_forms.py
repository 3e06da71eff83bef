"""Rating without scripts and by the small API of the script: the same changes, once each, whatever is sent."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.studies import study
from tests.web.served import Person, Served, change, served, whole
from tunecheck.errors import RunFolderError
from tunecheck.study import AXES, Slot, study_text

AXIS_NAMES = [axis.name for axis in AXES]
ALL_FOUR = dict.fromkeys(AXIS_NAMES, "4")


@pytest.fixture
def rater(place: Served) -> Person:
    return place.rater("Anna")


def form_in(page: str) -> dict[str, str]:
    """What a browser without scripts sends of a page that nobody touched."""
    form = page.partition('id="form"')[2].partition("</form>")[0]
    found = {}
    for name in ("proof", "shown_at", "undo_key", "blocked"):
        (value,) = re.findall(rf'name="{name}"[^>]*? value="([^"]*)"', form)
        found[name] = html.unescape(value)
    was = re.findall(r'name="(was:\w+)" value="([^"]*)"', form)
    found |= {name: re.sub("\r\n|\r|\n", "\r\n", html.unescape(value)) for name, value in was}
    found["blocked"] = re.sub("[\r\n]", "", found["blocked"]).replace("\0", "\ufffd")
    inner = form.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0]
    note = html.unescape(inner.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\n").replace("\0", "\ufffd"))
    found["note"] = re.sub("\r\n|\r|\n", "\r\n", note)
    return found | dict(re.findall(r'name="(\w+)" value="(\w+)"[^>]*? checked>', form))


def shown(person: Person, slot: Slot) -> str:
    response = person.get(f"/rate/{slot.token}")
    assert response.status_code == 200
    return response.text


# ---- without scripts


def test_the_first_visit_starts_at_the_first_open_place_and_goes_on_there(place: Served, rater: Person) -> None:
    slots = place.slots(rater)
    assert rater.get("/rate").headers["location"] == f"/rate/{slots[0].token}"
    response = rater.post(f"/rate/{slots[0].token}", {**ALL_FOUR, "do": "next"})
    assert (response.status_code, response.headers["location"]) == (303, f"/rate/{slots[1].token}")
    assert place.said(rater) == [(slots[0].entry, name, "4") for name in AXIS_NAMES]
    assert rater.get("/").headers["location"] == "/rate"
    assert rater.get("/rate").headers["location"] == f"/rate/{slots[1].token}"


def test_a_form_stores_what_differs_from_before_and_nothing_twice(place: Served, rater: Person) -> None:
    slot = place.slots(rater)[0]
    path = f"/rate/{slot.token}"
    sent = {**form_in(shown(rater, slot)), "accuracy": "2", "note": "  so so \r\n next line ", "do": "save"}
    for _ in range(3):
        assert rater.post(path, sent).headers["location"] == path
    assert place.said(rater) == [(slot.entry, "accuracy", "2"), (slot.entry, "note", "so so \n next line")]
    rater.post(path, {**form_in(shown(rater, slot)), "accuracy": "na"})
    rater.post(path, {**form_in(shown(rater, slot)), "note": ""})
    assert place.said(rater)[2:] == [(slot.entry, "accuracy", "na"), (slot.entry, "note", "")]
    assert form_in(shown(rater, slot))["accuracy"] == "na"


def test_next_with_axes_that_lack_a_value_stays_and_says_which(place: Served, rater: Person) -> None:
    slot = place.slots(rater)[0]
    response = rater.post(f"/rate/{slot.token}", {"accuracy": "5", "format": "na", "do": "next"})
    assert response.headers["location"] == f"/rate/{slot.token}?missing=1"
    page = rater.get(response.headers["location"]).text
    assert "Still without a value: Relevance, Fluency" in page
    assert "Still without a value" not in shown(rater, slot)
    assert len(place.said(rater)) == 2


def test_previous_goes_back_and_keeps_what_was_said(place: Served, rater: Person) -> None:
    first, second, *_ = place.slots(rater)
    response = rater.post(f"/rate/{second.token}", {"fluency": "1", "do": "previous"})
    assert response.headers["location"] == f"/rate/{first.token}"
    assert place.said(rater) == [(second.entry, "fluency", "1")]
    assert rater.post(f"/rate/{first.token}", {"do": "previous"}).headers["location"] == f"/rate/{first.token}"


def test_undo_takes_back_one_thing_after_the_other_and_goes_to_where_it_was(place: Served, rater: Person) -> None:
    first, second, *_ = place.slots(rater)
    rater.post(f"/rate/{first.token}", {**ALL_FOUR, "do": "next"})
    rater.post(f"/rate/{second.token}", {"accuracy": "1", "do": "save"})
    for at, slot in enumerate([second, first, first, first, first]):
        where = rater.post(f"/rate/{second.token}", {"do": "undo"}).headers["location"]
        assert where == f"/rate/{slot.token}", at
    assert rater.post(f"/rate/{second.token}", {"do": "undo"}).headers["location"] == f"/rate/{second.token}"
    assert not set(AXIS_NAMES) & set(form_in(shown(rater, first)))
    assert [field for _, field, _ in place.said(rater)] == [*AXIS_NAMES, "accuracy", *["undo"] * 5]


def test_an_undo_that_a_form_sends_twice_takes_back_one_thing(place: Served, rater: Person) -> None:
    first, second = place.slots(rater)[:2]
    rater.post(f"/rate/{first.token}", {**ALL_FOUR, "do": "next"})
    form = form_in(shown(rater, second))
    for _ in range(2):
        response = rater.post(f"/rate/{second.token}", {**form, "do": "undo"})
        assert response.headers["location"] == f"/rate/{first.token}"
    assert place.scores(rater, first) == dict.fromkeys(AXIS_NAMES[:3], 4)


def test_a_page_that_was_open_elsewhere_does_not_write_old_values_over_newer_ones(place: Served, rater: Person) -> None:
    slot = place.slots(rater)[0]
    rater.post(f"/rate/{slot.token}", {"accuracy": "2", "note": "first", "do": "save"})
    stale = form_in(shown(rater, slot))
    rater.post(f"/rate/{slot.token}", {"accuracy": "5", "note": "second", "do": "save"})
    rater.post(f"/rate/{slot.token}", {**stale, "format": "3", "do": "save"})
    assert place.scores(rater, slot) == {"accuracy": 5, "format": 3}
    assert form_in(shown(rater, slot))["note"] == "second"


def test_who_goes_through_a_finished_sheet_again_does_so_in_its_order(place: Served, rater: Person) -> None:
    slots = place.slots(rater)
    for slot in slots:
        rater.post(f"/rate/{slot.token}", {**ALL_FOUR, "do": "next"})
    assert f'data-following="{slots[1].token}"' in shown(rater, slots[0])
    response = rater.post(f"/rate/{slots[0].token}", {"accuracy": "1", "do": "next"})
    assert response.headers["location"] == f"/rate/{slots[1].token}"
    assert rater.post(f"/rate/{slots[-1].token}", {"do": "next"}).headers["location"] == "/rate"


def test_the_text_as_written_is_shown_with_what_was_chosen_kept(place: Served, rater: Person) -> None:
    slot = place.slots(rater)[0]
    response = rater.post(f"/rate/{slot.token}", {"accuracy": "2", "do": "raw"})
    assert response.headers["location"] == f"/rate/{slot.token}?view=raw"
    assert place.scores(rater, slot) == {"accuracy": 2}


def test_the_reference_is_hidden_until_asked_for_and_that_is_noted_once(place: Served, rater: Person) -> None:
    slot = place.slots(rater)[0]
    hidden = f"reference {slot.entry // 2}"
    assert hidden not in shown(rater, slot)
    for _ in range(2):
        response = rater.post(f"/rate/{slot.token}", {"accuracy": "3", "do": "reference"})
        assert response.headers["location"] == f"/rate/{slot.token}"
    assert hidden in shown(rater, slot)
    assert place.said(rater) == [(slot.entry, "accuracy", "3"), (slot.entry, "reference", "")]
    rater.post(f"/rate/{slot.token}", {"do": "undo"})
    assert hidden in shown(rater, slot)


def test_an_answer_that_cannot_be_judged_is_done_with_its_reason(place: Served, rater: Person) -> None:
    first, second, *_ = place.slots(rater)
    response = rater.post(f"/rate/{first.token}", {"blocked": "no Finnish", "do": "next"})
    assert response.headers["location"] == f"/rate/{second.token}"
    assert form_in(shown(rater, first))["blocked"] == "no Finnish"


def test_all_rated_ends_on_a_page_that_says_thanks_and_leads_back(place: Served, rater: Person) -> None:
    slots = place.slots(rater)
    for slot in slots[1:]:
        rater.save(*whole(slot, AXIS_NAMES))
    where = rater.post(f"/rate/{slots[0].token}", {**ALL_FOUR, "do": "next"}).headers["location"]
    assert where == "/rate"
    page = rater.get(where)
    assert page.status_code == 200
    assert f"All {len(slots)} answers are rated. Thank you." in page.text
    assert f'href="/rate/{slots[0].token}"' in page.text
    rater.post(f"/rate/{slots[3].token}", {"do": "undo"})
    assert rater.get("/rate").headers["location"] == f"/rate/{slots[0].token}"


@pytest.mark.parametrize(("open_s", "kept_s"), [(12.5, 12.5), (180, 180), (181, 0), (-5, 0), (0, 0), (1e9, 0)])
def test_the_time_that_a_page_was_open_goes_with_the_first_change(
    place: Served, rater: Person, open_s: float, kept_s: float
) -> None:
    slot = place.slots(rater)[0]
    sent = form_in(shown(rater, slot))
    place.watch.pass_s(open_s)
    rater.post(f"/rate/{slot.token}", {**sent, **ALL_FOUR})
    ratings = place.store.ratings(1, rater=0)
    assert [one.active_s for one in ratings] == [kept_s, 0, 0, 0]


@pytest.mark.parametrize("shown_at", ["", "yesterday", "2026-01-02T03:04:00", "9999-99-99", "\x00", "1" * 5_000, "NaN"])
def test_a_time_that_is_none_counts_as_unmeasured(place: Served, rater: Person, shown_at: str) -> None:
    slot = place.slots(rater)[0]
    assert rater.post(f"/rate/{slot.token}", {"shown_at": shown_at, "accuracy": "1"}).status_code == 303
    assert [one.active_s for one in place.store.ratings(1)] == [0.0]


@pytest.mark.parametrize(
    "note",
    [
        *("\nfirst line is empty", "\n\n two", "a\nb\n\nc", "</textarea><script>x()</script>", "&lt;b&gt; &amp;amp;"),
        *("\r\nold\rlines\r\n", " spaces around ", "tab\there", "\u202erev\u200b", "NUL \x00 in", "lone \ud800", "'\""),
        *("\U0001f600 " * 100, "x" * 10_000, "\ufeffmark", "=1+1", "{{ 7*7 }}"),
    ],
)  # fmt: skip
def test_a_note_is_kept_as_it_is_and_a_form_that_nobody_touched_changes_nothing(
    place: Served, rater: Person, note: str
) -> None:
    slot = place.slots(rater)[0]
    rater.save(change(slot, "note", note, "key-of-the-note"), change(slot, "blocked", note[:500], "key-of-reason"))
    before = place.said(rater)
    assert before[0] == (slot.entry, "note", note)
    for do in ("save", "next", "previous", "undo-not"):
        assert rater.post(f"/rate/{slot.token}", {**form_in(shown(rater, slot)), "do": do}).status_code == 303
    assert place.said(rater) == before


@pytest.mark.parametrize(
    "fields",
    [{"accuracy": "6"}, {"accuracy": "five"}, {"note": "x" * 10_001}, {"blocked": "x" * 501}, {"accuracy": " 5"}],
)
def test_a_form_with_what_no_page_sends_stores_nothing_of_it(
    place: Served, rater: Person, fields: dict[str, str]
) -> None:
    slot = place.slots(rater)[0]
    response = rater.post(f"/rate/{slot.token}", {"relevance": "2", **fields})
    assert response.status_code == 400
    assert "That did not work" in response.text
    assert place.said(rater) == []


def test_fields_that_are_none_of_the_sheet_are_left_alone(place: Served, rater: Person) -> None:
    slot = place.slots(rater)[0]
    sent = {"honesty": "5", "seen": "1", "undo": "x", "reference": "1", "side": "tuned", "rater": "1", "accuracy": "1"}
    assert rater.post(f"/rate/{slot.token}", sent).status_code == 303
    assert place.said(rater) == [(slot.entry, "accuracy", "1")]


# ---- the small API


def test_changes_count_once_in_their_order_however_often_they_are_sent(place: Served, rater: Person) -> None:
    first, second, *_ = place.slots(rater)
    changes = [change(first, "accuracy", "1", "key-number-1"), change(first, "accuracy", "5", "key-number-2")]
    for _ in range(3):
        told = rater.save(*changes)
        assert (told.status_code, told.json()) == (200, {"progress": "0 of 12", "n_done": 0, "n_total": 12})
    rater.save(change(second, "accuracy", "2", "key-number-1"), change(second, "format", "na", "key-number-3"))
    rater.save(*[change(second, "fluency", value, "key-number-4") for value in "12345"])
    assert place.said(rater) == [
        (first.entry, "accuracy", "1"),
        (first.entry, "accuracy", "5"),
        (second.entry, "format", "na"),
        (second.entry, "fluency", "1"),
    ]


def test_two_raters_may_choose_the_same_key(place: Served, rater: Person) -> None:
    other = place.rater("Berta")
    for person in (rater, other):
        assert person.save(change(place.slots(person)[0], "accuracy", "1", "the-same-key")).status_code == 200
        assert len(place.said(person)) == 1


_BAD_CHANGES: dict[str, dict[str, Any]] = {
    "an unknown field": {"field": "honesty"},
    "a field of the store": {"field": "undo"},
    "no such value": {"value": "6"},
    "a value too fine": {"value": "4.5"},
    "a value in other digits": {"value": "\u0664"},
    "a value as a number": {"value": 4},
    "no value": {"value": None},
    "a list": {"value": ["4"]},
    "an object": {"value": {"4": 4}},
    "true": {"value": True},
    "a note too long": {"field": "note", "value": "x" * 10_001},
    "a reason too long": {"field": "blocked", "value": "x" * 501},
    "a reference with words": {"field": "reference", "value": "x"},
    "a look with words": {"field": "seen", "value": "x"},
    "a short key": {"key": "short"},
    "a long key": {"key": "k" * 65},
    "a key of other letters": {"key": "key of spaces"},
    "a key that ends in a line": {"key": "key-with-line\n"},
    "no key": {"key": None},
    "a token that is a number": {"token": 5},
    "time as a text": {"active_s": "5"},
    "time that is true": {"active_s": True},
    "time that is nothing": {"active_s": None},
    "time as a list": {"active_s": [1]},
}


@pytest.mark.parametrize("more", _BAD_CHANGES.values(), ids=_BAD_CHANGES)
def test_a_change_that_cannot_be_stores_nothing_of_its_batch(
    place: Served, rater: Person, more: dict[str, Any]
) -> None:
    slot = place.slots(rater)[0]
    good = change(slot, "relevance", "3", "key-of-a-good-one")
    told = rater.api("/api/save", {"changes": [good, {**change(slot, "accuracy", "4", "key-of-this-one"), **more}]})
    assert told.status_code == 400
    assert set(told.json()) == {"error"}
    assert place.said(rater) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [("12.25", 12.25), ("0", 0), ("-5", 0), ("-1e300", 0), ("601", 600), ("1e999", 600), ("Infinity", 600),
     ("-Infinity", 0), ("NaN", 0), ("9" * 400, 600), ("-" + "9" * 400, 0)],
)  # fmt: skip
def test_time_is_bounded_whatever_number_is_sent(place: Served, rater: Person, given: str, kept: float) -> None:
    slot = place.slots(rater)[0]
    one = json.dumps(change(slot, "accuracy", "4", "key-of-this-one", active_s=0))
    body = '{"changes":[' + one.replace('"active_s": 0', f'"active_s": {given}') + "]}"
    assert rater.api("/api/save", body).status_code == 200
    assert [rating.active_s for rating in place.store.ratings(1)] == [kept]


@pytest.mark.parametrize(
    "body",
    [
        *("", "{", "nonsense", "[]", "null", '"changes"', '{"changes":null}', '{"changes":5}', '{"changes":"abc"}'),
        *('{"changes":{}}', '{"changes":[5]}', '{"changes":[[]]}', '{"changes":[null]}', '{"change":[]}', "{}"),
        *("[" * 100_000, '{"changes":' + "[" * 50_000 + "]" * 50_000, '{"a":' * 40_000, '{"changes":[' + "9" * 9_000),
        *('{"changes":[{"token":"\\ud800","field":"","value":"","key":""}]', "\x00", '{"changes":[{}]}'),
    ],
    ids=range(22),
)  # fmt: skip
@pytest.mark.parametrize("path", ["/api/save", "/api/undo"])
def test_what_is_no_list_of_changes_is_refused(place: Served, rater: Person, body: str, path: str) -> None:
    told = rater.api(path, body)
    assert told.status_code == 400
    assert set(told.json()) == {"error"}
    assert place.said(rater) == []


def test_of_a_member_that_is_there_twice_the_last_counts_and_is_checked(place: Served, rater: Person) -> None:
    slot, other = place.slots(rater)[0], place.slots(place.rater("Berta"))[0]
    one = json.dumps(change(slot, "accuracy", "4", "key-of-this-one"))[:-1]
    assert rater.api("/api/save", f'{{"changes":[{one},"value":"9"}}]}}').status_code == 400
    assert rater.api("/api/save", f'{{"changes":[{one},"token":"{other.token}"}}]}}').status_code == 404
    assert (
        rater.api("/api/save", f'{{"changes":[],"changes":[{one},"value":"2","rater":1,"study":9}}]}}').status_code
        == 200
    )
    assert place.said(rater) == [(slot.entry, "accuracy", "2")]


def test_so_many_changes_at_once_and_no_more(place: Served, rater: Person) -> None:
    slot = place.slots(rater)[0]
    changes = [change(slot, "accuracy", str(1 + at % 5), f"key-{at:06d}") for at in range(501)]
    assert rater.save(*changes).status_code == 400
    assert place.said(rater) == []
    assert rater.save(*changes[:500]).status_code == 200
    assert len(place.said(rater)) == 500
    assert rater.save().status_code == 200


def test_an_undo_that_is_sent_twice_takes_back_one_thing(place: Served, rater: Person) -> None:
    first, second, *_ = place.slots(rater)
    rater.save(change(first, "accuracy", "1", "key-number-1"), change(second, "note", "a note", "key-number-2"))
    for _ in range(3):
        assert rater.api("/api/undo", {"key": "undo-number-1"}).json()["token"] == second.token
    assert rater.api("/api/undo", {"key": "undo-number-2"}).json()["token"] == first.token
    assert rater.api("/api/undo", {"key": "undo-number-3"}).json()["token"] is None
    assert place.said(rater)[2:] == [(second.entry, "undo", "key-number-2"), (first.entry, "undo", "key-number-1")]


def test_what_cannot_be_stored_now_is_told_as_the_servers_trouble_so_that_it_is_sent_again(
    place: Served, rater: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> int:
        raise RunFolderError("the disk is full: run.db in /some/folder cannot grow", hint="free some space")

    slot = place.slots(rater)[0]
    one = change(slot, "accuracy", "1", "key-number-1")
    with monkeypatch.context() as patch:
        patch.setattr(type(place.store), "add_ratings", full)
        told = rater.save(one)
        page = rater.post(f"/rate/{slot.token}", {"accuracy": "1"})
    assert (told.status_code, page.status_code) == (503, 503)
    assert "/some/folder" not in told.text + page.text
    assert "the disk is full" in caplog.text
    assert rater.save(one).status_code == 200
    assert place.said(rater) == [(slot.entry, "accuracy", "1")]


# ---- a sheet made anew, and none


def test_a_new_sheet_takes_the_place_of_the_old_at_once(place: Served, rater: Person) -> None:
    old = place.slots(rater)[0]
    rater.save(*whole(old, AXIS_NAMES))
    made = study(3, secret="ab" * 32)
    place.store.add_study("review", created=made.created, text=study_text(made))
    assert rater.get(f"/rate/{old.token}").status_code == 404
    assert rater.save(change(old, "accuracy", "1", "key-number-1")).status_code == 404
    new = place.slots(rater)
    assert len(new) == 6
    assert rater.get("/rate").headers["location"] == f"/rate/{new[0].token}"
    assert rater.save(change(new[0], "accuracy", "1", "key-number-1")).json()["progress"] == "0 of 6"
    assert len(place.store.ratings(1)) == 4
    assert place.said(rater) == [(new[0].entry, "accuracy", "1")]


def test_without_a_sheet_raters_and_the_owner_are_told_so(blank: Path, tmp_path: Path) -> None:
    place = served(blank, tmp_path / "run")
    with place.store:
        person, owner = place.rater("Anna"), place.owner()
        assert "There is no sheet to rate yet." in person.get(f"/enter/{person.token}").text
        assert person.get("/rate").status_code == 404
        assert person.api("/api/save", {"changes": []}).status_code == 404
        page = owner.get("/owner")
        assert page.status_code == 200
        assert "There is no rating sheet yet." in page.text
        results = owner.get("/owner/results")
        assert results.status_code in (200, 409)
