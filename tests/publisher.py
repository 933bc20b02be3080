"""A publisher on loopback: a real HTTP server that gives the answers a test has laid out, and remembers what it was asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sources.client import Policy

QUICK = Policy(
    connect_seconds=2, read_seconds=0.5, file_seconds=3, tries=3, backoff_seconds=0.01, longest_wait_seconds=2,
    most_bytes=2_000_000, usual_pause_seconds=0.0,
)  # fmt: skip
"""How a client asks in a test: as it always does, and not for long."""
DAY = datetime(2026, 11, 25, 5, tzinfo=UTC)
"""The moment of the first refresh."""


@dataclass
class Answer:
    """One answer: status, body, headers; `cut` closes the connection after so many bytes, `hang` waits before each.

    `drip` sends nothing but a header that never ends, a byte in so many seconds.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    hang: float = 0.0
    drip: float = 0.0


Answering = Callable[[str, dict[str, str]], Answer]
"""(path, request headers) -> the answer."""


class Publisher:
    """The answers to come, and the requests that came."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.script: list[Answer | Answering] = []
        self.always: Answer | Answering = Answer(status=404)

    def answer(self, path: str, headers: dict[str, str]) -> Answer:
        self.requests.append((path, headers))
        found = self.script.pop(0) if self.script else self.always
        return found if isinstance(found, Answer) else found(path, headers)


@contextmanager
def publisher() -> Iterator[Publisher]:
    """A server on a free port of 127.0.0.1, until the block ends."""
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer = found.answer(self.path, {k.lower(): v for k, v in self.headers.items()})
            ended.wait(answer.hang)
            self.send_response(answer.status)
            if answer.drip:
                self.flush_headers()
                with suppress(OSError):  # whoever asks has had enough
                    while not ended.wait(answer.drip):
                        self.wfile.write(b"x")
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body if answer.cut is None else answer.body[: answer.cut])
            if answer.cut is not None:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found = Publisher(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def same_for(etag: str, body: bytes) -> Answering:
    """The body with its validators to whoever does not have it, 304 to whoever does."""

    def answering(_: str, headers: dict[str, str]) -> Answer:
        tags = {"ETag": etag, "Last-Modified": "Tue, 24 Nov 2026 05:00:00 GMT"}
        return Answer(status=304, headers=tags) if headers.get("if-none-match") == etag else Answer(body, headers=tags)

    return answering


def elapsed(work: Callable[[], object]) -> float:
    start = time.monotonic()
    work()
    return time.monotonic() - start
