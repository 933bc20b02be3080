"""Regions where power has a price, and what is known of each: its contracts, its wait for the grid, its cost of building.

A region that has a reference site stands for it and takes its figures. Of any other the tariff alone is published, mostly. Its
wait is then the nearest one measured, with a range that holds everything measured around it:

1. published for loads of the region itself
2. in the United States: the time to operation of what generators its grid connected last, the only wait measured grid by grid.
   Loads queue apart from generators, behind the same lines: the range holds the country's figures for loads too
3. in Europe: the continent's figure for loads, up to the worst that is published of its hubs
4. elsewhere: the world's reference wait, within the widest range known anywhere

Building costs the average of the United States, within the widest range known, where nothing is published. What was put in so is
named in `Region.missing`; nothing is left out and nothing is nought.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from graph.cost.figures import Figures
from graph.cost.places import BUILDING, DELAY, GRID, PRICED_IN, WAIT, Place, contracts_at
from sources.frames import records_of, rows_of
from sources.records import Site

TARIFF = ".tariff"
STATE = "us_"
GRIDS: Mapping[str, tuple[str, ...]] = {
    "ERCOT": ("texas",),
    "CAISO": ("california",),
    "NYISO": ("new_york",),
    "ISO-NE": ("connecticut", "maine", "massachusetts", "new_hampshire", "rhode_island", "vermont"),
    "PJM": (
        "delaware", "district_of_columbia", "illinois", "maryland", "new_jersey", "ohio", "pennsylvania", "virginia", "west_virginia",
    ),
    "MISO": ("arkansas", "indiana", "iowa", "louisiana", "michigan", "minnesota", "missouri", "north_dakota", "wisconsin"),
    "SPP": ("kansas", "nebraska", "oklahoma", "south_dakota"),
    "Southeast (non-ISO)": ("alabama", "florida", "georgia", "kentucky", "mississippi", "north_carolina", "south_carolina", "tennessee"),
    "West (non-ISO)": ("arizona", "colorado", "idaho", "montana", "nevada", "new_mexico", "oregon", "utah", "washington", "wyoming"),
}  # fmt: skip
"""Queue region -> states most of whose load it serves."""
APART = ("us_alaska", "us_hawaii")
"""Their grids are their own: no queue of them is measured, and the prices of contracts elsewhere in the country are not theirs."""
INSIDE = {"SOCO": "Southeast (non-ISO)", "TVA": "Southeast (non-ISO)"}
"""Grid operator with a tariff -> the region its queue is counted in."""
EUROPE = (
    "cyprus", "denmark", "european_union", "finland", "france", "germany", "ireland", "netherlands", "nordics", "norway", "sweden",
    "united_kingdom",
)  # fmt: skip
GROUPS = ("us", "european_union", "nordics")
OF_LOADS, OF_GENERATORS = "load_connection_time", "time_to_operation"
OF_EUROPE = ("Europe", "Frankfurt, London, Amsterdam, Paris, Dublin")
MONTHS = {"months": 1.0, "years": 12.0}
SITE, LOADS, GENERATORS, AROUND, NOWHERE = "reference site", "loads", "generators", "loads around it", "not known"
"""What a wait rests on."""


@dataclass(frozen=True)
class Region:
    """A region with a tariff.

    kind : 'state' of the USA, 'grid' operator, 'country' or 'group' of these
    site_id : its reference site, or None; entity : whose figures its wait and its cost of building are
    wait_basis : one of the five above; wait_rests_on : the figures behind it
    missing : what is not published of it, for which the widest range known stands in
    """

    region: str
    kind: str
    site_id: str | None
    entity: str
    is_priced: bool
    wait_basis: str
    wait_rests_on: tuple[str, ...]
    missing: tuple[str, ...]

    def places(self, figures: Figures) -> list[Place]:
        """It with every power contract to be had there."""
        return contracts_at(Place(self.site_id or self.region, self.region, GRID, 0.0, self.entity), self.is_priced, figures)


@dataclass(frozen=True)
class Wait:
    """Months until a load has power: a range, what it rests on, how well it is known."""

    low: float
    central: float
    high: float
    grade: str
    basis: str
    rests_on: tuple[str, ...]


def regions(core: Mapping[str, pd.DataFrame], figures: Figures) -> tuple[list[Region], Figures]:
    """Every region with a current tariff; and the figures with those put in where a region has none of its own.

    Parameters
    ----------
    core : the core tables parameter, site and queue_entry by name
    """
    rows = core["parameter"]
    known = rows[
        (rows["parameter"] == TARIFF.removeprefix(".")) & (rows["status"] == "current") & rows["entity_id"].str.startswith("region:")
    ]
    sites: dict[str, Site] = {}
    for site in records_of(core["site"][core["site"]["status"] == "reference"], Site):
        if site.region is not None:
            sites.setdefault(site.region, site)
    building = rows[(rows["parameter"] == BUILDING) & (rows["status"] == "current")]
    ratios = [figures.bounds(f"{entity}.{BUILDING}") for entity in building["entity_id"]]
    widest = (float(min(r[0] for r in ratios)), 1.0, float(max(r[2] for r in ratios)))
    waits = _Waits(core, figures)
    found: list[Region] = []
    more: dict[str, tuple[float, float, float, str]] = {}
    for entity in sorted(known["entity_id"]):
        region = entity.removeprefix("region:")
        is_priced = _is_american(region) and region not in APART
        if region in sites:
            of_site = f"site:{sites[region].site_id}"
            found.append(
                Region(region, _kind(region), sites[region].site_id, of_site, sites[region].country == PRICED_IN, SITE, (f"{of_site}.{WAIT}",), ())
            )  # fmt: skip
            continue
        wait, missing = waits.of(region), []
        more[f"{entity}.{WAIT}"] = (wait.low, wait.central, wait.high, wait.grade)
        if wait.basis != LOADS:
            missing.append("wait of loads")
        if f"{entity}.{BUILDING}" not in figures:
            more[f"{entity}.{BUILDING}"] = (*widest, "estimate")
            missing.append("cost of building")
        found.append(Region(region, _kind(region), None, entity, is_priced, wait.basis, wait.rests_on, tuple(missing)))
    return found, figures.with_more(more)


def _is_american(region: str) -> bool:
    return region == "us" or region.startswith(STATE) or _is_grid(region)


def _is_grid(region: str) -> bool:
    return region in GRIDS or region in INSIDE


def _kind(region: str) -> str:
    return "group" if region in GROUPS else "state" if region.startswith(STATE) else "grid" if _is_grid(region) else "country"


class _Waits:
    """The waits that are measured anywhere, and of them that of a region."""

    def __init__(self, core: Mapping[str, pd.DataFrame], figures: Figures) -> None:
        queue = core["queue_entry"]
        kept = queue[
            (queue["status"] == "current") & queue["metric"].str.startswith((OF_LOADS, OF_GENERATORS)) & queue["unit"].isin(MONTHS)
        ]
        self._rows = [dict(row) for row in rows_of(kept.sort_values("as_of", ascending=False))]
        sites = [f"site:{s}.{WAIT}" for s in core["site"].loc[core["site"]["status"] == "reference", "site_id"]]
        self._sites = [(name, figures.bounds(name)) for name in sites if name in figures]
        self._reference = figures.bounds(DELAY)
        self._reference_grade = figures.grade(DELAY)

    def of(self, region: str) -> Wait:
        """See the module for the order of choice."""
        if own := self._measured([_titled(region)], OF_LOADS):
            return _spanning(own, own, LOADS)
        if region in EUROPE and (around := self._measured(OF_EUROPE, OF_LOADS)):
            return _spanning(around, around, AROUND)
        if _is_american(region):
            loads = self._measured(["US"], OF_LOADS)
            generators = self._measured([grid] if (grid := _grid_of(region)) else [], OF_GENERATORS)
            if generators or loads:
                basis = GENERATORS if generators else LOADS if region == "us" else AROUND
                return self._within(generators or loads, generators + loads, basis)
        everything = self._measured(None, OF_LOADS)
        ends = [(row["low"], row["high"]) for row in everything] + [(low, high) for _, (low, _, high) in self._sites]
        low, high = min((self._reference[0], *(low for low, _ in ends))), max((self._reference[2], *(high for _, high in ends)))
        return Wait(float(low), float(self._reference[1]), float(high), "estimate", NOWHERE, (DELAY,))

    def _measured(self, names: Sequence[str] | None, metric: str) -> list[dict[str, Any]]:
        """Rows of the queues of some regions, the newest first; every region's where none is named. In months."""
        found = []
        order = list(names) if names is not None else None
        for row in self._rows:
            if str(row["metric"]).startswith(metric) and (order is None or row["region"] in order):
                found.append({**row, **{end: float(row[end]) * MONTHS[row["unit"]] for end in ("low", "central", "high")}})
        return found if order is None else sorted(found, key=lambda row: (row["metric"] != metric, order.index(row["region"])))

    def _within(self, best: list[dict[str, Any]], all_of_it: list[dict[str, Any]], basis: str) -> Wait:
        """As `_spanning`, and not narrower than the reference wait, which is of loads in the United States."""
        found = _spanning(best, all_of_it, basis)
        low, high = min(found.low, self._reference[0]), max(found.high, self._reference[2])
        return Wait(float(low), found.central, float(high), found.grade, basis, (*found.rests_on, DELAY))


def _spanning(best: list[dict[str, Any]], all_of_it: list[dict[str, Any]], basis: str) -> Wait:
    """The first one's central value, the range of all."""
    low, high = (float(end([row[which] for row in all_of_it])) for end, which in ((np.min, "low"), (np.max, "high")))
    first = best[0]
    grade = str(first["grade"]) if basis == LOADS else "estimate"  # what is measured elsewhere, or of generators, is a judgement here
    return Wait(low, first["central"], high, grade, basis, tuple(dict.fromkeys(f"queue:{row['queue_id']}" for row in all_of_it)))


def _grid_of(region: str) -> str | None:
    """The region in whose queue a state or grid operator is counted."""
    if region in GRIDS:
        return region
    state = region.removeprefix(STATE)
    return INSIDE.get(region) or next((grid for grid, states in GRIDS.items() if state in states), None)


def _titled(region: str) -> str:
    """'united_kingdom' -> 'United Kingdom', as queues name it."""
    return region.replace("_", " ").title()
