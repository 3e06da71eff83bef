"""Review: what people said of the answers of a run, as the check of that name."""

from __future__ import annotations

from pathlib import Path

from tunecheck import store
from tunecheck.checks import check_review
from tunecheck.core import CheckResult, StudyStore
from tunecheck.runner.studies import current_study
from tunecheck.study import study_from


def review_of(studies: StudyStore) -> CheckResult | None:
    """The check `review` from all that people said, or None where there is no sheet."""
    stored = studies.study("review")
    if stored is None:
        return None
    study = study_from(stored)
    return check_review(study, studies.ratings(study.number), studies.raters(), signature=study.signature)


def show_review(run: str | Path) -> CheckResult:
    """The check `review` of a folder as it stands. Raises RunFolderError where there is no sheet."""
    with store.open_studies(Path(run), read_only=True) as studies:
        current_study(studies, str(run))
        found = review_of(studies)
    assert found is not None
    return found
