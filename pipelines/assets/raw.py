"""Schema raw: every table of every source, as published, checked row by row, with where each row was read.

One asset per table, grouped by the domain of the stack it tells of, so that the lineage begins with materials,
equipment, foundry, memory, packaging, boards, networking, power, cooling, sites, tokens and harness side by side.
"""

from collections.abc import Iterator

import dagster as dg

from pipelines import warehouse
from pipelines.assets.declare import asset_key, spec
from pipelines.home import home
from sources import registry
from sources.curated.loader import DOMAINS

FOLDERS = registry.folders()
GROUPS = {
    "epoch_data_centers": "sites",
    "epoch_gpu_clusters": "sites",
    "epoch_ml_hardware": "boards",
    "mlperf": "tokens",
    "model_prices": "harness",
}
"""Domain of the sources that tell of one domain; curated tables carry theirs in their name."""


def domain_of(source: str, table: str) -> str:
    """The domain a raw table belongs to."""
    return GROUPS.get(source) or next(d for d in DOMAINS if table.startswith(f"{d}_"))


def tables_of_kind(kind: str) -> list[str]:
    """Curated raw tables of one record kind: 'share' -> ['materials_share', ...]."""
    curated = next(f for f in FOLDERS if f.declaration.id == "curated")
    return [name for name in curated.tables if any(name == f"{d}_{kind}" for d in DOMAINS)]


def _raw_assets() -> Iterator[dg.AssetsDefinition]:
    by_group: dict[tuple[str, str], list[str]] = {}
    for folder in FOLDERS:
        for table in folder.tables:
            by_group.setdefault((folder.declaration.id, domain_of(folder.declaration.id, table)), []).append(table)
    for (source, domain), names in by_group.items():
        yield _domain_asset(next(f for f in FOLDERS if f.declaration.id == source), domain, names)


def _domain_asset(folder: registry.SourceFolder, domain: str, names: list[str]) -> dg.AssetsDefinition:
    """The raw tables that one source has for one domain; each can be materialised on its own."""
    specs = [
        spec(folder.tables[n], f"raw.{n}", domain, [], kinds=["csv" if folder.declaration.id != "model_prices" else "python"])
        for n in names
    ]

    @dg.multi_asset(
        specs=[s.merge_attributes(tags={"source": folder.declaration.id}) for s in specs],
        can_subset=True,
        name=f"raw_{folder.declaration.id}_{domain}",
    )
    def read(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        with warehouse.connect(home().warehouse) as connection:
            for name in names:
                if asset_key(f"raw.{name}") not in context.selected_asset_keys:
                    continue
                frame = folder.load(name)
                rows = warehouse.write_raw(
                    connection, name, folder.tables[name], frame, f"{folder.declaration.publisher} ({folder.declaration.id})"
                )
                vintage = str(frame["vintage"].iloc[0]) if rows else "empty"
                yield dg.MaterializeResult(
                    asset_key=asset_key(f"raw.{name}"),
                    metadata={"dagster/row_count": rows, "vintage": vintage, "licence": folder.declaration.licence},
                    data_version=dg.DataVersion(vintage),
                )

    return read


ASSETS: list[dg.AssetsDefinition] = list(_raw_assets())
