"""Findings of a stored A/B test beside those of its votes: the seal, giveaways, hasty raters and votes that wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tunecheck.checks.ab_decision import ITEMS_NEEDED, spoken
from tunecheck.checks.ab_reading import AbReading
from tunecheck.checks.ab_study import StudyVotes
from tunecheck.checks.phrases import count, listed
from tunecheck.core import Finding, Measure

SERVE = "tunecheck serve RUN"
CREATE = "tunecheck ab create RUN --again"
PLAN = "tunecheck ab plan RUN"
_MOST_NAMED = 3
_NAME_CHARACTERS = 60
_SHOWN_SEAL = 16


def of_seal(sealed: str | None, own: str) -> Iterator[Finding]:
    """Whether it is the test that was sealed before the first vote; nothing where no seal is at hand."""
    if sealed is not None and sealed.strip().lower() != own:
        yield Finding(
            code="ab.seal_broken",
            severity="fail",
            message=f"this is not the test that was sealed: its seal is {own[:_SHOWN_SEAL]}…, and "
            f"{sealed.strip()[:_SHOWN_SEAL]}… was said before the first vote",
            evidence={"seal": own, "sealed": sealed.strip()[: len(own)]},
            hint="compare with what tunecheck ab create printed; pairs, raters, margin or seed were changed since",
        )


def of_giveaways(votes: StudyVotes, reading: AbReading, without: Measure) -> Iterator[Finding]:
    """What the pairs change whose answers tell whose they are."""
    marked = [entry for entry in votes.counted if votes.study.pairs[entry].giveaways]
    if marked:
        change, severity = _change(reading, without)
        yield Finding(
            code="ab.giveaways",
            severity="warn" if severity else "info",
            message=f"{len(marked):,} of {count(len(votes.counted), 'pair')} may give away whose answer is whose; "
            f"{change}",
            evidence={"n_giveaways": len(marked), "n_items": len(votes.counted)},
            hint="read them; a new test cleans both sides alike and asks about other prompts: " + CREATE,
        )


def of_hasty(hasty: Mapping[str, str], reading: AbReading, without: Measure) -> Iterator[Finding]:
    """Who may not have read what was voted on, and whether it matters. Nobody is left out for it."""
    if hasty:
        people = [f"{name[:_NAME_CHARACTERS]} ({why})" for name, why in list(hasty.items())[:_MOST_NAMED]]
        more = [f"{len(hasty) - _MOST_NAMED:,} more"] if len(hasty) > _MOST_NAMED else []
        change, _ = _change(reading, without)
        yield Finding(
            code="ab.hasty",
            severity="warn",
            message=f"perhaps too hasty to count: {listed([*people, *more])}. Their votes are not left out; {change}",
            evidence=dict(hasty),
            hint="ask them how they voted; read some pairs beside their votes",
        )


def of_waiting(votes: StudyVotes) -> Iterator[Finding]:
    """Votes that do not count yet, since a pair before theirs lacks one."""
    if votes.n_waiting:
        n_all = len(votes.study.pairs)
        one = votes.n_waiting == 1
        yield Finding(
            code="ab.waiting",
            severity="info",
            message=f"{count(votes.n_waiting, 'vote')} {'waits' if one else 'wait'}: a pair counts once it and all "
            f"before it have the votes of {count(votes.study.n_raters, 'rater')}, and {len(votes.counted):,} of "
            f"{n_all:,} pairs do",
            evidence={"n_waiting": votes.n_waiting, "n_counted": len(votes.counted), "n_missing": votes.n_missing},
            hint=f"have the {count(votes.n_missing, 'missing vote')} given: {SERVE}",
        )


def of_surplus(votes: StudyVotes) -> Iterator[Finding]:
    """Votes by more raters than the plan has."""
    if votes.n_surplus:
        yield Finding(
            code="ab.surplus",
            severity="info",
            message=f"{count(votes.n_surplus, 'vote')} by more raters than were planned: on each pair the first "
            f"{count(votes.study.n_raters, 'vote')} counted, for each rater more would be another try at a decision",
            evidence={"n_surplus": votes.n_surplus, "n_raters": votes.study.n_raters},
            hint="nothing is lost: plan more raters in the next test, tunecheck ab plan RUN --raters N",
        )


def _change(reading: AbReading, without: Measure) -> tuple[str, bool]:
    """What becomes of the decision, and whether it is another."""
    own = reading.decided.word
    if not isinstance(without, Mapping):
        return "without them nothing is left", reading.decided.n_units >= ITEMS_NEEDED
    word = str(without["decision"])
    if word == own:
        return f"without them the decision stays {spoken(own)}", False
    return f"without them the decision is {spoken(word)} instead of {spoken(own)}", True
