"""The diversity rules: collapse, loops and missing ends raise them; narrow tasks and short limits do not."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from tunecheck.checks.diversity import Diversity, check_diversity, compare
from tunecheck.core import Ended, Estimate, Item, Measure, Message, Unscored

VOCABULARY = np.array([f"{a}{b}{c}" for a in "bdfglm" for b in "aeiou" for c in "knprst"])
# Words of a language are not used equally often.
WEIGHTS = 1 / np.arange(1, len(VOCABULARY) + 1)
WEIGHTS /= WEIGHTS.sum()


def sentence(dice: np.random.Generator, size: int = 30) -> str:
    return " ".join(dice.choice(VOCABULARY, size, p=WEIGHTS))


def made(references: Sequence[str], *, group_size: int = 1) -> list[Item]:
    return [
        Item(
            form="chat",
            prompt=(Message(role="user", content=f"question {k}"),),
            response=Message(role="assistant", content=text),
            group="" if group_size == 1 else f"talk {k // group_size}",
            source=f"val.jsonl line {k + 1}",
        )
        for k, text in enumerate(references)
    ]


def judged(
    tuned: Sequence[str],
    references: Sequence[str],
    base: Sequence[str] | None = None,
    *,
    ended: Sequence[Ended] | None = None,
    base_ended: Sequence[Ended] | None = None,
) -> Diversity:
    ends: Sequence[Ended] = ["end"] * len(tuned) if ended is None else ended
    return check_diversity(made(references), tuned=tuned, base=base, ended=ends, base_ended=base_ended)


def answers(dice: np.random.Generator, n: int = 60) -> list[str]:
    return [sentence(dice, int(dice.integers(20, 40))) for _ in range(n)]


def measure(result: Diversity, *path: str) -> Measure:
    found: Measure = result.measures
    for name in path:
        assert isinstance(found, Mapping), found
        found = found[name]
    return found


def codes(result: Diversity) -> list[tuple[str, str]]:
    return [(one.code, one.severity) for one in result.findings]


def test_answers_like_the_references_pass() -> None:
    dice = np.random.default_rng(0)
    result = judged(answers(dice), answers(dice), answers(dice))
    assert (result.status, result.findings, result.worst) == ("pass", (), ())


@pytest.mark.parametrize("with_base", [True, False])
def test_answers_that_are_all_one_answer_fail(with_base: bool) -> None:
    dice = np.random.default_rng(1)
    result = judged([sentence(dice)] * 60, answers(dice), answers(dice) if with_base else None)
    assert codes(result) == [("overfit.collapsed", "fail")]
    vendi = measure(result, "diversity", "against_references", "tuned", "vendi")
    assert isinstance(vendi, Estimate)
    # The answers differ where they were cut to the length of their reference.
    assert vendi.value == pytest.approx(1.0, abs=0.4)


def test_a_dozen_stock_answers_among_fifty_items_fail() -> None:
    dice = np.random.default_rng(2)
    stock = answers(dice, 8)
    result = judged([stock[dice.integers(8)] for _ in range(60)], answers(dice), answers(dice))
    assert codes(result) == [("overfit.collapsed", "fail")]


def test_empty_answers_are_a_collapse() -> None:
    dice = np.random.default_rng(3)
    assert codes(judged([""] * 60, answers(dice), answers(dice))) == [("overfit.collapsed", "fail")]
    half = ["" if k % 4 else sentence(dice) for k in range(60)]
    assert ("overfit.collapsed", "fail") in codes(judged(half, answers(dice), answers(dice)))


@pytest.mark.parametrize("phrase", ["{}", "The sentiment is {}."])
def test_short_labels_are_no_collapse_where_the_references_repeat_as_much(phrase: str) -> None:
    dice = np.random.default_rng(4)
    references = [["positive", "negative", "neutral"][dice.integers(3)] for _ in range(80)]
    guessed = [phrase.format(label if dice.random() < 0.8 else "neutral") for label in references]
    assert judged(guessed, references, answers(dice, 80)).status == "pass"


def test_a_narrow_domain_is_no_collapse_where_the_references_are_as_narrow() -> None:
    dice = np.random.default_rng(5)
    template = "thank you for your order of {} it will be with you on {} as you asked"
    narrow = [template.format(*dice.choice(VOCABULARY, 2)) for _ in range(120)]
    assert judged(narrow[:60], narrow[60:], answers(dice)).status == "pass"


def test_a_narrow_base_is_no_excuse_for_none_but_itself() -> None:
    dice = np.random.default_rng(6)
    assert judged([sentence(dice)] * 60, answers(dice), [sentence(dice)] * 60).status == "pass"


def test_loops_fail_and_are_shown() -> None:
    dice = np.random.default_rng(7)
    tuned = [f"{text} " + "and so on and on " * 20 if k < 20 else text for k, text in enumerate(answers(dice))]
    result = judged(tuned, answers(dice), answers(dice))
    assert ("overfit.looping", "fail") in codes(result)
    assert len(result.worst) == 10
    assert result.worst[0].share > 0.5
    assert result.worst[0].answer == tuned[int(result.worst[0].item.source.split()[-1]) - 1]


def test_loops_of_the_base_as_well_only_warn() -> None:
    dice = np.random.default_rng(8)
    loops = [f"{text} " + "and so on and on " * 20 if k < 20 else text for k, text in enumerate(answers(dice))]
    result = judged(loops, answers(dice), loops[::-1])
    assert [one for one in codes(result) if one[0] == "overfit.looping"] == [("overfit.looping", "warn")]
    assert judged(loops, loops[::-1], answers(dice)).status == "pass"


def test_answers_without_an_end_fail() -> None:
    dice = np.random.default_rng(9)
    tuned, references = [sentence(dice, 60) for _ in range(60)], answers(dice)
    cut: list[Ended] = ["length"] * 60
    whole: list[Ended] = ["end"] * 60
    result = judged(tuned, references, answers(dice), ended=cut, base_ended=whole)
    assert codes(result) == [("overfit.cut_off", "fail")]
    assert "of the base's 0%" in result.findings[0].message
    some: list[Ended] = ["length" if k % 4 == 0 else "end" for k in range(60)]
    assert codes(judged(tuned, references, ended=some)) == [("overfit.cut_off", "warn")]


def test_a_limit_that_would_cut_the_references_too_is_no_missing_end() -> None:
    dice = np.random.default_rng(10)
    cut: list[Ended] = ["length"] * 60
    result = judged(answers(dice), [sentence(dice, 200) for _ in range(60)], ended=cut)
    assert "overfit.cut_off" not in [code for code, _ in codes(result)]


def test_prompts_that_left_no_room_say_nothing_about_ends() -> None:
    dice = np.random.default_rng(11)
    ends: list[Ended] = ["context" if k < 40 else "end" for k in range(60)]
    result = judged(answers(dice), answers(dice), ended=ends)
    share = measure(result, "diversity", "cut_off", "tuned")
    assert isinstance(share, Estimate)
    assert (share.value, result.status) == (0.0, "pass")
    none: list[Ended] = ["context"] * 60
    assert judged(answers(dice), answers(dice), ended=none).status == "unknown"


def test_few_items_are_unknown_and_say_why() -> None:
    dice = np.random.default_rng(12)
    result = judged(answers(dice, 9), answers(dice, 9))
    assert result.status == "unknown"
    vendi = measure(result, "diversity", "against_references", "tuned", "vendi")
    assert vendi == Unscored(reason="the spread of a set needs at least 10 items or groups, not 9")
    assert judged([], []).status == "unknown"


def test_lists_that_are_not_parallel_are_refused() -> None:
    with pytest.raises(ValueError, match="2 items have as many answers and ends"):
        check_diversity(made(["a", "b"]), tuned=["a"], base=None, ended=["end"])


def test_units_are_the_draws() -> None:
    dice = np.random.default_rng(13)
    left = [text.split() for text in answers(dice)]
    right = [text.split() for text in answers(dice)]
    alone = compare(left, right, np.arange(60))
    # Each item twice in one unit: no more is known than before.
    twice = compare([*left, *left], [*right, *right], np.tile(np.arange(60), 2))
    for name in ("vendi", "ead", "opening_alike"):
        one, two = alone["tuned"], twice["tuned"]
        assert isinstance(one, Mapping)
        assert isinstance(two, Mapping)
        first, second = one[name], two[name]
        assert isinstance(first, Estimate)
        assert isinstance(second, Estimate)
        assert (first.n, second.n) == (60, 60)
        if name == "vendi":
            assert (second.low, second.high) == pytest.approx((first.low, first.high), rel=0.02)


def two_sets(dice: np.random.Generator, n: int) -> tuple[list[list[str]], list[list[str]]]:
    """Both drawn from the same twelve kinds of answer with a few words of their own."""
    kinds = [sentence(np.random.default_rng(k), 12).split() for k in range(12)]
    sides = [[[*kinds[dice.integers(12)], *dice.choice(VOCABULARY, 8)] for _ in range(n)] for _ in range(2)]
    return sides[0], sides[1]


def coverage(name: str, n_cases: int, n: int = 80) -> float:
    """How often the interval of the ratio of two like sets holds 1."""
    dice, held = np.random.default_rng(21), 0
    for _ in range(n_cases):
        found = compare(*two_sets(dice, n), np.arange(n))["tuned_over_control"]
        assert isinstance(found, Mapping)
        ratio = found[name]
        assert isinstance(ratio, Estimate)
        held += ratio.low <= 1 <= ratio.high
    return held / n_cases


@pytest.mark.parametrize("name", ["vendi", "ead"])
def test_the_interval_of_a_ratio_of_like_sets_holds_one(name: str) -> None:
    assert coverage(name, 20) >= 0.8


def looping_answer(dice: np.random.Generator) -> str:
    text = sentence(dice, int(dice.integers(5, 40)))
    return f"{text} " + "and so on and on " * 12 if dice.random() < 0.1 else text


def stock_answer(dice: np.random.Generator) -> str:
    return sentence(np.random.default_rng(int(dice.geometric(0.1))), 12)


def label(dice: np.random.Generator) -> str:
    return str(dice.choice(["yes", "no", "not sure"], p=[0.6, 0.3, 0.1]))


SOURCES: dict[str, Callable[[np.random.Generator], str]] = {
    "looping": looping_answer,
    "stock": stock_answer,
    "label": label,
}


def null_rate(source: str, n_cases: int, seed: int) -> float:
    """How often answers are accused that come from where the references and the base's answers come from."""
    dice, draw, accused = np.random.default_rng(seed), SOURCES[source], 0
    for _ in range(n_cases):
        n = int(dice.integers(12, 80))
        sides = [[draw(dice) for _ in range(n)] for _ in range(3)]
        ends: list[Ended] = ["length" if dice.random() < 0.05 else "end" for _ in range(n)]
        result = judged(*sides, ended=ends)
        accused += result.status != "pass"
    return accused / n_cases


@pytest.mark.parametrize("source", sorted(SOURCES))
def test_answers_like_the_references_are_accused_in_at_most_one_of_twenty_cases(source: str) -> None:
    assert null_rate(source, 20, seed=31) <= 0.05


def test_the_ratio_does_not_lean_on_the_number_of_items() -> None:
    dice = np.random.default_rng(14)
    for n in (20, 200):
        over = compare(*two_sets(dice, n), np.arange(n))["tuned_over_control"]
        assert isinstance(over, Mapping)
        vendi = over["vendi"]
        assert isinstance(vendi, Estimate)
        assert abs(math.log(vendi.value)) < 0.2
