"""Visitors: who is asking, by the token in a cookie, and the proof that a form came from a page of ours."""

from __future__ import annotations

import hashlib
import hmac
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from tunecheck.core import Rater, Role, StudyStore
from tunecheck.study import is_token, token_hash
from tunecheck.web.address import Address

# Nobody is thrown out in the middle of a sheet; a link that should no longer work is revoked.
_COOKIE_S = 180 * 24 * 3600
_MOST_WRONG_A_MINUTE = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Someone whom a token let in. ``proof`` stands in every form: another site can send our cookie, not this."""

    role: Role
    rater: Rater | None
    proof: str


class Door:
    """Lets people in by their tokens."""

    def __init__(self, store: StudyStore, address: Address, clock_s: Callable[[], float]) -> None:
        self._store, self._address, self._clock_s = store, address, clock_s
        self._wrong: deque[float] = deque(maxlen=_MOST_WRONG_A_MINUTE)

    def visitor(self, request: Request, role: Role) -> Visitor | None:
        """Who asks in this role, or None."""
        return self.admitted(request.cookies.get(self._cookie(role), ""), role)

    def admitted(self, token: str, role: Role | None = None) -> Visitor | None:
        """Whom a token lets in, in this role or in its own."""
        if not is_token(token):
            return None
        access = self._store.access(token_hash(token))
        if access is None or role not in (None, access.role):
            return None
        raters = {rater.number: rater for rater in self._store.raters()} if access.rater is not None else {}
        rater = None if access.rater is None else raters.get(access.rater)
        proof = hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()
        return Visitor(role=access.role, rater=rater, proof=proof)

    def is_proven(self, visitor: Visitor, given: str) -> bool:
        """Whether a form or a script showed the proof that our pages hold."""
        return hmac.compare_digest(visitor.proof, given.encode("ascii", "replace").decode())

    def remember(self, request: Request, response: Response, token: str, role: Role) -> None:
        """Keep the token in the browser, where no script and no other site gets at it."""
        response.set_cookie(
            self._cookie(role), token, max_age=_COOKIE_S, httponly=True, samesite="strict",
            secure=self._address.is_secure_for(request.headers["host"]), path="/",
        )  # fmt: skip

    def forget(self, response: Response, role: Role) -> None:
        """Take the token out of the browser."""
        response.delete_cookie(self._cookie(role), path="/", httponly=True, samesite="strict")

    def note_wrong(self) -> None:
        """A token that was not one."""
        self._wrong.append(self._clock_s())

    @property
    def is_tried_too_often(self) -> bool:
        """Whether so many wrong tokens came in a minute that somebody tries them out."""
        return len(self._wrong) == _MOST_WRONG_A_MINUTE and self._clock_s() - self._wrong[0] < 60

    def _cookie(self, role: Role) -> str:
        # Cookies of one host are sent to all of its ports: two servers side by side need names of their own.
        return f"tunecheck_{role}_{self._address.port}"
