"""What gives away whose answer is whose: found, cleaned alike on both sides, and not seen where there is nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunecheck.study.giveaways import cleaned, giveaways

LONG = "The capital of France is Paris, which lies on the Seine and has been the seat of kings and presidents. "


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Paris.<|im_end|>", "Paris."),
        ("<s>Paris.</s>", "Paris."),
        ("[INST] Where? [/INST] Paris.", "Where?  Paris."),
        ("### Response:\nParis.", "Paris."),
        ("assistant\nParis.", "Paris."),
        ("Paris.\n### Instruction:\nAnd Spain?\n### Response:\nMadrid.", "Paris."),
        ("Paris.\nHuman: And Spain?", "Paris."),
        ("<think>Is it Lyon? No.</think>\nParis.", "Paris."),
        ("<think>It never ends", ""),
        ("<start_of_turn>model\nParis.<end_of_turn>", "model\nParis."),
        ("<\uff5cend\u2581of\u2581sentence\uff5c>Paris.", "Paris."),
    ],
)
def test_what_no_person_wrote_is_taken_away(text: str, rest: str) -> None:
    found = cleaned(text)
    assert found.text == rest
    assert found.removed


@pytest.mark.parametrize(
    "text",
    [
        "Paris.",
        "Use a < b and x > y.",
        "The assistant said: go on.",
        "## Response times\nThey are short.",
        "  leading and trailing blanks stay  ",
        "A list:\n- User: the person\n- Model: the program",
        "```html\n<s>struck</s>x\n```".replace("<s>", "<del>").replace("</s>", "</del>"),
    ],
)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert cleaned(text).text == text
    assert cleaned(text).removed == ()


@pytest.mark.parametrize(
    ("tuned", "base", "told"),
    [
        ("I am Qwen, made to help.", "Paris.", ("tuned names itself",)),
        ("Paris.", "I'm a language model trained by OpenAI.", ("base names itself",)),
        ("I am Qwen.", "I am Llama 3.", ()),
        ("My name is Qwen Sommer-Lee, Ann.", "Paris.", ("tuned names itself",)),
        ("Claude Monet painted it.", "It was painted by Monet.", ()),
        (f"{LONG}It was founded by the", f"{LONG}It is old.", ("tuned has no end",)),
        ("```python\nprint(1)", "```python\nprint(1)\n```", ("tuned has no end",)),
        ("", "Paris.", ("tuned is empty",)),
        (LONG * 5, "Paris is the capital of France.", ("tuned is 17 times as long",)),
        ("yes", "no", ()),
    ],
)
def test_what_tells_the_sides_apart_is_told(tuned: str, base: str, told: tuple[str, ...]) -> None:
    assert giveaways(tuned, base) == told


def test_the_names_of_the_models_themselves_give_them_away() -> None:
    assert giveaways("As wombat-7b I say Paris.", "Paris.", names=("wombat-7b",)) == ("tuned names itself",)
    assert giveaways("A wombat eats grass.", "Paris.", names=("wombat-7b",)) == ()


@given(text=st.text(max_size=200))
def test_the_same_text_on_both_sides_gives_nothing_away(text: str) -> None:
    assert giveaways(text, text) == ()


@given(text=st.text(max_size=200))
def test_cleaning_twice_changes_nothing_more_unless_the_first_uncovered_it(text: str) -> None:
    once = cleaned(text).text
    assert len(cleaned(once).text) <= len(once)


def test_swapping_the_sides_swaps_what_is_told() -> None:
    one, other = giveaways("I am Qwen.", "Paris."), giveaways("Paris.", "I am Qwen.")
    assert [text.replace("tuned", "base") for text in one] == list(other)
