"""Queued Up, the yearly file of all US queues. The payloads are synthetic, in the format of two editions."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.connector import Reading
from sources.dates import excel_date
from sources.errors import SourceError
from sources.lbnl_queued_up import connector, records
from sources.lbnl_queued_up.connector import FILE
from sources.tabular import empty
from tests.workbooks import workbook

PAYLOADS = Path(__file__).resolve().parents[1] / "payloads" / "lbnl_queued_up"
ROWS = "03. Complete Queue Data"


def sheets(name: str) -> dict[str, list[list[Any]]]:
    """The sheets of a payload; dates as date cells."""

    def cell(value: Any) -> Any:
        return date.fromisoformat(value) if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) else value

    plain = json.loads((PAYLOADS / name).read_text(encoding="utf-8"))
    return {sheet: [[cell(value) for value in row] for row in rows] for sheet, rows in plain.items()}


NEWEST = sheets("synthetic_thru2025.json")
PAYLOAD = workbook(NEWEST)


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return connector.parse({FILE: PAYLOAD})


@pytest.fixture(scope="module")
def figures(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return records.queue_entry(Reading(tables, "2026-11-26")).set_index(["region", "metric"])


def problems(changed: dict[str, list[list[Any]]] | bytes) -> str:
    with pytest.raises(SourceError) as caught:
        connector.parse({FILE: changed if isinstance(changed, bytes) else workbook(changed)})
    return str(caught.value)


def with_cell(row: int, column: int, value: Any) -> dict[str, list[list[Any]]]:
    rows = [list(cells) for cells in NEWEST[ROWS]]
    rows[row][column] = value
    return NEWEST | {ROWS: rows}


def test_a_queue_number_that_excel_took_for_a_date_or_a_number_is_a_text(tables: dict[str, pd.DataFrame]) -> None:
    assert tables["lbnl_queued_up_request"]["q_id"].tolist()[:3] == ["Q1", "1667", "2011-03-01"]


def test_the_edition_says_through_which_year(tables: dict[str, pd.DataFrame]) -> None:
    assert tables["lbnl_queued_up_edition"]["through"].tolist() == [2025]


def test_the_edition_before_is_read_under_the_same_names() -> None:
    found = connector.parse({FILE: workbook(sheets("synthetic_thru2024.json"))})
    (row,) = found["lbnl_queued_up_request"].to_dict("records")
    assert (row["q_date"], row["prop_date"], row["ia_phase"]) == ("2023-01-01", "2025-12-31", "Facility Study")
    assert (row["type_1"], row["mw_1"], row["mw_2"]) == ("Solar", 100.5, 50)
    assert pd.isna(row["on_date"])
    assert pd.isna(row["type_3"])


def test_serial_numbers_count_days_since_the_end_of_1899() -> None:
    assert excel_date(44927) == "2023-01-01"
    assert excel_date(32766.0) == "1989-09-15"
    for no_date in (-3, 10**7, True, "soon", 1.5e300):
        with pytest.raises(ValueError, match="date"):
            excel_date(no_date)


def test_a_hybrid_counts_in_both_groups_and_an_unknown_part_in_none(figures: pd.DataFrame) -> None:
    of = figures["central"].to_dict()
    assert (of["CAISO", "active_solar"], of["CAISO", "active_storage"], of["CAISO", "active_total"]) == (0.2, 0.15, 0.35)
    assert of["West (non-ISO)", "active_total"] == pytest.approx(0.215)
    assert ("West (non-ISO)", "active_storage") not in of


def test_a_negative_change_of_a_plant_adds_nothing(figures: pd.DataFrame) -> None:
    assert figures.loc[("MISO", "active_total"), "central"] == 0


def test_the_queue_stood_so_at_the_end_of_the_year(figures: pd.DataFrame) -> None:
    assert set(figures["as_of"]) == {"2025-12-31"}
    assert figures.loc[("CAISO", "withdrawal_rate_by_projects"), "central"] == pytest.approx(1 / 5)


def test_suspended_and_unknown_requests_are_not_active(figures: pd.DataFrame) -> None:
    assert figures.loc[("CAISO", "active_projects"), "central"] == 1


def test_a_source_without_a_vintage_gives_no_figures() -> None:
    assert records.queue_entry(Reading({name: empty(record) for name, record in connector.TABLES.items()}, "2026-11-26")).empty


def test_an_unknown_technology_is_reported_at_its_row(tables: dict[str, pd.DataFrame]) -> None:
    rows = tables["lbnl_queued_up_request"]
    odd = rows.assign(type_2=rows["type_2"].replace("Battery", "Flow battery"))
    with pytest.raises(SourceError, match=r"queued_up\.xlsx:3: column 'type_2'.*technology\.csv does not say what 'Flow battery' is"):
        records.queue_entry(Reading(tables | {"lbnl_queued_up_request": odd}, "2026-11-26"))


# --- what is refused


def test_a_renamed_column_is_named_with_its_row() -> None:
    said = problems(with_cell(1, 25, "mva_1"))
    assert "queued_up.xlsx:2: column 'mva_1': unknown column; nearest: mw_1" in said
    assert "column 'mw_1': this column is missing" in said


def test_a_text_where_a_date_stands_is_found() -> None:
    assert "queued_up.xlsx:3: column 'q_date'" in problems(with_cell(2, 2, "last spring"))


def test_a_request_without_a_status_is_refused() -> None:
    assert "queued_up.xlsx:4: column 'q_status': a value is required" in problems(with_cell(3, 1, ""))


def test_a_file_without_its_sheet_or_its_year_is_refused() -> None:
    assert "no worksheet '03. Complete Queue Data'" in problems({"Introduction": [["through 2025"]]})
    assert "does not say through which year" in problems(NEWEST | {"Introduction": [["Queued Up"]]})
    assert "expected a header in row 2" in problems(NEWEST | {ROWS: [["RETURN TO CONTENTS"]]})


@pytest.mark.parametrize("payload", [b"", b"<html></html>", PAYLOAD[: len(PAYLOAD) // 2]])
def test_what_is_no_workbook_is_refused(payload: bytes) -> None:
    assert "queued_up.xlsx:1: cannot be read as an Excel workbook" in problems(payload)


@given(at=st.integers(0, len(PAYLOAD) - 1), byte=st.integers(0, 255), how=st.sampled_from(["flip", "delete", "insert"]))
def test_damaged_bytes_give_valid_rows_or_a_problem_with_a_place(at: int, byte: int, how: str) -> None:
    kept = PAYLOAD[at:] if how == "insert" else PAYLOAD[at + 1 :]
    try:
        found, said = connector.parse({FILE: PAYLOAD[:at] + (b"" if how == "delete" else bytes([byte])) + kept}), []
    except SourceError as error:
        found, said = {}, error.problems
    assert set(found) == (set() if said else set(connector.TABLES))
    assert all(problem.file == FILE for problem in said)


@given(
    row=st.integers(2, 9),
    column=st.integers(0, 29),
    value=st.one_of(st.text(max_size=8), st.floats(allow_nan=False), st.integers(), st.dates()),
)
def test_any_cell_is_understood_or_refused(row: int, column: int, value: Any) -> None:
    if isinstance(value, str) and not value.isprintable():
        return  # control characters cannot stand in a sheet's XML
    try:
        found, said = connector.parse({FILE: workbook(with_cell(row, column, value))}), []
    except SourceError as error:
        found, said = {}, error.problems
    assert set(found) == (set() if said else set(connector.TABLES))
    assert {problem.line for problem in said} <= {row + 1}
