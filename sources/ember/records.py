"""From the long table to figures of country:<code>: carbon intensity, generation, and the share of each source in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from sources import countries, mapping
from sources import records as r
from sources.connector import Map, Reading
from sources.ember.declarations import (
    EMISSIONS,
    ENERGY_UNIT,
    INTENSITY_UNIT,
    SINGLE,
    AreaMeaning,
    CategoryMeaning,
    Electricity,
    SubcategoryMeaning,
    VariableMeaning,
)
from sources.ember.declarations import GENERATION as GENERATED
from sources.frames import rows_of
from sources.tabular import frame_of, place_of

HERE = Path(__file__).resolve().parent
VARIABLES, AREAS = HERE / "variable.csv", HERE / "area.csv"
CATEGORIES, SUBCATEGORIES = HERE / "category.csv", HERE / "subcategory.csv"
SOURCE = "ember"

INTENSITY, GENERATION = "carbon_intensity", "electricity_generation"
UNITS = {INTENSITY: INTENSITY_UNIT, GENERATION: ENERGY_UNIT}

RANGES = {INTENSITY: (0.9, 1.1), GENERATION: (0.98, 1.02)}
SHARE_RANGE = (0.95, 1.05)
"""Low and high as multiples of the central value: judgement, since Ember publishes central values only.

Generation is metered. An intensity adds emission factors of each fuel; a share suffers from how plants that burn two fuels
and small solar systems are counted.
"""


def parameter(reading: Reading) -> pd.DataFrame:
    """Figures of country:<code>, each country's in the newest year with its total generation; aggregates are no countries."""
    rows: list[dict[str, Any]] = []
    for country, figures in sorted(_newest(reading[Electricity.table]).items()):
        total = figures[GENERATION]
        for name, row in sorted(figures.items()):
            if name in UNITS:
                note = "domestic generation, imports left out; Ember mixes national statistics with estimates; the range is ours"
                rows.append(_figure(country, name, row, row["value"], RANGES[name], UNITS[name], "primary", note))
            elif total["value"]:
                note = f"{row['value']:g} of {total['value']:g} TWh generated in the country; the range is ours"
                rows.append(_figure(country, name, row, row["value"] / total["value"], SHARE_RANGE, "fraction", "derived", note))
    return frame_of(rows, r.ParameterRow)


def _figure(
    country: str, name: str, row: dict[str, Any], value: float, span: tuple[float, float], unit: str, grade: str, note: str
) -> dict[str, Any]:
    high = value * span[1]
    return {
        "entity_id": f"country:{country}",
        "parameter": name,
        "low": value * span[0],
        "central": value,
        "high": max(value, min(1.0, high)) if unit == "fraction" else high,
        "unit": unit,
        "as_of": str(row["year"]),
        "source_id": SOURCE,
        "locator": f"{row['area']}, {row['year']}: {row['category']}, {row['variable']}, {row['unit']}",
        "grade": grade,
        "status": "current",
        "note": note,
        **place_of(row),
    }


def _newest(frame: pd.DataFrame) -> dict[str, dict[str, dict[str, Any]]]:
    """Country -> parameter -> its row, all of the newest year for which the country's total generation is known."""
    mapping.check_known(frame, "category", Electricity, mapping.meanings(CATEGORIES, CategoryMeaning), CATEGORIES)
    generated = frame[frame["category"] == GENERATED]
    mapping.check_known(generated, "subcategory", Electricity, mapping.meanings(SUBCATEGORIES, SubcategoryMeaning), SUBCATEGORIES)
    used = _used(frame)
    meanings = mapping.meanings(VARIABLES, VariableMeaning)
    mapping.check_known(used, "variable", Electricity, meanings, VARIABLES)
    areas = dict.fromkeys(countries.world()) | mapping.meanings(AREAS, AreaMeaning)
    mapping.check_known(used, "iso3", Electricity, areas, AREAS)
    ours = countries.codes()
    by_year: dict[tuple[str, int], dict[str, dict[str, Any]]] = {}
    for row in rows_of(used):
        name = meanings.get(row["variable"])  # one not known yet waits for review
        code = areas.get(row["iso3"]) or row["iso3"]
        if code in ours and row["value"] is not None and name is not None:
            by_year.setdefault((code, row["year"]), {})[name] = row
    known = sorted(key for key, figures in by_year.items() if GENERATION in figures)
    return {country: by_year[country, year] for country, year in known}


def _used(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of single fuels, of the total and of the intensity, each in the unit that is read: any other is refused by the row.

    Sums over several fuels repeat the fuels, and percentages the energies; a release has had sums among the fuels of another
    subcategory.
    """
    energies = (frame["category"] == GENERATED) & frame["subcategory"].isin(SINGLE) & (frame["unit"] == ENERGY_UNIT)
    intensity = (frame["category"] == EMISSIONS) & (frame["unit"] == INTENSITY_UNIT)
    return frame[energies | intensity]


MAPS: dict[str, Map] = {"parameter": parameter}
