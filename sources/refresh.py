"""Refresh a live source: fetch, store, parse, and say what came of it.

Nothing that fails here stops a run: the source keeps its last good vintage, and the outcome says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

import pandas as pd

from sources.answers import FetchError
from sources.client import Client, Validators
from sources.connector import Kind
from sources.errors import Problem, SourceError, counted, told
from sources.keys import KeyMissing, KeyUnfit
from sources.reading import Opened
from sources.registry import SourceFolder, read_vintage
from sources.vintages import Status, Store, Vintage, content_hash


@dataclass(frozen=True)
class Outcome:
    """What a refresh came to. `message` is for a person and carries no secret."""

    source_id: str
    what: Literal["new", "unchanged", "failed", "not asked"]
    message: str


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
    accept: Callable[[Opened], None] | None = None,
    before: Opened | None = None,
    now: datetime | None = None,
) -> Outcome:
    """Ask a source's publisher for what is new.

    The bytes are stored before they are parsed; a vintage that cannot be read stays in the store, is noted as
    unreadable, and is not used. `accept` raises SourceError where a vintage that reads well still cannot be used; `now` is
    the time of retrieval (UTC). `before` is the state in use: a vintage that has lost much of it was cut short somewhere.
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
        if problem is None or _unusable(source, same, accept, before) is None:
            good = replace(status, unreadable={k: v for k, v in status.unreadable.items() if k != same.sha256})
            return _noted(store, source.id, good, now, Outcome(source.id, "unchanged", f"as on {same.retrieved_at}"), same)
        return _noted(store, source.id, status, now, Outcome(source.id, "failed", problem))
    vintage = store.add(source.id, session.files, "live", now, now.date().isoformat(), session.validators)
    problem = _unusable(source, vintage, accept, before)
    if problem is not None:
        status = replace(status, unreadable={**status.unreadable, vintage.sha256: problem})
        return _noted(store, source.id, status, now, Outcome(source.id, "failed", f"what was fetched cannot be used: {problem}"))
    status = replace(status, unreadable={k: v for k, v in status.unreadable.items() if k != vintage.sha256})
    outcome = Outcome(source.id, "new", f"{counted(len(session.files), 'file')}, {vintage.size:,} bytes")
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


def _unusable(source: SourceFolder, vintage: Vintage, accept: Callable[[Opened], None] | None, before: Opened | None) -> str | None:
    """None where a vintage parses, is of plausible size and is accepted, else why not."""
    try:
        tables = read_vintage(source, vintage)
        _not_cut(source, tables, before)
        if accept is not None:
            accept(Opened(source, vintage, tables.__getitem__))
    except SourceError as error:
        return told(error)
    return None


LEAST_KEPT, FEW = 0.8, 10
"""A publisher's list grows or is trimmed; one that loses a fifth of its rows from one fetch to the next was cut short."""


def _not_cut(source: SourceFolder, tables: Mapping[str, pd.DataFrame], before: Opened | None) -> None:
    """Raise SourceError where a table has lost more of its rows than a publisher takes away at once."""
    if before is None or before.vintage is None:
        return
    problems = []
    for name, frame in tables.items():
        had = len(before.load(name))
        if had > FEW and len(frame) < LEAST_KEPT * had:
            what = f"{len(frame)} rows where there were {had}: cut short? If it is right: `stackgraph sources refresh {source.id} --even-if-smaller`"
            problems.append(Problem(name, 1, "-", what))
    if problems:
        raise SourceError(problems)


def _noted(store: Store, source_id: str, before: Status, now: datetime, outcome: Outcome, checked: Vintage | None = None) -> Outcome:
    """The outcome, kept in the store; `checked` is the vintage that was found to be the publisher's present state, if one was."""
    told = replace(before, checked_at=now.isoformat(), outcome=outcome.what, message=outcome.message)
    if checked is not None:
        told = replace(told, last_good_check=now.isoformat(), last_good_vintage=checked.sha256)
    store.note(source_id, told)
    return outcome
