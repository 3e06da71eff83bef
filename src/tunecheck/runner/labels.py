"""Labels: which ones a classification has, and what each answer and each reference is read as."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np

from tunecheck.core import Answered, LabelFacts, Prediction, Reading, TaskSpec, Unscored
from tunecheck.errors import DataError, InputError
from tunecheck.metrics.calibration import checked_probabilities
from tunecheck.metrics.labels import LabelReader

MOST_LABELS = 100
_OPTIONS = ("where", "at_least", "aliases", "rank", "multi")
_LISTED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLabels:
    """The facts of a classification, and its settings on one line."""

    facts: LabelFacts
    settings: str


def label_facts(spec: TaskSpec, rows: Sequence[Prediction]) -> ReadLabels:
    """Every answer and reference read as a label. Raises DataError for references that are no label."""
    unknown = [name for name in spec.options if name not in _OPTIONS]
    if unknown:
        raise InputError(
            f"classification has no option {', '.join(unknown)}", hint=f"its options are labels, {', '.join(_OPTIONS)}"
        )
    several = next((row for row in rows if len(row.references) > 1), None)
    if several is not None:
        raise DataError(
            f"{several.source} has {len(several.references)} references, and a row has one label",
            hint="give one, or say that several labels may be right at once: multi=yes",
        )
    first = [row.references[0] for row in rows]
    labels, why = (spec.labels, "as given") if spec.labels else find_labels(first)
    reader = LabelReader(labels, aliases=_aliases(spec.options.get("aliases", ""), labels))
    has_base = any(row.base is not None for row in rows)
    facts = LabelFacts(
        labels=labels,
        why=why,
        references=_references(rows, reader, labels),
        tuned=tuple(read(reader, row.tuned) for row in rows),
        base=tuple(read(reader, row.base) for row in rows) if has_base else None,
        tuned_probabilities=_probabilities([row.probabilities for row in rows], labels),
        base_probabilities=_probabilities([row.base_probabilities for row in rows], labels) if has_base else None,
    )
    return ReadLabels(facts=facts, settings=f"labels={'|'.join(labels)} ({why})")


def find_labels(references: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """The distinct references in order, without the words that all of them share at both ends; and where they are from.

    >>> find_labels(["This goes to repairs.", "This goes to delivery.", "This goes to repairs."])[0]
    ('repairs', 'delivery')
    """
    # Letter case tells no labels apart here; who wants it to names them.
    first: dict[str, str] = {}
    for text in map(str.strip, references):
        first.setdefault(text.casefold(), text)
    distinct = tuple(first.values())
    if len(distinct) > min(MOST_LABELS, max(2, len(references) / 2)):
        raise DataError(
            f"the {len(references):,} references are {len(distinct):,} different texts, such as {distinct[0][:60]!r}: "
            "those are no labels",
            hint="name the labels: --labels A,B,C (a run: --task classification:labels=A|B|C), and where=column:value "
            "for the rows that have them",
        )
    if len(distinct) < 2:
        raise DataError(
            f"every reference is {distinct[0][:60]!r}: one label leaves nothing to tell apart",
            hint="name all labels: --labels A,B,C",
        )
    bare = _without_frame(distinct)
    framed = " without the words that all of them share" if bare != distinct else ""
    return bare, f"the distinct references{framed}"


def _without_frame(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The texts without their common first and last words, where something that differs is left of each."""
    pieces = [re.findall(r"\s+|\w+|[^\w\s]", text) for text in texts]
    n_first, n_last = _n_shared(pieces), _n_shared([piece[::-1] for piece in pieces])
    bare = tuple("".join(piece[n_first : len(piece) - n_last]).strip() for piece in pieces)
    fits = all(n_first + n_last < len(piece) for piece in pieces)
    is_usable = fits and all(bare) and len(set(bare)) == len(bare) and all(any(map(str.isalnum, one)) for one in bare)
    return bare if is_usable else texts


def _probabilities(
    found: Sequence[tuple[tuple[str, float], ...] | None], labels: Sequence[str]
) -> tuple[tuple[float, ...], ...] | None:
    """Of each row the probabilities in the order of the labels, where every row has them."""
    rows = [dict(one) for one in found if one is not None]
    if len(rows) < len(found) or not rows:
        return None
    numbers = tuple(tuple(row.get(label, 0.0) for label in labels) for row in rows)
    checked_probabilities(np.array(numbers), np.zeros(len(numbers), dtype=np.int64))
    return numbers


def _n_shared(pieces: Sequence[Sequence[str]]) -> int:
    """How many first pieces all have in common."""
    return sum(1 for _ in takewhile(lambda one: len(set(one)) == 1, zip(*pieces, strict=False)))


def _aliases(text: str, labels: Sequence[str]) -> Mapping[str, str]:
    """``aliases=positive>pos|negative>neg``: another spelling of a label."""
    found = {}
    for part in text.split("|") if text else ():
        alias, arrow, label = part.partition(">")
        if not arrow or label not in labels:
            raise InputError(
                f"alias {part!r} is not ALIAS>LABEL with one of the labels {', '.join(labels)}",
                hint="write aliases=positive>pos|negative>neg",
            )
        found[alias] = label
    return found


def read(reader: LabelReader, answer: Answered | None) -> Reading | Unscored:
    """What an answer says, or why there is none."""
    if answer is None or isinstance(answer, Unscored):
        return answer or Unscored(reason="no answer")
    return reader.read(answer)


def _references(rows: Sequence[Prediction], reader: LabelReader, labels: Sequence[str]) -> tuple[str, ...]:
    """The label of each reference, which is that label or a text that holds it alone."""
    readings = [reader.read(row.references[0]) for row in rows]
    bad = [(row, one) for row, one in zip(rows, readings, strict=True) if one.label is None]
    if bad:
        lines = [f"  {row.source}: {row.references[0][:60]!r}" for row, _ in bad[:_LISTED]]
        more = [f"  and {len(bad) - _LISTED} more"] if len(bad) > _LISTED else []
        raise DataError(
            "\n".join([f"{len(bad):,} references are none of the labels {', '.join(labels)}:", *lines, *more]),
            hint="name every label, or give aliases; labels are told apart by their letters, with case ignored",
        )
    return tuple(one.label for one in readings if one.label is not None)
