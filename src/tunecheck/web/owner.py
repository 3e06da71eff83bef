"""Owner: how far each rater is, links to send, and the results; what no rater may see."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tunecheck.core import Access, Rater, Rating
from tunecheck.errors import InputError, TunecheckError
from tunecheck.study import Progress, by_rater, new_token, rater_name, token_hash
from tunecheck.web.forms import form_of
from tunecheck.web.pages import page
from tunecheck.web.site import Site
from tunecheck.web.visitors import Visitor

MOST_RATERS = 500
_REPORT_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class RaterRow:
    """One line of the owner's table: how far a rater is with the sheet and with the A/B test, where there are such."""

    rater: Rater
    rated: Progress | None
    voted: Progress | None
    last_at: str


class Office:
    """The routes of the owner."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show(self, request: Request) -> Response:
        """GET /owner: progress per rater."""
        return await run_in_threadpool(lambda: self._page(self._owner(request)))

    async def back(self, request: Request) -> Response:
        """GET of an address that only forms are sent to: whoever opens it again wants the page."""
        await run_in_threadpool(self._owner, request)
        return RedirectResponse("/owner", status_code=303)

    async def add_rater(self, request: Request) -> Response:
        """POST /owner/raters: a new rater, and the link to send, which is shown this once."""
        form = await form_of(request)

        def add() -> Response:
            visitor = self._owner(request, proof=form.get("proof", ""))
            try:
                name = rater_name(form.get("name", ""))
            except InputError as error:
                return self._page(visitor, problem=f"{error.message[:1].upper()}{error.message[1:]}.", status=400)
            raters = self._site.store.raters()
            if any(rater.name == name for rater in raters):
                return self._page(visitor, problem="There is a rater of that name already.", status=400)
            if len(raters) >= MOST_RATERS:
                return self._page(visitor, problem=f"There are {MOST_RATERS} raters already.", status=400)
            rater = self._site.store.add_rater(name)
            return self._page(visitor, rater=rater, link=new_link(self._site, Access(role="rater", rater=rater.number)))

        return await run_in_threadpool(add)

    async def new_link(self, request: Request) -> Response:
        """POST /owner/raters/NUMBER/link: one more link for a rater; earlier ones go on working."""
        form = await form_of(request)

        def make() -> Response:
            visitor = self._owner(request, proof=form.get("proof", ""))
            rater = self._rater(request)
            return self._page(visitor, rater=rater, link=new_link(self._site, Access(role="rater", rater=rater.number)))

        return await run_in_threadpool(make)

    async def revoke(self, request: Request) -> Response:
        """POST /owner/raters/NUMBER/revoke: all links of a rater stop working; the ratings stay."""
        form = await form_of(request)

        def shut() -> None:
            self._owner(request, proof=form.get("proof", ""))
            self._site.store.revoke(Access(role="rater", rater=self._rater(request).number), at=self._site.now())

        await run_in_threadpool(shut)
        return RedirectResponse("/owner", status_code=303)

    async def results(self, request: Request) -> Response:
        """GET /owner/results: the report of the run as it stands now."""

        def draw() -> Response:
            # Slow imports, which no rater has to wait for.
            from tunecheck import report
            from tunecheck.runner import read_run

            self._owner(request)
            try:
                html = report.render(read_run(self._site.folder), "html")
            except TunecheckError as error:
                return page("error.html", status=409, title="No results yet", message=str(error))
            policy = _REPORT_POLICY.search(html)
            assert policy is not None, "the report has a policy of its own"
            own = policy.group(1).replace("&#39;", "'")
            return HTMLResponse(html, headers={"Content-Security-Policy": f"{own}; frame-ancestors 'none'"})

        return await run_in_threadpool(draw)

    async def leave(self, request: Request) -> Response:
        """POST /owner/leave: this browser forgets the owner."""
        form = await form_of(request)
        await run_in_threadpool(self._owner, request, proof=form.get("proof", ""))
        response = RedirectResponse("/", status_code=303)
        self._site.door.forget(response, "owner")
        return response

    def _owner(self, request: Request, *, proof: str | None = None) -> Visitor:
        visitor = self._site.door.visitor(request, "owner")
        if visitor is None:
            # Raters need not know that there is such a page.
            raise HTTPException(404, "there is no such page")
        if proof is not None and not self._site.door.is_proven(visitor, proof):
            raise HTTPException(403, "this was not sent by your page; open your link once more")
        return visitor

    def _rater(self, request: Request) -> Rater:
        number = request.path_params["number"]
        rater = next((one for one in self._site.store.raters() if str(one.number) == number), None)
        if rater is None:
            raise HTTPException(404, "there is no such rater")
        return rater

    def _page(
        self,
        visitor: Visitor,
        *,
        rater: Rater | None = None,
        link: str = "",
        problem: str = "",
        status: int = 200,
    ) -> Response:
        values: dict[str, Any] = {
            "visitor": visitor,
            "folder": str(self._site.folder),
            "study": self._site.review(),
            "comparison": self._site.comparison(),
            "rows": self._rows(),
            "new_rater": rater,
            "link": link,
            "problem": problem,
        }
        return page("owner.html", status=status, **values)

    def _rows(self) -> list[RaterRow]:
        """How far everybody is, from one look at all ratings of each study."""
        studies = (self._site.review(), self._site.comparison())
        rated, voted = (by_rater(self._site.store.ratings(one.number)) if one else {} for one in studies)
        return [
            self._row(rater, rated.get(rater.number, []), voted.get(rater.number, []))
            for rater in self._site.store.raters()
        ]

    def _row(self, rater: Rater, rated: Sequence[Rating], voted: Sequence[Rating]) -> RaterRow:
        sheet, pairs = self._site.desk(rater), self._site.voting_desk(rater)
        last = max((ratings[-1].at for ratings in (rated, voted) if ratings), default="")
        return RaterRow(
            rater=rater,
            rated=sheet.look_of(rated).progress if sheet else None,
            voted=pairs.look_of(voted).progress if pairs else None,
            last_at=last[:16].replace("T", " "),
        )


def new_link(site: Site, access: Access) -> str:
    """A link that lets its holder in; only the hash of its token is kept."""
    token = new_token()
    site.store.admit(token_hash(token), access, at=site.now())
    return f"{site.address.first}/enter/{token}"
