"""From clusters to sites and their figures: one site for each place, whatever number of phases and rows it has.

A row becomes (part of) a site where Epoch holds it for likely, in one place and in a known country, where it is not a
data center of the other list, and where the place is large enough to matter today. Figures of what is built are those
of the last phase built; figures of the plan are those of the last phase planned, and begin with `planned_`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sources import mapping
from sources import records as r
from sources.connector import Map, Reading
from sources.coordinates import pair_in
from sources.corrections import corrected
from sources.epoch_gpu_clusters.declarations import ChipType, Cluster, CountryName, NoOrganisation, SamePlace
from sources.epoch_gpu_clusters.phases import Place, places
from sources.errors import Problem, SourceError
from sources.frames import rows_of
from sources.ids import snake_case
from sources.tabular import frame_of, place_of

HERE = Path(__file__).resolve().parent
SOURCE = "epoch_gpu_clusters"

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


def as_of(clusters: pd.DataFrame, retrieved_at: str) -> str:
    """The month in which the newest of the clusters in use opened: a list is exported later, but tells of nothing newer.

    `retrieved_at` where no cluster has a date.
    """
    opened = clusters.loc[clusters["status"].ne("Planned"), "first_operational"].dropna()
    return min(str(opened.max())[:7], retrieved_at) if len(opened) else retrieved_at


def site(clusters: pd.DataFrame, retrieved_at: str) -> pd.DataFrame:
    """Rows of core.site, names of organisations still as published; words that are no organisation are left out.

    Raises
    ------
    SourceError
        A chip or a country that the mapping files do not know (in a live vintage its rows are held back), a correction
        whose expectation fails, or phases that run in a circle.
    """
    known = Known.read()
    mapping.check_known(clusters, "chip", Cluster, known.chips, HERE / "chip_type.csv")
    mapping.check_known(clusters, "country", Cluster, known.countries, HERE / "country.csv")
    rows = []
    for site_id, place in _sites(clusters, known):
        row = place.built or place.phases[-1]
        latitude, longitude = pair_in(row["location"]) or (None, None)
        rows.append(
            {
                "site_id": site_id,
                "name": place.name,
                "operator": _organisations(row["owner"], known.others),
                "users": _organisations(row["users"], known.others),
                "country": known.countries[row["country"]],
                "latitude": latitude,
                "longitude": longitude,
                "board_id": known.chips.get(row["chip"]),
                "status": STATUS[row["status"]],
                "operational": place.opened,
                "as_of": as_of(clusters, retrieved_at),
                "source_id": SOURCE,
                "grade": "secondary",
                "note": f"Epoch calls it {row['certainty'].lower()}." if row["certainty"] != "Confirmed" else None,
                **place_of(row),
            }
        )
    return frame_of(rows, r.Site)


def parameter(clusters: pd.DataFrame, retrieved_at: str) -> pd.DataFrame:
    """Figures of site:<site_id>: power, computing power, chips and the cost of the hardware, now and as planned."""
    date = as_of(clusters, retrieved_at)
    rows = []
    for site_id, place in _sites(clusters, Known.read()):
        for prefix, phase in (("", place.built), ("planned_", place.planned)):
            if phase is not None and phase["status"] != "Decommissioned":
                rows += [_row(site_id, prefix, phase, figure, date) for figure in _figures(phase)]
    return frame_of(rows, r.ParameterRow)


@dataclass(frozen=True)
class Known:
    """What the mapping files know: boards by chip, codes by country, words that are no organisation."""

    chips: dict[str, str | None]
    countries: dict[str, str | None]
    others: dict[str, str | None]

    @classmethod
    def read(cls) -> Known:
        return cls(*(mapping.meanings(HERE / f"{record.table}.csv", record) for record in (ChipType, CountryName, NoOrganisation)))


def _sites(clusters: pd.DataFrame, known: Known) -> list[tuple[str, Place]]:
    """Site id and place of each cluster that becomes a site.

    Phases are put together before any is left out: a phase that is held back does not make two places of one.
    """
    known_places = mapping.meanings(HERE / "same_place.csv", SamePlace)
    rows = rows_of(corrected(clusters, Cluster.key, HERE / "correction.csv"))
    try:
        all_places = places(rows)
    except ValueError as error:  # phases that run in a circle; the message names them
        raise SourceError([Problem(rows[0]["source_file"], 1, "Builds Upon", str(error))]) from error
    elsewhere = [place for place in all_places if not place.names & set(known_places)]
    usable = [Place(phases) for place in elsewhere if (phases := tuple(p for p in place.phases if _usable(p, known)))]
    kept = [place for place in usable if max(phase["h100_equivalents"] or 0 for phase in place.phases) >= SMALLEST_H100_EQUIVALENTS]
    ids = pd.Series([snake_case(place.name) for place in kept], dtype=object)
    count = ids.groupby(ids).cumcount()
    return list(zip(ids.where(count == 0, ids + "_" + (count + 1).astype(str)), kept, strict=True))


def _usable(row: dict[str, Any], known: Known) -> bool:
    """Likely, in one place, in a known country, of known chips or none, and no duplicate."""
    flagged = row["possible_duplicate"] or row["exclude"]
    understood = row["country"] in known.countries and (row["chip"] is None or row["chip"] in known.chips)
    return row["certainty"] != "Unlikely" and row["single_cluster"] != "No" and understood and not flagged


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


def _row(site_id: str, prefix: str, phase: dict[str, Any], figure: Figure, date: str) -> dict[str, Any]:
    name, value, unit, (low, high), grade, status, note = figure
    return {
        "entity_id": f"site:{site_id}",
        "parameter": prefix + name,
        "low": value * low,
        "central": value,
        "high": value * high,
        "unit": unit,
        "as_of": date,
        "source_id": SOURCE,
        "locator": phase["name"],
        "grade": grade,
        "status": status,
        "note": note,
        **place_of(phase),
    }


def _of(reading: Reading) -> tuple[pd.DataFrame, str]:
    return reading["epoch_gpu_clusters_cluster"], reading.retrieved_at


MAPS: dict[str, Map] = {"site": lambda reading: site(*_of(reading)), "parameter": lambda reading: parameter(*_of(reading))}
