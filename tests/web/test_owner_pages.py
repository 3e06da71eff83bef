"""The owner's pages: who rates, how far they are, links to send, and the results as they stand."""

from __future__ import annotations

import pytest

from tests.web.served import Person, Served, change, whole
from tunecheck.study import AXES

AXIS_NAMES = [axis.name for axis in AXES]


@pytest.fixture
def rater(place: Served) -> Person:
    return place.rater("Anna")


def test_the_owner_adds_raters_by_names_that_are_some_and_new(place: Served) -> None:
    owner = place.owner()
    added = owner.post("/owner/raters", {"name": "  Anna \t Maria\n"})
    assert added.status_code == 200
    assert "The link of Anna Maria" in added.text
    for name in ("", "   ", "x" * 61, "Anna Maria", "Anna   Maria"):
        refused = owner.post("/owner/raters", {"name": name})
        assert refused.status_code == 400
        assert "/enter/" not in refused.text
        assert 'role="alert"' in refused.text
    assert owner.post("/owner/raters", {}).status_code == 400
    assert owner.post("/owner/raters", {"name": "\u00e9" * 60}).status_code == 200
    assert [rater.name for rater in place.store.raters()] == ["Anna Maria", "\u00e9" * 60]


def test_there_are_so_many_raters_and_no_more(place: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tunecheck.web.owner.MOST_RATERS", 2)
    owner = place.owner()
    assert [owner.post("/owner/raters", {"name": name}).status_code for name in "abc"] == [200, 200, 400]


def test_the_owner_sees_how_far_each_rater_is_and_no_values(place: Served, rater: Person) -> None:
    owner = place.owner()
    slots = place.slots(rater)
    for slot in slots[:3]:
        rater.save(*whole(slot, AXIS_NAMES), change(slot, "seen", "", f"seen-{slot.token}", active_s=20))
    page = owner.get("/owner").text
    assert "3 of 12" in page
    assert "20 s" in page
    assert "tuned and base mixed blind" in page
    assert rater.token not in page


def test_the_results_are_there_before_the_first_rating_and_show_them_after(place: Served, rater: Person) -> None:
    owner = place.owner()
    assert owner.get("/owner/results").status_code == 200
    for slot in place.slots(rater):
        rater.save(*whole(slot, AXIS_NAMES), change(slot, "note", "NOTE of Anna", f"note-{slot.token}"))
    page = owner.get("/owner/results")
    assert page.status_code == 200
    assert "Accuracy" in page.text
