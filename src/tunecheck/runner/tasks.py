"""Tasks: score the answers of both sides by the metrics of a task; what comes out are facts, without statistics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from math import isfinite

from tunecheck.checks import Pooled
from tunecheck.core import Answered, Item, Measured, Prediction, Scores, TaskFacts, TaskSpec, Unscored
from tunecheck.errors import InputError
from tunecheck.metrics.metric import Case, Metric, PooledMetric, Values
from tunecheck.metrics.registry import metric, options_of
from tunecheck.metrics.summary_guards import SummaryGuards, lead
from tunecheck.runner.embedded import EMBEDDED, embedded_metric
from tunecheck.runner.embedded import OPTIONS as EMBEDDED_OPTIONS
from tunecheck.runner.labels import label_facts
from tunecheck.runner.multilabel import find_all_labels, is_multilabel, multilabel_measured, multilabel_pooled
from tunecheck.runner.progress import Progress, Silent
from tunecheck.runner.propose import PlannedTask, reference_text

# Options of a task itself; all others are those of its metrics.
OWN_OPTIONS = ("where", "at_least")


def measure_task(
    spec: TaskSpec, rows: Sequence[Prediction], progress: Progress, *, why: str = "", title: str = ""
) -> TaskFacts:
    """Every measure of a task on both sides of the rows, which are at least one.

    Raises InputError for an unknown name or option, and DataError for references that the task cannot use.
    """
    title = title or spec.name
    _check_limit(spec)
    if not _names(spec):
        raise InputError(f"{spec.name!r} names no task and no metric", hint="tunecheck score f1 --predictions FILE")
    if is_multilabel(spec):
        names = spec.labels or find_all_labels(rows)
        measured_sets = multilabel_measured(names, rows)
        return TaskFacts(spec=spec, title=title, why=why, settings=f"labels={'|'.join(names)}", measured=measured_sets)
    if spec.name == "classification":
        labels = label_facts(spec, rows)
        return TaskFacts(spec=spec, title=title, why=why, settings=labels.settings, labels=labels.facts)
    with ExitStack() as closing:
        metrics = _metrics(spec, rows, closing)
        measured = [one for each in metrics for one in _measured(each, rows, progress)]
    if spec.name != "summarization":
        return TaskFacts(spec=spec, title=title, why=why, settings=_settings(metrics), measured=tuple(measured))
    has_source = any(row.prompt for row in rows)
    guards = _measured(SummaryGuards(), rows, progress, decides=False)
    return TaskFacts(
        spec=spec,
        title=title,
        why=why,
        settings=_settings(metrics),
        baseline="the first three sentences of the source" if has_source else "",
        measured=(*(_with_lead(metrics[0], measured, rows) if has_source else measured), *guards),
    )


def as_row(item: Item, number: int, *, tuned: Answered, base: Answered | None = None) -> Prediction:
    """An item of a data file with the answers to its prompt; what is asked last is the source of a summary."""
    return Prediction(
        row=number,
        references=(reference_text(item),),
        tuned=tuned,
        base=base,
        prompt=item.prompt[-1].content,
        unit=item.unit,
        source=item.source,
    )


def try_tasks(tasks: Sequence[PlannedTask]) -> None:
    """Raise what is wrong in names, options and references before any model is loaded."""
    absent = Unscored(reason="not asked yet")
    for task in tasks:
        rows = [as_row(item, number, tuned=absent) for number, item in enumerate(task.items, start=1)]
        measure_task(task.spec, rows, Silent())


def pooled_of(facts: TaskFacts) -> dict[str, Pooled]:
    """The measures of a task whose value follows from summed totals, and how."""
    if not any(one.tuned.totals for one in facts.measured):
        return {}
    if is_multilabel(facts.spec):
        return multilabel_pooled()
    found: dict[str, Pooled] = {}
    for name in _names(facts.spec):
        if name in EMBEDDED:
            continue
        one = metric(name, (), **_metric_options(facts.spec, name))
        if isinstance(one, PooledMetric):
            found[one.measures[0]] = one.pooled
    return found


def _metrics(spec: TaskSpec, rows: Sequence[Prediction], closing: ExitStack) -> list[Metric]:
    references = [text for row in rows for text in row.references]
    found = []
    for name in _names(spec):
        options = _metric_options(spec, name)
        one = embedded_metric(name, options) if name in EMBEDDED else metric(name, references, **options)
        if hasattr(one, "close"):
            closing.callback(one.close)
        found.append(one)
    return found


def _metric_options(spec: TaskSpec, name: str) -> Mapping[str, str]:
    """The options that a metric of the task has; one that none of them has goes to each, which says so."""
    given = {option: value for option, value in spec.options.items() if option not in OWN_OPTIONS}
    known = {one: EMBEDDED_OPTIONS if one in EMBEDDED else options_of(one) for one in _names(spec)}
    return {
        option: value
        for option, value in given.items()
        if option in known[name] or not any(option in own for own in known.values())
    }


def _names(spec: TaskSpec) -> list[str]:
    if spec.name == "summarization":
        return ["rouge"]
    return list(dict.fromkeys(name.strip() for name in spec.name.split(",") if name.strip()))


def _check_limit(spec: TaskSpec) -> None:
    limit = spec.options.get("at_least")
    try:
        is_number = limit is None or isfinite(float(limit))
    except ValueError:
        is_number = False
    if not is_number:
        raise InputError(f"at_least={limit} of task {spec.name} is not a number", hint="write at_least=0.4")


def _settings(metrics: Sequence[Metric]) -> str:
    return "; ".join(one.signature for one in metrics)


def _measured(one: Metric, rows: Sequence[Prediction], progress: Progress, *, decides: bool = True) -> list[Measured]:
    answers: dict[str, list[Answered]] = {"tuned": [row.tuned for row in rows]}
    if any(row.base is not None for row in rows):
        answers["base"] = [Unscored(reason="no answer of the base") if row.base is None else row.base for row in rows]
    progress.start(f"scoring {one.measures[0]}", len(rows) * len(answers), "answers")
    sides = {side: _side(one, rows, texts, progress) for side, texts in answers.items()}
    progress.finish()
    return [
        Measured(
            name=name,
            decides=decides and place == 0,
            lower_is_better=name in one.lower_is_better,
            tuned=sides["tuned"][place],
            base=sides["base"][place] if "base" in sides else None,
        )
        for place, name in enumerate(one.measures)
    ]


def _side(one: Metric, rows: Sequence[Prediction], answers: Sequence[Answered], progress: Progress) -> list[Scores]:
    """The scores of each measure over the rows."""
    values, totals = [], []
    for row, answer in zip(rows, answers, strict=True):
        found = _scored(one, row, answer)
        values.append(found)
        totals.append(_totals(one, row, answer, found))
        progress.advance(1)
    pooled = tuple(totals) if any(totals) else ()
    return [Scores(values=tuple(value[name] for value in values), totals=pooled) for name in one.measures]


def _scored(one: Metric, row: Prediction, answer: Answered) -> Values:
    if isinstance(answer, Unscored):
        return dict.fromkeys(one.measures, answer)
    return one.score(Case(prediction=answer, references=row.references, prompt=row.prompt))


def _totals(one: Metric, row: Prediction, answer: Answered, values: Values) -> tuple[float, ...]:
    if not isinstance(one, PooledMetric) or not isinstance(answer, str):
        return ()
    if isinstance(values[one.measures[0]], Unscored):
        return ()
    return tuple(one.totals(Case(prediction=answer, references=row.references, prompt=row.prompt)).tolist())


def _with_lead(one: Metric, measured: Sequence[Measured], rows: Sequence[Prediction]) -> Iterator[Measured]:
    """The measures of a summary with those of its source's first three sentences beside them."""
    no_source = Unscored(reason="there is no source")
    scored = [_scored(one, row, lead(row.prompt) if row.prompt else no_source) for row in rows]
    for each in measured:
        yield replace(each, baseline=Scores(values=tuple(values[each.name] for values in scored)))
