"""From requests for a connection to the grid to the statistics of their queue, by region.

The statistics are computed from one row a request, in columns: a queue may have a million of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from sources import records as r
from sources.tabular import frame_of

GROUPS = ("solar", "wind", "storage", "natural_gas", "hybrid", "other")
"""What capacity is told apart by. Hybrid: technologies at one place whose share of its capacity the publisher does not give.
Other: anything else, and what the publisher does not say or nobody has declared yet, so that the groups sum to the total."""
DAYS_PER_MONTH = 365.25 / 12
RECENT_YEARS = 10
LEAST = 10
"""Requests that a median and quartiles need at the least: of fewer they say nothing about the queue."""

_NOTES = {
    "active_projects": "count of active requests",
    "active_total": "sum over active requests, nameplate and not accredited",
    "wait_of_active_projects": "median and quartiles of the months since the request, over active requests",
    "withdrawal_rate_by_projects": "withdrawn requests, of all that the publisher lists",
    "time_to_operation": f"median and quartiles, from request to operation, of what began to operate in the last {RECENT_YEARS} years",
}


def queue_entry(
    requests: pd.DataFrame, components: pd.DataFrame, as_of: str, source_id: str, notes: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Rows of core.queue_entry.

    Parameters
    ----------
    requests : region, state ('active', 'withdrawn', 'operational', or anything else), asked and operating (datetime64),
        source_file, source_line; one row a request
    components : region, state, group (one of GROUPS), mw; one row for each technology of a request
    as_of : ISO date at which the queue stood so
    notes : region -> what is peculiar to its figures

    Returns
    -------
    DataFrame
        GW, counts, fractions and months (the metrics' names and units are those of the curated rows). What a publisher's
        columns do not tell has no row; an empty queue has none at all.
    """
    if requests.empty:
        return frame_of([], r.QueueEntryRow)
    active = requests[requests["state"] == "active"]
    since = pd.Timestamp(as_of) - pd.DateOffset(years=RECENT_YEARS)
    done = requests[(requests["state"] == "operational") & requests["operating"].between(since, pd.Timestamp(as_of))]
    is_withdrawn = (requests["state"] == "withdrawn").groupby(requests["region"]).mean()
    found = pd.concat(
        [
            _exact(active.groupby("region").size(), "active_projects", "count"),
            *_capacities(components[components["state"] == "active"]),
            _exact(is_withdrawn, "withdrawal_rate_by_projects", "fraction"),
            _quartiles(active["region"], pd.Timestamp(as_of) - active["asked"], "wait_of_active_projects"),
            _quartiles(done["region"], done["operating"] - done["asked"], "time_to_operation"),
        ],
        ignore_index=True,
    )
    return _cited(found, requests, as_of, source_id, notes or {})


def _capacities(components: pd.DataFrame) -> list[pd.DataFrame]:
    """Active capacity in GW, in total and by group. A negative MW is a change of an existing plant and adds nothing."""
    gw = components["mw"].clip(lower=0) / 1000
    total = gw.groupby(components["region"]).sum()
    by_group = gw.groupby([components["group"], components["region"]]).sum()
    parts = [_exact(by_group.xs(group), f"active_{group}", "GW") for group in GROUPS if group in by_group.index.get_level_values(0)]
    return [_exact(total, "active_total", "GW"), *parts]


def _exact(values: pd.Series, metric: str, unit: str) -> pd.DataFrame:
    """Figures without a range, from a series by region."""
    return _rows(values, values, values, metric, unit)


def _quartiles(region: pd.Series, waited: pd.Series, metric: str) -> pd.DataFrame:
    """Quartiles of time spans in months, for regions with enough of them. A span below zero is an error of the publisher's dates."""
    months = waited.dt.total_seconds() / (86_400 * DAYS_PER_MONTH)
    months = months[months >= 0]
    by_region = months.groupby(region.loc[months.index])
    many = by_region.size() >= LEAST
    low, central, high = (by_region.quantile(q)[many] for q in (0.25, 0.5, 0.75))
    return _rows(low, central, high, metric, "months")


def _rows(low: pd.Series, central: pd.Series, high: pd.Series, metric: str, unit: str) -> pd.DataFrame:
    bounds = {name: values.astype(float).round(6).to_numpy() for name, values in (("low", low), ("central", central), ("high", high))}
    return pd.DataFrame({"region": central.index.astype("str"), "metric": metric, **bounds, "unit": unit})


def _cited(found: pd.DataFrame, requests: pd.DataFrame, as_of: str, source_id: str, notes: Mapping[str, str]) -> pd.DataFrame:
    """The figures with their evidence; the place of each is its region's first request."""
    first = requests.drop_duplicates("region").set_index("region")
    count = requests.groupby("region").size()
    note = found["metric"].map(_NOTES).fillna(_NOTES["active_total"])
    peculiar = found["region"].map(notes)
    evidence: dict[str, Any] = {
        "as_of": as_of,
        "source_id": source_id,
        "locator": "all " + found["region"].map(count).astype("str") + " requests of " + found["region"],
        "grade": "primary",
        "status": "current",
        "note": note.where(peculiar.isna(), note + "; " + peculiar.fillna("")),
        "source_file": found["region"].map(first["source_file"]),
        "source_line": found["region"].map(first["source_line"]),
    }
    return found.assign(**evidence)[frame_of([], r.QueueEntryRow).columns]
