"""Schemas mart and meta, and the last asset: the published file and the graph as GraphML."""

from collections.abc import Iterator

import dagster as dg
import duckdb
import networkx as nx
import pandas as pd

from graph import build
from graph.results import RESULT_TABLES
from pipelines import mart, meta, publish, warehouse
from pipelines.assets.declare import OWNER, asset_key, key_check, read_tables, spec, stored
from pipelines.assets.raw import FOLDERS
from pipelines.home import home
from sources.columns import NO_UNIT, Table, columns
from sources.records import CORE_TABLES

VIEWS = mart.views()


def _view_asset(view: mart.View) -> dg.AssetsDefinition:
    key = asset_key(f"mart.{view.name}")

    @dg.asset(
        key=key,
        deps=[asset_key(n) for n in view.inputs],
        group_name="mart",
        description=view.description,
        kinds={"duckdb", "view"},
        owners=[OWNER],
        tags={"schema": "mart"},
        check_specs=[dg.AssetCheckSpec("rows", asset=key, blocking=True, description="The view has rows.")],
    )
    def create() -> dg.MaterializeResult:
        with warehouse.connect(home().warehouse) as connection:
            names = create_view(connection, view)
            rows = connection.execute(f"select count(*) from mart.{view.name}").fetchone()[0]  # type: ignore[index]
        schema = dg.TableSchema(columns=[dg.TableColumn(n, kind, _comment(view, n)) for n, kind in names.items()])
        return dg.MaterializeResult(
            metadata={"dagster/row_count": rows, "dagster/column_schema": schema},
            check_results=[dg.AssetCheckResult(check_name="rows", passed=rows > 0, metadata={"rows": rows})],
        )

    return create


def create_view(connection: duckdb.DuckDBPyConnection, view: mart.View) -> dict[str, str]:
    """Create a view with a comment on it and on each column. Returns column -> DuckDB type."""
    connection.execute(f"create or replace view mart.{view.name} as {view.query}")
    connection.execute(f"comment on view mart.{view.name} is {warehouse.quote(view.description)}")
    described = connection.execute(f"describe mart.{view.name}").fetchall()
    for name, *_ in described:
        connection.execute(f'comment on column mart.{view.name}."{name}" is {warehouse.quote(_comment(view, name))}')
    return {name: kind for name, kind, *_ in described}


def _comment(view: mart.View, name: str) -> str:
    unit, description = view.column(name)
    return description if unit == NO_UNIT else f"{description} [{unit}]"


DECLARED: list[type[Table]] = [*CORE_TABLES, *RESULT_TABLES]


@dg.multi_asset(
    specs=[spec(meta.Dictionary, "meta.dictionary", "meta", [f"mart.{v.name}" for v in VIEWS])],
    check_specs=[key_check("meta.dictionary")],
)
def dictionary() -> dg.MaterializeResult:
    raw = [(f"raw.{name}", table) for folder in FOLDERS for name, table in folder.tables.items()]
    declared = [*raw, *((t.table, t) for t in DECLARED), *((t.table, t) for t in meta.META_TABLES)]
    rows = [
        {
            "table_name": name,
            "column_name": c.name,
            "position": k,
            "duckdb_type": c.duckdb_type,
            "nullable": c.nullable,
            "unit": c.unit,
            "description": c.description,
        }
        for name, table in declared
        for k, c in enumerate(columns(table), start=1)
    ]
    for name, _ in raw:
        start = len([r for r in rows if r["table_name"] == name])
        rows += [
            {
                "table_name": name,
                "column_name": c,
                "position": start + k,
                "duckdb_type": kind,
                "nullable": True,
                "unit": NO_UNIT,
                "description": text,
            }
            for k, (c, (kind, text)) in enumerate(warehouse.RAW_COLUMNS.items(), start=1)
        ]
    with warehouse.connect(home().warehouse) as connection:
        for view in VIEWS:
            for k, (column, kind, *_) in enumerate(connection.execute(f"describe mart.{view.name}").fetchall(), start=1):
                unit, text = view.column(column)
                rows.append(
                    {
                        "table_name": f"mart.{view.name}",
                        "column_name": column,
                        "position": k,
                        "duckdb_type": kind,
                        "nullable": True,
                        "unit": unit,
                        "description": text,
                    }
                )
    return stored(meta.Dictionary, pd.DataFrame(rows))


@dg.asset(
    key=["published"],
    deps=[asset_key(n) for n in ("meta.dictionary", "graph.cycle", "risk.hhi", *(f"core.{t}" for t in ("identifier", "model_price", "power_contract", "queue_entry", "site_timeline", "source")), *(t.table for t in RESULT_TABLES if t.table.startswith("cost.")))],
    group_name="publish",
    description="The versioned, read-only file that users open, and the graph as GraphML; made only when every blocking check before it has passed.",
    kinds={"duckdb", "networkx", "file"},
    owners=[OWNER],
    tags={"schema": "published"},
)  # fmt: skip
def published(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    version = publish.new_version()
    place = home()
    frames = read_tables(["graph.node", "graph.edge"])
    network = build.digraph(frames["node"], frames["edge"])
    with warehouse.connect(place.warehouse) as connection:
        warehouse.write(connection, meta.Run, meta.run_row(context.run_id, version))
        counts = connection.execute(
            "select schema_name, count(*), sum(estimated_size) from duckdb_tables() group by 1 order by 1"
        ).fetchall()
    place.published_folder.mkdir(parents=True, exist_ok=True)
    draft = place.graphml.with_suffix(".draft")
    nx.write_graphml(network, draft)
    target = publish.publish(place, version)
    draft.replace(place.graphml)
    return dg.MaterializeResult(
        metadata={
            "version": version,
            "path": dg.MetadataValue.path(str(target)),
            "megabytes": round(target.stat().st_size / 1e6, 2),
            "nodes": network.number_of_nodes(),
            "edges": network.number_of_edges(),
            "tables": dg.MetadataValue.json({schema: {"tables": n, "rows": int(rows)} for schema, n, rows in counts}),
        },
        data_version=dg.DataVersion(version),
    )


def all_assets() -> Iterator[dg.AssetsDefinition]:
    yield from (_view_asset(view) for view in VIEWS)
    yield dictionary
    yield published


ASSETS = list(all_assets())
