"""A/B exports: the votes of a test as rows for other tools, and as preference pairs to train on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tunecheck import store
from tunecheck.core import JSON, AnswerPair, PairStudy, Rater, Rating
from tunecheck.core.files import replace_file
from tunecheck.errors import InputError
from tunecheck.runner.exported import fingerprint, remember
from tunecheck.runner.rating_rows import Row, csv_of, lines_of
from tunecheck.runner.studies import current_comparison
from tunecheck.study import PairStanding, by_rater, pair_sheet, pair_standings

# What a vote is worth for tuned.
_SCORES = {"tuned": 1.0, "base": -1.0, "tie": 0.0, "both_bad": 0.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencePairs:
    """What was exported: where to, how many pairs, how many did not qualify, and where the prompts are remembered."""

    path: str
    n_pairs: int
    n_divided: int
    n_undecided: int
    ledger: str

    def document(self) -> dict[str, JSON]:
        """For scripts."""
        return {
            "path": self.path,
            "n_pairs": self.n_pairs,
            "n_divided": self.n_divided,
            "n_undecided": self.n_undecided,
            "ledger": self.ledger,
        }


def export_votes(run: str | Path, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write every vote as a row of .jsonl or .csv, for other tools: ``tunecheck preference`` reads it.

    Columns: item, rater, winner (tuned, base, tie, both_bad, skip), tuned_on (left, right), again (a hidden repeat),
    category, unit, note, looked_at_reference, seconds, tuned_characters, base_characters, at. Raises InputError for
    another suffix, and where the file exists, unless ``overwrite``.
    """
    target = _target(path, (".jsonl", ".csv"), overwrite=overwrite)
    with store.open_studies(Path(run), read_only=True) as studies:
        study = current_comparison(studies, str(run))
        rows = list(vote_rows(study, studies.raters(), studies.ratings(study.number)))
    return _write(target, rows)


def vote_rows(study: PairStudy, raters: Sequence[Rater], ratings: Sequence[Rating]) -> Iterator[Row]:
    """A row for each vote that holds, in the order of raters and of their lists."""
    names = {rater.number: rater.name for rater in raters}
    for number, own in sorted(by_rater(ratings).items()):
        said = pair_standings(own)
        for slot in pair_sheet(study, number):
            standing = said.get((slot.entry, slot.again))
            if standing is None or not standing.choice:
                continue
            pair = study.pairs[slot.entry]
            yield {
                "item": pair.item,
                "rater": names[number],
                "winner": _winner(standing, slot.tuned_on),
                "tuned_on": slot.tuned_on,
                "again": slot.again,
                "category": dict(pair.strata).get("category", ""),
                "unit": pair.unit,
                "note": standing.note,
                "looked_at_reference": standing.has_peeked,
                "seconds": round(standing.active_s, 1) if standing.active_s else None,
                "tuned_characters": len(pair.tuned),
                "base_characters": len(pair.base),
                "at": standing.last_at,
            }


def export_preferences(
    run: str | Path,
    path: str | Path,
    *,
    divided: bool = False,
    conversational: bool = False,
    overwrite: bool = False,
) -> PreferencePairs:
    """Write the pairs that people decided as rows to train on, as TRL's DPOTrainer reads them: a .jsonl file.

    Columns: prompt, chosen, rejected; margin (mean score of the winner, above 0 to 1), raters (how many decided),
    item and fingerprint. Only pairs on which all planned raters voted, and whose votes all are for the same answer,
    unless ``divided``: then the majority decides. Skips decide nothing, and second showings count nowhere. With
    ``conversational`` the three are lists of messages.

    What is trained on cannot be evaluated on: the prompts are remembered, and later reviews and tests leave them out.
    Raises InputError for another suffix, where the file exists, and where nobody decided anything.
    """
    target = _target(path, (".jsonl",), overwrite=overwrite)
    with store.open_studies(Path(run), read_only=True) as studies:
        study = current_comparison(studies, str(run))
        votes = list(vote_rows(study, studies.raters(), studies.ratings(study.number)))
    found = _decided(study, votes, divided=divided)
    if not found.kept:
        more = f"; {found.n_divided:,} were decided by a majority: --divided takes them" if found.n_divided else ""
        raise InputError(
            f"no pair was decided by the votes of all planned raters{more}", hint=f"vote first: tunecheck serve {run}"
        )
    if not conversational:
        _check_plain([pair for pair, _, _ in found.kept])
    rows = [_preference(pair, score, n, conversational=conversational) for pair, score, n in found.kept]
    # Remembered before it is there, and not where it cannot be: no file to train on is ever unknown.
    staged = _write(target.with_name(f".{target.name}.part.jsonl"), rows)
    try:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        ledger = remember((pair.prompt for pair, _, _ in found.kept), source=f"{study.title} in {run}", at=now)
        staged.replace(target)
    finally:
        staged.unlink(missing_ok=True)
    return PreferencePairs(
        path=str(target),
        n_pairs=len(rows),
        n_divided=found.n_divided,
        n_undecided=found.n_undecided,
        ledger=str(ledger),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    """The pairs that qualify, each with its mean score and its number of votes; and how many do not."""

    kept: Sequence[tuple[AnswerPair, float, int]]
    n_divided: int
    n_undecided: int


def _decided(study: PairStudy, votes: Sequence[Row], *, divided: bool) -> _Decided:
    by_item: dict[str, list[str]] = {}
    for vote in votes:
        if not vote["again"]:
            by_item.setdefault(str(vote["item"]), []).append(str(vote["winner"]))
    kept, n_divided, n_undecided = [], 0, 0
    for pair in study.pairs:
        given = by_item.get(pair.item, [])
        # Who has not voted yet may disagree.
        scores = [_SCORES[one] for one in given if one in _SCORES] if len(given) >= study.n_raters else []
        score = sum(scores) / len(scores) if scores else 0.0
        if not score:
            n_undecided += bool(scores)
        elif abs(score) < 1 and not divided:
            n_divided += 1
        else:
            kept.append((pair, score, len(scores)))
    return _Decided(kept=kept, n_divided=n_divided, n_undecided=n_undecided)


def _check_plain(pairs: Sequence[AnswerPair]) -> None:
    """Raise InputError where a plain prompt would not be the one that the models answered."""
    conversations = [pair for pair in pairs if pair.messages]
    if conversations:
        raise InputError(
            f"{len(conversations):,} of the pairs answer a conversation, such as "
            f"{conversations[0].source or conversations[0].item}, and a plain prompt would lose who said what",
            hint="write lists of messages: --conversational",
        )


def _preference(pair: AnswerPair, score: float, n_raters: int, *, conversational: bool) -> Row:
    chosen, rejected = (pair.tuned, pair.base) if score > 0 else (pair.base, pair.tuned)

    def told(*messages: tuple[str, str]) -> JSON:
        if conversational:
            return [{"role": role, "content": _whole(text)} for role, text in messages]
        return _whole(messages[0][1])

    return {
        "prompt": told(*(pair.messages or [("user", pair.prompt)])),
        "chosen": told(("assistant", chosen)),
        "rejected": told(("assistant", rejected)),
        "margin": abs(score),
        "raters": n_raters,
        "item": pair.item,
        "fingerprint": fingerprint(pair.prompt),
    }


def _whole(text: str) -> str:
    """Without halves of characters: one of them makes a whole file unreadable."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _winner(standing: PairStanding, tuned_on: str) -> str:
    if standing.choice in ("left", "right"):
        return "tuned" if standing.choice == tuned_on else "base"
    return standing.choice


def _target(path: str | Path, suffixes: Sequence[str], *, overwrite: bool) -> Path:
    target = Path(path)
    if target.suffix.lower() not in suffixes:
        ends = " or ".join(suffixes)
        raise InputError(f"votes are not written as {target.name}", hint=f"name a file that ends in {ends}")
    if target.exists() and not overwrite:
        raise InputError(f"{target} exists", hint="name another file, or write over it: --overwrite")
    return target


def _write(target: Path, rows: Sequence[Row]) -> Path:
    try:
        replace_file(target, lines_of(rows) if target.suffix.lower() == ".jsonl" else csv_of(rows))
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror or error}", hint="name another file") from None
    return target
