"""LabelReader: which of a task's labels a free-text reply gives, and how that was read from it."""

from __future__ import annotations

import json
import re
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from tunecheck.core import Outcome, Reading
from tunecheck.errors import InputError
from tunecheck.metrics.label_patterns import (
    CALLED,
    CLAUSE_END,
    CORRECTED,
    DECLINED,
    DECLINED_ROLE,
    DECLINED_WHOLE,
    DENIED_AFTER,
    DENIED_BEFORE,
    LED,
    label_patterns,
)
from tunecheck.metrics.label_text import answer_part, fold

# Names of JSON fields that hold a label, the most telling first.
_FIELDS = (
    *("final answer", "label", "labels", "predicted label", "class", "classes", "category", "categories"),
    *("classification", "prediction", "predictions", "answer", "answers", "sentiment", "emotion", "emotions"),
    *("intent", "topic", "topics", "stance", "verdict", "choice", "result", "output", "response", "rating", "score"),
    *("tag", "tags", "type", "value"),
)
_FENCED = re.compile(r"```[^\n`]{0,40}\n(.*?)(?:```|\Z)", re.DOTALL)
_WORD = re.compile(r"[^\W_]+")
_EDGES = " \n\t\"'`*_.,:;!?()[]{}<>。，、！？：；「」『』【】（）؟،؛…|"
_LIST_JOINS = re.compile(r"[,;/|&\n、，،]|\band\b")
_LIST_NUMBER = re.compile(r"^\d{1,3}[.)] +")
# Blanks and control characters of ASCII and Latin-1.
_BLANK = "".join(map(chr, (*range(33), *range(127, 161))))
_DENIAL_LOOKS_BACK = 60
_JSON_DEPTH = 4
# A label that was denied so often is denied.
_DENIALS = 500


@dataclass(frozen=True, slots=True)
class _Mention:
    labels: frozenset[str]
    start: int
    end: int


class LabelReader:
    """Reads labels from replies of any form, language and size; it never raises for a text.

    Steps, of which the first that decides wins: thinking is removed; a JSON field; the whole reply; its first or last
    line; the last cue ("answer: ..."); the labels that are mentioned and not denied, longest first, so that "not spam"
    is not "spam". One is accepted. Several are ambiguous, unless the first heads the reply as its answer. Of two
    labels, one that is denied leaves the other. Case, width, quotes, mark-up and joints ("not_spam", "not-spam") do
    not matter, unless labels differ in nothing else: then only the exact form decides.

    ``aliases`` maps further names to labels. ``multi`` allows several labels at once, or none ("none", "[]"); names in
    a list that are no labels are passed over. Raises InputError for labels that are empty, repeated or missing.

    >>> LabelReader(["spam", "not spam"]).read("I think this is **not spam**.").label
    'not spam'
    """

    __slots__ = ("_cased", "_folded", "_kept", "_labels", "_multi", "_names", "_patterns", "_written")

    def __init__(self, labels: Sequence[str], *, aliases: Mapping[str, str] | None = None, multi: bool = False) -> None:
        self._written = _written(labels, aliases or {})
        self._labels, self._multi = tuple(labels), multi
        self._kept = "".join(sorted(set("".join(self._written)) & set("*`")))
        self._cased = _grouped(self._written, self._fold)
        self._folded = _grouped(self._written, lambda name: self._fold(name).casefold())
        # Where case alone tells names apart, each counts in its own case first; in any other case it is all of them.
        names = [(name, True, of) for name, of in self._cased.items() if of != self._folded[name.casefold()]]
        names += [(name, False, of) for name, of in self._folded.items()]
        by_case = {name.casefold(): name for name in self._cased}
        names = [(name if exact else by_case[name], exact, of) for name, exact, of in names if name]
        names.sort(key=lambda one: (-len(one[0]), not one[1]))
        self._names = [of for _, _, of in names]
        self._patterns = label_patterns(tuple((name, exact) for name, exact, _ in names), multi=multi)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the task, in its order."""
        return self._labels

    @property
    def multi(self) -> bool:
        """Whether several labels may be right at once."""
        return self._multi

    def read(self, text: str) -> Reading:
        """The label or labels that a reply gives, in time linear in its length."""
        answer = answer_part(text)
        if answer is None:
            return _nothing("unparsed", "thinking never ended")
        if not answer.strip():
            return _nothing("unparsed", "empty")
        return self._from_json(answer.strip(_BLANK)) or self._from_text(answer)

    def _fold(self, text: str) -> str:
        return fold(text, kept=self._kept)

    def _settle(self, labels: frozenset[str], method: str) -> Reading:
        if not self._multi and len(labels) != 1:
            return _nothing("ambiguous", "several labels")
        ordered = tuple(label for label in self._labels if label in labels)
        return Reading(label=None if self._multi else ordered[0], labels=ordered, outcome="label", method=method)

    def _from_json(self, answer: str) -> Reading | None:
        for value in _json_values(answer):
            found = _json_field(value)
            if found is None:
                continue
            name, texts = found
            method = f"json field '{name}'" if name else "json values"
            if texts in ([None], []):
                return self._settle(frozenset(), method) if self._multi else _nothing("abstained", "declined")
            sets = [self._exact(self._fold(text.removesuffix(".0"))) for text in texts if text is not None]
            known = [labels for labels in sets if labels]
            if known and (self._multi or len(known) == len(texts)):
                return self._settle(frozenset().union(*known), method)
            if len(texts) == 1 and texts[0] and name:
                reading = self._from_text(texts[0])
                return replace(reading, method=method) if reading.outcome == "label" else reading
        return None

    def _from_text(self, answer: str) -> Reading:
        label = self._written.get(answer.strip())
        if label is not None:
            return self._settle(frozenset({label}), "exact")
        text = self._fold(answer)
        return self._whole(text) or self._lines(text) or self._cue(text) or self._mentioned(text)

    def _exact(self, piece: str) -> frozenset[str] | None:
        for form in (piece, piece.strip(_EDGES), _LIST_NUMBER.sub("", piece).strip(_EDGES)):
            if form and (found := self._cased.get(form) or self._folded.get(form.casefold())):
                # A name that case alone tells from others is written in its case, or it is all of them.
                return found
        return None

    def _whole(self, text: str) -> Reading | None:
        found = self._exact(text)
        if found is None and self._multi:
            pieces = [self._exact(piece.strip()) for piece in _LIST_JOINS.split(text) if piece.strip(_EDGES)]
            if pieces and all(pieces):
                found = frozenset().union(*(piece for piece in pieces if piece))
        if found:
            return self._settle(found, "exact")
        if {text.casefold(), text.casefold().strip(_EDGES)} & DECLINED_WHOLE:
            return self._settle(frozenset(), "exact") if self._multi else _nothing("abstained", "declined")
        return None

    def _lines(self, text: str) -> Reading | None:
        if self._multi or "\n" not in text:
            return None
        first, last = (self._exact(text.partition("\n")[0].strip()), self._exact(text.rpartition("\n")[2].strip()))
        if first and last and first != last:
            return None
        if first:
            return self._settle(first, "first line")
        return self._settle(last, "last line") if last else None

    def _cue(self, text: str) -> Reading | None:
        """The last cue counts: models correct themselves, and repeat the question first."""
        cues = list(self._patterns.cue.finditer(text))
        if CALLED.search(text):
            cues += self._patterns.verdict.finditer(text)
        if not cues:
            return None
        declined = self._declined(text)
        for cue in sorted(cues, key=lambda cue: -cue.end(cue.lastindex or 0)):
            mention = self._mention(cue)
            if _inside(declined, mention.start) or _denied(text, cue.start(), mention.end):
                continue
            labels, at = mention.labels, max(mention.end, cue.end())
            while further := self._patterns.joined.match(text, at):
                labels, at = labels | self._mention(further).labels, further.end()
            return self._settle(labels, "cue")
        return None

    def _mention(self, match: re.Match[str]) -> _Mention:
        group = match.lastindex or 0
        return _Mention(self._names[group - 1], match.start(group), match.end(group))

    def _declined(self, text: str) -> list[tuple[int, int]]:
        """Clauses that decline to answer; a phrase that is itself a label of the task declines nothing."""
        clauses: list[tuple[int, int]] = []
        for phrase in DECLINED.finditer(text):
            if clauses and phrase.start() < clauses[-1][1]:
                continue
            label = self._patterns.mention.search(text, phrase.start(), phrase.end())
            if label and 2 * len(label[0]) >= len(phrase[0]):
                continue
            end = CLAUSE_END.search(text, phrase.end())
            clauses.append((phrase.start(), end.start() if end else len(text)))
        return clauses

    def _mentioned(self, text: str) -> Reading:
        declined = self._declined(text)
        said: dict[frozenset[str], _Mention] = {}
        denied: Counter[frozenset[str]] = Counter()
        for match in self._patterns.mention.finditer(text):
            mention = self._mention(match)
            if mention.labels in said or denied[mention.labels] >= _DENIALS or _inside(declined, mention.start):
                continue
            if _denied(text, match.start(), mention.end):
                denied[mention.labels] += 1
            else:
                said[mention.labels] = mention
        if len(said) == 1 or (said and self._multi):
            return self._settle(frozenset().union(*said), "mention")
        if said:
            leading = self._leading(text, list(said.values()))
            return leading or _nothing("ambiguous", "several labels")
        if declined or DECLINED_ROLE.search(text):
            return _nothing("abstained", "declined")
        wrong = frozenset().union(*denied.elements())
        if len(wrong) == 1 and len(self._labels) == 2 and not self._multi:
            return self._settle(frozenset(self._labels) - wrong, "the other label")
        return _nothing("unparsed", "only denied labels" if wrong else "no label")

    def _leading(self, text: str, said: list[_Mention]) -> Reading | None:
        """The label that heads a reply which then speaks of others: "Positive. Nothing negative was said." """
        first, others = said[0], said[1:]
        is_option = first.end - first.start == 1
        if text[: first.start].strip(_EDGES) or not LED.match(text, first.end):
            return None
        if self._patterns.joined.match(text, first.end) or CORRECTED.search(text, first.end):
            return None
        # "A. cat B. dog" repeats the options and chooses none.
        if is_option and any(text[other.end : other.end + 1] in tuple(".):") for other in others):
            return None
        return self._settle(first.labels, "leading label")


def _nothing(outcome: Outcome, method: str) -> Reading:
    return Reading(label=None, labels=(), outcome=outcome, method=method)


def _written(labels: Sequence[str], aliases: Mapping[str, str]) -> dict[str, str]:
    """The label of every name as it is written; InputError where names do not tell labels apart."""
    if not labels:
        raise InputError("a classification task needs labels, but none were given", hint="name them: --labels a,b")
    blank = [place for place, label in enumerate(labels, 1) if not label.strip()]
    if blank:
        raise InputError(f"label {blank[0]} of {len(labels)} is empty", hint="give every label a name, or leave it out")
    twice = [label for place, label in enumerate(labels) if label in labels[:place]]
    if twice:
        raise InputError(f"label {twice[0]!r} is given twice", hint="give every label once")
    names = {label.strip(): label for label in labels}
    for alias, label in aliases.items():
        if label not in labels:
            shown = ", ".join(map(repr, labels[:12]))
            raise InputError(f"alias {alias!r} stands for {label!r}, which is no label", hint=f"labels are {shown}")
        if not alias.strip() or names.get(alias.strip(), label) != label:
            raise InputError(f"alias {alias!r} of {label!r} is empty or a label itself", hint="choose another alias")
        names[alias.strip()] = label
    return names


def _grouped(written: Mapping[str, str], key: Callable[[str], str]) -> dict[str, frozenset[str]]:
    """The labels whose names become the same."""
    groups: dict[str, set[str]] = {}
    for name, label in written.items():
        groups.setdefault(key(name), set()).add(label)
    return {name: frozenset(labels) for name, labels in groups.items()}


def _inside(clauses: Sequence[tuple[int, int]], place: int) -> bool:
    at = bisect_right(clauses, (place, sys.maxsize)) - 1
    return at >= 0 and place < clauses[at][1]


def _denied(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - _DENIAL_LOOKS_BACK) : start]
    return DENIED_BEFORE.search(before) is not None or DENIED_AFTER.match(text, end) is not None


def _json_values(answer: str) -> Iterator[object]:
    """What parses as JSON: the whole reply, or its fenced blocks, the last first."""
    for block in (answer, *reversed(_FENCED.findall(answer))):
        if block.lstrip()[:1] in ("{", "["):
            try:
                yield json.loads(block, parse_int=str, parse_float=str, parse_constant=str)
            except (ValueError, RecursionError):
                continue


def _json_field(value: object) -> tuple[str, list[str | None]] | None:
    """The most telling field nearest the top, and its values as text (null as None); "" is a bare list of texts."""
    if value == []:
        return "", []
    level = [value]
    for _ in range(_JSON_DEPTH):
        fields: dict[str, list[list[str | None]]] = {}
        below: list[object] = []
        for one in level:
            if isinstance(one, dict):
                for key, held in one.items():
                    texts = _scalars(held)
                    if texts is not None:
                        fields.setdefault(" ".join(_WORD.findall(key.casefold())), []).append(texts)
                below += one.values()
            elif isinstance(one, list):
                below += one
        for name in _FIELDS:
            if name in fields:
                return name, list(chain.from_iterable(fields[name]))
        texts = _scalars(below)
        if below and texts is not None:
            return "", texts
        level = below
    return None


def _scalars(value: object) -> list[str | None] | None:
    """A text, number, truth value or null, or a list of them, as texts; None for what holds more."""
    if isinstance(value, list):
        each = [_scalars(one) for one in value if not isinstance(one, list)]
        return [one[0] for one in each if one] if len(each) == len(value) and all(each) else None
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [value] if value is None or isinstance(value, str) else None
