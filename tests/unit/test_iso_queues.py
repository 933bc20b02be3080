"""Interconnection queues of MISO, SPP and NYISO. All payloads are synthetic, in the operators' formats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.connector import Reading
from sources.errors import SourceError
from sources.iso_queues import connector, records
from sources.iso_queues.connector import MISO, NYISO, SPP
from sources.queues import queue_entry
from sources.review import collecting
from sources.tabular import empty
from tests.workbooks import workbook

PAYLOADS = Path(__file__).resolve().parents[1] / "payloads" / "iso_queues"
MISO_BYTES = (PAYLOADS / "synthetic_miso.json").read_bytes()
SPP_BYTES = (PAYLOADS / "synthetic_spp.csv").read_bytes()
SHEETS: dict[str, list[list[Any]]] = json.loads((PAYLOADS / "synthetic_nyiso.json").read_text(encoding="utf-8"))
NYISO_BYTES = workbook(SHEETS)
FILES = {MISO: MISO_BYTES, SPP: SPP_BYTES, NYISO: NYISO_BYTES}
DAY = "2026-11-26"


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return connector.parse(FILES)


@pytest.fixture(scope="module")
def figures(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return records.queue_entry(Reading(tables, DAY)).set_index(["region", "metric"])


def problems(**changed: bytes) -> str:
    with pytest.raises(SourceError) as caught:
        connector.parse(FILES | {name.replace("_", "."): payload for name, payload in changed.items()})
    return str(caught.value)


def changed_book(sheet: str, row: int, column: int, value: Any) -> bytes:
    rows = [list(cells) for cells in SHEETS[sheet]]
    rows[row][column] = value
    return workbook(SHEETS | {sheet: rows})


# --- what the operators' formats do


def test_every_raw_table_has_its_declared_columns(tables: dict[str, pd.DataFrame]) -> None:
    for name, record in connector.TABLES.items():
        assert list(tables[name].columns) == list(empty(record).columns)


def test_an_instant_of_miso_is_its_day_and_an_empty_text_is_missing(tables: dict[str, pd.DataFrame]) -> None:
    first, third = tables["iso_queues_miso"].iloc[0], tables["iso_queues_miso"].iloc[2]
    assert (first["queue_date"], first["summer_mw"], first["source_line"]) == ("2024-11-26", 200.0, 1)
    assert pd.isna(third["queue_date"])
    assert pd.isna(third["fuel"])


def test_spp_begins_below_the_day_of_its_last_update(tables: dict[str, pd.DataFrame]) -> None:
    rows = tables["iso_queues_spp"].set_index("number")
    assert rows.loc["GEN-A", ["received", "capacity_mw", "source_line"]].tolist() == ["2024-11-26", 1003.0, 3]
    assert rows.loc["GEN-B", "poi"] == "Second\nSwitching Station"
    assert rows.loc["GEN-C", "source_line"] == 6
    assert rows.loc["GEN-D", "generation"] == "WIND"


def test_nyiso_keeps_numbered_requests_and_leaves_notes_and_fillers(tables: dict[str, pd.DataFrame]) -> None:
    rows = tables["iso_queues_nyiso"].set_index("queue_pos")
    assert rows.index.tolist() == ["0276", "581", "0600", "0601", "C24-003", "0005", "0006", "C24-900", "0001"]
    assert rows.loc["0276", ["requested", "status"]].tolist() == ["2023-11-26", "11"]
    assert rows.loc["C24-003", "status"] == "7"
    assert pd.isna(rows.loc["581", "summer_mw"])
    assert rows.loc["0005", "source_file"] == "nyiso.xlsx[Withdrawn]"


def test_headings_in_two_rows_are_one_heading(tables: dict[str, pd.DataFrame]) -> None:
    built = tables["iso_queues_nyiso"].set_index("queue_pos").loc["0001"]
    assert (built["sheet"], built["project"], built["requested"], built["county"]) == (
        "In Service",
        "Middle Station",
        "1989-09-15",
        "Orange County",
    )


# --- what follows from them


def test_active_is_what_the_operator_calls_active(figures: pd.DataFrame) -> None:
    assert figures.loc[("MISO", "active_projects"), "central"] == 4  # one in service, one line and the signed one are not
    assert figures.loc[("SPP", "active_projects"), "central"] == 4  # the suspended one is not
    assert figures.loc[("NYISO", "active_projects"), "central"] == 3  # the line and the one that operates are not


def test_capacity_is_the_larger_season_and_a_negative_change_adds_nothing(figures: pd.DataFrame) -> None:
    of = figures["central"].to_dict()
    assert of["MISO", "active_solar"] == pytest.approx(0.25)
    assert of["MISO", "active_wind"] == 0
    assert of["MISO", "active_total"] == pytest.approx(0.25 + 0.3 + 0.1005)
    assert of["NYISO", "active_solar"] == pytest.approx(0.0955)
    assert of["NYISO", "active_storage"] == pytest.approx(0.1)


def test_groups_sum_to_the_total(figures: pd.DataFrame) -> None:
    for region in ("MISO", "SPP", "NYISO"):
        of = figures.loc[region, "central"]
        groups = [f"active_{g}" for g in ("solar", "wind", "storage", "natural_gas", "hybrid", "other") if f"active_{g}" in of]
        assert of[groups].sum() == pytest.approx(of["active_total"])


def test_a_thermal_plant_is_what_its_fuel_says(figures: pd.DataFrame) -> None:
    of = figures.loc["SPP", "central"]
    assert of["active_natural_gas"] == pytest.approx(1.003 + 0.05)  # combined cycle, and one without a fuel
    assert of["active_other"] == pytest.approx(0.075)  # coal
    assert of["active_hybrid"] == pytest.approx(0.398)


def test_withdrawn_of_all_that_asked(figures: pd.DataFrame) -> None:
    of = figures.xs("withdrawal_rate_by_projects", level="metric")["central"]
    assert of["MISO"] == pytest.approx(2 / 8)
    assert of["SPP"] == pytest.approx(2 / 8)
    assert of["NYISO"] == pytest.approx(2 / 7)


def test_loads_of_new_york_and_their_data_centres(figures: pd.DataFrame) -> None:
    of = figures.loc["NYISO", "central"]
    assert (of["large_load_queue"], of["large_load_projects"]) == (0.4, 2)
    assert of["large_load_data_centre_share"] == pytest.approx(250 / 400)


def test_few_requests_have_no_median(figures: pd.DataFrame) -> None:
    assert "wait_of_active_projects" not in figures.index.get_level_values("metric")


def requests(state: str, months: list[int]) -> pd.DataFrame:
    """Requests of one region that asked so many months before DAY, and operate at it."""
    asked = [pd.Timestamp(DAY) - pd.DateOffset(months=m) for m in months]
    place = {"source_file": "a", "source_line": 1}
    return pd.DataFrame(
        {"region": "X", "state": state, "asked": asked, "operating": pd.Timestamp(DAY), "group": "wind", "mw": 1.0, **place}
    )


def test_the_wait_is_a_median_with_quartiles_in_months() -> None:
    rows = requests("active", list(range(12, 133, 12)))
    found = queue_entry(rows, rows, DAY, "x").set_index("metric").loc["wait_of_active_projects"]
    assert found[["low", "central", "high"]].tolist() == pytest.approx([42, 72, 102], abs=0.1)
    assert found["unit"] == "months"


def test_time_to_operation_counts_the_last_ten_years_and_no_plant_before_its_request() -> None:
    rows = pd.concat([requests("operational", [60] * 10), requests("operational", [-6])], ignore_index=True)
    old = requests("operational", [300] * 20).assign(operating=pd.Timestamp("2010-01-01"))
    found = queue_entry(pd.concat([rows, old], ignore_index=True), rows, DAY, "x").set_index("metric").loc["time_to_operation"]
    assert found["central"] == pytest.approx(60, abs=0.1)


def test_a_source_without_a_vintage_gives_no_figures() -> None:
    nothing = Reading({name: empty(record) for name, record in connector.TABLES.items()}, DAY)
    found = records.queue_entry(nothing)
    assert found.empty
    assert {"region", "metric", "central", "unit"} <= set(found.columns)


def test_metrics_and_units_are_those_of_the_curated_rows(figures: pd.DataFrame) -> None:
    path = Path(records.__file__).resolve().parents[1] / "curated" / "power" / "queue_entry.csv"
    curated = pd.read_csv(path).groupby("metric")["unit"].agg(set)
    ours = figures.reset_index().groupby("metric")["unit"].agg(set)
    new = {"active_hybrid", "active_other", "large_load_projects"}
    assert set(ours.index) - set(curated.index) == new
    assert all(ours[m] == curated[m] for m in ours.index if m not in new)


def test_the_words_of_active_requests_must_be_known(tables: dict[str, pd.DataFrame]) -> None:
    rows = tables["iso_queues_miso"]
    odd = rows.assign(fuel=rows["fuel"].replace({"Solar": "Tidal", "Something older": "Peat"}))
    with pytest.raises(SourceError, match=r"miso\.json:1: column 'fuelType'.*miso_fuel\.csv does not say what 'Tidal' is") as caught:
        records.queue_entry(Reading(tables | {"iso_queues_miso": odd}, DAY))
    assert len(caught.value.problems) == 1  # the withdrawn peat plant is in no sum


def test_a_word_that_nobody_declared_yet_is_listed_and_its_capacity_kept(tables: dict[str, pd.DataFrame]) -> None:
    rows = tables["iso_queues_miso"]
    odd = rows.assign(fuel=rows["fuel"].replace("Solar", "Tidal"))
    with collecting() as questions:
        found = records.queue_entry(Reading(tables | {"iso_queues_miso": odd}, DAY)).set_index(["region", "metric"])
    assert [(q.source_id, q.word) for q in questions] == [("iso_queues", "Tidal")]
    assert found.loc[("MISO", "active_total"), "central"] == pytest.approx(0.6505)
    assert found.loc[("MISO", "active_other"), "central"] == pytest.approx(0.3505)


# --- what is refused


def test_a_missing_file_is_named() -> None:
    with pytest.raises(SourceError, match=r"spp\.csv:1: .*this file is missing; the vintage has miso\.json"):
        connector.parse({MISO: MISO_BYTES})


def test_a_renamed_key_of_miso_is_named() -> None:
    said = problems(miso_json=MISO_BYTES.replace(b"summerNetMW", b"summerMW"))
    assert "miso.json:1: column 'summerMW': unknown column; nearest: summerNetMW" in said
    assert "column 'summerNetMW': this column is missing" in said


def test_a_text_where_miso_has_a_number_is_found_by_entry() -> None:
    said = problems(miso_json=MISO_BYTES.replace(b"1750.0", b'"much"', 1))
    assert "miso.json:4: column 'summerNetMW'" in said


@pytest.mark.parametrize(
    "payload", [b"[]", b"{}", b"[1]", b"<html>", b'[{"projectNumber": "J1"', b"\xff", b'[{"projectNumber": "\\ud800"}]']
)
def test_what_is_no_list_of_projects_is_refused(payload: bytes) -> None:
    assert "miso.json:1" in problems(miso_json=payload)


def test_a_new_column_of_spp_is_named_with_its_line() -> None:
    said = problems(spp_csv=SPP_BYTES.replace(b"Cause of Delay", b"Cause"))
    assert "spp.csv:2: column 'Cause': unknown column" in said


def test_a_date_of_spp_in_another_order_is_refused() -> None:
    said = problems(spp_csv=SPP_BYTES.replace(b"8/27/2018", b"27/8/2018"))
    assert "spp.csv:7: column 'Request Received'" in said


@pytest.mark.parametrize("payload", [b"<html><body>Error</body></html>", b"", SPP_BYTES.split(b"\n", 1)[1]])
def test_a_file_that_does_not_begin_with_its_day_is_refused(payload: bytes) -> None:
    assert "spp.csv:1: expected 'Last Updated On' and a date above the header" in problems(spp_csv=payload)


def test_a_file_cut_in_a_row_is_refused() -> None:
    assert "spp.csv:11" in problems(spp_csv=SPP_BYTES[:-60])


def test_bytes_of_another_encoding_are_found() -> None:
    said = problems(spp_csv=SPP_BYTES.replace(b"Fourth", b"F\x97urth"))
    assert "spp.csv:7" in said
    assert "0x97 is not UTF-8" in said


def test_a_new_heading_of_nyiso_is_named_with_its_sheet() -> None:
    said = problems(nyiso_xlsx=changed_book("Withdrawn", 0, 4, "Summer MW"))
    assert "nyiso.xlsx[Withdrawn]:1: column 'Summer MW': unknown column" in said
    assert "column 'SP (MW)': this column is missing" in said


def test_a_missing_sheet_of_nyiso_is_named() -> None:
    said = problems(nyiso_xlsx=workbook({name: rows for name, rows in SHEETS.items() if name != "In Service"}))
    assert "no worksheet 'In Service'; it has 'Interconnection Queue', ' Cluster Projects'" in said


def test_a_request_in_kilowatts_is_refused() -> None:
    assert "nyiso.xlsx[Load Projects]:2: column 'Peak MW load'" in problems(nyiso_xlsx=changed_book("Load Projects", 1, 4, 250_000))


def test_what_is_no_workbook_is_refused() -> None:
    assert "nyiso.xlsx:1: cannot be read as an Excel workbook" in problems(nyiso_xlsx=b"<html></html>")


PLACES = st.tuples(st.integers(0, 10**9), st.sampled_from(["flip", "delete", "insert"]), st.integers(0, 255))


def mutated(payload: bytes, changes: list[tuple[int, str, int]]) -> bytes:
    data = bytearray(payload)
    for place, how, byte in changes:
        at = place % max(len(data), 1)
        if how == "insert":
            data.insert(at, byte)
        elif data:
            data[at : at + 1] = b"" if how == "delete" else bytes([byte])
    return bytes(data)


@given(name=st.sampled_from([MISO, SPP, NYISO]), changes=st.lists(PLACES, min_size=1, max_size=4))
def test_damaged_bytes_give_valid_rows_or_a_problem_with_a_place(name: str, changes: list[tuple[int, str, int]]) -> None:
    try:
        found, said = connector.parse(FILES | {name: mutated(FILES[name], changes)}), []
    except SourceError as error:
        found, said = {}, error.problems
    assert set(found) == (set() if said else set(connector.TABLES))
    assert all(problem.file.startswith(name) for problem in said)
