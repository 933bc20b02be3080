"""The Dagster instance of this stackgraph: where its state lies, and its settings."""

from __future__ import annotations

import os

from pipelines.home import ENVIRONMENT, REPOSITORY, home


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
    variables = {"DAGSTER_HOME": str(place.dagster), "STACKGRAPH_DAGSTER": str(place.dagster), ENVIRONMENT: str(place.root)}
    os.environ.update(variables)
    return variables
