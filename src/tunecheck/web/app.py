"""App: every route of the server, and what an error looks like."""

from __future__ import annotations

import logging
from importlib.resources import files

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from tunecheck.errors import InputError, RunFolderError
from tunecheck.web.comparing import Comparison
from tunecheck.web.entrance import Entrance
from tunecheck.web.guard import Guard
from tunecheck.web.owner import Office
from tunecheck.web.pages import page
from tunecheck.web.rating import Sheet
from tunecheck.web.site import Site

# Nothing but these files is served, whatever an address says.
STATIC = {
    "icon.svg": "image/svg+xml",
    **dict.fromkeys(("page.css", "compare.css"), "text/css"),
    **dict.fromkeys(("outbox.js", "rate.js", "compare.js"), "text/javascript"),
}
_TITLES = {401: "A link is needed", 403: "Not from here", 404: "Not here", 429: "Too many tries", 503: "Not now"}


def build_app(site: Site) -> ASGIApp:
    """The application of one run folder, behind its guard."""
    handlers = {HTTPException: _refused, InputError: _wrong, RunFolderError: _unable}
    app = Starlette(routes=routes(site), exception_handlers=handlers)
    # Such a redirect would name http even behind a proxy that speaks https, token and all.
    app.router.redirect_slashes = False
    return Guard(app, site.address)


def routes(site: Site) -> list[BaseRoute]:
    """All routes."""
    entrance, sheet, comparison, office = Entrance(site), Sheet(site), Comparison(site), Office(site)
    return [
        Route("/", entrance.start),
        Route("/enter/{token}", entrance.welcome),
        Route("/enter", entrance.enter, methods=["POST"]),
        Route("/rate", sheet.start),
        Route("/rate/{token}", sheet.show),
        Route("/rate/{token}", sheet.submit, methods=["POST"]),
        Route("/api/save", sheet.save, methods=["POST"]),
        Route("/api/undo", sheet.undo, methods=["POST"]),
        Route("/compare", comparison.start),
        Route("/compare/{token}", comparison.show),
        Route("/compare/{token}", comparison.submit, methods=["POST"]),
        Route("/api/compare/save", comparison.save, methods=["POST"]),
        Route("/api/compare/undo", comparison.undo, methods=["POST"]),
        Route("/leave", sheet.leave, methods=["POST"]),
        Route("/owner", office.show),
        Route("/owner/results", office.results),
        Route("/owner/raters", office.back),
        Route("/owner/raters", office.add_rater, methods=["POST"]),
        Route("/owner/raters/{number}/link", office.back),
        Route("/owner/raters/{number}/link", office.new_link, methods=["POST"]),
        Route("/owner/raters/{number}/revoke", office.revoke, methods=["POST"]),
        Route("/owner/leave", office.leave, methods=["POST"]),
        Route("/static/{name}", _static),
    ]


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in STATIC:
        raise HTTPException(404, "there is no such file")
    body = files("tunecheck.web").joinpath("static", name).read_bytes()
    if name == "page.css":
        # The colours are those of the report.
        body = files("tunecheck.report").joinpath("templates", "palette.css").read_bytes() + body
    return Response(body, media_type=STATIC[name])


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _told(request, error.status_code, str(error.detail))


async def _wrong(request: Request, error: Exception) -> Response:
    return _told(request, 400, str(error))


async def _unable(request: Request, error: Exception) -> Response:
    # Not the sender's fault: the script keeps what it sent and tries again. The folder is no business of raters.
    logging.getLogger("uvicorn.error").error("%s", error)
    return _told(request, 503, "nothing can be read or stored at the moment; try again a little later")


def _told(request: Request, status: int, message: str) -> Response:
    if request.scope["path"].startswith("/api/"):
        return JSONResponse({"error": message}, status_code=status)
    return page("error.html", status=status, title=_TITLES.get(status, "That did not work"), message=message)
