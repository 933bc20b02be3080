"""From monthly prices to what industry and commerce paid over the last twelve months, by state, and to one for data centres."""

from __future__ import annotations

from statistics import fmean
from typing import Any

import pandas as pd

from sources import mapping
from sources import records as r
from sources.connector import Map, Reading
from sources.eia.declarations import MONTHS, REGIONS, RegionMeaning, RetailPrice
from sources.frames import rows_of
from sources.tabular import frame_of, place_of

SOURCE = "eia"
USD_PER_MWH = 10.0
"""Of one cent per kilowatt-hour."""

PARAMETERS = {"IND": "industrial_electricity_price", "COM": "commercial_electricity_price"}

DATA_CENTRE_STATES = ("VA", "TX", "OH", "IN", "TN", "WI", "AZ", "LA")
"""The states of the curated price of electricity, where most large sites of AI stand or rise; each counts the same."""

Months = list[dict[str, Any]]


def parameter(reading: Reading) -> pd.DataFrame:
    """Figures of region:usa and region:usa_<state>: mean, lowest and highest of the last twelve months, in USD/MWh.

    A state without twelve months of prices in a sector has no figure of it.
    """
    frame = reading[RetailPrice.table]
    regions = mapping.meanings(REGIONS, RegionMeaning)
    mapping.check_known(frame, "state", RetailPrice, regions, REGIONS)
    rows = []
    for (state, sector), months in sorted(_last_year(frame).items()):
        region = regions.get(state)
        if region is None:  # a census division, or a code not known yet, which waits for review
            continue
        prices = [USD_PER_MWH * month["price"] for month in months]
        rows.append(
            {
                "entity_id": f"region:{region}",
                "parameter": PARAMETERS[sector],
                "low": min(prices),
                "central": fmean(prices),
                "high": max(prices),
                "unit": "USD/MWh",
                "as_of": months[-1]["period"],
                "source_id": SOURCE,
                "locator": f"stateid {state}, sectorid {sector}, {months[0]['period']} to {months[-1]['period']}",
                "grade": "primary",
                "status": "current",
                "note": "mean, lowest and highest of twelve months; the average of all customers of the sector, not a data centre's tariff",
                **place_of(months[-1]),
            }
        )
    return frame_of(rows, r.ParameterRow)


def price(reading: Reading) -> pd.DataFrame:
    """One price of item electricity, or none where a state of `DATA_CENTRE_STATES` is incomplete.

    Nobody publishes what data centres pay. It lies near the industrial average of their states, where it is put, down to
    the cheapest of these states and up to their commercial average: EIA counts data centres among commercial customers,
    but that average is drawn up by shops and offices with uneven load at low voltage.
    """
    last = _last_year(reading[RetailPrice.table])
    if not all((state, sector) in last for state in DATA_CENTRE_STATES for sector in PARAMETERS):
        return frame_of([], r.PriceRow)
    means = {key: USD_PER_MWH * fmean(month["price"] for month in months) for key, months in last.items()}
    industry = [means[state, "IND"] for state in DATA_CENTRE_STATES]
    central = fmean(industry)
    newest = max((last[state, "IND"][-1] for state in DATA_CENTRE_STATES), key=lambda month: str(month["period"]))
    row = {
        "item_id": "electricity",
        "low": min(industry),
        "central": central,
        "high": max(central, fmean(means[state, "COM"] for state in DATA_CENTRE_STATES)),
        "unit": "USD/MWh",
        "currency_year": int(newest["period"][:4]),
        "basis": "market",
        "as_of": newest["period"],
        "source_id": SOURCE,
        "locator": f"stateid {', '.join(DATA_CENTRE_STATES)}; twelve months to {newest['period']}",
        "grade": "derived",
        "status": "current",
        "note": "mean of the industrial averages of eight data-centre states; low: the cheapest of them; high: their mean commercial "
        "average, the sector EIA counts data centres in. No data centre's tariff: contracts, demand charges and own supply differ",
        **place_of(newest),
    }
    return frame_of([row], r.PriceRow)


def _last_year(frame: pd.DataFrame) -> dict[tuple[str, str], Months]:
    """(state, sector) -> its twelve newest months with a price, oldest first, where they follow each other without a gap."""
    months: dict[tuple[str, str], Months] = {}
    for row in sorted(rows_of(frame), key=lambda m: str(m["period"])):
        if row["price"]:  # zero: nothing was sold to the sector
            months.setdefault((row["state"], row["sector"]), []).append(row)
    last = {key: found[-MONTHS:] for key, found in months.items()}
    return {key: found for key, found in last.items() if _month(found[-1]) - _month(found[0]) == MONTHS - 1 == len(found) - 1}


def _month(row: dict[str, Any]) -> int:
    """Months since year 0."""
    year, month = row["period"].split("-")
    return 12 * int(year) + int(month)


MAPS: dict[str, Map] = {"parameter": parameter, "price": price}
