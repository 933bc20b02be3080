"""Which vintage of a source is in use, and its raw tables.

The newest vintage that can be read is used: a live one that cannot be parsed, or is of an implausible size, is passed
over and the one before it stays in use. What the repository itself ships must be sound: a problem there is an error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from sources.connector import Reading
from sources.errors import WHOLE, Damaged, Problem, SourceError, told
from sources.registry import SourceFolder, candidates, read_vintage, state_hash
from sources.tabular import empty
from sources.vintages import Status, Store, Vintage, start_of


@dataclass(frozen=True)
class Opened:
    """A source's state in use.

    vintage : None where the source has none yet; its tables are empty then
    load : raw table name -> its rows
    problem : why a newer vintage is not used, or ''
    damage : what is not as it was stored in a newer vintage, or ''
    """

    source: SourceFolder
    vintage: Vintage | None
    load: Callable[[str], pd.DataFrame]
    problem: str = ""
    damage: str = ""

    @property
    def retrieved_at(self) -> str:
        return self.vintage.retrieved_at if self.vintage else self.source.declaration.retrieved_at

    @property
    def sha256(self) -> str:
        """Hash of the bytes in use; 'none' where there are none."""
        return self.vintage.sha256 if self.vintage else "none"

    def reading(self) -> Reading:
        """All its raw tables."""
        return Reading({name: self.load(name) for name in self.source.tables}, self.retrieved_at)


class Unused(Exception):
    """A vintage that was noted as unusable when it was fetched."""


def shipped(source: SourceFolder) -> Opened:
    """What the repository ships of a source, without a store of vintages."""
    if not source.is_shipped:
        return Opened(source, None, source.load)
    day = source.declaration.retrieved_at
    return Opened(source, Vintage(source.id, "repository", start_of(day), day, state_hash(source), (), source.folder), source.load)


def opened(source: SourceFolder, store: Store, archived: Vintage | None, as_of: datetime | None = None) -> Opened:
    """The state of a source known now, or at a moment of the past.

    Parameters
    ----------
    archived : what the repository ships of it now (`registry.archive`), read in place and not from its archive

    Raises
    ------
    SourceError
        `as_of` lies before the first vintage of a source that always has one.
    """
    problem = damage = ""
    status = store.status(source.id)
    for vintage in candidates(source, store, as_of):
        if archived is not None and vintage.sha256 == archived.sha256 and vintage.origin == "repository":
            return Opened(source, archived, source.load, problem, damage)
        try:
            if vintage.sha256 in status.unreadable:
                if _is_superseded(vintage, status, as_of):
                    continue
                raise Unused(status.unreadable[vintage.sha256])
            tables = read_vintage(source, vintage)
        except Unused as why:
            problem = problem or f"{named(vintage)} cannot be used: {why}"
            continue
        except Damaged:
            damage = damage or damage_of(vintage)
            continue
        except SourceError as error:
            if vintage.origin == "repository":
                raise
            problem = problem or f"{named(vintage)} cannot be used: {told(error)}"
            continue
        return Opened(source, vintage, tables.__getitem__, problem, damage)
    if source.connector is None:
        oldest = store.vintages(source.id)[0].known_at.date() if store.vintages(source.id) else "none"
        known = f"nothing of {source.id} was known{f' at {as_of.date()}' if as_of else ''}: its oldest vintage is of {oldest}"
        raise SourceError([Problem(source.folder.name, WHOLE, "-", f"a stored vintage is damaged: {damage}" if damage else known)])
    return Opened(source, None, lambda name: empty(source.tables[name]), problem, damage)


SHORT = 12
"""Characters of a vintage's hash that are shown."""


def named(vintage: Vintage) -> str:
    """A vintage by its day and the start of its hash: several may be of one day."""
    return f"the vintage of {vintage.retrieved_at} ({vintage.sha256[:SHORT]})"


def _is_superseded(unusable: Vintage, status: Status, as_of: datetime | None) -> bool:
    """Whether the publisher was found back at a good state, before the moment asked for, after it had sent what cannot be used."""
    if status.last_good_check is None:
        return False
    checked = datetime.fromisoformat(status.last_good_check)
    return unusable.known_at < checked and (as_of is None or checked <= as_of)


def damage_of(vintage: Vintage) -> str:
    """What is not as it was stored in a vintage, in one line; '' where all is."""
    wrong = [f"{path} was {what}" for path, what in vintage.damage().items()]
    return "; ".join(wrong[:3] + ([f"and {len(wrong) - 3} more"] if len(wrong) > 3 else []))
