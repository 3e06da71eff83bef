"""A/B functions: the whole test in one call, from two models or two lists of answers to its result."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tunecheck.checks import check_study_ab
from tunecheck.core import CHOICE, CheckResult, Dataset, Item, Message, PairStudy, Rater, Rating
from tunecheck.errors import InputError
from tunecheck.runner.ab_plans import n_repeats
from tunecheck.runner.comparisons import MadeComparison, draw_comparison, make_comparison
from tunecheck.runner.exported import left_out
from tunecheck.runner.pools import Asker, answered_now, read_pool, read_prompts
from tunecheck.runner.progress import Progress, Silent
from tunecheck.runner.studies import Pool
from tunecheck.study import pair_sheet

Judge = Callable[[str, str, str], Any]
"""Given a prompt and two answers it says "A", "B", "tie", "both_bad" or "skip"."""

_MEANT = {
    "a": "left", "1": "left", "left": "left", "first": "left",
    "b": "right", "2": "right", "right": "right", "second": "right",
    "tie": "tie", "t": "tie", "equal": "tie", "both": "tie", "draw": "tie", "=": "tie",
    "both_bad": "both_bad", "neither": "both_bad", "x": "both_bad",
    "skip": "skip", "s": "skip",
}  # fmt: skip


def ab_test(
    base_model: Any,
    tuned_model: Any,
    prompts: Any,
    judges: Judge | Sequence[Judge] = (),
    *,
    tokenizer: Any = None,
    max_new_tokens: int = 256,
    num_samples: int | None = None,
    out: str | Path | None = None,
    raters: int = 1,
    margin: float | None = None,
    seed: int = 42,
    progress: Progress | None = None,
) -> CheckResult | MadeComparison:
    """Is the tuned model better than its base? Both answer the prompts, and judges compare the answers blind.

    base_model, tuned_model  live models, folders or names; or two lists of answers, one for each prompt
    prompts                  a list of texts, a list of dicts, or a file
    judges                   functions (prompt, a, b) that say "A", "B", "tie", "both_bad" or "skip"; sides are drawn
                             for each, exactly balanced, and some pairs come back with their sides swapped
    num_samples              how many prompts are drawn; all of them by default
    out                      instead of judges: a folder in which people vote, ``raters`` on each pair, in the browser
                             (tunecheck serve OUT), the terminal or a spreadsheet

    Returns the check `ab`, whose measures have tuned_wins, base_wins, ties, win_rate, p_value and decision, with the
    item as the unit; with ``out`` the test that was made. Raises InputError (and its kinds) for what the user can
    correct; what a judge raises comes through.
    """
    if seed < 0:
        raise InputError(f"a seed is 0 or more, not {seed}", hint="seed=42")
    asked = tuple(judges) if isinstance(judges, Sequence) else (judges,)
    if bool(asked) == (out is not None):
        raise InputError(
            "a test is judged now or by people later: it takes judges, or a folder to vote in",
            hint='judges=[my_judge], or out="my-test"',
        )
    pool = _pool(base_model, tuned_model, prompts, tokenizer, max_new_tokens, num_samples, seed, progress or Silent())
    pool, _ = left_out(pool)
    items = num_samples or len(pool.candidates)
    if out is not None:
        return make_comparison(Path(out), pool, items=items, raters=raters, margin=margin, seed=seed)
    study, _ = draw_comparison(
        pool, items=items, raters=len(asked), margin=margin, seed=seed, guesses=0, repeats=n_repeats(items),
        secret=f"{seed:064x}",
    )  # fmt: skip
    names = [Rater(number=number, name=_name(judge, number)) for number, judge in enumerate(asked)]
    ratings = [one for rater, judge in zip(names, asked, strict=True) for one in _judged(study, rater, judge)]
    return check_study_ab(study, ratings, names, signature=study.signature)


def _pool(
    base: Any, tuned: Any, prompts: Any, tokenizer: Any, max_new_tokens: int, items: int | None, seed: int,
    progress: Progress,
) -> Pool:  # fmt: skip
    texts = isinstance(prompts, Sequence) and not isinstance(prompts, str) and all(isinstance(p, str) for p in prompts)
    if isinstance(base, list | tuple) and isinstance(tuned, list | tuple):
        given = list(prompts)
        if not len(base) == len(tuned) == len(given):
            raise InputError(
                f"there are {len(given)} prompts, {len(base)} answers of the base and {len(tuned)} of the tuned model",
                hint="give one answer of each for each prompt",
            )
        rows = [{"prompt": one} if texts else dict(one) for one in given]
        both = zip(rows, tuned, base, strict=True)
        return read_pool(
            [{**row, "prediction": one, "base": other} for row, one, other in both], None,
            base_field="base", prediction_field="prediction", group_field=_group_field(rows),
        )  # fmt: skip
    asked = _dataset(prompts) if texts else prompts
    if not isinstance(asked, Dataset):
        asked = read_prompts(asked)
    asker = Asker(model=tuned, base=base, with_base=True, tokenizer=tokenizer)
    return answered_now(asker, asked, items or len(asked.items), seed, max_new_tokens, progress)


def _group_field(rows: Sequence[Any]) -> str | None:
    """The column whose rows count as one, where there is one of the usual name."""
    return next((name for name in ("group", "unit") if rows and name in rows[0]), None)


def _dataset(prompts: Sequence[str]) -> Dataset:
    items = tuple(
        Item(
            form="chat",
            prompt=(Message(role="user", content=text),),
            response=Message(role="assistant", content=""),
            source=f"prompt {number}",
        )
        for number, text in enumerate(prompts, start=1)
    )
    return Dataset(name="prompts", items=items, shape="messages", n_rows=len(items))


def _judged(study: PairStudy, rater: Rater, judge: Judge) -> Iterator[Rating]:
    """What one judge says of every place, in the judge's own order."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    for place, slot in enumerate(pair_sheet(study, rater.number)):
        pair = study.pairs[slot.entry]
        sides = (pair.tuned, pair.base) if slot.tuned_on == "left" else (pair.base, pair.tuned)
        yield Rating(
            study=study.number,
            rater=rater.number,
            entry=slot.entry,
            again=slot.again,
            field=CHOICE,
            value=_choice(judge(pair.prompt, *sides), rater.name),
            key=f"{rater.number}-{place:08}",
            at=at,
            rated_with="terminal",
        )


def _choice(said: Any, name: str) -> str:
    meant = _MEANT.get(str(said).strip().casefold()) if isinstance(said, str | int) else None
    if meant is None:
        raise InputError(
            f"the judge {name} said {str(said)[:60]!r}, and it may say A, B, tie, both_bad or skip",
            hint='return "A" where the first answer is better',
        )
    return meant


def _name(judge: Judge, number: int) -> str:
    name = getattr(judge, "__name__", type(judge).__name__)
    return f"{name} {number + 1}"
