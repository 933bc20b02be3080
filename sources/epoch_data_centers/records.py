"""From data centers and their timelines to sites, dated states and figures.

Status follows the timeline at the snapshot: a site with power is operational, one with a past row but no power is under
construction. Epoch states no error of its estimates; the ranges are ours and wider for cost than for power.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

from sources import mapping
from sources import records as r
from sources.connector import Map, Reading
from sources.coordinates import decimal_degrees
from sources.epoch_data_centers.declarations import DataCenter, SiteCountry
from sources.frames import rows_of
from sources.ids import snake_case
from sources.registry import declaration
from sources.tabular import frame_of, place_of

HERE = Path(__file__).resolve().parent
COUNTRIES = HERE / "country.csv"
SOURCE = "epoch_data_centers"
RETRIEVED_AT = declaration(HERE).retrieved_at

RANGES = {"power_mw": (0.75, 1.25), "h100_equivalents": (0.65, 1.5), "capital_cost": (0.6, 1.5), "planned_power_mw": (0.5, 1.2)}
"""Low and high as multiples of the central value: judgement, since Epoch publishes central values only.

Power is read from cooling and substations; computing adds a guess at the chips, cost a guess at their price; plans
are cut or delayed more often than they grow.
"""

_TAG = re.compile(r"^(?P<name>.*?)\s*(?:#(?P<tag>confident|likely|speculative))?$")


def names_and_tags(cell: str | None) -> list[tuple[str, str | None]]:
    """'OpenAI #likely, Microsoft #likely' -> [('OpenAI', 'likely'), ('Microsoft', 'likely')]."""
    matches = [_TAG.match(part.strip()) for part in (cell or "").split(",") if part.strip()]
    return [(match["name"], match["tag"]) for match in matches if match]


def joined_names(cell: str | None) -> str | None:
    """The names of a cell without their tags, joined with ';'."""
    return ";".join(name for name, _ in names_and_tags(cell)) or None


def site(data_centers: pd.DataFrame, timelines: pd.DataFrame) -> pd.DataFrame:
    """Rows of core.site, names of organisations still as published (without their tags)."""
    country = mapping.meanings(COUNTRIES, SiteCountry)
    mapping.check_known(data_centers, "handle", DataCenter, country, COUNTRIES)
    states = _states(timelines)
    rows = [
        {
            "site_id": snake_case(row["handle"]),
            "name": row["title"],
            "operator": joined_names(row["owner"]),
            "users": joined_names(row["users"]),
            "country": country[row["handle"]],
            "latitude": round(decimal_degrees(row["latitude"]), 5),
            "longitude": round(decimal_degrees(row["longitude"]), 5),
            "status": _status(states.get(row["handle"], [])),
            "operational": next((s["date"] for s in states.get(row["handle"], []) if s["power_mw"]), None),
            "as_of": RETRIEVED_AT,
            "source_id": SOURCE,
            "grade": "secondary",
            "note": _doubts(row),
            **place_of(row),
        }
        for row in rows_of(data_centers)
    ]
    return frame_of(rows, r.Site)


def site_timeline(timelines: pd.DataFrame, retrieved_at: str = RETRIEVED_AT) -> pd.DataFrame:
    """Rows of core.site_timeline; a state dated after `retrieved_at` (ISO date) is a projection."""
    rows = [
        {
            "site_id": snake_case(row["data_center"]),
            "date": row["date"],
            "is_projection": row["date"] > retrieved_at,
            "power_mw": row["power_mw"],
            "h100_equivalents": row["h100_equivalents"],
            "capital_usd": None if row["capital_busd"] is None else row["capital_busd"] * 1e9,
            "source_id": SOURCE,
            **place_of(row),
        }
        for row in rows_of(timelines)
    ]
    return frame_of(rows, r.SiteTimeline)


def parameter(data_centers: pd.DataFrame, timelines: pd.DataFrame) -> pd.DataFrame:
    """Figures of site:<site_id>: power, computing and capital now, and the power of its last dated state."""
    states = _states(timelines)
    rows = []
    for row in rows_of(data_centers):
        now = {"power_mw": (row["current_power_mw"], "MW"), "h100_equivalents": (row["current_h100_equivalents"], "count")}
        if row["current_capital_busd"]:  # zero stands for a site without a finished hall, whose cost so far is unknown
            now["capital_cost"] = (row["current_capital_busd"] * 1e9, "USD")
        rows += [_figure(row, name, value, unit, "data center") for name, (value, unit) in now.items() if value is not None]
        if states.get(row["handle"]):
            last = states[row["handle"]][-1]
            if last["power_mw"]:
                rows.append(_figure({**row, **place_of(last)}, "planned_power_mw", last["power_mw"], "MW", f"timeline, {last['date']}"))
    return frame_of(rows, r.ParameterRow)


def _figure(row: dict[str, Any], name: str, value: float, unit: str, locator: str) -> dict[str, Any]:
    low, high = RANGES[name]
    return {
        "entity_id": f"site:{snake_case(row['handle'])}",
        "parameter": name,
        "low": value * low,
        "central": value,
        "high": value * high,
        "unit": unit,
        "as_of": RETRIEVED_AT,
        "source_id": SOURCE,
        "locator": f"{locator}: {row['handle']}",
        "grade": "secondary",
        "status": "current",
        "note": "Epoch's estimate from imagery, permits and reports; the range is ours",
        **place_of(row),
    }


def _states(timelines: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Handle -> its dated states, oldest first."""
    states: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(rows_of(timelines), key=lambda s: str(s["date"])):
        states.setdefault(row["data_center"], []).append(row)
    return states


def _status(states: list[dict[str, Any]]) -> str:
    past = [s for s in states if s["date"] <= RETRIEVED_AT]
    if not past:
        return "planned"
    return "operational" if past[-1]["power_mw"] else "construction"


def _doubts(row: dict[str, Any]) -> str | None:
    """Names that Epoch itself calls less than confident."""
    tagged = [(what, name, tag) for what in ("owner", "users") for name, tag in names_and_tags(row[what])]
    doubts = [f"{what} {name}: {tag}" for what, name, tag in tagged if tag in ("likely", "speculative")]
    return f"As far as Epoch knows ({'; '.join(doubts)})." if doubts else None


def _sites(reading: Reading) -> pd.DataFrame:
    return site(reading["epoch_data_centers_data_center"], reading["epoch_data_centers_timeline"])


def _timeline(reading: Reading) -> pd.DataFrame:
    return site_timeline(reading["epoch_data_centers_timeline"])


def _parameters(reading: Reading) -> pd.DataFrame:
    return parameter(reading["epoch_data_centers_data_center"], reading["epoch_data_centers_timeline"])


MAPS: dict[str, Map] = {"site": _sites, "site_timeline": _timeline, "parameter": _parameters}
