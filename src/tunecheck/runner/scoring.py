"""Score: the tasks of a predictions file made anywhere, checked without a model."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import tunecheck
from tunecheck.checks import Task, check_tasks
from tunecheck.core import CheckResult, Finding, Predictions, TaskSpec
from tunecheck.data.predictions import Fields, load_predictions
from tunecheck.errors import InputError
from tunecheck.runner.progress import Progress, Silent
from tunecheck.runner.tasks import measure_task, pooled_of

Source = str | os.PathLike[str] | Iterable[Mapping[str, object]]


def score(
    task: str,
    predictions: Source,
    *,
    base_predictions: Source | None = None,
    labels: Sequence[str] | None = None,
    prediction_field: str | None = None,
    reference_field: str | None = None,
    base_field: str | None = None,
    prompt_field: str | None = None,
    id_field: str | None = None,
    group_field: str | None = None,
    skip_bad_rows: bool = False,
    progress: Progress | None = None,
    **options: Any,
) -> CheckResult:
    """The answers of a predictions file, or of rows in memory, scored by a task or by metrics; nothing is written.

    task      summarization, classification, or metrics with commas between them: exact_match, f1, bleu, chrf, ter,
              rouge, json, function_call, regex, number, math, or module:function of your own
    labels    of a classification; without them the distinct references
    options   of the task and its metrics, such as stem=True, tokenizer="unicode", schema="order.json", at_least=0.4

    Measures stand under ``tuned``, ``base`` and ``paired``, each an Estimate; ``items`` has a row for each row of the
    file. Raises InputError and DataError for what the user can correct.
    """
    given = {name: _text(value) for name, value in options.items() if value is not None and value is not False}
    fields = Fields(
        prediction=prediction_field,
        reference=reference_field,
        base=base_field,
        prompt=prompt_field,
        id=id_field,
        group=group_field,
    )
    if not isinstance(task, str):
        raise InputError(f"a task is a name, not a {type(task).__name__}", hint='such as tc.score("f1", rows)')
    if predictions is None:
        raise InputError("there are no predictions", hint="give a file or a list of rows")
    if "where" in given:
        raise InputError(
            "where chooses rows in a run only", hint="write the rows that you want into a file of their own"
        )
    if labels is not None and task != "classification":
        raise InputError(f"labels belong to a classification, not to {task}", hint="leave them out")
    if task == "code":
        raise InputError(
            "programs are scored by running them, not against references",
            hint="tunecheck score code --problems FILE --samples FILE, or tc.evaluate_code_generation",
        )
    if task == "auto":
        raise InputError("score needs the name of a task", hint="tunecheck score summarization --predictions FILE")
    read = load_predictions(predictions, base=base_predictions, fields=fields, skip_bad_rows=skip_bad_rows)
    return score_rows(
        TaskSpec(name=task, labels=tuple(map(str, labels or ())), options=given), read, progress or Silent()
    )


def score_rows(spec: TaskSpec, read: Predictions, progress: Progress) -> CheckResult:
    """The check of one task on predictions that were read."""
    facts = measure_task(spec, read.rows, progress, title=spec.name.replace(",", "+"))
    checked = check_tasks([Task(facts=facts, rows=read.rows, pooled=pooled_of(facts), findings=_skipped(read))])
    (result,) = checked.values()
    line = {
        "predictions": f"{read.name}#{read.fingerprint}",
        "fields": read.evidence,
        "task": str(spec),
        "settings": facts.settings,
        "tunecheck": tunecheck.__version__,
    }
    return replace(result, signature=" | ".join(f"{name}={value}" for name, value in line.items()))


def _skipped(read: Predictions) -> tuple[Finding, ...]:
    if not read.skipped:
        return ()
    return (
        Finding(
            code="data.skipped_rows",
            severity="warn",
            message=f"{read.name}: {len(read.skipped):,} rows could not be read and were left out",
            evidence={"first": read.skipped[0]},
            hint="correct them: what is missing may not be missing at random",
        ),
    )


def evaluate_summarization(
    predictions: Sequence[str], references: Sequence[str | Sequence[str]], **options: Any
) -> CheckResult:
    """ROUGE of summaries in memory, one for each reference; ``options`` are those of ``score``.

    With ``sources`` the texts that were summarised take part: how much was copied from them, and what their first three
    sentences would score. With ``base_predictions`` both models are compared.

    >>> evaluate_summarization(["a cat sat", "no"], ["a cat sat", "yes"]).measures["tuned"]["rouge1"].value
    0.5
    """
    return score("summarization", _rows(predictions, references, options), **options)


def evaluate_classification(
    predictions: Sequence[str], references: Sequence[str], labels: Sequence[str] | None = None, **options: Any
) -> CheckResult:
    """Classification from what a model wrote, one text for each reference label; ``options`` are those of ``score``.

    >>> evaluate_classification(["It is spam.", "ham"], ["spam", "ham"]).measures["tuned"]["accuracy"].value
    1.0
    """
    return score("classification", _rows(predictions, references, options), labels=labels, **options)


def _rows(predictions: Sequence[Any], references: Sequence[Any], options: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of a predictions file from lists of one length; takes the lists that are no options out of ``options``."""
    columns = {"prediction": predictions, "reference": references}
    for name, column in (("base_predictions", "base_prediction"), ("sources", "prompt")):
        if (given := options.pop(name, None)) is not None:
            columns[column] = given
    for name, values in columns.items():
        if isinstance(values, str) or not hasattr(values, "__iter__"):
            raise InputError(f"{name} is a {type(values).__name__}, not a list", hint="give one for every row")
    columns = {name: list(values) for name, values in columns.items()}
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{n:,} of {name}" for name, n in lengths.items())
        raise InputError(f"the lists differ in length: {told}", hint="give one of each for every row")
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _text(value: object) -> str:
    if value is True:
        return "yes"
    return "|".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
