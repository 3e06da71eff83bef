"""The curve check: what a training log says about how the training went, and whether the best step was kept."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tunecheck.checks.curve_advice import no_eval_cause
from tunecheck.checks.curve_findings import curve_findings, given_back, stayed_level
from tunecheck.checks.curve_preference_findings import is_reinforcement
from tunecheck.checks.curve_rules import Label, TrainFacts, broken, label_of_rise
from tunecheck.checks.curve_series import Curve, EvalSet, level, read_curve, values_of
from tunecheck.checks.phrases import count
from tunecheck.checks.statuses import worst
from tunecheck.core import CheckResult, History, Measure, Series, Status, Unscored

NO_TREND = "fewer than four evaluations show no trend"

_STATUS: Mapping[Label, Status] = {
    "healthy": "pass",
    "still_falling": "pass",
    "plateau": "pass",
    "mild_overfit": "warn",
    "overfit": "warn",
    "diverged": "fail",
    "not_learning": "fail",
    "nan": "fail",
    "no_eval": "unknown",
    "too_few_points": "unknown",
    "not_a_likelihood": "unknown",
}


def check_curve(history: History) -> CheckResult:
    """Read the shape of a training curve.

    healthy, still falling and plateau pass; overfitting warns, and fails where the overfitted step is the one that was
    kept; divergence, NaN and a loss that never fell fail. Unknown without evaluations, with fewer than four of them,
    where the loss is no likelihood, and where the evaluation set has the size of the training set. A finding that
    warns keeps the check from passing.
    """
    curve = read_curve(history)
    label = _label(curve)
    findings = tuple(curve_findings(curve, label, kept_label(curve)))
    of_findings = [finding.severity for finding in findings if finding.severity != "info"]
    return CheckResult(
        check="curve",
        status=worst([_status(curve, label), *of_findings]),
        summary=_summary(curve, label),
        measures=_measures(curve, label),
        findings=findings,
        signature=f"{history.source} | {history.format} | {history.loss_kind}",
    )


def _label(curve: Curve) -> Label:
    broke = _training_broke(curve)
    if broke is not None:
        return broke
    if curve.deciding is not None and curve.deciding.label == "nan":
        return "nan"
    if curve.history.loss_kind == "preference":
        return "not_a_likelihood"
    if curve.train is not None and curve.train.diverged and not _evaluations_fell(curve):
        return "diverged"
    if curve.deciding is None or curve.deciding.label == "too_few_points":
        if curve.train is not None and curve.train.fell is False and not _few_fell(curve):
            return "not_learning"
        return "no_eval" if curve.deciding is None else "too_few_points"
    return curve.deciding.label


def _training_broke(curve: Curve) -> Label | None:
    """What the training's own numbers show beyond doubt: they ended in NaN or in zeros."""
    train, gradients = curve.train, values_of(curve.history, "grad_norm")
    if train is not None and (train.ends_broken or train.zero == "tail"):
        return "nan"
    if len(gradients) >= 3 and not np.isfinite(gradients[-3:]).any() and not _evaluations_fell(curve):
        return "nan"
    if train is not None and train.zero == "all":
        return "not_learning"
    # Some versions of DeepSpeed log zeros for what is not zero: a loss that fell outranks them.
    fell = (train is not None and train.fell) or _evaluations_fell(curve)
    rates = values_of(curve.history, "learning_rate")
    nothing_moves = any(len(values) >= 3 and not values.any() for values in (gradients, rates))
    return "not_learning" if nothing_moves and not fell else None


def _few_fell(curve: Curve) -> bool:
    """Whether fewer than four evaluations show a fall of a fiftieth or more, which outranks a level training loss."""
    losses = curve.deciding.losses if curve.deciding is not None else np.zeros(0)
    return len(losses) > 1 and float(losses.min()) < 0.98 * float(losses[0])


def _evaluations_fell(curve: Curve) -> bool:
    return curve.reading is not None and curve.reading.learned and not curve.reading.rise_is_shown


def kept_label(curve: Curve) -> Label | None:
    """overfit or mild_overfit where the kept step lies so far above the best; None where not, or where unknown."""
    rise = curve.kept_rise
    if rise is None or curve.reading is None or not curve.reading.rise_is_shown:
        return None
    return label_of_rise(*rise, far_above=False, train=TrainFacts(fell=True))


def _status(curve: Curve, label: Label) -> Status:
    reading = curve.reading
    if label == "overfit" and kept_label(curve) == "overfit":
        return "fail"
    if label == "mild_overfit" and curve.kept_rise is not None and kept_label(curve) is None:
        return "pass"
    if label == "plateau" and reading is not None and stayed_level(reading):
        return "warn"
    return "unknown" if curve.evaluated_as_many and _STATUS[label] == "pass" else _STATUS[label]


def _summary(curve: Curve, label: Label) -> str:
    sentences, n_runs = [_sentence(curve, label)], curve.history.runs_in_file
    if curve.evaluated_as_many and _STATUS[label] == "pass":
        sentences.append("As many examples were evaluated as trained on: this may be the training set itself.")
    if n_runs > 1:
        sentences.append(f"This is the last of {n_runs:,} runs in the file.")
    return " ".join(sentences)


def _sentence(curve: Curve, label: Label) -> str:
    reading = curve.reading
    match label:
        case "nan" | "not_learning" | "diverged" if reading is None or label != reading.label:
            return _broken_sentence(curve, label)
        case "no_eval":
            return f"Overfitting cannot be read from this log: {no_eval_cause(curve)}.{_train_sentence(curve)}"
        case "not_a_likelihood":
            kind = "reinforcement" if is_reinforcement(curve.history) else "preference"
            told = f"The loss of this {kind} run is no likelihood, so its curve cannot show overfitting."
            return f"{told}{_train_sentence(curve)}"
        case "too_few_points":
            told = f"No trend can be claimed from {_few(curve.deciding)}: four evaluations are the least."
            return f"{told}{_train_sentence(curve)}"
    assert reading is not None, label
    best, last = f"{level(reading.best)} at {curve.at(reading.best_step)}", level(reading.last)
    of = f"over {_evaluations(curve)}"
    back = f", giving back {given_back(reading)} of its fall" if reading.give_back is not None else ""
    match label:
        case "healthy":
            return f"The evaluation loss fell from {level(reading.first)} to {best}, {of}."
        case "still_falling":
            return f"The evaluation loss fell from {level(reading.first)} to {last} and is still falling, {of}."
        case "plateau" if stayed_level(reading):
            return f"The evaluation loss stayed level from {level(reading.first)} to {last}, {of}."
        case "plateau":
            return f"The evaluation loss fell from {level(reading.first)} to {best} and levelled off at {last}, {of}."
        case "mild_overfit" | "overfit":
            word = "Overfitting" if label == "overfit" else "Mild overfitting"
            fell = (
                f"fell from {level(reading.first)} to {best}, then"
                if reading.drop > 0
                else f"was lowest first, {best}, and"
            )
            return f"{word}: the evaluation loss {fell} rose to {last}{back}, {of}.{_kept_sentence(curve)}"
        case "diverged":
            return f"Diverged: the evaluation loss ends at {last}, above its first {level(reading.first)}, {of}."
        case _:
            return f"Nothing was learned: the evaluation loss went from {level(reading.first)} to {last}, {of}."


def _broken_sentence(curve: Curve, label: Label) -> str:
    train = curve.train
    levels = f"from {level(train.start)} to {level(train.end)}" if train is not None and train.n else ""
    if label == "diverged":
        return f"Training diverged: its loss went {levels}."
    if label == "not_learning":
        return f"Nothing was learned: the training loss went {levels}." if levels else "Nothing was learned."
    if curve.deciding is not None and curve.deciding.label == "nan":
        n = curve.deciding.n_broken
        return f"{'The only evaluation loss is' if n == 1 else f'All {n:,} evaluation losses are'} NaN or infinite."
    return "Training broke down: its numbers end in NaN, infinity or zeros."


def _train_sentence(curve: Curve) -> str:
    train = curve.train
    if train is None or not train.n:
        return ""
    if train.n == 1:
        return f" The only training loss is {level(train.end)}."
    return f" The training loss went from {level(train.start)} to {level(train.end)}."


def _kept_sentence(curve: Curve) -> str:
    step = curve.kept_step
    if step is None or curve.reading is None:
        return ""
    return f" The model of {curve.at(step)} was kept."


def _few(deciding: EvalSet | None) -> str:
    if deciding is None or not len(deciding.losses):
        return "no evaluation"
    shown = ", ".join(level(loss) for loss in deciding.losses)
    return f"{count(len(deciding.losses), 'evaluation')} ({shown})"


def _evaluations(curve: Curve) -> str:
    assert curve.deciding is not None
    of = f" of {curve.deciding.name}" if curve.deciding.name else ""
    return f"{count(len(curve.deciding.losses), 'evaluation')}{of}"


def _measures(curve: Curve, label: Label) -> dict[str, Measure]:
    history, deciding = curve.history, curve.deciding
    n_evals = len(deciding.losses) + deciding.n_broken if deciding is not None else 0
    measures: dict[str, Measure] = {
        "label": label,
        **_eval_measures(curve),
        "shipped_step": _step(curve.kept_step, _why_kept_is_unknown(history)),
        "last_step": _step(curve.last_step, "the log has no steps"),
        "n_evals": n_evals,
        "unit": history.unit,
        "source": history.source,
        "format": history.format,
        "evidence": history.evidence,
        "runs_in_file": history.runs_in_file,
        "notes": history.notes,
        "series": {_series_name(one): _series(one) for one in history.series},
    }
    return measures


def _eval_measures(curve: Curve) -> dict[str, Measure]:
    deciding = curve.deciding
    if deciding is None or not len(deciding.losses):
        why = Unscored(reason="the log has no evaluation loss" if deciding is None else "no evaluation loss is finite")
        return dict.fromkeys(("best_step", "best_eval_loss", "last_eval_loss", "give_back"), why)
    best = int(deciding.losses.argmin())
    return {
        "best_step": _step(float(deciding.steps[best]), ""),
        "best_eval_loss": float(deciding.losses[best]),
        "last_eval_loss": float(deciding.losses[-1]),
        "give_back": _give_back(curve),
    }


def _give_back(curve: Curve) -> Measure:
    if curve.history.loss_kind == "preference":
        return Unscored(reason="a preference loss is no likelihood")
    if curve.reading is None:
        return Unscored(reason=NO_TREND)
    if curve.reading.give_back is None:
        return Unscored(reason="the first evaluation is the lowest, so there was no fall to give back")
    return curve.reading.give_back


def _step(step: float | None, why_not: str) -> Measure:
    if step is None or not np.isfinite(step):
        return Unscored(reason=why_not)
    return int(step) if step == int(step) else step


def _why_kept_is_unknown(history: History) -> str:
    if history.load_best:
        return "the best checkpoint was loaded at the end, and the log does not name it"
    if history.best_step is not None:
        return "the trainer marked a best checkpoint, and nothing says whether it was loaded at the end"
    return "the log does not say which step was kept"


def _series_name(series: Series) -> str:
    middle = f"{series.eval_set}/" if series.eval_set else ""
    return f"{series.split}/{middle}{series.name}"


def _series(series: Series) -> Measure:
    """NaN and infinite values stay: a JSON document says of each that it is unscored and what it was."""
    epochs = tuple(point.epoch for point in series.points)
    return {
        "name": series.name,
        "split": series.split,
        "eval_set": series.eval_set,
        "steps": tuple(point.step for point in series.points),
        "values": tuple(point.value for point in series.points),
        "epochs": epochs if any(epoch is not None for epoch in epochs) else (),
        "n_not_finite": int(broken(np.array([point.value for point in series.points])).sum()),
    }
