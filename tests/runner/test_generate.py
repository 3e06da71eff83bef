"""Answers are kept batch by batch: what is there is not made again, and what was cut short goes on where it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from tunecheck.core import Completion, EncodedPrompt, GenerationSettings, Item, Message
from tunecheck.errors import DataError
from tunecheck.models import FakeGenerator
from tunecheck.runner import Silent
from tunecheck.runner.generate import Keys, complete, completions
from tunecheck.store import InMemoryRunStore

GREEDY = GenerationSettings(max_new_tokens=40)
SAMPLED = GenerationSettings(max_new_tokens=40, temperature=1.0, n_samples=3)


class Heard(Silent):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.total = self.done = 0

    def say(self, text: str) -> None:
        """One line."""
        self.said.append(text)

    def start(self, label: str, total: int, unit: str = "tokens") -> None:
        """A stage."""
        self.said.append(f"{label}: {total}")
        self.total, self.done = total, 0

    def advance(self, steps: int) -> None:
        """Some steps."""
        self.done += steps


class Killed(Exception):
    """Stands for the end of the process."""


class Fragile(FakeGenerator):
    """Dies in its n-th batch."""

    def __init__(self, dies_in: int) -> None:
        super().__init__(token_budget=300)
        self._dies_in = dies_in

    def generate(
        self,
        batch: Sequence[EncodedPrompt],
        settings: GenerationSettings,
        *,
        on_tokens: Callable[[int], object] | None = None,
    ) -> list[Completion]:
        """As the other, until it dies."""
        made = super().generate(batch, settings, on_tokens=on_tokens)
        if self.batches_answered == self._dies_in:
            raise Killed
        return made


def items(n: int = 20, *, answer: str = "x") -> list[Item]:
    return [
        Item(
            form="completion",
            prompt=(Message(role="user", content=f"prompt {k} " * (1 + k % 5)),),
            response=Message(role="assistant", content=answer),
        )
        for k in range(n)
    ]


def answered(
    generator: FakeGenerator, of: Sequence[Item], settings: GenerationSettings = GREEDY, **given: object
) -> tuple[Keys, InMemoryRunStore]:
    store = InMemoryRunStore()
    return complete(generator, of, settings, store, Silent(), label="answering", **given), store  # type: ignore[arg-type]


@pytest.mark.parametrize("settings", [GREEDY, SAMPLED], ids=["greedy", "sampled"])
def test_after_a_kill_the_same_call_makes_the_batches_that_were_missing(settings: GenerationSettings) -> None:
    whole = FakeGenerator(token_budget=300)
    keys, undisturbed = answered(whole, items(), settings)
    for dies_in in (1, 2, 4):
        store, killed, resumed = InMemoryRunStore(), Fragile(dies_in), FakeGenerator(token_budget=300)
        with pytest.raises(Killed):
            complete(killed, items(), settings, store, Silent(), label="answering")
        assert complete(resumed, items(), settings, store, Silent(), label="answering") == keys
        assert killed.batches_answered - 1 + resumed.batches_answered == whole.batches_answered
        for sample in range(settings.n_samples):
            assert completions(store, keys, sample) == completions(undisturbed, keys, sample)


def test_what_is_there_is_not_made_again_and_nothing_is_said() -> None:
    keys, store = answered(FakeGenerator(), items())
    again, heard = FakeGenerator(), Heard()
    assert complete(again, items(), GREEDY, store, heard, label="answering") == keys
    assert (again.batches_answered, heard.said) == (0, [])


def test_only_new_items_are_answered() -> None:
    _, store = answered(FakeGenerator(), items(12))
    heard = Heard()
    complete(FakeGenerator(), items(15), GREEDY, store, heard, label="answering")
    assert heard.said[0] == "answering, at most: 120"


def test_another_store_lends_its_answers() -> None:
    keys, lender = answered(FakeGenerator(), items())
    generator = FakeGenerator()
    again, store = answered(generator, items(), reused=[lender])
    assert (again, generator.batches_answered) == (keys, 0)
    assert completions(store, keys) == completions(lender, keys)


def test_items_with_one_prompt_share_a_greedy_answer_and_draw_their_own_samples() -> None:
    twins = [*items(3), *items(3, answer="another reference")]
    heard = Heard()
    keys = complete(FakeGenerator(), twins, GREEDY, InMemoryRunStore(), heard, label="answering")
    assert (len(keys), len(set(keys.values()))) == (6, 3)
    assert heard.said[0] == "answering, at most: 120"
    sampled, _ = answered(FakeGenerator(), twins, SAMPLED)
    assert len({key for of_item in sampled.values() for key in of_item}) == 18


def test_a_row_given_twice_is_answered_once() -> None:
    keys, _ = answered(FakeGenerator(), [*items(2), *items(2)])
    assert len(keys) == 2


def test_samples_that_are_added_leave_the_first_as_they_are() -> None:
    fewer, store = answered(FakeGenerator(), items(), replace(SAMPLED, n_samples=1))
    first = completions(store, fewer)
    more = complete(FakeGenerator(), items(), SAMPLED, store, Silent(), label="answering")
    assert {item_id: keys[:1] for item_id, keys in more.items()} == fewer
    assert completions(store, more) == first


def test_progress_comes_to_its_end_and_the_rate_is_told() -> None:
    heard, seconds = Heard(), iter(range(0, 10_000, 10))
    generator = FakeGenerator(token_budget=300)
    store = InMemoryRunStore()
    keys = complete(
        generator, items(), GREEDY, store, heard, label="answering tuned", clock_s=lambda: float(next(seconds))
    )
    assert heard.done == heard.total == 20 * 40
    n_tokens = sum(len(one.token_ids) for one in completions(store, keys).values())
    first, *rates = heard.said
    assert first == "answering tuned, at most: 800"
    assert len(rates) > 1  # Of the way, and of the whole.
    assert rates[-1].startswith(f"answering tuned: 20 of 20 answers, {n_tokens} tokens, ")
    assert rates[-1].endswith(" tokens a second")


def test_a_prompt_that_cannot_be_encoded_is_said_before_anything_is_made() -> None:
    text = Item(form="text", response=Message(role="text", content="whole"), source="val.jsonl line 3")
    generator = FakeGenerator()
    with pytest.raises(DataError, match="there is no prompt to answer"):
        answered(generator, [*items(), text])
    assert generator.batches_answered == 0
