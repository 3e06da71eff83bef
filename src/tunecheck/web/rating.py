"""Rating: the pages and the small API of a rater. With scripts or without, the same store hears the same changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from tunecheck.core import BLOCKED, NOT_APPLICABLE, NOTE, REFERENCE, ReviewStudy
from tunecheck.runner import Change, Look, RatingDesk, new_key
from tunecheck.study import Slot, Standing, last_undoable, token_hash
from tunecheck.web.forms import changes_of, form_of, json_of
from tunecheck.web.pages import page
from tunecheck.web.site import Site
from tunecheck.web.visitors import Visitor

# Without scripts nobody knows whether the rater looked away; a page that was open longer says nothing of the pace.
_MOST_OPEN_S = 180.0


class Sheet:
    """The routes of a rater, who sees his own sheet and nothing else."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def start(self, request: Request) -> Response:
        """GET /rate: to the first answer that is not done, or the page that says thanks."""

        def find() -> Response:
            visitor, desk = self._seated(request)
            look = desk.look()
            slot = desk.next_open(look)
            if slot is not None:
                return RedirectResponse(f"/rate/{slot.token}", status_code=303)
            return page("done.html", visitor=visitor, study=desk.study, look=look, first=desk.slots[0])

        return await run_in_threadpool(find)

    async def show(self, request: Request) -> Response:
        """GET /rate/TOKEN: one answer. Looking changes nothing."""

        def draw() -> Response:
            visitor, desk = self._seated(request)
            slot = _slot(desk, request.path_params["token"])
            query = request.query_params
            values = self._values(visitor, desk, slot, tells_missing="missing" in query)
            return page("rate.html", **values, is_raw=query.get("view") == "raw")

        return await run_in_threadpool(draw)

    async def submit(self, request: Request) -> Response:
        """POST /rate/TOKEN: the form of the page without scripts; what differs from before is a change."""
        form = await form_of(request)

        def keep() -> str:
            _, desk = self._seated(request, proof=form.get("proof", ""))
            slot = _slot(desk, request.path_params["token"])
            look = desk.look()
            desk.save(self._changes(form, desk.study, slot, look.at(slot)))
            return _onward(form, desk, slot, is_again=desk.next_open(look) is None)

        return RedirectResponse(await run_in_threadpool(keep), status_code=303)

    async def save(self, request: Request) -> Response:
        """POST /api/save: changes from the script, in their order; sent twice they count once."""
        sent = await json_of(request)
        changes = changes_of(sent.get("changes"))

        def keep() -> dict[str, Any]:
            _, desk = self._seated(request, proof=request.headers.get("x-tunecheck-proof", ""))
            if any(desk.slot(change.token) is None for change in changes):
                raise HTTPException(404, "no answer of this sheet has that token")
            desk.save(changes)
            return _told(desk.look())

        return JSONResponse(await run_in_threadpool(keep))

    async def undo(self, request: Request) -> Response:
        """POST /api/undo: take back the newest change; where it was."""
        sent = await json_of(request)

        def take_back() -> dict[str, Any]:
            _, desk = self._seated(request, proof=request.headers.get("x-tunecheck-proof", ""))
            slot = desk.undo(str(sent.get("key", "")))
            return _told(desk.look()) | {"token": slot.token if slot else None}

        return JSONResponse(await run_in_threadpool(take_back))

    async def leave(self, request: Request) -> Response:
        """POST /leave: this browser forgets the rater; the link still works."""
        form = await form_of(request)
        await run_in_threadpool(self._rater, request, proof=form.get("proof", ""))
        response = RedirectResponse("/", status_code=303)
        self._site.door.forget(response, "rater")
        return response

    def _rater(self, request: Request, *, proof: str | None = None) -> Visitor:
        """The rater who asks. ``proof`` is demanded of what changes anything."""
        visitor = self._site.door.visitor(request, "rater")
        if visitor is None or visitor.rater is None:
            raise HTTPException(401, "open the link that you were given")
        if proof is not None and not self._site.door.is_proven(visitor, proof):
            raise HTTPException(403, "this was not sent by your sheet; open your link once more")
        return visitor

    def _seated(self, request: Request, *, proof: str | None = None) -> tuple[Visitor, RatingDesk]:
        """The rater who asks, at the rater's sheet."""
        visitor = self._rater(request, proof=proof)
        assert visitor.rater is not None
        desk = self._site.desk(visitor.rater)
        if desk is None:
            raise HTTPException(404, "there is no sheet to rate yet")
        return visitor, desk

    def _values(self, visitor: Visitor, desk: RatingDesk, slot: Slot, *, tells_missing: bool) -> dict[str, Any]:
        look, place = desk.look(), desk.place(slot)
        own = look.at(slot)
        following, is_again = desk.next_open(look, after=slot), desk.next_open(look) is None
        if is_again:
            # Who goes through a finished sheet again does so in its order.
            following = desk.following(slot)
        return {
            "visitor": visitor,
            "study": desk.study,
            "answer": desk.study.answers[slot.entry],
            "slot": slot,
            "own": own,
            "progress": look.progress,
            "place": place,
            "previous": desk.slots[place - 1] if place else None,
            "following": following,
            "is_again": is_again,
            "before": _shown(desk.study, own),
            "undo_key": _undo_key(look),
            "missing": _missing(desk.study, own) if tells_missing else [],
            "shown_at": self._site.clock().isoformat(timespec="milliseconds"),
        }

    def _changes(self, form: dict[str, str], study: ReviewStudy, slot: Slot, own: Standing) -> Iterator[Change]:
        """What the form says otherwise than the store; the time since the page was drawn goes with the first."""
        said = [(axis.name, form[axis.name]) for axis in study.axes if axis.name in form]
        said += [(name, form[name].strip()) for name in (NOTE, BLOCKED) if name in form]
        now = _shown(study, own)
        changed = [
            (name, value)
            for name, value in said
            # What the page showed and nobody touched is no change, though another device may have changed it meanwhile.
            if value not in (_as_sent(name, now[name]), _as_sent(name, form.get(f"was:{name}", now[name])))
        ]
        if form.get("do") == REFERENCE and not own.has_peeked:
            changed.append((REFERENCE, ""))
        active_s = self._open_s(form.get("shown_at", ""))
        for number, (name, value) in enumerate(changed):
            yield Change(token=slot.token, field=name, value=value, key=new_key(), active_s=0.0 if number else active_s)

    def _open_s(self, shown_at: str) -> float:
        try:
            shown = datetime.fromisoformat(shown_at)
            open_s = (self._site.clock() - shown) / timedelta(seconds=1)
        except (ValueError, TypeError, OverflowError):
            return 0.0
        return open_s if 0 < open_s <= _MOST_OPEN_S else 0.0


def _slot(desk: RatingDesk, token: str) -> Slot:
    slot = desk.slot(token)
    if slot is None:
        raise HTTPException(404, "no answer of this sheet has that address")
    return slot


def _shown(study: ReviewStudy, own: Standing) -> dict[str, str]:
    """The value of each field as the form has it."""
    values = {axis.name: str(own.scores.get(axis.name, "")) for axis in study.axes}
    return values | dict.fromkeys(own.not_applicable, NOT_APPLICABLE) | {NOTE: own.note, BLOCKED: own.blocked}


def _as_sent(name: str, text: str) -> str:
    """What a form sends of a text that nobody touched: browsers set line ends and what is no character their way."""
    kept = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return (kept.replace("\n", "") if name == BLOCKED else kept).strip()


def _undo_key(look: Look[Standing]) -> str:
    """A key for taking back what is newest on this page: the form sent twice takes back one thing."""
    newest = last_undoable(look.ratings)
    return "" if newest is None else token_hash(newest.key)[:32]


def _missing(study: ReviewStudy, own: Standing) -> list[str]:
    if own.is_done(study.axes):
        return []
    return [axis.title for axis in study.axes if axis.name not in own.scores and axis.name not in own.not_applicable]


def _told(look: Look[Standing]) -> dict[str, Any]:
    """What the script shows after a save."""
    progress = look.progress
    return {"progress": progress.words, "n_done": progress.n_done, "n_total": progress.n_total}


def _onward(form: dict[str, str], desk: RatingDesk, slot: Slot, *, is_again: bool) -> str:
    """Where the form leads to; ``is_again``: all was done before it was sent."""
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
    following = desk.following(slot) if is_again else desk.next_open(look, after=slot)
    return f"/rate/{following.token}" if following else "/rate"
