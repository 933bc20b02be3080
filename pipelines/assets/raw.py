"""Schema raw: every table of every source, as published, checked row by row, with where each row was read.

One asset per table, grouped by the domain of the stack it tells of, so that the lineage begins with materials,
equipment, foundry, memory, packaging, boards, networking, power, cooling, sites, tokens and harness side by side. The asset
of a live source asks its publisher first, where the run is one that does.
"""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from pipelines import memo, state, warehouse
from pipelines.assets.declare import asset_key, spec
from pipelines.assets.tags import LIVE
from pipelines.home import home
from pipelines.state import FRESH_DAYS
from sources.curated.loader import DOMAINS
from sources.overlay import ID as OVERLAY
from sources.reading import named
from sources.registry import SourceFolder

GROUPS = {
    "comtrade": "materials",
    "edgar": "organisations",
    "eia": "power",
    "ember": "power",
    "epoch_data_centers": "sites",
    "epoch_gpu_clusters": "sites",
    "epoch_ml_hardware": "boards",
    "eto": "equipment",
    "iso_queues": "power",
    "lbnl_queued_up": "power",
    "litellm": "harness",
    "mlperf": "tokens",
    "model_prices": "harness",
    "pink_sheet": "materials",
    "usgs_mcs": "materials",
    "wgi": "organisations",
    OVERLAY: OVERLAY,
}
"""Domain of the sources that tell of one domain; curated tables carry theirs in their name."""


def domain_of(source: str, table: str) -> str:
    """The domain a raw table belongs to."""
    return GROUPS.get(source) or next(d for d in DOMAINS if table.startswith(f"{d}_"))


def _raw_assets() -> Iterator[dg.AssetsDefinition]:
    by_group: dict[tuple[str, str], list[str]] = {}
    for folder in state.folders():
        for table in folder.tables:
            by_group.setdefault((folder.id, domain_of(folder.id, table)), []).append(table)
    for (source, domain), names in by_group.items():
        yield _domain_asset(state.source(source), domain, names)


def _domain_asset(folder: SourceFolder, domain: str, names: list[str]) -> dg.AssetsDefinition:
    """The raw tables that one source has for one domain; each can be materialised on its own."""
    live = folder.connector is not None
    kinds = ["python", "api"] if live else ["csv"]
    policy = dg.FreshnessPolicy.time_window(fail_window=timedelta(days=FRESH_DAYS[folder.declaration.cadence])) if live else None
    specs = [
        spec(folder.tables[n], f"raw.{n}", domain, [], kinds=kinds)
        .merge_attributes(tags={"source": folder.id})
        .replace_attributes(freshness_policy=policy)
        for n in names
    ]
    first = asset_key(f"raw.{names[0]}")
    refreshed = dg.AssetCheckSpec("refreshed", asset=first, description="The newest fetch of this source could be used.")

    @dg.multi_asset(specs=specs, check_specs=[refreshed] if live else [], can_subset=True, name=f"raw_{folder.id}_{domain}")
    def read(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        if live and wanted(folder.id, context.run.tags.get(LIVE)):
            from sources.client import Client

            with Client(deadline=state.refresh_deadline()) as client:
                outcome = state.refresh(folder.id, client)
            context.log.info(f"{folder.id}: {outcome.what}: {outcome.message}")
        opened = state.in_use(folder.id)
        yield from _tables(folder, [name for name in names if asset_key(f"raw.{name}") in context.selected_asset_keys])
        if live and first in context.selected_asset_keys:
            day = opened.retrieved_at if opened.vintage else None
            said = opened.problem or state.unrenewed(folder.id)
            damage = state.damage_told(folder.id, opened.damage, day) if opened.damage else ""
            less = state.shrunk(folder.id, day, opened.sha256)
            yield dg.AssetCheckResult(
                asset_key=first, check_name="refreshed", passed=not (said or damage or less), severity=dg.AssetCheckSeverity.WARN,
                metadata={
                    "source": folder.id,
                    "in_use": f"{named(opened.vintage)} is in use" if opened.vintage else "nothing of it is in use yet",
                    "problem": said or "none",
                    "was_asked": bool(opened.problem) or state.status(folder.id).outcome != "not asked",
                    "damage": damage or "none",
                    "less": less or "none",
                    "checked_at": state.status(folder.id).checked_at or "never",
                },
            )  # fmt: skip

    return read


def wanted(source_id: str, live: str | None) -> bool:
    """Whether a run with this tag asks a source's publisher."""
    return live == "all" or (live == "due" and state.is_due(source_id))


def _tables(folder: SourceFolder, names: list[str]) -> Iterator[dg.MaterializeResult]:
    """Write raw tables of a source, unless what is there was read from the same bytes by the same program."""
    opened = state.in_use(folder.id)
    key = memo.key([folder.id, opened.sha256, opened.retrieved_at])
    targets = {f"raw.{name}": name for name in names}
    with warehouse.connect(home().warehouse) as connection:
        memo.prepare(connection)
        made = memo.recall(connection, targets)
        changed = [target for target in targets if target not in made or made[target].key != key]
        origin = f"{folder.declaration.publisher} ({folder.id})"
        for target in changed:
            name = targets[target]
            warehouse.write_raw(connection, name, folder.tables[name], opened.load(name), origin, opened.retrieved_at)
        if changed:
            made |= memo.note(connection, key, dict.fromkeys(changed, ()))
    for target in targets:
        yield dg.MaterializeResult(
            asset_key=asset_key(target),
            metadata={
                "dagster/row_count": made[target].rows,
                "vintage": opened.sha256[:16],
                "retrieved_at": opened.retrieved_at,
                "licence": folder.declaration.licence,
                **({} if target in changed else {"unchanged": True}),
            },
            data_version=dg.DataVersion(made[target].content),
        )


ASSETS: list[dg.AssetsDefinition] = list(_raw_assets())
