"""From production by country to shares of an item's supply.

A share is a country's part of the world's total, or of the sum of the countries where that is larger. Its range is the
rounding of the figure, and the 4% by which totals and sums differ. Of each item the newest complete year is used.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pandas as pd

from sources import records as r
from sources.connector import Map, Reading
from sources.tabular import frame_of
from sources.usgs_mcs.declarations import Commodity, World
from sources.usgs_mcs.production import OTHER, WORLD, Amount, Figure, figures

SOURCE = "usgs_mcs"
MISMATCH = 0.04
"""By this much of the total do the rounded totals and the sums of the countries differ."""
COMPLETE = 0.5
"""A year whose countries are together less than this part of the total is not reported yet, or mostly withheld."""
SMALLEST = 0.0002
"""A share below this is a rounding error."""


def share(reading: Reading) -> pd.DataFrame:
    """Rows of core.share: a country each, and the countries not listed as the unknown rest."""
    long, wide = reading[Commodity.table], reading[World.table]
    tables: dict[str, dict[int, list[Figure]]] = defaultdict(lambda: defaultdict(list))
    for frames in ((long, wide.iloc[:0]), (long.iloc[:0], wide)):  # what the long file has is not looked up in the wide one
        found = [figure for figure in figures(*frames) if figure.word.item_id]
        for item_id in dict.fromkeys(str(figure.word.item_id) for figure in found):
            if item_id not in tables:
                for figure in (f for f in found if f.word.item_id == item_id):
                    tables[item_id][figure.year].append(figure)
    rows = []
    for years in tables.values():
        newest = next((years[year] for year in sorted(years, reverse=True) if _complete(years[year])), [])
        rows += _shares(newest)
    return frame_of(rows, r.ShareRow)


def _added(parts: list[Figure]) -> Amount | None:
    """The sum of a country's rows (the United States have two of helium); None where one is not published."""
    amounts = [part.amount for part in parts]
    known = [amount for amount in amounts if amount is not None]
    if len(known) < len(amounts) or not known:
        return None
    return sum(a[0] for a in known), sum(a[1] for a in known), sum(a[2] for a in known)


def _by_country(table: list[Figure]) -> dict[str, list[Figure]]:
    found: dict[str, list[Figure]] = defaultdict(list)
    for figure in table:
        found[figure.country].append(figure)
    return found


def _totals(table: list[Figure]) -> tuple[float, float]:
    """The published total (0 where there is none), and the sum of what is published of the countries."""
    amounts = {country: _added(parts) for country, parts in _by_country(table).items()}
    world = amounts.pop(WORLD, None)
    return world[1] if world else 0.0, sum(amount[1] for amount in amounts.values() if amount)


def _complete(table: list[Figure]) -> bool:
    world, listed = _totals(table)
    return world > 0 and listed >= COMPLETE * world


def _shares(table: list[Figure]) -> list[dict[str, Any]]:
    whole = max(_totals(table)) if table else 0.0
    rows = []
    for country, parts in _by_country(table).items():
        amount = _added(parts)
        if country == WORLD or (amount is not None and amount[1] / whole < SMALLEST):
            continue
        rows.append(_row(country, parts, amount, whole))
    return rows


def _row(country: str, parts: list[Figure], amount: Amount | None, whole: float) -> dict[str, Any]:
    first = parts[0]
    word = first.word
    bounds: tuple[float | None, ...] = (None, None, None)
    if amount is not None:
        low, central, high = amount[0] / whole / (1 + MISMATCH), amount[1] / whole, amount[2] / whole / (1 - MISMATCH)
        # Of a commodity that is ours in part, the country may make all of that part, or none.
        low, high = max(0.0, (low - (1 - word.part)) / word.part), min(1.0, high / word.part)
        bounds = tuple(round(value, 6) for value in (low, central, high))
    grade = "secondary" if first.copied else "primary"
    named = country != OTHER
    return {
        "item_id": word.item_id,
        "supplier_kind": "country" if named else "residual",
        "supplier": country if named else "Other countries",
        "metric": word.metric,
        "low": bounds[0],
        "central": bounds[1],
        "high": bounds[2],
        "production": f"{country}:1" if named else None,
        "production_grade": grade if named else None,
        "as_of": str(first.year),
        "source_id": SOURCE,
        "locator": first.table,
        "grade": grade,
        "status": "current",
        "note": _note(parts, amount, whole),
        **first.place,
    }


def _note(parts: list[Figure], amount: Amount | None, whole: float) -> str:
    """'750 of 762 metric tons; estimated', and how the commodity and the item differ."""
    first = parts[0]
    said = " + ".join(part.text for part in parts)
    told = f"{said} of {whole:,.6g} {first.unit}" if amount is not None else f"{said}: not published"
    estimated = "estimated" if "estimated" in first.notes.lower() else ""
    return "; ".join(part for part in (told, estimated, first.word.remark or "") if part)


MAPS: dict[str, Map] = {"share": share}
