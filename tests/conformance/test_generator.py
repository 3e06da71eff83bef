"""What every generator promises, whatever computes its answers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import pytest

from tests import tiny
from tunecheck.core import Completion, GenerationSettings, Generator, Item, Message, completion_key
from tunecheck.errors import TunecheckError
from tunecheck.models.fake import FakeGenerator
from tunecheck.models.huggingface import LoadOptions, ModelPair, live_pair
from tunecheck.models.huggingface.generator import HuggingFaceGenerator
from tunecheck.models.huggingface.scorer import HuggingFaceScorer

Make = Callable[[int], Generator]
GREEDY = GenerationSettings(max_new_tokens=20)
SAMPLED = GenerationSettings(max_new_tokens=20, temperature=1.0, n_samples=3)
CONTEXT = 64


@pytest.fixture(scope="module", params=["fake", "folder", "adapter", "adapter off", "live"])
def make(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Makes a generator with a token budget."""
    if request.param == "fake":
        yield lambda token_budget: FakeGenerator(context=CONTEXT, token_budget=token_budget)
        return
    options = LoadOptions(template="none")
    with ExitStack() as stack:
        if request.param == "live":
            side = stack.enter_context(live_pair(tiny.model(), tiny.tokenizer(), options=options).open("tuned"))
        else:
            base = tiny.save_model(tmp_path_factory.mktemp("models") / "base")
            adapter = tiny.save_adapter(base, base.parent / "lora")
            pair = ModelPair(str(base if request.param == "folder" else adapter), options=options)
            side = stack.enter_context(pair.open("base" if request.param == "adapter off" else "tuned"))
        scorer = side.scorer
        assert isinstance(scorer, HuggingFaceScorer)
        yield lambda token_budget: HuggingFaceGenerator.beside(scorer, token_budget=token_budget)


def items(n: int = 8) -> list[Item]:
    rng = random.Random(7)
    return [
        Item(
            form="completion",
            prompt=(Message(role="user", content="".join(rng.choices("abc def", k=rng.randrange(2, 40)))),),
            response=Message(role="assistant", content="".join(rng.choices("xyz", k=4))),
        )
        for _ in range(n)
    ]


def answers(
    generator: Generator, of: Sequence[Item], settings: GenerationSettings = GREEDY
) -> dict[tuple[str, int], Completion]:
    batches = generator.batches(generator.encode(of), settings)
    made = [completion for batch in batches for completion in generator.generate(batch, settings)]
    return {(completion.item_id, completion.sample): completion for completion in made}


@pytest.mark.parametrize("settings", [GREEDY, SAMPLED], ids=["greedy", "sampled"])
def test_every_prompt_gets_all_its_samples_named_and_in_order(make: Make, settings: GenerationSettings) -> None:
    generator = make(512)
    prompts = generator.encode(items())
    made = generator.generate(prompts, settings)
    assert [(one.item_id, one.sample) for one in made] == [
        (prompt.item_id, sample) for prompt in prompts for sample in range(settings.n_samples)
    ]
    assert [one.n_prompt_tokens for one in made] == [len(p) for p in prompts for _ in range(settings.n_samples)]


@pytest.mark.parametrize("settings", [GREEDY, SAMPLED], ids=["greedy", "sampled"])
def test_an_answer_does_not_depend_on_its_batch(make: Make, settings: GenerationSettings) -> None:
    alone = answers(make(1), items(), settings)
    assert answers(make(100_000), items(), settings) == alone
    assert answers(make(300), items()[4:], settings) == {
        key: one for key, one in alone.items() if key[0] in {item.id for item in items()[4:]}
    }


def test_batches_do_not_depend_on_the_order_of_the_items(make: Make) -> None:
    generator = make(200)
    forward, backward = (
        [[p.item_id for p in batch] for batch in generator.batches(generator.encode(some), GREEDY)]
        for some in (items(), items()[::-1])
    )
    assert forward == backward
    assert sorted(one for batch in forward for one in batch) == sorted(item.id for item in items())


def test_samples_differ_from_each_other_and_with_the_seed_and_come_back_with_it(make: Make) -> None:
    generator = make(512)
    first = answers(generator, items(), SAMPLED)
    other = answers(generator, items(), GenerationSettings(max_new_tokens=20, temperature=1.0, n_samples=3, seed=43))
    assert answers(generator, items(), SAMPLED) == first
    assert len({tuple(one.token_ids) for one in first.values()}) > 16
    assert sum(first[key].token_ids != other[key].token_ids for key in first) > 16
    assert len({one.seed for one in first.values()}) == len(first)


def test_more_samples_leave_the_first_ones_as_they_are(make: Make) -> None:
    generator = make(512)
    one = answers(generator, items(), GenerationSettings(max_new_tokens=20, temperature=1.0))
    three = answers(generator, items(), SAMPLED)
    assert one == {key: three[key] for key in one}


def test_a_greedy_answer_has_no_seed_and_does_not_depend_on_one(make: Make) -> None:
    generator = make(512)
    first = answers(generator, items())
    assert {one.seed for one in first.values()} == {None}
    assert answers(generator, items(), GenerationSettings(max_new_tokens=20, seed=7, top_p=0.5)) == first


def test_a_limit_of_tokens_cuts_the_answer_and_says_so(make: Make) -> None:
    generator = make(512)
    whole = answers(generator, items(), GenerationSettings(max_new_tokens=20))
    cut = answers(generator, items(), GenerationSettings(max_new_tokens=3))
    for key, one in cut.items():
        assert list(one.token_ids) == list(whole[key].token_ids)[:3]
        assert one.is_truncated == (len(whole[key].token_ids) > 3)
        assert one.ended == ("length" if len(whole[key].token_ids) > 3 else whole[key].ended)


def test_a_full_context_ends_the_answer_and_the_prompt_stays_whole(make: Make) -> None:
    generator = make(512)
    lengths = (CONTEXT - 4, CONTEXT, CONTEXT + 10)
    long = [
        Item(form="completion", prompt=(Message(role="user", content="ab" * (n // 2)),), response=items(1)[0].response)
        for n in lengths
    ]
    made = [answers(generator, long)[item.id, 0] for item in long]
    assert tuple(one.n_prompt_tokens for one in made) == lengths
    assert made[0].ended == ("context" if len(made[0].token_ids) == 4 else "end")
    assert [(one.text, len(one.token_ids), one.ended) for one in made[1:]] == [("", 0, "context")] * 2
    assert all(one.is_truncated for one in made[1:])


def test_a_stop_text_ends_the_answer_and_is_not_in_it(make: Make) -> None:
    generator = make(512)
    whole = answers(generator, items())
    key, long = max(whole.items(), key=lambda pair: len(pair[1].text))
    assert len(long.text) > 5
    stop = long.text[3:5]
    stopped = answers(generator, items(), GenerationSettings(max_new_tokens=20, stop=(stop, "never said")))
    assert stopped[key].ended == "stop"
    assert stopped[key].text == long.text[: long.text.find(stop)]
    assert len(stopped[key].token_ids) < len(long.token_ids)
    for other, one in whole.items():
        if stop not in one.text:
            assert stopped[other].text == one.text


def test_nothing_to_answer_gives_nothing(make: Make) -> None:
    assert answers(make(512), []) == {}
    assert make(512).generate([], GREEDY) == []


def test_an_item_without_a_prompt_is_refused_by_name(make: Make) -> None:
    text = Item(form="text", response=Message(role="text", content="whole"), source="val.jsonl line 3")
    with pytest.raises(TunecheckError) as caught:
        make(512).encode([*items(2), text])
    assert str(caught.value) == (
        "val.jsonl line 3: there is no prompt to answer\nuse rows that have a prompt and a response"
    )


def test_a_token_beyond_the_vocabulary_is_refused_by_name(make: Make) -> None:
    wrong = Item(
        form="tokens", response=Message(role="text", content=""), token_ids=(1, 99_999, 2),
        learned=(False, False, True), source="val.jsonl line 4",
    )  # fmt: skip
    with pytest.raises(TunecheckError, match=r"val\.jsonl line 4: token id 99999 is beyond"):
        make(512).encode([wrong])


def test_a_tokenised_row_is_prompted_with_what_stands_before_its_first_label(make: Make) -> None:
    row = Item(
        form="tokens", response=Message(role="text", content=""), token_ids=(7, 8, 9, 10),
        learned=(False, False, True, True),
    )  # fmt: skip
    assert [list(prompt.token_ids) for prompt in make(512).encode([row])] == [[7, 8]]


def test_fingerprint_and_engine_stay_the_same_and_keys_with_them(make: Make) -> None:
    first, second = make(512), make(64)
    assert (first.fingerprint, first.engine) == (second.fingerprint, second.engine)
    keys = [
        {completion_key(p, SAMPLED, n, fingerprint=g.fingerprint, engine=g.engine) for n in range(3)}
        for g in (first, second)
        for p in g.encode(items(1))
    ]
    assert keys[0] == keys[1]
    assert len(keys[0]) == 3
