"""The sources of this run: which there are, which vintage of each is in use, and the refresh of those that are live.

Three variables of the environment say what a run is of: `STACKGRAPH_HOME` (where it keeps its files), `STACKGRAPH_AS_OF`
(a day of the past, whose vintages are used) and `STACKGRAPH_OVERLAY` (a folder of your own facts, laid over the public ones).
"""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.home import AS_OF, OVERLAY, home
from sources import overlay, reading, registry
from sources.errors import Problem, SourceError
from sources.reading import Opened
from sources.vintages import Status, Store, start_of

if TYPE_CHECKING:
    from sources.client import Client
    from sources.refresh import Outcome

DUE_AFTER_DAYS = {"daily": 0.9, "weekly": 0.9, "weeks": 1.9, "monthly": 6.9, "half-yearly": 6.9, "yearly": 6.9, "package": 6.9}
"""Cadence -> days after a good check from which a scheduled run asks the publisher again."""


FRESH_DAYS = {"daily": 2, "weekly": 14, "weeks": 84, "monthly": 62, "half-yearly": 366, "yearly": 732, "package": 184}
"""Cadence -> days after which a source that was neither renewed nor found unchanged is stale: twice its cadence."""


@cache
def folders() -> list[registry.SourceFolder]:
    """Every source, and the overlay where there is one."""
    given = os.environ.get(OVERLAY)
    return [*registry.folders(), *([overlay.folder(Path(given))] if given else [])]


def source(source_id: str) -> registry.SourceFolder:
    """One source by its id."""
    return next(f for f in folders() if f.id == source_id)


def store() -> Store:
    """The vintages, which every state of this stackgraph shares."""
    return Store(home().vintages)


def moment() -> datetime | None:
    """The end of the day whose state is asked for; None for now."""
    day = os.environ.get(AS_OF)
    return start_of(day) + timedelta(days=1) - timedelta(seconds=1) if day else None


REFRESH_SECONDS = 900.0
"""A run waits no longer than this for all publishers together: when many hang, the rest keep their last good vintage."""
_began: list[float] = []


def refresh_deadline() -> float:
    """When this process stops asking publishers, on the monotonic clock."""
    if not _began:
        _began.append(time.monotonic())
    return _began[0] + REFRESH_SECONDS


_in_use: dict[str, Opened] = {}


def in_use(source_id: str) -> Opened:
    """The vintage of a source that this run uses. It is opened once in a process, and again after a refresh."""
    if source_id not in _in_use:
        one, vintages = source(source_id), store()
        if source_id == overlay.ID:
            _in_use[source_id] = reading.shipped(one)
        else:
            _in_use[source_id] = reading.opened(one, vintages, registry.archive(one, vintages, datetime.now(UTC)), moment())
    return _in_use[source_id]


def refresh(source_id: str, client: Client, even_if_smaller: bool = False) -> Outcome:
    """Ask a live source's publisher for what is new; a vintage that would break the tables is not used."""
    from sources.refresh import refresh as ask

    before = in_use(source_id)
    _in_use.pop(source_id, None)
    return ask(source(source_id), store(), client, accept=accept, before=None if even_if_smaller else before)


def accept(candidate: Opened) -> None:
    """Raise SourceError where a vintage cannot stand with the present state of all other sources."""
    from graph.cost.chain import item_bill
    from graph.cost.figures import Figures, MissingFigure
    from sources.catalog import assemble

    # An overlay is private: it is no reason to refuse what is public, and nothing of it may stand in a public verdict.
    others = [candidate if f.id == candidate.source.id else in_use(f.id) for f in folders() if f.id != overlay.ID]
    made, _ = assemble(others)
    if made.problems:
        raise SourceError(made.problems)
    core = made.tables
    figures = Figures(core["parameter"], core["price"], core["requirement"], draws=0)
    try:
        item_bill(core["item"], core["requirement"], core["board"]["board_id"], figures)
    except (ValueError, MissingFigure) as error:  # its prices contradict what things are made from
        raise SourceError([Problem(candidate.source.id, 1, "-", str(error))]) from None


def freshness(source_id: str, retrieved_at: str | None, cadence: str, today: date | None = None) -> str:
    """'fresh', or what is the matter: how old it is, that the last refresh failed, that nothing was ever fetched."""
    said = status(source_id)
    failed = f"last refresh failed ({said.checked_at[:10]}): {said.message}" if said.outcome == "failed" and said.checked_at else ""
    if retrieved_at is None:
        return failed or "no vintage yet: `stackgraph run --live` fetches it"
    seen = max(retrieved_at, (said.last_good_check or "")[:10])
    age = (today or datetime.now(UTC).date()) - date.fromisoformat(seen)
    stale = f"stale: {age.days} days old" if age > timedelta(days=FRESH_DAYS[cadence]) else ""
    return "; ".join(part for part in (stale, failed) if part) or "fresh"


def is_due(source_id: str, now: datetime | None = None) -> bool:
    """Whether a scheduled run asks this source's publisher: its last good check is older than its cadence asks for."""
    last = store().status(source_id).last_good_check
    if last is None:
        return True
    age = (now or datetime.now(UTC)) - datetime.fromisoformat(last)
    return age > timedelta(days=DUE_AFTER_DAYS[source(source_id).declaration.cadence])


def status(source_id: str) -> Status:
    """The last attempt to refresh a source."""
    return store().status(source_id)
