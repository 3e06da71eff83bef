"""Judging: one judge asked about those pairs of an A/B test that it has not judged, each verdict kept at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from tunecheck.core import Judgement, PairStudy, Side, StudyStore
from tunecheck.judges import CANARIES, NoReply, Reply, Verdict, question, read_verdict, with_canary
from tunecheck.runner.progress import Progress
from tunecheck.runner.side_by_side import side_by_side
from tunecheck.study import Draw

# A server that fails so often in a row is not asked all the rest, nor a model that says so often nothing of use: every
# question may cost money. What failed comes last when it is asked again, so that it cannot keep others from their turn.
FAILURES_IN_A_ROW = 5
NO_VERDICTS_IN_A_ROW = 20
_REPLY_CHARACTERS = 1000
_BY_NAME = {canary.name: canary for canary in CANARIES}


class Judge(Protocol):
    """Answers questions, from several threads at once."""

    @property
    def left_out(self) -> tuple[str, ...]:
        """Settings that it does not take."""
        ...

    def ask(self, question: str) -> Reply | NoReply:
        """What it says, or why it says nothing."""
        ...

    def close(self) -> None:
        """It is asked no more."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question: the pair's number, whether tuned is B, and the canary as in Judgement."""

    entry: int
    swapped: bool
    canary: str = ""


class Judging:
    """One judge of one study; ``n_asked`` counts the questions that were answered, well or badly."""

    def __init__(self, study: PairStudy, name: str, judge: Judge, studies: StudyStore) -> None:
        self._study, self._name, self._judge, self._studies = study, name, judge, studies
        self.n_asked = 0
        self.n_answered = 0

    def plain(self, n_pairs: int) -> list[Asked]:
        """Both orders of the first pairs, without those that have a verdict; those that failed come last."""
        said = self._said()
        every = (Asked(entry=entry, swapped=swapped) for entry in range(n_pairs) for swapped in (False, True))
        return sorted((one for one in every if _is_open(said.get(one))), key=lambda one: one in said)

    def canaries(self, n: int) -> list[Asked]:
        """As many canaries as are wanted, without those that have a verdict.

        Each is a pair on which both orders gave one verdict, and the losing answer asks to be chosen; of a tie, either.
        Pairs that were chosen before stay chosen. The answer that asks is A and B in turn.
        """
        said = self._said()
        chosen = [one for one in said if one.canary]
        taken = {one.entry for one in chosen}
        draw = Draw(self._study.secret, self._study.number, "canaries", self._name)
        agreed = [(entry, winner) for entry, winner in self._agreed(said) if entry not in taken]
        # A tie says less: nothing has to be overturned.
        ordered = sorted(draw.shuffled(agreed, "pairs"), key=lambda one: one[1] == "tie")
        for place, (entry, winner) in enumerate(ordered[: max(0, n - len(chosen))], start=len(chosen)):
            side: Side = "base" if winner == "tuned" else "tuned"
            if winner == "tie" and draw.below(2, f"side {entry}"):
                side = "base"
            stands_in_b = bool(place % 2)
            name = f"{CANARIES[place % len(CANARIES)].name}@{side}"
            chosen.append(Asked(entry=entry, swapped=(side == "base") is not stands_in_b, canary=name))
        return [one for one in chosen[:n] if _is_open(said.get(one))]

    def ask_all(self, questions: Sequence[Asked], *, n_workers: int, progress: Progress) -> str:
        """Ask, and keep each verdict at once; why the judge was not asked all, or ""."""
        said, stop, stopped, row = self._said(), threading.Event(), "", _Row()
        found_of = side_by_side(questions, self._found, n_workers=min(n_workers, len(questions)), stop=stop)
        for asked, found, seconds in found_of:
            if isinstance(found, NoReply) and found.is_for_all:
                stopped = stopped or found.reason
                stop.set()
                continue
            self.n_asked += 1
            judged = self._judgement(asked, found, seconds, said.get(asked))
            self._studies.add_judgements([judged])
            progress.advance(1)
            is_trouble = isinstance(found, NoReply) and found.is_server
            self.n_answered += not is_trouble
            stopped = stopped or row.problem(judged, is_trouble=is_trouble)
            if stopped:
                stop.set()
        return stopped

    def _found(self, asked: Asked) -> tuple[Asked, Reply | NoReply, float]:
        pair = self._study.pairs[asked.entry]
        if asked.canary:
            name, _, side = asked.canary.rpartition("@")
            pair = with_canary(pair, _BY_NAME[name], "tuned" if side == "tuned" else "base")
        draw = Draw(self._study.secret, self._study.number, "judge", self._name)
        nonce = draw.token(asked.entry, int(asked.swapped), asked.canary)
        text = question(pair, swapped=asked.swapped, nonce=nonce, instructions=self._study.instructions)
        start = time.perf_counter()
        found = self._judge.ask(text)
        return asked, found, time.perf_counter() - start

    def _judgement(self, asked: Asked, found: Reply | NoReply, seconds: float, earlier: Judgement | None) -> Judgement:
        said = Judgement(
            study=self._study.number, judge=self._name, entry=asked.entry, swapped=asked.swapped, outcome="failed",
            canary=asked.canary, reply=found.text[:_REPLY_CHARACTERS],
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            seconds=round(seconds + (earlier.seconds if earlier else 0.0), 3),
            prompt_tokens=_sum(found.prompt_tokens, earlier.prompt_tokens if earlier else None),
            completion_tokens=_sum(found.completion_tokens, earlier.completion_tokens if earlier else None),
        )  # fmt: skip
        if isinstance(found, NoReply):
            return replace(said, reason=found.reason)
        verdict = read_verdict(found.text)
        if not isinstance(verdict, Verdict):
            return replace(said, reason=verdict.reason)
        if verdict.winner == "tie":
            return replace(said, outcome="tie")
        return replace(said, outcome="tuned" if (verdict.winner == "B") is asked.swapped else "base")

    def _said(self) -> dict[Asked, Judgement]:
        return {
            Asked(entry=one.entry, swapped=one.swapped, canary=one.canary): one
            for one in self._studies.judgements(self._study.number)
            if one.judge == self._name
        }

    def _agreed(self, said: dict[Asked, Judgement]) -> list[tuple[int, str]]:
        """Pairs with the same verdict in both orders, and that verdict."""
        found = []
        for entry in range(len(self._study.pairs)):
            both = {
                one.outcome if (one := said.get(Asked(entry=entry, swapped=swapped))) is not None else "failed"
                for swapped in (False, True)
            }
            if len(both) == 1 and "failed" not in both:
                found.append((entry, str(both.pop())))
        return found


class _Row:
    """What failed without a break until now."""

    def __init__(self) -> None:
        self._n_trouble = self._n_failed = 0

    def problem(self, judged: Judgement, *, is_trouble: bool) -> str:
        """Why to stop after this, or ""."""
        self._n_trouble = self._n_trouble + 1 if is_trouble else 0
        self._n_failed = self._n_failed + 1 if judged.outcome == "failed" else 0
        if self._n_trouble >= FAILURES_IN_A_ROW:
            return f"{self._n_trouble} failures in a row: {judged.reason}"
        if self._n_failed >= NO_VERDICTS_IN_A_ROW:
            return f"{self._n_failed} replies in a row without a verdict: {judged.reason}"
        return ""


def _is_open(said: Judgement | None) -> bool:
    return said is None or said.outcome == "failed"


def _sum(now: int | None, before: int | None) -> int | None:
    """Tokens of all times; None where none of them was counted."""
    return None if now is None and before is None else (now or 0) + (before or 0)
