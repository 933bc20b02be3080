"""From clusters to sites and their figures: one site for each place, whatever number of phases and rows it has.

A row becomes (part of) a site where Epoch holds it for likely, in one place and in a known country, where it is not a
data center of the other list, and where the place is large enough to matter today. Figures of what is built are those
of the last phase built; figures of the plan are those of the last phase planned, and begin with `planned_`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from sources import mapping
from sources import records as r
from sources.connector import Map
from sources.coordinates import pair_in
from sources.corrections import corrected
from sources.epoch_gpu_clusters.declarations import ChipType, Cluster, CountryName, NoOrganisation, SamePlace
from sources.epoch_gpu_clusters.phases import Place, places
from sources.frames import rows_of
from sources.ids import snake_case
from sources.tabular import frame_of, place_of

HERE = Path(__file__).resolve().parent
SOURCE = "epoch_gpu_clusters"
AS_OF = "2025-07"
"""The list was exported later, but nothing in it is newer."""

SMALLEST_H100_EQUIVALENTS = 1_000
"""Smaller ones are mostly machines of science, some long retired though listed as existing; they stay in the raw table."""

STATUS = {"Existing": "operational", "Planned": "planned", "Decommissioned": "decommissioned"}

REPORTED_POWER = (0.85, 1.15)
"""Low and high as multiples: a reported megawatt may be of the servers or of the building."""
CALCULATED_POWER = (0.6, 1.7)
"""Where both are published, most reported figures lie within this much of the calculated one."""
COMPUTING = (0.8, 1.25)
REPORTED_COST = (0.8, 1.25)
CALCULATED_COST = (0.5, 1.5)
"""From list prices and factors for what surrounds the chips; large buyers pay less."""


def site(clusters: pd.DataFrame) -> pd.DataFrame:
    """Rows of core.site, names of organisations still as published; words that are no organisation are left out.

    Raises
    ------
    SourceError
        A chip or a country that the mapping files do not know, or a correction whose expectation fails.
    """
    chips, countries, others = (
        mapping.meanings(HERE / f"{record.table}.csv", record) for record in (ChipType, CountryName, NoOrganisation)
    )
    mapping.check_known(clusters, "chip", Cluster, chips, HERE / "chip_type.csv")
    mapping.check_known(clusters, "country", Cluster, countries, HERE / "country.csv")
    rows = []
    for site_id, place in _sites(clusters):
        row = place.built or place.phases[-1]
        latitude, longitude = pair_in(row["location"]) or (None, None)
        rows.append(
            {
                "site_id": site_id,
                "name": place.name,
                "operator": _organisations(row["owner"], others),
                "users": _organisations(row["users"], others),
                "country": countries[row["country"]],
                "latitude": latitude,
                "longitude": longitude,
                "board_id": chips.get(row["chip"]),
                "status": STATUS[row["status"]],
                "operational": place.opened,
                "as_of": AS_OF,
                "source_id": SOURCE,
                "grade": "secondary",
                "note": f"Epoch calls it {row['certainty'].lower()}." if row["certainty"] != "Confirmed" else None,
                **place_of(row),
            }
        )
    return frame_of(rows, r.Site)


def parameter(clusters: pd.DataFrame) -> pd.DataFrame:
    """Figures of site:<site_id>: power, computing power, chips and the cost of the hardware, now and as planned."""
    rows = []
    for site_id, place in _sites(clusters):
        for prefix, phase in (("", place.built), ("planned_", place.planned)):
            if phase is not None and phase["status"] != "Decommissioned":
                rows += [_row(site_id, prefix, phase, figure) for figure in _figures(phase)]
    return frame_of(rows, r.ParameterRow)


def _sites(clusters: pd.DataFrame) -> list[tuple[str, Place]]:
    """Site id and place of each cluster that becomes a site."""
    known_places = mapping.meanings(HERE / "same_place.csv", SamePlace)
    all_places = places(rows_of(corrected(clusters, Cluster.key, HERE / "correction.csv")))
    elsewhere = [place for place in all_places if not place.names & set(known_places)]
    usable = [Place(phases) for place in elsewhere if (phases := tuple(filter(_usable, place.phases)))]
    kept = [place for place in usable if max(phase["h100_equivalents"] or 0 for phase in place.phases) >= SMALLEST_H100_EQUIVALENTS]
    ids = pd.Series([snake_case(place.name) for place in kept], dtype=object)
    count = ids.groupby(ids).cumcount()
    return list(zip(ids.where(count == 0, ids + "_" + (count + 1).astype(str)), kept, strict=True))


def _usable(row: dict[str, Any]) -> bool:
    """Likely, in one place, in a known country, and no duplicate."""
    flagged = row["possible_duplicate"] or row["exclude"]
    return row["certainty"] != "Unlikely" and row["single_cluster"] != "No" and row["country"] is not None and not flagged


def _organisations(cell: str | None, others: dict[str, str | None]) -> str | None:
    """Names joined with ';', without the words that are no organisation."""
    names = [name.strip() for name in (cell or "").split(",")]
    return ";".join(name for name in names if name and name not in others) or None


Figure = tuple[str, float, str, tuple[float, float], str, str, str]
"""Name, central value, unit, range as multiples, grade, status, note."""


def _figures(phase: dict[str, Any]) -> list[Figure]:
    figures: list[Figure] = []
    reported, calculated = phase["reported_power_mw"], phase["calculated_power_mw"]
    if reported is not None:
        figures.append(
            ("power_mw", reported, "MW", REPORTED_POWER, "secondary", "current", "reported power, collected by Epoch; the range is ours")
        )
    if calculated is not None:
        status = "current" if reported is None else "conflicting"
        note = "calculated by Epoch: chips x TDP x overhead x PUE; range after clusters where both are known"
        figures.append(("power_mw", calculated, "MW", CALCULATED_POWER, "derived", status, note))
    if phase["h100_equivalents"] is not None:
        grade, note = (
            ("derived", "from chips and their operations per second")
            if phase["chip"]
            else ("estimate", "chip unknown: from the stated power")
        )
        span = COMPUTING if phase["chip"] else CALCULATED_POWER
        figures.append(("h100_equivalents", phase["h100_equivalents"], "count", span, grade, "current", note))
    if phase["chips"] is not None:
        figures.append(("chip_count", phase["chips"], "count", (0.9, 1.1), "secondary", "current", "collected by Epoch; the range is ours"))
    if phase["hardware_cost_usd"] is not None:
        is_reported = phase["reported_cost_usd"] is not None
        span, grade = (REPORTED_COST, "secondary") if is_reported else (CALCULATED_COST, "derived")
        note = f"{'reported' if is_reported else 'calculated from prices of chips'}, in 2025 dollars; hardware only, without the building"
        figures.append(("hardware_cost", phase["hardware_cost_usd"], "USD", span, grade, "current", note))
    return figures


def _row(site_id: str, prefix: str, phase: dict[str, Any], figure: Figure) -> dict[str, Any]:
    name, value, unit, (low, high), grade, status, note = figure
    return {
        "entity_id": f"site:{site_id}",
        "parameter": prefix + name,
        "low": value * low,
        "central": value,
        "high": value * high,
        "unit": unit,
        "as_of": AS_OF,
        "source_id": SOURCE,
        "locator": phase["name"],
        "grade": grade,
        "status": status,
        "note": note,
        **place_of(phase),
    }


MAPS: dict[str, Map] = {
    "site": lambda reading: site(reading["epoch_gpu_clusters_cluster"]),
    "parameter": lambda reading: parameter(reading["epoch_gpu_clusters_cluster"]),
}
