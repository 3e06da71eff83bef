"""What to read of an A/B test: pairs that tuned lost most clearly, pairs that divide people, judges against them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from tunecheck.checks.ab_judges import JudgeSheet
from tunecheck.checks.ab_rows import SCORES
from tunecheck.checks.ab_study import StudyVotes
from tunecheck.core import Exhibit, ExhibitList, PairVote, VoteOutcome

MOST_SHOWN = 6
_MOST_NOTES = 6
_WORDS: dict[VoteOutcome, str] = {
    "tuned": "tuned",
    "base": "base",
    "tie": "tied",
    "both_bad": "both bad",
    "skip": "skipped",
}

_ByPair = Mapping[int, Sequence[PairVote]]


def ab_exhibits(votes: StudyVotes, judges: Mapping[str, JudgeSheet]) -> tuple[ExhibitList, ...]:
    """Lists that have something to show; they tell which answer is whose, so they are for the owner alone."""
    by_item: dict[str, list[PairVote]] = {}
    for vote in votes.votes:
        if not vote.again:
            by_item.setdefault(vote.item, []).append(vote)
    by_pair = {entry: by_item[votes.study.pairs[entry].item] for entry in votes.counted}
    lists = [_lost(votes, by_pair), _divided(votes, by_pair), _against_judges(votes, by_pair, judges)]
    return tuple(one for one in lists if one is not None)


def _lost(votes: StudyVotes, by_pair: _ByPair) -> ExhibitList | None:
    lost = sorted((score, -len(own), entry) for entry, own in by_pair.items() if (score := _score(own)) < 0)
    if not lost:
        return None
    return ExhibitList(
        heading="Where tuned loses most clearly: read these first",
        note=f"Tuned loses {len(lost):,} of the {len(by_pair):,} pairs that count.",
        exhibits=tuple(_exhibit(votes, by_pair, entry) for _, _, entry in lost[:MOST_SHOWN]),
    )


def _divided(votes: StudyVotes, by_pair: _ByPair) -> ExhibitList | None:
    divided = []
    for entry, own in by_pair.items():
        said = Counter(vote.outcome for vote in own)
        if least := min(said["tuned"], said["base"]):
            divided.append((-least, abs(said["tuned"] - said["base"]), entry))
    if not divided:
        return None
    several = sum(len(own) > 1 for own in by_pair.values())
    return ExhibitList(
        heading="Where people prefer opposite answers: discuss these",
        note=f"They do on {len(divided):,} of the {several:,} pairs that several people voted on.",
        exhibits=tuple(_exhibit(votes, by_pair, entry) for _, _, entry in sorted(divided)[:MOST_SHOWN]),
    )


def _against_judges(votes: StudyVotes, by_pair: _ByPair, judges: Mapping[str, JudgeSheet]) -> ExhibitList | None:
    against: dict[int, list[str]] = {}
    for name, sheet in judges.items():
        for entry in sheet.judged:
            verdicts = set(sheet.verdicts[entry].values())
            people = _score(by_pair.get(entry, ()))
            if people and verdicts == {"base" if people > 0 else "tuned"}:
                against.setdefault(entry, []).append(name)
    if not against:
        return None
    order = sorted(against, key=lambda entry: (-len(against[entry]), -abs(_score(by_pair[entry])), entry))
    return ExhibitList(
        heading="Where a judge prefers the other answer in both orders",
        note=f"It does on {len(against):,} of the {len(by_pair):,} pairs that count.",
        exhibits=tuple(_exhibit(votes, by_pair, entry, against[entry]) for entry in order[:MOST_SHOWN]),
    )


def _exhibit(votes: StudyVotes, by_pair: _ByPair, entry: int, judges: Sequence[str] = ()) -> Exhibit:
    pair = votes.study.pairs[entry]
    said = Counter(vote.outcome for vote in by_pair[entry])
    return Exhibit(
        where=pair.source or pair.item,
        headline=" · ".join(f"{word} {said[outcome]:,}" for outcome, word in _WORDS.items() if said[outcome]),
        texts=(
            ("Prompt", pair.prompt),
            ("Reference", pair.reference),
            ("Answer of tuned", pair.tuned),
            ("Answer of base", pair.base),
            *([("Judges against people", "\n".join(judges))] if judges else []),
            *_notes(votes, entry),
        ),
    )


def _notes(votes: StudyVotes, entry: int) -> Iterator[tuple[str, str]]:
    found = [
        (f"Note of {name}, who said {_WORDS[sheet.outcomes[entry]]}", sheet.said[entry].note)
        for name, sheet in votes.sheets.items()
        if entry in sheet.said and sheet.said[entry].note
    ]
    yield from found[:_MOST_NOTES]


def _score(votes: Sequence[PairVote]) -> float:
    return sum(SCORES[vote.outcome] for vote in votes) / len(votes) if votes else 0.0
