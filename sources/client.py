"""The one HTTP client: how every live source is asked for its bytes.

Timeouts on connecting, on each read and on a whole exchange; retries with exponential backoff and full jitter; `Retry-After`
is obeyed; conditional requests, so that what has not changed is not sent again; a pause between requests to one host; a
cap on size; a check that the bytes are of the kind asked for. Keys come from the environment, go onto the wire, and appear
nowhere else: no address in a message, a log or a vintage carries one.

`STACKGRAPH_MIRROR` names a server to ask instead of the publishers, as <mirror>/<source>/<file>: for machines that may
not reach the internet, and for tests.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from sources.answers import FetchError, TooSlow, check_kind, plainly, retry_after, waiting, within
from sources.connector import Kind
from sources.errors import counted
from sources.keys import Key, key_from

if TYPE_CHECKING:
    import httpx

MIRROR = "STACKGRAPH_MIRROR"
AGENT = "stackgraph (open source; reads public data once a day at most)"
CONNECTION_TRIES = 2
"""A host that cannot be reached, or hangs, twice is not there today: a run without a network should not wait for all of them."""
REDIRECTS = frozenset({301, 302, 303, 307, 308})
TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers that a later try may better."""


@dataclass(frozen=True)
class Policy:
    """How patient the client is. Seconds, counts and bytes."""

    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    file_seconds: float = 300.0
    tries: int = 4
    backoff_seconds: float = 1.0
    longest_wait_seconds: float = 90.0
    most_bytes: int = 400_000_000
    most_redirects: int = 5
    pause_seconds: Mapping[str, float] = field(default_factory=lambda: {"data.sec.gov": 0.11, "comtradeapi.un.org": 1.0})
    usual_pause_seconds: float = 0.2
    all_seconds: float = 900.0

    def pause(self, host: str) -> float:
        """Least time between two requests to a host."""
        return self.pause_seconds.get(host, self.usual_pause_seconds)


@dataclass(frozen=True)
class Validators:
    """What a server said of the version it sent: given back, it can answer that nothing has changed."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class Reply:
    """A file's bytes, or None where the server says that they have not changed."""

    payload: bytes | None
    validators: Validators


class Client:
    """Asks for files. One for a whole refresh, so that pauses between requests hold across sources."""

    def __init__(
        self,
        policy: Policy | None = None,
        environment: Mapping[str, str] = os.environ,
        sleep: Callable[[float], None] = time.sleep,
        seed: int | None = None,
        deadline: float | None = None,
    ) -> None:
        self.policy = policy or Policy()
        self._environment = environment
        self._sleep = sleep
        self._random = random.Random(seed)
        self._last_request: dict[str, float] = {}
        self._deadline = time.monotonic() + self.policy.all_seconds if deadline is None else deadline
        self._http: httpx.Client | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection; a later request opens another."""
        if self._http is not None:
            self._http.close()
            self._http = None

    def get(
        self,
        source: str,
        name: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        kind: Kind = "csv",
        key: tuple[str, str] | None = None,
        known: Validators | None = None,
    ) -> Reply:
        """One file of a source.

        Parameters
        ----------
        source, name : the source's id and the file's name, for messages and for a mirror
        key : (name, environment variable); written Like-This the name is a header, else a query parameter
        known : validators of the version at hand; with them the reply may be "unchanged"

        Raises
        ------
        KeyMissing, KeyUnfit
            The environment does not have the key, or has one that cannot be sent.
        FetchError
            No good answer within the tries and the time allowed, or an answer that is not of this kind.
        """
        query, fields = dict(params or {}), {"User-Agent": AGENT, "Accept-Encoding": "gzip, deflate", **(headers or {})}
        used = key_from(self._environment, *key, f"{source} is asked at {url}") if key is not None else None
        if used is not None:
            (fields if used.is_header else query)[used.name] = used.secret
        if known is not None and known.etag:
            fields["If-None-Match"] = known.etag
        if known is not None and known.last_modified:
            fields["If-Modified-Since"] = known.last_modified
        if mirror := self._environment.get(MIRROR):
            url = f"{mirror.rstrip('/')}/{source}/{quote(name)}"
        what = f"{source}: {name} from {url}"
        try:
            reply = self._tried(what, url, query, fields, used.name if used is not None and used.is_header else None)
            reply = _without(used, reply) if used is not None else reply
            if reply.payload is not None:
                check_kind(reply.payload, kind, what)
        except FetchError as error:
            raise FetchError(used.hidden(str(error)) if used is not None else str(error)) from None
        return reply

    def _tried(self, what: str, url: str, query: dict[str, str], fields: dict[str, str], secret_header: str | None) -> Reply:
        """The reply to a request, tried again while that may help."""
        import httpx

        if time.monotonic() > self._deadline:
            raise FetchError(f"{what}: not asked: this refresh has taken too long already; others hang")
        began = time.monotonic()
        deadline = min(began + self.policy.file_seconds, self._deadline)
        said, sent_on = "", list[str]()
        for attempt in range(1, self.policy.tries + 1):
            wait = self._random.uniform(0, self.policy.backoff_seconds * 2**attempt)
            try:
                self._pause(url)
                return within(deadline - time.monotonic(), lambda: self._once(what, url, query, fields, secret_header, sent_on))
            except TooSlow:
                self.close()  # the exchange left behind ends with its connection
                raise FetchError(f"{what}: not complete after {time.monotonic() - began:.0f} s; try again later") from None
            except _TryAgain as again:
                said, asked = str(again), again.wait
                if asked is not None and asked > self.policy.longest_wait_seconds:
                    break
                wait = max(wait, asked or 0.0)
            except (httpx.ConnectError, httpx.TimeoutException) as error:
                said = plainly(error)
                if attempt >= CONNECTION_TRIES:
                    break
            except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
                said = f"no address that can be asked: {error}"
                break
            except httpx.LocalProtocolError:  # its text is what was to be sent, a key included
                said = "the request has text in a header that cannot be sent"
                break
            except httpx.TransportError as error:
                said = plainly(error)
            except httpx.HTTPError as error:
                said = f"{type(error).__name__}: {error}"
                break
            if attempt == self.policy.tries or time.monotonic() + wait > deadline:
                break
            self._sleep(wait)
        where = f"{what}, sent on to {sent_on[0]}" if sent_on else what
        raise FetchError(f"{where}: {said} (tried {counted(attempt, 'time')}); try again later")

    def _once(
        self, what: str, url: str, query: dict[str, str], fields: dict[str, str], secret_header: str | None, sent_on: list[str]
    ) -> Reply:
        """One request, redirects followed: a key in a header does not go along to another host or port, nor out of https.

        `sent_on` then holds the address that was asked last, as it may be shown; nothing where that is the first one.
        """
        origin = _origin(url)
        sent_on.clear()
        for _ in range(self.policy.most_redirects + 1):
            kept = {k: v for k, v in fields.items() if k != secret_header or _origin(url) == origin}
            where = f"{what}, sent on to {sent_on[0]}" if sent_on else what
            reply = self._answer(where, url, query, kept)
            if isinstance(reply, Reply):
                return reply
            url, query = reply, {}
            sent_on[:] = [_shown(url)]
        raise FetchError(f"{what}: more than {self.policy.most_redirects} redirects: it leads in a circle")

    def _answer(self, what: str, url: str, query: dict[str, str], fields: dict[str, str]) -> Reply | str:
        """The reply of one address, or the address it sends on to."""
        with self._connection().stream("GET", url, params=query or None, headers=fields) as response:
            if response.status_code in REDIRECTS and response.headers.get("location"):
                return str(response.url.join(response.headers["location"]))
            if response.status_code == 304:
                return Reply(None, Validators(response.headers.get("etag"), response.headers.get("last-modified")))
            if response.status_code in TRANSIENT:
                wait = retry_after(response.headers.get("retry-after"))
                told = f", asks to wait {waiting(wait)}" if wait is not None else ""
                raise _TryAgain(f"the server answers {response.status_code}{told}", wait)
            if response.status_code != 200:
                advice = {401: "is the key right?", 403: "is a key or a contact address needed?", 404: "has the file moved?"}
                hint = advice.get(response.status_code, "that is no answer to a request for a file")
                raise FetchError(f"{what}: the server answers {response.status_code}: {hint}")
            return Reply(self._body(what, response), Validators(response.headers.get("etag"), response.headers.get("last-modified")))

    def _body(self, what: str, response: httpx.Response) -> bytes:
        """All bytes of a reply, unless they are too many."""
        most = self.policy.most_bytes
        parts: list[bytes] = []
        size = 0
        for part in response.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > most:
                raise FetchError(f"{what}: more than {most:,} bytes: that is not the file expected")
        return b"".join(parts)

    def _pause(self, url: str) -> None:
        _, host, _ = _origin(url)
        since = time.monotonic() - self._last_request.get(host, -1e9)
        if since < self.policy.pause(host):
            self._sleep(self.policy.pause(host) - since)
        self._last_request[host] = time.monotonic()

    def _connection(self) -> httpx.Client:
        if self._http is None:
            import logging

            import httpx

            logging.getLogger("httpx").setLevel(logging.WARNING)  # its lines at INFO carry whole addresses, keys included
            p = self.policy
            self._http = httpx.Client(timeout=httpx.Timeout(p.read_seconds, connect=p.connect_seconds))
        return self._http


def _origin(url: str) -> tuple[str, str, int | None]:
    """(scheme, host, port) of an address."""
    import httpx

    at = httpx.URL(url)
    return at.scheme, at.host, at.port


def _shown(url: str) -> str:
    """An address for a message: what may be a secret in it, a query or a password, is left out."""
    import httpx

    return str(httpx.URL(url).copy_with(query=None, fragment=None, userinfo=b""))


def _without(key: Key, reply: Reply) -> Reply:
    """A reply without the key: some publishers repeat the request in their answer, or make a tag of it."""
    payload = key.hidden_in(reply.payload) if reply.payload is not None else None
    etag, modified = (None if key.is_in(told) else told for told in (reply.validators.etag, reply.validators.last_modified))
    return Reply(payload, Validators(etag, modified))


class _TryAgain(Exception):
    def __init__(self, what: str, wait: float | None) -> None:
        self.wait = wait
        super().__init__(what)
