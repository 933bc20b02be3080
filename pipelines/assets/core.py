"""Schema core: the records. Raw rows of all domains below each other, names resolved, ids and units checked.

A problem in any row stops here, before anything is published, and is told with the file and line of the raw row.
"""

from __future__ import annotations

from collections.abc import Callable

import dagster as dg
import pandas as pd

from pipelines import warehouse
from pipelines.assets.declare import key_check, spec, stored
from pipelines.assets.raw import FOLDERS, tables_of_kind
from pipelines.home import home
from sources import assemble, registry, sites
from sources import records as r
from sources.columns import Table
from sources.epoch_data_centers import records as epoch_data_centers
from sources.epoch_gpu_clusters import records as epoch_gpu_clusters
from sources.epoch_ml_hardware import records as epoch_ml_hardware
from sources.mlperf import records as mlperf
from sources.model_prices import records as model_prices
from sources.resolve import Names

EPOCH_SITES = ["epoch_data_centers_data_center", "epoch_data_centers_timeline", "epoch_gpu_clusters_cluster"]


class Warehouse:
    """Reads what a core asset needs: raw tables of a kind, and core tables made before."""

    def __init__(self) -> None:
        self._context = warehouse.connect(home().warehouse)

    def __enter__(self) -> Warehouse:
        self._connection = self._context.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._context.__exit__(None, None, None)

    def kind(self, kind: str) -> pd.DataFrame:
        """All curated rows of one record kind."""
        return warehouse.read_union(self._connection, tables_of_kind(kind))

    def raw(self, name: str) -> pd.DataFrame:
        return warehouse.read(self._connection, f"raw.{name}")

    def core(self, name: str) -> pd.DataFrame:
        return warehouse.read(self._connection, f"core.{name}")

    def ids(self, name: str, column: str | None = None) -> set[str]:
        """The ids of a core table."""
        found = self._connection.execute(f"select distinct {column or f'{name}_id'} from core.{name}").fetchall()
        return {value for (value,) in found}

    def names(self) -> Names:
        """Every spelling of every organisation."""
        organisations = self._connection.execute("select organisation_id, name from core.organisation").df()
        return Names(organisations, self._connection.execute("select alias, organisation_id from core.alias").df())


def core_asset(
    table: type[Table], kinds: list[str], core: list[str], raw: list[str] | None = None
) -> Callable[[Callable[[Warehouse], pd.DataFrame]], dg.AssetsDefinition]:
    """An asset that makes one core table from curated rows of `kinds`, core tables and further raw tables."""
    deps = [f"raw.{n}" for kind in kinds for n in tables_of_kind(kind)] + [f"raw.{n}" for n in raw or []] + [f"core.{n}" for n in core]
    name = table.table

    def decorate(make: Callable[[Warehouse], pd.DataFrame]) -> dg.AssetsDefinition:
        @dg.multi_asset(
            specs=[spec(table, name, "core", deps, kinds=["pandas"])], check_specs=[key_check(name)], name=name.replace(".", "_")
        )
        def build() -> dg.MaterializeResult:
            with Warehouse() as w:
                frame = make(w)
            return stored(table, frame)

        return build

    return decorate


@core_asset(r.Source, ["citation"], [])
def source(w: Warehouse) -> pd.DataFrame:
    return assemble.source(w.kind("citation"), registry.declared_sources(FOLDERS))


@core_asset(r.Country, ["country"], [])
def country(w: Warehouse) -> pd.DataFrame:
    return assemble.country(w.kind("country"))


@core_asset(r.Organisation, ["organisation"], ["country", "source"])
def organisation(w: Warehouse) -> pd.DataFrame:
    return assemble.organisation(w.kind("organisation"), w.ids("country", "country"), w.ids("source"))


@core_asset(r.Alias, ["alias"], ["organisation"])
def alias(w: Warehouse) -> pd.DataFrame:
    return assemble.alias(w.kind("alias"), w.core("organisation"))


@core_asset(r.Identifier, ["identifier"], ["organisation"])
def identifier(w: Warehouse) -> pd.DataFrame:
    return assemble.identifier(w.kind("identifier"), w.ids("organisation"))


@core_asset(r.Item, ["item"], [])
def item(w: Warehouse) -> pd.DataFrame:
    layers = {name: name.removesuffix("_item") for name in tables_of_kind("item")}
    return assemble.item(pd.concat([w.raw(name).assign(layer=layer) for name, layer in layers.items()], ignore_index=True))


@core_asset(r.Share, ["share"], ["item", "organisation", "alias", "country", "source"])
def share(w: Warehouse) -> pd.DataFrame:
    return assemble.share(w.kind("share"), w.ids("item"), w.names(), w.ids("country", "country"), w.ids("source"))


@core_asset(r.Offer, [], ["share", "organisation"])
def offer(w: Warehouse) -> pd.DataFrame:
    return assemble.offer(w.core("share"), w.core("organisation"))


@core_asset(r.Board, ["board"], ["item", "organisation", "alias", "source"])
def board(w: Warehouse) -> pd.DataFrame:
    return assemble.board(w.kind("board"), w.ids("item"), w.names(), w.ids("source"))


@core_asset(r.Requirement, ["requirement"], ["item", "board", "organisation", "alias", "source"])
def requirement(w: Warehouse) -> pd.DataFrame:
    return assemble.requirement(w.kind("requirement"), w.core("item"), w.ids("board"), w.names(), w.ids("source"))


@core_asset(r.Price, ["price"], ["item", "source"])
def price(w: Warehouse) -> pd.DataFrame:
    return assemble.price(w.kind("price"), w.core("item"), w.ids("source"))


@core_asset(r.Site, ["site"], ["organisation", "alias", "country", "board", "source"], raw=EPOCH_SITES)
def site(w: Warehouse) -> pd.DataFrame:
    centers = epoch_data_centers.site(w.raw("epoch_data_centers_data_center"), w.raw("epoch_data_centers_timeline"))
    clusters = epoch_gpu_clusters.site(w.raw("epoch_gpu_clusters_cluster"))
    merged = sites.merge_sites(centers, clusters, w.kind("site"))
    return assemble.site(merged, w.names(), w.ids("country", "country"), w.ids("board"), w.ids("source"))


@core_asset(r.SiteTimeline, [], ["site", "source"], raw=["epoch_data_centers_timeline"])
def site_timeline(w: Warehouse) -> pd.DataFrame:
    return assemble.site_timeline(epoch_data_centers.site_timeline(w.raw("epoch_data_centers_timeline")), w.ids("site"), w.ids("source"))


@core_asset(r.Model, ["model"], ["organisation", "alias", "source"])
def model(w: Warehouse) -> pd.DataFrame:
    return assemble.model(w.kind("model"), w.names(), w.ids("source"))


@core_asset(r.Workload, ["workload"], ["source"])
def workload(w: Warehouse) -> pd.DataFrame:
    return assemble.workload(w.kind("workload"), w.ids("source"))


@core_asset(
    r.Parameter, ["parameter"], ["item", "board", "site", "model", "workload", "source"],
    raw=[*EPOCH_SITES, "epoch_ml_hardware_accelerator"],
)  # fmt: skip
def parameter(w: Warehouse) -> pd.DataFrame:
    rows = [
        w.kind("parameter"),
        epoch_data_centers.parameter(w.raw("epoch_data_centers_data_center"), w.raw("epoch_data_centers_timeline")),
        epoch_gpu_clusters.parameter(w.raw("epoch_gpu_clusters_cluster")),
        epoch_ml_hardware.parameter(w.raw("epoch_ml_hardware_accelerator")),
    ]
    known = {kind: w.ids(kind) for kind in ("item", "board", "site", "model", "workload")}
    return assemble.parameter(pd.concat(rows, ignore_index=True), known, w.ids("source"))


@core_asset(r.PowerContract, ["power_contract"], ["organisation", "alias", "country", "source"])
def power_contract(w: Warehouse) -> pd.DataFrame:
    return assemble.power_contract(w.kind("power_contract"), w.names(), w.ids("country", "country"), w.ids("source"))


@core_asset(r.QueueEntry, ["queue_entry"], ["source"])
def queue_entry(w: Warehouse) -> pd.DataFrame:
    return assemble.queue_entry(w.kind("queue_entry"), w.ids("source"))


@core_asset(r.Benchmark, ["benchmark"], ["board", "model", "source"], raw=["mlperf_result", "mlperf_dataset"])
def benchmark(w: Warehouse) -> pd.DataFrame:
    measured = mlperf.benchmark(w.raw("mlperf_result"), w.raw("mlperf_dataset"))
    return assemble.benchmark(
        pd.concat([w.kind("benchmark"), measured], ignore_index=True), w.ids("board"), w.ids("model"), w.ids("source")
    )


@core_asset(r.ModelPrice, [], ["model", "source"], raw=["model_prices_list"])
def model_price(w: Warehouse) -> pd.DataFrame:
    return assemble.model_price(model_prices.model_price(w.raw("model_prices_list")), w.ids("model"), w.ids("source"))


ASSETS = [
    source, country, organisation, alias, identifier, item, share, offer, board, requirement, price, site, site_timeline,
    model, workload, parameter, power_contract, queue_entry, benchmark, model_price,
]  # fmt: skip
