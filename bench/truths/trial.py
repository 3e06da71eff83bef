"""Trial: one case on one base with one seed, trained, proved, and judged by tunecheck as a user would have it."""

from __future__ import annotations

import json
import os
import shutil
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

import torch
from transformers.utils import logging as hf_logging

from .bases import Base
from .cases import Case
from .facts import Facts, facts_of
from .outcome import REFUSED, Outcome, Told, judge
from .rows import Rows, json_lines
from .training import Settings, fine_tune

RESULT = "result.json"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What came of one fine-tune: the facts that were measured on it, and what tunecheck said."""

    case: Case
    base: str
    seed: int
    facts: Facts
    outcome: Outcome

    @property
    def truth_holds(self) -> bool:
        """Whether the facts show the model to be what the case claims."""
        return self.case.holds(self.facts)

    @property
    def is_decided_right(self) -> bool:
        """Whether the decision is one of the right ones."""
        return self.outcome.decision in self.case.right

    @property
    def found(self) -> tuple[str, ...]:
        """Those of the expected findings that were raised, each once."""
        wanted = (w for w in self.case.findings if any(_is_named(w, told) for told in self.outcome.findings))
        return tuple(dict.fromkeys(one.partition("~")[0] for one in wanted))

    @property
    def missing(self) -> tuple[str, ...]:
        """The findings of which one should have been raised; empty where one was, or where the run was refused."""
        return () if self.found or self.outcome.decision == REFUSED else self.case.findings

    @property
    def false_alarms(self) -> tuple[str, ...]:
        """Findings that were raised and must not be."""
        return tuple(code for code in self.outcome.raised if code in self.case.forbidden)

    @property
    def is_told_right(self) -> bool:
        """One of the right findings, and no wrong one."""
        return not self.missing and not self.false_alarms

    @property
    def is_right(self) -> bool:
        """Decision, findings and silence are all as they should be."""
        return self.is_decided_right and self.is_told_right

    @property
    def tutorial(self) -> str:
        """What the tutorials' rule on the plain gap says: above 0.5 nats high, above 0.2 some overfitting."""
        gap = self.facts.gap
        return f"{'high' if gap > 0.5 else 'some' if gap > 0.2 else 'none' if gap <= 0.2 else 'no loss'} ({gap:.2f})"

    def document(self) -> dict[str, Any]:
        """The trial for JSON: truth, facts, all that tunecheck said with its measures, and what was right of it."""
        return {
            "truth": self.case.name,
            "base": self.base,
            "seed": self.seed,
            "kind": self.case.kind,
            "facts": asdict(self.facts),
            "truth_holds": self.truth_holds,
            "decision": self.outcome.decision,
            "statuses": dict(self.outcome.statuses),
            "findings": [asdict(told) for told in self.outcome.findings],
            "found": list(self.found),
            "missing": list(self.missing),
            "false_alarms": list(self.false_alarms),
            "tutorial": self.tutorial,
            "is_right": self.is_right,
            "measures": dict(self.outcome.measures),
        }


def _is_named(wanted: str, told: Told) -> bool:
    """Whether a finding is the wanted one: its code, and after a ~ words of its message."""
    code, _, words = wanted.partition("~")
    return told.code == code and words in told.message


def prepare(case: Case, base: Base, seed: int, work: Path) -> tuple[Facts, bool]:
    """Train and measure, unless that stands in ``work``; the facts, and whether it was trained now."""
    name = case.same_as or case.name
    rows = case.rows(Random(f"{name} {seed}"), base)
    folder = work / f"{name}-{base.name}-{seed}"
    is_new = _trained(folder, case.settings_for(base.name), rows, base, seed)
    return facts_of(base, folder / "tuned", rows, folder / "facts.json"), is_new


def attempt(case: Case, base: Base, seed: int, work: Path, *, anew: bool = False) -> Trial:
    """Train, measure the facts, and run tunecheck; whatever of it is in ``work`` already is taken from there.

    ``anew`` runs tunecheck again on what was trained: after a change of its rules, say.
    """
    own = work / f"{case.name}-{base.name}-{seed}"
    model = work / f"{case.same_as or case.name}-{base.name}-{seed}"
    with quiet():
        facts, is_new = prepare(case, base, seed, work)
        if is_new:
            shutil.rmtree(own / "run", ignore_errors=True)
        if is_new or anew or not (own / RESULT).is_file():
            start = time.perf_counter()
            outcome = judge(
                model / "tuned",
                train=model / "train.jsonl",
                validation=model / "validation.jsonl",
                general=model / "general.jsonl",
                base=base.folder,
                out=own / "run",
                template=case.template,
            )
            _keep(own / RESULT, Trial(case=case, base=base.name, seed=seed, facts=facts, outcome=outcome), start)
    outcome = Outcome.from_document(json.loads((own / RESULT).read_text("utf-8")))
    return Trial(case=case, base=base.name, seed=seed, facts=facts, outcome=outcome)


def _keep(file: Path, trial: Trial, start: float) -> None:
    """Write the result file whole or not at all."""
    text = json.dumps({**trial.document(), "judged_in_s": time.perf_counter() - start}, indent=2, ensure_ascii=False)
    part = file.with_suffix(".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_text(text, encoding="utf-8")
    part.replace(file)


def _trained(folder: Path, settings: Settings, rows: Rows, base: Base, seed: int) -> bool:
    """Train unless the folder holds this very training; whether it was trained now."""
    files = {
        "train.jsonl": json_lines(rows.train, is_chat=base.is_chat),
        "validation.jsonl": json_lines(rows.validation, is_chat=base.is_chat),
        "general.jsonl": "".join(json.dumps({"text": text}) + "\n" for text in base.general),
        "extra.json": json.dumps(rows.extra),
        "settings.json": json.dumps(asdict(settings)),
    }
    # The last file written says that the training ended; rows or settings that changed since mean another training.
    if all((folder / name).is_file() and (folder / name).read_text("utf-8") == text for name, text in files.items()):
        return False
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    fine_tune(base, folder / "tuned", rows.train, rows.validation, rows.extra, settings, seed=seed)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return True


@contextmanager
def quiet() -> Iterator[None]:
    """One thread, and the libraries' warnings and progress bars kept off the terminal."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    torch.set_num_threads(1)
    hf_logging.set_verbosity_error()
    hf_logging.disable_progress_bar()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
