"""join_units: what gives each other away is one unit, and a template or a chain of likeness is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.data.splitting.rows import row, rows, text
from tunecheck.core import Item
from tunecheck.data.splitting.comparable import comparable
from tunecheck.data.splitting.units import Joined, join_units
from tunecheck.data.wording import wording


def items(given: Sequence[Mapping[str, object]]) -> list[Item]:
    places = [f"row {number}" for number in range(1, len(given) + 1)]
    return comparable(given, places, shape="auto", label="rows", beside=frozenset({"doc"}))


def joined(given: Sequence[Mapping[str, object]]) -> Joined:
    groups = [str(one.get("doc", "")) for one in given]
    return join_units(wording(items(given), {}), groups, "doc")


def units(*given: Mapping[str, object]) -> list[int]:
    return joined(given).first.tolist()


def test_rows_that_have_nothing_in_common_are_units_of_their_own() -> None:
    assert units(*rows(50)) == list(range(50))


def test_rows_of_one_group_are_one_unit_and_no_group_is_none() -> None:
    assert units(row(0, doc="x"), row(1, doc=""), row(2, doc="x"), row(3, doc="")) == [0, 1, 0, 3]


def test_the_same_prompt_in_other_case_and_layout_is_one_unit() -> None:
    other = {"prompt": text("prompt 0").upper() + " ?", "completion": text("another")}
    assert units(row(0), row(1), other) == [0, 1, 0]


def test_conversations_with_the_same_first_turn_are_one_unit() -> None:
    def chat(*turns: str) -> dict[str, object]:
        roles = ["user", "assistant"] * len(turns)
        return {"messages": [{"role": role, "content": turn} for role, turn in zip(roles, turns, strict=False)]}

    hello = text("hello")
    long = chat(hello, text("a"), text("b"), text("c"))
    assert units(long, chat(text("else"), text("d")), chat(hello, text("e"))) == [0, 1, 0]


def test_a_near_copy_is_one_unit_and_units_chain() -> None:
    words = text("long", 60).split()
    near = [*words[:20], "otherwise", *words[21:]]
    nearer = [*near[:40], "however", *near[41:]]
    given = [{"text": " ".join(one)} for one in (words, text("new", 60).split(), near, nearer)]
    assert units(*given) == [0, 1, 0, 0]


def test_a_prompt_that_stands_in_another_row_is_one_unit_with_it() -> None:
    question = text("question", 30)
    inside = {"prompt": text("before", 80) + " " + question + " " + text("after", 80), "completion": text("c")}
    assert units(inside, row(1), {"prompt": question, "completion": text("d")}) == [0, 1, 0]


def test_what_the_assistant_says_in_many_conversations_joins_nothing() -> None:
    saying = text("I am an assistant", 40)

    def chat(name: int) -> dict[str, object]:
        turns = [text(f"q {name}"), saying, text(f"r {name}"), text(f"s {name}", 80)]
        roles = ["user", "assistant"] * 2
        return {"messages": [{"role": role, "content": turn} for role, turn in zip(roles, turns, strict=True)]}

    assert units(*map(chat, range(6))) == list(range(6))


def test_a_chain_of_near_copies_through_a_fifth_of_the_rows_is_broken_and_said() -> None:
    words = text("chain", 100).split()
    # Each shares 34 of 42 runs of three words with the next, and none with the last.
    chain = [{"text": " ".join(words[4 * step : 4 * step + 40])} for step in range(15)]
    found = joined([*chain, *({"text": text(f"other {n}", 40)} for n in range(30))])
    assert found.relaxed
    assert found.threshold == 0.85
    assert found.sizes.max() == 1
    assert found.notes == ("near copies chained 15 of 45 rows into one unit; there rows are joined from 0.85 on only",)


def test_a_group_that_holds_most_rows_stays_whole_and_is_said() -> None:
    found = joined([row(number, doc="big" if number < 30 else f"{number}") for number in range(50)])
    assert found.sizes.max() == 30
    assert found.notes == ("one unit holds 30 of 50 rows, most of them joined by the same doc",)


def test_stock_prompts_of_more_than_half_of_the_rows_join_nothing() -> None:
    stock = [{"prompt": f"Write a joke about {n % 3}.", "completion": text(f"joke {n}", 30)} for n in range(90)]
    found = joined([*stock, *rows(20)])
    assert found.sizes.max() == 1
    assert found.notes[0] == "90 of 110 rows have one of 3 stock prompts; these do not keep rows together"


def test_rows_without_a_response_or_a_known_shape_are_joined_too() -> None:
    assert units({"prompt": text("p")}, {"prompt": text("q")}, {"prompt": text("p")}) == [0, 1, 0]
    blank = {"prompt": text("p"), "completion": None}
    assert units(row(1), row(2), blank, {"prompt": text("p"), "completion": text("c")}) == [0, 1, 2, 2]
    odd = {"left": text("a"), "right": [text("b"), {"deep": 1}], "n": 3}
    assert units(odd, {"left": text("c")}, odd) == [0, 1, 0]


def test_preference_rows_are_joined_by_prompt() -> None:
    def pair(prompt: str, name: int) -> dict[str, object]:
        return {"prompt": prompt, "chosen": text(f"good {name}"), "rejected": text(f"bad {name}")}

    assert units(pair(text("p"), 1), pair(text("q"), 2), pair(text("p"), 3)) == [0, 1, 0]


def test_rows_without_any_word_are_one_unit_only_when_they_are_equal() -> None:
    assert units({"text": "!!!"}, {"text": "???"}, {"text": "!!!"}) == [0, 1, 0]
