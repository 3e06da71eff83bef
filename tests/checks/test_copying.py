"""The copying rules: copies raise them, templates, quotes and stock answers that references share do not."""

from __future__ import annotations

import numpy as np
import pytest

from tunecheck.checks.copying import CopiedAnswer, Copying, check_copying, find_copies, largest_control
from tunecheck.core import Estimate, Item, Message, Unscored

VOCABULARY = [f"{a}{b}{c}" for a in "bdfglm" for b in "aeiou" for c in "knprst"]


def checked(items: list[Item], *, tuned: list[str], base: list[str] | None, training: list[Item]) -> Copying:
    copies = find_copies(items, tuned=tuned, base=base, training=training)
    return check_copying(items, tuned=tuned, copies=copies, rows={row: training[row] for row in copies.rows})


def sentence(dice: np.random.Generator, size: int = 30) -> str:
    return " ".join(dice.choice(VOCABULARY, size))


def made(prompt: str, response: str, source: str, group: str = "") -> Item:
    return Item(
        form="chat",
        prompt=(Message(role="user", content=prompt),),
        response=Message(role="assistant", content=response),
        source=source,
        group=group,
    )


def rows(dice: np.random.Generator, n: int, part: str) -> list[Item]:
    return [made(sentence(dice, 10), sentence(dice), f"{part}.jsonl line {k + 1}") for k in range(n)]


def outcome(n_copied: int, *, n: int = 60, with_base: bool = True, seed: int = 0) -> tuple[Copying, list[Item]]:
    dice = np.random.default_rng(seed)
    training, items = rows(dice, 80, "train"), rows(dice, n, "val")
    tuned = [training[k].response.content if k < n_copied else sentence(dice) for k in range(n)]
    base = [sentence(dice) for _ in range(n)] if with_base else None
    return checked(items, tuned=tuned, base=base, training=training), training


@pytest.mark.parametrize("with_base", [True, False])
def test_answers_that_are_training_responses_fail_and_are_shown_beside_them(with_base: bool) -> None:
    result, training = outcome(20, with_base=with_base)
    excess = result.measures["copy_excess"]
    assert isinstance(excess, Estimate)
    assert excess.value == pytest.approx(1 / 3)
    assert result.status == "fail"
    (finding,) = result.findings
    assert (finding.code, finding.severity) == ("overfit.copying", "fail")
    assert "33.3% of their words" in finding.message
    assert finding.message.endswith("val.jsonl line 1 repeats train.jsonl line 1")
    first = result.worst[0]
    assert (first.train, first.n_words, first.coverage, first.similarity) == (training[0], 30, 1.0, 1.0)
    assert first.passage == training[0].response.content


def test_a_few_copied_answers_are_shown_and_change_no_status() -> None:
    result, _ = outcome(2)
    assert (result.status, result.findings, len(result.worst)) == ("pass", (), 2)


def test_a_tenth_of_the_answers_copied_warns() -> None:
    result, _ = outcome(6)
    assert (result.status, [one.code for one in result.findings]) == ("warn", ["overfit.copying"])


def test_near_copies_are_found_where_a_word_in_twelve_was_changed() -> None:
    dice = np.random.default_rng(5)
    training, items = rows(dice, 80, "train"), rows(dice, 40, "val")
    changed = [training[k].response.content.split() for k in range(40)]
    for words in changed:
        words[11::12] = ["x"] * len(words[11::12])
    result = checked(items, tuned=[" ".join(words) for words in changed], base=None, training=training)
    assert result.status == "fail"
    near = result.measures["near_verbatim_excess"]
    assert isinstance(near, Estimate)
    assert near.value == 1.0
    assert isinstance(result.worst[0], CopiedAnswer)
    assert result.worst[0].similarity == pytest.approx(28 / 30)


@pytest.mark.parametrize("control", ["references", "base"])
def test_a_passage_that_a_control_repeats_as_well_is_no_excess(control: str) -> None:
    dice = np.random.default_rng(2)
    training, items = rows(dice, 80, "train"), rows(dice, 40, "val")
    stock = [training[k % 40].response.content for k in range(40)]
    if control == "references":
        items = [made(item.prompt[0].content, stock[k], item.source) for k, item in enumerate(items)]
    base = stock if control == "base" else [sentence(dice) for _ in items]
    result = checked(items, tuned=stock, base=base, training=training)
    excess = result.measures["copy_excess"]
    assert isinstance(excess, Estimate)
    assert (excess.value, result.status, result.worst) == (0.0, "pass", ())


def test_a_template_of_all_training_rows_is_no_copy_though_references_lack_it() -> None:
    dice = np.random.default_rng(3)
    template = sentence(dice, 14)
    training = [made("q", f"{template} {sentence(dice, 6)}", f"train {k}") for k in range(80)]
    items = rows(dice, 40, "val")
    result = checked(items, tuned=[f"{template} {sentence(dice, 6)}" for _ in items], base=None, training=training)
    assert result.status == "pass"


def test_rows_of_a_group_are_one_draw() -> None:
    dice = np.random.default_rng(4)
    training = rows(dice, 80, "train")
    items = [made(sentence(dice, 10), sentence(dice), f"val {k}", group=f"talk {k // 10}") for k in range(40)]
    tuned = [training[k].response.content if k < 10 else sentence(dice) for k in range(40)]
    result = checked(items, tuned=tuned, base=None, training=training)
    excess = result.measures["copy_excess"]
    assert isinstance(excess, Estimate)
    assert (excess.n, result.status) == (4, "pass")


def test_without_training_text_or_items_nothing_is_measured() -> None:
    items = rows(np.random.default_rng(0), 5, "val")
    result = checked(items, tuned=["a"] * 5, base=None, training=[])
    assert result.status == "unknown"
    assert result.measures["copy_excess"] == Unscored(reason="there is no training text to copy from")
    one = checked(items[:1], tuned=["a"], base=None, training=items)
    assert one.status == "unknown"
    assert checked([], tuned=[], base=None, training=items).status == "unknown"


def test_lists_that_are_not_parallel_are_refused() -> None:
    with pytest.raises(ValueError, match="2 items have as many answers"):
        checked(rows(np.random.default_rng(0), 2, "val"), tuned=["a"], base=None, training=[])


def test_the_closer_control_decides_each_end_of_the_interval() -> None:
    found = largest_control(
        [
            Estimate(value=0.3, low=0.0, high=0.6, n=9, method="t"),
            Estimate(value=0.2, low=0.1, high=0.3, n=9, method="t"),
        ]
    )
    assert isinstance(found, Estimate)
    assert (found.value, found.low, found.high) == (0.2, 0.0, 0.3)


def null_case(dice: np.random.Generator, pieces: list[str], training: list[Item]) -> Copying:
    """Tuned, references and base all draw from one source that now and then quotes the training text."""

    def answer() -> str:
        quoted = dice.random() < 0.3
        return pieces[dice.integers(len(pieces))] if quoted else sentence(dice, 24)

    n = int(dice.integers(20, 60))
    items = [made("q", answer(), f"val {k}") for k in range(n)]
    return checked(items, tuned=[answer() for _ in items], base=[answer() for _ in items], training=training)


def null_rate(n_cases: int, seed: int) -> float:
    dice = np.random.default_rng(seed)
    training = rows(dice, 60, "train")
    pieces = [row.response.content for row in training]
    return float(np.mean([null_case(dice, pieces, training).status != "pass" for _ in range(n_cases)]))


def test_answers_like_the_references_are_accused_in_at_most_one_of_twenty_cases() -> None:
    assert null_rate(60, seed=11) <= 0.05
