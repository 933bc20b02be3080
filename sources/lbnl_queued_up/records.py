"""From the yearly data file to the statistics of each region's queue, as they stood at the end of the edition's year."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sources import mapping, queues
from sources.connector import Map, Reading
from sources.lbnl_queued_up.declarations import Edition, RegionWord, Request, StatusWord, Technology

HERE = Path(__file__).resolve().parent
SOURCE = "lbnl_queued_up"
NOTE = "active also with a signed agreement; storage of hybrids only where the file gives its MW, so less than in the report"


def queue_entry(reading: Reading) -> pd.DataFrame:
    """Rows of core.queue_entry by region. The United States as a whole stand in the report and are curated from it."""
    rows, edition = reading[Request.table], reading[Edition.table]
    state = mapping.meanings(HERE / "status.csv", StatusWord)
    region = mapping.meanings(HERE / "region.csv", RegionWord)
    for column, file, known in (("q_status", "status.csv", state), ("region", "region.csv", region)):
        rows = mapping.check_known(rows, column, Request, known, HERE / file)
    requests = pd.DataFrame(
        {
            "region": rows["region"].map(region),
            "state": rows["q_status"].map(state).astype(object),
            "asked": pd.to_datetime(rows["q_date"], format="%Y-%m-%d"),
            "operating": pd.to_datetime(rows["on_date"], format="%Y-%m-%d"),
            "source_file": rows["source_file"],
            "source_line": rows["source_line"],
        }
    )
    as_of = "" if edition.empty else f"{int(edition['through'].iloc[0])}-12-31"
    return queues.queue_entry(requests, _components(rows, requests), as_of, SOURCE, dict.fromkeys(requests["region"].unique(), NOTE))


def _components(rows: pd.DataFrame, requests: pd.DataFrame) -> pd.DataFrame:
    """Up to three technologies a request, below each other."""
    known = mapping.meanings(HERE / "technology.csv", Technology)
    parts = []
    for n in (1, 2, 3):
        mapping.check_known(rows, f"type_{n}", Request, known, HERE / "technology.csv")
        there = rows[rows[f"mw_{n}"].notna()]
        group = there[f"type_{n}"].map(known).astype(object).fillna("other")
        parts.append(requests.loc[there.index, ["region", "state"]].assign(group=group, mw=there[f"mw_{n}"].astype(float)))
    return pd.concat(parts, ignore_index=True)


MAPS: dict[str, Map] = {"queue_entry": queue_entry}
