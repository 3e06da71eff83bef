"""A chat server on loopback that says what a test wants, byte by byte, and remembers what it was asked."""

from __future__ import annotations

import contextlib
import json
import re
import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tunecheck.judges import ServerAddress

_ANSWER = re.compile(r"\[begin answer (A|B) (\w+)\]\n(.*?)\n\[end answer \1 \2\]", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request: the number of those before it, its path, its headers in lower case, its body."""

    number: int
    path: str
    headers: Mapping[str, str]
    body: Any

    @property
    def question(self) -> str:
        text = self.body["messages"][0]["content"]
        assert isinstance(text, str)
        return text

    @property
    def answers(self) -> dict[str, str]:
        """What stands between the marks of A and of B."""
        return {letter: text for letter, _, text in _ANSWER.findall(self.question)}


Script = Callable[[Request], Iterable[bytes]]


def http(body: str | bytes, *, status: str = "200 OK", **headers: str) -> bytes:
    """A whole response."""
    data = body.encode() if isinstance(body, str) else body
    lines = {"Content-Type": "application/json", "Content-Length": str(len(data)), "Connection": "close"}
    lines |= {name.replace("_", "-").title(): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + data


def completion(text: object, *, ended: object = "stop", **message: object) -> str:
    """The body of a completion."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text, **message}, "finish_reason": ended}
    usage = {"prompt_tokens": 300, "completion_tokens": 20, "total_tokens": 320}
    return json.dumps({"id": "x", "object": "chat.completion", "choices": [choice], "usage": usage})


def says(text: object, **more: Any) -> list[bytes]:
    return [http(completion(text, **more))]


def verdict(winner: str) -> list[bytes]:
    return says(json.dumps({"verdict": winner}))


def preferring(mark: str) -> Script:
    """A judge that prefers the answer in which a text stands, and calls it a tie where both or none have it."""

    def answer(request: Request) -> list[bytes]:
        having = [letter for letter, text in request.answers.items() if mark in text]
        return verdict(having[0] if len(having) == 1 else "tie")

    return answer


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


@dataclass
class ScriptedServer:
    """What ``script`` yields for a request goes out as it is, and then the connection is closed."""

    script: Script
    requests: list[Request] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    port: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def address(self) -> ServerAddress:
        return ServerAddress(url=f"http://127.0.0.1:{self.port}/v1", model="m")

    @property
    def spec(self) -> str:
        return self.address.name

    def handle(self, lines: Any, write: Callable[[bytes], object]) -> None:
        """Read one request, and play the script."""
        first = lines.readline().decode()
        if not first:
            return
        headers: dict[str, str] = {}
        while line := lines.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = lines.read(int(headers.get("content-length", "0")))
        with self._lock:
            request = Request(
                number=len(self.requests), path=first.split()[1], headers=headers, body=json.loads(body or b"null")
            )
            self.requests.append(request)
        with contextlib.suppress(OSError):  # The client may have heard enough.
            for piece in self.script(request):
                write(piece)


@contextlib.contextmanager
def serving(script: Script) -> Iterator[ScriptedServer]:
    """Serve on a free port until the block is left."""
    made = ScriptedServer(script)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            made.handle(self.rfile, self.connection.sendall)

    with _Server(("127.0.0.1", 0), Handler) as server:
        made.port = server.server_address[1]
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
        thread.start()
        try:
            yield made
        finally:
            made.over.set()
            server.shutdown()
            thread.join(5)
