"""The pipeline's DuckDB file: tables made from their declarations, filled by column name.

What users open is a published copy (`pipelines/publish.py`); this file is written by one run at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import pandas as pd

from pipelines.home import home
from sources.columns import Table, columns

SCHEMAS = ("raw", "core", "graph", "risk", "cost", "mart", "meta")


_session: dict[Path, duckdb.DuckDBPyConnection] = {}
"""The connection of a run under way in this process, which every asset then shares."""
_frames: dict[str, pd.DataFrame] = {}
"""Tables as they were read in that run: most are read by several assets."""
_there: set[str] = set()
"""Names of the tables and views that are there in that run, once somebody has asked: listing them takes longer than most questions."""


@contextmanager
def session(path: Path) -> Iterator[None]:
    """Keep one connection open for a whole run: opening the file for each asset costs more than most assets do."""
    with connect(path) as connection:
        _session[path] = connection
        try:
            yield
        finally:
            del _session[path]
            _frames.clear()
            _there.clear()


def tables(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Names of all tables and views, with their schema."""
    if not _there:
        listed = "select schema_name || '.' || table_name from duckdb_tables() union all select schema_name || '.' || view_name from duckdb_views()"
        found = frozenset(name for (name,) in connection.execute(listed).fetchall())
        if not _session:
            return found
        _there.update(found)
    return frozenset(_there)


def is_there(*names: str) -> None:
    """Tables or views that have been made; in a run nothing is ever dropped."""
    if _there:
        _there.update(names)


@contextmanager
def connect(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that writes: the session's where one is open. The file and its schemas are made where they are missing."""
    if path in _session:
        yield _session[path]
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(str(path))
    try:
        for schema in SCHEMAS:
            connection.execute(f"create schema if not exists {schema}")
        yield connection
    finally:
        connection.close()


def quote(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def create_statement(table: type[Table], name: str | None = None, extra: dict[str, str] | None = None) -> str:
    """`create or replace table` from a declaration; `extra` adds nullable columns (name -> type)."""
    lines = [f'  "{c.name}" {c.duckdb_type}{"" if c.nullable else " not null"}' for c in columns(table)]
    lines += [f'  "{column}" {kind}' for column, kind in (extra or {}).items()]
    return f"create or replace table {name or table.table} (\n" + ",\n".join(lines) + "\n)"


ORIGIN = {
    "core": "each row's source_id in core.source",
    "graph": "computed from core",
    "risk": "computed from core",
    "cost": "computed from core",
    "meta": "the run",
}
"""Where the values of a schema come from; raw tables name their publisher, views the tables they read."""


def comment(text: str, origin: str) -> str:
    """A column's comment: what it means, its unit, where its values come from."""
    return f"{text}; source: {origin}"


def comment_statements(table: type[Table], name: str | None = None, origin: str | None = None) -> list[str]:
    """`comment on` for the table and each of its columns."""
    target = name or table.table
    origin = origin or ORIGIN[target.split(".")[0]]
    text = " ".join((table.__doc__ or "").split())
    return [f"comment on table {target} is {quote(text)}"] + [
        f'comment on column {target}."{c.name}" is {quote(comment(c.comment, origin))}' for c in columns(table)
    ]


def write(connection: duckdb.DuckDBPyConnection, table: type[Table], frame: pd.DataFrame) -> int:
    """Replace a declared table by a frame, in one transaction. Returns the row count."""
    unknown = set(frame.columns) - {c.name for c in columns(table)}
    if unknown:
        raise ValueError(f"{table.table} does not declare {', '.join(sorted(unknown))}")
    _replace(connection, table.table, [create_statement(table), *comment_statements(table)], frame)
    return len(frame)


RAW_COLUMNS = {
    "source_file": ("VARCHAR", "File the row was read from, below the repository"),
    "source_line": ("BIGINT", "Line of that file"),
    "vintage": ("VARCHAR", "Hash of that file's bytes: rows of one vintage were read together"),
    "retrieved_at": ("VARCHAR", "Day on which those bytes were read at the publisher"),
}


def write_raw(
    connection: duckdb.DuckDBPyConnection, name: str, table: type[Table], frame: pd.DataFrame, origin: str, retrieved_at: str
) -> int:
    """Replace raw.<name> by the rows of a source file, with where each was read."""
    target = f"raw.{name}"
    statements = [
        create_statement(table, target, {c: kind for c, (kind, _) in RAW_COLUMNS.items()}),
        *comment_statements(table, target, origin),
    ]
    statements += [f"comment on column {target}.{c} is {quote(comment(text, 'the reader'))}" for c, (_, text) in RAW_COLUMNS.items()]
    _replace(connection, target, statements, frame.assign(retrieved_at=retrieved_at))
    return len(frame)


def _replace(connection: duckdb.DuckDBPyConnection, target: str, statements: list[str], frame: pd.DataFrame) -> None:
    _frames.pop(target, None)
    connection.execute("begin")
    try:
        connection.execute(";\n".join(statements))
        connection.register("incoming", frame)
        connection.execute(f"insert into {target} by name select * from incoming")
        connection.unregister("incoming")
        connection.execute("commit")
    except BaseException:
        with suppress(duckdb.Error):  # a transaction that failed for good is none any more; what it failed of is what matters
            connection.execute("rollback")
        raise


def read(connection: duckdb.DuckDBPyConnection, name: str) -> pd.DataFrame:
    """A table as a frame; missing texts are None, so that `isinstance(x, str)` tells them."""
    if connection not in _session.values() or name.startswith("raw."):  # a raw table is read once, and may be large
        return _fetched(connection, f"select * from {name}")
    if name not in _frames:
        _frames[name] = _fetched(connection, f"select * from {name}")
    return _frames[name].copy(deep=False)  # who writes into it gets columns of its own


def read_tables(names: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Tables of the pipeline's file by their name without schema."""
    with connect(home().warehouse) as connection:
        return {name.split(".")[1]: read(connection, name) for name in names}


def read_union(connection: duckdb.DuckDBPyConnection, names: list[str]) -> pd.DataFrame:
    """Several raw tables of one kind below each other."""
    parts = " union all by name ".join(f"select * from raw.{name}" for name in names)
    return _fetched(connection, parts)


def _fetched(connection: duckdb.DuckDBPyConnection, query: str) -> pd.DataFrame:
    # Texts come as objects and stay objects: by way of pandas' own text columns each would be copied twice.
    with pd.option_context("future.infer_string", False):
        return tidy(connection.execute(query).df())


def tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """Text columns as objects with None for missing."""
    texts = [c for c in frame.columns if frame[c].dtype == object or str(frame[c].dtype) in ("str", "string")]
    return frame.assign(**{c: _texts(frame[c]) for c in texts})


def _texts(column: pd.Series) -> pd.Series:
    values = column.to_numpy(dtype=object)
    missing = column.isna().to_numpy()
    if missing.any():
        values = values.copy()
        values[missing] = None
    return pd.Series(values, index=column.index, dtype=object)
