"""Review form: the sheet on which people rate answers from 1 to 5 on each axis."""

from __future__ import annotations

from tunecheck.core import BLOCKED, NOT_APPLICABLE, NOTE, Axis, ReviewStudy
from tunecheck.data.sheets.form import EXPECTED, ID, NOTES, PROMPT, TOKEN, Choice, SheetForm
from tunecheck.data.sheets.score import NOT_APPLICABLE_SHOWN, SCALE, score_of
from tunecheck.data.sheets.text import workbook_text
from tunecheck.errors import InputError
from tunecheck.study import Slot, Standing

GENERATED, SCORES, CANNOT_JUDGE = "generated", "scores", "cannot_judge"
_COLUMNS = frozenset({ID, PROMPT, EXPECTED, GENERATED, SCORES, NOTES, CANNOT_JUDGE, TOKEN})
_SHOWN: dict[str, int | str] = {**{str(value): value for value in SCALE}, NOT_APPLICABLE: NOT_APPLICABLE_SHOWN}
# What Excel takes in the small note beside a chosen cell.
_MESSAGE_CHARACTERS = 255


def review_form(study: ReviewStudy) -> SheetForm[Slot, Standing]:
    """The form of a study's sheet. Raises InputError for an axis with the name of another column."""
    taken = next((axis.name for axis in study.axes if axis.name in _COLUMNS), None)
    if taken is not None:
        raise InputError(
            f"the axis {taken} has the name of another column of the sheet",
            hint=f"call it something else than {', '.join(sorted(_COLUMNS))}",
        )
    answers = study.answers
    return SheetForm(
        title="rating sheet",
        sheet="Rate",
        entry="answer",
        created=study.created,
        texts={PROMPT: 44, EXPECTED: 34, GENERATED: 62},
        answers=(GENERATED,),
        choices=tuple(_choice(axis) for axis in study.axes),
        free={NOTES: 36, CANNOT_JUDGE: 24},
        fields={NOTES: NOTE, CANNOT_JUDGE: BLOCKED},
        nested=SCORES,
        optional=(CANNOT_JUDGE,),
        heading="How to rate",
        paragraphs=_paragraphs(study),
        table=(
            ("column", "question", *map(str, SCALE)),
            *((axis.name, axis.question, *axis.anchors) for axis in study.axes),
        ),
        texts_of=lambda slot: (
            answers[slot.entry].prompt,
            answers[slot.entry].reference,
            answers[slot.entry].generated,
        ),
        current=_current,
    )


def _choice(axis: Axis) -> Choice:
    return Choice(
        name=axis.name,
        titles=(axis.title,),
        allowed="1 to 5 or n/a",
        shown=_SHOWN,
        read=score_of,
        title=axis.title,
        message=_message(axis),
        error_title="Not on the scale",
        error=f"Choose 1 to 5, or {NOT_APPLICABLE_SHOWN} where the question does not apply.",
    )


def _message(axis: Axis) -> str:
    anchors = "\n".join(f"{value}  {anchor}" for value, anchor in zip(SCALE, axis.anchors, strict=True))
    whole = workbook_text(anchors)
    return whole if len(whole) <= _MESSAGE_CHARACTERS else whole[: _MESSAGE_CHARACTERS - 1] + "…"


def _current(standing: Standing, field: str) -> str:
    if field == NOTE:
        return standing.note
    if field == BLOCKED:
        return standing.blocked
    return NOT_APPLICABLE if field in standing.not_applicable else str(standing.scores.get(field, ""))


def _paragraphs(study: ReviewStudy) -> tuple[str, ...]:
    """What a rater has to know, one paragraph each, the owner's own words after the general ones."""
    axes = ", ".join(axis.name for axis in study.axes)
    general = (
        "1.  In the sheet Rate each row is one answer: read the prompt, then what stands under generated. "
        "Expected is an answer to compare it with; a good answer may differ from it.",
        f"2.  Choose a value from 1 to 5 in each of these columns: {axes}. The table below says what the values stand "
        f"for. {NOT_APPLICABLE_SHOWN} says that a question does not apply to this answer.",
        "3.  Rate each answer for itself, and do not go back to make rows alike.",
        "4.  Where you cannot judge an answer, say why under cannot_judge and leave its values empty. "
        "Under notes there is room for anything else.",
        "5.  Save the file as .xlsx or .csv and send it back to the person who gave it to you. Rows that are still "
        "empty can follow later.",
        "The texts are protected against accidents, without a password. Filter as you like. To sort, lift the "
        "protection of the sheet and use the buttons in the first row, which keep rows together. "
        "Leave the hidden column token where it is: it says which answer a row is about.",
    )
    return (*general, study.instructions) if study.instructions.strip() else general
