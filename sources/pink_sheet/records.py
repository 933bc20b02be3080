"""From monthly prices to the price of an item, and how much it has moved.

A price is the mean of the last twelve months between the lowest and the highest of them. How much it moves is told by
three figures of the item: the standard deviation of the logarithms of its monthly changes over ten years, for a year;
and the largest rise and fall over twelve months since 2000. They say what a shock of a price means (`stackgraph shock`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd

from sources import records as r
from sources.connector import Map, Reading
from sources.frames import rows_of
from sources.pink_sheet.declarations import MonthlyPrices, Series
from sources.tabular import frame_of, headings, place_of, read_csv

HERE = Path(__file__).resolve().parent
SERIES = HERE / "series.csv"
SOURCE = "pink_sheet"

KG_PER_TOZ = 0.031_103_476_8
MWH_PER_MMBTU = 0.293_071_07
CONVERSIONS: dict[str, tuple[str, float, str]] = {
    "USD/t": ("USD/kg", 1e-3, "over 1,000 kg"),
    "USD/toz": ("USD/kg", 1 / KG_PER_TOZ, "a troy ounce is 0.0311035 kg"),
    "USD/mmbtu": ("USD/MWh", 1 / MWH_PER_MMBTU, "a million Btu is 0.293071 MWh"),
}
"""Published unit -> our unit, the factor, and how the note says it."""

YEAR = 12
WINDOW = 120
"""Monthly changes in the volatility: ten years."""
SINCE = "2000M01"
"""Before that the prices of metals were quiet, and currencies and cartels were others."""


@dataclass(frozen=True)
class Prices:
    """One series of an item: months without a gap, oldest first."""

    name: str
    item_id: str
    remark: str
    unit: str
    months: list[str]
    values: list[float]
    places: list[dict[str, Any]]


def series(reading: Reading) -> list[Prices]:
    """The series that price an item; the newest run of months that all have a price."""
    rows = sorted(rows_of(reading[MonthlyPrices.table]), key=lambda row: str(row["month"]))
    fields = dict(zip(headings(MonthlyPrices), MonthlyPrices.model_fields.items(), strict=True))
    found = []
    for meant in rows_of(read_csv(SERIES, Series)):
        name, field = fields[meant["series"]]
        run: list[dict[str, Any]] = []
        for row in reversed(rows):
            if row[name] is not None:
                run.insert(0, row)
            elif run:
                break
        extra = field.json_schema_extra
        unit = str(extra["unit"]) if isinstance(extra, dict) else ""
        found.append(
            Prices(
                name=meant["series"],
                item_id=meant["item_id"],
                remark=meant["remark"] or "",
                unit=unit,
                months=[str(row["month"]) for row in run],
                values=[float(row[name]) for row in run],
                places=[place_of(row) for row in run],
            )
        )
    return found


def price(reading: Reading) -> pd.DataFrame:
    """Rows of core.price: mean of the last twelve months, between their lowest and highest."""
    rows = []
    for s in series(reading):
        last = s.values[-YEAR:]
        if len(last) < YEAR:
            continue
        unit, factor, how = CONVERSIONS[s.unit]
        rows.append(
            {
                "item_id": s.item_id,
                "low": min(last) * factor,
                "central": sum(last) / YEAR * factor,
                "high": max(last) * factor,
                "unit": unit,
                "currency_year": int(s.months[-1][:4]),
                "basis": "market",
                **_evidence(s, s.months[-YEAR], "primary"),
                "note": f"{s.remark}; mean, lowest and highest of twelve monthly averages; {how}",
                **s.places[-1],
            }
        )
    return frame_of(rows, r.PriceRow)


def parameter(reading: Reading) -> pd.DataFrame:
    """Rows of core.parameter on item:<item_id>: price_volatility, largest_rise_12_months, largest_fall_12_months."""
    rows = []
    for s in series(reading):
        if len(s.values) > WINDOW:
            rows.append(_figure(s, "price_volatility", *_volatility(s)))
        first = next((k for k, month in enumerate(s.months) if month >= SINCE), len(s.months))
        if len(s.months) - first > YEAR:
            rows += _largest_changes(s, first)
    return frame_of(rows, r.ParameterRow)


def _volatility(s: Prices) -> tuple[tuple[float, float, float], str, str]:
    """Bounds, first month and note of the yearly volatility; the range is two standard errors of a standard deviation."""
    values = s.values[-WINDOW - 1 :]
    changes = [math.log(after / before) for before, after in pairwise(values)]
    mean = sum(changes) / WINDOW
    deviation = math.sqrt(sum((change - mean) ** 2 for change in changes) / (WINDOW - 1)) * math.sqrt(YEAR)
    error = 2 * deviation / math.sqrt(2 * (WINDOW - 1))
    note = "standard deviation of the logarithms of ten years of monthly changes, times the root of 12; range of two standard errors"
    return (deviation - error, deviation, deviation + error), s.months[-WINDOW - 1], note


def _largest_changes(s: Prices, first: int) -> list[dict[str, Any]]:
    """The largest rise and the largest fall from a month to the same month of the next year."""
    changes = {k: s.values[k] / s.values[k - YEAR] - 1 for k in range(first + YEAR, len(s.values))}
    top, bottom = max(changes, key=lambda k: changes[k]), min(changes, key=lambda k: changes[k])
    return [
        _figure(s, name, (part, part, part), s.months[first], f"{what} from {s.months[k - YEAR]} to {s.months[k]}")
        for name, k, part, what in (
            ("largest_rise_12_months", top, max(changes[top], 0.0), "part of the earlier price added"),
            ("largest_fall_12_months", bottom, max(-changes[bottom], 0.0), "part of the earlier price lost"),
        )
    ]


def _figure(s: Prices, name: str, bounds: tuple[float, float, float], first: str, note: str) -> dict[str, Any]:
    low, central, high = bounds
    return {
        "entity_id": f"item:{s.item_id}",
        "parameter": name,
        "low": low,
        "central": central,
        "high": high,
        "unit": "fraction",
        **_evidence(s, first, "derived"),
        "note": note,
        **s.places[-1],
    }


def _evidence(s: Prices, first: str, grade: str) -> dict[str, Any]:
    return {
        "as_of": s.months[-1].replace("M", "-"),
        "source_id": SOURCE,
        "locator": f"Monthly Prices, {s.name}, {first} to {s.months[-1]}",
        "grade": grade,
        "status": "current",
    }


MAPS: dict[str, Map] = {"price": price, "parameter": parameter}
