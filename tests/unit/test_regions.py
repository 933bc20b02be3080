"""Waits and costs of building of regions: measured where they are, the widest range known where they are not."""

from __future__ import annotations

import pandas as pd
import pytest

from graph.cost.figures import Figures
from graph.cost.places import BUILDING, WAIT
from graph.cost.regions import Region, regions

REGIONS = ("us_texas", "us_new_jersey", "us_hawaii", "us", "netherlands", "france", "japan", "SOCO")
QUEUE = [
    ("PJM", "time_to_operation", 28.0, 40.0, 60.0, "months", "2026"),
    ("PJM", "time_to_operation", 7.0, 7.0, 7.0, "years", "2024"),
    ("Southeast (non-ISO)", "time_to_operation", 30.0, 50.0, 74.0, "months", "2026"),
    ("US", "load_connection_time", 36.0, 48.0, 62.0, "months", "2026"),
    ("Europe", "load_connection_time", 36.0, 47.0, 60.0, "months", "2025"),
    ("Europe", "load_connection_time_worst_case", 48.0, 72.0, 90.0, "months", "2026"),
    ("Netherlands", "load_connection_time", 84.0, 108.0, 120.0, "months", "2025"),
]


def parameters(rows: list[tuple[str, str, float, float, float]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["entity_id", "parameter", "low", "central", "high"])
    return frame.assign(status="current", grade="secondary", source_id="x")


@pytest.fixture(scope="module")
def found() -> tuple[dict[str, Region], Figures]:
    rows = [(f"region:{r}", "tariff", 50.0, 60.0, 70.0) for r in REGIONS]
    rows += [("global:site", WAIT, 12.0, 36.0, 60.0), ("site:tex", WAIT, 10.0, 30.0, 48.0)]
    rows += [("site:tex", BUILDING, 0.8, 0.9, 1.0), ("region:japan", BUILDING, 1.1, 1.3, 1.4)]
    empty = parameters([])
    figures = Figures(parameters(rows), empty.assign(item_id=""), empty.assign(requirement_id=""))
    site = {"site_id": "tex", "name": "T", "country": "USA", "region": "us_texas", "cooling": "air", "status": "reference"}
    sites = pd.DataFrame([site | {"as_of": "2026", "source_id": "x", "grade": "estimate"}])
    queue = pd.DataFrame(QUEUE, columns=["region", "metric", "low", "central", "high", "unit", "as_of"]).assign(
        status="current", grade="secondary"
    )
    queue["queue_id"] = queue["region"] + "/" + queue["metric"] + "/" + queue["as_of"]
    core = {"parameter": parameters(rows), "site": sites, "queue_entry": queue}
    listed, known = regions(core, figures)
    return {r.region: r for r in listed}, known


@pytest.mark.parametrize(
    ("region", "months", "basis"),
    [
        ("us_texas", (10.0, 30.0, 48.0), "reference site"),
        ("netherlands", (84.0, 108.0, 120.0), "loads"),
        # The newest of its grid's generators; as wide as these, those of two years before (in years) and the loads of the country.
        ("us_new_jersey", (12.0, 40.0, 84.0), "generators"),
        ("SOCO", (12.0, 50.0, 74.0), "generators"),
        ("us_hawaii", (12.0, 48.0, 62.0), "loads around it"),
        ("france", (36.0, 47.0, 90.0), "loads around it"),
        ("japan", (10.0, 36.0, 120.0), "not known"),
    ],
)
def test_a_wait_is_the_nearest_one_measured(
    found: tuple[dict[str, Region], Figures], region: str, months: tuple[float, ...], basis: str
) -> None:
    known, figures = found
    assert figures.bounds(f"{known[region].entity}.{WAIT}") == months
    assert known[region].wait_basis == basis


def test_what_is_not_published_is_listed_and_as_wide_as_what_is_known(found: tuple[dict[str, Region], Figures]) -> None:
    known, figures = found
    assert known["us_texas"].missing == ()
    assert known["netherlands"].missing == ("cost of building",)
    assert known["japan"].missing == ("wait of loads",)
    assert known["france"].missing == ("wait of loads", "cost of building")
    assert figures.bounds(f"region:france.{BUILDING}") == (0.8, 1.0, 1.4)
    assert figures.grade(f"region:france.{BUILDING}") == "estimate"
    assert figures.bounds(f"region:japan.{BUILDING}") == (1.1, 1.3, 1.4)


def test_the_rows_behind_a_wait_are_named(found: tuple[dict[str, Region], Figures]) -> None:
    known, _ = found
    assert known["us_new_jersey"].wait_rests_on[:2] == ("queue:PJM/time_to_operation/2026", "queue:PJM/time_to_operation/2024")
    assert known["netherlands"].wait_rests_on == ("queue:Netherlands/load_connection_time/2025",)


def test_contracts_are_to_be_had_where_their_prices_are_published(found: tuple[dict[str, Region], Figures]) -> None:
    known, _ = found
    assert {r for r, one in known.items() if one.is_priced} == {"us_texas", "us_new_jersey", "us", "SOCO"}
