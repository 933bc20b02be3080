"""Refresh a live source: fetch, store, parse, and say what came of it.

Nothing that fails here stops a run: the source keeps its last good vintage, and the outcome says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from sources.answers import FetchError
from sources.client import Client, Validators
from sources.connector import Kind
from sources.errors import SourceError, counted, told
from sources.keys import KeyMissing, KeyUnfit
from sources.losses import check_kept, contents, lost
from sources.reading import Opened
from sources.registry import SourceFolder, read_vintage
from sources.vintages import Status, Store, Vintage, content_hash

Accept = Callable[[Opened], None]


@dataclass(frozen=True)
class Outcome:
    """What a refresh came to. `message` is for a person and carries no secret; `less`: what a new vintage lost, or ''."""

    source_id: str
    what: Literal["new", "unchanged", "failed", "not asked"]
    message: str
    less: str = ""


@dataclass(frozen=True)
class Tried:
    """Why a vintage cannot be used, or None; and what it has less of than the one in use, or ''."""

    problem: str | None
    less: str = ""


@dataclass
class Session:
    """The `get` that a connector's fetch asks through: collects the files of one vintage."""

    source_id: str
    client: Client
    previous: Vintage | None
    files: dict[str, bytes] = field(default_factory=dict)
    validators: dict[str, Validators] = field(default_factory=dict)

    def __call__(
        self,
        name: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        kind: Kind = "csv",
        key: tuple[str, str] | None = None,
    ) -> bytes:
        before = next((p for p in self.previous.payloads if p.name == name), None) if self.previous else None
        if before is not None and self.previous is not None and not self.previous.is_whole(before):
            before = None  # the copy here was lost or altered: ask for all of it
        known = before.validators if before else None
        reply = self.client.get(self.source_id, name, url, params=params, headers=headers, kind=kind, key=key, known=known)
        payload = reply.payload
        if payload is None:
            if before is None or self.previous is None:
                raise FetchError(f"{self.source_id}: {name}: the server says that nothing has changed, but it was never read")
            payload, validators = (self.previous.folder / name).read_bytes(), before.validators
        else:
            validators = reply.validators
        self.files[name], self.validators[name] = payload, validators
        return payload


def refresh(
    source: SourceFolder,
    store: Store,
    client: Client,
    accept: Accept | None = None,
    before: Opened | None = None,
    now: datetime | None = None,
    even_if_smaller: bool = False,
) -> Outcome:
    """Ask a source's publisher for what is new.

    The bytes are stored before they are parsed; a vintage that cannot be read stays in the store, is noted as
    unreadable, and is not used. `accept` raises SourceError where a vintage that reads well still cannot be used; `now` is
    the time of retrieval (UTC). `before` is the state in use: a vintage that has lost much of it, in rows or in the facts made of
    them, was cut short somewhere or has words renamed, and is used only `even_if_smaller`.
    """
    now = (now or datetime.now(UTC)).replace(microsecond=0)
    if source.connector is None:
        raise ValueError(f"{source.id} is not a live source")
    previous, status = store.newest(source.id, "live"), store.status(source.id)
    session = Session(source.id, client, previous)
    try:
        source.connector.fetch(session)
    except KeyMissing as error:
        return _noted(store, source.id, status, now, Outcome(source.id, "not asked", str(error)))
    except (FetchError, KeyUnfit) as error:
        return _noted(store, source.id, status, now, Outcome(source.id, "failed", str(error)))
    except SourceError as error:  # a file that names the next ones, and is not as expected
        return _noted(store, source.id, status, now, Outcome(source.id, "failed", told(error)))
    except Exception as error:  # whatever it is, the other sources are asked all the same
        unforeseen = f"fetching stopped at what nobody foresaw: {type(error).__name__}: {error}"
        return _noted(store, source.id, status, now, Outcome(source.id, "failed", unforeseen))
    same = _known(store, source.id, status, content_hash(session.files))
    if same is not None:
        problem = status.unreadable.get(same.sha256)
        tried = Tried(None) if problem is None else _tried(source, same, accept, before, even_if_smaller)
        if tried.problem is None:
            good = replace(status, unreadable={k: v for k, v in status.unreadable.items() if k != same.sha256})
            message = f"as on {same.retrieved_at}{', and in use from now on' if problem else ''}{_told(tried)}"
            return _noted(store, source.id, good, now, Outcome(source.id, "unchanged", message, tried.less), same)
        return _noted(store, source.id, status, now, Outcome(source.id, "failed", tried.problem))
    vintage = store.add(source.id, session.files, "live", now, now.date().isoformat(), session.validators)
    tried = _tried(source, vintage, accept, before, even_if_smaller)
    if tried.problem is not None:
        status = replace(status, unreadable={**status.unreadable, vintage.sha256: tried.problem})
        return _noted(store, source.id, status, now, Outcome(source.id, "failed", f"what was fetched cannot be used: {tried.problem}"))
    status = replace(status, unreadable={k: v for k, v in status.unreadable.items() if k != vintage.sha256})
    message = f"{counted(len(session.files), 'file')}, {vintage.size:,} bytes{_told(tried)}"
    outcome = Outcome(source.id, "new", message, tried.less)
    return _noted(store, source.id, status, now, outcome, vintage)


def _known(store: Store, source_id: str, status: Status, sha256: str) -> Vintage | None:
    """The vintage that was fetched already: the newest one, or the newest usable one behind fetches that could not be used.

    An older state that the publisher has gone back to is a new vintage, and so is one whose files here were lost or altered.
    """
    for vintage in reversed(store.vintages(source_id, "live")):
        if vintage.sha256 == sha256:
            return vintage if all(vintage.is_whole(p) for p in vintage.payloads) else None
        if vintage.sha256 not in status.unreadable:
            return None
    return None


def _tried(source: SourceFolder, vintage: Vintage, accept: Accept | None, before: Opened | None, even_if_smaller: bool) -> Tried:
    """Whether a vintage parses, is of plausible size, has not lost much of the one before it, and is accepted."""
    less = ""
    try:
        tables = read_vintage(source, vintage)
        if before is not None and before.vintage is not None:
            new = contents(source, tables, vintage.retrieved_at)
            old = contents(source, before.reading().tables, before.retrieved_at)
            if not even_if_smaller:
                check_kept(source, new, old)
            less = lost(new, old)
        if accept is not None:
            accept(Opened(source, vintage, tables.__getitem__))
    except SourceError as error:
        return Tried(told(error))
    return Tried(None, less)


def _told(tried: Tried) -> str:
    return f"; {tried.less}" if tried.less else ""


def _noted(store: Store, source_id: str, before: Status, now: datetime, outcome: Outcome, checked: Vintage | None = None) -> Outcome:
    """The outcome, kept in the store; `checked` is the vintage that was found to be the publisher's present state, if one was."""
    told = replace(before, checked_at=now.isoformat(), outcome=outcome.what, message=outcome.message)
    if checked is not None:
        told = replace(told, last_good_check=now.isoformat(), last_good_vintage=checked.sha256, less=outcome.less)
    store.note(source_id, told)
    return outcome
