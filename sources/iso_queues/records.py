"""From the queues' rows to the statistics of each queue.

Only requests for generation and storage count: new lines, and loads among them, are left out. A word for a plant has to
be known where the request is active, since it is then part of a sum; on old withdrawn requests it may be anything.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sources import mapping, queues
from sources import records as r
from sources.columns import Table
from sources.connector import Map, Reading
from sources.iso_queues.declarations import DATA_CENTRES, IN_SERVICE, Miso, Nyiso, NyisoLoad, Spp, StatusWord, Technology
from sources.tabular import frame_of

HERE = Path(__file__).resolve().parent
SOURCE = "iso_queues"
NOTES = {
    "MISO": "active by MISO's word: requests with a signed agreement are not among them; the larger of summer and winter MW",
    "SPP": "active: listed, and neither operating, suspended, withdrawn nor terminated; signed agreements are among them",
    "NYISO": "active: on the active sheets, signed agreements among them; the larger of summer and winter MW",
}


def queue_entry(reading: Reading) -> pd.DataFrame:
    """Rows of core.queue_entry of the three regions, and of NYISO's loads."""
    requests = pd.concat([_miso(reading[Miso.table]), _spp(reading[Spp.table]), _nyiso(reading[Nyiso.table])], ignore_index=True)
    generation = queues.queue_entry(requests, requests, reading.retrieved_at, SOURCE, NOTES)
    loads = _loads(reading[NyisoLoad.table], reading.retrieved_at)
    return pd.concat([frame for frame in (generation, loads) if len(frame)] or [generation], ignore_index=True)


def _miso(rows: pd.DataFrame) -> pd.DataFrame:
    rows, state = _states(rows, "application_status", Miso, "miso_status.csv")
    state = state.mask((state == "active") & (rows["post_gia_status"] == IN_SERVICE), "operational")
    return _requests(rows, "MISO", state, Miso, {"fuel": "miso_fuel.csv"}, "queue_date", ("summer_mw", "winter_mw"))


def _spp(rows: pd.DataFrame) -> pd.DataFrame:
    rows, state = _states(rows, "status", Spp, "spp_status.csv")
    state = state.mask(rows["status"].isna(), "active")
    words = {"generation": "spp_generation.csv", "fuel": "spp_fuel.csv"}
    return _requests(rows, "SPP", state, Spp, words, "received", ("capacity_mw",), "commercial_operation")


def _nyiso(rows: pd.DataFrame) -> pd.DataFrame:
    rows, state = _states(rows, "status", Nyiso, "nyiso_status.csv")
    state = state.mask(rows["status"].isna(), "active")
    state = state.mask(rows["sheet"].astype("str").str.endswith("Withdrawn"), "withdrawn").mask(rows["sheet"] == IN_SERVICE, "operational")
    return _requests(rows, "NYISO", state, Nyiso, {"type_fuel": "nyiso_type.csv"}, "requested", ("summer_mw", "winter_mw"))


def _states(rows: pd.DataFrame, column: str, record: type[Table], file: str) -> tuple[pd.DataFrame, pd.Series]:
    """The rows whose status is known, and what it means."""
    known = mapping.meanings(HERE / file, StatusWord)
    rows = mapping.check_known(rows, column, record, known, HERE / file)
    return rows, rows[column].map(known).astype(object)


def _requests(
    rows: pd.DataFrame,
    region: str,
    state: pd.Series,
    record: type[Table],
    words: dict[str, str],
    asked: str,
    capacity: tuple[str, ...],
    operating: str | None = None,
) -> pd.DataFrame:
    """Rows in the form that `sources.queues` computes on.

    words : column -> mapping file of its words; the later column is asked where the first is empty or says 'by_fuel'
    asked, operating : columns of dates; capacity : columns of MW, of which the largest counts
    """
    group = pd.Series(None, index=rows.index, dtype=object)
    is_open = pd.Series(True, index=rows.index)
    is_generation = pd.Series(True, index=rows.index)
    for column, file in words.items():
        known = mapping.meanings(HERE / file, Technology)
        mapping.check_known(rows[is_open & (state == "active")], column, record, known, HERE / file)
        said = rows[column].where(is_open)
        group = group.where(~said.isin(known), said.map(known).astype(object))
        is_generation &= ~said.isin([word for word, meaning in known.items() if meaning is None])
        is_open &= said.isna() | (group == "by_fuel")
    gas_or_unknown = {"by_fuel": "natural_gas", None: "other"}  # thermal plants without a fuel: nearly all of SPP's burn gas
    found = pd.DataFrame(
        {
            "region": region,
            "state": state,
            "group": group.where(group.notna() & (group != "by_fuel"), group.map(gas_or_unknown).fillna("other")),
            "mw": rows[list(capacity)].astype(float).max(axis=1),
            "asked": pd.to_datetime(rows[asked], format="%Y-%m-%d"),
            "operating": pd.to_datetime(rows[operating] if operating else pd.Series(pd.NaT, index=rows.index), format="%Y-%m-%d"),
            "source_file": rows["source_file"],
            "source_line": rows["source_line"],
        }
    )
    return found[is_generation]


def _loads(rows: pd.DataFrame, as_of: str) -> pd.DataFrame:
    """Waiting loads of NYISO, and the part of them that is data centres, by the operator's own code."""
    known = mapping.meanings(HERE / "nyiso_status.csv", StatusWord)
    rows = mapping.check_known(rows, "status", NyisoLoad, known, HERE / "nyiso_status.csv")
    waiting = rows[rows["status"].isna() | (rows["status"].map(known) == "active")]
    mw = waiting["peak_mw"].astype(float)
    if not mw.sum() > 0:
        return frame_of([], r.QueueEntryRow)
    figures = pd.DataFrame(
        {
            "metric": ["large_load_queue", "large_load_projects", "large_load_data_centre_share"],
            "central": [mw.sum() / 1000, float(len(waiting)), mw[waiting["end_use"].isin(DATA_CENTRES)].sum() / mw.sum()],
            "unit": ["GW", "count", "fraction"],
            "note": ["peak of the loads that wait", "loads that wait", "of their MW, by NYISO's codes; loads without a code count as none"],
        }
    )
    evidence = {"as_of": as_of, "source_id": SOURCE, "locator": "sheet Load Projects", "grade": "primary", "status": "current"}
    place = {"source_file": waiting["source_file"].iloc[0], "source_line": waiting["source_line"].iloc[0]}
    rows_of_loads = figures.assign(region="NYISO", low=figures["central"], high=figures["central"], **evidence, **place)
    return rows_of_loads[frame_of([], r.QueueEntryRow).columns]


MAPS: dict[str, Map] = {"queue_entry": queue_entry}
