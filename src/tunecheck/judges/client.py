"""ChatServer: one model of an OpenAI-compatible server, asked one question at a time; its only door to the network.

Nothing comes between the address that the user typed and the server: no proxy and no .netrc of the environment is used,
no redirect followed. A response is read up to a limit, uncompressed, within one deadline for all of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import httpx2

from tunecheck import __version__
from tunecheck.errors import InputError
from tunecheck.judges.address import ServerAddress
from tunecheck.judges.deadline import Deadline
from tunecheck.judges.key import Key
from tunecheck.judges.reply import NoReply, Reply, error_message, read_reply, refused_setting
from tunecheck.judges.retries import Patience

MOST_BYTES = 2**20
_CONNECT_S = 10.0
# What every question would meet: a redirect, a key that is wrong, no such model or path.
_FOR_ALL = frozenset({300, 301, 302, 303, 307, 308, 401, 404, 405})
_AGAIN = frozenset({408, 429})
_USUALLY = {401: "it wants a key", 404: "no such path", 429: "it is asked too often"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Response:
    status: int
    body: bytes
    retry_after: str = ""


class ChatServer:
    """Asks one model of one server. It may be used from several threads; close it, or use it in a ``with``.

    key         sent as a bearer token and to nobody else; it is in no message, no reply and no representation
    timeout_s   for a whole exchange, from the connection to the last byte
    max_tokens  most tokens of a reply
    """

    def __init__(
        self,
        address: ServerAddress,
        *,
        key: str = "",
        timeout_s: float = 120.0,
        max_tokens: int = 512,
        seed: int = 42,
        patience: Patience | None = None,
    ) -> None:
        """Connect to nothing yet. Raises InputError for an address or a key that no request can hold."""
        self.address, self._key, self._timeout_s = address, Key(key), timeout_s
        self._patience = patience or Patience()
        self._max_tokens = max_tokens
        self._settings: dict[str, int] = {"temperature": 0, "seed": seed, "max_tokens": max_tokens}
        try:
            self._url = httpx2.URL(f"{address.url}/chat/completions")
        except httpx2.InvalidURL as error:
            raise InputError(f"{address.url} cannot be asked: {error}", hint="check the judge's address") from error
        # A connection a question, so that a deadline can shut it: a judge thinks longer than a connection takes.
        self._client = httpx2.Client(
            trust_env=False,
            follow_redirects=False,
            timeout=httpx2.Timeout(timeout_s, connect=min(_CONNECT_S, timeout_s)),
            limits=httpx2.Limits(max_keepalive_connections=0),
        )

    @property
    def left_out(self) -> tuple[str, ...]:
        """Settings that the server did not take, so that they are left to it."""
        return tuple(name for name in ("temperature", "seed") if name not in self._settings)

    def close(self) -> None:
        """Let go of the network."""
        self._client.close()

    def __enter__(self) -> ChatServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, question: str) -> Reply | NoReply:
        """Ask, again where the server is in trouble, until there is a reply or no more patience."""
        n_tried, settings = 0, self._settings
        while True:
            found = self._exchange(question, settings)
            n_tried += 1
            if isinstance(found, _Response):
                fewer = self._fewer(settings, found)
                if fewer is not None:
                    settings, n_tried = fewer, n_tried - 1
                    continue
                if 200 <= found.status < 300:
                    return self._without_key(read_reply(found.body))
            if n_tried >= self._patience.n_tries or not _is_passing(found):
                return self._without_key(found if isinstance(found, NoReply) else _refused(found, n_tried))
            self._patience.wait(n_tried, found.retry_after if isinstance(found, _Response) else "")

    def _exchange(self, question: str, settings: dict[str, int]) -> _Response | NoReply:
        asked = {"model": self.address.model, "messages": [{"role": "user", "content": question}], **settings}
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": f"tunecheck/{__version__}",
            **self._key.headers,
        }
        deadline = Deadline(self._timeout_s)
        late = NoReply(reason=f"timed out: no whole reply within {self._timeout_s:g} s", is_server=True)
        try:
            with (
                deadline,
                self._client.stream(
                    "POST", self._url, content=json.dumps(asked), headers=headers, extensions={"trace": deadline.hear}
                ) as response,
            ):
                found = _read(response, self._key)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            return NoReply(reason=f"unreachable: {error or 'no answer'}", is_server=True, is_for_all=True)
        except httpx2.TimeoutException:
            return late
        except httpx2.TransportError as error:
            said = self._key.taken_out(str(error))[:200]
            return late if deadline.is_over else NoReply(reason=f"dropped: {said}", is_server=True)
        # Where a body has no length, its end and a connection that the deadline shut look alike.
        return late if deadline.is_over else found

    def _fewer(self, settings: dict[str, int], found: _Response) -> dict[str, int] | None:
        """Settings without the one that the server says it does not take; None where it says nothing of the kind."""
        name = refused_setting(found.body) if found.status in (400, 422) else ""
        if name not in settings or name == "max_completion_tokens":
            return None
        rest = {one: value for one, value in settings.items() if one != name}
        if name == "max_tokens":
            rest["max_completion_tokens"] = self._max_tokens
        self._settings = rest
        return rest

    def _without_key(self, found: Reply | NoReply) -> Reply | NoReply:
        """A second net below that of the response: a text may hold the key that its parts did not."""
        text = self._key.taken_out(found.text)
        if isinstance(found, Reply):
            return replace(found, text=text)
        return replace(found, text=text, reason=self._key.taken_out(found.reason))


def _read(response: httpx2.Response, key: Key) -> _Response | NoReply:
    """The body up to the limit; a compressed one is not opened, for it was not asked for and may be a bomb.

    What a server says may quote what it was sent: the key is taken out while nothing is cut yet.
    """
    encoding = key.taken_out(response.headers.get("content-encoding", "identity")).strip().lower()
    if encoding not in ("", "identity"):
        return NoReply(reason=f"compressed: the reply comes as {encoding[:20]!r}, unasked", is_server=True)
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > MOST_BYTES:
            return NoReply(reason=f"too long: the server sent more than {MOST_BYTES:,} bytes", is_server=True)
    retry_after = key.taken_out(response.headers.get("retry-after", ""))
    return _Response(status=response.status_code, body=key.taken_out(bytes(body)), retry_after=retry_after)


def _is_passing(found: _Response | NoReply) -> bool:
    """Whether the trouble may be over in a moment."""
    if isinstance(found, NoReply):
        return found.reason.startswith(("unreachable", "dropped"))
    return found.status in _AGAIN or found.status >= 500


def _refused(found: _Response, n_tried: int) -> NoReply:
    said = error_message(found.body) or _USUALLY.get(found.status, "the server does not say why")
    times = f", {n_tried} times" if n_tried > 1 else ""
    if 300 <= found.status < 400:
        said = "it sends elsewhere, which is not followed"
    return NoReply(
        reason=f"status {found.status}{times}: {said}",
        is_server=True,
        is_for_all=found.status in _FOR_ALL,
    )
