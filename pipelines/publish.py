"""The published file: a copy of the warehouse under a version of its own, and a link that is moved to it at once.

Readers open the link. A reader that has the old version open keeps it; the next one gets the new version; nobody
waits, and nobody ever sees half a version. The last versions are kept: they are the history.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from pipelines.home import Home, is_beside

KEEP = 10
"""Versions kept. At some 60 MB each they cost little and let ten days of changes be compared."""
KEEP_BESIDE = 2
"""Versions kept of a state beside the public one, of which there may be many: the newest, and the one before."""
STORAGE_VERSION = "v1.4.0"
"""Oldest DuckDB whose clients can open the published file."""


def publish(home: Home, version: str) -> Path:
    """Copy the warehouse to published/stackgraph-<version>.duckdb and move the link to it."""
    from pipelines.warehouse import connect, quote  # loads pandas, which those who read the published file do without

    folder = home.published_folder
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"stackgraph-{version}.duckdb"
    draft = folder / f".{target.name}.draft"
    remove_drafts(folder)
    try:
        with connect(home.warehouse) as connection:
            connection.execute(f"attach {quote(str(draft))} as published (storage_version {quote(STORAGE_VERSION)})")
            connection.execute(f"copy from database {home.warehouse.stem} to published")
            connection.execute("checkpoint published")
            connection.execute("detach published")
        _flush(draft)
    except BaseException:
        remove_drafts(folder)  # on a full disk its space is needed
        raise
    draft.chmod(0o444)
    draft.rename(target)
    point(home.published, target)
    prune(folder, keep=KEEP_BESIDE if is_beside() else KEEP)
    return target


def remove_drafts(folder: Path) -> None:
    """Delete what a publication left that was interrupted."""
    for left in folder.glob(".stackgraph-*.draft*"):
        left.unlink(missing_ok=True)


def new_version() -> str:
    """A version: the moment in UTC, so that versions sort by age."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")


def version_of(path: Path) -> str:
    """stackgraph-20261126T051500000000Z.duckdb -> 20261126T051500000000Z."""
    return path.stem.removeprefix("stackgraph-")


def point(link: Path, target: Path) -> None:
    """Make `link` point to `target`, at once: there is no moment without a link."""
    draft = link.with_name(f".{link.name}.draft")
    draft.unlink(missing_ok=True)
    draft.symlink_to(target.name)
    draft.replace(link)


def versions(folder: Path) -> list[Path]:
    """Published files, oldest first."""
    return sorted(folder.glob("stackgraph-*.duckdb"))


def prune(folder: Path, keep: int) -> None:
    """Delete all but the newest `keep` versions."""
    for old in versions(folder)[:-keep]:
        old.unlink()


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
