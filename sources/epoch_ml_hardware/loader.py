"""The snapshot's file as a raw table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sources.columns import Table
from sources.epoch_ml_hardware.declarations import Accelerator
from sources.tabular import read_csv

FILE = Path(__file__).resolve().parent / "snapshot" / "ml_hardware.csv"


def tables() -> dict[str, type[Table]]:
    """Raw table name -> the declaration of its rows."""
    return {Accelerator.table: Accelerator}


def load(table: str) -> pd.DataFrame:
    """The validated rows of one raw table."""
    return read_csv(FILE, tables()[table])
