"""From data centers and their timelines to sites, dated states and figures.

Status follows the timeline at the day of the vintage: a site with power is operational, one with a past row but no power is
under construction. Epoch states no error of its estimates; the ranges are ours and wider for cost than for power.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sources import mapping
from sources import records as r
from sources.connector import Map, Reading
from sources.coordinates import decimal_degrees
from sources.epoch_data_centers.declarations import CountryName, DataCenter, Place
from sources.frames import rows_of
from sources.ids import snake_case
from sources.review import is_open
from sources.tabular import frame_of, place_of, read_csv

HERE = Path(__file__).resolve().parent
PLACES, COUNTRIES = HERE / "place.csv", HERE / "country.csv"
SOURCE = "epoch_data_centers"

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


@dataclass(frozen=True)
class Situated:
    """Data centers whose site and country are known: site id and country code by name."""

    sites: dict[str, str]
    countries: dict[str, str]


def situated(data_centers: pd.DataFrame, ask: bool, waiting: Mapping[str, int] | None = None) -> Situated:
    """Which site each data center is: that of `place.csv`, else one of its own in the country that Epoch gives it.

    Those with neither are left out; with `ask` their names, and countries that nothing declares, are put up for review.
    `waiting` is how many rows wait for each data center, by its name, where those are not the one that tells of it.
    """
    places = {row["name"]: row for row in rows_of(read_csv(PLACES, Place))}
    codes = mapping.meanings(COUNTRIES, CountryName)
    placed = data_centers["name"].isin(list(places))
    own = data_centers[~placed]
    if ask:
        nowhere = own[own["country"].isna()]
        rows = own["name"].map(lambda name: 1 if waiting is None else waiting.get(name, 0))
        mapping.check_known(nowhere, "name", DataCenter, dict.fromkeys(places), PLACES, rows[nowhere.index])
        mapping.check_known(own, "country", DataCenter, codes, COUNTRIES, rows)
    sites = {name: row["site_id"] for name, row in places.items()}
    countries = {name: row["country"] for name, row in places.items()}
    for row in rows_of(own):
        code = codes.get(row["country"]) if row["country"] is not None else None
        if code is not None:
            sites[row["name"]], countries[row["name"]] = snake_case(row["name"]), code
    return Situated(sites, countries)


def site(data_centers: pd.DataFrame, timelines: pd.DataFrame, retrieved_at: str) -> pd.DataFrame:
    """Rows of core.site, names of organisations still as published (without their tags)."""
    where = situated(data_centers, ask=True)
    states = _states(timelines)
    rows = []
    for row in rows_of(data_centers):
        name = row["name"]
        if name not in where.sites:
            continue
        dated = states.get(name, [])
        rows.append(
            {
                "site_id": where.sites[name],
                "name": row["title"] or name,
                "operator": joined_names(row["owner"]),
                "users": joined_names(row["users"]),
                "country": where.countries[name],
                "latitude": _degrees(row["latitude"]),
                "longitude": _degrees(row["longitude"]),
                "status": _status(_past(dated, retrieved_at)),
                "operational": next((s["date"] for s in dated if s["power_mw"]), None),
                "as_of": retrieved_at,
                "source_id": SOURCE,
                "grade": "secondary",
                "note": _doubts(row),
                **place_of(row),
            }
        )
    return frame_of(rows, r.Site)


def site_timeline(data_centers: pd.DataFrame, timelines: pd.DataFrame, retrieved_at: str) -> pd.DataFrame:
    """Rows of core.site_timeline; a state dated after `retrieved_at` (ISO date) is a projection.

    States of a data center that is held back are left out with it; a state of one that is not in the list keeps the site
    its name would have, and is found out where the ids are checked.
    """
    where = situated(data_centers, ask=is_open(), waiting=Counter(timelines["data_center"]))
    held_back = set(data_centers["name"]) - set(where.sites)
    rows = [
        {
            "site_id": where.sites.get(row["data_center"], snake_case(row["data_center"])),
            "date": row["date"],
            "is_projection": row["date"] > retrieved_at,
            "power_mw": row["power_mw"],
            "h100_equivalents": row["h100_equivalents"],
            "capital_usd": None if row["capital_busd"] is None else row["capital_busd"] * 1e9,
            "source_id": SOURCE,
            **place_of(row),
        }
        for row in rows_of(timelines)
        if row["data_center"] not in held_back
    ]
    return frame_of(rows, r.SiteTimeline)


def parameter(data_centers: pd.DataFrame, timelines: pd.DataFrame, retrieved_at: str) -> pd.DataFrame:
    """Figures of site:<site_id>: power, computing and capital now, and the power of its last dated state.

    Power is that of the last state before the vintage which gives one.
    """
    where = situated(data_centers, ask=is_open())
    states = _states(timelines)
    rows = []
    for row in rows_of(data_centers):
        if row["name"] not in where.sites:
            continue
        dated = [state for state in states.get(row["name"], []) if state["power_mw"] is not None]
        found: list[tuple[str, float | None, str, dict[str, Any], str]] = []
        if past := _past(dated, retrieved_at):
            found.append(("power_mw", past[-1]["power_mw"], "MW", past[-1], f"timeline, {past[-1]['date']}"))
        found.append(("h100_equivalents", row["current_h100_equivalents"], "count", row, "data center"))
        if row["current_capital_busd"]:  # zero stands for a site without a finished hall, whose cost so far is unknown
            found.append(("capital_cost", row["current_capital_busd"] * 1e9, "USD", row, "data center"))
        if dated and dated[-1]["power_mw"]:
            found.append(("planned_power_mw", dated[-1]["power_mw"], "MW", dated[-1], f"timeline, {dated[-1]['date']}"))
        for name, value, unit, place, locator in found:
            if value is not None:
                rows.append(
                    {
                        "entity_id": f"site:{where.sites[row['name']]}",
                        "parameter": name,
                        "low": value * RANGES[name][0],
                        "central": value,
                        "high": value * RANGES[name][1],
                        "unit": unit,
                        "as_of": retrieved_at,
                        "source_id": SOURCE,
                        "locator": f"{locator}: {row['name']}",
                        "grade": "secondary",
                        "status": "current",
                        "note": "Epoch's estimate from imagery, permits and reports; the range is ours",
                        **place_of(place),
                    }
                )
    return frame_of(rows, r.ParameterRow)


def _degrees(text: str | None) -> float | None:
    return None if text is None else round(decimal_degrees(text), 5)


def _states(timelines: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Name -> its dated states, oldest first."""
    states: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(rows_of(timelines), key=lambda s: str(s["date"])):
        states.setdefault(row["data_center"], []).append(row)
    return states


def _past(states: list[dict[str, Any]], retrieved_at: str) -> list[dict[str, Any]]:
    return [state for state in states if state["date"] <= retrieved_at]


def _status(past: list[dict[str, Any]]) -> str:
    if not past:
        return "planned"
    stated = [state["power_mw"] for state in past if state["power_mw"] is not None]
    return "operational" if stated and stated[-1] else "construction"


def _doubts(row: dict[str, Any]) -> str | None:
    """Names that Epoch itself calls less than confident."""
    tagged = [(what, name, tag) for what in ("owner", "users") for name, tag in names_and_tags(row[what])]
    doubts = [f"{what} {name}: {tag}" for what, name, tag in tagged if tag in ("likely", "speculative")]
    return f"As far as Epoch knows ({'; '.join(doubts)})." if doubts else None


def _of(reading: Reading) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    return reading["epoch_data_centers_data_center"], reading["epoch_data_centers_timeline"], reading.retrieved_at


MAPS: dict[str, Map] = {
    "site": lambda reading: site(*_of(reading)),
    "site_timeline": lambda reading: site_timeline(*_of(reading)),
    "parameter": lambda reading: parameter(*_of(reading)),
}
