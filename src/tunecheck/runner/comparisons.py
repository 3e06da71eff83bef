"""Comparisons: a blind A/B test drawn from answers of both models, sealed, and kept in a run's folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tunecheck import store
from tunecheck.core import JSON, AnswerPair, Clock, PairStudy
from tunecheck.errors import InputError
from tunecheck.runner.ab_plans import ITEMS, PLAN_FILE, RATERS, n_repeats, planned
from tunecheck.runner.exported import left_out
from tunecheck.runner.pool_sources import PoolSource, find_pool
from tunecheck.runner.progress import Progress, Silent
from tunecheck.runner.studies import LEAST_ITEMS, Candidate, Pool, chosen_of, distinct, keep_study
from tunecheck.study import Draw, cleaned, giveaways, most_repeats, new_secret, seal

# Guesses tell whether raters knew; more of them only tire.
GUESSES_ASKED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeComparison:
    """A new A/B test: the study, its folder, its seal, and what there is to say about it."""

    study: PairStudy
    folder: str
    seal: str
    notes: tuple[str, ...]

    def document(self) -> dict[str, JSON]:
        """For scripts; without the answers."""
        study = self.study
        return {
            "folder": self.folder,
            "seal": self.seal,
            "n_items": len(study.pairs),
            "n_raters": study.n_raters,
            "margin": study.margin,
            "n_repeats": study.n_repeats,
            "n_guesses": study.n_guesses,
            "n_identical": study.n_identical,
            "n_giveaways": sum(bool(pair.giveaways) for pair in study.pairs),
            "seed": study.seed,
            "notes": list(self.notes),
        }


def create_ab(
    run: str | Path | None = None,
    *,
    predictions: Any = None,
    base_predictions: Any = None,
    model: Any = None,
    data_file: Any = None,
    base: Any = None,
    tokenizer: Any = None,
    max_new_tokens: int = 256,
    out: str | Path | None = None,
    items: int | None = None,
    raters: int | None = None,
    margin: float | None = None,
    seed: int = 42,
    repeats: int | None = None,
    guesses: int | None = None,
    clean: bool = True,
    stratify_by: Sequence[str] = (),
    instructions: str = "",
    again: bool = False,
    skip_bad_rows: bool = False,
    progress: Progress | None = None,
    **fields: str | None,
) -> MadeComparison:
    """Make a blind A/B test in a run's folder, from its own answers, a predictions file, or what two models say now.

    run          folder of the run; without one ``out``, or tunecheck-runs/ab-NAME
    predictions  rows with answers of the tuned model; ``base_predictions`` those of the base, or a column of the same
    model        answers a sample of ``data_file``, greedily, and so does its base
    items        how many pairs; those of ``plan_ab`` where the folder has a plan, and 50 without
    raters       how many people vote on each pair before it counts; those of the plan, and 1 without
    margin       the mean score, from 0 to 1, that tuned may lose and still be not worse
    repeats      pairs that come back with their sides swapped; 8% by default, none with fewer than 30
    guesses      pairs of which is asked in the end which answer is tuned's; 10 by default
    clean        take thinking, special tokens and template debris away from both sides alike
    again        make another test where there is one: its votes stay in run.db
    fields       prediction_field, reference_field, base_field, prompt_field, id_field, group_field: columns of the file

    The study with its plan is sealed and kept in run.db before the first vote. Raises InputError (and its kinds) for
    what the user can correct.
    """
    source = PoolSource(
        run=run, predictions=predictions, base_predictions=base_predictions, model=model, data_file=data_file,
        base=base, tokenizer=tokenizer, max_new_tokens=max_new_tokens, stratify_by=stratify_by,
        skip_bad_rows=skip_bad_rows, fields=fields, command="tunecheck ab create",
    )  # fmt: skip
    folder = source.folder(out, "ab")
    plan = _held_to(folder, items=items, raters=raters, margin=margin)
    pool = find_pool(source, items=plan["items"], seed=seed, progress=progress or Silent())
    options = {"repeats": repeats, "guesses": guesses, "clean": clean, "instructions": instructions}
    return make_comparison(folder, pool, again=again, seed=seed, **plan, **options)


def make_comparison(folder: Path, pool: Pool, *, again: bool = False, **options: Any) -> MadeComparison:
    """Draw a test from a pool, without prompts that were exported, and keep it: ``options`` of ``draw_comparison``."""
    pool, exported = left_out(pool)
    study, notes = draw_comparison(pool, **options)
    with store.open_studies(folder, create=True) as studies:
        study = keep_study(studies, study, again=again, folder=str(folder))
    return MadeComparison(study=study, folder=str(folder), seal=seal(study), notes=(*exported, *notes))


def draw_comparison(
    pool: Pool,
    *,
    items: int = ITEMS,
    raters: int = RATERS,
    margin: float | None = None,
    seed: int = 42,
    repeats: int | None = None,
    guesses: int | None = None,
    clean: bool = True,
    instructions: str = "",
    secret: str | None = None,
    clock: Clock = lambda: datetime.now(UTC),
) -> tuple[PairStudy, tuple[str, ...]]:
    """A test of a stratified sample of the pool, and what there is to say about it.

    The sample follows from ``seed`` and the items alone; the order in which pairs count, each rater's order and the
    sides from ``secret``, which is random. Raises InputError for fewer than 1 pair or rater.
    """
    if items < 1 or raters < 1:
        raise InputError(f"a test has at least 1 pair and 1 rater, not {items} and {raters}", hint="raters=2, items=50")
    pairs, n_identical, notes = _pairs(pool, clean=clean)
    chosen = {one.item: one for one in chosen_of([one for one, _ in pairs], items, seed)}
    key = secret or new_secret()
    drawn = Draw(key, "pairs").shuffled((pair for one, pair in pairs if one.item in chosen), "order")
    # Pairs of one unit count together, so they stand together, where the first of them was drawn.
    units = {unit: place for place, unit in enumerate(dict.fromkeys(pair.unit for pair in drawn))}
    drawn.sort(key=lambda pair: units[pair.unit])
    if len(drawn) < items:
        notes.append(f"there are {len(drawn):,} pairs, fewer than {items:,}: the plan is {len(drawn):,} now")
    if len(drawn) < LEAST_ITEMS:
        notes.append(f"a decision needs {LEAST_ITEMS} pairs, so this test cannot lead to one")
    marked = [pair for pair in drawn if pair.giveaways]
    if marked:
        first = marked[0]
        notes.append(
            f"{len(marked):,} of {len(drawn):,} pairs give a side away ({'; '.join(first.giveaways)} in "
            f"{first.source or first.item}): the result is told with and without them"
        )
    usual = min(GUESSES_ASKED, len(drawn))
    study = PairStudy(
        number=0,
        title=pool.title,
        created=clock().isoformat(timespec="seconds"),
        secret=key,
        seed=seed,
        pairs=tuple(drawn),
        n_raters=raters,
        margin=margin,
        n_identical=n_identical,
        n_guesses=usual if guesses is None else min(guesses, len(drawn)),
        n_repeats=min(n_repeats(len(drawn)) if repeats is None else repeats, most_repeats(len(drawn))),
        instructions=instructions,
        signature=f"{pool.signature} | items={len(drawn)} | raters={raters} | seed={seed}",
    )
    return study, tuple(notes)


def _held_to(folder: Path, **asked: Any) -> dict[str, Any]:
    """Items, raters and margin: what was asked for, or else planned. Raises InputError where both differ."""
    plan = planned(folder)
    for name, value in asked.items():
        if plan and value is not None and value != plan[name]:
            raise InputError(
                f"{folder / PLAN_FILE} plans {name} {plan[name]}, not {value}",
                hint=f"leave out --{name}, or plan again: tunecheck ab plan {folder} --{name} {value}",
            )
    found: dict[str, Any] = {name: plan.get(name) if value is None else value for name, value in asked.items()}
    usual = {"items": ITEMS, "raters": RATERS, "margin": None}
    found = {name: usual[name] if value is None else value for name, value in found.items()}
    if found["items"] < 1 or found["raters"] < 1:
        raise InputError("a test has at least 1 pair and 1 rater", hint="--items 50 --raters 2")
    if found["margin"] is not None and not 0 < found["margin"] < 1:
        raise InputError(f"a margin lies between 0 and 1, not at {found['margin']:g}", hint="--margin 0.1")
    return found


def _pairs(pool: Pool, *, clean: bool) -> tuple[list[tuple[Candidate, AnswerPair]], int, list[str]]:
    """Each candidate whose two answers differ, as a pair; how many do not differ; and what there is to say."""
    candidates = distinct(pool.candidates)
    if not candidates:
        hint = "check the file: tunecheck generate writes one"
        raise InputError(f"{pool.title} has no answers to compare", hint=hint)
    with_base = [one for one in candidates if one.base is not None]
    if not with_base:
        raise InputError(
            f"{pool.title} has answers of the tuned model alone, and a test compares them with those of its base",
            hint="--base-predictions FILE, or --base-field COLUMN, or --base MODEL",
        )
    notes = []
    if len(with_base) < len(candidates):
        notes.append(f"{len(candidates) - len(with_base):,} prompts have no answer of the base: left out")
    read = [(one, _pair(one, pool.names, clean=clean)) for one in with_base]
    differing = [(one, pair) for one, pair in read if pair.tuned.strip() != pair.base.strip()]
    n_identical = len(read) - len(differing)
    if not differing:
        raise InputError(
            f"both models said the same to all {len(read):,} prompts of {pool.title}: there is nothing to prefer",
            hint="is the adapter the one that was trained? tunecheck run checks that",
        )
    if n_identical:
        notes.append(
            f"to {n_identical:,} of {len(read):,} prompts both models said the same: left out, for nobody can prefer "
            "one; the win rate is that of prompts on which they differ"
        )
    n_cleaned = sum(clean and any(cleaned(text).removed for text in (one.tuned, str(one.base))) for one, _ in read)
    if n_cleaned:
        pairs = "1 pair was" if n_cleaned == 1 else f"{n_cleaned:,} pairs were"
        notes.append(f"{pairs} cleaned, both sides alike: thinking, special tokens, template debris")
    return differing, n_identical, notes


def _pair(one: Candidate, names: Sequence[str], *, clean: bool) -> AnswerPair:
    assert one.base is not None
    tuned, base = (cleaned(one.tuned).text, cleaned(one.base).text) if clean else (one.tuned, one.base)
    return AnswerPair(
        item=one.item,
        prompt=one.prompt,
        reference=one.reference,
        tuned=tuned,
        base=base,
        unit=one.unit,
        strata=one.strata,
        source=one.source,
        messages=one.messages,
        giveaways=giveaways(tuned, base, names=names),
    )
