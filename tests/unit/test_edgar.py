"""EDGAR: what companies' filings say about a year, a quarter and a day."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.connector import Reading
from sources.edgar import connector
from sources.edgar.connector import fetch, parse
from sources.edgar.declarations import Fact
from sources.edgar.periods import Figure, quarters, settled, trailing
from sources.edgar.records import MAPS
from sources.errors import SourceError
from sources.records import ParameterRow
from sources.tabular import empty, read_csv

PAYLOADS = Path(__file__).resolve().parents[1] / "payloads" / "edgar"
TOOLS, FOUNDRY = "CIK0000006951.json", "CIK0001046179.json"
SNAPSHOT = Path(connector.__file__).parent / "snapshot" / "edgar_fact.csv"


def payload(name: str) -> bytes:
    return (PAYLOADS / f"synthetic_{name}").read_bytes()


def parameters(facts: pd.DataFrame) -> pd.DataFrame:
    return MAPS["parameter"](Reading({Fact.table: facts}, "2026-03-01"))


def figures(facts: pd.DataFrame) -> dict[str, dict[str, Any]]:
    frame = parameters(facts)
    return {row["parameter"]: row for row in frame.to_dict("records")}


@pytest.fixture(scope="module")
def tools() -> dict[str, dict[str, Any]]:
    return figures(parse({TOOLS: payload(TOOLS)})[Fact.table])


@pytest.fixture(scope="module")
def foundry() -> dict[str, dict[str, Any]]:
    return figures(parse({FOUNDRY: payload(FOUNDRY)})[Fact.table])


@pytest.fixture(scope="module")
def snapshot() -> pd.DataFrame:
    return read_csv(SNAPSHOT, Fact)


def figure(start: str | None, end: str, value: float, filed: str = "2026-02-01", form: str = "10-K", accession: str = "a") -> Figure:
    return Figure(date.fromisoformat(start) if start else None, date.fromisoformat(end), value, "us-gaap:X", form, filed, accession)


# --- what is asked for


def test_every_company_with_a_cik_is_asked_for_with_a_contact() -> None:
    asked: dict[str, tuple[str, Any]] = {}

    def get(name: str, url: str, **options: Any) -> bytes:
        asked[name] = (url, options["key"])
        return b""

    fetch(get)
    url, key = asked["CIK0001045810.json"]
    assert url == "https://data.sec.gov/api/xbrl/companyfacts/CIK0001045810.json"
    assert key == ("User-Agent", "SEC_USER_AGENT")
    assert set(asked) == {f"CIK{cik}.json" for cik in connector.ciks()}


# --- what is read


def test_facts_of_unused_concepts_and_of_no_currency_are_passed_over() -> None:
    facts = parse({TOOLS: payload(TOOLS)})[Fact.table]
    assert len(facts) == 29
    assert set(facts["unit"]) == {"USD"}
    assert "Assets" not in set(facts["concept"])


def test_a_proxy_statement_has_no_fiscal_year() -> None:
    facts = parse({TOOLS: payload(TOOLS)})[Fact.table].set_index("form")
    assert pd.isna(facts.loc["DEF 14A", "fiscal_year"])


def test_both_taxonomies_and_both_currencies_are_kept() -> None:
    facts = parse({TOOLS: payload(TOOLS), FOUNDRY: payload(FOUNDRY)})[Fact.table]
    assert set(facts["taxonomy"]) == {"us-gaap", "ifrs-full"}
    assert set(facts.loc[facts["cik"] == "0001046179", "unit"]) == {"TWD", "USD"}


def test_no_files_are_no_facts_and_no_figures() -> None:
    facts = parse({})[Fact.table]
    assert facts.empty
    assert list(parameters(facts).columns) == [*ParameterRow.model_fields, "source_file", "source_line"]
    assert parameters(empty(Fact)).empty


# --- what a period is worth


def test_the_latest_filing_of_a_period_counts() -> None:
    restated = settled([figure("2024-01-01", "2024-12-31", 10, "2025-02-01"), figure("2024-01-01", "2024-12-31", 11, "2026-02-01")])
    assert [f.value for f in restated] == [11]


def test_within_a_filing_the_more_precise_figure_counts() -> None:
    table_and_text = settled([figure(None, "2025-12-31", 5_218e6), figure(None, "2025-12-31", 5_200e6)])
    assert [f.value for f in table_and_text] == [5_218e6]


def test_a_proxy_statement_settles_nothing() -> None:
    assert settled([figure("2025-01-01", "2025-12-31", 9, form="DEF 14A")]) == []


def test_the_fourth_quarter_is_the_year_less_nine_months() -> None:
    filed = [figure("2024-10-28", "2025-07-27", 880), figure("2024-10-28", "2025-10-26", 1200)]
    assert [(f.end.isoformat(), f.value) for f in quarters(filed)] == [("2025-10-26", 320)]


def test_a_trailing_year_of_a_week_calendar() -> None:
    """The first quarter has 13 weeks, that of the year before 14: year, plus quarter, less quarter."""
    filed = [
        figure("2024-01-01", "2024-04-07", 100),
        figure("2024-01-01", "2024-12-29", 400),
        figure("2024-12-30", "2025-03-30", 130),
    ]
    found = trailing(filed, date(2025, 3, 30))
    assert found is not None
    assert found.value == 430


def test_four_quarters_in_a_row_are_a_year_and_a_gap_is_none() -> None:
    filed = [
        figure("2025-01-01", "2025-03-31", 1),
        figure("2025-04-01", "2025-06-30", 2),
        figure("2025-07-01", "2025-09-30", 3),
        figure("2025-10-01", "2025-12-31", 4),
    ]
    found = trailing(filed, date(2025, 12, 31))
    assert found is not None
    assert found.value == 10
    assert trailing([filed[0], *filed[2:]], date(2025, 12, 31)) is None


# --- what the companies' figures are


def test_inventory_is_the_newest_balance(tools: dict[str, dict[str, Any]]) -> None:
    row = tools["inventory"]
    assert (row["entity_id"], row["central"], row["unit"], row["as_of"]) == ("org:applied_materials", 200.4e6, "USD", "2026-01-25")
    assert (row["grade"], row["status"]) == ("primary", "current")
    assert row["locator"] == "us-gaap:InventoryNet, 10-Q filed 2026-02-26, 0000006951-26-000011"
    assert row["source_file"] == TOOLS


def test_days_of_inventory_range_over_two_years(tools: dict[str, dict[str, Any]]) -> None:
    """200.4 of (600 + 160 - 150); 210 of 600 and 180 of 520 before; the balance without a known year is left out."""
    row = tools["days_of_inventory"]
    assert row["central"] == row["low"] == pytest.approx(200.4 / 610 * 365, abs=1e-3)
    assert row["high"] == pytest.approx(210 / 600 * 365, abs=1e-3)
    assert (row["unit"], row["grade"]) == ("days", "derived")


def test_gross_margin_is_of_four_quarters_and_ranges_over_single_ones(tools: dict[str, dict[str, Any]]) -> None:
    row = tools["gross_margin"]
    assert row["central"] == pytest.approx(1 - 610 / 1270, abs=1e-4)
    assert row["low"] == pytest.approx(1 - 150 / 280, abs=1e-4)
    assert row["high"] == pytest.approx(1 - 145 / 320, abs=1e-4)


def test_commitments_no_longer_given_in_one_sum_are_superseded(tools: dict[str, dict[str, Any]]) -> None:
    row = tools["purchase_commitments"]
    assert (row["central"], row["as_of"], row["status"]) == (900e6, "2025-01-26", "superseded")


def test_a_translation_into_dollars_is_not_taken_for_the_books(foundry: dict[str, dict[str, Any]]) -> None:
    assert set(foundry) == {"days_of_inventory", "gross_margin"}
    assert foundry["days_of_inventory"]["central"] == pytest.approx(240 / 1200 * 365)
    assert foundry["days_of_inventory"]["high"] == pytest.approx(300 / 1100 * 365, abs=1e-3)


def test_a_yearly_filer_has_the_range_of_three_years(foundry: dict[str, dict[str, Any]]) -> None:
    row = foundry["gross_margin"]
    assert (row["low"], row["central"], row["high"]) == (0.5, 0.6, 0.6)


def test_every_row_is_a_valid_record(snapshot: pd.DataFrame) -> None:
    frame = parameters(snapshot)
    for row in frame[list(ParameterRow.model_fields)].to_dict("records"):
        ParameterRow.model_validate(row)
    assert not frame.duplicated(["entity_id", "parameter"]).any()


def test_the_snapshot_gives_what_nvidia_published(snapshot: pd.DataFrame) -> None:
    """Fiscal 2026: 153,463 of 215,938 m USD gross profit; the first quarter of fiscal 2026 had 60.5 % and H20 written off."""
    rows = parameters(snapshot).set_index(["entity_id", "parameter"])
    margin = rows.loc[("org:nvidia", "gross_margin")]
    assert margin["low"] == pytest.approx(0.605, abs=5e-4)
    assert margin["central"] == pytest.approx((153_463 + 61_157 - 26_668) / (215_938 + 81_615 - 44_062), abs=1e-4)
    assert rows.loc[("org:nvidia", "days_of_inventory"), "central"] == pytest.approx(21_403 / 62_475 * 365, abs=1e-3)


def test_the_snapshot_gives_the_margin_of_intel_over_the_year_to_june_2026(snapshot: pd.DataFrame) -> None:
    """2025 and the first half of 2026 less that of 2025; the third quarter of 2024 kept 15 %."""
    margin = parameters(snapshot).set_index(["entity_id", "parameter"]).loc[("org:intel", "gross_margin")]
    assert margin["as_of"] == "2026-06-27"
    assert margin["central"] == pytest.approx((18_375 + 11_856 - 8_214) / (52_853 + 29_705 - 25_526), abs=1e-4)
    assert margin["low"] == pytest.approx(1_997 / 13_284, abs=1e-4)


def test_the_snapshot_agrees_with_itself(snapshot: pd.DataFrame) -> None:
    """Revenue less cost is gross profit, wherever all three are given for a period."""
    wide = snapshot.pivot_table(index=["cik", "start", "end"], columns="concept", values="value")
    revenue = wide["Revenues"].fillna(wide["RevenueFromContractWithCustomerExcludingAssessedTax"])
    cost = wide["CostOfRevenue"].fillna(wide["CostOfGoodsAndServicesSold"])
    off = (revenue - cost - wide["GrossProfit"]).dropna()
    assert len(off) == 8
    assert (off == 0).all()


def test_inventory_that_a_company_stopped_giving_is_left_out(snapshot: pd.DataFrame) -> None:
    rows = parameters(snapshot)
    assert set(rows.loc[rows["entity_id"] == "org:alphabet", "parameter"]) == {"gross_margin"}


# --- what is refused


def changed(change: Any) -> bytes:
    company = json.loads(payload(TOOLS))
    change(company)
    return json.dumps(company).encode()


def first_inventory(company: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = company["facts"]["us-gaap"]["InventoryNet"]["units"]["USD"][0]
    return entry


def renamed(company: dict[str, Any]) -> None:
    entry = first_inventory(company)
    entry["value"] = entry.pop("val")


REFUSED = [
    ("renamed", renamed, r"us-gaap/InventoryNet/USD\[0\]\.value': unknown column; nearest: val"),
    ("new", lambda c: first_inventory(c).update(decimals=-6), r"USD\[0\]\.decimals': unknown column"),
    ("gone", lambda c: first_inventory(c).pop("accn"), r"InventoryNet/USD\[0\]\.accn': a value is required here"),
    ("text", lambda c: first_inventory(c).update(val="many"), r"USD\[0\]\.val': .*got 'many'"),
    ("boolean", lambda c: first_inventory(c).update(val=True), r"USD\[0\]\.val': expected a number"),
    ("no day", lambda c: first_inventory(c).update(end="2024-02-30"), r"USD\[0\]\.end': .*got '2024-02-30'"),
    (
        "no fact",
        lambda c: c["facts"]["us-gaap"]["InventoryNet"]["units"]["USD"].insert(0, 5),
        r"USD\[0\]': expected a mapping here, found int",
    ),
    ("no list", lambda c: c["facts"]["us-gaap"]["InventoryNet"]["units"].update(USD={}), r"InventoryNet/USD': expected a list"),
    ("no facts", lambda c: c.pop("facts"), r"column 'facts': expected a mapping here, found NoneType"),
    ("other company", lambda c: c.update(cik=1045810), r"column 'cik': expected 0000006951, got 1045810"),
]


@pytest.mark.parametrize(("change", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_is_not_as_declared_is_told_with_its_place(change: Any, message: str) -> None:
    with pytest.raises(SourceError, match=rf"CIK0000006951\.json:\d+: .*{message}"):
        parse({TOOLS: changed(change)})


def test_a_page_instead_of_data_is_refused() -> None:
    with pytest.raises(SourceError, match=r"CIK0000006951\.json:1: column '1': not well-formed JSON"):
        parse({TOOLS: b"<html><body>Request Rate Threshold Exceeded</body></html>"})


def test_another_encoding_is_refused() -> None:
    with pytest.raises(SourceError, match=r"CIK0000006951\.json:1: byte 0xff is not UTF-8"):
        parse({TOOLS: payload(TOOLS).decode().encode("utf-16")})


def test_a_file_cut_short_is_refused() -> None:
    with pytest.raises(SourceError, match=r"CIK0000006951\.json:\d+: column '\d+': not well-formed JSON"):
        parse({TOOLS: payload(TOOLS)[:2000]})


def test_a_file_of_another_name_is_refused() -> None:
    with pytest.raises(SourceError, match=r"facts\.json:1: expected a file named after a CIK"):
        parse({"facts.json": payload(TOOLS)})


def test_a_company_nobody_knows_is_told_at_its_row(snapshot: pd.DataFrame) -> None:
    with pytest.raises(SourceError, match=r"edgar_fact\.csv:2: column 'cik': no organisation has the CIK '0000000001'"):
        parameters(snapshot.assign(cik=snapshot["cik"].where(snapshot["source_line"] != 2, "0000000001")))


@given(
    position=st.integers(min_value=0, max_value=len(payload(TOOLS)) - 1),
    change=st.sampled_from(["flip", "delete", "insert"]),
    byte=st.integers(min_value=0, max_value=255),
)
def test_damaged_bytes_give_facts_or_a_source_error(position: int, change: str, byte: int) -> None:
    good = payload(TOOLS)
    kept = good[position + 1 :] if change != "insert" else good[position:]
    damaged = good[:position] + (b"" if change == "delete" else bytes([byte])) + kept
    try:
        facts = parse({TOOLS: damaged})[Fact.table]
    except SourceError:
        return
    assert list(facts.columns) == list(empty(Fact).columns)
    parameters(facts)
