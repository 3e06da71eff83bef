"""Entrance: the welcome behind a link, and the button that lets its holder in."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tunecheck.web.forms import form_of
from tunecheck.web.pages import page
from tunecheck.web.site import Site
from tunecheck.web.visitors import Visitor


class Entrance:
    """The routes that need no cookie yet."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def start(self, request: Request) -> Response:
        """GET /: to where the visitor belongs; a rater with answers to rate and pairs to vote on chooses here."""

        def lead() -> Response:
            # Who has both is a rater here; the owner's page links to itself.
            found = (self._site.door.visitor(request, role) for role in ("rater", "owner"))
            visitor = next(filter(None, found), None)
            if visitor is None:
                return page("closed.html", status=401)
            home = self._home(visitor)
            if home != "/":
                return RedirectResponse(home, status_code=303)
            return page("start.html", visitor=visitor, **self._lists(visitor))

        return await run_in_threadpool(lead)

    async def welcome(self, request: Request) -> Response:
        """GET /enter/TOKEN: what this is, with a button. Looking at a link changes nothing, whoever looks."""
        token = request.path_params["token"]

        def draw() -> Response:
            visitor = self._admitted(token)
            return page("welcome.html", token=token, visitor=visitor, **self._lists(visitor))

        return await run_in_threadpool(draw)

    async def enter(self, request: Request) -> Response:
        """POST /enter: the token moves from the address into a cookie."""
        form = await form_of(request)
        token = form.get("token", "")

        def admit() -> tuple[Visitor, str]:
            visitor = self._admitted(token)
            return visitor, self._home(visitor)

        visitor, home = await run_in_threadpool(admit)
        response = RedirectResponse(home, status_code=303)
        self._site.door.remember(request, response, token, visitor.role)
        return response

    def _home(self, visitor: Visitor) -> str:
        if visitor.role == "owner":
            return "/owner"
        if self._site.has_both and visitor.rater is not None:
            return "/"
        return "/rate" if self._site.comparison() is None else "/compare"

    def _lists(self, visitor: Visitor) -> dict[str, Any]:
        """What there is to rate and to vote on, and how far the visitor is with each."""
        rater = visitor.rater
        sheet = self._site.desk(rater) if rater is not None else None
        pairs = self._site.voting_desk(rater) if rater is not None else None
        return {
            "study": sheet.study if sheet else None,
            "progress": sheet.look().progress if sheet else None,
            "comparison": pairs.study if pairs else None,
            "voted": pairs.look().progress if pairs else None,
        }

    def _admitted(self, token: str) -> Visitor:
        door = self._site.door
        if door.is_tried_too_often:
            raise HTTPException(429, "too many links that are none; wait a minute")
        visitor = door.admitted(token)
        if visitor is None:
            door.note_wrong()
            raise HTTPException(404, "this link opens nothing, or no longer does; ask who sent it for another")
        return visitor
