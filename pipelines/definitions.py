"""The Dagster code location: all assets, one job over them, one schedule that is running from the start."""

from __future__ import annotations

import os

import dagster as dg

from pipelines.assets import (
    bill,
    cascade,
    chokepoints,
    core,
    frontier,
    harness,
    optimum,
    publish,
    published,
    raw,
    results,
    risk,
    sensitivity,
    sites,
    stress,
)
from pipelines.assets.tags import LIVE

ASSETS = [
    *raw.ASSETS,
    *core.ASSETS,
    *results.ASSETS,
    *bill.ASSETS,
    *sites.ASSETS,
    *frontier.ASSETS,
    *harness.ASSETS,
    *published.ASSETS,
    *risk.ASSETS,
    *chokepoints.ASSETS,
    *cascade.ASSETS,
    *stress.ASSETS,
    *sensitivity.ASSETS,
    *optimum.ASSETS,
    *publish.ASSETS,
]

everything = dg.define_asset_job(
    "everything",
    selection=dg.AssetSelection.all(),
    description="From the sources, refreshed where due, to the published file.",
    # In process: a step of its own process costs seconds of imports, a step in this one milliseconds.
    executor_def=dg.in_process_executor,
    # Each publisher is asked when its cadence says that there may be something new.
    tags={"cadence": "daily", LIVE: "due"},
)

daily = dg.ScheduleDefinition(
    name="daily",
    job=everything,
    cron_schedule=os.environ.get("STACKGRAPH_CRON", "15 5 * * *"),
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Asks the publishers whose data is due, makes what has changed, and publishes a new version where anything has.",
)

defs = dg.Definitions(assets=ASSETS, jobs=[everything], schedules=[daily], executor=dg.in_process_executor)
