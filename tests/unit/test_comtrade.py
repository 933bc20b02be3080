"""UN Comtrade: imports by customs code, and what they say of items."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources import records as r
from sources.comtrade import connector
from sources.comtrade.connector import CODES, LIMITS, REPORTERS, fetch, parse
from sources.comtrade.declarations import CodeShare, Flow, KnownArea
from sources.comtrade.records import AREAS, MAPS
from sources.connector import Reading
from sources.countries import codes
from sources.errors import SourceError
from sources.mapping import meanings
from sources.tabular import empty, read_csv

PAYLOADS = Path(__file__).resolve().parents[1] / "payloads" / "comtrade"
CURATED = Path(connector.__file__).parents[1] / "curated"
USA, TAIWAN = "imports_usa.json", "imports_twn.json"


def payload(name: str) -> bytes:
    return (PAYLOADS / f"synthetic_{name}").read_bytes()


def reply(change: Any = lambda rows: rows, **envelope: Any) -> bytes:
    """The reply of the United States with its rows changed, and its count set right unless it is given."""
    whole = json.loads(payload(USA))
    whole["data"] = change(whole["data"])
    whole["count"] = len(whole["data"])
    return json.dumps(whole | envelope).encode()


def mapped(flows: pd.DataFrame) -> pd.DataFrame:
    return MAPS["trade_flow"](Reading({Flow.table: flows}, "2026-11-26"))


@pytest.fixture(scope="module")
def flows() -> pd.DataFrame:
    return parse({USA: payload(USA), TAIWAN: payload(TAIWAN)})[Flow.table]


@pytest.fixture(scope="module")
def trade(flows: pd.DataFrame) -> pd.DataFrame:
    return mapped(flows)


# --- what is asked for


def test_each_reporter_is_asked_once_for_totals_of_two_years_with_the_key_apart() -> None:
    asked: dict[str, dict[str, Any]] = {}

    def get(name: str, url: str, **options: Any) -> bytes:
        asked[name] = {"url": url} | options
        return b""

    fetch(get)
    assert len(asked) == len(REPORTERS)
    taiwan = asked[TAIWAN]
    assert taiwan["url"] == "https://comtradeapi.un.org/data/v1/get/C/A/HS"
    assert taiwan["key"] == ("Ocp-Apim-Subscription-Key", "COMTRADE_KEY")
    asked_for = taiwan["params"]
    assert asked_for["reporterCode"] == "490"
    assert asked_for["period"] == f"{date.today().year - 2},{date.today().year - 1}"
    assert (asked_for["partner2Code"], asked_for["customsCode"], asked_for["motCode"], asked_for["flowCode"]) == ("0", "C00", "0", "M")
    assert len(asked_for["cmdCode"].split(",")) == len(set(read_csv(CODES, CodeShare)["hs_code"]))


# --- what is read


def test_rows_keep_the_place_they_have_in_the_reply(flows: pd.DataFrame) -> None:
    assert len(flows) == 9
    last = flows[flows["source_file"] == USA].iloc[-1]
    assert (last["source_line"], last["partner"], last["hs_code"]) == (8, "899", "280429")


def test_codes_are_the_same_as_numbers_and_as_text(flows: pd.DataFrame) -> None:
    as_text = reply(lambda rows: [row | {"reporterCode": "842", "motCode": "0", "partner2Code": "0"} for row in rows])
    assert parse({USA: as_text})[Flow.table]["reporter"].tolist() == ["842"] * 8


def test_no_files_are_no_flows() -> None:
    nothing = parse({})[Flow.table]
    assert nothing.empty
    assert list(mapped(nothing).columns) == [*r.TradeFlowRow.model_fields, "source_file", "source_line"]
    assert mapped(empty(Flow)).empty


# --- what it means


def test_a_code_of_several_items_is_split_with_a_range(trade: pd.DataFrame) -> None:
    """Memories from Taiwan for 5 bn USD: 45 % DRAM, 25 % HBM, 20 % NAND by judgement."""
    memory = trade[(trade["partner"] == "TWN") & (trade["hs_code"] == "854232")].set_index("item_id")
    assert memory["central"].to_dict() == pytest.approx({"dram": 2.25e9, "hbm": 1.25e9, "nand": 1e9})
    assert (memory.loc["hbm", "low"], memory.loc["hbm", "high"]) == pytest.approx((0.5e9, 2e9))
    assert set(memory["grade"]) == {"derived"}


def test_a_code_that_is_one_item_keeps_its_published_value(trade: pd.DataFrame) -> None:
    copper = trade[trade["item_id"] == "copper_refined"].iloc[0]
    assert (copper["low"], copper["central"], copper["high"], copper["grade"]) == (2e8, 2e8, 2e8, "primary")
    assert copper["locator"] == "reporter 842, partner 392, H6 740311, 2025"


def test_taiwan_is_other_asia_as_partner_and_as_reporter(trade: pd.DataFrame) -> None:
    assert "TWN" in set(trade["partner"])
    assert set(trade.loc[trade["reporter"] == "TWN", "item_id"]) == {"helium", "neon", "krypton", "xenon"}


def test_only_the_newest_year_of_a_reporter_is_used(trade: pd.DataFrame) -> None:
    assert set(zip(trade["reporter"], trade["year"], strict=True)) == {("USA", 2025), ("TWN", 2024)}


def test_the_world_hidden_partners_and_small_flows_are_left_out(trade: pd.DataFrame) -> None:
    assert set(trade.loc[trade["reporter"] == "USA", "partner"]) == {"KOR", "TWN", "JPN", "USA"}
    assert "848620" not in set(trade["hs_code"])


def test_goods_that_come_back_are_said_to(trade: pd.DataFrame) -> None:
    assert trade.loc[trade["reporter"] == trade["partner"], "note"].str.endswith("its own goods that come back").all()


def test_every_row_is_a_valid_record(trade: pd.DataFrame) -> None:
    for row in trade[list(r.TradeFlowRow.model_fields)].to_dict("records"):
        r.TradeFlowRow.model_validate({name: None if value is pd.NA or value != value else value for name, value in row.items()})
    assert not trade.duplicated(["reporter", "partner", "hs_code", "item_id", "year"]).any()


# --- the mapping files


def test_the_items_of_the_codes_are_items_of_ours_and_fill_no_code_twice() -> None:
    shares = read_csv(CODES, CodeShare)
    items = pd.concat([pd.read_csv(path) for path in CURATED.glob("*/item.csv")])["item_id"]
    assert set(shares["item_id"]) <= set(items)
    assert not shares.duplicated(["hs_code", "item_id"]).any()
    assert shares.groupby("hs_code")["central"].sum().max() <= 1 + 1e-9
    assert shares.groupby("hs_code")["low"].sum().max() <= 1


def test_every_country_of_ours_is_an_area_and_every_reporter_one_of_them() -> None:
    areas = meanings(AREAS, KnownArea)
    assert codes() <= {country for country in areas.values() if country}
    assert {areas[area]: country for country, numbers in REPORTERS.items() for area in numbers.split(",")} == {c: c for c in REPORTERS}
    assert set(REPORTERS) <= codes()
    assert areas["0"] is None


def test_a_partner_that_is_no_country_of_ours_is_passed_over(flows: pd.DataFrame) -> None:
    elsewhere = mapped(flows.assign(partner=flows["partner"].replace("392", "674")))
    assert "740311" not in set(elsewhere["hs_code"])


# --- what is refused


@pytest.mark.parametrize("rows", sorted(LIMITS)[:2])
def test_a_reply_at_the_limit_of_rows_is_cut(rows: int) -> None:
    one = json.loads(payload(TAIWAN))["data"][0]
    cut = json.dumps({"count": rows, "data": [one] * rows, "error": ""}).encode()
    with pytest.raises(SourceError, match=rf"imports_usa\.json:1: column 'count': exactly {rows} rows, the most that are given"):
        parse({USA: cut})


def test_a_reply_that_counts_more_than_it_has_is_cut() -> None:
    with pytest.raises(SourceError, match=r"column 'count': the reply speaks of 12 rows and has 8: it is cut"):
        parse({USA: reply(count=12)})


def test_parts_of_a_total_are_refused() -> None:
    by_air = reply(lambda rows: [rows[0], rows[1] | {"motCode": 1000}])
    with pytest.raises(SourceError, match=r"imports_usa\.json:2: column 'motCode': expected a total .*counted twice, got 1000"):
        parse({USA: by_air})


def test_a_flow_that_is_there_twice_is_refused() -> None:
    twice = reply(lambda rows: [*rows, rows[1] | {"classificationCode": "H5"}])
    with pytest.raises(SourceError, match=r"imports_usa\.json:9: .*'842', '410', '854232', 2025 is there already, in line 2"):
        parse({USA: twice})


REFUSED = [
    ("renamed", lambda row: {"valueUsd" if k == "primaryValue" else k: v for k, v in row.items()}, r"'valueUsd': unknown column"),
    ("gone", lambda row: {k: v for k, v in row.items() if k != "cmdCode"}, r"'cmdCode': this column is missing"),
    ("new", lambda row: row | {"tariff": 0.1}, r"'tariff': unknown column"),
    ("monthly", lambda row: row | {"freqCode": "M"}, r"'freqCode': input should be 'A'"),
    ("exports", lambda row: row | {"flowCode": "X"}, r"'flowCode': input should be 'M'"),
    ("heading", lambda row: row | {"cmdCode": "8542"}, r"'cmdCode': .*got '8542'"),
    ("no value", lambda row: row | {"primaryValue": None}, r"'primaryValue': a value is required here"),
    ("negative", lambda row: row | {"primaryValue": -1}, r"'primaryValue': .*got -1"),
    ("no row", lambda _: [1], r"'data': expected a mapping here, found list"),
]


@pytest.mark.parametrize(("change", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_is_not_as_declared_is_told_with_its_place(change: Any, message: str) -> None:
    with pytest.raises(SourceError, match=rf"imports_usa\.json:2: column {message}"):
        parse({USA: reply(lambda rows: [rows[0], change(rows[1])])})


def test_an_answer_that_is_no_data_is_refused() -> None:
    with pytest.raises(SourceError, match=r"expected 'data' here, found 'statusCode', 'message'"):
        parse({USA: b'{"statusCode": 401, "message": "Access denied due to invalid subscription key."}'})
    with pytest.raises(SourceError, match=r"column 'error': the service answered 'Query too complex'"):
        parse({USA: reply(error="Query too complex")})
    with pytest.raises(SourceError, match=r"imports_usa\.json:1: column '1': not well-formed JSON"):
        parse({USA: b"<html></html>"})


def test_another_encoding_and_a_file_cut_short_are_refused() -> None:
    with pytest.raises(SourceError, match="is not UTF-8"):
        parse({USA: payload(USA).decode().encode("utf-16")})
    with pytest.raises(SourceError, match="not well-formed JSON"):
        parse({USA: payload(USA)[:3000]})


def test_an_unknown_area_or_code_is_told_at_its_row(flows: pd.DataFrame) -> None:
    with pytest.raises(SourceError, match=r"imports_usa\.json:1: column 'partnerCode': .*area\.csv does not say what '1' is"):
        mapped(flows.assign(partner=flows["partner"].replace("0", "1")))
    with pytest.raises(SourceError, match=r"imports_usa\.json:5: column 'cmdCode': .*hs_code\.csv does not say what '740312' is"):
        mapped(flows.assign(hs_code=flows["hs_code"].replace("740311", "740312")))


@given(
    position=st.integers(min_value=0, max_value=len(payload(USA)) - 1),
    change=st.sampled_from(["flip", "delete", "insert"]),
    byte=st.integers(min_value=0, max_value=255),
)
def test_damaged_bytes_give_flows_or_a_source_error(position: int, change: str, byte: int) -> None:
    good = payload(USA)
    kept = good[position + 1 :] if change != "insert" else good[position:]
    damaged = good[:position] + (b"" if change == "delete" else bytes([byte])) + kept
    try:
        flows = parse({USA: damaged})[Flow.table]
    except SourceError:
        return
    assert list(flows.columns) == list(empty(Flow).columns)
