"""Seat: what the pages of every study share: who asks, at which list, and the small API that their scripts call."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from tunecheck.core import Rater
from tunecheck.runner import Change, Desk, Look, new_key
from tunecheck.study import Progress, last_undoable, token_hash
from tunecheck.web.forms import changes_of, form_of, json_of
from tunecheck.web.site import Site
from tunecheck.web.visitors import Visitor

# Without scripts nobody knows whether the rater looked away; a page that was open longer says nothing of the pace.
_MOST_OPEN_S = 180.0

DeskT = TypeVar("DeskT", bound=Desk[Any, Any, Any])
SlotT = TypeVar("SlotT")


class Seat(ABC, Generic[DeskT, SlotT]):
    """The routes of a rater in one kind of study, who sees his own list and nothing else."""

    home: ClassVar[str]
    no_desk: ClassVar[str]
    no_slot: ClassVar[str]

    def __init__(self, site: Site) -> None:
        self._site = site

    async def start(self, request: Request) -> Response:
        """GET of the home: to the first place that is not done, or the page that says thanks."""

        def find() -> Response:
            visitor, desk = self._seated(request)
            look = desk.look()
            slot = desk.next_open(look)
            return self._thanks(visitor, desk, look) if slot is None else _to(f"{self.home}/{slot.token}")

        return await run_in_threadpool(find)

    async def show(self, request: Request) -> Response:
        """GET of a place. Looking changes nothing."""

        def draw() -> Response:
            visitor, desk = self._seated(request)
            return self._draw(visitor, desk, self._slot(desk, request.path_params["token"]), request.query_params)

        return await run_in_threadpool(draw)

    async def submit(self, request: Request) -> Response:
        """POST of a place: the form of the page without scripts; what differs from before is a change."""
        form = await form_of(request)

        def keep() -> str:
            _, desk = self._seated(request, proof=form.get("proof", ""))
            slot = self._slot(desk, request.path_params["token"])
            before = desk.look()
            desk.save(self._changes(form, desk, slot, before))
            return self._onward(form, desk, slot, before)

        return _to(await run_in_threadpool(keep))

    async def save(self, request: Request) -> Response:
        """POST .../save: changes from the script, in their order; sent twice they count once."""
        sent = await json_of(request)
        changes = changes_of(sent.get("changes"))

        def keep() -> dict[str, Any]:
            _, desk = self._seated(request, proof=request.headers.get("x-tunecheck-proof", ""))
            slots = [self._slot(desk, change.token) for change in changes]
            desk.save(changes)
            return self._told(desk, slots[-1] if slots else None)

        return JSONResponse(await run_in_threadpool(keep))

    async def undo(self, request: Request) -> Response:
        """POST .../undo: take back the newest change; where it was."""
        sent = await json_of(request)

        def take_back() -> dict[str, Any]:
            _, desk = self._seated(request, proof=request.headers.get("x-tunecheck-proof", ""))
            slot = desk.undo(str(sent.get("key", "")))
            return self._told(desk, slot) | {"token": slot.token if slot else None}

        return JSONResponse(await run_in_threadpool(take_back))

    async def leave(self, request: Request) -> Response:
        """POST /leave: this browser forgets the rater; the link still works."""
        form = await form_of(request)
        await run_in_threadpool(self._rater, request, proof=form.get("proof", ""))
        response = _to("/")
        self._site.door.forget(response, "rater")
        return response

    @abstractmethod
    def _desk(self, rater: Rater) -> DeskT | None:
        """The rater's list, or None where there is no study."""

    @abstractmethod
    def _thanks(self, visitor: Visitor, desk: DeskT, look: Look[Any]) -> Response:
        """The page for who is done."""

    @abstractmethod
    def _draw(self, visitor: Visitor, desk: DeskT, slot: SlotT, query: Mapping[str, str]) -> Response:
        """The page of one place."""

    @abstractmethod
    def _said(self, form: Mapping[str, str], desk: DeskT, slot: SlotT, before: Look[Any]) -> list[tuple[str, str]]:
        """What a form says otherwise than the store, as fields and values in order."""

    @abstractmethod
    def _onward(self, form: Mapping[str, str], desk: DeskT, slot: SlotT, before: Look[Any]) -> str:
        """Where the form leads to; ``before``: what held before it was sent."""

    @abstractmethod
    def _progress(self, desk: DeskT, look: Look[Any], slot: SlotT | None) -> Progress:
        """How far the rater is, as the page of a place says it."""

    def _told(self, desk: DeskT, slot: SlotT | None) -> dict[str, Any]:
        """What the script shows after a save."""
        progress = self._progress(desk, desk.look(), slot)
        return {"progress": progress.words, "n_done": progress.n_done, "n_total": progress.n_total}

    def _rater(self, request: Request, *, proof: str | None = None) -> Visitor:
        """The rater who asks. ``proof`` is demanded of what changes anything."""
        visitor = self._site.door.visitor(request, "rater")
        if visitor is None or visitor.rater is None:
            raise HTTPException(401, "open the link that you were given")
        if proof is not None and not self._site.door.is_proven(visitor, proof):
            raise HTTPException(403, "this was not sent by your sheet; open your link once more")
        return visitor

    def _seated(self, request: Request, *, proof: str | None = None) -> tuple[Visitor, DeskT]:
        """The rater who asks, at the rater's list."""
        visitor = self._rater(request, proof=proof)
        assert visitor.rater is not None
        desk = self._desk(visitor.rater)
        if desk is None:
            raise HTTPException(404, self.no_desk)
        return visitor, desk

    def _slot(self, desk: DeskT, token: str) -> SlotT:
        slot: SlotT | None = desk.slot(token)
        if slot is None:
            raise HTTPException(404, self.no_slot)
        return slot

    def _changes(self, form: Mapping[str, str], desk: DeskT, slot: Any, before: Look[Any]) -> Iterator[Change]:
        """What the form says; the time since the page was drawn goes with the first."""
        open_s = self._open_s(form)
        active_s = open_s if open_s is not None and open_s <= _MOST_OPEN_S else 0.0
        for number, (name, value) in enumerate(self._said(form, desk, slot, before)):
            yield Change(token=slot.token, field=name, value=value, key=new_key(), active_s=0.0 if number else active_s)

    def _open_s(self, form: Mapping[str, str]) -> float | None:
        """How long the page was there before its form was sent; None where that is not known."""
        try:
            shown = datetime.fromisoformat(form.get("shown_at", ""))
            open_s = (self._site.clock() - shown) / timedelta(seconds=1)
        except (ValueError, TypeError, OverflowError):
            return None
        return open_s if open_s >= 0 else None

    def _of_page(self, look: Look[Any]) -> dict[str, Any]:
        """What the form of every page holds: when it was drawn, and a key, so that an undo sent twice is one."""
        newest = last_undoable(look.ratings)
        return {
            "shown_at": self._site.clock().isoformat(timespec="milliseconds"),
            "undo_key": "" if newest is None else token_hash(newest.key)[:32],
        }


def touched(
    form: Mapping[str, str], said: Mapping[str, str], stored: Mapping[str, str], *, one_line: tuple[str, ...] = ()
) -> list[tuple[str, str]]:
    """Of the fields that a form has, those that somebody touched; ``stored`` has what holds of each.

    What the page showed and nobody touched is no change, though another device may have changed it meanwhile.
    """
    return [
        (name, value)
        for name, value in said.items()
        if value
        not in (
            _as_sent(stored[name], name in one_line),
            _as_sent(form.get(f"was:{name}", stored[name]), name in one_line),
        )
    ]


def _as_sent(text: str, is_line: bool) -> str:
    """What a form sends of a text that nobody touched: browsers set line ends and what is no character their way."""
    kept = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return (kept.replace("\n", "") if is_line else kept).strip()


def _to(path: str) -> RedirectResponse:
    return RedirectResponse(path, status_code=303)
