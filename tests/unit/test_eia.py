"""EIA: what industry and commerce pay for electricity in each state, and what that says of data centres."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.connector import Reading
from sources.eia.connector import KEY, PAGE, TABLES, URL, cut, fetch, file_name, parse
from sources.eia.declarations import RetailPrice
from sources.eia.records import DATA_CENTRE_STATES, MAPS, parameter, price
from sources.errors import SourceError
from sources.records import ParameterRow, PriceRow
from sources.registry import folders
from sources.tabular import empty

ROOT = Path(__file__).resolve().parents[2]
SYNTHETIC = (ROOT / "tests" / "payloads" / "eia" / "synthetic_retail_sales.json").read_bytes()
IND, COM = file_name("IND", 0), file_name("COM", 0)
Rows = list[dict[str, Any]]


def reply(edit: Callable[[Rows], Rows], total: Any = None) -> bytes:
    """The synthetic reply with its rows edited; `total` as it then stands, unless given."""
    document = json.loads(SYNTHETIC)
    rows = edit(document["response"]["data"])
    document["response"] |= {"data": rows, "total": str(len(rows)) if total is None else total}
    return json.dumps(document).encode()


def commercial(rows: Rows) -> Rows:
    return [row | {"sectorid": "COM", "sectorName": "commercial"} for row in rows]


FILES = {IND: SYNTHETIC, COM: reply(commercial)}


def first(**members: Any) -> dict[str, bytes]:
    """The files with members of the first row changed."""
    return FILES | {IND: reply(lambda rows: [rows[0] | members, *rows[1:]])}


def eight_states(months: int = 12) -> pd.DataFrame:
    """Industrial prices of 6, 7 ... 13 cents in the data-centre states, commercial ones 4 cents above."""
    state_price = {state: 6.0 + k for k, state in enumerate(DATA_CENTRE_STATES)}
    rows = [
        {"period": f"2026-{month + 1:02d}", "stateid": state, "stateDescription": state, "sectorid": sector, "sectorName": sector}
        | {"price": str(cents + extra), "price-units": "cents per kilowatt-hour"}
        for month in range(months)
        for state, cents in state_price.items()
        for sector, extra in (("IND", 0.0), ("COM", 4.0))
    ]
    files = {
        name: reply(lambda _, sector=sector: [row for row in rows if row["sectorid"] == sector])  # type: ignore[misc]
        for name, sector in ((IND, "IND"), (COM, "COM"))
    }
    return parse(files)["eia_retail_price"]


@pytest.fixture(scope="module")
def figures() -> pd.DataFrame:
    return parameter(Reading(parse(FILES), "2026-03-25")).set_index(["entity_id", "parameter"])


def test_a_price_is_the_mean_of_the_last_twelve_months_in_dollars_per_megawatt_hour(figures: pd.DataFrame) -> None:
    virginia = figures.loc[("region:usa_va", "industrial_electricity_price")]
    assert virginia["central"] == pytest.approx(90 + sum(range(1, 13)) / 12)
    assert (virginia["low"], virginia["high"]) == pytest.approx((91, 102))
    assert (virginia["unit"], virginia["as_of"], virginia["grade"]) == ("USD/MWh", "2026-01", "primary")


def test_the_first_of_thirteen_months_is_left_out(figures: pd.DataFrame) -> None:
    assert figures.loc[("region:usa", "industrial_electricity_price"), "locator"] == "stateid US, sectorid IND, 2025-02 to 2026-01"


def test_census_divisions_are_no_regions_of_ours(figures: pd.DataFrame) -> None:
    assert set(figures.index.get_level_values(0)) == {"region:usa", "region:usa_va"}


def test_a_gap_or_a_sector_that_bought_nothing_gives_no_figure(figures: pd.DataFrame) -> None:
    assert "region:usa_me" not in figures.index.get_level_values(0)
    assert "region:usa_dc" not in figures.index.get_level_values(0)


def test_both_sectors_have_figures(figures: pd.DataFrame) -> None:
    assert set(figures.loc["region:usa_va"].index) == {"industrial_electricity_price", "commercial_electricity_price"}


def test_a_data_centre_pays_between_the_cheapest_state_and_what_commerce_pays() -> None:
    rows = price(Reading({"eia_retail_price": eight_states()}))
    row = rows.iloc[0]
    assert (row["low"], row["central"], row["high"]) == pytest.approx((60, 95, 135))
    assert (row["item_id"], row["unit"], row["grade"], row["as_of"], row["currency_year"]) == (
        "electricity", "USD/MWh", "derived", "2026-12", 2026,
    )  # fmt: skip
    PriceRow.model_validate(row.drop(["source_file", "source_line"]).to_dict())


def test_there_is_no_price_where_a_state_is_incomplete() -> None:
    assert price(Reading({"eia_retail_price": eight_states(months=11)})).empty
    whole = eight_states()
    assert price(Reading({"eia_retail_price": whole[(whole["state"] != "LA") | (whole["sector"] != "COM")]})).empty


def test_figures_are_valid_records(figures: pd.DataFrame) -> None:
    for row in figures.reset_index().drop(columns=["source_file", "source_line"]).to_dict("records"):
        ParameterRow.model_validate(row)


def test_a_snapshot_is_what_figures_are_made_from() -> None:
    tables = parse(FILES)
    left = cut(tables)
    assert len(left["eia_retail_price"]) < len(tables["eia_retail_price"])
    for made in MAPS.values():
        whole, again = (made(Reading(one)).drop(columns="source_line") for one in (tables, left))
        pd.testing.assert_frame_equal(whole, again)
    assert len(cut(left)["eia_retail_price"]) == len(left["eia_retail_price"])


@pytest.fixture(scope="module")
def shipped() -> pd.DataFrame:
    return next(f for f in folders() if f.id == "eia").load("eia_retail_price")


def test_the_shipped_year_is_whole(shipped: pd.DataFrame) -> None:
    months = {f"2025-{month:02d}" for month in range(1, 13)}
    sizes = shipped.groupby(["state", "sector"])["period"].agg(set)
    assert len(sizes) == 51 * 2
    assert all(found == months for found in sizes)
    assert len(parameter(Reading({"eia_retail_price": shipped}))) == 51 * 2
    assert len(price(Reading({"eia_retail_price": shipped}))) == 1


@pytest.mark.parametrize(
    ("month", "state", "cents", "tolerance"),
    [
        # Electric Power Monthly, table 5.6.A of April 2025, before revisions; and figures of November that others read in it
        ("2025-04", "NJ", 13.01, 0), ("2025-04", "PA", 8.59, 0), ("2025-04", "OH", 7.90, 0.02), ("2025-04", "IL", 9.81, 0.04),
        ("2025-04", "IN", 9.01, 0.13), ("2025-04", "WI", 8.29, 0.03), ("2025-04", "MA", 18.95, 0.08), ("2025-11", "TX", 6.63, 0),
        ("2025-11", "LA", 5.88, 0), ("2025-11", "TN", 6.43, 0), ("2025-11", "GA", 6.83, 0), ("2025-11", "NM", 5.37, 0),
    ],
)  # fmt: skip
def test_industrial_prices_are_those_that_eia_printed(
    shipped: pd.DataFrame, month: str, state: str, cents: float, tolerance: float
) -> None:
    (found,) = shipped[(shipped["period"] == month) & (shipped["state"] == state) & (shipped["sector"] == "IND")]["price"]
    assert found == pytest.approx(cents, abs=tolerance + 1e-9)


def test_an_unknown_state_must_be_declared() -> None:
    with pytest.raises(SourceError, match=r"IND\.0\.json:1: column 'stateid': .*region\.csv does not say what 'XX' is"):
        parameter(Reading(parse(first(stateid="XX"))))


def test_a_source_without_a_vintage_gives_no_rows() -> None:
    reading = Reading({name: empty(record) for name, record in TABLES.items()})
    assert {name: len(made(reading)) for name, made in MAPS.items()} == {"parameter": 0, "price": 0}


# --- what goes wrong


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"price": "W"}, r"IND\.0\.json:1: column 'price': .*got 'W'"),
        ({"price": "-3"}, r"IND\.0\.json:1: column 'price'"),
        ({"price-units": "dollars per megawatthour"}, r"column 'price-units': expected prices in 'cents per kilowatt-hour'"),
        ({"period": "2025"}, r"column 'period'"),
        ({"sectorid": "RES"}, r"column 'sectorid'"),
        ({"revenue": "12"}, r"column 'revenue': unknown column"),
    ],
)
def test_a_changed_row_is_refused_at_its_place(members: dict[str, Any], told: str) -> None:
    with pytest.raises(SourceError, match=told):
        parse(first(**members))


def test_a_vanished_column_is_named() -> None:
    with pytest.raises(SourceError, match=r"IND\.0\.json:1: column 'price': this column is missing"):
        parse(FILES | {IND: reply(lambda rows: [{k: v for k, v in row.items() if k != "price"} for row in rows])})


def test_a_reply_cut_at_its_limit_of_rows_is_refused() -> None:
    with pytest.raises(SourceError, match=r"column 'total': 65 rows of sector IND; expected the 70"):
        parse(FILES | {IND: reply(list, total="70")})


def test_a_missing_page_is_named() -> None:
    with pytest.raises(SourceError, match=r"retail_sales\.IND\.1\.json:1: .*page 2 of 2 of sector IND is missing"):
        parse(FILES | {IND: reply(list, total=PAGE + 1)})


def test_a_row_that_is_there_twice_is_refused() -> None:
    with pytest.raises(SourceError, match=r"column 'period': '2025-01', 'US', 'IND' is there already, in line"):
        parse(FILES | {IND: reply(lambda rows: [*rows, rows[0]])})


def test_a_refusal_is_told_in_the_words_of_the_publisher() -> None:
    with pytest.raises(SourceError, match=r"EIA refuses: .*API_KEY_INVALID"):
        parse(FILES | {IND: b'{"error": {"code": "API_KEY_INVALID", "message": "An invalid api_key was supplied."}}'})


@pytest.mark.parametrize(
    "payload", [b"<html></html>", SYNTHETIC[:500], b"\xff{}", b"[]", b"{}", b'{"response": {"total": "x"}}', b'{"response": {"total": 0}}']
)
def test_what_is_no_reply_is_refused_with_its_file(payload: bytes) -> None:
    with pytest.raises(SourceError, match=r"retail_sales\.IND\.0\.json:\d+: "):
        parse(FILES | {IND: payload})


@given(st.integers(0, len(SYNTHETIC) - 1), st.sampled_from(["flip", "delete", "insert"]), st.integers(1, 255))
def test_damaged_bytes_give_valid_rows_or_a_told_problem(place: int, how: str, byte: int) -> None:
    middle = {"flip": bytes([SYNTHETIC[place] ^ byte]), "delete": b"", "insert": bytes([SYNTHETIC[place], byte])}[how]
    try:
        frame = parse(FILES | {IND: SYNTHETIC[:place] + middle + SYNTHETIC[place + 1 :]})["eia_retail_price"]
    except SourceError:
        return
    assert list(frame.columns[: len(RetailPrice.model_fields)]) == list(RetailPrice.model_fields)


# --- what is asked for


def test_pages_of_both_sectors_are_asked_for_with_the_key_kept_apart() -> None:
    asked: list[tuple[str, str, Mapping[str, str], Any]] = []

    def get(name: str, url: str, *, params: Mapping[str, str] | None = None, key: Any = None, **rest: Any) -> bytes:
        asked.append((name, url, params or {}, key))
        return reply(list, total=PAGE + 1 if ".IND." in name else 65)

    fetch(get)
    assert [name for name, *_ in asked] == [file_name("IND", 0), file_name("IND", 1), file_name("COM", 0)]
    assert {(url, key) for _, url, _, key in asked} == {(URL, KEY)}
    assert [params["offset"] for _, _, params, _ in asked] == ["0", str(PAGE), "0"]
    assert asked[0][2]["facets[sectorid][]"] == "IND"
