"""The Pink Sheet: prices of items, and how much they have moved."""

from __future__ import annotations

import csv
import io
import math
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.connector import Reading
from sources.errors import SourceError
from sources.pink_sheet.connector import NAME, SHEET, TABLES, URL, fetch, parse
from sources.pink_sheet.declarations import MonthlyPrices
from sources.pink_sheet.records import HERE, MAPS, parameter, price
from sources.tabular import empty, read_csv

PAYLOAD = Path(__file__).resolve().parents[1] / "payloads" / "pink_sheet" / "synthetic_monthly_prices.csv"
CELLS = list(csv.reader(io.StringIO(PAYLOAD.read_text(encoding="utf-8"))))
"""The sheet's cells by row: four titles, names, units, codes, then 28 months from 2024M01."""


def workbook(cells: list[list[str]], name: str = SHEET) -> bytes:
    """A workbook of two sheets, the first a hidden one as in the publisher's."""
    ns = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {ns} xmlns:r="{rel}"><sheets><sheet name="Mismatch Details" sheetId="1" state="hidden" '
        f'r:id="rId1"/><sheet name="{escape(name)}" sheetId="2" r:id="rId2"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        + "".join(f'<Relationship Id="rId{k}" Type="{rel}/worksheet" Target="worksheets/sheet{k}.xml"/>' for k in (1, 2))
        + "</Relationships>",
        "xl/worksheets/sheet1.xml": f"<worksheet {ns}><sheetData/></worksheet>",
        "xl/worksheets/sheet2.xml": f"<worksheet {ns}><sheetData>{''.join(map(_row, cells))}</sheetData></worksheet>",
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for path, text in parts.items():
            archive.writestr(path, text)
    return written.getvalue()


def _row(cells: list[str]) -> str:
    return f"<row>{''.join(map(_cell, cells))}</row>"


def _cell(text: str) -> str:
    try:
        return f"<c><v>{float(text)!r}</v></c>"
    except ValueError:
        return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>' if text else "<c/>"


def reading(cells: list[list[str]] = CELLS) -> Reading:
    return Reading(parse({NAME: workbook(cells)}), "2026-05-04")


def changed(row: int, before: str, after: str) -> list[list[str]]:
    """The cells with one text of a row (as Excel counts) replaced."""
    assert before in CELLS[row - 1]
    return [[after if k == row - 1 and cell == before else cell for cell in cells] for k, cells in enumerate(CELLS)]


@pytest.fixture(scope="module")
def snapshot() -> Reading:
    return Reading({MonthlyPrices.table: read_csv(HERE / "snapshot" / "pink_sheet_month.csv", MonthlyPrices)}, "2026-05-04")


# --- the sheet


def test_the_titles_the_units_and_the_codes_are_no_months() -> None:
    frame = reading()[MonthlyPrices.table]
    assert (len(frame), frame["month"].iloc[0], frame["month"].iloc[-1]) == (28, "2024M01", "2026M04")
    assert frame["source_line"].iloc[0] == 8
    assert frame["copper"].iloc[1] == 8100


def test_an_ellipsis_is_a_missing_price() -> None:
    assert pd.isna(reading()[MonthlyPrices.table]["tin"].iloc[0])


# --- prices and how they move


def test_a_price_is_the_mean_of_twelve_months_per_kilogram() -> None:
    copper = price(reading()).set_index("item_id").loc["copper_refined"]  # 8,000 and 100 more each month, for 28 months
    assert [copper["low"], copper["central"], copper["high"]] == pytest.approx([9.6, 10.15, 10.7])
    assert (copper["unit"], copper["as_of"], copper["currency_year"]) == ("USD/kg", "2026-04", 2026)


def test_troy_ounces_and_million_btu_are_converted() -> None:
    prices = price(reading()).set_index("item_id")
    assert prices.loc["platinum", "low"] == pytest.approx(1000 / 0.0311034768)
    assert prices.loc["natural_gas", "high"] == pytest.approx(4.7 * 3.412142, rel=1e-6)


def test_rises_and_falls_are_between_a_month_and_the_same_month_a_year_on() -> None:
    figures = parameter(reading()).set_index(["entity_id", "parameter"])["central"]
    assert figures["item:copper_refined", "largest_rise_12_months"] == pytest.approx(9200 / 8000 - 1)
    assert figures["item:copper_refined", "largest_fall_12_months"] == 0
    assert figures["item:tin", "largest_fall_12_months"] == pytest.approx(1 - 23250 / 26250)
    assert figures["item:platinum", "largest_rise_12_months"] == pytest.approx(0.5)


def test_ten_years_are_needed_for_a_volatility(snapshot: Reading) -> None:
    assert "price_volatility" not in set(parameter(reading())["parameter"])
    figures = parameter(snapshot).set_index(["entity_id", "parameter"])
    copper = figures.loc[("item:copper_refined", "price_volatility")]
    assert copper["low"] < copper["central"] < copper["high"]
    assert 0.12 < copper["central"] < 0.25


def test_the_largest_changes_are_those_that_are_remembered(snapshot: Reading) -> None:
    figures = parameter(snapshot).set_index(["entity_id", "parameter"])
    assert figures.loc[("item:copper_refined", "largest_fall_12_months"), "note"].endswith("from 2008M02 to 2009M02")
    assert figures.loc[("item:natural_gas", "largest_rise_12_months"), "note"].endswith("from 2000M01 to 2001M01")


def test_volatility_is_that_of_the_logarithms(snapshot: Reading) -> None:
    values = snapshot[MonthlyPrices.table]["zinc"].tail(121).map(math.log).diff().dropna()
    figures = parameter(snapshot).set_index(["entity_id", "parameter"])["central"]
    assert figures["item:zinc_refined", "price_volatility"] == pytest.approx(values.std() * math.sqrt(12))


def test_without_a_vintage_there_are_no_rows() -> None:
    nothing = Reading({name: empty(record) for name, record in TABLES.items()})
    assert all(of_nothing(nothing).empty for of_nothing in MAPS.values())


# --- errors


@pytest.mark.parametrize(
    ("row", "before", "after", "message"),
    [
        (5, "Copper", "Copper, grade A", r"Monthly\.xlsx:5: column 'Copper, grade A': unknown column"),
        (5, "Nickel", "Lithium", r":5: column 'Lithium': unknown column"),
        (5, "Nickel", "Tin", r":5: column 'Tin': this column is there twice"),
        (6, "($/mmbtu)", "($/MWh)", r":6: column 'Natural gas, US': expected the unit '\(\$/mmbtu\)', got '\(\$/MWh\)'"),
        (9, "2024M02", "Feb 2024", r":9: column 'Month': expected a month such as '2026M04', got 'Feb 2024'"),
        (9, "2024M02", "2023M12", r":9: column 'Month': expected the month after 2024M01, got '2023M12'"),
        (9, "8100", "n.a.", r":9: column 'Copper': .*got 'n\.a\.'"),
        (9, "8100", "-8100", r":9: column 'Copper': .*greater than 0"),
    ],
)
def test_what_is_not_understood_is_told_with_its_place(row: int, before: str, after: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        parse({NAME: workbook(changed(row, before, after))})


def test_a_sheet_that_is_gone_is_told_with_those_there_are() -> None:
    with pytest.raises(SourceError, match=r"no worksheet 'Monthly Prices'; nearest: Monthly Price; it has 'Mismatch Details'"):
        parse({NAME: workbook(CELLS, "Monthly Price")})


def test_a_page_of_html_is_no_workbook() -> None:
    with pytest.raises(SourceError, match="cannot be read as an Excel workbook"):
        parse({NAME: b"<!DOCTYPE html><html>moved</html>"})


def test_a_sheet_cut_short_is_refused() -> None:
    with pytest.raises(SourceError, match="no month below the header"):
        parse({NAME: workbook(CELLS[:7])})
    with pytest.raises(SourceError, match="no row of names in the first 12 rows"):
        parse({NAME: workbook(CELLS[:3])})


@settings(max_examples=60)
@given(st.data())
def test_broken_bytes_are_rows_or_an_error_with_a_place(data: st.DataObject) -> None:
    payload = bytearray(workbook(CELLS))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(payload) - 1))
        match data.draw(st.sampled_from(["flip", "delete", "insert"])):
            case "flip":
                payload[at] ^= data.draw(st.integers(1, 255))
            case "delete":
                del payload[at : at + data.draw(st.integers(1, 40))]
            case _:
                payload[at:at] = data.draw(st.binary(min_size=1, max_size=8))
    try:
        frames = parse({NAME: bytes(payload)})
    except SourceError:
        return
    for of_reading in MAPS.values():
        of_reading(Reading(frames, "2026-05-04"))


# --- the way to the file


class Bank:
    """What the World Bank answers."""

    def __call__(
        self,
        name: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        kind: str = "csv",
        key: tuple[str, str] | None = None,
    ) -> bytes:
        assert (name, url, kind) == (NAME, URL, "xlsx")
        return workbook(CELLS)


def test_a_workbook_of_a_former_year_is_refused() -> None:
    fetch(Bank(), today=date(2026, 6, 3))
    with pytest.raises(SourceError, match="ends with 2026M04: the address is of a former year"):
        fetch(Bank(), today=date(2027, 1, 5))
