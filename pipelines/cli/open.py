"""The published version, for commands that read it."""

from __future__ import annotations

import os
import shlex
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
    place, day = home(), os.environ.get(AS_OF)
    if overlay := os.environ.get(OVERLAY):
        place = place.of_overlay(Path(overlay))
        if day is None and not place.published.exists():
            raise Failed(f"nothing was made with {overlay} yet: run `stackgraph run --overlay {shlex.quote(overlay)}` first")
    return place.published if day is None else of_day(place, day)


def of_day(place: Home, day: str) -> Path:
    """The state of a past day: rebuilt from its vintages, else the last version published by its end."""
    rebuilt = place.of_day(day).published
    if rebuilt.exists():
        return rebuilt
    earlier = [path for path in versions(place.published_folder) if version_of(path)[:8] <= day.replace("-", "")]
    if earlier:
        return earlier[-1]
    from pipelines import state

    if why := state.too_early(day):
        raise Failed(f"nothing was published by {day}, and {why}")
    options = f"--as-of {day}{f' --overlay {shlex.quote(overlay)}' if (overlay := os.environ.get(OVERLAY)) else ''}"
    raise Failed(f"nothing was published by {day}: run `stackgraph run {options}` to rebuild that state from its vintages")
