"""trainer_state.json: the log of the Hugging Face Trainer, and so of TRL, Axolotl, Unsloth and LLaMA-Factory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from tunecheck.errors import InputError
from tunecheck.training.log_lines import head_of
from tunecheck.training.log_text import LogText, read_log
from tunecheck.training.rows import Row, Rows, dict_rows, ends, number

FORMAT = "Hugging Face Trainer"
MAX_ROWS = 30_000
"""Of a longer log_history the first and the last rows are read."""
_MAX_ENTRIES = 400_000
_MOST_GAPS = 3
_MAX_TEXT = 12_000_000

_LOG = re.compile(r'"log_history"\s{0,100}:\s{0,100}\[')
_BETWEEN = re.compile(r"[\s,]{0,10000}")
_CHECKPOINT = re.compile(r"checkpoint-([0-9]{1,15})")
# DPO, KTO, ORPO and their like; PPO and GRPO.
_PREFERENCE = re.compile(r"^(?:eval_|train/|eval/)?(?:rewards?/|reward$|reward_std$|logps/|objective/kl$|completions/)")
# Of a state that is cut off, what stands before its log is found by itself.
_FIELD = re.compile(r'"([a-z_]{1,40})"\s{0,20}:\s{0,20}("[^"\n]{0,1000}"|[-+.0-9eE]{1,40}|NaN|null|true|false)')
_MAX_REST = 4 * 1024 * 1024


def matches(path: Path) -> bool:
    """Whether it is a trainer_state.json, whatever its name."""
    if path.name == "trainer_state.json":
        return True
    return path.suffix.lower() == ".json" and _LOG.search(head_of(path)) is not None


def read(path: Path) -> Rows:
    """Rows of ``log_history``, and what the state says of the run.

    Bare NaN and Infinity, which json.dumps writes, are read. Of a file that is cut off, the rows before the cut are
    read, with a note. Raises InputError when the file is no state.
    """
    log = _shortened(read_log(path))
    found = _LOG.search(log.text)
    if found is None:
        raise InputError(
            f"{path} has no log_history: it is {_kind(log.text)}",
            hint="point at the trainer_state.json in the output folder or in its last checkpoint",
        )
    notes = []
    state: Mapping[str, object] | None = _whole_state(log.text)
    listed = state.get("log_history") if state is not None else None
    entries: list[object] = listed if isinstance(listed, list) else []
    if state is None:
        entries, end, is_whole = _entries(log.text, found.end(), over_gaps=log.cut)
        state = _state(log.text[: found.end()] + log.text[end:]) if is_whole else None
    if state is None:
        state = _loose(log.text[: found.start()])
        notes.append(f"{path.name} is damaged or cut off after {len(entries)} rows of its log; those were read")
    if len(entries) > MAX_ROWS:
        notes.append(f"{path.name} is very long: {len(entries) - MAX_ROWS:,} rows in its middle were left out")
        entries = list(ends(entries, MAX_ROWS))
    if log.cut:
        notes.append(f"{path.name} is very large: a part in its middle was left out")
    rows = rows_of_log(entries)
    return Rows(
        source=path.name, format=FORMAT, rows=rows, facts=facts_of(state, entries), notes=(*notes, *_said(state, rows))
    )


def _shortened(log: LogText) -> LogText:
    """The first and the last part of a log that is so large that reading all of it would take seconds."""
    if len(log.text) <= _MAX_TEXT:
        return log
    head = log.text[: _MAX_TEXT // 16]
    return LogText(text=head + "\n" + log.text[-(_MAX_TEXT - len(head)) :], cut=True)


def last_step(path: Path) -> float:
    """The step of a state, from its beginning where that tells it; 0.0 where it has none or cannot be read."""
    head = head_of(path)
    found = _LOG.search(head)
    told = _whole(_loose(head[: found.start()]).get("global_step")) if found else None
    if told:
        return told
    try:
        step = read(path).facts.get("last_step")
    except InputError:
        return 0.0
    return step if isinstance(step, float) else 0.0


def rows_of_log(entries: Iterable[object]) -> tuple[Row, ...]:
    """Rows of a ``log_history``."""
    return dict_rows(entries, step_keys=("step", "global_step"))


def is_preference(rows: Iterable[Row]) -> bool:
    """Whether the rows log rewards, or chances of chosen and rejected answers: then the loss is no likelihood."""
    return _has_rewards({key for row in rows for key in row.values})


def _has_rewards(keys: Iterable[object]) -> bool:
    return any(isinstance(key, str) and _PREFERENCE.search(key) for key in keys)


def facts_of(state: Mapping[str, object], entries: Iterable[object]) -> dict[str, object]:
    """last_step, planned_steps, best_step, best_metric and n_eval as far as the state and its rows tell them."""
    rows = [entry for entry in entries if isinstance(entry, Mapping)]
    facts = {
        "last_step": _whole(state.get("global_step")) or None,
        "planned_steps": _whole(state.get("max_steps")) or None,
        "best_step": _best_step(state),
        "best_metric": _best_metric(state, rows),
        "n_eval": _n_eval(rows),
    }
    keys = {key for row in rows for key in row}
    if _has_rewards(keys):
        facts["loss_kind"] = "preference"
    elif "aux_loss" in keys:
        facts["loss_kind"] = "other"
    return {name: value for name, value in facts.items() if value not in (None, "")}


def _whole_state(text: str) -> dict[str, object] | None:
    """The state with its log, decoded in one go, which is several times faster; None where anything is amiss."""
    try:
        state = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return state if isinstance(state, dict) and isinstance(state.get("log_history"), list) else None


def _entries(text: str, start: int, *, over_gaps: bool) -> tuple[list[object], int, bool]:
    """Entries of the list that is open at ``start``, where they end, and whether the list is whole.

    ``over_gaps``: what was left out of the middle of a large file may have cut through an entry; those behind count.
    """
    decoder = json.JSONDecoder()
    entries: list[object] = []
    at = start
    gaps = _MOST_GAPS if over_gaps else 0
    while len(entries) < _MAX_ENTRIES:
        between = _BETWEEN.match(text, at)
        at = between.end() if between else at
        if text.startswith("]", at):
            return entries, at, True
        try:
            entry, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            behind = text.find("{", at + 1) if gaps else -1
            if behind < 0:
                return entries, at, False
            at, gaps = behind, gaps - 1
            continue
        entries.append(entry)
    return entries, text.rfind("]"), True


def _state(text: str) -> Mapping[str, object] | None:
    """The state without its log, or None when it cannot be read."""
    try:
        state = json.loads(text) if len(text) < _MAX_REST else None
    except (ValueError, RecursionError):
        return None
    return state if isinstance(state, dict) else None


def _loose(head: str) -> dict[str, object]:
    """Plain fields that stand before the log in a damaged state."""
    state: dict[str, object] = {}
    for name, value in _FIELD.findall(head[-20_000:]):
        try:
            state[name] = json.loads(value)
        except ValueError:
            continue
    return state


def _kind(text: str) -> str:
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if not start:
        return "empty"
    return "JSON of another kind" if start in "{[" else "no JSON"


def _best_step(state: Mapping[str, object]) -> float | None:
    """The step that the Trainer called best: of its own field, which is newer, or of the checkpoint's name."""
    named = _CHECKPOINT.fullmatch(re.split(r"[/\\]", str(state.get("best_model_checkpoint")).rstrip("/\\"))[-1])
    return _whole(state.get("best_global_step")) or (float(named[1]) if named else None)


def _best_metric(state: Mapping[str, object], rows: Iterable[Mapping[object, object]]) -> str:
    """The name of the evaluated quantity that has exactly the value of the best metric, "" when none has."""
    best = number(state.get("best_metric"))
    names = [
        key.removeprefix("eval_")
        for row in rows
        for key, value in row.items()
        if isinstance(key, str) and key.startswith("eval_") and best is not None and number(value) == best
    ]
    return "loss" if "loss" in names else next(iter(names), "")


def _n_eval(rows: Iterable[Mapping[object, object]]) -> int | None:
    """Examples in the evaluation set: time by rows a second, where their rounding leaves one whole number."""
    found = None
    for row in rows:
        seconds, speed = number(row.get("eval_runtime")), number(row.get("eval_samples_per_second"))
        if seconds is None or speed is None or "eval_loss" not in row or not 0 < seconds * speed < 1e9:
            continue
        doubt = 0.0005 * seconds + 0.00005 * speed  # the Trainer rounds to three and to four places
        n = round(seconds * speed)
        found = n if doubt < 0.4 and abs(n - seconds * speed) <= doubt + 0.01 else None
    return found


def _said(state: Mapping[str, object], rows: tuple[Row, ...]) -> list[str]:
    """What a reader should know: an empty log, and who stopped the run."""
    notes = []
    last, planned = _whole(state.get("global_step")), _whole(state.get("max_steps"))
    if not any("loss" in key for row in rows for key in row.values):
        every = _whole(state.get("logging_steps"))
        short = (
            f": logging_steps is {every:g} and the run had {last:g} steps" if every and last and every > last else ""
        )
        notes.append(f"its log holds no loss{short}")
    callbacks = state.get("stateful_callbacks")
    stopper = callbacks.get("EarlyStoppingCallback") if isinstance(callbacks, Mapping) else None
    if stopper is not None and last and planned and last < planned and _ran_out(stopper):
        notes.append("early stopping ended the run: evaluations no longer improved")
    return notes


def _ran_out(stopper: object) -> bool:
    """Whether the callback for early stopping has waited as long as it was told to."""
    if not isinstance(stopper, Mapping):
        return False
    told, now = stopper.get("args"), stopper.get("attributes")
    patience = number(told.get("early_stopping_patience")) if isinstance(told, Mapping) else None
    waited = number(now.get("early_stopping_patience_counter")) if isinstance(now, Mapping) else None
    return patience is not None and waited is not None and waited >= patience


def _whole(value: object) -> float | None:
    """A finite number from 0 up, or None."""
    found = number(value)
    return found if found is not None and 0 <= found < 1e15 else None
