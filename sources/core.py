"""The core tables: what each is made from, once, for runs, for validation and for the acceptance of new vintages.

A core table gathers candidate rows (curated facts, what live sources map to it, a user's overlay), and refers to core
tables made before it. `TABLES` lists them in an order in which each comes after those it refers to.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import pandas as pd

from sources import assemble, searched, sites
from sources import records as r
from sources.columns import Table
from sources.evidence import CURATED, OVERLAY
from sources.resolve import Names
from sources.tabular import PROVENANCE

REFERRED = ("item", "board", "site", "model", "workload", "country", "organisation")


class Core(Protocol):
    """The core tables made so far."""

    def table(self, name: str) -> pd.DataFrame: ...

    def ids(self, name: str) -> Collection[str]: ...


@dataclass(frozen=True)
class Rows:
    """Candidate rows of one core table, by the collection (source folder) that gives them."""

    record: type[Table]
    by_collection: Mapping[str, pd.DataFrame]
    declared: pd.DataFrame
    """Rows of core.source for the collections themselves."""
    beside: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """Curated rows of further kinds, by kind (`CoreTable.beside`)."""

    def all(self) -> pd.DataFrame:
        """All rows below each other, with their collection."""
        parts = [frame.astype(object).assign(collection=name) for name, frame in self.by_collection.items() if len(frame)]
        if not parts:
            return pd.DataFrame(columns=[*self.record.model_fields, *PROVENANCE, "collection"])
        return pd.concat(parts, ignore_index=True)

    def of(self, *collections: str) -> pd.DataFrame:
        """The rows of some collections."""
        return Rows(self.record, {name: frame for name, frame in self.by_collection.items() if name in collections}, self.declared).all()


Make = Callable[[Rows, Core], pd.DataFrame]


@dataclass(frozen=True)
class CoreTable:
    """How one core table is made.

    kind : the record kind of curated rows (file name without .csv); None where only live sources, or core tables, give rows
    needs : core tables it refers to, without schema
    beside : further kinds of curated rows that it is held against
    """

    record: type[Table]
    kind: str | None
    needs: tuple[str, ...]
    make: Make
    beside: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.record.table.removeprefix("core.")


def _names(core: Core) -> Names:
    return Names(core.table("organisation"), core.table("alias"))


SITE_LISTS = (OVERLAY, "epoch_data_centers", "epoch_gpu_clusters", CURATED)
"""Lists of sites, the one whose fields go first before the others."""


def _site(rows: Rows, core: Core) -> pd.DataFrame:
    """Each list is checked by itself, so that what another list overrides is sound too; then they are merged."""
    names, countries, boards, sources = _names(core), core.ids("country"), core.ids("board"), core.ids("source")
    return sites.merge_sites([assemble.site(rows.of(one), names, countries, boards, sources) for one in SITE_LISTS])


def _parameter(rows: Rows, core: Core) -> pd.DataFrame:
    known = {("org" if name == "organisation" else name): core.ids(name) for name in REFERRED}
    return assemble.parameter(rows.all(), known, core.ids("source"))


TABLES: tuple[CoreTable, ...] = (
    CoreTable(r.Source, "citation", (), lambda rows, core: assemble.source(rows.all(), rows.declared)),
    CoreTable(r.Country, "country", (), lambda rows, core: assemble.country(rows.all())),
    CoreTable(
        r.Organisation, "organisation", ("country", "source"),
        lambda rows, core: assemble.organisation(rows.all(), core.ids("country"), core.ids("source")),
    ),
    CoreTable(r.Alias, "alias", ("organisation",), lambda rows, core: assemble.alias(rows.all(), core.table("organisation"))),
    CoreTable(
        r.Identifier, "identifier", ("organisation",),
        lambda rows, core: assemble.identifier(rows.all(), core.ids("organisation")),
    ),
    CoreTable(r.Item, "item", (), lambda rows, core: assemble.item(rows.all())),
    CoreTable(
        r.Share, "share", ("item", "organisation", "alias", "country", "source"),
        lambda rows, core: assemble.share(rows.all(), core.ids("item"), _names(core), core.ids("country"), core.ids("source")),
    ),
    CoreTable(r.Offer, None, ("share", "organisation"), lambda rows, core: assemble.offer(core.table("share"), core.table("organisation"))),
    CoreTable(
        r.Board, "board", ("item", "organisation", "alias", "source"),
        lambda rows, core: assemble.board(rows.all(), core.ids("item"), _names(core), core.ids("source")),
    ),
    CoreTable(
        r.Requirement, "requirement", ("item", "board", "organisation", "alias", "source"),
        lambda rows, core: assemble.requirement(rows.all(), core.table("item"), core.ids("board"), _names(core), core.ids("source")),
    ),
    CoreTable(
        r.Price, "price", ("item", "source"), lambda rows, core: assemble.price(rows.all(), core.table("item"), core.ids("source"))
    ),
    CoreTable(r.Site, "site", ("organisation", "alias", "country", "board", "source"), _site),
    CoreTable(
        r.SiteTimeline, None, ("site", "source"),
        lambda rows, core: assemble.site_timeline(rows.all(), core.ids("site"), core.ids("source")),
    ),
    CoreTable(
        r.Model, "model", ("organisation", "alias", "source"),
        lambda rows, core: assemble.model(rows.all(), _names(core), core.ids("source")),
    ),
    CoreTable(r.Workload, "workload", ("source",), lambda rows, core: assemble.workload(rows.all(), core.ids("source"))),
    CoreTable(r.Parameter, "parameter", (*REFERRED, "source"), _parameter),
    CoreTable(
        r.PowerContract, "power_contract", ("organisation", "alias", "country", "source"),
        lambda rows, core: assemble.power_contract(rows.all(), _names(core), core.ids("country"), core.ids("source")),
    ),
    CoreTable(r.QueueEntry, "queue_entry", ("source",), lambda rows, core: assemble.queue_entry(rows.all(), core.ids("source"))),
    CoreTable(
        r.TradeFlow, None, ("item", "country", "source"),
        lambda rows, core: assemble.trade_flow(rows.all(), core.ids("item"), core.ids("country"), core.ids("source")),
    ),
    CoreTable(
        r.Benchmark, "benchmark", ("board", "model", "source"),
        lambda rows, core: assemble.benchmark(rows.all(), core.ids("board"), core.ids("model"), core.ids("source")),
    ),
    CoreTable(
        r.PublishedCost, "published_cost", ("board", "item", "model", "source"),
        lambda rows, core: assemble.published_cost(rows.all(), core.ids("board"), core.ids("item"), core.ids("model"), core.ids("source")),
    ),
    CoreTable(
        r.Search, "search", tuple(searched.KEYS), lambda rows, core: assemble.search(rows.of(CURATED), rows.beside), tuple(searched.KEYS)
    ),
    CoreTable(
        r.ModelPrice, None, ("model", "source"),
        lambda rows, core: assemble.model_price(rows.all(), core.ids("model"), core.ids("source")),
    ),
)  # fmt: skip
"""Every core table, each after those it refers to."""

ID_COLUMN = {"country": "country"}


def id_column(name: str) -> str:
    """The column of a core table that others refer to."""
    return ID_COLUMN.get(name, f"{name}_id")
