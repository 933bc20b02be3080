"""The snapshot's files as raw tables."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sources.columns import Table
from sources.epoch_data_centers.declarations import Chiller, CoolingTower, DataCenter, Timeline
from sources.tabular import read_csv

SNAPSHOT = Path(__file__).resolve().parent / "snapshot"

FILES: dict[str, type[Table]] = {
    "data_centers.csv": DataCenter,
    "data_center_timelines.csv": Timeline,
    "data_center_chillers.csv": Chiller,
    "data_center_cooling_towers.csv": CoolingTower,
}


def tables() -> dict[str, type[Table]]:
    """Raw table name -> the declaration of its rows."""
    return {record.table: record for record in FILES.values()}


def load(table: str) -> pd.DataFrame:
    """The validated rows of one raw table."""
    file, record = next((f, r) for f, r in FILES.items() if r.table == table)
    return read_csv(SNAPSHOT / file, record)
