"""Mineral Commodity Summaries: production by country as shares of an item's supply."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.connector import Files, Reading
from sources.errors import SourceError
from sources.review import collecting
from sources.tabular import empty, read_csv
from sources.usgs_mcs.connector import CATALOG, TABLES, fetch, parse
from sources.usgs_mcs.declarations import Commodity
from sources.usgs_mcs.production import HERE, amount
from sources.usgs_mcs.records import MAPS, share

PAYLOADS = Path(__file__).resolve().parents[1] / "payloads" / "usgs_mcs"
LONG, WIDE = "MCS2026_Commodities_Data.csv", "MCS2025_World_Data.csv"
LONG_BYTES, WIDE_BYTES = (PAYLOADS / "synthetic_long.csv").read_bytes(), (PAYLOADS / "synthetic_wide.csv").read_bytes()


def shares(files: Files) -> pd.DataFrame:
    return share(Reading(parse(files), "2026-02-06"))


def of(frame: pd.DataFrame, item_id: str) -> pd.DataFrame:
    return frame[frame["item_id"] == item_id].set_index("supplier")


@pytest.fixture(scope="module")
def long() -> pd.DataFrame:
    return shares({LONG: LONG_BYTES})


@pytest.fixture(scope="module")
def wide() -> pd.DataFrame:
    return shares({WIDE: WIDE_BYTES})


# --- amounts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("230,000", (225_000, 230_000, 235_000)),
        ("4,780", (4_775, 4_780, 4_785)),
        ("3", (2.5, 3, 3.5)),
        ("1.5", (1.45, 1.5, 1.55)),
        ("0", (0, 0, 0.5)),
        ("\u2014", (0, 0, 0)),
        ("s", (0, 0.25, 0.5)),
        ("50\u2013300", (50, 175, 300)),
        ("<50", (0, 25, 50)),
    ],
)
def test_an_amount_is_known_to_its_last_digit(text: str, expected: tuple[float, float, float]) -> None:
    assert amount(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["W", "NA", "XX", "Large", ">95", "E"])
def test_what_is_withheld_is_unknown_and_not_nothing(text: str) -> None:
    assert amount(text) is None


@pytest.mark.parametrize("text", ["12 t", "1,23", "9\u20133", "?"])
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a number"):
        amount(text)


# --- shares


def test_a_share_is_a_part_of_the_sum_where_that_passes_the_rounded_total(long: pd.DataFrame) -> None:
    cobalt = of(long, "cobalt_mined")  # 1,500 + 400 + 140 and less than half a ton are more than the 2,000 published
    assert cobalt.loc["COD", "central"] == pytest.approx(1500 / 2040.25, abs=1e-6)
    assert cobalt.loc["COD", "low"] == pytest.approx(1450 / 2040.25 / 1.04, abs=1e-6)
    assert cobalt.loc["COD", "high"] == pytest.approx(1550 / 2040.25 / 0.96, abs=1e-6)


def test_the_countries_not_listed_are_the_unknown_rest(long: pd.DataFrame) -> None:
    rest = of(long, "cobalt_mined").loc["Other countries"]
    assert (rest["supplier_kind"], rest["central"]) == ("residual", pytest.approx(140 / 2040.25, abs=1e-6))
    assert pd.isna(rest["production"])


def test_a_dash_is_no_supplier(long: pd.DataFrame) -> None:
    assert "USA" not in of(long, "cobalt_mined").index


def test_a_year_that_is_not_complete_is_not_used(long: pd.DataFrame) -> None:
    tin = of(long, "tin")  # of 2025 only Indonesia is there
    assert set(tin["as_of"]) == {"2024"}
    assert tin.loc["MMR", "central"] == pytest.approx(0.2)


def test_a_country_that_withholds_is_a_supplier_of_unknown_size(long: pd.DataFrame) -> None:
    silicon = of(long, "silicon_metal")
    assert pd.isna(silicon.loc["USA", "central"])
    assert silicon.loc["CHN", "central"] == pytest.approx(0.8)


def test_ferrosilicon_is_not_silicon_metal(long: pd.DataFrame) -> None:
    assert of(long, "silicon_metal").index.is_unique


def test_the_united_states_have_two_lines_of_helium(long: pd.DataFrame) -> None:
    helium = of(long, "helium")
    assert helium.loc["USA", "central"] == pytest.approx(80 / 140)
    assert helium.loc["USA", "note"].startswith("70 + 10 of 140")


def test_mine_and_refinery_are_two_items(long: pd.DataFrame) -> None:
    assert of(long, "copper_mined").loc["CHL", "central"] == pytest.approx(5300 / 23000, abs=1e-5)
    assert of(long, "copper_refined").loc["CHL", "central"] == pytest.approx(1900 / 27000, abs=1e-5)


def test_palladium_and_platinum_have_totals_of_their_own(long: pd.DataFrame) -> None:
    assert of(long, "palladium").loc["ZAF", "central"] == pytest.approx(72 / 190, abs=1e-5)
    assert of(long, "platinum").loc["ZAF", "central"] == pytest.approx(12 / 17, abs=1e-5)


def test_an_item_without_a_total_has_no_shares(long: pd.DataFrame) -> None:
    assert of(long, "germanium").empty


def test_shares_of_an_item_never_pass_one(long: pd.DataFrame, wide: pd.DataFrame) -> None:
    for frame in (long, wide):
        assert (frame.groupby("item_id")["central"].sum() <= 1 + 1e-6).all()
        known = frame.dropna(subset=["central"])
        assert (known["low"] <= known["central"]).all()
        assert (known["central"] <= known["high"]).all()


def test_figures_of_the_publisher_are_primary_and_copies_secondary(long: pd.DataFrame) -> None:
    assert set(long["grade"]) == {"primary"}
    copied = LONG_BYTES.replace(b"metric tons,2025,750,Estimated.,Yes,", b"metric tons,2025,750,Estimated.,Yes,Read in a copy: a page")
    assert of(shares({LONG: copied}), "gallium").loc["CHN", "grade"] == "secondary"


def test_the_wide_file_gives_the_same_kind_of_shares(wide: pd.DataFrame) -> None:
    assert of(wide, "cobalt_mined").loc["COD", "central"] == pytest.approx(220 / 240, abs=1e-5)
    assert of(wide, "arsenic").loc["PER", "central"] == pytest.approx(27 / 58, abs=1e-5)
    assert of(wide, "alumina").loc["CHN", "central"] == pytest.approx(84 / 142, abs=1e-5)
    assert set(of(wide, "tin")["as_of"]) == {"2024"}


def test_the_long_file_goes_before_the_wide_one() -> None:
    both = shares({LONG: LONG_BYTES, WIDE: WIDE_BYTES})
    assert set(of(both, "cobalt_mined")["as_of"]) == {"2025"}
    assert set(of(both, "arsenic")["as_of"]) == {"2024"}


def test_without_a_vintage_there_are_no_shares() -> None:
    nothing = Reading({name: empty(record) for name, record in TABLES.items()})
    assert all(of_nothing(nothing).empty for of_nothing in MAPS.values())


def test_the_snapshot_gives_the_published_shares() -> None:
    tables = {name: empty(record) for name, record in TABLES.items()}
    rows = read_csv(HERE / "snapshot" / "usgs_mcs_commodity.csv", Commodity)
    frame = share(Reading(tables | {Commodity.table: rows}, "2026-02-06"))
    assert set(frame["grade"]) == {"secondary"}
    assert of(frame, "gallium").loc["CHN", "central"] == pytest.approx(750 / 762, abs=1e-5)
    assert of(frame, "rare_earth_mined").loc["CHN", "central"] == pytest.approx(270 / 390, abs=1e-5)
    assert set(of(frame, "helium")["as_of"]) == {"2025"}


# --- errors


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (b",Value,", b",Amount,", r"Commodities_Data\.csv:1: column 'Amount': unknown column"),
        (b",Other notes", b",Other notes,Remarks", r":1: column 'Remarks': unknown column"),
        (b"Indonesia", b"Indonesla", r"column 'Country': .*country\.csv does not say what 'Indonesla' is; nearest: Indonesia"),
        (b"Primary production,", b"First melt,", r"column 'Statistics_detail': .*does not say what 'GALLIUM: First melt' is"),
        (b'"1,500"', b'"1,500 t"', r"column 'Value': expected a number with commas.*got '1,500 t'"),
        (b"2025_estimated", b"2025 est", r"column 'Year': expected a year.*got '2025 est'"),
    ],
)
def test_what_is_not_understood_is_told_with_its_place(before: bytes, after: bytes, message: str) -> None:
    assert before in LONG_BYTES
    with pytest.raises(SourceError, match=message):
        shares({LONG: LONG_BYTES.replace(before, after)})


def test_a_word_the_publisher_has_added_awaits_review() -> None:
    with collecting() as questions:
        frame = shares({LONG: LONG_BYTES.replace(b"Indonesia", b"Indonesla")})
    assert {q.word for q in questions} == {"Indonesla"}
    assert questions[0].settle.endswith("usgs_mcs/country.csv")
    assert "IDN" not in of(frame, "cobalt_mined").index
    assert "COD" in of(frame, "cobalt_mined").index


def test_a_file_cut_short_is_refused() -> None:
    head = b"\r\n".join(LONG_BYTES.split(b"\r\n")[:20]) + b"\r\n"
    with pytest.raises(SourceError, match=r"world totals of \d items \(cobalt_mined.*cut short"):
        parse({LONG: head})
    with pytest.raises(SourceError, match=r"expected 12 cells as in the header"):
        parse({LONG: LONG_BYTES[: LONG_BYTES.rindex(b"thousand metric tons")]})


def test_a_page_of_html_is_no_data() -> None:
    with pytest.raises(SourceError, match="unknown column"):
        parse({LONG: b"<!DOCTYPE html>\n<html><body>Down for maintenance</body></html>\n"})


def test_a_release_without_a_known_file_is_refused() -> None:
    with pytest.raises(SourceError, match=r"files: world\.zip"):
        parse({"world.zip": b"PK"})


def test_an_edition_in_utf_8_is_read_as_such() -> None:
    frame = parse({LONG: LONG_BYTES.decode("cp1252").encode("utf-8")})[Commodity.table]
    assert frame["section"].iloc[0] == "Salient Statistics\u2014United States"


@given(st.data())
def test_broken_bytes_are_rows_or_an_error_with_a_place(data: st.DataObject) -> None:
    payload = bytearray(LONG_BYTES)
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
        frames = parse({LONG: bytes(payload)})
    except SourceError:
        return
    assert set(frames) == set(TABLES)
    with collecting():
        share(Reading(frames, "2026-02-06"))


# --- the way to the file


class Catalog:
    """A ScienceBase of three releases, and what was asked of it."""

    def __init__(self, files: Mapping[str, list[str]]) -> None:
        self.files, self.asked = files, list[str]()

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
        self.asked.append(url)
        if url == f"{CATALOG}/items":
            titles = {year: f"U.S. Geological Survey Mineral Commodity Summaries {year} Data Release (ver. 2.0)" for year in self.files}
            items: list[dict[str, Any]] = [{"id": f"id{year}", "title": title} for year, title in titles.items()]
            return json.dumps({"items": [*items, {"id": "gis", "title": "Compilation of Geospatial Data"}]}).encode()
        if url.startswith(f"{CATALOG}/item/id"):
            year = url.removeprefix(f"{CATALOG}/item/id")
            return json.dumps({"files": [{"name": n, "downloadUri": f"https://files/{n}"} for n in self.files[year]]}).encode()
        return LONG_BYTES


def test_the_newest_release_with_a_known_file_is_fetched() -> None:
    catalog = Catalog({"2025": [WIDE], "2026": ["MCS2026_Fig1.csv", LONG], "2027": ["world.zip"]})
    fetch(catalog)
    assert catalog.asked[-1] == f"https://files/{LONG}"


def test_no_release_with_a_known_file_is_an_error() -> None:
    with pytest.raises(SourceError, match=r"no release has a file .*releases found: 2024"):
        fetch(Catalog({"2024": ["world.zip"]}))
