"""Comparing: the pages and the small API of a blind A/B test. A is always the answer on the left, B on the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from tunecheck.core import CHOICE, CHOICES, GUESS, GUESSES, NOTE, REFERENCE, Rater
from tunecheck.runner import Look, VotingDesk, new_key
from tunecheck.study import PairSlot, PairStanding, Progress
from tunecheck.web.pages import page
from tunecheck.web.seat import Seat, touched
from tunecheck.web.visitors import Visitor
from tunecheck.web.word_differences import word_differences

# Nobody reads two answers in less: such a press was meant for the pair before.
LEAST_READING_S = 0.25
VIEWS = ("markdown", "raw", "diff")
# A prompt of more does not fit into its box, and gets a switch.
_BOX_CHARACTERS, _BOX_LINES = 260, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One thing to say: what is kept of it, and its words and key."""

    value: str
    words: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a page asks, and what can be said."""

    field: str
    words: str
    buttons: tuple[Button, ...]


# In this order, so that what is said of the left answer stands left, and nothing nearer to A than to B.
BETTER = Question(
    field=CHOICE,
    words="Which answer is better?",
    buttons=(
        Button(value="left", words="A is better", key="a"),
        Button(value="tie", words="Tie", key="t"),
        Button(value="both_bad", words="Both bad", key="x"),
        Button(value="right", words="B is better", key="b"),
        Button(value="skip", words="Skip", key="s"),
    ),
)
WHOSE = Question(
    field=GUESS,
    words="Which one is the tuned model's answer?",
    buttons=(
        Button(value="left", words="A", key="a"),
        Button(value="unsure", words="I don't know", key="t"),
        Button(value="right", words="B", key="b"),
    ),
)


class Comparison(Seat[VotingDesk, PairSlot]):
    """The routes of a rater in a blind A/B test."""

    home = "/compare"
    no_desk = "there is no A/B test to vote in yet"
    no_slot = "no pair of this test has that address"

    def _desk(self, rater: Rater) -> VotingDesk | None:
        return self._site.voting_desk(rater)

    def _thanks(self, visitor: Visitor, desk: VotingDesk, look: Look[PairStanding]) -> Response:
        return page(
            "compared.html",
            visitor=visitor,
            study=desk.study,
            look=look,
            first=desk.votes[0],
            guess=desk.first_guess(look),
            guessed=desk.guessed(look),
            has_more=self._site.has_both,
        )

    def _draw(self, visitor: Visitor, desk: VotingDesk, slot: PairSlot, query: Mapping[str, str]) -> Response:
        look = desk.look()
        own, among = look.at(slot), _among(desk, slot)
        place = among.index(slot)
        pair = desk.study.pairs[slot.entry]
        answers = (pair.tuned, pair.base) if slot.tuned_on == "left" else (pair.base, pair.tuned)
        is_again = all(desk.is_done(one, look.at(one)) for one in among)
        following = _next_of(among, slot) if is_again else desk.next_open(look, after=slot)
        is_blank = slot.is_guess
        return page(
            "compare.html",
            visitor=visitor,
            study=desk.study,
            slot=slot,
            prompt=pair.prompt,
            # A guess is about the answers alone: what was said of the pair before is not asked again.
            reference="" if is_blank else pair.reference,
            has_peeked=own.has_peeked and not is_blank,
            note="" if is_blank else own.note,
            answers=tuple(zip("AB", answers, word_differences(*answers), strict=True)),
            is_long=_is_long(pair.prompt) or (own.has_peeked and not is_blank and _is_long(pair.reference)),
            question=WHOSE if slot.is_guess else BETTER,
            said=own.guess if slot.is_guess else own.choice,
            progress=self._progress(desk, look, slot),
            place=place,
            previous=among[place - 1] if place else None,
            following=following,
            is_again=is_again,
            is_early="early" in query,
            view=next((view for view in VIEWS if view == query.get("view")), VIEWS[0]),
            **self._of_page(look),
        )

    def _said(
        self,
        form: Mapping[str, str],
        desk: VotingDesk,  # noqa: ARG002
        slot: PairSlot,
        before: Look[PairStanding],
    ) -> list[tuple[str, str]]:
        own, do = before.at(slot), form.get("do", "")
        if slot.is_guess:
            return [(GUESS, do)] if do in GUESSES and do != own.guess and not self._is_early(form) else []
        changed = touched(form, {NOTE: form[NOTE].strip()} if NOTE in form else {}, {NOTE: own.note})
        if do == REFERENCE and not own.has_peeked:
            changed.append((REFERENCE, ""))
        if do in CHOICES and do != own.choice and not self._is_early(form):
            changed.append((CHOICE, do))
        return changed

    def _onward(self, form: Mapping[str, str], desk: VotingDesk, slot: PairSlot, before: Look[PairStanding]) -> str:
        here, do, among = f"{self.home}/{slot.token}", form.get("do", ""), _among(desk, slot)
        if do == "undo":
            back = desk.undo(form.get("undo_key") or new_key())
            return f"{self.home}/{back.token}" if back else here
        if do == "previous":
            return f"{self.home}/{among[max(0, among.index(slot) - 1)].token}"
        if do in ("raw", "diff"):
            return f"{here}?view={do}"
        look = desk.look()
        if do not in (GUESSES if slot.is_guess else CHOICES):
            return here
        if not desk.is_done(slot, look.at(slot)):
            return f"{here}?early=1"
        is_again = all(desk.is_done(one, before.at(one)) for one in among)
        following = _next_of(among, slot) if is_again else desk.next_open(look, after=slot)
        return f"{self.home}/{following.token}" if following else self.home

    def _progress(self, desk: VotingDesk, look: Look[PairStanding], slot: PairSlot | None) -> Progress:
        return desk.guessed(look) if slot is not None and slot.is_guess else look.progress

    def _is_early(self, form: Mapping[str, str]) -> bool:
        open_s = self._open_s(form)
        return open_s is not None and open_s < LEAST_READING_S


def _among(desk: VotingDesk, slot: PairSlot) -> Sequence[PairSlot]:
    """The places that are counted with this one."""
    return desk.guesses if slot.is_guess else desk.votes


def _next_of(among: Sequence[PairSlot], slot: PairSlot) -> PairSlot | None:
    place = among.index(slot) + 1
    return among[place] if place < len(among) else None


def _is_long(text: str) -> bool:
    return len(text) > _BOX_CHARACTERS or text.count("\n") >= _BOX_LINES
