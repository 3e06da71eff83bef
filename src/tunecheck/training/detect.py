"""read_history: from an output folder or a log file to one History, with the evidence for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from tunecheck.core.history import History, Series
from tunecheck.errors import InputError
from tunecheck.training import (
    console,
    csv_metrics,
    hugging_face,
    keras_history,
    llama_factory,
    mlx,
    model_card,
    notebook_table,
    sentences,
    tensorboard,
    torchtune,
    wandb,
)
from tunecheck.training.folder import CHECKPOINT, Folder, checkpoints_beside, look
from tunecheck.training.rows import Row, Rows, place_of, segments, series_of

_MOST_TRIED, _MOST_LOOKED_INTO = 40, 2_000
_LISTED = 5


class _Reader(Protocol):
    """A module of one format."""

    def matches(self, path: Path) -> bool: ...

    def read(self, path: Path) -> Rows: ...


# In the order in which they are believed: what the trainer wrote for itself before what was printed. The first that
# knows a file reads it.
_READERS: tuple[_Reader, ...] = (
    hugging_face,
    llama_factory,
    wandb,
    csv_metrics,
    keras_history,
    torchtune,
    tensorboard,
    mlx,
    notebook_table,
    console,
    sentences,
    model_card,
)


@dataclass(frozen=True, slots=True)
class _Log:
    """A log that was read: its place among the readers, and what it is called."""

    rank: int
    name: str
    rows: Rows
    series: tuple[Series, ...]
    n_runs: int

    @property
    def losses(self) -> set[str]:
        """Which losses it has: train, eval."""
        return {series.split for series in self.series if series.name == "loss"}


def read_history(path: Path) -> History:
    """The history of a training run, from its output folder or from one log file.

    Of several logs in a folder the one that the trainer wrote for itself counts, and others fill in the losses that it
    lacks. Raises InputError, with what was looked for, where there is no log that can be read.
    """
    try:
        is_folder = path.is_dir()
        exists = is_folder or path.exists()
    except (OSError, ValueError) as error:
        raise InputError(f"{str(path)!r} is no path: {error}", hint="name an output folder or a log file") from error
    if not exists:
        raise InputError(f"{path} does not exist", hint="name the trainer's output folder, or one of its log files")
    if not is_folder:
        return _history([_read_file(path)], look(path.parent, deepest=1), path)
    folder = look(path)
    logs, damaged = _read_folder(folder, path)
    if not logs:
        raise _nothing(path, folder, damaged)
    return _history(logs, folder, path, damaged)


def history_of_log(rows: Sequence[Mapping[str, Any]], state: Any = None) -> History:
    """The history of a live Trainer's ``log_history``; ``state`` is the ``TrainerState`` that it belongs to."""
    fields = ("global_step", "max_steps", "num_train_epochs", "epoch", "best_metric", "best_model_checkpoint")
    known = {name: getattr(state, name, None) for name in (*fields, "best_global_step")} if state is not None else {}
    name = "the Trainer's log"
    plain = [{key: _plain(value) for key, value in row.items()} for row in rows]
    found = hugging_face.rows_of_log(plain)
    notes: tuple[str, ...] = ()
    if found and all(place_of(row) is None for row in found):
        found = tuple(Row(float(line), None, row.values) for line, row in enumerate(found, start=1))
        notes = ("it has no steps: here they are counted by lines of the log",)
    read = Rows(
        source=name,
        format=hugging_face.FORMAT,
        rows=found,
        facts=hugging_face.facts_of(known, plain),
        notes=notes,
    )
    return _built(_log(0, name, read), {})


def _plain(value: object) -> object:
    """The Python number in a scalar of NumPy or a tensor of one element; anything else as it is."""
    item = getattr(value, "item", None)
    if not callable(item):
        return value
    try:
        found: object = item()
    except (TypeError, ValueError, RuntimeError):
        return value
    return found


def _read_file(path: Path) -> _Log:
    for rank, reader in enumerate(_READERS):
        if reader.matches(path):
            return _log(rank, path.name, reader.read(path))
    raise InputError(
        f"{path} is no training log that tunecheck knows",
        hint="known are trainer_state.json, trainer_log.jsonl, CSV with a loss and a step, JSON histories, TensorBoard "
        "events, and consoles of torchtune, MLX-LM and Transformers",
    )


def _read_folder(folder: Folder, root: Path) -> tuple[list[_Log], list[str]]:
    """The best log of each format, and why others could not be read."""
    logs: list[_Log] = []
    damaged: list[str] = []
    for rank, known in sorted(_by_format(folder.files).items()):
        reader = _READERS[rank]
        for path in (_states if reader is hugging_face else _highest)(known, root)[:_MOST_TRIED]:
            # Event files of one folder are one run: a trainer that is resumed adds a file.
            place = path.parent if reader is tensorboard else path
            try:
                logs.append(_log(rank, str(path.relative_to(root)), reader.read(place)))
                break
            except InputError as error:
                damaged.append(error.message)
    return logs, damaged


def _by_format(files: Sequence[Path]) -> dict[int, list[Path]]:
    """Files by the place of the reader that knows them; of very many files the first."""
    found: dict[int, list[Path]] = {}
    for path in files[:_MOST_LOOKED_INTO]:
        rank = next((rank for rank, reader in enumerate(_READERS) if reader.matches(path)), None)
        if rank is not None:
            found.setdefault(rank, []).append(path)
    return found


def _highest(known: Sequence[Path], root: Path) -> list[Path]:  # noqa: ARG001 (as _states)
    """Those that lie highest in the folder first, and of those the last by name: version_1 before version_0."""
    placed = sorted(enumerate(known), key=lambda one: (len(one[1].parts), -one[0]))
    return [path for _, path in placed]


def _states(known: Sequence[Path], root: Path) -> list[Path]:
    """A Trainer's states, the one that went furthest first: of the checkpoints the last, or the one beside them.

    Raises InputError where they are of several runs, and none of them is that of ``root``.
    """
    homes = {_home(path) for path in known}
    home = root if root in homes else min(homes)
    if home != root and len(homes) > 1:
        raise _several(root, homes)
    of_home = [path for path in known if _home(path) == home]
    return sorted(of_home, key=_progress, reverse=True) if len(of_home) > 1 else of_home


def _home(path: Path) -> Path:
    """The output folder that a state belongs to: the folder of its checkpoint's folder, or its own."""
    return path.parent.parent if CHECKPOINT.fullmatch(path.parent.name) else path.parent


def _progress(path: Path) -> tuple[float, bool]:
    """The step of a state; of equals the one that is no checkpoint's goes first."""
    checkpoint = CHECKPOINT.fullmatch(path.parent.name)
    if checkpoint is not None:
        return float(checkpoint[1]), False
    return hugging_face.last_step(path), True


def _log(rank: int, name: str, rows: Rows) -> _Log:
    runs = segments(rows.rows)
    told = rows.facts.get("runs_in_file")
    n_runs = told if isinstance(told, int) else max(1, len(runs))
    last: tuple[Row, ...] = runs[-1] if runs else ()
    return _Log(rank, name, rows, series_of(last), n_runs)


def _history(logs: list[_Log], folder: Folder, path: Path, damaged: Sequence[str] = ()) -> History:
    # A log without any loss is believed only where there is no other.
    best = min(logs, key=lambda log: (not log.losses, log.rank))
    history = _built(best, folder.arguments)
    checkpoint = CHECKPOINT.fullmatch(path.absolute().name)
    evidence = [f"{log.name}: {log.rows.format}, {len(log.rows.rows):,} rows" for log in logs]
    others = [log for log in logs if log is not best and log.rows.unit == best.rows.unit]
    filled, notes = _filled(best, others)
    is_trainer = _READERS[best.rank] is hugging_face
    load_best = history.load_best if history.load_best is not None else _loaded_best(history, folder.final_eval_loss)
    return replace(
        history,
        load_best=load_best,
        format=folder.framework or history.format if is_trainer else history.format,
        evidence=(*evidence, *folder.marks, *(f"not read: {why}" for why in damaged[:_LISTED])),
        series=history.series + filled,
        checkpoints=folder.checkpoints if not checkpoint else (int(checkpoint[1]),),
        n_train=folder.n_train or history.n_train,
        n_eval=folder.n_eval or history.n_eval,
        vocabulary_size=folder.vocabulary_size,
        notes=(*history.notes, *notes, *_beside(history, filled, folder, path)),
    )


def _loaded_best(history: History, final: float | None) -> bool | None:
    """Whether an evaluation after training gave the loss of the best step, or that of the last, and not of both."""
    losses = {point.step: point.value for one in history.all("loss", "eval") for point in one.points}
    best = losses.get(history.best_step) if history.best_step is not None else None
    if final is None or best is None or len(losses) < 2:
        return None
    last = losses[max(losses)]
    return None if best == last or final not in (best, last) else final == best


def _beside(history: History, filled: tuple[Series, ...], folder: Folder, path: Path) -> Iterator[str]:
    """What the folder tells beyond its logs: that the run went on, and a single evaluation after training."""
    checkpoint = CHECKPOINT.fullmatch(path.absolute().name)
    if checkpoint:
        later = [step for step in checkpoints_beside(path) if step > int(checkpoint[1])]
        if later:
            here = int(checkpoint[1])
            yield f"the run went on to step {max(later):,} or further: this is its curve up to step {here:,}"
    evaluated = any(one.name == "loss" and one.split == "eval" for one in (*history.series, *filled))
    if folder.final_eval_loss is not None and not evaluated:
        yield f"evaluated once, after training: eval_loss {folder.final_eval_loss:.4g}"


def _filled(best: _Log, others: Sequence[_Log]) -> tuple[tuple[Series, ...], tuple[str, ...]]:
    """Losses that the best log lacks and another has."""
    have, series, notes = set(best.losses), [], []
    # A log that goes much further is of another run.
    end = max(_end(best.series), float(str(best.rows.facts.get("last_step") or 0)))
    for log in others:
        new = [one for one in log.series if one.name == "loss" and one.split not in have and _end([one]) <= 1.1 * end]
        if new:
            series += new
            notes.append(f"{' and '.join(sorted({one.split for one in new}))} loss taken from {log.name}")
            have |= {one.split for one in new}
    return tuple(series), tuple(notes)


def _end(series: Sequence[Series]) -> float:
    return max((one.points[-1].step for one in series if one.points), default=0.0)


def _loss_kind(told: object, arguments: Mapping[str, Any]) -> str:
    """Of the log, or else of the settings: "dft" weighs tokens, and smoothed labels add a term."""
    smoothed = isinstance(arguments.get("label_smoothing_factor"), float) and arguments["label_smoothing_factor"] > 0
    if told in ("preference", "other"):
        return str(told)
    return "other" if smoothed or arguments.get("loss_type") == "dft" else "nll"


def _built(log: _Log, arguments: Mapping[str, Any]) -> History:
    facts: dict[str, Any] = {name: value for name, value in log.rows.facts.items() if value is not None}
    load_best = arguments.get("load_best_model_at_end")
    strategy = arguments.get("eval_strategy", arguments.get("evaluation_strategy"))
    metric = arguments.get("metric_for_best_model")
    seed = arguments.get("data_seed") or arguments.get("seed")
    history = History(
        source=log.name,
        format=log.rows.format,
        series=log.series,
        unit=log.rows.unit,
        load_best=load_best if isinstance(load_best, bool) else None,
        eval_strategy=strategy if isinstance(strategy, str) else "",
        seed=seed if isinstance(seed, int) else None,
    )
    given: dict[str, Any] = {name: value for name, value in facts.items() if name in History.__slots__}
    if isinstance(metric, str) and not given.get("best_metric"):
        given["best_metric"] = metric.removeprefix("eval_")
    given["loss_kind"] = _loss_kind(given.get("loss_kind"), arguments)
    return replace(history, **given, runs_in_file=log.n_runs, notes=log.rows.notes)


def _several(root: Path, runs: set[Path]) -> InputError:
    named = ", ".join(str(run.relative_to(root)) for run in sorted(runs)[:_LISTED])
    more = f" and {len(runs) - _LISTED} more" if len(runs) > _LISTED else ""
    return InputError(f"{root} holds {len(runs)} runs: {named}{more}", hint="name one of them")


def _nothing(path: Path, folder: Folder, damaged: Sequence[str]) -> InputError:
    if damaged:
        return InputError(
            f"{path}: no training log could be read: {'; '.join(damaged[:_LISTED])}", hint="name another log of the run"
        )
    if any(file.name == "adapter_config.json" for file in folder.files):
        return InputError(
            f"{path} holds an adapter and no training log: it was saved by itself",
            hint="name the trainer's output folder (its output_dir), which has checkpoint-*/trainer_state.json; from "
            "the next training on, call trainer.save_state() beside save_pretrained",
        )
    return InputError(
        f"{path} holds no training log",
        hint="looked for trainer_state.json, trainer_log.jsonl, metrics.csv, JSON histories, TensorBoard events and "
        "captured consoles, four levels deep; name the trainer's output folder or a log",
    )
