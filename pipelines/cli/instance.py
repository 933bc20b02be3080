"""The Dagster instance of this stackgraph: where its state lies, and its settings."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pipelines.home import AS_OF, ENVIRONMENT, OVERLAY, REPOSITORY, VINTAGES, Home, home


def settle() -> None:
    """Where a run keeps its files: a state of the past, and one with your own facts, have folders of their own.

    They share the store of vintages. Called once, before a run.
    """
    public = place = home()
    vintages = public.vintages
    if given := os.environ.get(OVERLAY):
        place = place.of_overlay(Path(given))
    if day := os.environ.get(AS_OF):
        place = place.of_day(day)
    begin_as(place, public)
    os.environ.update({ENVIRONMENT: str(place.root), VINTAGES: str(vintages)})


def begin_as(place: Home, public: Home) -> None:
    """Let a state that has no warehouse yet start from the public one: what it has in common is not made again."""
    if place.warehouse.exists() or not public.warehouse.exists():
        return
    import duckdb

    place.root.mkdir(parents=True, exist_ok=True)
    draft = place.warehouse.with_suffix(".draft")
    try:
        with duckdb.connect(str(public.warehouse), read_only=True):  # nobody writes it meanwhile
            shutil.copyfile(public.warehouse, draft)
    except duckdb.Error:  # a run is writing it, or it is broken: then everything is made
        return
    draft.replace(place.warehouse)


def prepare() -> dict[str, str]:
    """Make the instance's folder, set the variables that Dagster and dagster.yaml read, and return them.

    Dagster takes its settings from its home and leaves files there, so the home is the state's folder, and the repository's
    dagster.yaml is linked into it.
    """
    place = home()
    place.dagster.mkdir(parents=True, exist_ok=True)
    settings, ours = place.dagster / "dagster.yaml", REPOSITORY / "dagster.yaml"
    if not settings.is_symlink() or settings.readlink() != ours:
        settings.unlink(missing_ok=True)
        settings.symlink_to(ours)
    variables = {
        "DAGSTER_HOME": str(place.dagster),
        "STACKGRAPH_DAGSTER": str(place.dagster),
        ENVIRONMENT: str(place.root),
        VINTAGES: str(place.vintages),
    }
    os.environ.update(variables)
    return variables
