"""Rating: the pages and the small API of a rating sheet. With scripts or without, the store hears the same changes."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from tunecheck.core import BLOCKED, NOT_APPLICABLE, NOTE, REFERENCE, Rater, ReviewStudy
from tunecheck.runner import Look, RatingDesk, new_key
from tunecheck.study import Progress, Slot, Standing
from tunecheck.web.pages import page
from tunecheck.web.seat import Seat, touched
from tunecheck.web.visitors import Visitor


class Sheet(Seat[RatingDesk, Slot]):
    """The routes of a rater at a rating sheet."""

    home = "/rate"
    no_desk = "there is no sheet to rate yet"
    no_slot = "no answer of this sheet has that address"

    def _desk(self, rater: Rater) -> RatingDesk | None:
        return self._site.desk(rater)

    def _thanks(self, visitor: Visitor, desk: RatingDesk, look: Look[Standing]) -> Response:
        return page(
            "done.html",
            visitor=visitor,
            study=desk.study,
            look=look,
            first=desk.slots[0],
            has_more=self._site.has_both,
        )

    def _draw(self, visitor: Visitor, desk: RatingDesk, slot: Slot, query: Mapping[str, str]) -> Response:
        look, place = desk.look(), desk.place(slot)
        own = look.at(slot)
        following, is_again = desk.next_open(look, after=slot), desk.next_open(look) is None
        if is_again:
            # Who goes through a finished sheet again does so in its order.
            following = desk.following(slot)
        return page(
            "rate.html",
            visitor=visitor,
            study=desk.study,
            answer=desk.study.answers[slot.entry],
            slot=slot,
            own=own,
            progress=look.progress,
            place=place,
            previous=desk.slots[place - 1] if place else None,
            following=following,
            is_again=is_again,
            before=_shown(desk.study, own),
            missing=_missing(desk.study, own) if "missing" in query else [],
            is_raw=query.get("view") == "raw",
            **self._of_page(look),
        )

    def _said(
        self, form: Mapping[str, str], desk: RatingDesk, slot: Slot, before: Look[Standing]
    ) -> list[tuple[str, str]]:
        own = before.at(slot)
        said = {axis.name: form[axis.name] for axis in desk.study.axes if axis.name in form}
        said |= {name: form[name].strip() for name in (NOTE, BLOCKED) if name in form}
        changed = touched(form, said, _shown(desk.study, own), one_line=(BLOCKED,))
        if form.get("do") == REFERENCE and not own.has_peeked:
            changed.append((REFERENCE, ""))
        return changed

    def _onward(self, form: Mapping[str, str], desk: RatingDesk, slot: Slot, before: Look[Standing]) -> str:
        here, do = f"/rate/{slot.token}", form.get("do", "next")
        if do == "undo":
            back = desk.undo(form.get("undo_key") or new_key())
            return f"/rate/{back.token}" if back else here
        if do == "previous":
            return f"/rate/{desk.slots[max(0, desk.place(slot) - 1)].token}"
        if do == "raw":
            return f"{here}?view=raw"
        if do != "next":
            return here
        look = desk.look()
        if not look.at(slot).is_done(desk.study.axes):
            return f"{here}?missing=1"
        is_again = desk.next_open(before) is None
        following = desk.following(slot) if is_again else desk.next_open(look, after=slot)
        return f"/rate/{following.token}" if following else "/rate"

    def _progress(self, desk: RatingDesk, look: Look[Standing], slot: Slot | None) -> Progress:  # noqa: ARG002
        return look.progress


def _shown(study: ReviewStudy, own: Standing) -> dict[str, str]:
    """The value of each field as the form has it."""
    values = {axis.name: str(own.scores.get(axis.name, "")) for axis in study.axes}
    return values | dict.fromkeys(own.not_applicable, NOT_APPLICABLE) | {NOTE: own.note, BLOCKED: own.blocked}


def _missing(study: ReviewStudy, own: Standing) -> list[str]:
    if own.is_done(study.axes):
        return []
    return [axis.title for axis in study.axes if axis.name not in own.scores and axis.name not in own.not_applicable]
