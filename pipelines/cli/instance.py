"""The Dagster instance of this stackgraph: its settings are the repository's dagster.yaml, its state lies in one folder."""

from __future__ import annotations

import os

from pipelines.home import ENVIRONMENT, REPOSITORY, home


def prepare() -> dict[str, str]:
    """Make the instance's folder, set the variables that Dagster and dagster.yaml read, and return them."""
    place = home()
    place.dagster.mkdir(parents=True, exist_ok=True)
    variables = {"DAGSTER_HOME": str(REPOSITORY), "STACKGRAPH_DAGSTER": str(place.dagster), ENVIRONMENT: str(place.root)}
    os.environ.update(variables)
    return variables
