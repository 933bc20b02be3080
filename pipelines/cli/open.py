"""The published version, for commands that read it."""

from __future__ import annotations

import os
from pathlib import Path

from pipelines.cli.errors import Failed
from pipelines.home import AS_OF, OVERLAY, Home, home
from pipelines.publish import version_of, versions
from pipelines.stack import NothingPublished, Stack


def published() -> Stack:
    """The newest published version, or the one asked for; a message that says how to make one where there is none."""
    import duckdb

    try:
        return Stack.load(asked_for())
    except NothingPublished as error:
        raise Failed(str(error)) from None
    except duckdb.Error as error:
        raise Failed(f"the published file cannot be read; `stackgraph run` makes a new one. DuckDB says: {error}") from None


def asked_for() -> Path:
    """The published file that the options --as-of and --overlay name."""
    place = home()
    if overlay := os.environ.get(OVERLAY):
        place = place.of_overlay(Path(overlay))
        if not place.published.exists():
            raise Failed(f"nothing was made with {overlay} yet: run `stackgraph run --overlay {overlay}` first")
    day = os.environ.get(AS_OF)
    return place.published if day is None else of_day(place, day)


def of_day(place: Home, day: str) -> Path:
    """The state of a past day: rebuilt from its vintages, else the last version published by its end."""
    rebuilt = place.of_day(day).published
    if rebuilt.exists():
        return rebuilt
    earlier = [path for path in versions(place.published_folder) if version_of(path)[:8] <= day.replace("-", "")]
    if not earlier:
        raise Failed(f"nothing was published by {day}: run `stackgraph run --as-of {day}` to rebuild that state from its vintages")
    return earlier[-1]
