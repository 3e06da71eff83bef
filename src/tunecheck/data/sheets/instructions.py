"""Instructions: what a rater has to know to fill in a sheet and send it back."""

from __future__ import annotations

from tunecheck.core import ReviewStudy
from tunecheck.data.sheets.score import NOT_APPLICABLE_SHOWN


def instructions(study: ReviewStudy) -> tuple[str, ...]:
    """One paragraph each, the owner's own words after the general ones."""
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
