"""Style: are prompts that have nothing to do with the task answered in the words of the training data?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tunecheck.checks.phrases import count, percent, whole
from tunecheck.checks.scored import NO_BASE, Floats, response_text
from tunecheck.core import Estimate, Finding, Item, Measure, Status, Unscored
from tunecheck.metrics import words
from tunecheck.metrics.copying import COPY_WORDS
from tunecheck.metrics.nearest import nearest_by_words
from tunecheck.packs import without_thinking
from tunecheck.stats import interval, paired_difference, ratio

# Heuristic marks, shares in excess of the base: of words that stand eight in a row in training responses, and of
# answers that begin as many of those do. A model that is meant for one task alone leaks and may be allowed to, so that
# this warns and never fails.
COVERAGE_WARN, OPENING_WARN = 0.05, 0.2
# An opening is so many words; it is one of the training data where this share of its responses, and so many, have it.
OPENING_WORDS, OPENING_SHARE, OPENING_ROWS = 3, 0.05, 5
# Heuristic: a prompt this similar to a training prompt is not unrelated to the task.
RELATED = 0.5
LEAST_PROMPTS = 10
WORST_ANSWERS = 10

Run = tuple[str, ...]
# By name, one value for each answer of the tuned model and of the base.
Shares = dict[str, tuple[Floats, Floats]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleAnswers:
    """Answers to prompts unrelated to the task (``packs.unrelated_items``) by item id, and the training items.

    ``base`` is None without one. An item that a mapping lacks is left out.
    """

    items: tuple[Item, ...]
    tuned: Mapping[str, str]
    base: Mapping[str, str] | None
    training: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakedAnswer:
    """An answer to an unrelated prompt that sounds like the training data.

    coverage  share of its words that stand there eight in a row
    passage   the longest run of such words, "" when the answer only begins alike
    train     the training item that the last eight of them stand in, or the first that begins alike
    """

    item: Item
    tuned: str
    base: str
    coverage: float
    passage: str
    train: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleFacts:
    """What answers to unrelated prompts share with the training responses; one entry a prompt answered by both.

    It is worked out once, while the whole training set is at hand, and kept with the run.

    units      the unit of each prompt
    shares     by name (coverage, opening, similarity) the values of the tuned model and of the base
    leaked     the answers that share most in excess of the base's, the worst first
    n_related  prompts left out because they are like a training prompt
    """

    units: tuple[str, ...]
    shares: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]]
    leaked: tuple[LeakedAnswer, ...] = ()
    n_related: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """What the rules on style found."""

    status: Status
    measures: dict[str, Measure]
    findings: tuple[Finding, ...] = ()
    leaked: tuple[LeakedAnswer, ...] = ()


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer against the training responses; ``row`` is that of the longest passage, -1 without one."""

    coverage: float
    passage: str
    row: int
    opening_row: int

    @property
    def opens_alike(self) -> bool:
        return self.opening_row >= 0


def find_style(answers: StyleAnswers) -> StyleFacts | Unscored:
    """How much the answers of both models share with the training responses, prompt by prompt.

    Wording that all training responses have counts here, other than where copies are looked for: in an answer to an
    unrelated prompt the template is the leak. What the prompt itself says does not count, and prompts like a training
    prompt are left out. Thinking before an answer is no part of it.
    """
    if answers.base is None:
        return Unscored(reason=NO_BASE)
    if not answers.training:
        return Unscored(reason="there is no training text to sound like")
    answered = [item for item in answers.items if item.id in answers.tuned and item.id in answers.base]
    items = _unrelated(answered, answers.training)
    said = [without_thinking(side[item.id]) for side in (answers.tuned, answers.base) for item in items]
    found, shares = _shares(items, said, [response_text(row) for row in answers.training])
    return StyleFacts(
        units=tuple(item.unit for item in items),
        shares={name: (tuple(tuned.tolist()), tuple(base.tolist())) for name, (tuned, base) in shares.items()},
        leaked=tuple(_worst(items, said, found, answers.training)),
        n_related=len(answered) - len(items),
    )


def check_style(facts: StyleFacts | Unscored) -> Style:
    """Rule on how much more the tuned model's answers share with the training responses than the base's do."""
    if isinstance(facts, Unscored):
        return _unknown(facts.reason)
    if len(facts.units) < LEAST_PROMPTS:
        few = f"{count(len(facts.units), 'unrelated prompt')} with answers of both models"
        return _unknown(f"{few}: below {LEAST_PROMPTS} chance decides", n_related=facts.n_related)
    shares = {name: (np.array(tuned), np.array(base)) for name, (tuned, base) in facts.shares.items()}
    return _ruled(shares, facts.units, facts.leaked, facts.n_related)


def common_openings(training: Sequence[Sequence[str]]) -> dict[Run, int]:
    """The first words that many training responses share, and the first response that has each.

    >>> common_openings([["dear", "sir", "or"]] * 6 + [["yes"]])
    {('dear', 'sir', 'or'): 0}
    """
    openings = [tuple(text[:OPENING_WORDS]) for text in training]
    counts = Counter(opening for opening in openings if opening)
    least = max(OPENING_ROWS, OPENING_SHARE * len(openings))
    firsts: dict[Run, int] = {}
    for row, opening in enumerate(openings):
        if counts[opening] >= least:
            firsts.setdefault(opening, row)
    return firsts


def _ruled(shares: Shares, units: Sequence[str], worst: tuple[LeakedAnswer, ...], n_related: int) -> Style:
    excess = {name: _excess(*sides, units) for name, sides in shares.items()}
    status = _status(excess)
    return Style(
        status=status,
        measures={
            **{f"style_{name}_excess": one for name, one in excess.items()},
            "style": {
                name: {"tuned": _mean(tuned, units), "base": _mean(base, units)}
                for name, (tuned, base) in shares.items()
            },
            "n_unrelated": len(units),
            "n_related_left_out": n_related,
        },
        findings=tuple(_findings(status, excess, shares, worst)),
        leaked=worst,
    )


def _unrelated(items: Sequence[Item], training: Sequence[Item]) -> list[Item]:
    """The items whose prompt is like no prompt of the training data."""
    asked, trained = [_asked(item) for item in items], [_asked(row) for row in training]
    alike = nearest_by_words(asked, dict.fromkeys(trained)).similarity
    return [item for item, similarity in zip(items, alike.tolist(), strict=True) if similarity < RELATED]


def _asked(item: Item) -> str:
    return "\n".join(message.content for message in item.prompt)


def _shares(items: Sequence[Item], said: Sequence[str], training: Sequence[str]) -> tuple[list[_Answer], Shares]:
    """Each answer against the training responses, and what that makes of the answers of tuned and of base."""
    n = len(items)
    found = _compare(said, [_asked(item) for item in items] * 2, training)
    values = {
        "coverage": np.array([one.coverage for one in found]),
        "opening": np.array([float(one.opens_alike) for one in found]),
        "similarity": nearest_by_words(said, training).similarity,
    }
    return found, {name: (each[:n], each[n:]) for name, each in values.items()}


def _compare(said: Sequence[str], asked: Sequence[str], training: Sequence[str]) -> list[_Answer]:
    texts = [words(text) for text in said]
    rows = [words(text) for text in training]
    wanted = {run for text in texts for run in _runs(text)}
    where: dict[Run, int] = {}
    for row, text in enumerate(rows):
        for run in _runs(text):
            if run in wanted:
                where.setdefault(run, row)
    openings = common_openings(rows)
    return [
        _answer(text, set(_runs(words(prompt))), where, openings) for text, prompt in zip(texts, asked, strict=True)
    ]


def _answer(text: list[str], given: set[Run], where: Mapping[Run, int], openings: Mapping[Run, int]) -> _Answer:
    covered = np.zeros(len(text), dtype=np.bool_)
    best = (0, 0, -1)
    begin, length = 0, 0
    for at, run in enumerate(_runs(text)):
        if run not in where or run in given:
            length = 0
            continue
        begin, length = (begin, length + 1) if length else (at, COPY_WORDS)
        covered[at : at + COPY_WORDS] = True
        best = max(best, (length, begin, where[run]), key=lambda one: one[0])
    opening_row = openings.get(tuple(text[:OPENING_WORDS]), -1)
    passage = " ".join(text[best[1] : best[1] + best[0]])
    return _Answer(float(covered.mean()) if len(text) else 0.0, passage, best[2], opening_row)


def _runs(text: Sequence[str]) -> Iterator[Run]:
    return zip(*(text[step:] for step in range(COPY_WORDS)), strict=False)


def _excess(tuned: Floats, base: Floats, units: Sequence[str]) -> Estimate | Unscored:
    ones = np.ones(len(tuned))
    return interval(paired_difference((tuned, ones), (base, ones), units), at_least=-1.0, at_most=1.0)


def _mean(values: Floats, units: Sequence[str]) -> Estimate | Unscored:
    return interval(ratio(values, np.ones(len(values)), units), at_least=0.0, at_most=1.0)


def _status(excess: Mapping[str, Estimate | Unscored]) -> Status:
    """warn: words or openings in excess of the base, above their mark and surely above zero."""
    marks = {"coverage": COVERAGE_WARN, "opening": OPENING_WARN}
    found = {name: excess[name] for name in marks}
    if any(isinstance(one, Unscored) for one in found.values()):
        return "unknown"
    return "warn" if any(_is_over(one, marks[name]) for name, one in found.items()) else "pass"


def _is_over(excess: Estimate | Unscored, mark: float) -> bool:
    return isinstance(excess, Estimate) and excess.value > mark and excess.low > 0


def _findings(
    status: Status,
    excess: Mapping[str, Estimate | Unscored],
    shares: Shares,
    worst: tuple[LeakedAnswer, ...],
) -> Iterator[Finding]:
    coverage, opening = excess["coverage"], excess["opening"]
    if status != "warn" or isinstance(coverage, Unscored) or isinstance(opening, Unscored):
        return
    n = len(shares["coverage"][0])
    of = {name: [percent(float(side.mean())) for side in sides] for name, sides in shares.items()}
    told = {
        "coverage": f"{of['coverage'][0]} of their words stand there eight in a row (the base's {of['coverage'][1]}; "
        f"excess as a share {whole(coverage)})",
        "opening": f"{of['opening'][0]} of them begin as many training responses do (the base's {of['opening'][1]}; "
        f"excess as a share {whole(opening)})",
    }
    over = {"coverage": _is_over(coverage, COVERAGE_WARN), "opening": _is_over(opening, OPENING_WARN)}
    what = ", and ".join(told[name] for name in told if over[name])
    where = f"; one answer repeats {worst[0].train.source or worst[0].train.id}" if worst and over["coverage"] else ""
    yield Finding(
        code="overfit.style_leak",
        severity="warn",
        message=f"the style of the training data leaks into answers to {count(n, 'prompt')} that have nothing to do "
        f"with it: {what}{where}",
        evidence={"style_coverage_excess": coverage.value, "style_opening_excess": opening.value, "n_prompts": n},
        hint="if the model is meant for more than this task, mix varied instructions into the training data or train "
        "for fewer epochs; if it is meant for this task alone, refuse other prompts before they reach it",
    )


def _worst(
    items: Sequence[Item], said: Sequence[str], found: Sequence[_Answer], training: Sequence[Item]
) -> Iterator[LeakedAnswer]:
    """Answers of the tuned model that share more than the base's, the largest excess first."""
    n = len(items)
    more = [
        (one.coverage - base.coverage, one.opens_alike and not base.opens_alike)
        for one, base in zip(found[:n], found[n:], strict=True)
    ]
    order = sorted(
        (k for k in range(n) if more[k][0] > 0 or more[k][1]), key=lambda k: (-more[k][0], not more[k][1], k)
    )
    for k in order[:WORST_ANSWERS]:
        one = found[k]
        row = one.row if one.row >= 0 else one.opening_row
        yield LeakedAnswer(
            item=items[k], tuned=said[k], base=said[n + k], coverage=one.coverage, passage=one.passage,
            train=training[row],
        )  # fmt: skip


def _unknown(reason: str, *, n_related: int = 0) -> Style:
    absent = Unscored(reason=reason)
    names = ("style_coverage_excess", "style_opening_excess", "style_similarity_excess", "style")
    return Style(
        status="unknown",
        measures=dict.fromkeys(names, absent) | {"n_unrelated": 0, "n_related_left_out": n_related},
    )
