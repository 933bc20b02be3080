"""What a publisher's answer is worth: whether it is the kind of file asked for, and in plain words what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from threading import Thread
from typing import TypeVar

from sources.connector import Kind
from sources.errors import counted

T = TypeVar("T")


class FetchError(Exception):
    """A file could not be had. The message says which, what happened and what to do."""


class TooSlow(Exception):
    """An exchange was not complete within the time allowed."""


def within(seconds: float, exchange: Callable[[], T]) -> T:
    """The result of an exchange, or TooSlow after so many seconds, whatever it is doing then.

    Timeouts of a connection begin anew with each byte, so a server that sends one now and then would never meet them. The
    exchange has a thread of its own, which is left behind when its time is up; whoever began it closes its connection.
    """
    future: Future[T] = Future()

    def work() -> None:
        try:
            future.set_result(exchange())
        except BaseException as error:
            future.set_exception(error)

    Thread(target=work, name="exchange", daemon=True).start()
    try:
        return future.result(max(seconds, 0.0))
    except TimeoutError:
        if future.done():
            raise
        raise TooSlow from None


def retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds to wait by a Retry-After header: a number, or a date; None where there is none or it says nothing."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        then = parsedate_to_datetime(value)
    except ValueError:
        return None
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return max(0.0, (then - (now or datetime.now(UTC))).total_seconds())


def waiting(seconds: float, now: datetime | None = None) -> str:
    """How long a server asks to wait, as people say it: '45 s', '30 minutes', '5 hours', '12 days, until 2026-12-08'."""
    if seconds < 2 * 60:
        return f"{seconds:.0f} s"
    for unit, length, most in (("minute", 60, 120), ("hour", 3600, 48)):
        if seconds < most * length:
            return counted(round(seconds / length), unit)
    try:
        until = f"{(now or datetime.now(UTC)) + timedelta(seconds=seconds):%Y-%m-%d}"
    except OverflowError:
        return "longer than there are calendars for"
    return f"{seconds / 86_400:,.0f} days, until {until}"


def check_kind(payload: bytes, kind: Kind, what: str) -> None:
    """Raise FetchError where bytes cannot be of the kind asked for, such as a page that says sorry."""
    head = payload[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not payload:
        raise FetchError(f"{what}: an empty file")
    if head[:15].lower().startswith((b"<!doctype", b"<html")):
        title = payload.lower().partition(b"<title>")[2].partition(b"</title>")[0].decode("utf-8", "replace").strip()
        raise FetchError(f"{what}: a web page{f' ({title})' if title else ''} instead of {kind}: has the file moved?")
    looks = {
        "json": head[:1] in (b"{", b"["),
        "xlsx": payload.startswith(b"PK"),
        "zip": payload.startswith(b"PK"),
        "csv": not payload.startswith(b"PK") and head[:1] not in (b"{", b"<"),
    }
    if not looks[kind]:
        raise FetchError(f"{what}: these bytes are not {kind}; they begin with {payload[:24]!r}")


def plainly(error: Exception) -> str:
    """A transport error in words; httpx leaves the message of a timeout empty."""
    import httpx

    if isinstance(error, httpx.ConnectTimeout):
        return "no connection within the time allowed"
    if isinstance(error, httpx.TimeoutException):
        return "no bytes within the time allowed: the server hangs"
    if isinstance(error, httpx.RemoteProtocolError):
        return f"the answer was cut short or malformed ({error})"
    return f"no connection ({error})" if isinstance(error, httpx.ConnectError) else f"{type(error).__name__} {error}"
