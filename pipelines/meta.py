"""Schema meta: what the database says of itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

import pandas as pd

from sources.columns import Table, column


class Dictionary(Table):
    """Every column of every table and view, with its unit and meaning."""

    table: ClassVar[str] = "meta.dictionary"
    key: ClassVar[tuple[str, ...]] = ("table_name", "column_name")
    table_name: str = column("Schema and table")
    column_name: str = column("Column")
    position: int = column("Order in the table", "count")
    duckdb_type: str = column("Type in DuckDB")
    nullable: bool = column("Whether it may be empty")
    unit: str = column("Unit; '-' for names, ids and texts")
    description: str = column("What it means")


class Run(Table):
    """The run that made this version."""

    table: ClassVar[str] = "meta.run"
    key: ClassVar[tuple[str, ...]] = ("run_id",)
    run_id: str = column("Dagster run")
    version: str = column("Published version")
    finished_at: datetime = column("When it was published, UTC")


META_TABLES: tuple[type[Table], ...] = (Dictionary, Run)


def run_row(run_id: str, version: str) -> pd.DataFrame:
    """The row of meta.run for a version."""
    return pd.DataFrame([{"run_id": run_id, "version": version, "finished_at": datetime.now(UTC).replace(tzinfo=None)}])
