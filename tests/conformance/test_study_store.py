"""What every StudyStore promises, run over each of them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.studies import rating
from tunecheck.core import Access, Judgement, JudgeOutcome, StudyStore
from tunecheck.store import InMemoryStudyStore, open_studies

AT = "2026-01-02T03:04:05+00:00"


@pytest.fixture(params=["sqlite", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StudyStore]:
    if request.param == "memory":
        yield InMemoryStudyStore()
        return
    with open_studies(tmp_path / "run", create=True) as opened:
        yield opened


def test_an_empty_store_has_nothing(store: StudyStore) -> None:
    assert store.study("review") is None
    assert store.raters() == []
    assert store.ratings(1) == []
    assert store.access("a hash") is None


def test_the_newest_study_of_a_kind_is_the_one(store: StudyStore) -> None:
    first = store.add_study("review", created=AT, text="one")
    other = store.add_study("ab", created=AT, text="of another kind")
    second = store.add_study("review", created=AT, text="two")
    found, ab = store.study("review"), store.study("ab")
    assert found is not None
    assert (found.number, found.kind, found.created, found.text) == (second, "review", AT, "two")
    assert ab is not None
    assert (ab.number, ab.text) == (other, "of another kind")
    assert len({first, other, second}) == 3


def test_raters_are_numbered_from_0_and_a_name_is_one_rater(store: StudyStore) -> None:
    assert [store.add_rater(name).number for name in ("Ada", "Bo", "Ada")] == [0, 1, 0]
    assert [(rater.number, rater.name) for rater in store.raters()] == [(0, "Ada"), (1, "Bo")]


def test_a_token_opens_what_it_was_let_in_for_until_it_is_revoked(store: StudyStore) -> None:
    owner, first, second = Access(role="owner"), Access(role="rater", rater=0), Access(role="rater", rater=1)
    for token, access in (("o", owner), ("a", first), ("b", first), ("c", second)):
        store.admit(token, access, at=AT)
    assert [store.access(token) for token in "oabcd"] == [owner, first, first, second, None]
    assert store.revoke(first, at=AT) == 2
    assert [store.access(token) for token in "oabc"] == [owner, None, None, second]
    assert store.revoke(first, at=AT) == 0
    store.admit("e", first, at=AT)
    assert store.access("e") == first
    assert store.revoke(owner, at=AT) == 1
    assert store.access("c") == second


def test_ratings_come_back_in_the_order_in_which_they_came(store: StudyStore) -> None:
    said = [
        rating(3, "accuracy", "5", key="key one", active_s=0.125),
        rating(1, "note", "a\nnote with \ud800 and \x00", key="key two", again=True),
        rating(3, "accuracy", "4", key="key three", rater=1),
        rating(0, "accuracy", "1", key="key four", study=2),
    ]
    assert store.add_ratings(said[:2]) == 2
    assert store.add_ratings(said[2:]) == 2
    assert store.ratings(1) == said[:3]
    assert store.ratings(1, rater=1) == [said[2]]
    assert store.ratings(2) == [said[3]]


def test_a_rating_that_is_sent_twice_counts_once_and_the_first_stays(store: StudyStore) -> None:
    first = rating(0, "accuracy", "5", key="the key")
    assert store.add_ratings([first, replace(first, value="1")]) == 1
    assert store.add_ratings([replace(first, value="2")]) == 0
    assert store.ratings(1) == [first]


def test_the_same_key_of_another_rater_or_study_is_another_rating(store: StudyStore) -> None:
    first = rating(0, "accuracy", "5", key="the key")
    assert store.add_ratings([first, replace(first, rater=1), replace(first, study=2)]) == 3


def test_no_ratings_are_no_trouble(store: StudyStore) -> None:
    assert store.add_ratings([]) == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(value=st.text(st.characters(exclude_categories=()), max_size=30), active_s=st.floats(0, 1e6))
def test_a_rating_comes_back_exactly(store: StudyStore, value: str, active_s: float) -> None:
    key = f"key {len(store.ratings(5))}"
    said = rating(0, "note", value, key=key, active_s=active_s, study=5)
    store.add_ratings([said])
    assert store.ratings(5)[-1] == said


def judgement(entry: int, outcome: JudgeOutcome = "tuned", **more: Any) -> Judgement:
    return Judgement(
        **{"study": 1, "judge": "a judge", "swapped": False, "at": AT, **more}, entry=entry, outcome=outcome
    )


def test_judgements_come_back_in_the_order_in_which_they_were_asked(store: StudyStore) -> None:
    said = [
        judgement(3, seconds=0.125, prompt_tokens=900, completion_tokens=12, reply='a\n{"verdict": "A"} \ud800\x00'),
        judgement(3, "base", swapped=True),
        judgement(3, "tie", judge="another"),
        judgement(3, "failed", canary="orders@base", reason="no verdict: said nothing"),
        judgement(1, study=2),
    ]
    assert store.judgements(1) == []
    assert store.add_judgements(said[:2]) == 2
    assert store.add_judgements(said[2:]) == 3
    assert store.judgements(1) == said[:4]
    assert store.judgements(2) == said[4:]


def test_of_two_verdicts_on_one_question_the_first_stays(store: StudyStore) -> None:
    assert store.add_judgements([judgement(0, "tie"), judgement(0, "tuned")]) == 1
    assert store.add_judgements([judgement(0, "base"), judgement(0, "failed")]) == 0
    assert store.judgements(1) == [judgement(0, "tie")]


def test_a_judgement_that_failed_makes_way_for_the_next_and_keeps_its_place(store: StudyStore) -> None:
    failed = judgement(0, "failed", reason="timed out", seconds=60.0)
    store.add_judgements([failed, judgement(1)])
    still = replace(failed, reason="cut off", seconds=61.5, reply="I think", prompt_tokens=7, at="later")
    assert store.add_judgements([still]) == 1
    assert store.judgements(1) == [still, judgement(1)]
    assert store.add_judgements([judgement(0, "base")]) == 1
    assert store.judgements(1) == [judgement(0, "base"), judgement(1)]


def test_no_judgements_are_no_trouble(store: StudyStore) -> None:
    assert store.add_judgements([]) == 0
