"""Two files: the pipeline writes one, users read the other, and neither waits for the other."""

from __future__ import annotations

import threading
from pathlib import Path

import duckdb
import networkx as nx
import pandas as pd
import pytest

from pipelines import publish, warehouse
from pipelines.home import OVERLAY, Home
from sources.columns import NO_UNIT
from sources.records import Country
from tests.command import Tables

OLDEST_CLIENT = "v1.4"
COUNTRIES = [("TWN", "Taiwan"), ("USA", "United States"), ("NLD", "Netherlands"), ("JPN", "Japan")]
DESCRIBED = "schema_name || '.' || table_name, column_name"
COLUMNS = f"select {DESCRIBED}, data_type, comment from duckdb_columns() where not internal order by 1, 2"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty stackgraph."""
    return Home(tmp_path)


def release(home: Home, countries: int) -> Path:
    """Write a warehouse that knows so many countries, and publish it."""
    frame = pd.DataFrame(COUNTRIES[:countries], columns=["country", "name"]).assign(region="somewhere")
    with warehouse.connect(home.warehouse) as connection:
        warehouse.write(connection, Country, frame)
    return publish.publish(home, publish.new_version())


def count(connection: duckdb.DuckDBPyConnection) -> int:
    (number,) = connection.execute("select count(*) from core.country").fetchone() or (0,)
    return int(number)


def reader(home: Home) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(home.published.resolve()), read_only=True)


def test_a_reader_keeps_its_version_and_the_next_reader_gets_the_new_one(home: Home) -> None:
    release(home, 1)
    with reader(home) as early:
        assert count(early) == 1
        release(home, 2)
        assert count(early) == 1
        with reader(home) as late:
            assert count(late) == 2
        assert count(early) == 1


def test_a_reader_in_the_link_itself_does_not_stop_a_refresh(home: Home) -> None:
    release(home, 1)
    with duckdb.connect(str(home.published), read_only=True) as early:
        release(home, 3)
        assert count(early) == 1


def test_a_reader_keeps_reading_a_version_that_is_no_longer_kept(home: Home) -> None:
    oldest = release(home, 1)
    with reader(home) as early:
        for _ in range(publish.KEEP):
            release(home, 2)
        assert not oldest.exists()
        assert count(early) == 1


def test_the_link_is_never_missing_and_never_half_a_version(home: Home) -> None:
    release(home, 1)
    stop, seen, wrong = threading.Event(), set[str](), list[str]()

    def watch() -> None:
        while not stop.is_set():
            try:
                target = home.published.readlink()
                seen.add(target.name)
                with duckdb.connect(str(home.published), read_only=True) as connection:
                    if count(connection) not in (1, 2):
                        wrong.append(f"{target}: {count(connection)} countries")
            except (OSError, duckdb.Error) as error:
                wrong.append(repr(error))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for k in range(20):
            release(home, 1 + k % 2)
    finally:
        stop.set()
        watcher.join()
    assert wrong == []
    assert len(seen) > 1, "the watcher saw the link move"


def test_only_the_last_versions_are_kept(home: Home) -> None:
    made = [release(home, 1) for _ in range(publish.KEEP + 3)]
    assert publish.versions(home.published_folder) == made[-publish.KEEP :]
    assert home.published.resolve() == made[-1].resolve()


def test_of_a_state_beside_the_public_one_fewer_versions_are_kept(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OVERLAY, "own")
    made = [release(home, 1) for _ in range(4)]
    assert publish.versions(home.published_folder) == made[-publish.KEEP_BESIDE :]


def test_nothing_is_left_lying_about(home: Home) -> None:
    release(home, 1)
    release(home, 2)
    names = {path.name for path in home.published_folder.iterdir()}
    assert names == {home.published.name, *(path.name for path in publish.versions(home.published_folder))}


def test_what_an_interrupted_publication_left_is_removed_by_the_next(home: Home) -> None:
    release(home, 1)
    for name in (".stackgraph-20260101T000000000000Z.duckdb.draft", ".stackgraph-20260101T000000000000Z.duckdb.draft.wal"):
        (home.published_folder / name).write_bytes(b"half")
    release(home, 2)
    assert not list(home.published_folder.glob(".*"))


def test_a_publication_that_fails_leaves_no_draft(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publish, "_flush", full)
    with pytest.raises(OSError, match="No space left"):
        release(home, 1)
    assert list(home.published_folder.iterdir()) == []


def test_a_failed_write_tells_its_own_reason(home: Home) -> None:
    """DuckDB may have given up the transaction itself; that there is nothing to roll back is not the news."""

    class GivenUp:
        def execute(self, statement: str) -> None:
            if statement.startswith("create"):
                raise duckdb.IOException("No space left on device")
            if statement == "rollback":
                raise duckdb.TransactionException("no transaction is active")

    with pytest.raises(duckdb.IOException, match="No space left"):
        warehouse.write(GivenUp(), Country, pd.DataFrame([{"country": "TWN", "name": "Taiwan", "region": "Asia"}]))  # type: ignore[arg-type]


def test_versions_sort_by_age() -> None:
    made = [publish.new_version() for _ in range(50)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_a_version_is_a_file_that_nobody_writes(home: Home) -> None:
    version = release(home, 1)
    assert version.stat().st_mode & 0o222 == 0


def test_a_failed_write_leaves_the_table_as_it_was(home: Home) -> None:
    release(home, 2)
    with warehouse.connect(home.warehouse) as connection:
        with pytest.raises(duckdb.Error):
            warehouse.write(connection, Country, pd.DataFrame([{"country": None, "name": "Nowhere", "region": "-"}]))
        assert count(connection) == 2


def test_a_column_that_nobody_declared_is_not_written(home: Home) -> None:
    with warehouse.connect(home.warehouse) as connection, pytest.raises(ValueError, match=r"core\.country does not declare capital"):
        warehouse.write(connection, Country, pd.DataFrame([{"country": "TWN", "name": "Taiwan", "region": "Asia", "capital": "Taipei"}]))


def test_columns_are_filled_by_name_and_not_by_position(home: Home) -> None:
    with warehouse.connect(home.warehouse) as connection:
        warehouse.write(connection, Country, pd.DataFrame([{"region": "Asia", "name": "Taiwan", "country": "TWN"}]))
        assert connection.execute("select country, name, region from core.country").fetchall() == [("TWN", "Taiwan", "Asia")]


def test_the_published_file_is_read_only_and_the_newest(published: Home) -> None:
    assert published.published.is_symlink()
    assert published.published.resolve() == publish.versions(published.published_folder)[-1].resolve()
    assert published.published.resolve().stat().st_mode & 0o222 == 0


def test_clients_of_the_oldest_supported_version_can_open_it(tables: Tables) -> None:
    tags = tables.value("select tags from duckdb_databases() where not internal")
    assert str(tags["storage_version"]).startswith(OLDEST_CLIENT)
    assert publish.STORAGE_VERSION.startswith(OLDEST_CLIENT)


def test_every_schema_is_published(tables: Tables) -> None:
    found = set(tables.column("select distinct schema_name from duckdb_columns() where not internal"))
    assert found == set(warehouse.SCHEMAS)


def test_every_table_and_view_says_what_it_is(tables: Tables) -> None:
    silent = tables.rows(
        "select schema_name, table_name from duckdb_tables() where not internal and coalesce(comment, '') = '' union all "
        "select schema_name, view_name from duckdb_views() where not internal and coalesce(comment, '') = ''"
    )
    assert silent == []


def test_every_column_says_what_it_means_its_unit_and_where_it_comes_from(tables: Tables) -> None:
    said = {
        (t, c): (unit, text) for t, c, unit, text in tables.rows("select table_name, column_name, unit, description from meta.dictionary")
    }
    wrong = []
    for table, column, _, comment in tables.rows(COLUMNS):
        unit, text = said[table, column]
        expected = text if unit == NO_UNIT else f"{text} [{unit}]"
        meaning, _, origin = comment.rpartition("; source: ")
        if meaning != expected or not origin:
            wrong.append((table, column, comment, expected))
    assert wrong == []


def test_the_dictionary_has_what_the_file_has(tables: Tables) -> None:
    in_file = {(table, column, kind) for table, column, kind, _ in tables.rows(COLUMNS)}
    in_dictionary = set(tables.rows("select table_name, column_name, duckdb_type from meta.dictionary"))
    assert in_dictionary - in_file == set(), "described and not there"
    assert in_file - in_dictionary == set(), "there and not described"


def test_the_dictionary_gives_the_columns_in_their_order(tables: Tables) -> None:
    order = f"select {DESCRIBED}, column_index from duckdb_columns() where not internal order by all"
    assert tables.rows(order) == tables.rows("select table_name, column_name, position from meta.dictionary order by all")


def test_numbers_have_units(tables: Tables) -> None:
    """A number without a unit of its own stands beside a column that gives it, or counts, names or orders something."""
    bare = tables.rows(
        "select table_name, column_name from meta.dictionary where duckdb_type = 'DOUBLE' and unit = '-' and table_name not like 'raw.%' "
        "and table_name not in (select table_name from meta.dictionary where column_name = 'unit')"
    )
    assert bare == []


def test_the_file_names_the_run_that_made_it(published: Home, tables: Tables) -> None:
    version = tables.value("select version from meta.run")
    assert published.published.resolve().name == f"stackgraph-{version}.duckdb"


def test_the_graph_is_published_beside_the_file(published: Home, tables: Tables) -> None:
    graph = nx.read_graphml(published.graphml)
    assert graph.number_of_nodes() == tables.value("select count(*) from graph.node")
