"""What holds after everything that was said, changed and taken back."""

from hypothesis import given
from hypothesis import strategies as st

from tests.studies import rating
from tunecheck.core import Rating
from tunecheck.study import AXES, Standing, last_undoable, standings


def test_the_last_word_on_each_axis_holds() -> None:
    said = [
        rating(0, "accuracy", "3", key="a", active_s=2.0),
        rating(0, "accuracy", "5", key="b", active_s=1.5),
        rating(0, "format", "na", key="c"),
        rating(0, "note", "too long", key="d"),
        rating(0, "fluency", "4", key="e"),
        rating(0, "fluency", "", key="f"),
    ]
    own = standings(said)[0, False]
    assert (own.scores, own.not_applicable, own.note) == ({"accuracy": 5}, {"format"}, "too long")
    assert own.active_s == 3.5
    assert not own.is_done(AXES)


def test_the_second_showing_is_another_place() -> None:
    said = [rating(0, "accuracy", "3", key="a"), rating(0, "accuracy", "5", key="b", again=True)]
    found = standings(said)
    assert (found[0, False].scores, found[0, True].scores) == ({"accuracy": 3}, {"accuracy": 5})


def test_an_answer_is_done_when_every_axis_has_a_value_or_does_not_apply() -> None:
    own = Standing(scores={"accuracy": 1, "relevance": 2, "fluency": 3}, not_applicable={"format"})
    assert own.is_done(AXES)
    assert own.counts(AXES)


def test_what_cannot_be_judged_is_done_and_does_not_count() -> None:
    own = standings([rating(0, "accuracy", "3", key="a"), rating(0, "blocked", "in Finnish", key="b")])[0, False]
    assert own.is_done(AXES)
    assert not own.counts(AXES)


def test_axes_that_all_do_not_apply_are_no_rating() -> None:
    assert not Standing(not_applicable={axis.name for axis in AXES}).counts(AXES)


def test_having_looked_at_the_reference_is_kept_and_cannot_be_undone() -> None:
    said = [rating(0, "accuracy", "3", key="a"), rating(0, "reference", "", key="b")]
    assert standings(said)[0, False].has_peeked
    newest = last_undoable(said)
    assert newest is not None
    assert newest.key == "a"


def test_time_alone_changes_nothing_else() -> None:
    own = standings([rating(0, "seen", "", key="a", active_s=9.0)])[0, False]
    assert (own.n_changes, own.active_s, own.scores) == (0, 9.0, {})


VALUES = st.sampled_from(["1", "2", "3", "4", "5", "na", ""])
SAID = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["accuracy", "format"]), VALUES), max_size=12)


@given(said=SAID)
def test_undoing_everything_leaves_nothing_and_each_undo_the_state_before(said: list[tuple[int, str, str]]) -> None:
    ratings: list[Rating] = []
    before = [standings(ratings)]
    for number, (entry, field, value) in enumerate(said):
        ratings.append(rating(entry, field, value, key=f"key {number}"))
        before.append(standings(ratings))
    for number in range(len(said), 0, -1):
        newest = last_undoable(ratings)
        assert newest is not None
        assert newest.key == f"key {number - 1}"
        ratings.append(rating(newest.entry, "undo", newest.key, key=f"undo {number}"))
        now = {place: (own.scores, own.not_applicable) for place, own in standings(ratings).items() if own.n_changes}
        then = {place: (own.scores, own.not_applicable) for place, own in before[number - 1].items() if own.n_changes}
        assert now == then
    assert last_undoable(ratings) is None


def test_what_is_said_after_an_undo_is_undone_next() -> None:
    said = [
        rating(0, "accuracy", "3", key="a"),
        rating(0, "undo", "a", key="b"),
        rating(0, "accuracy", "4", key="c"),
    ]
    newest = last_undoable(said)
    assert newest is not None
    assert newest.key == "c"
    assert standings(said)[0, False].scores == {"accuracy": 4}
