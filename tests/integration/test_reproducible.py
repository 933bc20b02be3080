"""The same records give the same numbers, to the last bit."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from graph.results import RESULT_TABLES
from pipelines.home import Home
from sources.columns import Table
from tests.command import Tables, stackgraph

SCHEMAS = ("graph", "cost", "risk")


@pytest.fixture(scope="module")
def again(published: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tables]:
    """What a second process computes from the same records, where nothing computed is left."""
    place = Home(tmp_path_factory.mktemp("again"))
    shutil.copy(published.warehouse, place.warehouse)
    with duckdb.connect(str(place.warehouse)) as connection:
        for view in connection.execute("select view_name from duckdb_views() where schema_name = 'mart'").fetchall():
            connection.execute(f"drop view mart.{view[0]}")
        for schema in SCHEMAS:
            connection.execute(f"drop schema {schema} cascade")
            connection.execute(f"create schema {schema}")
    done = stackgraph(place.root, "run", "--select", " or ".join(f"group:{schema}" for schema in SCHEMAS))
    assert done.returncode == 0, done.stderr
    assert not Path(place.published).exists(), "a part is not published"
    with duckdb.connect(str(place.warehouse), read_only=True) as connection:
        yield Tables(connection)


@pytest.mark.parametrize("table", RESULT_TABLES, ids=lambda t: t.table)
def test_a_second_run_gives_the_same_numbers(tables: Tables, again: Tables, table: type[Table]) -> None:
    key = ", ".join(f'"{k}"' for k in table.key)
    query = f"select * from {table.table} order by {key}"
    first, second = tables.rows(query), again.rows(query)
    assert len(first) > 0
    assert second == first


@pytest.mark.parametrize("table", RESULT_TABLES, ids=lambda t: t.table)
def test_no_key_is_there_twice(tables: Tables, table: type[Table]) -> None:
    """Else the order of two rows would be left to chance."""
    key = ", ".join(f'"{k}"' for k in table.key)
    assert tables.rows(f"select {key} from {table.table} group by {key} having count(*) > 1") == []
