"""Exported: the prompts whose votes became training data, remembered so that no later evaluation asks them again."""

from __future__ import annotations

import hashlib
import json
import os
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from tunecheck.core import Dataset
from tunecheck.errors import DataError, InputError
from tunecheck.runner.studies import Pool

LEDGER_VARIABLE = "TUNECHECK_EXPORTED"
"""Names another file to remember exports in, such as one that a team shares."""


def ledger_path() -> Path:
    """The file that remembers: of $TUNECHECK_EXPORTED, or tunecheck/exported.jsonl in the user's state folder."""
    given = os.environ.get(LEDGER_VARIABLE)
    if given:
        return Path(given)
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(state).expanduser() / "tunecheck" / "exported.jsonl"


def fingerprint(prompt: str) -> str:
    """A prompt as 32 hex digits, whatever its case, white space and Unicode form.

    >>> fingerprint(" What is\\n2+2?") == fingerprint("what is 2+2?")
    True
    """
    plain = " ".join(unicodedata.normalize("NFKC", prompt).casefold().split())
    return hashlib.blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def remember(prompts: Iterable[str], *, source: str, at: str) -> Path:
    """Write down that these prompts are training data now. Raises InputError where that cannot be written."""
    path = ledger_path()
    lines = [json.dumps({"fingerprint": fingerprint(one), "source": source, "at": at}) for one in prompts]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise InputError(
            f"{path} cannot be written ({error.strerror or error}), and without it a later evaluation could ask what "
            "was trained on",
            hint=f"name another file: {LEDGER_VARIABLE}=FILE",
        ) from None
    return path


def exported() -> Mapping[str, str]:
    """Of each exported prompt, by its fingerprint, when and from where it was exported; the newest counts."""
    try:
        text = ledger_path().read_text("utf-8", "replace")
    except OSError:
        return {}
    found = {}
    for line in text.splitlines():
        try:
            entry = json.loads(line)
            found[str(entry["fingerprint"])] = f"{str(entry['source'])[:200]}, {str(entry['at'])[:10]}"
        except (ValueError, KeyError, TypeError, RecursionError):
            # A line that a crash cut off says nothing.
            continue
    return found


def without_exported(dataset: Dataset) -> Dataset:
    """Validation items without those whose prompts were exported for training; its evidence then says so.

    Raises DataError where nothing would be left.
    """
    known = exported()
    kept = tuple(item for item in dataset.items if not item.prompt or fingerprint(item.readable_prompt) not in known)
    n_gone = len(dataset.items) - len(kept)
    if not n_gone:
        return dataset
    told = f"whose prompts were exported as training pairs (noted in {ledger_path()})"
    if not kept:
        raise DataError(
            f"{dataset.name} holds nothing but {n_gone:,} items {told}",
            hint="evaluate on items that were never exported",
        )
    return replace(dataset, items=kept, evidence=f"{dataset.evidence} Left out: {n_gone:,} items {told}.".strip())


def left_out(pool: Pool) -> tuple[Pool, tuple[str, ...]]:
    """The pool without prompts that were exported for training, and a note that says so.

    Raises InputError where nothing would be left.
    """
    known = exported()
    if not known:
        return pool, ()
    kept = tuple(one for one in pool.candidates if not one.prompt or fingerprint(one.prompt) not in known)
    n_gone = len(pool.candidates) - len(kept)
    if not n_gone:
        return pool, ()
    first = next(known[key] for one in pool.candidates if (key := fingerprint(one.prompt)) in known)
    told = f"of {pool.title} were exported as training data ({first}; noted in {ledger_path()})"
    if not kept:
        raise InputError(
            f"all {n_gone:,} prompts {told}, so answers to them say nothing about other prompts",
            hint="evaluate on prompts that were never exported",
        )
    return replace(pool, candidates=kept), (f"{n_gone:,} prompts {told}: left out",)
