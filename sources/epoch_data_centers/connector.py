"""Fetch and parse Epoch's data centers: the table of sites, their timelines, and two catalogues of cooling products."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from sources.columns import Table
from sources.connector import Files, Get, payload
from sources.epoch_data_centers.declarations import Chiller, CoolingTower, DataCenter, Timeline
from sources.tabular import parse_csv

BASE = "https://epoch.ai/data/data_centers"
SOURCE = "epoch_data_centers"

TABLES: dict[str, type[Table]] = {record.table: record for record in (DataCenter, Timeline, Chiller, CoolingTower)}
FILES = {
    DataCenter.table: "data_centers.csv",
    Timeline.table: "data_center_timelines.csv",
    Chiller.table: "data_center_chillers.csv",
    CoolingTower.table: "data_center_cooling_towers.csv",
}

IGNORED = {
    DataCenter.table: {
        "Sentinel satellite timelapse",  # a link to pictures
        "Notes", "Selected Sources", "Selected sources", "Calculations sheet",  # prose and links, for readers of Epoch's page
        "Current chip types", "All chip types",  # names without amounts; the list of clusters has both
    },
    Timeline.table: {
        "Construction status",  # prose
        "Annual operating cost (2025 USD billions)",  # follows from power and a price of Epoch's choice
    },
    Chiller.table: {"Source", "Link", "Spot check", "Notes"},  # where Epoch read the product
    CoolingTower.table: {"Source", "Link", "Spot check", "Notes"},
}  # fmt: skip

RENAMED = {DataCenter.table: {"Handle": "Name"}}
"""Headings of the edition of 2025."""
MAY_LACK = {
    DataCenter.table: {"Title", "Country", "Latitude", "Longitude"},
    Timeline.table: {"IT power (MW)", "Building area (square feet)", "Site area (square feet)"},
}
"""Columns that only one of the two known editions has."""


def fetch(get: Get) -> None:
    """The four files, one after the other; the archive of the same files would be fetched whole for each change."""
    for name in FILES.values():
        get(name, f"{BASE}/{name}")


def parse(files: Files) -> dict[str, pd.DataFrame]:
    """Every row of the four files, except a chiller without model and capacity: the empty line below the catalogue."""
    frames = {}
    for table, name in FILES.items():
        where = f"{SOURCE}/{name}"
        frames[table] = parse_csv(
            payload(files, name, where), TABLES[table], where, ignored=IGNORED[table], may_lack=MAY_LACK.get(table, ()),
            renamed=RENAMED.get(table), keep=_is_product if table == Chiller.table else None,
        )  # fmt: skip
    return frames


def _is_product(cells: Mapping[str, Any]) -> bool:
    return any(cells.get(heading) is not None for heading in ("Model", "Manufacturer", "Cooling capacity (kW)"))
