"""Settings of generation name every wrong field at once; the key of a completion holds all that decides it."""

from __future__ import annotations

from array import array
from dataclasses import replace

import pytest

from tunecheck.core import Completion, EncodedPrompt, GenerationSettings, completion_key
from tunecheck.errors import InputError

PROMPT = EncodedPrompt(item_id="one", token_ids=array("q", [1, 2, 3]))
GREEDY = GenerationSettings()
SAMPLED = GenerationSettings(temperature=0.8)


def key(
    prompt: EncodedPrompt = PROMPT, settings: GenerationSettings = GREEDY, sample: int = 0, engine: str = "e"
) -> str:
    return completion_key(prompt, settings, sample, fingerprint="f", engine=engine)


def test_every_wrong_setting_is_named_at_once() -> None:
    with pytest.raises(InputError) as caught:
        GenerationSettings(max_new_tokens=0, temperature=-1.0, top_p=0.0, n_samples=0, stop=("",))
    assert caught.value.message == (
        "generation: max_new_tokens 0 is not at least 1; temperature -1.0 is not a number from 0 on; top_p 0.0 is not "
        "above 0 and at most 1; n_samples 0 is not at least 1; a stop text is empty"
    )


def test_several_greedy_samples_are_refused_with_what_to_do() -> None:
    with pytest.raises(InputError) as caught:
        GenerationSettings(n_samples=5)
    assert caught.value.message == "generation: n_samples 5 at temperature 0 would be the same text each time"
    assert caught.value.hint == "give them a temperature, such as 0.8"


def test_a_key_changes_with_all_that_decides_a_completion() -> None:
    others = [
        key(engine="another"),
        key(replace(PROMPT, token_ids=array("q", [1, 2, 4]))),
        key(replace(PROMPT, is_templated=True)),
        key(settings=replace(GREEDY, max_new_tokens=9)),
        key(settings=replace(GREEDY, stop=("\n",))),
        key(settings=SAMPLED),
        key(settings=replace(SAMPLED, temperature=0.9)),
        key(settings=replace(SAMPLED, top_p=0.9)),
        key(settings=replace(SAMPLED, seed=7)),
        key(settings=SAMPLED, sample=1),
        key(replace(PROMPT, item_id="two"), SAMPLED),
    ]
    assert len({key(), *others}) == len(others) + 1


def test_a_key_does_not_change_with_what_decides_nothing() -> None:
    assert key(settings=replace(GREEDY, seed=7, top_p=0.5)) == key()
    assert key(replace(PROMPT, item_id="two")) == key()
    assert key(replace(PROMPT, token_ids=array("l", [1, 2, 3]))) == key()
    assert key(settings=replace(SAMPLED, n_samples=9)) == key(settings=SAMPLED)


def test_a_seed_belongs_to_its_item_and_sample_and_fits_a_database() -> None:
    seeds = {SAMPLED.seed_of(item, sample) for item in ("a", "b\ud83d") for sample in range(50)}
    assert len(seeds) == 100
    assert all(seed is not None and 0 <= seed < 2**63 for seed in seeds)
    assert GREEDY.seed_of("a", 0) is None


def test_an_answer_is_truncated_when_the_model_would_have_gone_on() -> None:
    made = Completion(item_id="i", text="t", token_ids=array("q", [1]), ended="end", n_prompt_tokens=1)
    assert [made.is_truncated, replace(made, ended="stop").is_truncated] == [False, False]
    assert [replace(made, ended="length").is_truncated, replace(made, ended="context").is_truncated] == [True, True]
