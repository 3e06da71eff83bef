"""Signs that free answers show: copying, and answers that became alike, loop or find no end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tunecheck.checks.copying import CopiedAnswer, Copies, check_copying
from tunecheck.checks.diversity import LoopingAnswer, check_diversity
from tunecheck.checks.phrases import count, number, percent, span
from tunecheck.checks.scored import response_text
from tunecheck.checks.signs import Sign, absent, listed_exhibits, sentence_of, split_measures
from tunecheck.core import Completion, Estimate, Exhibit, Item, Measure

HEADLINE = {"copying": ("copy_excess",), "diversity": ("diversity",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What both sides answered to validation prompts, parallel to ``items``; base is None without one.

    ``rows`` holds the training items that ``copies.rows`` names, under the numbers of their rows.
    """

    items: tuple[Item, ...]
    tuned: tuple[Completion, ...]
    base: tuple[Completion, ...] | None
    copies: Copies
    rows: Mapping[int, Item] = field(default_factory=dict)


def answer_signs(answers: Answers | None, why_not: str) -> tuple[Sign, Sign]:
    """Copying and diversity; ``why_not`` says why nothing was answered."""
    if answers is None:
        return (
            absent("copying", "Copied answers", HEADLINE["copying"], why_not),
            absent("diversity", "Variety of answers", HEADLINE["diversity"], why_not),
        )
    return copying_sign(answers), diversity_sign(answers)


def copying_sign(answers: Answers) -> Sign:
    """Whether answers to validation prompts repeat training responses."""
    found = check_copying(answers.items, tuned=texts(answers.tuned), copies=answers.copies, rows=answers.rows)
    headline, details = split_measures(found.measures, HEADLINE["copying"])
    sides = details.pop("copying")
    assert isinstance(sides, Mapping)
    excess = headline["copy_excess"]
    said = f"Whether answers copy training responses is not known: {getattr(excess, 'reason', '')}."
    if isinstance(excess, Estimate):
        said = (
            "Answers repeat no more of the training responses than references and base do: excess "
            f"{number(excess.value)} ({span(excess)}) as a share of their words, over {count(excess.n, 'prompt')}."
        )
    return Sign(
        name="copying",
        title="Copied answers",
        status=found.status,
        sentence=sentence_of(found.findings, said),
        headline=headline,
        details={**details, **sides},
        findings=found.findings,
        exhibits=listed_exhibits(
            "Answers beside the training responses that they repeat", [_copied(one) for one in found.worst]
        ),
    )


def diversity_sign(answers: Answers) -> Sign:
    """Whether answers became alike, go round in circles or find no end."""
    found = check_diversity(
        answers.items,
        tuned=texts(answers.tuned),
        base=texts(answers.base) if answers.base is not None else None,
        ended=[one.ended for one in answers.tuned],
        base_ended=[one.ended for one in answers.base] if answers.base is not None else None,
    )
    return Sign(
        name="diversity",
        title="Variety of answers",
        status=found.status,
        sentence=sentence_of(found.findings, _variety(found.measures, len(answers.items))),
        headline=found.measures,
        details={},
        findings=found.findings,
        exhibits=listed_exhibits("Answers that go round in circles", [_looping(one) for one in found.worst]),
    )


def texts(completions: Sequence[Completion]) -> list[str]:
    """What was answered."""
    return [one.text for one in completions]


def _variety(measures: Mapping[str, Measure], n: int) -> str:
    pairs = measures["diversity"]
    assert isinstance(pairs, Mapping)
    told = [
        f"{percent(ratio.value)} of that of the {control} ({span(ratio)} as a share)"
        for control in ("references", "base")
        if isinstance(ratio := _ratio(pairs.get(f"against_{control}")), Estimate)
    ]
    if told:
        return f"The effective number of different answers is {' and '.join(told)}, over {count(n, 'prompt')}."
    absent_ratio = _ratio(pairs.get("against_references"))
    return f"How much the answers vary is not known: {getattr(absent_ratio, 'reason', 'there are too few')}."


def _ratio(pair: Measure) -> Measure:
    ratios = pair.get("tuned_over_control") if isinstance(pair, Mapping) else None
    return ratios.get("vendi") if isinstance(ratios, Mapping) else None


def _copied(one: CopiedAnswer) -> Exhibit:
    passage = f"{one.n_words} words in a row" if one.n_words else f"similarity {one.similarity:.2f}"
    return Exhibit(
        where=f"{one.item.source or one.item.id} and {one.train.source or one.train.id}",
        headline=f"{passage} · {percent(one.coverage)} of the answer",
        texts=(
            ("Prompt", one.item.prompt_text),
            ("Answer", one.answer),
            ("Training response", response_text(one.train)),
        ),
    )


def _looping(one: LoopingAnswer) -> Exhibit:
    return Exhibit(
        where=one.item.source or one.item.id,
        headline=f"{percent(one.share)} of its four-word runs were said before in it",
        texts=(("Prompt", one.item.prompt_text), ("Answer", one.answer)),
    )
