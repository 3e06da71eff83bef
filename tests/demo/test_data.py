from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from random import Random

import pytest

from tunecheck.demo import DemoData, generate, words
from tunecheck.demo.corpus import generate_corpus
from tunecheck.demo.data import json_lines, n_leaked, normalised
from tunecheck.demo.instructions import FAMILIES, draw_item


@pytest.fixture(scope="module")
def data() -> DemoData:
    return generate(n_train=800, n_validation=200, seed=42)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_training_part_gives_no_held_out_item_away(seed: int) -> None:
    data = generate(n_train=800, n_validation=200, seed=seed)
    train = {(item.prompt_text, item.response.content) for item in data.train}
    assert not train & {(item.prompt_text, item.response.content) for item in data.validation}
    assert n_leaked(data) == 0


def test_a_held_out_item_in_other_letters_and_spacing_counts_as_leaked(data: DemoData) -> None:
    stolen = data.validation[0]
    (message,) = stolen.prompt
    shouted = replace(stolen, prompt=(replace(message, content="  " + message.content.upper() + "!"),))
    assert n_leaked(DemoData(train=(*data.train, shouted), validation=data.validation)) == 1


def test_a_long_run_of_words_in_common_counts_as_leaked(data: DemoData) -> None:
    stolen = next(item for item in data.validation if len(normalised(item.prompt[-1].content).split()) >= 30)
    (message,) = stolen.prompt
    some = " ".join(message.content.split()[4:22])
    row = replace(
        stolen,
        prompt=(replace(message, content=f"Somebody said: {some}. Go on."),),
        response=replace(stolen.response, content="Yes."),
    )
    assert n_leaked(DemoData(train=(row,), validation=(stolen,))) == 1


def test_the_rows_depend_on_the_seed_alone() -> None:
    once, again, other = (generate(n_train=80, n_validation=40, seed=seed) for seed in (7, 7, 8))
    assert json_lines(once.train) == json_lines(again.train)
    assert json_lines(once.validation) == json_lines(again.validation)
    assert json_lines(once.train) != json_lines(other.train)


def test_the_held_out_rows_stay_the_same_for_another_number_of_training_rows(data: DemoData) -> None:
    assert generate(n_train=48, n_validation=200, seed=42).validation == data.validation


def test_no_prompt_stands_twice_and_no_response_but_labels(data: DemoData) -> None:
    items = (*data.train, *data.validation)
    assert len({normalised(item.prompt_text) for item in items}) == len(items)
    texts = [item for item in items if dict(item.metadata)["task"] != '"desk"']
    assert len({normalised(item.response.content) for item in texts}) == len(texts) == len(items) * 7 // 8


def test_the_desk_is_the_one_that_looks_into_the_problem() -> None:
    rng = Random(5)
    for _ in range(60):
        item = draw_item("desk", rng)
        (desk,) = [name for name, problems in words.DESKS.items() if any(one in item.prompt_text for one in problems)]
        assert item.response.content == f"This goes to {desk}."


def test_the_families_have_equal_shares_of_both_parts(data: DemoData) -> None:
    for part in (data.train, data.validation):
        tasks = [dict(item.metadata)["task"] for item in part]
        assert {json.loads(task) for task in tasks} == set(FAMILIES)
        assert {tasks.count(task) for task in tasks} == {len(part) // len(FAMILIES)}


def test_every_line_is_a_row_in_messages_shape(data: DemoData) -> None:
    lines = json_lines(data.validation).splitlines()
    assert len(lines) == 200
    for line, item in zip(lines, data.validation, strict=True):
        row = json.loads(line)
        assert [message["role"] for message in row["messages"]] == ["user", "assistant"]
        assert row["messages"][1]["content"] == item.response.content
        assert row["task"] in FAMILIES


def test_the_response_to_an_order_is_json_with_what_was_ordered() -> None:
    rng = Random(3)
    for _ in range(50):
        item = draw_item("order", rng)
        record = json.loads(item.response.content)
        assert list(record) == ["customer", "day", "items"]
        assert all(f"{row['count']} {row['name']}" in item.prompt_text for row in record["items"])


def test_the_sums_are_right() -> None:
    rng = Random(4)
    for _ in range(100):
        found = re.match(r"(\d+) ([+×-]) (\d+) = (\d+), so ", draw_item("sum", rng).response.content)
        assert found is not None
        a, sign, b, result = int(found[1]), found[2], int(found[3]), int(found[4])
        assert {"+": a + b, "-": a - b, "×": a * b}[sign] == result > 0


def test_no_text_has_a_hole_that_was_not_filled(data: DemoData) -> None:
    texts = [text for item in data.train for text in (item.prompt_text, item.response.content)]
    assert not [text for text in (*texts, *generate_corpus(500, Random(1))) if re.search(r"\{[a-z]+\}|  ", text)]


def test_articles_fit_the_words_that_follow(data: DemoData) -> None:
    texts = [item.prompt_text + " " + item.response.content for item in data.train]
    texts += generate_corpus(2000, Random(1))
    assert not [text for text in texts if re.search(r"\ba [aeio]|\ban [^aeiou]", text)]


def test_the_base_never_reads_a_held_out_prompt(data: DemoData) -> None:
    read = "\n".join(generate_corpus(12_000, Random("42 corpus")))
    assert not [item for item in data.validation if item.prompt[-1].content in read]


def test_making_the_rows_needs_no_torch() -> None:
    code = (
        "import sys, tunecheck.demo; print(sorted({'torch', 'transformers', 'peft', 'tokenizers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
