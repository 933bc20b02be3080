"""The snapshot's files as raw tables."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sources.columns import Table
from sources.mlperf.declarations import Dataset, Result
from sources.tabular import read_csv

SNAPSHOT = Path(__file__).resolve().parent / "snapshot"

FILES: dict[str, type[Table]] = {
    "summary_results_v5_1_llm.csv": Result,
    "dataset_tokens.csv": Dataset,
}


def tables() -> dict[str, type[Table]]:
    """Raw table name -> the declaration of its rows."""
    return {record.table: record for record in FILES.values()}


def load(table: str) -> pd.DataFrame:
    """The validated rows of one raw table."""
    file, record = next((f, r) for f, r in FILES.items() if r.table == table)
    return read_csv(SNAPSHOT / file, record)
