"""How an asset is declared from the table it makes: schema, description, kinds, owner, tags, checks.

Nothing about a column is said here; it comes from the declarations in `sources/records.py` and `graph/results.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import dagster as dg
import pandas as pd

from pipelines import memo, warehouse
from pipelines.home import home
from sources.columns import Table, columns
from sources.overlay import ID as OVERLAY
from sources.records import LAYERS

OWNER = "team:stackgraph"
FEW = 6
"""Findings that are named; the rest are counted."""


def asset_key(table: str) -> dg.AssetKey:
    """'core.share' -> AssetKey(['core', 'share'])."""
    return dg.AssetKey(table.split("."))


def column_schema(table: type[Table]) -> dg.TableSchema:
    """A table's columns as the Dagster UI shows them."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(c.name, c.duckdb_type, c.comment, dg.TableColumnConstraints(nullable=c.nullable, unique=table.key == (c.name,)))
            for c in columns(table)
        ]
    )


STACK = (OVERLAY, "organisations", *LAYERS)
"""Domains in the order of the stack."""


def group(name: str) -> str:
    """'materials' -> '02_materials': the UI sorts groups by name, so a domain has its number before it. Schemas are as they are."""
    return f"{STACK.index(name):02d}_{name}" if name in STACK else name


def spec(table: type[Table], name: str, layer: str, deps: Iterable[str], kinds: Iterable[str] = ()) -> dg.AssetSpec:
    """The asset of a declared table; `deps` are table names."""
    return dg.AssetSpec(
        key=asset_key(name),
        deps=[asset_key(d) for d in deps],
        group_name=group(layer),
        description=" ".join((table.__doc__ or "").split()),
        kinds={"duckdb", "table", *kinds},
        owners=[OWNER],
        tags={"schema": name.split(".")[0]},
        metadata={"dagster/column_schema": column_schema(table), "dagster/table_name": name},
    )


def key_check(name: str) -> dg.AssetCheckSpec:
    """The blocking check that every table has: rows are there, and keys are keys."""
    return dg.AssetCheckSpec(
        "rows_and_keys", asset=asset_key(name), blocking=True, description="The table has rows, and its key is unique."
    )


def blocking(table: str, name: str, description: str) -> dg.AssetCheckSpec:
    """A check of a table that keeps everything after it from being made."""
    return dg.AssetCheckSpec(name, asset=asset_key(table), blocking=True, description=description)


def warning(table: str, check: str, description: str) -> dg.AssetCheckSpec:
    """A check of the overlay's rows that stops nothing."""
    return dg.AssetCheckSpec(check, asset=asset_key(table), description=description)


def warned(table: str, check: str, what: str, found: list[str]) -> dg.AssetCheckResult:
    """The result of such a check: how many were found, and the first few."""
    more = [f"and {len(found) - FEW} more"] if len(found) > FEW else []
    return dg.AssetCheckResult(
        asset_key=asset_key(table), check_name=check, passed=not found, severity=dg.AssetCheckSeverity.WARN,
        metadata={"number": len(found), what: "; ".join(found[:FEW] + more) or "none"},
    )  # fmt: skip


def blocking_checks(checks: Mapping[type[Table], Mapping[str, str]]) -> list[dg.AssetCheckSpec]:
    """The blocking checks of several tables: table -> name -> what holds."""
    return [blocking(table.table, name, text) for table, named in checks.items() for name, text in named.items()]


def check_keys(table: type[Table], name: str, frame: pd.DataFrame, may_be_empty: bool = False) -> dg.AssetCheckResult:
    """Rows are there, and no two share the table's key."""
    repeated = int(frame.duplicated(list(table.key)).sum()) if table.key and len(frame) else 0
    passed = (len(frame) > 0 or may_be_empty) and repeated == 0
    return dg.AssetCheckResult(
        asset_key=asset_key(name), check_name="rows_and_keys", passed=passed, metadata={"rows": len(frame), "repeated_keys": repeated}
    )


def checked(table: str, name: str, passed: bool, facts: Mapping[str, Any]) -> dg.AssetCheckResult:
    """What a check of a table came to, and the figures it looked at."""
    return dg.AssetCheckResult(asset_key=asset_key(table), check_name=name, passed=passed, metadata=facts)


def nothing_against(table: type[Table], name: str, against: Iterable[object]) -> dg.AssetCheckResult:
    """A check that no row speaks against; `against` names those that do."""
    told = [str(one) for one in against]
    return checked(table.table, name, not told, {"against_it": "; ".join(told[:9]) or "none"})


def stored(
    table: type[Table], frame: pd.DataFrame, more: Mapping[str, Any] | None = None, may_be_empty: bool = False
) -> dg.MaterializeResult:
    """Write a frame to its table and report it."""
    with warehouse.connect(home().warehouse) as connection:
        rows = warehouse.write(connection, table, frame)
    return dg.MaterializeResult(
        asset_key=asset_key(table.table),
        metadata={"dagster/row_count": rows, **(more or {})},
        check_results=[check_keys(table, table.table, frame, may_be_empty)],
    )


Result = dg.MaterializeResult | dg.AssetCheckResult


def contents_key(inputs: Iterable[str]) -> str:
    """What tables hold now, in a word."""
    names = list(inputs)
    return memo.key_of(memo.known(names), names)


def unless_unchanged(
    outputs: Iterable[str], inputs: Iterable[str], make: Callable[[], Iterable[Result]], more: Iterable[str] = ()
) -> Iterator[Result]:
    """Make tables, unless they were last made by this program from what their inputs are now.

    Parameters
    ----------
    outputs, inputs : table names; the inputs' contents, and `more`, are what the outputs depend on
    make : yields the results of the outputs, as an asset does

    Yields
    ------
    What `make` yields, each table with its content as its data version; or, where nothing has changed, the same tables as they
    are, with the results that their checks had.
    """
    outputs, inputs = list(outputs), list(inputs)
    known = memo.known([*inputs, *outputs])
    key = memo.key_of(known, inputs, more)
    if memo.is_made(known, outputs, key):
        yield from (result for name in outputs for result in _as_before(name, known[name]))
        return
    results: dict[str, dg.MaterializeResult] = {}
    checks: dict[str, list[memo.Check]] = {name: [] for name in outputs}
    separate: list[dg.AssetCheckResult] = []
    for result in make():
        if isinstance(result, dg.AssetCheckResult):
            separate.append(result)
        else:
            results[name_of(result.asset_key)] = result
        for check in [result] if isinstance(result, dg.AssetCheckResult) else result.check_results or []:
            facts = {name: value.value for name, value in (check.metadata or {}).items()}
            found = memo.Check(str(check.check_name), bool(check.passed), check.severity.value, facts)
            checks[name_of(check.asset_key or result.asset_key)].append(found)
    with warehouse.connect(home().warehouse) as connection:
        made = memo.note(connection, key, checks)
    yield from (results[name]._replace(data_version=dg.DataVersion(made[name].content)) for name in outputs)
    yield from separate


def _as_before(name: str, made: memo.Made) -> Iterator[Result]:
    """A table that is as it was, and its checks."""
    key = asset_key(name)
    checks = [
        dg.AssetCheckResult(asset_key=key, check_name=c.name, passed=c.passed, severity=dg.AssetCheckSeverity(c.severity), metadata=c.facts)
        for c in made.checks
    ]
    yield dg.MaterializeResult(
        asset_key=key,
        metadata={"dagster/row_count": made.rows, "unchanged": True},
        data_version=dg.DataVersion(made.content),
        check_results=checks,
    )


def name_of(key: object) -> str:
    """AssetKey(['core', 'share']) -> 'core.share'."""
    assert isinstance(key, dg.AssetKey), key
    return ".".join(key.path)
