"""Snapshots of live sources: small, read back as they were written, and only where the terms allow one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sources.frames import rows_of
from sources.registry import SourceFolder, folders, to_csv
from sources.tabular import read_csv

LIVE = [source for source in folders() if source.connector is not None]
SHIPPED = [source for source in LIVE if source.is_shipped]
FILES = [path for source in LIVE for path in sorted((source.folder / "snapshot").glob("*"))]
LARGEST = 250_000
NOT_FOR_TRADE = re.compile(r"\bNC\b|non-?commercial", re.IGNORECASE)


@pytest.mark.parametrize("source", SHIPPED, ids=lambda source: source.id)
def test_what_is_written_is_read_again(source: SourceFolder, tmp_path: Path) -> None:
    for name, record in source.tables.items():
        rows, path = source.load(name), tmp_path / f"{name}.csv"
        path.write_bytes(to_csv(rows, record))
        columns = list(record.model_fields)
        assert rows_of(read_csv(path, record)[columns]) == rows_of(rows[columns])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_snapshot_is_small_and_belongs_to_a_raw_table(path: Path) -> None:
    assert path.stat().st_size < LARGEST
    (source,) = [source for source in LIVE if source.folder == path.parents[1]]
    assert path.suffix == ".csv"
    assert path.stem in source.tables


@pytest.mark.parametrize("source", [s for s in SHIPPED if (s.folder / "snapshot").is_dir()], ids=lambda source: source.id)
def test_a_shipped_source_ships_all_its_tables(source: SourceFolder) -> None:
    assert {path.stem for path in (source.folder / "snapshot").glob("*.csv")} == set(source.tables)


@pytest.mark.parametrize("source", LIVE, ids=lambda source: source.id)
def test_what_is_not_free_for_trade_is_not_shipped(source: SourceFolder) -> None:
    if NOT_FOR_TRADE.search(source.declaration.licence):
        assert not source.is_shipped
        assert not (source.folder / "snapshot").exists()


@pytest.mark.parametrize("source", LIVE, ids=lambda source: source.id)
def test_what_is_not_shipped_says_why(source: SourceFolder) -> None:
    assert bool(source.declaration.unshipped) == (not source.is_shipped)


def test_there_is_a_source_whose_terms_forbid_a_snapshot() -> None:
    assert "eto" in {source.id for source in LIVE if NOT_FOR_TRADE.search(source.declaration.licence)}
