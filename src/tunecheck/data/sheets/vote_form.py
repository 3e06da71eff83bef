"""Vote form: the sheet on which people say which of two answers is better."""

from __future__ import annotations

from tunecheck.core import CHOICE, NOTE, PairStudy
from tunecheck.data.sheets.form import EXPECTED, NOTES, PROMPT, Choice, SheetForm
from tunecheck.data.sheets.vote_word import ALLOWED, SHOWN, choice_of
from tunecheck.study import PairSlot, PairStanding

ANSWER_A, ANSWER_B = "answer_a", "answer_b"

_TABLE = (
    ("choice", "when"),
    ("A", "answer_a is better"),
    ("B", "answer_b is better"),
    ("Tie", "both are good, and neither is better"),
    ("Both bad", "neither would do"),
    ("Skip", "you cannot judge this pair"),
)
_PARAGRAPHS = (
    "1.  In the sheet Vote each row has a prompt and two answers to it, answer_a and answer_b. Read the prompt and "
    "both answers. Expected is one good answer, not the only one.",
    "2.  Under choice say which answer is better. The table below says what the choices stand for.",
    "3.  Judge each pair for itself. The sides change from row to row, so that A says nothing about where an answer "
    "comes from.",
    "4.  Under notes there is room for anything else.",
    "5.  Save the file as .xlsx or .csv and send it back to the person who gave it to you. Rows that are still empty "
    "can follow later.",
    "The texts are protected against accidents, without a password. Filter as you like. To sort, lift the protection "
    "of the sheet and use the buttons in the first row, which keep rows together. Leave the hidden column token where "
    "it is: it says which pair a row is about.",
)


def vote_form(study: PairStudy) -> SheetForm[PairSlot, PairStanding]:
    """The form of a blind A/B test's sheet."""
    own = (study.instructions,) if study.instructions.strip() else ()
    return SheetForm(
        title="voting sheet",
        sheet="Vote",
        entry="pair",
        created=study.created,
        texts={PROMPT: 40, EXPECTED: 28, ANSWER_A: 56, ANSWER_B: 56},
        answers=(ANSWER_A, ANSWER_B),
        choices=(_choice(),),
        free={NOTES: 36},
        fields={NOTES: NOTE},
        heading="How to vote",
        paragraphs=(*_PARAGRAPHS, *own),
        table=_TABLE,
        texts_of=lambda slot: _texts(study, slot),
        current=lambda standing, field: standing.note if field == NOTE else standing.choice,
    )


def _choice() -> Choice:
    return Choice(
        name=CHOICE,
        titles=("vote", "better", "which is better"),
        allowed=ALLOWED,
        shown=dict(SHOWN),
        read=choice_of,
        title="Which answer is better?",
        message="\n".join(f"{word}  {meaning}" for word, meaning in _TABLE[1:]),
        error_title="Not a choice",
        error=f"Choose {ALLOWED}.",
    )


def _texts(study: PairStudy, slot: PairSlot) -> tuple[str, ...]:
    pair = study.pairs[slot.entry]
    answers = (pair.tuned, pair.base) if slot.tuned_on == "left" else (pair.base, pair.tuned)
    return (pair.prompt, pair.reference, *answers)
