"""The desk: what may be said, and what is then kept; whatever the ratings come through."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.studies import study
from tunecheck.core import ReviewStudy
from tunecheck.errors import InputError
from tunecheck.runner import MOST_CHANGES_AT_ONCE, Change, RatingDesk
from tunecheck.store import InMemoryStudyStore
from tunecheck.study import Slot

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


class Seated:
    """Two raters at one study, and the keys of what they say."""

    def __init__(self, made: ReviewStudy | None = None) -> None:
        self.store = InMemoryStudyStore()
        self.study = made or study(12)
        self.desks = [
            RatingDesk(self.store, self.study, self.store.add_rater(name), rated_with="web", clock=lambda: NOON)
            for name in ("Ada", "Bo")
        ]
        self.desk = self.desks[0]
        self.n_keys = 0

    def change(self, slot: Slot, field: str, value: str, *, active_s: float = 0.0, key: str = "") -> Change:
        self.n_keys += 1
        return Change(token=slot.token, field=field, value=value, key=key or f"key-{self.n_keys:06}", active_s=active_s)

    def say(self, slot: Slot, **said: str) -> int:
        return self.desk.save([self.change(slot, field, value) for field, value in said.items()])


def refusal(seated: Seated, *changes: Change) -> str:
    with pytest.raises(InputError) as caught:
        seated.desk.save(changes)
    assert seated.store.ratings(1) == []
    return caught.value.message


def test_what_is_said_is_kept_with_who_when_and_how() -> None:
    seated = Seated()
    slot = seated.desk.slots[3]
    seated.desk.save([seated.change(slot, "accuracy", "4", active_s=2.5, key="a-client-key")])
    (kept,) = seated.store.ratings(1)
    assert (kept.study, kept.rater, kept.entry, kept.again) == (1, 0, slot.entry, False)
    assert (kept.field, kept.value, kept.key, kept.active_s) == ("accuracy", "4", "a-client-key", 2.5)
    assert (kept.at, kept.rated_with) == ("2026-01-02T12:00:00.000+00:00", "web")


def test_a_rater_starts_at_the_first_answer_and_goes_on_at_the_first_that_is_open() -> None:
    seated = Seated()
    slots = seated.desk.slots
    assert seated.desk.next_open(seated.desk.look()) == slots[0]
    for slot in (slots[0], slots[2]):
        seated.say(slot, accuracy="3", relevance="3", fluency="3", format="na")
    seated.say(slots[1], accuracy="3")
    look = seated.desk.look()
    assert seated.desk.next_open(look) == slots[1]
    assert seated.desk.next_open(look, after=slots[1]) == slots[3]
    assert seated.desk.next_open(look, after=slots[-1]) == slots[1]
    assert (look.progress.n_done, look.progress.n_begun) == (2, 1)


def test_when_all_is_done_nothing_is_next() -> None:
    seated = Seated(study(1))
    for slot in seated.desk.slots:
        seated.say(slot, blocked="in a language that I cannot read")
    assert seated.desk.next_open(seated.desk.look()) is None


def test_the_token_of_another_rater_names_nothing() -> None:
    seated = Seated()
    theirs = seated.desks[1].slots[0]
    assert seated.desk.slot(theirs.token) is None
    assert refusal(seated, seated.change(theirs, "accuracy", "1")) == "nothing on this list has that token"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("accuracy", "6", "accuracy is '6', which is not 1, 2, 3, 4, 5 or na"),
        ("accuracy", "5.0", "accuracy is '5.0', which is not 1, 2, 3, 4, 5 or na"),
        ("undo", "a key", "'undo' is not a field here"),
        ("verdict", "ship", "'verdict' is not a field here"),
        ("note", "x" * 10_001, "note has 10,001 characters"),
        ("blocked", "x" * 501, "blocked has 501 characters"),
        ("reference", "x", "reference has 1 characters"),
    ],
)
def test_what_no_sheet_has_is_refused_and_nothing_with_it_is_kept(field: str, value: str, message: str) -> None:
    seated = Seated()
    slot = seated.desk.slots[0]
    assert refusal(seated, seated.change(slot, "fluency", "3"), seated.change(slot, field, value)) == message


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "with space", "../../etc/passwd"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    seated = Seated()
    change = Change(token=seated.desk.slots[0].token, field="accuracy", value="1", key=key)
    assert refusal(seated, change) == "the key of a change is not 8 to 64 letters, digits, - and _"


def test_more_changes_than_a_page_can_have_are_refused() -> None:
    seated = Seated()
    slot = seated.desk.slots[0]
    many = [seated.change(slot, "accuracy", "1") for _ in range(MOST_CHANGES_AT_ONCE + 1)]
    assert refusal(seated, *many) == "501 changes at once"


@pytest.mark.parametrize(
    ("sent", "kept"), [(3.0, 3.0), (-1.0, 0.0), (float("nan"), 0.0), (float("inf"), 600.0), (1e9, 600.0)]
)
def test_time_that_nobody_can_have_spent_is_bounded(sent: float, kept: float) -> None:
    seated = Seated()
    seated.desk.save([seated.change(seated.desk.slots[0], "accuracy", "1", active_s=sent)])
    assert seated.store.ratings(1)[0].active_s == kept


def test_undo_goes_back_through_the_answers_in_the_order_in_which_they_were_rated() -> None:
    seated = Seated()
    first, second = seated.desk.slots[:2]
    seated.say(first, accuracy="1")
    seated.say(second, accuracy="2", format="4")
    assert [seated.desk.undo(f"undo-{n:06}") for n in range(4)] == [second, second, first, None]
    assert seated.desk.look().at(first).scores == seated.desk.look().at(second).scores == {}


def test_an_undo_that_is_sent_twice_undoes_once() -> None:
    seated = Seated()
    slot = seated.desk.slots[0]
    seated.say(slot, accuracy="1", format="2")
    assert seated.desk.undo("the-same-key") == seated.desk.undo("the-same-key") == slot
    assert seated.desk.look().at(slot).scores == {"accuracy": 1}


def test_nobody_undoes_what_another_said() -> None:
    seated = Seated()
    seated.say(seated.desk.slots[0], accuracy="1")
    assert seated.desks[1].undo("key-of-the-other") is None
    assert seated.desk.look().at(seated.desk.slots[0]).scores == {"accuracy": 1}
