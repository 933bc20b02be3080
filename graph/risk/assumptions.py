"""What the simulation assumes of our own tables where nobody publishes a figure: each a range, each an estimate.

`Bound` picks the end of every range at once: 'low' is the thin case (little stock, little on the way, fast wear and growth),
'high' the comfortable one. What rests on these is marked in the results.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import pandas as pd

Bound = Literal["low", "central", "high"]
BOUNDS: tuple[Bound, ...] = ("low", "central", "high")
Range = tuple[float, float, float]
DAYS_PER_YEAR = 365.0

TRANSIT_DAYS: Mapping[str, Range] = {
    "materials": (7, 30, 45),
    "equipment": (7, 30, 60),
    "foundry": (1, 4, 10),
    "memory": (1, 4, 10),
    "packaging": (2, 7, 21),
    "boards": (2, 7, 21),
    "networking": (2, 7, 21),
    "power": (7, 30, 60),
    "cooling": (7, 30, 60),
}
"""Days goods of a layer are on the way, never more than the lead time: air freight for chips, sea for the rest. A published
lead time says how long *new* supply takes; most of it is queue and production, and what stands in a lost plant is lost with it."""
PIPED_DAYS: Mapping[str, Range] = {"natural_gas": (1, 2, 5)}
"""The same of what comes through a pipe, at some tens of kilometres an hour, whatever its layer. Ours."""
NO_TRANSIT: Range = (1, 1, 1)
STOCK_DAYS: Range = (0, 14, 30)
LEAD_DAYS: Range = (30, 90, 180)
"""For layers of which no stock, or no lead time, is known; elsewhere the layer's median stands in for a missing one."""
TOOL_LIFE: Range = (5, 6, 7)
BOARD_LIFE: Range = (4, 5.5, 6)
PLANT_LIFE: Range = (10, 14, 25)
"""Years, where the tables have no such figure: how fast what lasts is renewed."""
INSTALLED = "installed_life"
"""The parameter of an item that is installed software: years for which a copy is used before it must be replaced or brought up to date. A copy
runs on when its maker is lost; nothing else of the harness does: a hosted service is lost with its operator."""
GROWTH: Range = (0.35, 0.69, 1.04)
"""Growth of the world's AI compute, per year, continuously compounded, where no timeline of sites is at hand (x2 a year)."""
GROWTH_RANGE = (0.5, 1.5)
"""A measured growth comes from the largest sites, not from all: from half to half as much again."""

ELSEWHERE = 0.2
"""Of a supplier whose split over countries is an estimate, the part that may be made in another country than is said. Filings say where plants
stand, seldom what each makes, and a headquarters stands in where even that is missing. Ours. It lowers the least that a country's loss
takes; what may be made there beyond what is said is not known of anybody, so that the most is not raised."""

ALREADY_COUNTED = 1e-3
"""How much the orders of a site, or of software that runs on accelerators, weigh against those of the world's clusters. They are looked at one by one,
but what they take is in what the clusters take: at full weight it would count twice, and a site that waits for its substation would leave
boards without orders that the clusters go on wanting. Next to nothing, as they must not count, and not nothing, as they must be served."""

STAYS_WHERE_USED = ("industrial_water", "grid_interconnection", "substation")
ONE_OFF = ("asic_design_service", "eda_software", "semiconductor_ip")
"""Paid for once per design, not per unit: without it what is already designed is still made."""


def end(of: Range, bound: Bound) -> float:
    """The end of a range that `bound` names."""
    return of[BOUNDS.index(bound)]


def years(parameters: pd.DataFrame, entity: str, name: str, otherwise: Range) -> Range:
    """A published life in years, or the assumption."""
    rows = parameters[
        (parameters["entity_id"] == entity)
        & (parameters["parameter"] == name)
        & (parameters["status"] == "current")
        & parameters["central"].notna()
    ]
    if rows.empty:
        return otherwise
    row = rows.iloc[0]
    return float(row["low"]), float(row["central"]), float(row["high"])


def installed(parameters: pd.DataFrame) -> list[str]:
    """The items that are installed software."""
    rows = parameters[(parameters["parameter"] == INSTALLED) & (parameters["status"] == "current")]
    return sorted(str(name).removeprefix("item:") for name in rows["entity_id"].unique())


def growth(timeline: pd.DataFrame) -> Range:
    """Growth per year of the power of AI sites over the last twelve months on record (log ratio), as a range."""
    seen = timeline[~timeline["is_projection"].astype(bool) & timeline["power_mw"].notna()]
    if seen.empty:
        return GROWTH
    dates = pd.to_datetime(seen["date"])
    last = dates.max()
    now, before = (
        seen[dates <= day].assign(at=dates[dates <= day]).sort_values("at").groupby("site_id")["power_mw"].last().sum()
        for day in (last, last - pd.Timedelta(days=365))
    )
    if before <= 0 or now <= before:
        return GROWTH
    central = math.log(now / before)
    return GROWTH_RANGE[0] * central, central, GROWTH_RANGE[1] * central


def medians(needs: pd.DataFrame, layers: pd.Series, what: str) -> dict[str, Range]:
    """Layer of the input -> median (low, central, high) days of those requirements that say."""
    names = [f"{what}_{bound}_days" for bound in BOUNDS]
    table = needs[names].groupby(layers).median().dropna()
    return {str(layer): (float(a), float(b), float(c)) for layer, (a, b, c) in zip(table.index, table.to_numpy(), strict=True)}
