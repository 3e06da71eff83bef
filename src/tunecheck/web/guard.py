"""Guard: what every request passes before any page sees it, and the headers that every answer carries."""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tunecheck.web.address import Address

MOST_BODY_BYTES = 256 * 1024
_LENGTH = re.compile(r"[0-9]{1,9}")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types tunecheck"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Under no-referrer browsers send forms with the origin null, and nothing would tell ours from others.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guard:
    """Refuses what does not come from our own pages under our own name, and bodies that no rater writes."""

    def __init__(self, app: ASGIApp, address: Address) -> None:
        self._app = app
        self._hosts = address.hosts
        self._origins = frozenset(address.origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return  # No websockets here, and nothing to start or stop.

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        headers = Headers(scope=scope)
        refusal = self._refusal(scope["method"], headers)
        if refusal is not None:
            await refusal(scope, receive, with_headers)
            return
        try:
            body = await _read(receive) if scope["method"] == "POST" else b""
        except ClientDisconnect:
            return  # Half a form is none, and nobody waits for an answer.
        if body is None:
            await _refuse(413, "that is more than a rating has")(scope, receive, with_headers)
            return

        async def replay() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, replay if scope["method"] == "POST" else receive, with_headers)

    def _refusal(self, method: str, headers: Headers) -> PlainTextResponse | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            names = ", ".join(sorted(self._hosts))
            return _refuse(
                400, f"this server answers to {names} alone. Behind another name or port, start it with --url"
            )
        if method not in ("GET", "HEAD", "POST"):
            return _refuse(405, "only GET, HEAD and POST are known here")
        if method == "POST" and not self._is_from_our_page(headers):
            return _refuse(403, "this was not sent by a page of this server")
        length = headers.get("content-length", "0")
        if method == "POST" and (not _LENGTH.fullmatch(length) or int(length) > MOST_BODY_BYTES):
            return _refuse(413, "that is more than a rating has")
        return None

    def _is_from_our_page(self, headers: Headers) -> bool:
        """By what the browser says of where a request comes from.

        A browser sends Origin with every POST. What sends neither header is no browser, or one without scripts from
        long ago; the token in the form then decides alone.
        """
        origins, sites = headers.getlist("origin"), headers.getlist("sec-fetch-site")
        if len(origins) > 1 or len(sites) > 1:
            return False
        return (not origins or origins[0] in self._origins) and (not sites or sites[0] in ("same-origin", "none"))


async def _read(receive: Receive) -> bytes | None:
    """The whole body, or None where it is too long, whatever its header said. Raises ClientDisconnect."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > MOST_BODY_BYTES:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _refuse(status: int, why: str) -> PlainTextResponse:
    return PlainTextResponse(f"{status}: {why}\n", status_code=status)
