"""Curve findings on evaluations: the shape and what to do about it, the step that was kept, and what was evaluated."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tunecheck.checks.curve_advice import no_eval_cause, no_eval_hint, resume_hint
from tunecheck.checks.curve_level_findings import level_findings
from tunecheck.checks.curve_rules import FEWEST_EVALUATIONS, EvalReading, Label
from tunecheck.checks.curve_series import TRAINING_SETS, Curve, level, values_of
from tunecheck.checks.curve_train_findings import CALMER, REACHES, train_findings
from tunecheck.checks.phrases import count, listed, percent
from tunecheck.core import Finding, Severity

# Token accuracies that show text known by heart: of the training, and how much lower that of the evaluations is.
KNOWN_BY_HEART, ACCURACY_GAP = 0.98, 0.10
# An evaluation loss that fell by less than this share of itself stayed level, for all that anybody could notice.
LEVEL_SHARE = 0.01
# A run that ends before this share of its plan was interrupted.
FINISHED_SHARE = 0.98

# How the note begins that says so.
EARLY_STOPPING = "early stopping ended the run"

_LESS = "train for fewer epochs, with a lower learning rate, or on more rows"
_LOSS_WORDS = ("loss", "nll", "perplexity", "ppl")
_TOKENS = ("token_accuracy", "mean_token_accuracy")
_WORSE: dict[Label, int] = {"mild_overfit": 1, "overfit": 2, "diverged": 3}


def curve_findings(curve: Curve, label: Label, kept: Label | None) -> Iterator[Finding]:
    """All findings, those on the shape first; ``kept`` is what the kept step shows by itself."""
    yield from _shape(curve, label, kept)
    yield from train_findings(curve, label)
    yield from level_findings(curve, label)
    yield from _chosen(curve)
    yield from _kept(curve, label, kept)
    yield from _accuracy(curve)
    yield from _sets(curve, label)
    yield from _run(curve)


def _shape(curve: Curve, label: Label, kept: Label | None) -> Iterator[Finding]:
    reading = curve.reading
    match label:
        case "no_eval" if not any(series.points for series in curve.history.series):
            yield Finding(
                code="curve.empty",
                severity="warn",
                message="the log holds no values: the run ended before its first line, or logged nothing",
                hint="log more often (logging_steps=10), and name the log itself if it lies elsewhere",
            )
        case "no_eval":
            yield Finding(
                code="curve.no_eval",
                severity="warn",
                message=f"overfitting cannot be read from this log: {no_eval_cause(curve)}",
                hint=no_eval_hint(curve),
            )
        case "too_few_points":
            n = len(curve.deciding.losses) if curve.deciding is not None else 0
            yield Finding(
                code="curve.too_few_evals",
                severity="warn",
                message=f"the log has {count(n, 'evaluation')}; a trend needs {FEWEST_EVALUATIONS}",
                evidence={"n_evals": n},
                hint=f"evaluate more often: {no_eval_hint(curve)}",
            )
        case _ if reading is not None and label == reading.label:
            yield from _read_shape(curve, reading, kept)


def _read_shape(curve: Curve, reading: EvalReading, kept: Label | None) -> Iterator[Finding]:
    if reading.label in ("healthy", "plateau", "still_falling") and _hardly_learned(curve, reading):
        yield _little_learned(reading)
        return
    match reading.label:
        case "overfit":
            yield _overfit(curve, reading, "fail" if kept == "overfit" else "warn")
        case "mild_overfit":
            safe = curve.kept_rise is not None and kept is None
            yield _overfit(curve, reading, "info" if safe else "warn")
        case "plateau":
            yield _no_gain(curve, reading) if stayed_level(reading) else _plateau(curve, reading)
        case "still_falling":
            yield _falling(reading)
        case "diverged" if curve.train is None or not curve.train.diverged:
            yield Finding(
                code="curve.diverged",
                severity="fail",
                message=f"the evaluation loss climbed from {level(reading.best)} to {level(reading.last)}, and the "
                "training loss did not fall",
                evidence={"best": reading.best, "last": reading.last},
                hint=CALMER,
            )
        case "not_learning" if curve.train is None or curve.train.fell is not False:
            yield Finding(
                code="curve.not_learning",
                severity="fail",
                message=f"the evaluation loss never fell by more than its noise: it was {level(reading.first)} before "
                f"anything was learned and is {level(reading.last)} at the end",
                evidence={"first": reading.first, "last": reading.last, "noise": reading.sigma},
                hint=REACHES,
            )
        case _:
            return


def stayed_level(reading: EvalReading) -> bool:
    """Whether the loss never fell by more than its noise, or fell by less than a hundredth of itself."""
    return not reading.learned or reading.drop < LEVEL_SHARE * abs(reading.first)


def _hardly_learned(curve: Curve, reading: EvalReading) -> bool:
    """Whether the loss fell by less than a hundredth of what it was before the training."""
    first_step = float(curve.deciding.steps[0]) if curve.deciding is not None else np.inf
    return first_step <= curve.untrained_until and stayed_level(reading)


def _little_learned(reading: EvalReading) -> Finding:
    return Finding(
        code="curve.little_learned",
        severity="warn",
        message=f"the evaluation loss fell by only {percent(reading.drop / reading.first)} from before anything was "
        "learned to its best step: hardly anything was learned that helps on other rows",
        evidence={"first": reading.first, "best": reading.best, "noise": reading.sigma},
        hint="train longer or with a higher learning rate, and check that enough of each row carries a label",
    )


def given_back(reading: EvalReading) -> str:
    """The share that was given back, in words where it is more than there was: 6,000% tells nobody anything."""
    if reading.give_back is None or reading.give_back > 1:
        return "more than all"
    return percent(reading.give_back)


def _overfit(curve: Curve, reading: EvalReading, severity: Severity) -> Finding:
    lowest = f"the evaluation loss was lowest, {level(reading.best)}, at {curve.at(reading.best_step)}"
    back = "" if reading.give_back is None else f", giving back {given_back(reading)} of what it had gained"
    return Finding(
        code="curve.overfit",
        severity=severity,
        message=f"{lowest}, and rose to {level(reading.last)} while training went on{back}",
        evidence={
            "best_step": reading.best_step,
            "best": reading.best,
            "last": reading.last,
            "give_back": reading.give_back,
            "noise": reading.sigma,
        },
        hint=_after_overfitting(curve, reading),
    )


def _after_overfitting(curve: Curve, reading: EvalReading) -> str:
    """What to do where the best step was kept, where its checkpoint is gone, and where neither is known."""
    at, there = curve.at(reading.best_step), curve.history.checkpoints
    if curve.kept_step == reading.best_step:
        return f"the model of {at} was kept, which is right; to spend less on the next run, {_LESS}"
    if there and int(reading.best_step) not in there:
        return _LESS
    return f"keep the checkpoint of {at}, or {_LESS}"


def _plateau(curve: Curve, reading: EvalReading) -> Finding:
    return Finding(
        code="curve.plateau",
        severity="info",
        message=f"the evaluation loss has levelled off: it is {level(reading.last)} at the end, and was lowest, "
        f"{level(reading.best)}, at {curve.at(reading.best_step)}",
        evidence={"best": reading.best, "last": reading.last, "noise": reading.sigma},
        hint="longer training of the same kind will hardly help; better or more rows may",
    )


def _no_gain(curve: Curve, reading: EvalReading) -> Finding:
    first = f" at {curve.at(float(curve.deciding.steps[0]))}" if curve.deciding is not None else ""
    by = (
        f"fell by only {percent(reading.drop / reading.first)}"
        if reading.learned
        else "never fell by more than its noise"
    )
    return Finding(
        code="curve.no_eval_gain",
        severity="warn",
        message=f"the evaluation loss {by} after the first evaluation{first}: what was learned was learned before it, "
        "or does not carry over to other rows",
        evidence={"first": reading.first, "best": reading.best, "noise": reading.sigma},
        hint="evaluate before the first step too (eval_on_start=True in Transformers), and compare with the base: "
        "tunecheck perplexity TUNED --data FILE --base MODEL",
    )


def _falling(reading: EvalReading) -> Finding:
    return Finding(
        code="curve.still_falling",
        severity="info",
        message="the evaluation loss was still falling at the end: another fifth of the run would gain about "
        f"{level(reading.next_gain)}",
        evidence={"next_gain": reading.next_gain, "last": reading.last},
        hint="train longer: the model is not done learning",
    )


def _chosen(curve: Curve) -> Iterator[Finding]:
    history, reading = curve.history, curve.reading
    metric = history.best_metric.removeprefix("eval_")
    if not metric or history.best_step is None or any(word in metric.lower() for word in _LOSS_WORDS):
        return
    apart = reading is not None and history.loss_kind != "preference" and reading.best_step != history.best_step
    if reading is not None and not apart:
        return
    lowest = f", which was lowest at {curve.at(reading.best_step)}" if reading is not None and apart else ""
    yield Finding(
        code="curve.other_metric",
        severity="info",
        message=f"the trainer chose {curve.at(history.best_step)} as its best by {metric}, not by the loss{lowest}",
        evidence={"best_step": history.best_step},
        hint="choose by the metric that your users would feel; where the two disagree, compare both checkpoints",
    )


def _kept(curve: Curve, label: Label, kept: Label | None) -> Iterator[Finding]:
    reading, step = curve.reading, curve.kept_step
    if reading is None or curve.deciding is None or step is None:
        return
    loss = curve.deciding.loss_at(step)
    silent = label in ("nan", "diverged", "not_learning", "not_a_likelihood") or not (reading.learned or kept)
    if silent or loss is None or loss <= reading.best:
        return
    severity: Severity = "info" if kept is None else "fail" if kept == "overfit" else "warn"
    noise = "" if kept is not None else ", a difference within the noise or too small to matter"
    yield Finding(
        code="curve.shipped_not_best",
        severity=severity,
        message=f"the model of {curve.at(step)} was kept, with an evaluation loss of {level(loss)}; it was lowest, "
        f"{level(reading.best)}, at {curve.at(reading.best_step)}{noise}",
        evidence={"shipped_step": step, "shipped": loss, "best_step": reading.best_step, "best": reading.best},
        hint=_take_best(curve, reading) if kept is not None else "",
    )


def _take_best(curve: Curve, reading: EvalReading) -> str:
    """The best checkpoint where it is still there, else how to have it next time."""
    at, there = curve.at(reading.best_step), curve.history.checkpoints
    if int(reading.best_step) in there:
        return f"take checkpoint-{int(reading.best_step)} instead; next time load_best_model_at_end=True does so"
    again = "train again with load_best_model_at_end=True"
    if not there:
        return f"take the checkpoint of {at} if it was saved; else {again}"
    near = min(there, key=lambda step: abs(step - reading.best_step))
    return f"the checkpoint of {at} is gone, and checkpoint-{near} is the nearest that is there; or {again}"


def _accuracy(curve: Curve) -> Iterator[Finding]:
    history = curve.history
    if history.loss_kind == "preference":
        return
    train, tokens = values_of(history, *_TOKENS), values_of(history, *_TOKENS, split="eval")
    ours, theirs = (float(train[-5:].mean()), float(tokens[-1])) if len(train) and len(tokens) else (0.0, 0.0)
    if ours >= KNOWN_BY_HEART and ours - theirs >= ACCURACY_GAP:
        yield Finding(
            code="curve.token_accuracy_gap",
            severity="warn",
            message=f"{percent(ours)} of the training tokens are predicted, but {percent(theirs)} of the evaluation "
            "tokens: the training text is known by heart",
            evidence={"train": ours, "eval": theirs},
            hint=_LESS,
        )
    evaluated, deciding = values_of(history, *_TOKENS, "accuracy", split="eval"), curve.deciding
    if curve.reading is None or not curve.reading.rise_is_shown or deciding is None:
        return
    best = int(deciding.losses.argmin())
    if len(evaluated) == len(deciding.losses) and evaluated[-1] > evaluated[best]:
        yield Finding(
            code="curve.overconfident",
            severity="info",
            message=f"while the evaluation loss rose, accuracy rose too, from {percent(float(evaluated[best]))} to "
            f"{percent(float(evaluated[-1]))}: the model grew too sure of itself rather than less able",
            evidence={"at_best": float(evaluated[best]), "last": float(evaluated[-1])},
            hint="compare the best and the last checkpoint on the task itself before choosing",
        )


def _sets(curve: Curve, label: Label) -> Iterator[Finding]:
    history = curve.history
    if curve.evaluated_as_many:
        yield Finding(
            code="curve.eval_on_train",
            severity="warn",
            message=f"as many examples were evaluated as trained on ({history.n_eval or 0:,}): the evaluation may have "
            "been made on the training set itself, and then shows no overfitting",
            evidence={"n_train": history.n_train, "n_eval": history.n_eval},
            hint="evaluate on rows that were held out: tunecheck split FILE --strategy random --out DIR",
        )
    on_train = [one.name for one in curve.sets if one.name.lower() in TRAINING_SETS]
    if on_train:
        yield Finding(
            code="curve.training_set_evaluated",
            severity="info",
            message=f"evaluations named {listed(on_train)} are of the training data and are left out of the reading",
        )
    broken = sum(one.n_broken for one in curve.sets)
    if broken:
        yield Finding(
            code="curve.nan_eval",
            severity="fail" if label == "nan" else "warn",
            message=f"{count(broken, 'evaluation')} gave NaN or an infinite loss",
            evidence={"n_broken": broken},
            hint="look for rows without a token to score (everything masked or truncated) and for overflow in half "
            "precision: bf16 holds what fp16 does not",
        )
    bad = [one for one in curve.sets if _WORSE.get(one.label, 0) > _WORSE.get(label, 0) and one is not curve.deciding]
    if bad and label not in ("nan", "diverged", "not_a_likelihood"):
        told = listed([f"{one.name or 'the plain one'} ({one.label.replace('_', ' ')})" for one in bad[:5]])
        yield Finding(
            code="curve.sets_differ",
            severity="warn",
            message=f"evaluation sets disagree: {told}",
            evidence={"n_sets": len(curve.sets), "n_worse": len(bad)},
            hint="look at these sets by themselves: what helps one kind of row harms another",
        )


def _run(curve: Curve) -> Iterator[Finding]:
    history, last = curve.history, curve.last_step
    stopped = any(note.startswith(EARLY_STOPPING) for note in history.notes)
    if history.planned_steps and last is not None and last < FINISHED_SHARE * history.planned_steps and not stopped:
        yield Finding(
            code="curve.interrupted",
            severity="info",
            message=f"training ended at {curve.at(last)} of {curve.at(history.planned_steps).split()[-1]}: it was "
            "stopped early or interrupted, or its log was cut",
            evidence={"last_step": last, "planned_steps": history.planned_steps},
            hint=f"if nobody meant to stop it, resume it{resume_hint(history.format)}",
        )
    if history.runs_in_file > 1:
        yield Finding(
            code="curve.several_runs",
            severity="info",
            message=f"the log holds {history.runs_in_file:,} runs, one after the other; the last is what is told here",
            evidence={"runs_in_file": history.runs_in_file},
        )
    if history.loss_kind == "other":
        yield Finding(
            code="curve.other_loss",
            severity="info",
            message="the loss of this run is not a plain likelihood of text; its shape is read, but its level says "
            "nothing of perplexity",
        )
    for note in history.notes:
        yield Finding(code="curve.note", severity="info", message=note)
