"""Schema meta: what the database says of itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

import pandas as pd

from sources.columns import Table, column, optional


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


class MadeFrom(Table):
    """How each table was last made: while what it is made from is the same, it is not made again."""

    table: ClassVar[str] = "meta.made_from"
    key: ClassVar[tuple[str, ...]] = ("table_name",)
    table_name: str = column("Schema and table")
    made_from: str = column("Hash over the program and the contents of all it was made from")
    content: str = column("Hash over its rows")
    row_count: int = column("Its rows", "count")


class CheckResult(Table):
    """What the checks of each table came to when it was made."""

    table: ClassVar[str] = "meta.check_result"
    key: ClassVar[tuple[str, ...]] = ("table_name", "check_name")
    table_name: str = column("Schema and table")
    check_name: str = column("Check")
    passed: bool = column("Whether it passed")
    severity: str = column("ERROR or WARN")
    facts: str = column("What it found, as JSON")


class VintageRow(Table):
    """Every state of every source that is kept, and which is in use."""

    table: ClassVar[str] = "meta.vintage"
    key: ClassVar[tuple[str, ...]] = ("source_id", "sha256")
    source_id: str = column("The source")
    sha256: str = column("Hash over its files; the beginning of it where its manifest is damaged")
    origin: str = column("live: fetched from the publisher; repository: shipped with stackgraph; unknown: its manifest is damaged")
    known_at: datetime = column("From when on it could be used, UTC")
    retrieved_at: str = column("Day its bytes were read at the publisher")
    files: int = column("Files", "count")
    size_bytes: int = column("Their size", "B")
    row_count: int | None = optional("Rows of its raw tables, where it is in use", "count")
    is_in_use: bool = column("Whether this version was made from it")
    problem: str | None = optional("Why it cannot be used")


META_TABLES: tuple[type[Table], ...] = (Dictionary, Run, MadeFrom, CheckResult, VintageRow)


def run_row(run_id: str, version: str) -> pd.DataFrame:
    """The row of meta.run for a version."""
    return pd.DataFrame([{"run_id": run_id, "version": version, "finished_at": datetime.now(UTC).replace(tzinfo=None)}])
