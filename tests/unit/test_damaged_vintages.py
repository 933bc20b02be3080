"""A stored vintage that is no longer as it was stored: passed over, named in true words, and written anew where that can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines import state
from pipelines.home import AS_OF, ENVIRONMENT
from sources import registry
from sources.reading import opened
from sources.registry import SourceFolder
from sources.vintages import MANIFEST, Status, Store, Vintage

NOW = datetime.now(UTC).replace(microsecond=0)
FILE = "yearly_full_release_long_format.csv"


@pytest.fixture
def ember() -> SourceFolder:
    return next(f for f in registry.folders() if f.id == "ember")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path))
    return state.store()


def fetched(source: SourceFolder, store: Store, days_ago: int, more: bytes = b"") -> Vintage:
    """A vintage as a refresh would have stored it so many days ago."""
    (name, record), *_ = source.tables.items()
    at = NOW - timedelta(days=days_ago)
    return store.add(source.id, {FILE: registry.to_csv(source.load(name), record) + more}, "live", at, at.date().isoformat())


def flip(vintage: Vintage) -> None:
    path = vintage.folder / FILE
    path.write_bytes(path.read_bytes().replace(b"TWh", b"TWx", 1))


def lose(vintage: Vintage) -> None:
    (vintage.folder / FILE).unlink()


def spoil_manifest(vintage: Vintage) -> None:
    path = vintage.folder / MANIFEST
    path.write_text(path.read_text(encoding="utf-8").replace(FILE, FILE.upper()), encoding="utf-8")


def lose_manifest(vintage: Vintage) -> None:
    (vintage.folder / MANIFEST).unlink()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (flip, f"{FILE} was altered since it was stored"),
        (lose, f"{FILE} was lost"),
        (spoil_manifest, f"{MANIFEST} was lost or damaged"),
        (lose_manifest, f"{MANIFEST} was lost or damaged"),
    ],
)
def test_a_damaged_vintage_is_named_with_the_one_in_use(
    ember: SourceFolder, store: Store, damage: Callable[[Vintage], None], told: str
) -> None:
    used, newest = fetched(ember, store, 9), fetched(ember, store, 2, b"\n")
    store.note("ember", Status(NOW.isoformat(), "unchanged", "", NOW.isoformat(), newest.sha256))
    assert state.freshness("ember", newest.retrieved_at, "yearly", newest.sha256) == "fresh"
    damage(newest)
    found = opened(ember, store, None)
    assert found.vintage == used
    assert found.damage.endswith(told)
    said = state.freshness("ember", used.retrieved_at, "yearly", used.sha256)
    assert said.startswith("a stored vintage of ember is damaged: ")
    assert said.endswith(f"{told}; the one of {used.retrieved_at} is in use; `stackgraph sources refresh ember` fetches it anew")
    assert told in state.freshness("ember", newest.retrieved_at, "yearly", newest.sha256), "published before it was damaged"


def test_what_was_fetched_since_the_last_run_makes_a_source_fresh_and_waits(ember: SourceFolder, store: Store) -> None:
    used, newest = fetched(ember, store, 9), fetched(ember, store, 2, b"\n")
    store.note("ember", Status(NOW.isoformat(), "unchanged", "", NOW.isoformat(), newest.sha256))
    assert state.freshness("ember", used.retrieved_at, "daily", used.sha256) == "fresh: a newer vintage waits for the next run"
    assert state.freshness("ember", newest.retrieved_at, "daily", newest.sha256) == "fresh"
    assert state.freshness("ember", None, "daily", None) == "fresh: a newer vintage waits for the next run", "the first one ever"


def test_a_good_check_of_an_older_vintage_makes_nothing_fresh(ember: SourceFolder, store: Store) -> None:
    older, used = fetched(ember, store, 11), fetched(ember, store, 9, b"\n")
    store.note("ember", Status(NOW.isoformat(), "unchanged", "", NOW.isoformat(), older.sha256))
    assert state.freshness("ember", used.retrieved_at, "daily", used.sha256) == "stale: 9 days old"


def test_a_vintage_that_cannot_be_used_does_not_wait(ember: SourceFolder, store: Store) -> None:
    used, newest = fetched(ember, store, 9), fetched(ember, store, 2, b"\n")
    good = Status(NOW.isoformat(), "new", "", NOW.isoformat(), newest.sha256)
    store.note("ember", replace(good, unreadable={newest.sha256: "a column is missing"}))
    assert state.freshness("ember", used.retrieved_at, "daily", used.sha256) == "stale: 9 days old"
    store.note("ember", good)
    flip(newest)
    assert "waits" not in state.freshness("ember", used.retrieved_at, "daily", used.sha256)


def test_ages_and_failures_are_those_of_the_day_asked_for(ember: SourceFolder, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    vintage = fetched(ember, store, 40)
    store.note("ember", Status(NOW.isoformat(), "failed", "no connection", None, None))
    assert "stale: 40 days old; last refresh failed" in state.freshness("ember", vintage.retrieved_at, "daily", vintage.sha256)
    monkeypatch.setenv(AS_OF, (NOW - timedelta(days=39)).date().isoformat())
    assert state.freshness("ember", vintage.retrieved_at, "daily", vintage.sha256) == "fresh"


def test_a_damaged_archive_of_what_is_shipped_is_written_anew(ember: SourceFolder, store: Store) -> None:
    first = registry.archive(ember, store, NOW)
    assert first is not None
    for spoil in (lambda: next(first.folder.glob("*.csv")).write_text("?"), lambda: (first.folder / registry.MARK).unlink()):
        spoil()
        assert registry.archive(ember, store, NOW) == first
        assert first.damage() == {}


def test_what_an_interrupted_refresh_left_is_no_vintage_and_is_removed_by_the_next(ember: SourceFolder, store: Store) -> None:
    whole = fetched(ember, store, 9)
    left = whole.folder.with_name(f".{whole.folder.name}.draft")
    whole.folder.rename(left)
    assert store.vintages("ember") == []
    fetched(ember, store, 2)
    assert not left.exists()
