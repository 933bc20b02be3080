"""The sources of this run: which there are, which vintage of each is in use, and the refresh of those that are live.

Three variables of the environment say what a run is of: `STACKGRAPH_HOME` (where it keeps its files), `STACKGRAPH_AS_OF`
(a day of the past, whose vintages are used) and `STACKGRAPH_OVERLAY` (a folder of your own facts, laid over the public ones).
"""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.home import AS_OF, OVERLAY, home
from sources import overlay, reading, registry
from sources.errors import Problem, SourceError, counted
from sources.reading import Opened, damage_of
from sources.registry import candidates
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


def oldest_day() -> str:
    """The first day (ISO) whose state can be rebuilt here: from it on each source that is not fetched has a vintage."""

    def first(one: registry.SourceFolder) -> str:
        kept = store().vintages(one.id)
        return kept[0].known_at.date().isoformat() if kept else one.declaration.retrieved_at

    return max(first(one) for one in registry.folders() if one.connector is None)


def too_early(day: str) -> str | None:
    """Why the state of a day cannot be rebuilt here; None where it can."""
    oldest = oldest_day()
    if day >= oldest:
        return None
    return (
        f"the state of {day} cannot be rebuilt: {oldest} is the oldest day that can, as no older state of the curated facts is kept in "
        f"{home().vintages} (the repository ships the newest one, and a run keeps what it has read)"
    )


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
    return ask(source(source_id), store(), client, accept=accept, before=before, even_if_smaller=even_if_smaller)


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


def unreadable_rows_of_overlay() -> list[Problem]:
    """What is wrong in single rows of the overlay, and in its headers."""
    own, problems = in_use(overlay.ID), []
    for table in own.source.tables:
        try:
            own.load(table)
        except SourceError as error:
            problems += error.problems
    return problems


def problems_of_overlay() -> list[Problem]:
    """What rows of the overlay get wrong among those of all other sources: names nobody declares, units, figures that are there already."""
    from sources.catalog import assemble

    opened = [in_use(f.id) for f in folders()]
    own = next(one for one in opened if one.source.id == overlay.ID)
    made, _ = assemble(opened)
    return [problem for problem in made.problems if problem.file.startswith(f"{own.source.folder}/")]


def freshness(source_id: str, retrieved_at: str | None, cadence: str, sha256: str | None = None) -> str:
    """'fresh', or what is the matter with a source whose published vintage is this one (hash, and day it was retrieved).

    How old it is, counted from the day asked for; that the last refresh failed; that a stored vintage is damaged; that nothing
    was ever fetched. A good check counts where it was about this vintage, or about a newer one that waits for the next run.
    """
    said, waits = status(source_id), is_waiting(source_id, sha256)
    matters = [damaged(source_id, retrieved_at, sha256), unrenewed(source_id)]
    if retrieved_at is None and waits:
        matters = [part for part in matters if part]
    elif retrieved_at is None:
        why = source(source_id).declaration.unshipped
        missing = f"no vintage yet: `stackgraph run --live` fetches it{f' (none is shipped: {why})' if why else ''}"
        matters = [part for part in matters if part] or [missing]
    else:
        checked = said.last_good_check if waits or (sha256 is not None and said.last_good_vintage == sha256) else None
        seen = max(retrieved_at, checked[:10]) if checked and not _is_later(checked) else retrieved_at
        age = (moment() or datetime.now(UTC)).date() - date.fromisoformat(seen)
        limit = FRESH_DAYS.get(cadence)  # an overlay's has none
        matters = [f"stale: {counted(age.days, 'day')} old" if limit is not None and age > timedelta(days=limit) else "", *matters]
    told = "; ".join(part for part in matters if part)
    if not waits:
        return told or FRESH
    return f"{told}; {WAITING}" if told else f"{FRESH}: {WAITING}"


FRESH, WAITING = "fresh", "a newer vintage waits for the next run"


def is_waiting(source_id: str, sha256: str | None) -> bool:
    """Whether the publisher's state, when it was last found to be a vintage here, is newer than the published vintage and can be used."""
    said, of_then = status(source_id), candidates(source(source_id), store(), moment())
    newer = takewhile(lambda vintage: vintage.sha256 != sha256, of_then)
    found = next((vintage for vintage in newer if vintage.sha256 == said.last_good_vintage), None)
    return found is not None and found.sha256 not in said.unreadable and not damage_of(found)


def unrenewed(source_id: str) -> str:
    """That the last refresh failed or could not be tried, when and why; '' where it did not, or was after the day asked for."""
    said = status(source_id)
    if said.checked_at is None or _is_later(said.checked_at) or said.outcome not in ("failed", "not asked"):
        return ""
    return f"{'last refresh failed' if said.outcome == 'failed' else said.outcome} ({said.checked_at[:10]}): {said.message}"


def shrunk(source_id: str, retrieved_at: str | None, sha256: str | None) -> str:
    """That the vintage in use, new with the last refresh, has less than the one before it; '' where it has not."""
    said = status(source_id)
    if not said.less or said.checked_at is None or _is_later(said.checked_at) or said.last_good_vintage != sha256:
        return ""
    return f"{source_id}: the vintage of {retrieved_at} is in use, with {said.less}"


def damaged(source_id: str, retrieved_at: str | None, sha256: str | None) -> str:
    """That a stored vintage of a source, the published one or a newer one, is not as it was stored; '' where all are."""
    of_then = candidates(source(source_id), store(), moment())
    newer = list(takewhile(lambda vintage: vintage.sha256 != sha256, of_then))
    found = next((what for vintage in of_then[: len(newer) + 1] if (what := damage_of(vintage))), "")
    return damage_told(source_id, found, retrieved_at) if found else ""


def damage_told(source_id: str, what: str, in_use: str | None) -> str:
    """The sentence for a damaged vintage: what is wrong, what is used, what to do."""
    used = f"the one of {in_use} is in use" if in_use else "none is in use"
    mend = f"`stackgraph sources refresh {source_id}` fetches it anew" if source(source_id).connector else "delete its folder"
    return f"a stored vintage of {source_id} is damaged: {what}; {used}; {mend}"


def _is_later(time: str) -> bool:
    """Whether something was after the day asked for."""
    asked = moment()
    return asked is not None and datetime.fromisoformat(time) > asked


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
