"""The Dagster instance of this stackgraph: where its state lies, and its settings."""

from __future__ import annotations

import os
import shlex
import shutil
from contextlib import suppress
from pathlib import Path

from pipelines.home import AS_OF, ENVIRONMENT, OVERLAY, REPOSITORY, VINTAGES, Home, home
from pipelines.lost_runs import is_held


def settle() -> None:
    """Where a run keeps its files: a state of the past, and one with your own facts, have folders of their own.

    They share the store of vintages. Called once, before a run.
    """
    public = home()
    place, vintages = states(public)[-1], public.vintages
    begin_as(place, public)
    os.environ.update({ENVIRONMENT: str(place.root), VINTAGES: str(vintages)})


def states(public: Home) -> list[Home]:
    """The public state, that of the overlay where one was given, and that of the day where one was; the last is what a run makes."""
    found = [public]
    if given := os.environ.get(OVERLAY):
        found.append(found[-1].of_overlay(Path(given)))
    if day := os.environ.get(AS_OF):
        found.append(found[-1].of_day(day))
    return found


def discard(public: Home) -> None:
    """Delete what a run left of a state beside the public one that never was published; another run may be writing it, then it stays."""
    _, *beside = states(public)
    if beside and is_held(beside[-1]):
        return
    for place in reversed(beside):
        if not any(place.root.rglob(place.published.name)):
            shutil.rmtree(place.root, ignore_errors=True)
            with suppress(OSError):  # there are others
                place.root.parent.rmdir()


def label(public: Home) -> None:
    """Say in the folder of an overlay's state what it was made with, and that it may go."""
    if given := os.environ.get(OVERLAY):
        folder = Path(given).expanduser().resolve()
        text = (
            f"Made by `stackgraph run --overlay {shlex.quote(str(folder))}`: the public facts with those of that folder laid over them.\n"
            "Nothing else needs what is here: delete this folder when you have no more use for it. A run with that overlay makes it anew.\n"
        )
        (public.of_overlay(folder).root / "README.txt").write_text(text, encoding="utf-8")


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
