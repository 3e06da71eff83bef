"""Functions on paths or on live objects: read, score, check."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

from tunecheck import _optional, data, stats, store
from tunecheck.config import RunSpec, build_spec
from tunecheck.core import (
    CheckResult,
    Clock,
    Estimate,
    Item,
    LeakReport,
    RunResult,
    RunStore,
    TrainingSettings,
    Verdict,
)
from tunecheck.data.leaks import find_leaks
from tunecheck.errors import DataError, RunFolderError
from tunecheck.runner.code_tasks import NAME as CODE
from tunecheck.runner.code_tasks import demand_consent, open_sandbox, plan_code
from tunecheck.runner.conclude import conclude
from tunecheck.runner.curves import history_beside
from tunecheck.runner.execute import Pair, execute
from tunecheck.runner.plan import make_plan
from tunecheck.runner.progress import Progress, Silent
from tunecheck.runner.record import write_record
from tunecheck.runner.tasks import try_tasks
from tunecheck.stats import ratio_of_sums
from tunecheck.training import read_settings


def run_spec(spec: RunSpec, *, progress: Progress, clock: Clock = lambda: datetime.now(UTC)) -> RunResult:
    """The whole checklist from a validated description; leaves the run folder with all facts and scores in it."""
    if any(task.name == CODE for task in spec.tasks):
        demand_consent(spec.run_code)
    progress.say(f"reading {spec.val}" + (f" and {spec.train}" if spec.train else ""))
    plan = make_plan(
        spec.val,
        spec.train,
        seed=spec.seed,
        shape=spec.shape,
        skip_bad_rows=spec.skip_bad_rows,
        group_column=spec.group_column,
        general=spec.general,
        n_answers=spec.answers,
        tasks=[task for task in spec.tasks if task.name != CODE],
        n_task_items=spec.task_items,
    )
    plan = replace(plan, code=plan_code(spec.tasks, spec.val, seed=spec.seed))
    try_tasks(plan.tasks)
    history, no_history = history_beside(spec.tuned, spec.curve)
    pair = _pair(spec.tuned, spec.base, _load_options(spec))
    # Everything that can be wrong in the data or the template shows now, before the run folder is touched.
    _try_encoding(pair, plan.validation.items, plan.train_sample)
    folder = Path(spec.out) if spec.out else default_folder(spec.tuned)
    with ExitStack() as closing:
        # What cannot be shut in is better said before an hour of writing it.
        runner = closing.enter_context(open_sandbox(progress, spec.sandbox)) if plan.code else None
        kept = cache(lambda: closing.enter_context(store.open_run(folder)))
        if folder.is_file() or (folder / "run.db").exists():
            kept()  # Another process or version, or no folder at all: better said before anything is loaded.
        with _reused(spec.reuse) as reused:
            execution = execute(plan, pair, kept, progress, reused=reused, max_new_tokens=spec.max_new_tokens)
        write_record(
            kept(),
            plan,
            execution,
            title=f"{spec.tuned} on {Path(spec.val).name}",
            created=clock().isoformat(timespec="seconds"),
            seed=spec.seed,
            max_length=spec.max_length,
            settings=read_settings(Path(spec.tuned)),
            history=history,
            no_history=no_history,
            progress=progress,
            code_runner=runner,
        )
        studies = closing.enter_context(store.open_studies(folder, read_only=True))
        return conclude(kept(), folder=str(folder), studies=studies)


def perplexity(
    model: Any,
    data: Any,
    *,
    base: Any = None,
    tokenizer: Any = None,
    progress: Progress | None = None,
    **options: Any,
) -> CheckResult:
    """Perplexity of a model on data, beside its base where there is one; nothing is written.

    ``model`` and ``base`` are paths, hub names or live models (then with ``tokenizer``); ``data`` is a file, a list of
    texts or a list of dicts. An adapter brings its base by itself. ``options`` are the fields of config.RunSpec.
    """
    return _with_preflight(_standalone(model, data, None, base, tokenizer, progress, options), "perplexity")


def overfitting(
    tuned: Any,
    *,
    train: Any,
    val: Any,
    base: Any = None,
    tokenizer: Any = None,
    progress: Progress | None = None,
    **options: Any,
) -> CheckResult:
    """The train/validation gap of a tuned model, calibrated by its base where there is one; nothing is written.

    Takes what ``perplexity`` takes.
    """
    return _with_preflight(_standalone(tuned, val, train, base, tokenizer, progress, options), "overfitting")


def leaks(train: Any, val: Any, **options: Any) -> LeakReport:
    """What a validation set shares with a training set, pair by pair; ``options`` are those of data.load.

    Both are files or rows in memory. checks.check_leaks reads a status from it.
    """
    sides = [
        data.load(source, name=None if isinstance(source, (str, Path)) else name, **_given(options))
        for source, name in ((train, "training data"), (val, "validation data"))
    ]
    return find_leaks(sides[0].items, sides[1].items)


def calculate_perplexity(model: Any, tokenizer: Any, texts: Sequence[str], max_length: int | None = 2048) -> Estimate:
    """Perplexity of a model on plain texts: exp of the total nll over the total number of predicted tokens.

    Texts longer than ``max_length`` tokens are cut there, as the tutorial does; None scores every token, in
    overlapping windows where the model's context is shorter. The result formats and converts like a float.
    """
    if isinstance(texts, str):
        texts = [texts]
    pair = _engine().live_pair(model, tokenizer, options=_load_options(_options_only({"max_length": max_length})))
    items = data.load(list(texts), name="texts", shape="text").items
    with pair.open("tuned") as side:
        encoded = side.scorer.encode(items)
        scores = [score for batch in side.scorer.batches(encoded) for score in side.scorer.score(batch)]
    totals = [score.response for score in scores]
    nll = ratio_of_sums([t.nll_nats for t in totals], [t.n_tokens for t in totals], [item.unit for item in items])
    if isinstance(nll, Estimate):
        return cast(Estimate, stats.perplexity(nll))
    n_tokens = sum(t.n_tokens for t in totals)
    if n_tokens == 0:
        raise DataError("no text has a token to predict", hint="give texts of at least two tokens")
    # One text says nothing about others: the value is exact for it, and any perplexity is possible elsewhere.
    value = math.exp(sum(t.nll_nats for t in totals) / n_tokens)
    return Estimate(value=value, low=1.0, high=math.inf, n=1, method="one text: no interval")


def detect_overfitting(trainer: Any, train_data: Any, val_data: Any, **options: Any) -> CheckResult:
    """The overfitting check on a Trainer's model as it is now, in evaluation mode, on rows of text or token ids.

    With a PEFT model the base is the same model with its adapter off. Losses in the trainer's log are not used: they
    are means over batches, of older weights, with dropout on. Nothing is generated unless ``answers`` asks for it, so
    that a training is not held up for long.
    """
    options = {"answers": 0, **options}
    pair = _engine().trainer_pair(trainer, options=_load_options(_options_only(options)))
    return _with_preflight(_in_memory(pair, val_data, train_data, options, None), "overfitting")


def verdict(folder: str | Path, *, automatic_only: bool = False) -> Verdict:
    """The verdict of a finished run, by today's rules. ``automatic_only`` leaves out what only people can settle."""
    return read_run(folder, automatic_only=automatic_only).verdict


def read_run(folder: str | Path, *, automatic_only: bool = False) -> RunResult:
    """The results of a finished run, worked out again from its scores."""
    path = Path(folder)
    if not (path / "run.db").is_file():
        raise RunFolderError(f"{path} is not the folder of a run: it holds no run.db", hint="make one: tunecheck run")
    with store.open_run(path, read_only=True) as kept, store.open_studies(path, read_only=True) as studies:
        return conclude(kept, folder=str(path), studies=studies, automatic_only=automatic_only)


def default_folder(tuned: str) -> Path:
    """Where a run goes when nobody says: tunecheck-runs/NAME-OF-THE-TUNED-FOLDER."""
    parts = [part for part in Path(tuned).parts[-2:] if part not in ("/", ".", "..")]
    return Path("tunecheck-runs") / ("-".join(parts) or "run")


def _with_preflight(result: RunResult, name: str) -> CheckResult:
    """One check of a run, with what preflight found: on its own nobody would see that."""
    preflight, check = result.checks["preflight"], result.checks[name]
    findings = tuple(finding for finding in preflight.findings if finding.severity != "info")
    if preflight.status == "fail":
        return replace(check, status="fail", summary=preflight.summary, findings=findings + check.findings)
    return replace(check, findings=check.findings + findings)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """Options without those that nobody gave."""
    return {name: value for name, value in options.items() if value is not None}


def _engine() -> Any:
    return _optional.load("tunecheck.models.huggingface")


def _pair(tuned: str, base: str | None, options: Any) -> Pair:
    return cast(Pair, _engine().ModelPair(tuned, base, options))


def _load_options(spec: RunSpec) -> Any:
    return _engine().LoadOptions(
        device=spec.device,
        dtype=spec.dtype,
        context=spec.context,
        max_length=spec.max_length,
        token_budget=spec.batch_tokens,
        template=spec.template,
        full_sequence=spec.full_sequence,
    )


def _options_only(options: dict[str, Any]) -> RunSpec:
    return build_spec({"tuned": "live", "val": "live", **options})


def _try_encoding(pair: Any, *parts: Sequence[Item]) -> None:
    for side in ("tuned", "base") if pair.facts.base else ("tuned",):
        for items in parts:
            pair.encode(side, items)


@contextmanager
def _reused(folder: str | None) -> Iterator[tuple[RunStore, ...]]:
    """Another run's store, to take scores from: their keys say what they are scores of."""
    if folder is None:
        yield ()
        return
    if not (Path(folder) / "run.db").is_file():
        raise RunFolderError(f"{folder} is not the folder of a run: it holds no run.db", hint="check --reuse")
    with store.open_run(Path(folder), read_only=True) as source:
        yield (source,)


def _standalone(
    model: Any,
    val: Any,
    train: Any,
    base: Any,
    tokenizer: Any,
    progress: Progress | None,
    options: dict[str, Any],
) -> RunResult:
    spec = _options_only(options)
    if isinstance(model, (str, Path)):
        pair = _pair(str(model), str(base) if base is not None else None, _load_options(spec))
    else:
        pair = _engine().live_pair(model, tokenizer, base=base, options=_load_options(spec))
    return _in_memory(pair, val, train, options, progress)


def _in_memory(pair: Pair, val: Any, train: Any, options: dict[str, Any], progress: Progress | None) -> RunResult:
    spec = _options_only(options)
    plan = make_plan(
        val,
        train,
        seed=spec.seed,
        shape=spec.shape,
        skip_bad_rows=spec.skip_bad_rows,
        group_column=spec.group_column,
        general=spec.general,
        n_answers=spec.answers,
    )
    kept = store.InMemoryRunStore()
    execution = execute(plan, pair, lambda: kept, progress or Silent(), max_new_tokens=spec.max_new_tokens)
    folder = Path(pair.facts.tuned)
    write_record(
        kept,
        plan,
        execution,
        title=pair.facts.tuned,
        created="",
        seed=spec.seed,
        max_length=spec.max_length,
        settings=read_settings(folder) if folder.is_dir() else TrainingSettings(),
        history=None,
        no_history="not part of this check",
        progress=progress or Silent(),
    )
    return conclude(kept)
