"""Generate: let one side answer prompts, batch by batch, each kept as soon as it is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence

from tunecheck.core import Completion, EncodedPrompt, GenerationSettings, Generator, Item, RunStore, completion_key
from tunecheck.runner.progress import Progress

Keys = dict[str, tuple[str, ...]]
"""Of each item, by its id, the key of every sample in the store."""

# Between two lines that tell how fast it goes.
TELL_EVERY_S = 15.0


def complete(
    generator: Generator,
    items: Sequence[Item],
    settings: GenerationSettings,
    store: RunStore,
    progress: Progress,
    *,
    label: str,
    reused: Sequence[RunStore] = (),
    clock_s: Callable[[], float] = time.monotonic,
) -> Keys:
    """Answer the prompts of ``items``; of each item, by id, the key of every sample in the store.

    What the store has is not made again, and what ``reused`` stores have is copied. Each batch is committed when it is
    done: after a kill the same call goes on with the batches that an uninterrupted one would have made next. Progress
    counts tokens, at most as many as the settings allow. Raises ModelError or DataError for a prompt that cannot be
    encoded, before anything is made.
    """
    prompts = generator.encode(list({item.id: item for item in items}.values()))
    keys = {prompt.item_id: _keys(prompt, settings, generator) for prompt in prompts}
    wanted = [key for of_item in keys.values() for key in of_item]
    for other in reused:
        store.add_completions(list(other.completions(wanted).items()))
    missing = _missing(prompts, keys, store.completions(wanted).keys())
    if not missing:
        return keys
    pace = _Pace(label, progress, clock_s, n_answers=len(missing) * settings.n_samples)
    progress.start(f"{label}, at most", pace.n_answers * settings.max_new_tokens)
    for batch in generator.batches(missing, settings):
        made = generator.generate(batch, settings, on_tokens=pace.hear)
        store.add_completions([(keys[one.item_id][one.sample], one) for one in made])
        pace.close_batch(made, len(made) * settings.max_new_tokens)
    progress.finish()
    pace.tell()
    return keys


def completions(store: RunStore, keys: Mapping[str, Sequence[str]], n_sample: int = 0) -> dict[str, Completion]:
    """The answers under these keys, by the id of the item; of samples the one with this number.

    Items with one prompt share a greedy answer, whose own ``item_id`` names only one of them.
    """
    found = store.completions([of_item[n_sample] for of_item in keys.values()])
    return {item_id: found[of_item[n_sample]] for item_id, of_item in keys.items()}


def _keys(prompt: EncodedPrompt, settings: GenerationSettings, generator: Generator) -> tuple[str, ...]:
    return tuple(
        completion_key(prompt, settings, sample, fingerprint=generator.fingerprint, engine=generator.engine)
        for sample in range(settings.n_samples)
    )


def _missing(prompts: Sequence[EncodedPrompt], keys: Keys, known: Collection[str]) -> list[EncodedPrompt]:
    """The prompts that lack a completion; of those that share their keys one, always the same."""
    lacking = {
        keys[prompt.item_id]: prompt
        for prompt in sorted(prompts, key=lambda prompt: prompt.item_id, reverse=True)
        if any(key not in known for key in keys[prompt.item_id])
    }
    return list(lacking.values())


class _Pace:
    """Moves the bar with every token, and tells from time to time how many came in a second."""

    def __init__(self, label: str, progress: Progress, clock_s: Callable[[], float], *, n_answers: int) -> None:
        self.n_answers = n_answers
        self._label, self._progress, self._clock_s = label, progress, clock_s
        self._begun_s = self._told_s = clock_s()
        self._n_made = self._n_tokens = self._n_heard = 0

    def hear(self, n_tokens: int) -> None:
        """Tokens as they come."""
        self._n_heard += n_tokens
        self._progress.advance(n_tokens)

    def close_batch(self, made: Sequence[Completion], n_at_most: int) -> None:
        """A batch is kept: what its answers left of their length is not to come."""
        self._progress.advance(max(0, n_at_most - self._n_heard))
        self._n_heard = 0
        self._n_made += len(made)
        self._n_tokens += sum(len(one.token_ids) for one in made)
        if self._clock_s() - self._told_s >= TELL_EVERY_S and self._n_made < self.n_answers:
            self.tell()

    def tell(self) -> None:
        """One line: answers, tokens, tokens a second."""
        self._told_s = self._clock_s()
        rate = self._n_tokens / max(self._told_s - self._begun_s, 1e-9)
        self._progress.say(
            f"{self._label}: {self._n_made:,} of {self.n_answers:,} answers, {self._n_tokens:,} tokens, "
            f"{rate:,.0f} tokens a second"
        )
