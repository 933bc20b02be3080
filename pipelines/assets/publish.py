"""Schemas mart and meta, and the last asset: the published file and the graph as GraphML."""

from collections.abc import Iterator

import dagster as dg
import duckdb
import pandas as pd

from graph.results import RESULT_TABLES
from pipelines import mart, memo, meta, publish, state, warehouse
from pipelines.assets.declare import OWNER, Result, asset_key, group, key_check, spec, stored, unless_unchanged
from pipelines.assets.results import GRAPHML
from pipelines.home import home
from sources import registry
from sources.columns import NO_UNIT, Table, columns
from sources.errors import SourceError
from sources.records import CORE_TABLES

VIEWS = mart.views()
RAW = [f"raw.{name}" for folder in state.folders() for name in folder.tables]


def _view_asset(view: mart.View) -> dg.AssetsDefinition:
    key = asset_key(f"mart.{view.name}")

    @dg.asset(
        key=key,
        deps=[asset_key(n) for n in view.inputs],
        group_name=group("mart"),
        description=view.description,
        kinds={"duckdb", "view"},
        owners=[OWNER],
        tags={"schema": "mart"},
        check_specs=[
            dg.AssetCheckSpec("rows", asset=key, blocking=True, description="The view has rows, unless only fetched sources fill it.")
        ],
    )
    def create() -> Iterator[Result]:
        yield from unless_unchanged([f"mart.{view.name}"], view.inputs, make)

    def make() -> Iterator[Result]:
        with warehouse.connect(home().warehouse) as connection:
            names = create_view(connection, view)
            rows = _rows(connection, f"mart.{view.name}")
        schema = dg.TableSchema(columns=[dg.TableColumn(n, kind, _comment(view, n)) for n, kind in names.items()])
        yield dg.MaterializeResult(
            asset_key=key,
            metadata={"dagster/row_count": rows, "dagster/column_schema": schema},
            check_results=[
                dg.AssetCheckResult(asset_key=key, check_name="rows", passed=rows > 0 or view.may_be_empty, metadata={"rows": rows})
            ],
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
    return warehouse.comment(description if unit == NO_UNIT else f"{description} [{unit}]", ", ".join(view.inputs))


DECLARED: list[type[Table]] = [*CORE_TABLES, *RESULT_TABLES]


@dg.multi_asset(
    specs=[spec(meta.Dictionary, "meta.dictionary", "meta", [*(f"mart.{v.name}" for v in VIEWS), *RAW])],
    check_specs=[
        key_check("meta.dictionary"),
        dg.AssetCheckSpec(
            "plausible_sizes",
            asset=asset_key("meta.dictionary"),
            blocking=True,
            description="Every source has about as many rows as its source.yml says it should.",
        ),
    ],
)
def dictionary() -> Iterator[Result]:
    yield from unless_unchanged(["meta.dictionary"], [*(f"mart.{v.name}" for v in VIEWS), *RAW], _dictionary)


def _dictionary() -> Iterator[Result]:
    with warehouse.connect(home().warehouse) as connection:
        rows = [*_declared_columns(), *_view_columns(connection)]
        sizes = {name: _rows(connection, f"raw.{name}") for folder in state.folders() for name in folder.tables}
    yield stored(meta.Dictionary, pd.DataFrame(rows))
    problems = []
    for folder in state.folders():
        if state.in_use(folder.id).vintage is None:
            continue
        try:
            registry.check_bounds(folder, {name: sizes[name] for name in folder.tables})
        except SourceError as error:
            problems += error.problems
    yield dg.AssetCheckResult(
        asset_key=asset_key("meta.dictionary"),
        check_name="plausible_sizes",
        passed=not problems,
        metadata={"implausible": "; ".join(str(p) for p in problems) or "none", "raw_rows": sum(sizes.values())},
    )


def _declared_columns() -> Iterator[dict[str, object]]:
    """A row of the dictionary for each column of each table; raw tables also say where a row was read."""
    raw = [(f"raw.{name}", table) for folder in state.folders() for name, table in folder.tables.items()]
    for name, table in [*raw, *((t.table, t) for t in (*DECLARED, *meta.META_TABLES))]:
        listed = [(c.name, c.duckdb_type, c.nullable, c.unit, c.description) for c in columns(table)]
        if name.startswith("raw."):
            listed += [(column, kind, True, NO_UNIT, text) for column, (kind, text) in warehouse.RAW_COLUMNS.items()]
        for position, (column, kind, nullable, unit, text) in enumerate(listed, start=1):
            yield dict(zip(meta.Dictionary.model_fields, (name, column, position, kind, nullable, unit, text), strict=True))


def _view_columns(connection: duckdb.DuckDBPyConnection) -> Iterator[dict[str, object]]:
    """A row of the dictionary for each column of each view."""
    for view in VIEWS:
        described = connection.execute(f"describe mart.{view.name}").fetchall()
        for position, (column, kind, *_) in enumerate(described, start=1):
            unit, text = view.column(column)
            yield dict(zip(meta.Dictionary.model_fields, (f"mart.{view.name}", column, position, kind, True, unit, text), strict=True))


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    found = connection.execute(f"select count(*) from {table}").fetchone()
    return int(found[0]) if found else 0


BEFORE_PUBLISHING = [
    "meta.dictionary",
    "meta.vintage",
    "graph.cycle",
    *(t.table for t in RESULT_TABLES if t.table.startswith("risk.")),
    *(t.table for t in CORE_TABLES),
    *(t.table for t in RESULT_TABLES if t.table.startswith("cost.")),
]
"""Everything: the blocking checks of each of these stand before the published file."""


@dg.asset(
    key=["published"],
    deps=[asset_key(name) for name in BEFORE_PUBLISHING],
    group_name=group("publish"),
    description=(
        "The versioned, read-only file that users open, and the graph as GraphML; made only when every blocking check before it has passed."
    ),
    kinds={"duckdb", "networkx", "file"},
    owners=[OWNER],
    tags={"schema": "published"},
)
def published(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    place = home()
    with warehouse.connect(place.warehouse) as connection:
        inputs = [*BEFORE_PUBLISHING, *RAW, *(f"mart.{v.name}" for v in VIEWS)]
        known = memo.recall(connection, [*inputs, meta.Run.table])
    key, last = memo.key(memo.contents(known, inputs)), known.get(meta.Run.table)
    if last is not None and last.key == key and place.published.exists() and place.graphml.exists():
        return dg.MaterializeResult(
            metadata={"unchanged": True, "path": dg.MetadataValue.path(str(place.published.resolve()))},
            data_version=dg.DataVersion(publish.version_of(place.published.resolve())),
        )
    version = publish.new_version()
    with warehouse.connect(place.warehouse) as connection:
        warehouse.write(connection, meta.Run, meta.run_row(context.run_id, version))
        memo.note(connection, key, {meta.Run.table: ()})
        nodes, edges = _rows(connection, "graph.node"), _rows(connection, "graph.edge")
        counts = connection.execute(
            "select schema_name, count(*), sum(estimated_size) from duckdb_tables() group by 1 order by 1"
        ).fetchall()
    place.published_folder.mkdir(parents=True, exist_ok=True)
    draft = place.graphml.with_suffix(".draft")
    draft.write_bytes(GRAPHML.answer())
    target = publish.publish(place, version)
    draft.replace(place.graphml)
    return dg.MaterializeResult(
        metadata={
            "version": version,
            "path": dg.MetadataValue.path(str(target)),
            "megabytes": round(target.stat().st_size / 1e6, 2),
            "nodes": nodes,
            "edges": edges,
            "tables": dg.MetadataValue.json({schema: {"tables": n, "rows": int(rows)} for schema, n, rows in counts}),
        },
        data_version=dg.DataVersion(version),
    )


ASSETS = [*(_view_asset(view) for view in VIEWS), dictionary, published]
