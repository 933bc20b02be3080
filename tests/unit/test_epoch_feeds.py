"""Epoch's files as they are published: both editions of the data centers, and what is left out of the other two lists."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sources.columns import Table
from sources.connector import Reading
from sources.epoch_data_centers import connector as data_centers
from sources.epoch_data_centers import records as data_center_records
from sources.epoch_gpu_clusters import connector as clusters
from sources.epoch_gpu_clusters import records as cluster_records
from sources.epoch_gpu_clusters.declarations import Cluster
from sources.epoch_ml_hardware import connector as hardware
from sources.epoch_ml_hardware import records as hardware_records
from sources.errors import SourceError
from sources.frames import rows_of
from sources.registry import folders
from sources.review import collecting
from sources.tabular import empty

PAYLOADS = Path(__file__).resolve().parents[1] / "payloads"
SOURCES = {source.id: source for source in folders()}
RETRIEVED = "2026-06-01"


def edition_of_2026(**changes: tuple[str, str]) -> dict[str, bytes]:
    """The synthetic files; `changes` by raw table: a text and what stands in its place."""
    files = {}
    for table, name in data_centers.FILES.items():
        text = (PAYLOADS / "epoch_data_centers" / f"synthetic_2026_{name}").read_text(encoding="utf-8")
        old, new = changes.get(table.removeprefix("epoch_data_centers_"), ("", ""))
        assert old in text
        files[name] = text.replace(old, new, 1).encode()
    return files


@pytest.fixture(scope="module")
def vintage() -> Reading:
    return Reading(data_centers.parse(edition_of_2026()), RETRIEVED)


def synthetic(name: str) -> dict[str, bytes]:
    return {f"{name.removeprefix('epoch_')}.csv": (PAYLOADS / name / f"synthetic_{name.removeprefix('epoch_')}.csv").read_bytes()}


def same_rows(parsed: pd.DataFrame, loaded: pd.DataFrame, record: type[Table]) -> None:
    columns = list(record.model_fields)
    assert rows_of(parsed[columns]) == rows_of(loaded[columns])


# --- the exports of December 2025, whole


@pytest.mark.shared
@pytest.mark.parametrize("source_id", ["epoch_data_centers", "epoch_gpu_clusters", "epoch_ml_hardware"])
def test_a_snapshot_is_what_is_read_of_the_whole_export(source_id: str, shared: Path) -> None:
    source = SOURCES[source_id]
    assert source.connector is not None
    archive = source_id.removeprefix("epoch_")
    files = {p.name.removeprefix(f"{archive}__"): p.read_bytes() for p in (shared / "payloads" / "epoch").glob(f"{archive}__*.csv")}
    for name, frame in source.connector.parse(files).items():
        same_rows(frame, source.load(name), source.tables[name])


@pytest.mark.shared
def test_the_whole_list_of_clusters_has_anonymous_rows_and_duplicates(shared: Path) -> None:
    published = pd.read_csv(shared / "payloads" / "epoch" / "gpu_clusters__gpu_clusters.csv")
    assert len(published) == 786
    assert (published["Name"] == clusters.ANONYMOUS).sum() == 257
    assert published["Possible Duplicate"].notna().sum() == 94


# --- data centers, as their files have been since 2026


def test_a_name_of_either_edition_is_one_site(vintage: Reading) -> None:
    with collecting():
        site = data_center_records.MAPS["site"](vintage).set_index("site_id").loc["xai_colossus_1_memphis_tennessee"]
    assert (site["name"], site["country"], site["status"], site["operational"]) == ("Colossus 1", "USA", "operational", "2026-02-01")
    assert pd.isna(site["latitude"])


def test_a_new_site_stands_in_the_country_it_is_given(vintage: Reading) -> None:
    with collecting():
        site = data_center_records.MAPS["site"](vintage).set_index("site_id").loc["example_johor"]
    assert (site["country"], site["status"]) == ("MYS", "construction")


def test_sites_of_unknown_places_await_review_with_all_that_is_said_of_them(vintage: Reading) -> None:
    with collecting() as questions:
        made = {name: table(vintage) for name, table in data_center_records.MAPS.items()}
    assert {(q.column, q.word) for q in questions} == {("Name", "Example Nowhere"), ("Country", "Atlantis")}
    known = {"xai_colossus_1_memphis_tennessee", "example_johor"}
    assert set(made["site"]["site_id"]) == set(made["site_timeline"]["site_id"]) == known
    assert set(made["parameter"]["entity_id"]) == {f"site:{name}" for name in known}


def test_power_is_that_of_the_facility_not_of_its_computers(vintage: Reading) -> None:
    figures = data_center_records.MAPS["parameter"](vintage).set_index(["entity_id", "parameter"])
    power = figures.loc[("site:xai_colossus_1_memphis_tennessee", "power_mw")]
    assert (power["central"], power["as_of"]) == (100, RETRIEVED)  # not 70; the state of May does not restate it
    assert figures.loc[("site:xai_colossus_1_memphis_tennessee", "planned_power_mw"), "central"] == 200


def test_what_lies_ahead_of_the_vintage_is_a_projection(vintage: Reading) -> None:
    states = data_center_records.MAPS["site_timeline"](vintage)
    assert states.loc[states["is_projection"], "date"].tolist() == ["2027-01-01"]


def test_the_empty_line_below_the_chillers_is_none(vintage: Reading) -> None:
    assert vintage["epoch_data_centers_chiller"]["model"].tolist() == ["E 100"]


@pytest.mark.parametrize(
    ("table", "old", "new", "told"),
    [
        ("timeline", "Power (MW),H100", "Facility power (MW),H100", r"timelines\.csv:1: column 'Facility power \(MW\)': unknown column"),
        ("timeline", "Water use (MGD)", "Water use (MGD),Noise (dB)", r"timelines\.csv:1: column 'Noise \(dB\)': unknown column"),
        ("timeline", "2026-02-01", "02/01/2026", r"timelines\.csv:3: column 'Date'"),
        ("data_center", "Colossus 1,1000", "Colossus 1,1000 #likely", r"data_centers\.csv:2: column 'Current H100 equivalents'"),
        ("chiller", "Air-cooled,100", "Air-cooled,0", r"chillers\.csv:2: column 'Cooling capacity \(kW\)'.*greater than 0"),
    ],
)
def test_a_changed_file_is_refused_at_its_place(table: str, old: str, new: str, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        data_centers.parse(edition_of_2026(**{table: (old, new)}))


def test_a_file_that_is_not_there_is_named() -> None:
    files = edition_of_2026()
    del files["data_center_timelines.csv"]
    with pytest.raises(SourceError, match=r"no file data_center_timelines\.csv"):
        data_centers.parse(files)


# --- clusters and hardware: what is left out


def test_clusters_that_matter_and_can_be_told_apart_are_kept() -> None:
    rows = clusters.parse(synthetic("epoch_gpu_clusters"))[Cluster.table]
    assert rows["name"].tolist() == ["Example Large", "Example Next Phase", "Example Small But Reported"]
    assert rows["source_line"].tolist() == [2, 4, 6]  # a note takes two lines


def test_a_left_out_row_is_checked_all_the_same() -> None:
    payload = synthetic("epoch_gpu_clusters")["gpu_clusters.csv"].replace(b"Example Twice,Existing", b"Example Twice,Rumoured")
    with pytest.raises(SourceError, match=r"gpu_clusters\.csv:9: column 'Status'.*'Rumoured'"):
        clusters.parse({clusters.FILE: payload})


def test_a_list_of_clusters_holds_for_the_month_of_its_newest_opening() -> None:
    rows = clusters.parse(synthetic("epoch_gpu_clusters"))[Cluster.table]
    assert cluster_records.as_of(rows, "2026-11-26") == "2026-04"
    assert cluster_records.as_of(SOURCES["epoch_gpu_clusters"].load(Cluster.table), "2025-12-13") == "2025-07"


def test_accelerators_for_servers_since_2017_are_kept() -> None:
    rows = hardware.parse(synthetic("epoch_ml_hardware"))["epoch_ml_hardware_accelerator"]
    assert rows["name"].tolist() == ["NVIDIA H100 SXM5 80GB", "Example A1", "AMD Radeon Instinct MI1"]


def test_phases_that_run_in_a_circle_are_told_at_the_source() -> None:
    rows = SOURCES["epoch_gpu_clusters"].load(Cluster.table)
    circle = rows.assign(builds_upon=rows["builds_upon"].where(rows["name"] != "Tesla Cortex Phase 1", "Tesla Cortex Phase 2"))
    with pytest.raises(SourceError, match=r"column 'Builds Upon': the phases of .* run in a circle"):
        cluster_records.site(circle, RETRIEVED)


def test_a_cluster_of_an_unknown_chip_awaits_review_in_every_table() -> None:
    rows = SOURCES["epoch_gpu_clusters"].load(Cluster.table)
    renamed = rows.assign(chip=rows["chip"].where(rows["name"] != "Tesla Cortex Phase 2", "NVIDIA H100 SXM9"))
    with collecting() as questions:
        sites = cluster_records.site(renamed, RETRIEVED)
    figures = cluster_records.parameter(renamed, RETRIEVED)
    assert [q.word for q in questions] == ["NVIDIA H100 SXM9"]
    assert sites["site_id"].str.startswith("tesla_cortex").sum() == 1  # the phases around it are one place still
    assert set(figures["entity_id"]) <= set("site:" + sites["site_id"])


@pytest.mark.parametrize("source_id", ["epoch_data_centers", "epoch_ml_hardware"])
def test_a_source_without_a_vintage_gives_no_rows(source_id: str) -> None:
    source = SOURCES[source_id]
    reading = Reading({name: empty(record) for name, record in source.tables.items()})
    assert [len(made(reading)) for made in source.maps.values()] == [0] * len(source.maps)


def test_hardware_that_is_no_longer_listed_has_no_figures() -> None:
    rows = hardware.parse(synthetic("epoch_ml_hardware"))["epoch_ml_hardware_accelerator"]
    figures = hardware_records.parameter(rows)
    assert figures[["entity_id", "parameter", "central"]].to_numpy().tolist() == [
        ["board:h100", "tdp", 700.0],
        ["board:h100", "memory_capacity", 80.0],
    ]
