"""Epoch's lists: data centers, clusters, hardware."""

from __future__ import annotations

import pandas as pd
import pytest

from sources.coordinates import decimal_degrees, pair_in
from sources.curated.loader import load as load_curated
from sources.curated.loader import tables as curated_tables
from sources.epoch_data_centers import records as data_centers
from sources.epoch_gpu_clusters import records as clusters
from sources.epoch_gpu_clusters.declarations import SamePlace
from sources.epoch_gpu_clusters.phases import places
from sources.epoch_ml_hardware import records as hardware
from sources.errors import SourceError
from sources.ids import snake_case
from sources.mapping import meanings
from sources.registry import check_bounds, folders
from sources.sites import merge_sites

SOURCES = {source.id: source for source in folders()}
EXPORTED = "2025-12-13"
"""The day the snapshots were read."""


@pytest.fixture(scope="module")
def centers() -> pd.DataFrame:
    return SOURCES["epoch_data_centers"].load("epoch_data_centers_data_center")


@pytest.fixture(scope="module")
def timelines() -> pd.DataFrame:
    return SOURCES["epoch_data_centers"].load("epoch_data_centers_timeline")


@pytest.fixture(scope="module")
def cluster_rows() -> pd.DataFrame:
    return SOURCES["epoch_gpu_clusters"].load("epoch_gpu_clusters_cluster")


@pytest.fixture(scope="module")
def accelerators() -> pd.DataFrame:
    return SOURCES["epoch_ml_hardware"].load("epoch_ml_hardware_accelerator")


# --- names and coordinates


def test_west_and_south_are_negative() -> None:
    assert decimal_degrees("32°35'25\"N") == pytest.approx(32.59028, abs=1e-5)
    assert decimal_degrees("90°05'35\"W") == pytest.approx(-90.09306, abs=1e-5)


def test_seconds_have_decimals() -> None:
    assert decimal_degrees("114°42'1.6272\"E") == pytest.approx(114.700452)


def test_a_pair_of_coordinates_is_told_from_an_address() -> None:
    assert pair_in("27°33'21.6\"N 35°32'18.4\"E") == pytest.approx((27.556, 35.5384444))
    assert pair_in("3231 Riverport Rd, Memphis, TN 38109") is None


@pytest.mark.parametrize("text", ["32.59 N", "32°35'N", ""])
def test_what_is_no_coordinate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="degrees, minutes and seconds"):
        decimal_degrees(text)


def test_tags_of_confidence_are_no_part_of_a_name() -> None:
    assert data_centers.joined_names("OpenAI #likely, Microsoft #speculative") == "OpenAI;Microsoft"
    assert data_centers.joined_names(None) is None


def test_ids_are_ascii() -> None:
    assert snake_case("Jupiter, Jülich") == "jupiter_julich"
    assert snake_case("OpenAI-Oracle Stargate Abu Dhabi") == "openai_oracle_stargate_abu_dhabi"


# --- data centers


def test_a_site_stands_where_its_coordinates_say(centers: pd.DataFrame, timelines: pd.DataFrame) -> None:
    site = data_centers.site(centers, timelines, EXPORTED).set_index("site_id").loc["xai_colossus_1_memphis_tennessee"]
    assert (site["latitude"], site["longitude"]) == pytest.approx((35.05972, -90.15639))
    assert (site["country"], site["status"], site["operational"]) == ("USA", "operational", "2024-08-11")


def test_a_site_without_power_yet_is_under_construction(centers: pd.DataFrame, timelines: pd.DataFrame) -> None:
    site = data_centers.site(centers, timelines, EXPORTED).set_index("site_id").loc["meta_hyperion_holly_ridge_louisiana"]
    assert (site["status"], site["operational"]) == ("construction", "2028-01-01")


def test_a_state_after_the_snapshot_is_a_projection(centers: pd.DataFrame, timelines: pd.DataFrame) -> None:
    states = data_centers.site_timeline(centers, timelines, EXPORTED)
    assert states.loc[states["date"] <= "2025-11-30", "is_projection"].eq(False).all()
    assert states.loc[states["date"] >= "2026-01-03", "is_projection"].all()


def test_unknown_computing_power_is_not_zero(centers: pd.DataFrame, timelines: pd.DataFrame) -> None:
    states = data_centers.site_timeline(centers, timelines, EXPORTED).set_index(["site_id", "date"])
    assert pd.isna(states.loc[("xai_colossus_1_memphis_tennessee", "2024-11-12"), "h100_equivalents"])


def test_what_epoch_calls_current_is_the_last_state_before_the_snapshot(centers: pd.DataFrame, timelines: pd.DataFrame) -> None:
    states = data_centers.site_timeline(centers, timelines, EXPORTED)
    last = states[~states["is_projection"]].sort_values("date").groupby("site_id")["power_mw"].last()
    current = centers.set_index(centers["name"].map(snake_case))["current_power_mw"]
    assert current.to_dict() == last.to_dict()


def test_the_planned_power_is_that_of_the_last_state(centers: pd.DataFrame, timelines: pd.DataFrame) -> None:
    figures = data_centers.parameter(centers, timelines, EXPORTED).set_index(["entity_id", "parameter"])
    assert figures.loc[("site:microsoft_fairwater_mount_pleasant_wisconsin", "planned_power_mw"), "central"] == 3328
    assert figures.loc[("site:microsoft_fairwater_mount_pleasant_wisconsin", "power_mw"), "high"] == 0


def test_a_new_site_needs_its_country_declared(centers: pd.DataFrame, timelines: pd.DataFrame) -> None:
    moved = centers.assign(name=centers["name"].replace("Goodnight", "Goodnight II", regex=True))
    with pytest.raises(SourceError, match=r"place\.csv does not say what 'Crusoe Goodnight II Texas' is"):
        data_centers.site(moved, timelines, EXPORTED)


# --- clusters


def test_phases_of_a_cluster_are_one_site_with_the_total_so_far(cluster_rows: pd.DataFrame) -> None:
    sites = clusters.site(cluster_rows, EXPORTED)
    assert sites["site_id"].str.startswith("tesla_cortex").sum() == 1
    figures = clusters.parameter(cluster_rows, EXPORTED).query("status == 'current'").set_index(["entity_id", "parameter"])
    assert figures.loc[("site:tesla_cortex", "h100_equivalents"), "central"] == pytest.approx(50_000)
    assert figures.loc[("site:tesla_cortex", "planned_h100_equivalents"), "central"] == pytest.approx(100_000)


def test_phases_in_a_circle_are_refused() -> None:
    circle = [{"name": "A", "builds_upon": "B", "superseded_by": None}, {"name": "B", "builds_upon": "A", "superseded_by": None}]
    with pytest.raises(ValueError, match="circle"):
        places(circle)


def test_a_data_center_of_the_other_list_is_not_counted_twice(
    centers: pd.DataFrame, timelines: pd.DataFrame, cluster_rows: pd.DataFrame
) -> None:
    same = meanings(clusters.HERE / "same_place.csv", SamePlace)
    assert set(same) <= {name.strip('"') for name in cluster_rows["name"]}
    assert set(same.values()) <= set(data_centers.site(centers, timelines, EXPORTED)["site_id"])
    names = " ".join(clusters.site(cluster_rows, EXPORTED)["name"])
    assert not [place for place in ("Colossus", "Abilene", "Prometheus", "Rainier", "Mt Pleasant", "UAE/USA") if place in names]


def test_rumours_and_clusters_of_no_known_country_are_no_sites(cluster_rows: pd.DataFrame) -> None:
    sites = clusters.site(cluster_rows, EXPORTED)
    assert sites["country"].notna().all()
    assert not sites["site_id"].isin(["xai_5_year_plan", "meta_200b_campus_rumor"]).any()


def test_uses_are_no_organisations(cluster_rows: pd.DataFrame) -> None:
    users = clusters.site(cluster_rows, EXPORTED).set_index("site_id")["users"]
    assert users["reliance_industries_supercomputer"] == "Reliance Jio"
    assert not users.dropna().str.contains(r"\bCloud\b|cademia").any()


def test_reported_power_stands_before_calculated_power(cluster_rows: pd.DataFrame) -> None:
    figures = clusters.parameter(cluster_rows, EXPORTED)
    denton = figures[figures["entity_id"] == "site:coreweave_denton_gb200s_openai_microsoft"]
    power = denton[denton["parameter"] == "planned_power_mw"]
    assert power.set_index("status")["central"].to_dict() == pytest.approx({"current": 260.0, "conflicting": 240.24})
    assert power.set_index("status")["grade"].to_dict() == {"current": "secondary", "conflicting": "derived"}


def test_every_figure_of_a_cluster_is_of_a_site(cluster_rows: pd.DataFrame) -> None:
    sites = "site:" + clusters.site(cluster_rows, EXPORTED)["site_id"]
    assert set(clusters.parameter(cluster_rows, EXPORTED)["entity_id"]) <= set(sites)


def test_a_site_has_one_current_figure_of_a_kind(cluster_rows: pd.DataFrame) -> None:
    figures = clusters.parameter(cluster_rows, EXPORTED).query("status == 'current'")
    assert not figures.duplicated(["entity_id", "parameter"]).any()


def test_an_unknown_chip_is_reported_at_its_row(cluster_rows: pd.DataFrame) -> None:
    renamed = cluster_rows.assign(chip=cluster_rows["chip"].replace("NVIDIA GB200", "NVIDIA GB200 NVL"))
    with pytest.raises(SourceError, match=r"epoch_gpu_clusters_cluster\.csv:\d+: column 'Chip type \(primary\)'.*'NVIDIA GB200 NVL'"):
        clusters.site(renamed, EXPORTED)


# --- both, with the curated sites


def test_curated_rows_fill_what_epoch_leaves_open(centers: pd.DataFrame, timelines: pd.DataFrame, cluster_rows: pd.DataFrame) -> None:
    published = data_centers.site(centers, timelines, EXPORTED)
    reading = {
        "operator": "Crusoe",
        "cooling": "direct_to_chip",
        "region": "SPP",
        "country": "CAN",
        "note": "Operator taken from the builder.",
    }
    curated = published.iloc[[3]].assign(**reading)
    merged = merge_sites([published, clusters.site(cluster_rows, EXPORTED), curated]).set_index("site_id")
    assert merged.index.is_unique
    site = merged.loc["crusoe_goodnight_texas"]
    assert (site["operator"], site["cooling"], site["region"]) == ("Crusoe", "direct_to_chip", "SPP")
    assert site["country"] == "USA"
    assert site["note"] == "As far as Epoch knows (users Google: speculative). Operator taken from the builder."


def test_every_curated_site_is_kept_and_every_place_is_there_once(
    centers: pd.DataFrame, timelines: pd.DataFrame, cluster_rows: pd.DataFrame
) -> None:
    curated = pd.concat([load_curated(name) for name in curated_tables() if name == "sites_site"])
    merged = merge_sites([data_centers.site(centers, timelines, EXPORTED), clusters.site(cluster_rows, EXPORTED), curated])
    assert merged["site_id"].is_unique
    assert set(curated["site_id"]) <= set(merged["site_id"])


# --- hardware


def test_hardware_figures_are_evidence_beside_the_curated_ones(accelerators: pd.DataFrame) -> None:
    figures = hardware.parameter(accelerators)
    assert set(figures["status"]) == {"conflicting"}
    h100 = figures[figures["entity_id"] == "board:h100"].set_index("parameter")["central"].to_dict()
    assert h100 == pytest.approx(
        {"tdp": 700, "memory_capacity": 80, "memory_bandwidth": 3.35, "bf16_compute": 989.4, "compute_die_area": 814}
    )


def test_the_sum_of_chiplets_is_no_die(accelerators: pd.DataFrame) -> None:
    figures = hardware.parameter(accelerators)
    areas = figures.loc[figures["parameter"] == "compute_die_area", "entity_id"]
    assert "board:mi300x" not in set(areas)


def test_memory_on_the_die_is_sram(accelerators: pd.DataFrame) -> None:
    figures = hardware.parameter(accelerators)
    groq = figures[figures["entity_id"] == "board:groq_lpu_v1"].set_index("parameter")["central"]
    assert groq["sram_capacity"] == pytest.approx(0.23)
    assert "memory_capacity" not in groq


def test_the_snapshots_are_of_plausible_size() -> None:
    for folder in folders():
        if folder.declaration.id.startswith("epoch_"):
            check_bounds(folder, {name: len(folder.load(name)) for name in folder.tables})
