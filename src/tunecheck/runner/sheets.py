"""Sheets: rating sheets made for people, sent out as files, and taken in again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from tunecheck import data, store
from tunecheck.checks.scored import response_text
from tunecheck.core import (
    JSON,
    ReviewStudy,
)
from tunecheck.core.files import replace_file
from tunecheck.data.predictions import PREDICTION_NAMES
from tunecheck.data.sheets import known_rows, read_sheet, sheet_items, write_sheet
from tunecheck.data.sources import open_source
from tunecheck.errors import InputError
from tunecheck.runner.exported import left_out
from tunecheck.runner.pool_sources import PoolSource, find_pool
from tunecheck.runner.pools import Asker, answered_now, has_base, read_pool, read_prompts, sample_items
from tunecheck.runner.progress import Progress, Silent
from tunecheck.runner.rating_desk import RatingDesk
from tunecheck.runner.rating_rows import csv_of, lines_of, rating_rows
from tunecheck.runner.returned_sheets import Imported, check_reading, known_by, take_in
from tunecheck.runner.studies import current_study, draw_study, keep_study
from tunecheck.study import AXES, FIRST_RATER, by_rater, rater_name, sheet, standings

SHEET = "evaluation_sheet"
SUFFIXES = (".json", ".xlsx", ".csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeReview:
    """A new rating sheet: the study, its folder, the files for the first rater, and what there is to say about it."""

    study: ReviewStudy
    folder: str
    files: tuple[str, ...]
    notes: tuple[str, ...]

    def document(self) -> dict[str, JSON]:
        """For scripts; without the answers, which are in the files."""
        study = self.study
        return {
            "folder": self.folder,
            "files": list(self.files),
            "n_items": len(study.items),
            "n_answers": len(study.answers),
            "n_repeats": study.n_repeats,
            "is_blind": study.is_blind,
            "axes": [axis.name for axis in study.axes],
            "seed": study.seed,
            "notes": list(self.notes),
        }


def create_review(
    run: str | Path | None = None,
    *,
    predictions: Any = None,
    base_predictions: Any = None,
    model: Any = None,
    data_file: Any = None,
    base: Any = None,
    with_base: bool = True,
    tokenizer: Any = None,
    max_new_tokens: int = 256,
    out: str | Path | None = None,
    items: int = 50,
    seed: int = 42,
    tuned_only: bool = False,
    axes: Sequence[str] = (),
    repeats: int | None = None,
    bar: float = 3.0,
    stratify_by: Sequence[str] = (),
    instructions: str = "",
    again: bool = False,
    skip_bad_rows: bool = False,
    progress: Progress | None = None,
    **fields: str | None,
) -> MadeReview:
    """Make a rating sheet in a run's folder, from its own answers, a predictions file, or what a model answers now.

    run          folder of the run; without one ``out``, or tunecheck-runs/review-NAME
    predictions  rows with answers, and references where there are any; ``base_predictions`` those of the base
    model        answers a sample of ``data_file``, greedily, and so does its base unless ``tuned_only``
    axes         "name", "name: question", "name: question | 1 | 2 | 3 | 4 | 5"; the tutorial's four by default
    repeats      answers that come back unannounced; 8% by default, none with fewer than 20 items
    again        make another sheet where there is one: its ratings stay in run.db and its files are renamed
    fields       prediction_field, reference_field, base_field, prompt_field, id_field, group_field: columns of the file

    Writes the study into run.db, and evaluation_sheet.json, .xlsx and .csv for the first rater beside it. Raises
    InputError (and its kinds) for what the user can correct.
    """
    source = PoolSource(
        run=run,
        predictions=predictions,
        base_predictions=base_predictions,
        model=model,
        data_file=data_file,
        base=base,
        with_base=with_base and not tuned_only,
        tokenizer=tokenizer,
        max_new_tokens=max_new_tokens,
        stratify_by=stratify_by,
        skip_bad_rows=skip_bad_rows,
        fields=fields,
        command="tunecheck review create",
    )
    folder = source.folder(out, "review")
    pool = find_pool(source, items=items, seed=seed, progress=progress or Silent())
    pool, exported = left_out(pool)
    study, notes = draw_study(
        pool, items=items, seed=seed, tuned_only=tuned_only, axes=axes, repeats=repeats, bar=bar,
        instructions=instructions,
    )  # fmt: skip
    with store.open_studies(folder, create=True) as studies:
        study = keep_study(studies, study, again=again, folder=str(folder))
        rater = studies.add_rater(FIRST_RATER)
    files = tuple(folder / f"{SHEET}{suffix}" for suffix in SUFFIXES)
    for path in files:
        if path.exists():
            # Somebody may have filled it in.
            path.rename(_free_name(path))
        write_sheet(path, study, sheet(study, rater.number), {})
    return MadeReview(study=study, folder=str(folder), files=tuple(map(str, files)), notes=(*exported, *notes))


def create_evaluation_set(
    test_data: Any,
    num_samples: int = 50,
    *,
    model: Any = None,
    tokenizer: Any = None,
    out: str | Path | None = None,
    seed: int = 42,
    tuned_only: bool = True,
    **options: Any,
) -> list[dict[str, JSON]]:
    """A sample of test data as an evaluation sheet: a list of {id, prompt, expected, generated, scores, notes}.

    ``test_data`` is a file or a list of dicts. The answers are those of its rows (generated, prediction, ...), or those
    of a live ``model`` with its ``tokenizer``, or of a model folder. Rows without either get "" under generated, to be
    filled in. With ``out`` the sheet is also kept there for rating in the browser, the terminal and spreadsheets, and
    each row has its token; ``options`` are those of ``create_review``.
    """
    if model is None and not _has_answers(test_data):
        if out is not None:
            raise InputError("there are no answers to rate", hint="give model= and tokenizer=, or rows with generated")
        return _unanswered(test_data, num_samples, seed)
    if out is not None:
        source = {"predictions": test_data} if model is None else {"model": model, "data_file": test_data}
        given = {"items": num_samples, "seed": seed, "tuned_only": tuned_only, "tokenizer": tokenizer}
        made = create_review(out, **source, **given, **options)
        return sheet_items(made.study, sheet(made.study, 0), {})
    study = _study_in_memory(test_data, num_samples, seed, model, tokenizer, tuned_only=tuned_only, **options)
    items = sheet_items(study, sheet(study, 0), {})
    return [{name: value for name, value in item.items() if name != "token"} for item in items]


def export_review(run: str | Path, path: str | Path, *, rater: str = FIRST_RATER, overwrite: bool = False) -> Path:
    """Write a rater's sheet, with what the rater said so far, as .xlsx, .csv or .json; a new name is a new rater.

    Raises InputError where the file exists, unless ``overwrite``.
    """
    target = Path(path)
    if target.exists() and not overwrite:
        raise InputError(f"{target} exists", hint="name another file, or write over it: --overwrite")
    with store.open_studies(Path(run)) as studies:
        study = current_study(studies, str(run))
        found = studies.add_rater(rater_name(rater))
        said = standings(studies.ratings(study.number, rater=found.number))
    write_sheet(target, study, sheet(study, found.number), said)
    return target


def export_ratings(run: str | Path, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write what everybody says now, one row for each rater and answer, as .jsonl or .csv.

    Columns: answer (its number), item (the prompt's number), side, rater, each axis (1 to 5, "na" or empty), note,
    cannot_judge, looked_at_reference, seconds (empty where nobody measured) and at. Raises InputError for another
    suffix, and where the file exists, unless ``overwrite``.
    """
    target = Path(path)
    if target.suffix.lower() not in (".jsonl", ".csv"):
        raise InputError(f"ratings are not written as {target.name}", hint="name a file that ends in .jsonl or .csv")
    if target.exists() and not overwrite:
        raise InputError(f"{target} exists", hint="name another file, or write over it: --overwrite")
    with store.open_studies(Path(run), read_only=True) as studies:
        study = current_study(studies, str(run))
        rows = list(rating_rows(study, studies.raters(), studies.ratings(study.number)))
    try:
        replace_file(target, lines_of(rows) if target.suffix.lower() == ".jsonl" else csv_of(rows))
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror or error}", hint="name another file") from None
    return target


def import_review(
    run: str | Path, path: str | Path, *, rater: str | None = None, skip_bad_cells: bool = False
) -> Imported:
    """Take in a sheet that came back: what its cells say and the store does not yet.

    Each row's token names the answer and whose sheet it is; ``rater`` keeps all of it under another name, for a sheet
    that was copied. Nothing is kept where a cell is refused, unless ``skip_bad_cells``. Empty cells say nothing, and
    the same sheet a second time changes nothing.
    """
    with store.open_studies(Path(run)) as studies:
        study = current_study(studies, str(run))
        raters = {one.number: one for one in studies.raters()}
        said = {number: standings(ratings) for number, ratings in by_rater(studies.ratings(study.number)).items()}
        if rater is not None:
            # What the sheet says is compared with what this person said so far, whosever token a row has.
            whose = known_by(raters.values(), rater)
            said = dict.fromkeys(raters, said.get(whose.number, {}) if whose is not None else {})
        reading = read_sheet(Path(path), study, known_rows(study, raters, said))
        check_reading(reading, path, run, kind="review", skip_bad_cells=skip_bad_cells)
        return take_in(
            reading,
            path,
            raters=raters,
            whose=None if rater is None else studies.add_rater(rater_name(rater)),
            desk_of=lambda one: RatingDesk(studies, study, one, rated_with="sheet"),
        )


def _free_name(path: Path) -> Path:
    """The name with the first number that no other file has: evaluation_sheet-1.csv."""
    names = (path.with_stem(f"{path.stem}-{number}") for number in count(1))
    return next(name for name in names if not name.exists())


def _study_in_memory(
    test_data: Any, num_samples: int, seed: int, model: Any, tokenizer: Any, *, tuned_only: bool, **options: Any
) -> ReviewStudy:
    """The study that ``create_review`` would make, kept nowhere and without hidden repeats."""
    if model is None:
        pool = read_pool(test_data, options.pop("base_predictions", None))
    else:
        base = options.pop("base", None)
        wants_base = not tuned_only and (base is not None or has_base(model))
        asker = Asker(model=model, base=base, with_base=wants_base, tokenizer=tokenizer)
        n_tokens, heard = options.pop("max_new_tokens", 256), options.pop("progress", None) or Silent()
        pool = answered_now(asker, read_prompts(test_data), num_samples, seed, n_tokens, heard)
    return draw_study(pool, items=num_samples, seed=seed, tuned_only=tuned_only, **{"repeats": 0, **options})[0]


def _has_answers(test_data: Any) -> bool:
    """Whether the rows bring answers of their own, besides what should have been said."""
    if isinstance(test_data, (str, Path)):
        rows = [value for _, value in open_source(test_data, None).rows]
    else:
        rows = list(test_data)
    sure = set(PREDICTION_NAMES) - {"output", "response", "completion"}
    return any(isinstance(row, Mapping) and sure & {str(name).lower() for name in row} for row in rows)


def _unanswered(test_data: Any, num_samples: int, seed: int) -> list[dict[str, JSON]]:
    pool = data.load(test_data, name=None if isinstance(test_data, (str, Path)) else "test data")
    chosen = sample_items(pool.items, num_samples, seed)
    scores: dict[str, JSON] = dict.fromkeys((axis.name for axis in AXES), None)
    return [
        {
            "id": number,
            "prompt": pool.items[at].readable_prompt,
            "expected": response_text(pool.items[at]),
            "generated": "",
            "scores": dict(scores),
            "notes": "",
        }
        for number, at in enumerate(chosen, start=1)
    ]
