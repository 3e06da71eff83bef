"""The retained skills: every prompt has right answers that pass and wrong ones that do not."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from tunecheck.core import Item, Message
from tunecheck.metrics import shingle, similar_pairs
from tunecheck.metrics.nearest import nearest_by_words
from tunecheck.packs import Skill, fingerprint, general_items, passes, skill_items, skill_of, skills, unrelated_items

EXAMPLES = {
    row["id"]: row
    for file in sorted((Path(__file__).parent / "examples").glob("*.jsonl"))
    for row in map(json.loads, file.read_text(encoding="utf-8").splitlines())
}


def test_there_are_twelve_kinds_of_six_prompts() -> None:
    counts = Counter(skill.kind for skill in skills())
    assert len(counts) >= 11
    assert min(counts.values()) >= 6
    assert sum(counts.values()) >= 66


def test_ids_and_prompts_are_unique() -> None:
    assert len({skill.id for skill in skills()}) == len({skill.prompt for skill in skills()}) == len(skills())
    # Prompts of a kind ask in like words; no two ask for the same.
    assert list(similar_pairs(shingle(skill.prompt for skill in skills()), threshold=0.7)) == []


def test_every_prompt_has_two_right_and_two_wrong_examples() -> None:
    assert set(EXAMPLES) == {skill.id for skill in skills()}
    assert all(len(row[side]) >= 2 for row in EXAMPLES.values() for side in ("right", "wrong"))


@pytest.mark.parametrize("skill", skills(), ids=lambda skill: skill.id)
def test_right_examples_pass_and_wrong_ones_do_not(skill: Skill) -> None:
    for output in EXAMPLES[skill.id]["right"]:
        assert passes(skill.rule, output), output
    for output in EXAMPLES[skill.id]["wrong"]:
        assert not passes(skill.rule, output), output


@pytest.mark.parametrize("skill", skills(), ids=lambda skill: skill.id)
def test_silence_the_prompt_and_a_refusal_are_wrong(skill: Skill) -> None:
    if skill.kind not in ("constraint", "format"):
        for output in ("", " \n", "I'm sorry, but I don't want to talk about that.", "???"):
            assert not passes(skill.rule, output), output
    if skill.kind not in ("unanswerable", "yes_no"):
        assert not passes(skill.rule, skill.prompt)


@pytest.mark.parametrize("skill", skills(), ids=lambda skill: skill.id)
def test_thinking_before_an_answer_is_no_part_of_it(skill: Skill) -> None:
    row = EXAMPLES[skill.id]
    thought = f"{row['wrong'][0]}? No. {row['right'][0]}? Or 43?"
    for output in row["right"]:
        assert passes(skill.rule, f"<think>\n{thought}\n</think>\n\n{output}"), output
        # The template opened the block in the prompt.
        assert passes(skill.rule, f"{thought}\n</think>\n\n{output}"), output
    for output in row["wrong"]:
        assert not passes(skill.rule, f"<think>{row['right'][0]}</think>{output}"), output
    assert not passes(skill.rule, f"<think>\n{row['right'][0]}")


# "Sure!" breaks what these ask for: an exact count of words, one word alone, a beginning, capital letters.
STRICT = {"logic-1", "format-1", "format-2", "format-5"}


@pytest.mark.parametrize(
    "skill", [one for one in skills() if one.kind != "constraint" and one.id not in STRICT], ids=lambda skill: skill.id
)
def test_a_polite_opening_does_not_make_a_right_answer_wrong(skill: Skill) -> None:
    for output in EXAMPLES[skill.id]["right"]:
        assert passes(skill.rule, f"Sure! I can do that.\n{output}"), output


def test_skill_items_are_the_prompts_of_the_skills_in_their_order() -> None:
    for skill, item in zip(skills(), skill_items(), strict=True):
        assert (item.form, item.prompt_text, item.unit) == ("chat", f"user: {skill.prompt}", item.id)
        assert skill_of(item) is skill
        assert re.fullmatch(rf"skills/{skill.kind}\.jsonl line \d+", item.source)
    assert [skill_of(item) for item in skill_items("completion")] == list(skills())


def test_no_other_item_is_a_skill() -> None:
    assert skill_of(general_items()[0]) is None
    assert skill_of(unrelated_items()[0]) is None
    stranger = Item(form="text", response=Message(role="text", content="x"), metadata=(("skill", '"x-1"'),))
    assert skill_of(stranger) is None


def test_there_are_at_least_twenty_unrelated_prompts_unlike_each_other_and_the_skills() -> None:
    prompts = [item.prompt[0].content for item in unrelated_items()]
    assert len(prompts) >= 20
    assert len({item.id for item in (*unrelated_items(), *skill_items(), *general_items())}) == (
        len(prompts) + len(skills()) + len(general_items())
    )
    assert list(similar_pairs(shingle([*prompts, *(skill.prompt for skill in skills())]), threshold=0.7)) == []
    assert max(nearest_by_words(prompts, [skill.prompt for skill in skills()]).similarity) < 0.5


def test_ids_of_items_are_those_of_the_first_release_of_the_pack() -> None:
    """Stored scores and completions are kept under them: whoever changes a text changes these on purpose."""
    packs = (general_items(), skill_items(), unrelated_items())
    found = [hashlib.blake2b("".join(item.id for item in items).encode(), digest_size=4).hexdigest() for items in packs]
    assert found == ["97118475", "6d3fcb9c", "6a0be98e"]
    assert len({fingerprint("general"), fingerprint("skills"), fingerprint("unrelated")}) == 3
