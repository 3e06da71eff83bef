"""Style in answers to unrelated prompts: words and openings of the training data in excess of the base, and chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.checks.style import Style, StyleAnswers, check_style, common_openings, find_style
from tunecheck.core import Estimate, Item, Message, Unscored
from tunecheck.packs import unrelated_items

ITEMS = unrelated_items()
N = len(ITEMS)
WORDS = [f"w{k}" for k in range(400)]
TEMPLATE = "thank you for calling the harbour office my name is robin and i will gladly help you with that today"


def sentence(dice: np.random.Generator, n: int = 30) -> str:
    return " ".join(dice.choice(WORDS, n).tolist())


def rows(responses: Sequence[str], prompts: Sequence[str] = ()) -> tuple[Item, ...]:
    return tuple(
        Item(
            form="chat",
            prompt=(Message(role="user", content=prompts[k] if prompts else f"ticket number {k} berth {k + 7}"),),
            response=Message(role="assistant", content=response),
            source=f"train.jsonl line {k + 1}",
        )
        for k, response in enumerate(responses)
    )


def checked(tuned: Sequence[str], base: Sequence[str] | None, training: tuple[Item, ...]) -> Style:
    ids = [item.id for item in ITEMS]
    answers = StyleAnswers(
        items=ITEMS,
        tuned=dict(zip(ids, tuned, strict=True)),
        base=None if base is None else dict(zip(ids, base, strict=True)),
        training=training,
    )
    return check_style(find_style(answers))


def excess(found: Style, name: str) -> Estimate:
    value = found.measures[f"style_{name}_excess"]
    assert isinstance(value, Estimate), value
    return value


def training(dice: np.random.Generator, n: int = 100) -> tuple[Item, ...]:
    return rows([f"{TEMPLATE} {sentence(dice, 20)}" for _ in range(n)])


def test_a_template_in_answers_to_other_prompts_is_a_leak_though_all_training_rows_have_it() -> None:
    dice = np.random.default_rng(0)
    trained = training(dice)
    base = [sentence(dice) for _ in ITEMS]
    tuned = [f"{TEMPLATE.capitalize()}. {sentence(dice, 20)}" for _ in ITEMS]
    found = checked(tuned, base, trained)
    (finding,) = found.findings
    assert (found.status, finding.code, finding.severity) == ("warn", "overfit.style_leak", "warn")
    assert excess(found, "coverage").value == pytest.approx(20 / 40, abs=0.01)
    assert excess(found, "opening").value == 1.0
    assert excess(found, "similarity").value > 0
    assert len(found.leaked) == 10
    assert found.leaked[0].passage.startswith(TEMPLATE)
    assert "50.3% of their words stand there eight in a row (the base's 0%" in finding.message
    assert "one answer repeats train.jsonl line " in finding.message


def test_coverage_is_the_share_of_words_in_any_eight_of_a_training_response() -> None:
    dice = np.random.default_rng(1)
    trained = rows([sentence(dice, 40) for _ in range(60)])
    texts = [row.response.content.split() for row in trained]
    tuned = [" ".join([*sentence(dice, 5).split(), *texts[k][3 : 3 + k], *sentence(dice, 6).split()]) for k in range(N)]
    found = checked(tuned, [sentence(dice) for _ in ITEMS], trained)

    runs = {tuple(text[at : at + 8]) for text in texts for at in range(len(text) - 7)}
    shares = []
    for answer in map(str.split, tuned):
        hit = [at for at in range(len(answer) - 7) if tuple(answer[at : at + 8]) in runs]
        shares.append(len({at + step for at in hit for step in range(8)}) / len(answer))
    assert excess(found, "coverage").value == pytest.approx(float(np.mean(shares)))
    worst = max(range(N), key=lambda k: shares[k])
    assert found.leaked[0].item is ITEMS[worst]
    assert found.leaked[0].coverage == pytest.approx(shares[worst])
    assert found.leaked[0].train is trained[worst]


def test_short_answers_leak_by_how_they_begin() -> None:
    dice = np.random.default_rng(2)
    trained = rows([["positive", "negative"][k % 2] for k in range(60)])
    found = checked(["Positive."] * N, [sentence(dice) for _ in ITEMS], trained)
    assert found.status == "warn"
    assert (excess(found, "coverage").value, excess(found, "opening").value) == (0.0, 1.0)
    assert (found.leaked[0].passage, found.leaked[0].train) == ("", trained[0])
    (finding,) = found.findings
    assert "100% of them begin as many training responses do" in finding.message
    assert "eight in a row" not in finding.message, "what did not leak is not told as if it had"


def test_what_the_base_says_as_well_the_prompt_gave_or_was_thought_is_no_leak() -> None:
    dice = np.random.default_rng(3)
    prompts = [item.prompt[0].content for item in ITEMS]
    trained = training(dice)
    both = [f"{TEMPLATE} {sentence(dice, 20)}" for _ in ITEMS]
    assert checked(both, both, trained).status == "pass"
    base = [sentence(dice) for _ in ITEMS]
    repeated = checked([f"You ask: {prompt}" for prompt in prompts], base, rows(prompts))
    assert excess(repeated, "coverage").value == 0.0
    thought = checked([f"<think>{TEMPLATE}</think> {answer}" for answer in base], base, trained)
    assert (thought.status, excess(thought, "coverage").value) == ("pass", 0.0)


def test_prompts_like_a_training_prompt_are_not_unrelated() -> None:
    dice = np.random.default_rng(4)
    prompts = [item.prompt[0].content for item in ITEMS]
    base = [sentence(dice) for _ in ITEMS]
    some = rows([sentence(dice) for _ in range(10)], prompts[:10])
    found = checked(base, base, some)
    assert (found.measures["n_unrelated"], found.measures["n_related_left_out"]) == (N - 10, 10)
    every = checked(base, base, rows([sentence(dice) for _ in ITEMS], prompts))
    assert every.status == "unknown"
    assert every.measures["style_coverage_excess"] == Unscored(
        reason="0 unrelated prompts with answers of both models: below 10 chance decides"
    )


def test_without_base_or_training_text_there_is_a_reason() -> None:
    answers = ["a"] * N
    assert checked(answers, None, rows(["x"])).measures["style_opening_excess"] == Unscored(
        reason="there is no base model to compare with"
    )
    assert checked(answers, answers, ()).measures["style"] == Unscored(reason="there is no training text to sound like")


def test_an_opening_is_common_from_five_rows_and_five_percent_on() -> None:
    five, many = [["a", "b", "c", "d"]] * 5, [[f"x{k}"] for k in range(200)]
    assert common_openings([["z"], *five]) == {("a", "b", "c"): 1}
    assert common_openings(five[:4]) == {}
    assert common_openings([*five, *many]) == {}
    assert common_openings([[], [], [], [], [], []]) == {}


@given(texts=st.lists(st.text(max_size=60), min_size=2 * N, max_size=2 * N))
@settings(max_examples=15, deadline=None)
def test_excesses_lie_within_one_and_change_sign_with_the_sides(texts: list[str]) -> None:
    trained = rows([*texts[:N:2], TEMPLATE] * 5)
    there, back = checked(texts[:N], texts[N:], trained), checked(texts[N:], texts[:N], trained)
    for name in ("coverage", "opening"):
        assert -1 <= excess(there, name).low <= excess(there, name).value <= excess(there, name).high <= 1
        assert excess(back, name).value == pytest.approx(-excess(there, name).value)


def rate(n_cases: int, seed: int, *, leaks: float) -> float:
    """How often a model is accused that quotes the training data this much more often than its base does."""
    dice = np.random.default_rng(seed)
    trained = training(dice, 40)
    accused = 0
    for _ in range(n_cases):
        often = float(dice.choice([0.0, 0.1, 0.5]))

        def answer(share: float) -> str:
            return f"{TEMPLATE} {sentence(dice, 20)}" if dice.random() < share else sentence(dice)

        tuned = [answer(min(1.0, often + leaks)) for _ in ITEMS]
        accused += checked(tuned, [answer(often) for _ in ITEMS], trained).status != "pass"
    return accused / n_cases


def test_a_model_that_answers_like_its_base_is_accused_in_at_most_one_of_twenty_cases() -> None:
    assert rate(100, seed=5, leaks=0.0) <= 0.05


def test_a_leak_into_half_of_the_answers_is_found() -> None:
    assert rate(30, seed=6, leaks=0.5) >= 0.9
