"""A/B: what people and judges said of the pairs of a run, as the check of that name."""

from __future__ import annotations

import re
from pathlib import Path

from tunecheck import store
from tunecheck.checks import check_study_ab
from tunecheck.core import CheckResult, StudyStore
from tunecheck.errors import InputError
from tunecheck.runner.studies import current_comparison
from tunecheck.study import pair_study_from, seal

_SEAL = re.compile(r"[0-9a-fA-F]{64}")


def comparison_of(studies: StudyStore, *, sealed: str | None = None) -> CheckResult | None:
    """The check `ab` from all that people and judges said, or None where there is no test."""
    stored = studies.study("ab")
    if stored is None:
        return None
    study = pair_study_from(stored)
    return check_study_ab(
        study,
        studies.ratings(study.number),
        studies.raters(),
        judgements=studies.judgements(study.number),
        sealed=sealed,
        own_seal=seal(stored),
        signature=study.signature,
    )


def show_ab(run: str | Path, *, sealed: str | None = None) -> CheckResult:
    """The check `ab` of a folder as it stands. Raises RunFolderError where there is no test.

    ``sealed`` is the seal that ``create_ab`` said: where the test is no longer that one the check says so.
    """
    if sealed is not None and not _SEAL.fullmatch(sealed.strip()):
        raise InputError(
            f"a seal has 64 hex digits, and this has {len(sealed.strip()):,} characters",
            hint="take the whole line that tunecheck ab create printed",
        )
    with store.open_studies(Path(run), read_only=True) as studies:
        current_comparison(studies, str(run))
        found = comparison_of(studies, sealed=sealed)
    assert found is not None
    return found
