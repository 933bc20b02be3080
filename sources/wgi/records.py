"""From observations to figures of country:<code>: the newest estimate of each indicator, with its 90 % interval."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from sources import countries, mapping
from sources import records as r
from sources.connector import Map, Reading
from sources.frames import rows_of
from sources.tabular import frame_of, place_of
from sources.wgi.declarations import Economy, Observation

ECONOMIES = Path(__file__).resolve().parent / "economy.csv"
SOURCE = "wgi"

PARAMETERS = {
    "VA": "governance_voice_accountability",
    "PV": "governance_political_stability",
    "GE": "governance_government_effectiveness",
    "RQ": "governance_regulatory_quality",
    "RL": "governance_rule_of_law",
    "CC": "governance_control_of_corruption",
}
"""Dimension of a series -> the parameter it is here."""

ERRORS_OF_INTERVAL = 1.645
"""Standard errors to either side: the 90 % interval, which is the one the publisher reports."""

TYPICAL_ERROR = 0.22
"""Stands in for a standard error that is not at hand. The publisher's own, of the 27 countries of the snapshot that have
them, are 0.14 to 0.19 for rule of law; they grow as the sources behind an estimate become fewer."""

TYPICAL_ERRORS = {"PV": 0.24}
"""By dimension, where the typical one is known to be larger: of the same countries, 0.24 to 0.25 for political stability."""

Newest = dict[str, dict[str, Any]]


def parameter(reading: Reading) -> pd.DataFrame:
    """Figures of country:<code>; where an estimate comes without its standard error, the range is ours and the note says so."""
    rows = []
    for (country, dimension), series in sorted(_newest(reading[Observation.table]).items()):
        estimate = series["EST"]["value"]
        error = series["SE"]["value"] if "SE" in series else TYPICAL_ERRORS.get(dimension, TYPICAL_ERROR)
        interval = (
            f"90 % interval of the standard error {error:.3f}"
            if "SE" in series
            else f"the range is ours: its standard error was not at hand, {error:g} is typical"
        )
        sources = f"; {series['SR']['value']:.0f} sources" if "SR" in series else ""
        rows.append(
            {
                "entity_id": f"country:{country}",
                "parameter": PARAMETERS[dimension],
                "low": estimate - ERRORS_OF_INTERVAL * error,
                "central": estimate,
                "high": estimate + ERRORS_OF_INTERVAL * error,
                "unit": "index",
                "as_of": str(series["EST"]["year"]),
                "source_id": SOURCE,
                "locator": f"{series['EST']['series']}, {series['EST']['year']}",
                "grade": "primary",
                "status": "current",
                "note": f"standard-normal units, larger is better; {interval}{sources}",
                **place_of(series["EST"]),
            }
        )
    return frame_of(rows, r.ParameterRow)


def _newest(frame: pd.DataFrame) -> dict[tuple[str, str], Newest]:
    """(country, dimension) -> kind of series -> its row, of the newest year that has an estimate."""
    economies = mapping.meanings(ECONOMIES, Economy)
    world = countries.world()
    uncoded = frame["iso3"].isna() | ~frame["iso3"].isin(world)
    mapping.check_known(frame[uncoded], "economy", Observation, economies, ECONOMIES)
    ours = countries.codes()
    by_year: dict[tuple[str, str, int], Newest] = {}
    for row in rows_of(frame):
        # one not known yet waits for review
        country = row["iso3"] if row["iso3"] in world else economies.get(row["economy"])
        if country in ours and row["value"] is not None:
            dimension, kind = row["series"].removeprefix("GOV_WGI_").split(".")
            by_year.setdefault((country, dimension, row["year"]), {})[kind] = row
    estimated = {key: series for key, series in by_year.items() if "EST" in series}
    return {(country, dimension): estimated[country, dimension, year] for country, dimension, year in sorted(estimated)}


MAPS: dict[str, Map] = {"parameter": parameter}
