"""The Dagster instance of this stackgraph: where its state lies, and its settings."""

from __future__ import annotations

import os

from pipelines.home import ENVIRONMENT, REPOSITORY, home


def prepare() -> dict[str, str]:
    """Make the instance's folder, set the variables that Dagster and dagster.yaml read, and return them."""
    place = home()
    place.dagster.mkdir(parents=True, exist_ok=True)
    settings = place.dagster / "dagster.yaml"
    if not settings.is_symlink() or settings.resolve() != (REPOSITORY / "dagster.yaml").resolve():
        settings.unlink(missing_ok=True)
        settings.symlink_to(REPOSITORY / "dagster.yaml")
    variables = {"DAGSTER_HOME": str(place.dagster), "STACKGRAPH_DAGSTER": str(place.dagster), ENVIRONMENT: str(place.root)}
    os.environ.update(variables)
    return variables
