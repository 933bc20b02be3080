"""All sources together: every core table from the vintages in use, in memory.

What a run does asset by asset, for those who need it whole: `python -m sources.validate`, and the acceptance of a new
vintage, which must not break what the others give.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from numbers import Integral
from typing import TypeVar

import pandas as pd

from sources import registry
from sources.connector import Reading
from sources.core import TABLES, CoreTable, Rows, id_column
from sources.curated.loader import DOMAINS
from sources.errors import Problem, SourceError
from sources.evidence import CURATED, OVERLAY
from sources.reading import Opened
from sources.review import Question, collecting, making

T = TypeVar("T")


class Unavailable(KeyError):
    """A table that others refer to, which cannot be put together: its own problems are told, theirs must wait."""


@dataclass
class Made:
    """Core tables made so far (`sources.core.Core`), and the problems met: as much is checked as still can be."""

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def table(self, name: str) -> pd.DataFrame:
        if name not in self.tables:
            raise Unavailable(name)
        return self.tables[name]

    def ids(self, name: str) -> Collection[str]:
        return set(self.table(name)[id_column(name)])

    def attempt(self, make: Callable[[], T]) -> T | None:
        """The result, or None where a problem was noted or what is needed is not there."""
        try:
            return make()
        except SourceError as error:
            self.problems += error.problems
        except Unavailable:
            pass
        return None


def candidate_rows(table: CoreTable, sources: Iterable[Opened], raw: Callable[[Opened, str], pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Rows of one core table by collection: curated rows of its kind, and what other sources map to it.

    `raw` gives a source's raw table. A live vintage's unknown words are held back while `review.collecting` is open.
    """
    found: dict[str, pd.DataFrame] = {}
    for opened in sources:
        source = opened.source
        if table.name in source.maps:
            reading = Reading({name: raw(opened, name) for name in source.tables}, opened.retrieved_at)
            found[source.id] = source.maps[table.name](reading)
        elif source.id == CURATED and table.kind is not None:
            found[source.id] = curated_rows(table.kind, source.tables, partial(raw, opened))
        elif source.connector is None and table.kind is not None and f"{source.id}_{table.kind}" in source.tables:
            found[source.id] = raw(opened, f"{source.id}_{table.kind}")
    for opened in sources:
        if opened.source.id in found:
            _check_dates(found[opened.source.id], opened)
    return found


def rows_beside(table: CoreTable, sources: Iterable[Opened], raw: Callable[[Opened, str], pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Curated rows of the further kinds that a core table is held against, by kind; `raw` as for `candidate_rows`."""
    return {
        kind: curated_rows(kind, opened.source.tables, partial(raw, opened))
        for opened in sources
        if opened.source.id == CURATED
        for kind in table.beside
    }


FURTHEST_YEARS = {"as_of": 2, "operational": 15, "date": 30, "searched_at": 0, "currency_year": 0}
"""Date of a record -> how many years after its source was read it may lie: auctions and forecasts give figures for years to come,
sites are planned for longer, and projections of a site reach further still. What a dollar of a year to come buys nobody knows."""


def _check_dates(rows: pd.DataFrame, opened: Opened) -> None:
    """Raise SourceError for dates long after the day on which their source was read (an overlay: was edited): a year is mistyped."""
    read = opened.retrieved_at
    when = "your overlay was last edited" if opened.source.id == OVERLAY else f"{opened.source.id} was read"
    problems = [
        Problem(file, int(line), column, f"{date} lies {'long ' if years else ''}after {read}, when {when}: is it mistyped?")
        for column, years in FURTHEST_YEARS.items()
        if column in rows
        for file, line, date in zip(rows["source_file"], rows["source_line"], rows[column], strict=True)
        if (year := _year(date)) is not None and year > int(read[:4]) + years
    ]
    if problems:
        raise SourceError(problems)


def _year(date: object) -> int | None:
    """The year of a date, or the year itself; None for a missing one."""
    if isinstance(date, str):
        return int(date[:4]) if date[:4].isdigit() else None
    return int(date) if isinstance(date, Integral) else None


def curated_rows(kind: str, tables: Collection[str], load: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """All curated rows of one record kind, each with its domain as `layer`."""
    parts = [load(name).assign(layer=domain) for domain in DOMAINS if (name := f"{domain}_{kind}") in tables]
    return pd.concat(parts, ignore_index=True)


def assemble(sources: list[Opened]) -> tuple[Made, list[Question]]:
    """Every core table that can be made, with all problems, and the words held back for review."""
    made = Made()
    raw: dict[tuple[str, str], pd.DataFrame] = {}
    for opened in sources:
        for name in opened.source.tables:
            frame = made.attempt(partial(opened.load, name))
            if frame is not None:
                raw[opened.source.id, name] = frame
        if opened.vintage is not None:
            counts = {name: len(raw[opened.source.id, name]) for name in opened.source.tables if (opened.source.id, name) in raw}
            made.attempt(partial(registry.check_bounds, opened.source, counts))
    if made.problems:
        return made, []

    declared = registry.declared_sources(sources)
    live = any(opened.vintage is not None and opened.vintage.origin == "live" for opened in sources)
    held: list[Question] = []
    with collecting() if live else nullcontext(held) as questions:
        for table in TABLES:
            with making(table.name):
                frame = made.attempt(partial(_make, table, sources, raw, declared, made))
            if frame is not None:
                made.tables[table.name] = frame
    return made, questions


def _make(
    table: CoreTable, sources: list[Opened], raw: Mapping[tuple[str, str], pd.DataFrame], declared: pd.DataFrame, made: Made
) -> pd.DataFrame:
    for needed in table.needs:
        made.table(needed)

    def load(opened: Opened, name: str) -> pd.DataFrame:
        return raw[opened.source.id, name]

    rows = candidate_rows(table, sources, load)
    return table.make(Rows(table.record, rows, declared, rows_beside(table, sources, load)), made)
