"""`stackgraph describe`: the data dictionary."""

from __future__ import annotations

from pipelines.cli.errors import unknown
from pipelines.cli.open import published
from pipelines.cli.output import show


def describe_name(name: str | None, format: str) -> None:
    """All tables; the tables of a schema; a table's columns; or one column."""
    stack = published()
    tables = stack.ids("(select distinct table_name from meta.dictionary)", "table_name")
    schemas = {t.split(".")[0] for t in tables}
    if name is None or name in schemas:
        query = (
            "select schema_name || '.' || table_name as \"table\", estimated_size as rows, comment as meaning from duckdb_tables() "
            "where schema_name = coalesce(?, schema_name) and not internal union all "
            "select schema_name || '.' || view_name, null, comment from duckdb_views() where schema_name = coalesce(?, schema_name) and not internal "
            "and schema_name in (select distinct split_part(table_name, '.', 1) from meta.dictionary) order by 1"
        )
        show(*stack.rows(query, [name, name]), format)
        return
    table, column = (name, None) if name in tables else (name.rpartition(".")[0], name.rpartition(".")[2])
    if table not in tables:
        raise unknown("table", name, [*tables, *schemas])
    columns, rows = stack.rows(
        'select column_name as "column", duckdb_type as type, unit, nullable, description from meta.dictionary '
        "where table_name = ? and column_name = coalesce(?, column_name) order by position",
        [table, column],
    )
    if not rows:
        known = [r[0] for r in stack.rows("select column_name from meta.dictionary where table_name = ?", [table])[1]]
        raise unknown(f"column of {table}", str(column), known)
    show(columns, rows, format, title=None if column else table)
