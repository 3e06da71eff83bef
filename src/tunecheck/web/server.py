"""Server: the app on a socket of this machine, until somebody stops it."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from tunecheck import store
from tunecheck.core import Access
from tunecheck.errors import CannotRun, InputError
from tunecheck.study import FIRST_RATER, rater_name
from tunecheck.web.address import address_of
from tunecheck.web.app import build_app
from tunecheck.web.owner import new_link
from tunecheck.web.site import Site

_MOST_CONNECTIONS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A server that listens: links for the owner and for one rater, the rater's name, and what makes it answer."""

    owner_link: str
    rater_link: str
    rater: str
    is_shared: bool
    is_secure: bool
    has_sheet: bool
    serve: Callable[[], None]


@contextmanager
def opened(
    folder: str | Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8765,
    share: bool = False,
    url: str | None = None,
    rater: str = FIRST_RATER,
) -> Iterator[Opened]:
    """Listen for a run folder. Port 0 takes a free one. ``serve`` then answers until Ctrl-C.

    Raises InputError for a host that other machines reach without ``share``, RunFolderError for a folder without a
    run or a sheet, and CannotRun for a port that is taken.
    """
    address_of(host, port or 1, share=share, url=url)  # What is wrong with these is better said first.
    path = Path(folder)
    with store.open_studies(path) as studies, _listening(host, port) as listener:
        address = address_of(host, listener.getsockname()[1], share=share, url=url)
        site = Site(path, studies, address)
        known = studies.add_rater(rater_name(rater))
        # log_config None: a library does not set up the logging of the whole process.
        config = uvicorn.Config(
            build_app(site), access_log=False, log_config=None, log_level="warning", lifespan="off", ws="none",
            http="h11", loop="asyncio", proxy_headers=False, server_header=False,
            limit_concurrency=_MOST_CONNECTIONS, timeout_graceful_shutdown=3,
        )  # fmt: skip
        server = uvicorn.Server(config)
        yield Opened(
            owner_link=new_link(site, Access(role="owner")),
            rater_link=new_link(site, Access(role="rater", rater=known.number)),
            rater=known.name,
            is_shared=share,
            is_secure=address.is_secure,
            has_sheet=site.review() is not None or site.comparison() is not None,
            serve=lambda: server.run(sockets=[listener]),
        )


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    bare = host.strip("[]")
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((bare, port))
        except socket.gaierror as error:
            raise InputError(f"{host} is not an address of this machine", hint="--host 127.0.0.1") from error
        except (OSError, OverflowError, ValueError) as error:
            if getattr(error, "errno", None) == errno.EADDRINUSE:
                raise CannotRun(
                    f"port {port} of {host} is taken by another program",
                    hint="another tunecheck serve may be running; or take any free port: --port 0",
                ) from error
            raise InputError(f"cannot listen on {host} port {port}: {error}", hint="--host 127.0.0.1") from error
        listener.listen(128)
        yield listener
