"""Entrance: the welcome behind a link, and the button that lets its holder in."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tunecheck.web.forms import form_of
from tunecheck.web.pages import page
from tunecheck.web.site import Site
from tunecheck.web.visitors import Visitor

_HOME = {"rater": "/rate", "owner": "/owner"}


class Entrance:
    """The routes that need no cookie yet."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def start(self, request: Request) -> Response:
        """GET /: to where the visitor belongs."""

        def home() -> str | None:
            # Who has both is a rater here; the owner's page links to itself.
            return next((_HOME[role] for role in ("rater", "owner") if self._site.door.visitor(request, role)), None)

        found = await run_in_threadpool(home)
        return RedirectResponse(found, status_code=303) if found else page("closed.html", status=401)

    async def welcome(self, request: Request) -> Response:
        """GET /enter/TOKEN: what this is, with a button. Looking at a link changes nothing, whoever looks."""
        token = request.path_params["token"]
        visitor = await run_in_threadpool(self._admitted, token)
        study = await run_in_threadpool(self._site.review)
        desk = await run_in_threadpool(self._site.desk, visitor.rater) if visitor.rater is not None else None
        done = (await run_in_threadpool(desk.look)).progress if desk is not None else None
        return page("welcome.html", token=token, visitor=visitor, study=study, progress=done)

    async def enter(self, request: Request) -> Response:
        """POST /enter: the token moves from the address into a cookie."""
        form = await form_of(request)
        token = form.get("token", "")
        visitor = await run_in_threadpool(self._admitted, token)
        response = RedirectResponse(_HOME[visitor.role], status_code=303)
        self._site.door.remember(request, response, token, visitor.role)
        return response

    def _admitted(self, token: str) -> Visitor:
        door = self._site.door
        if door.is_tried_too_often:
            raise HTTPException(429, "too many links that are none; wait a minute")
        visitor = door.admitted(token)
        if visitor is None:
            door.note_wrong()
            raise HTTPException(404, "this link opens nothing, or no longer does; ask who sent it for another")
        return visitor
