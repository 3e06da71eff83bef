"""What every RunStore promises, run over each of them."""

import itertools
import math
import struct
from array import array
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunecheck.core.completions import Completion, Ended
from tunecheck.core.items import Form, Item, Message, ToolCall
from tunecheck.core.ports import RunStore, StoredItem
from tunecheck.core.scores import SequenceScore, TokenScores, Totals
from tunecheck.store import InMemoryRunStore, SqliteRunStore, open_run

Opened = AbstractContextManager[InMemoryRunStore | SqliteRunStore]
OPENERS: dict[str, Callable[[Path], Opened]] = {"sqlite": open_run, "memory": lambda _: InMemoryRunStore()}


@pytest.fixture(params=sorted(OPENERS))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunStore]:
    with OPENERS[request.param](tmp_path / "run") as opened:
        yield opened


def totals(nll_nats: float = 1.5, n_tokens: int = 3) -> Totals:
    return Totals(nll_nats=nll_nats, n_tokens=n_tokens, n_bytes=7, n_argmax=1)


def score(nll_nats: float = 1.5, *, tokens: TokenScores | None = None) -> SequenceScore:
    return SequenceScore(item_id="an item", response=totals(nll_nats), full=totals(9.25), tokens=tokens)


TOKENS = TokenScores(
    positions=array("i", [4, 5, 6]), nll_nats=array("d", [0.1, 0.2, 1.2]), is_argmax=array("b", [1, 0, 0])
)


MOMENTS = replace(TOKENS, mean_nats=array("d", [-1.5, -0.1, -3.0]), deviation_nats=array("d", [0.5, 0.0, 1e-9]))


def stored(part: str, position: int, content: str = "text") -> StoredItem:
    return StoredItem(
        part=part, position=position, item=Item(form="text", response=Message(role="assistant", content=content))
    )


def test_an_empty_store_has_no_scores_no_documents_and_no_items(store: RunStore) -> None:
    assert store.scores(["k"]) == {}
    assert store.scores([]) == {}
    assert store.document("results") is None
    assert store.items() == []


def test_scores_come_back_under_their_keys_and_absent_keys_are_absent(store: RunStore) -> None:
    bare = SequenceScore(item_id="bare", response=totals())
    store.add_scores([("a", score(tokens=TOKENS)), ("b", bare)])
    assert store.scores(["b", "missing", "a"]) == {"a": score(tokens=TOKENS), "b": bare}


def test_keys_may_be_any_iterable_with_repeats_and_the_answer_keeps_their_order(store: RunStore) -> None:
    store.add_scores([(key, score()) for key in "abc"])
    assert list(store.scores(key for key in "cabac")) == ["c", "a", "b"]


def test_thousands_of_keys_are_answered(store: RunStore) -> None:
    keys = [f"key {number}" for number in range(2500)]
    store.add_scores([(key, score(float(number))) for number, key in enumerate(keys)])
    found = store.scores(reversed(keys))
    assert [found[key].response.nll_nats for key in keys] == [float(number) for number in range(2500)]


def test_adding_nothing_is_allowed(store: RunStore) -> None:
    store.add_scores([])


def test_the_first_score_of_a_key_stays(store: RunStore) -> None:
    store.add_scores([("k", score(1.0)), ("k", score(2.0))])
    store.add_scores([("k", score(3.0))])
    assert store.scores(["k"]) == {"k": score(1.0)}


def test_a_score_with_token_arrays_replaces_one_without(store: RunStore) -> None:
    store.add_scores([("k", score(1.0))])
    store.add_scores([("k", score(2.0, tokens=TOKENS))])
    assert store.scores(["k"]) == {"k": score(2.0, tokens=TOKENS)}


def test_a_score_with_token_arrays_is_not_replaced(store: RunStore) -> None:
    store.add_scores([("k", score(1.0, tokens=TOKENS))])
    store.add_scores([("k", score(2.0))])
    store.add_scores([("k", score(3.0, tokens=TOKENS))])
    assert store.scores(["k"]) == {"k": score(1.0, tokens=TOKENS)}


def test_a_score_with_moments_replaces_one_without_and_is_not_replaced(store: RunStore) -> None:
    store.add_scores([("a", score(1.0)), ("b", score(1.0, tokens=TOKENS))])
    store.add_scores([(key, score(2.0, tokens=MOMENTS)) for key in "abc"])
    store.add_scores([(key, score(3.0, tokens=tokens)) for key in "abc" for tokens in (None, TOKENS, MOMENTS)])
    assert store.scores("abc") == dict.fromkeys("abc", score(2.0, tokens=MOMENTS))


def test_a_score_of_no_tokens_at_all_keeps_its_empty_arrays(store: RunStore) -> None:
    nothing = TokenScores(positions=array("i"), nll_nats=array("d"), is_argmax=array("b"))
    empty = replace(nothing, mean_nats=array("d"), deviation_nats=array("d"))
    store.add_scores([("k", score(tokens=nothing)), ("e", score(tokens=empty))])
    assert store.scores(["k"])["k"].tokens == nothing
    assert store.scores(["e"])["e"].tokens == empty


def test_a_nan_comes_back_as_a_nan(store: RunStore) -> None:
    store.add_scores([("k", SequenceScore(item_id="i", response=totals(math.nan), full=totals(math.nan)))])
    back = store.scores(["k"])["k"]
    assert back.full is not None
    assert math.isnan(back.response.nll_nats)
    assert math.isnan(back.full.nll_nats)


@pytest.mark.parametrize("text", ['{"a": 1}', "", "é😀 漢字", "a\0b", "lone \ud83d and \ude00", "\ud83d\ude00"])
def test_a_document_comes_back_as_it_was(store: RunStore, text: str) -> None:
    store.set_document("results", text)
    assert store.document("results") == text


def test_a_document_takes_the_place_of_the_earlier_one_of_its_name(store: RunStore) -> None:
    store.set_document("results", "old")
    store.set_document("plan", "other")
    store.set_document("results", "new")
    assert (store.document("results"), store.document("plan")) == ("new", "other")


def test_items_come_back_by_part_and_position(store: RunStore) -> None:
    placed = [stored("validation", 10), stored("train", 2), stored("validation", 9), stored("train", 0)]
    store.set_items(placed)
    assert store.items() == [placed[3], placed[1], placed[2], placed[0]]


def test_items_take_the_place_of_all_earlier_ones(store: RunStore) -> None:
    store.set_items([stored("train", 0), stored("validation", 0)])
    store.set_items([stored("train", 0, "another")])
    assert store.items() == [stored("train", 0, "another")]
    store.set_items([])
    assert store.items() == []


def test_two_items_at_one_place_are_refused_and_the_earlier_items_stay(store: RunStore) -> None:
    store.set_items([stored("train", 0)])
    with pytest.raises(ValueError, match="two items stand at position 7 of the part 'train'"):
        store.set_items([stored("train", 7), stored("train", 7, "another")])
    assert store.items() == [stored("train", 0)]


def test_an_item_with_everything_in_it_comes_back_exactly_equal(store: RunStore) -> None:
    nasty = "NUL \0, lone \ud83d, pair \ud83d\ude00, astral 😀, quote \" ' \\ \u2028"
    item = Item(
        form="chat",
        response=Message(
            role="assistant",
            content=nasty,
            tool_calls=(
                ToolCall(name="f", arguments_json='{"x": 1}', id="call_1"),
                ToolCall(name="g", arguments_json=""),
            ),
            name="bot",
            weight=0.1,
        ),
        prompt=(Message(role="system", content=""), Message(role="user", content=nasty, weight=0.0)),
        tools_json='[{"name": "f"}]',
        token_ids=(0, 1, 2**40),
        learned=(True, False, True),
        group=nasty,
        metadata=(("year", "2020"), ("note", '"é"')),
        source="val.jsonl line 12",
    )
    store.set_items([StoredItem(part="validation", position=0, item=item)])
    back = store.items()[0].item
    assert back == item
    assert [type(flag) for flag in back.learned] == [bool, bool, bool]
    assert (back.id, back.group, back.metadata) == (item.id, item.group, item.metadata)


def completion(text: str = "an answer", *, seed: int | None = None) -> Completion:
    return Completion(
        item_id="an item", sample=2, text=text, token_ids=array("q", [5, 0, 2**40]), ended="length",
        n_prompt_tokens=7, seed=seed,
    )  # fmt: skip


def test_an_empty_store_has_no_completions(store: RunStore) -> None:
    assert store.completions(["k"]) == {}
    assert store.completions([]) == {}
    store.add_completions([])


def test_completions_come_back_under_their_keys_in_the_order_asked_for(store: RunStore) -> None:
    store.add_completions([(key, completion(key, seed=n)) for n, key in enumerate("abc")])
    found = store.completions(key for key in ("c", "missing", "a", "c"))
    assert list(found.items()) == [("c", completion("c", seed=2)), ("a", completion("a", seed=0))]


def test_thousands_of_completions_are_kept(store: RunStore) -> None:
    keys = [f"key {number}" for number in range(2500)]
    store.add_completions([(key, completion(key)) for key in keys])
    assert [one.text for one in store.completions(keys).values()] == keys


def test_the_first_completion_of_a_key_stays(store: RunStore) -> None:
    store.add_completions([("k", completion("first")), ("k", completion("second"))])
    store.add_completions([("k", completion("third")), ("other", completion())])
    assert store.completions(["k"]) == {"k": completion("first")}
    assert store.completions(["other"]) == {"other": completion()}


def test_scores_and_completions_may_share_a_key(store: RunStore) -> None:
    store.add_scores([("k", score())])
    store.add_completions([("k", completion())])
    assert (store.scores(["k"]), store.completions(["k"])) == ({"k": score()}, {"k": completion()})


FORMS: tuple[Form, ...] = ("chat", "completion", "text", "tokens")
ANY_TEXT = st.text(st.characters(codec=None), max_size=8)
COUNTS = st.integers(0, 2**40)
DOUBLES = st.floats(allow_nan=False, width=64)
TOTALS = st.builds(Totals, nll_nats=DOUBLES, n_tokens=COUNTS, n_bytes=COUNTS, n_argmax=COUNTS)
TOKEN_SCORES = st.builds(
    TokenScores,
    positions=st.lists(st.integers(0, 2**31 - 1), max_size=5).flatmap(
        lambda values: st.sampled_from([array(code, values) for code in "ilqIL"])
    ),
    nll_nats=st.lists(DOUBLES, max_size=5).map(lambda values: array("d", values)),
    is_argmax=st.lists(st.integers(0, 1), max_size=5).map(lambda values: array("b", values)),
    mean_nats=st.none() | st.lists(DOUBLES, max_size=5).map(lambda values: array("d", values)),
    deviation_nats=st.none() | st.lists(DOUBLES, max_size=5).map(lambda values: array("d", values)),
)
SCORES = st.builds(
    SequenceScore, item_id=ANY_TEXT, response=TOTALS, full=st.none() | TOTALS, tokens=st.none() | TOKEN_SCORES
)
MESSAGES = st.builds(Message, role=ANY_TEXT, content=ANY_TEXT, weight=st.floats(0, 1))
ITEMS = st.builds(
    Item,
    form=st.sampled_from(FORMS),
    response=MESSAGES,
    prompt=st.lists(MESSAGES, max_size=2).map(tuple),
    token_ids=st.lists(COUNTS, max_size=3).map(tuple),
    learned=st.lists(st.booleans(), max_size=3).map(tuple),
    group=ANY_TEXT,
    metadata=st.lists(st.tuples(ANY_TEXT, ANY_TEXT), max_size=2).map(tuple),
)
ENDED: tuple[Ended, ...] = ("end", "stop", "length", "context")
COMPLETIONS = st.builds(
    Completion,
    item_id=ANY_TEXT,
    sample=st.integers(0, 1000),
    text=ANY_TEXT,
    token_ids=st.lists(st.integers(0, 2**40), max_size=5).map(lambda values: array("q", values)),
    ended=st.sampled_from(ENDED),
    n_prompt_tokens=COUNTS,
    seed=st.none() | st.integers(0, 2**63 - 1),
)
ON_ONE_STORE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_KEYS = (f"drawn {number}" for number in itertools.count())


def bits(value: SequenceScore) -> list[bytes]:
    doubles = [value.response.nll_nats, *([value.full.nll_nats] if value.full else [])]
    for name in ("nll_nats", "mean_nats", "deviation_nats") if value.tokens else ():
        doubles += list(getattr(value.tokens, name) or ())
    return [struct.pack("<d", double) for double in doubles]


@ON_ONE_STORE
@given(value=SCORES)
def test_any_score_comes_back_bit_for_bit(store: RunStore, value: SequenceScore) -> None:
    key = next(_KEYS)
    store.add_scores([(key, value)])
    back = store.scores([key])[key]
    assert back == value
    assert bits(back) == bits(value)


@ON_ONE_STORE
@given(value=COMPLETIONS)
def test_any_completion_comes_back_exactly_equal(store: RunStore, value: Completion) -> None:
    key = next(_KEYS)
    store.add_completions([(key, value)])
    assert store.completions([key]) == {key: value}


@ON_ONE_STORE
@given(items=st.lists(ITEMS, max_size=3))
def test_any_items_come_back_exactly_equal(store: RunStore, items: list[Item]) -> None:
    placed = [StoredItem(part="validation", position=number, item=item) for number, item in enumerate(items)]
    store.set_items(placed)
    assert store.items() == placed


@ON_ONE_STORE
@given(text=ANY_TEXT)
def test_any_text_comes_back_as_a_document(store: RunStore, text: str) -> None:
    store.set_document("any", text)
    assert store.document("any") == text
