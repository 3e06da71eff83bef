"""events.out.tfevents.*: what SummaryWriter, the Hugging Face Trainer, Lightning and Keras write for TensorBoard."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tunecheck.errors import InputError
from tunecheck.training.event_records import Logged, Records, logged, read_records
from tunecheck.training.logged_names import names_in_rows
from tunecheck.training.rows import Row, Rows, number

FORMAT = "TensorBoard event file"
_KERAS_FOLDERS = {"train": "train", "validation": "val"}
_PRETTY_TAGS = re.compile(r"</?pre>")


def matches(path: Path) -> bool:
    """Whether the name is that of an event file: events.out.tfevents.<seconds>.<host>..."""
    return ".tfevents." in path.name or path.name.endswith(".tfevents")


def read(path: Path) -> Rows:
    """Scalars of an event file, or of all event files that lie directly in a folder, in the order of their names.

    The files of a folder are one run, as TensorBoard has it: a resumed or restarted trainer adds a file. Steps in a
    row are sorted within each file, so that a fall of the step marks a new file that goes back. The last record may
    be cut off. Keras's folders train/ and validation/ beside each other, with tags ``epoch_loss``, are two halves of
    one run: reading their parent joins them. Raises InputError when there is no scalar to be had.
    """
    files = _event_files(path)
    rows: list[Row] = []
    notes: list[str] = []
    facts: dict[str, object] = {}
    by_epoch = bool(files)
    for file in files:
        found, file_notes = _scalars_and_texts(file)
        notes += file_notes
        facts |= _facts(found)
        scalars = [event for event in found if isinstance(event.value, float)]
        by_epoch = by_epoch and any(event.tag.startswith("epoch_") for event in scalars)
        rows += _rows(scalars, folder=file.parent.name)
    if not rows:
        raise InputError(
            f"{path}: no scalar in {len(files)} event {'file' if len(files) == 1 else 'files'}",
            hint="with report_to='tensorboard' the trainer writes them; or point at trainer_state.json or a log",
        )
    if len({file.parent for file in files}) > 1:
        rows = _joined(rows)
    return Rows(
        source=path.name,
        format=FORMAT,
        rows=tuple(rows),
        unit="epoch" if by_epoch else "step",
        facts=facts,
        notes=tuple(dict.fromkeys(notes)),
    )


def _event_files(path: Path) -> list[Path]:
    """The file itself; or those in the folder; or those in its folders train/ and validation/."""
    if not path.is_dir():
        return [path]
    try:
        inside = sorted(path.iterdir())
        files = [file for file in inside if matches(file) and file.is_file()]
        if not files:
            halves = [folder for folder in inside if folder.name in _KERAS_FOLDERS and folder.is_dir()]
            files = [file for half in halves for file in sorted(half.iterdir()) if matches(file) and file.is_file()]
    except OSError as problem:
        raise InputError(f"{path}: {problem.strerror}", hint="check the path and its permissions") from problem
    if not files:
        raise InputError(
            f"{path}: no file events.out.tfevents.* in it", hint="point at the folder that TensorBoard's --logdir names"
        )
    return files


def _scalars_and_texts(path: Path) -> tuple[list[Logged], list[str]]:
    """What a file holds, and what a reader should know of its state."""
    records = _records(path)
    if records.stopped_at == 0:
        raise InputError(
            f"{path.name} is not a TensorBoard event file: its first record is damaged",
            hint="copy the file again, or point at another log of the run",
        )
    found: list[Logged] = []
    n_bad = records.n_bad
    for content in records.contents:
        try:
            found += logged(content)
        except ValueError:
            n_bad += 1
    notes = []
    if n_bad:
        notes.append(f"{path.name}: damaged records left out: {n_bad}")
    if records.n_left_out:
        notes.append(f"{path.name} is very large: {records.n_left_out} records in its first half were left out")
    if records.stopped_at is not None:
        notes.append(f"{path.name} is damaged at byte {records.stopped_at}: nothing after it was read")
    return found, notes


def _records(path: Path) -> Records:
    hint = "check the path and its permissions"
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise InputError(f"{path} is not a regular file", hint=hint)
        with path.open("rb") as file:
            return read_records(file, state.st_size)
    except OSError as problem:
        raise InputError(f"{path}: {problem.strerror}", hint=hint) from problem


def _rows(scalars: Iterable[Logged], *, folder: str) -> list[Row]:
    """One row for each step, with all that was logged at it; of a tag that was logged twice, the last value."""
    by_step: dict[int, dict[str, float]] = {}
    tags: dict[str, None] = {}
    for event in scalars:
        if isinstance(event.value, float):
            by_step.setdefault(event.step, {})[event.tag] = event.value
            tags[event.tag] = None
    names = _names(tags, folder)
    rows = []
    for step in sorted(by_step):
        values = by_step[step]
        epoch = values.get("train/epoch", values.get("epoch"))
        if "train/train_runtime" in values:
            # The Trainer's last entry: train_loss is the mean over the whole run, no point of the curve.
            values.pop("train/train_loss", None)
        kept = {names[tag]: value for tag, value in values.items() if tag in names}
        if kept:
            rows.append(Row(step=float(step), epoch=epoch, values=kept))
    return rows


def _names(tags: Iterable[str], folder: str) -> dict[str, str]:
    """Names in the rows: Keras's epoch_loss in the folder validation/ is val/loss there."""
    tags = [tag for tag in tags if tag not in ("epoch", "train/epoch")]
    if folder in _KERAS_FOLDERS and any(tag.startswith("epoch_") for tag in tags):
        prefix = _KERAS_FOLDERS[folder]
        return {tag: f"{prefix}/{tag.removeprefix('epoch_')}" for tag in tags if tag.startswith("epoch_")}
    return names_in_rows(tags)


def _joined(rows: Iterable[Row]) -> list[Row]:
    """Rows of two halves of one run, by step."""
    by_step: dict[float, dict[str, float]] = {}
    for row in rows:
        by_step.setdefault(row.step or 0.0, {}).update(row.values)
    return [Row(step=step, epoch=None, values=by_step[step]) for step in sorted(by_step)]


def _facts(found: Sequence[Logged]) -> dict[str, object]:
    """The step of the Trainer's last entry, and what it wrote as text: its arguments and the model's configuration."""
    texts = {event.tag: event.value for event in found if isinstance(event.value, bytes)}
    arguments = _json_object(texts.get("args/text_summary"))
    model = _json_object(texts.get("model_config/text_summary"))
    facts: dict[str, object] = {}
    ends = [event.step for event in found if event.tag == "train/train_runtime"]
    if ends:
        facts["last_step"] = float(ends[-1])
    strategy = arguments.get("eval_strategy", arguments.get("evaluation_strategy"))
    if isinstance(strategy, str):
        facts["eval_strategy"] = strategy
    if isinstance(arguments.get("load_best_model_at_end"), bool):
        facts["load_best"] = arguments["load_best_model_at_end"]
    if isinstance(arguments.get("metric_for_best_model"), str):
        facts["best_metric"] = arguments["metric_for_best_model"]
    planned = number(arguments.get("max_steps"))
    if planned is not None and planned > 0:
        facts["planned_steps"] = planned
    size = model.get("vocab_size")
    if isinstance(size, int) and not isinstance(size, bool) and size > 1:
        facts["vocabulary_size"] = size
    return facts


def _json_object(text: float | bytes | None) -> Mapping[str, object]:
    """The object in a text summary, which old writers put into <pre>; {} for anything else."""
    if not isinstance(text, bytes):
        return {}
    try:
        content = json.loads(_PRETTY_TAGS.sub("", text.decode("utf-8", errors="replace")))
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
