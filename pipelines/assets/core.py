"""Schema core: the records. Candidate rows of all sources below each other, names resolved, ids and units checked.

What each table is made from is said once, in `sources.core`. A problem in any row stops here, before anything is published, and
is told with the file and line of the raw row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, nullcontext

import dagster as dg
import duckdb
import pandas as pd

from pipelines import memo, meta, state, warehouse
from pipelines.assets.declare import asset_key, key_check, spec, stored, unless_unchanged
from pipelines.assets.raw import ASSETS as RAW_ASSETS
from pipelines.home import home
from sources import catalog, registry
from sources import records as r
from sources.core import TABLES, CoreTable, Rows, id_column
from sources.curated.loader import DOMAINS
from sources.evidence import CURATED
from sources.reading import Opened, damage_of
from sources.registry import SourceFolder
from sources.review import awaited, collecting, questions_frame

VINTAGE = meta.VintageRow.table
MAY_BE_EMPTY = {"core.trade_flow", "core.review"}
"""Tables that only fetched sources fill."""


def raw_tables(table: CoreTable) -> dict[str, list[str]]:
    """Source id -> the raw tables that give candidate rows of a core table."""
    found = {folder.id: _inputs(table, folder) for folder in state.folders()}
    return {source: names for source, names in found.items() if names}


def _inputs(table: CoreTable, folder: SourceFolder) -> list[str]:
    if table.name in folder.maps:
        return list(folder.tables)
    if folder.connector is not None or folder.maps:
        return []
    prefixes = DOMAINS if folder.id == CURATED else (folder.id,)
    kinds = (table.kind, *table.beside) if folder.id == CURATED else (table.kind,)
    return [name for kind in kinds for prefix in prefixes if (name := f"{prefix}_{kind}") in folder.tables]


class Warehouse:
    """The core tables made before (`sources.core.Core`), and raw tables, as the warehouse has them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def table(self, name: str) -> pd.DataFrame:
        return warehouse.read(self._connection, f"core.{name}")

    def ids(self, name: str) -> Collection[str]:
        found = self._connection.execute(f"select distinct {id_column(name)} from core.{name}").fetchall()
        return {value for (value,) in found}

    def raw(self, _: Opened, name: str) -> pd.DataFrame:
        return warehouse.read(self._connection, f"raw.{name}")


def is_live(sources: list[Opened]) -> bool:
    """Whether any of them is in use as its publisher sent it."""
    return any(opened.vintage is not None and opened.vintage.origin == "live" for opened in sources)


def _core_asset(table: CoreTable) -> dg.AssetsDefinition:
    by_source = raw_tables(table)
    inputs = [f"raw.{n}" for names in by_source.values() for n in names] + [f"core.{n}" for n in table.needs]
    if table.name == "source":
        inputs.append(VINTAGE)
    target = table.record.table

    @dg.multi_asset(
        specs=[spec(table.record, target, "core", inputs, kinds=["pandas"])],
        check_specs=[key_check(target)],
        name=target.replace(".", "_"),
    )
    def build() -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        sources = [state.in_use(source) for source in by_source]

        def make() -> Iterator[dg.MaterializeResult]:
            held: AbstractContextManager[object] = collecting() if is_live(sources) else nullcontext()
            with warehouse.connect(home().warehouse) as connection, held:
                core = Warehouse(connection)
                rows = catalog.candidate_rows(table, sources, core.raw)
                beside = catalog.rows_beside(table, sources, lambda opened, name: opened.load(name))  # as just read: in memory
                declared = registry.declared_sources(state.in_use(f.id) for f in state.folders())
                frame = table.make(Rows(table.record, rows, declared, beside), core)
            yield stored(table.record, frame, may_be_empty=target in MAY_BE_EMPTY)

        days = [f"{opened.source.id} {opened.retrieved_at}{_words(opened)}" for opened in sources]
        yield from unless_unchanged([target], inputs, make, days)

    return build


@dg.multi_asset(
    specs=[spec(meta.VintageRow, VINTAGE, "meta", [name for a in RAW_ASSETS for name in (k.path[0] + "." + k.path[1] for k in a.keys)])],
    check_specs=[key_check(VINTAGE)],
    name="meta_vintage",
)
def vintage() -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    with warehouse.connect(home().warehouse) as connection:
        made = memo.recall(connection, [f"raw.{name}" for folder in state.folders() for name in folder.tables])
    counts = {f.id: sum(made[f"raw.{n}"].rows for n in f.tables if f"raw.{n}" in made) for f in state.folders()}
    rows = [row for folder in state.folders() for row in _vintages(folder, counts[folder.id])]
    frame = pd.DataFrame(rows, columns=list(meta.VintageRow.model_fields))
    yield from unless_unchanged([VINTAGE], [], lambda: [stored(meta.VintageRow, frame)], [frame.to_json()])


def _words(opened: Opened) -> str:
    """Hash of the files that say what words mean, of a source whose fetched vintage is in use; that of a snapshot covers them."""
    return f" {registry.state_hash(opened.source)}" if opened.vintage is not None and opened.vintage.origin == "live" else ""


def _vintages(folder: SourceFolder, rows: int) -> Iterator[dict[str, object]]:
    """Each vintage of a source once: the same bytes met again are the vintage they were."""
    used = state.in_use(folder.id)
    problems = state.status(folder.id).unreadable
    kept = {v.sha256: v for v in state.store().kept(folder.id)}
    if used.vintage is not None:
        kept.setdefault(used.vintage.sha256, used.vintage)
    for sha256, one in sorted(kept.items(), key=lambda pair: (pair[1].known_at, pair[0])):
        yield {
            "source_id": folder.id,
            "sha256": sha256,
            "origin": one.origin,
            "known_at": one.known_at.replace(tzinfo=None),
            "retrieved_at": one.retrieved_at,
            "files": len(one.payloads),
            "size_bytes": one.size,
            "row_count": rows if used.vintage is not None and sha256 == used.vintage.sha256 else None,
            "is_in_use": used.vintage is not None and sha256 == used.vintage.sha256,
            "problem": problems.get(sha256) or damage_of(one) or None,
        }


@dg.multi_asset(
    specs=[spec(r.Review, r.Review.table, "core", [t.record.table for t in TABLES], kinds=["pandas"])],
    check_specs=[
        key_check(r.Review.table),
        dg.AssetCheckSpec("nothing_awaits_review", asset=asset_key(r.Review.table), description="Every word of every live source is declared."),
    ],
    name="core_review",
)  # fmt: skip
def review() -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    sources = [state.in_use(f.id) for f in state.folders()]

    def make() -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        questions = catalog.assemble(sources)[1] if is_live(sources) else []
        frame = questions_frame(questions)
        yield stored(r.Review, frame, may_be_empty=True)
        yield dg.AssetCheckResult(
            asset_key=asset_key(r.Review.table), check_name="nothing_awaits_review", passed=frame.empty,
            severity=dg.AssetCheckSeverity.WARN, metadata=awaited(frame),
        )  # fmt: skip

    yield from unless_unchanged([r.Review.table], [t.record.table for t in TABLES], make, [words for o in sources if (words := _words(o))])


ASSETS: list[dg.AssetsDefinition] = [vintage, *(_core_asset(table) for table in TABLES), review]
