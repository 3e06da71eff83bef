"""What gives away whose answer is whose: found, cleaned alike on both sides, and not seen where there is nothing."""

from time import process_time

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
        ("[INST] Where? [/INST] Paris.", "Paris."),
        ("### Response:\nParis.", "Paris."),
        ("assistant\nParis.", "Paris."),
        ("Paris.\n### Instruction:\nAnd Spain?\n### Response:\nMadrid.", "Paris."),
        ("Paris.\nHuman: And Spain?", "Paris."),
        ("<think>Is it Lyon? No.</think>\nParis.", "Paris."),
        ("<think>It never ends", ""),
        ("<start_of_turn>model\nParis.<end_of_turn>", "Paris."),
        ("<\uff5cend\u2581of\u2581sentence\uff5c>Paris.", "Paris."),
        ("<|im_start|>assistant\nIt is 3.<|im_end|>", "It is 3."),
        ("<|im_start|>assistant<|im_sep|>Paris.<|im_end|><|im_start|>user<|im_sep|>And?", "Paris."),
        (
            "Paris.<|im_end|>\n<|im_start|>user\nAnd Rome?<|im_end|>\n<|im_start|>assistant\nItaly.",
            "Paris.",
        ),
        ("<|im_start|>user\nWhere?<|im_end|>\n<|im_start|>assistant\nParis.", "Paris."),
        ("<|im_end|>\n<|im_start|>assistant\nParis.", "Paris."),
        ("<|im_end|>\n<|im_start|>user\nAnd Rome?<|im_end|>\n<|im_start|>assistant\nItaly.", ""),
        ("<|start_header_id|>assistant<|end_header_id|>\n\nParis.", "Paris."),
        ("Paris.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nAnd Rome?", "Paris."),
        ("Paris.<|eot_id|>assistant\n\nItaly.", "Paris."),
        ("It is Paris.assistant\n\nItaly.", "It is Paris."),
        ("Paris.\nuser\nAnd Rome?\nassistant\nItaly.", "Paris."),
        ("<|turn>model\n<|channel>thought\nLyon?\n<channel|>Paris.<turn|>\n<|turn>user\nAnd?", "Paris."),
        (
            "<|channel|>analysis<|message|>Hm<|end|><|start|>assistant<|channel|>final<|message|>Paris.<|return|>",
            "Paris.",
        ),
        ("We think<|end|><|start|>assistant<|channel|>final<|message|>Paris.<|return|>", "Paris."),
        ("<|channel|>analysis<|message|>It never ends", ""),
        ("analysisWe think.assistantfinalParis.", "Paris."),
        (" thinking here</think>Paris.", "Paris."),
        ("<think>It asks:\nHuman: where?\n</think>\nParis.", "Paris."),
        ("[THINK]Is it Lyon?[/THINK]Paris.", "Paris."),
        ("Paris. [INST] And Rome? [/INST] Italy.", "Paris."),
        ("[INST] <<SYS>>\nBe short.\n<</SYS>>\n\nWhere? [/INST] Paris. </s><s>[INST] And? [/INST] Rome.", "Paris."),
        ("<<SYS>>\nBe short.\n<</SYS>>\nParis.", "Paris."),
        ("<|assistant|>\nParis.<|end|>\n<|user|>\nAnd Rome?<|end|>\n<|assistant|>\nItaly.", "Paris."),
        ("<\uff5cAssistant\uff5c>Paris.", "Paris."),
        (
            "Paris.<\uff5cend\u2581of\u2581sentence\uff5c><\uff5cUser\uff5c>And?<\uff5cAssistant\uff5c>Rome.",
            "Paris.",
        ),
        ("Paris.<\uff5cend\u2581of\u2581sentence\uff5c>User: And?\n\nAssistant: Rome.", "Paris."),
        ("### Instruction:\nWhere?\n\n### Response:\nParis.", "Paris."),
        ("<s>assistant\nParis.", "Paris."),
        ("### Response:\n    a = 1\n    return a", "    a = 1\n    return a"),
        ("<|im_start|>assistant\n<|im_end|>", ""),
        ("<|im_end|>\n<|endoftext|>", ""),
        ("use <|im_end|> to end a turn", "use  to end a turn"),
        ("Use <|user|>, e.g. [INST], or <|im_start|>user to begin.", "Use , e.g. , or user to begin."),
        ("Models write <think> before they answer.", "Models write  before they answer."),
        ("```\nend = '<|im_end|>'\n```\nThat is it.", "```\nend = ''\n```\nThat is it."),
        ("Paris.<|im_end|> It lies on the Seine.", "Paris. It lies on the Seine."),
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
        "Roles:\nuser\nassistant\nsystem",
        "Model: T5\nYear: 2019",
        "f <| x |> g",
        "The tag `</think>` ends what `<think>` begins.",
        "So:\n```\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n```\nThat is ChatML.",
        "```python\ndef who(self):\n    return self.assistant\n\nWho = who\n```",
        "    first = 1\n    return first",
        "\tif first:\n\t\treturn 1",
        "A list:\n- User: the person\n- Model: the program",
        "```html\n<s>struck</s>x\n```".replace("<s>", "<del>").replace("</s>", "</del>"),
    ],
)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert cleaned(text).text == text
    assert cleaned(text).removed == ()


@pytest.mark.parametrize("before", ["", "\n\n ", " ", "\r\n", " \n\t\n "])
@pytest.mark.parametrize("after", ["", "\n", "  ", " \r\n\r\n"])
@pytest.mark.parametrize("text", ["Paris.", "Paris:\n  - Seine\n\n- Louvre", "    a = 1\n    return a", "\tx\n\ty"])
def test_white_space_around_an_answer_tells_nothing(text: str, before: str, after: str) -> None:
    if text.startswith("\t") and before.endswith(" "):
        before = before.removesuffix(" ")
    assert cleaned(before + text.replace("\n", "\r\n") + after) == cleaned(text)
    assert cleaned(text).text == text
    assert cleaned(text).removed == ()


def test_blanks_before_an_answer_of_one_line_go() -> None:
    assert cleaned("    Paris.").text == "Paris."
    assert cleaned("    Paris.\nRome.").text == "Paris.\nRome."


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<|im_end|>",
        " ",
        "\n",
        "### ",
        "<think>",
        "</think>",
        "[INST]",
        "<<SYS>>",
        "<|im_start|>user\n",
        "<|channel|>",
        "<|im_start|>assistant\nx",
        "```\n<s>\n",
        "<|start|>a<|channel|>final<|message|>x",
        "\nuser\n",
        "model\n",
        "\n ",
    ],
)
@pytest.mark.parametrize("start", ["", "Paris", "### Instruction:"])
def test_the_time_of_cleaning_grows_with_the_text_alone(start: str, piece: str) -> None:
    text = start + piece * (200_000 // len(piece))
    began = process_time()
    cleaned(text)
    assert process_time() - began < 2


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
        ("Paris.", "Response: Paris.", ("base begins like a template",)),
        ("**Assistant:** Paris.", "Paris.", ("tuned begins like a template",)),
        ("<|im_start|>assistant\nParis.", "Paris.", ("tuned begins like a template",)),
        ("Assistant: Paris.", "Response: Paris.", ()),
        ("Response times are short.", "Assistants help.", ()),
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
