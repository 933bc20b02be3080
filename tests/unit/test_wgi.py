"""World Bank governance indicators: estimates with their errors, and the economies the API gives no code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources import countries
from sources.connector import Reading
from sources.errors import SourceError
from sources.records import ParameterRow
from sources.review import collecting
from sources.tabular import empty, read_csv
from sources.wgi.connector import PER_PAGE, SERIES, TABLES, fetch, file_name, parse
from sources.wgi.declarations import Observation
from sources.wgi.records import MAPS, parameter

ROOT = Path(__file__).resolve().parents[2]
SYNTHETIC = (ROOT / "tests" / "payloads" / "wgi" / "synthetic_GOV_WGI_PV.EST.json").read_bytes()
NAME = file_name("GOV_WGI_PV.EST", 1)


def reply(series: str) -> bytes:
    """The synthetic reply as one of another series: standard errors of 0.2, five sources."""
    about, rows = json.loads(SYNTHETIC)
    for row in rows:
        if row is not None:
            row["indicator"]["id"] = series
            row["value"] = {"EST": row["value"], "SE": 0.2, "SR": 5}[series.rpartition(".")[2]]
    return json.dumps([about, rows]).encode()


FILES = {file_name(series, 1): reply(series) for series in SERIES} | {NAME: SYNTHETIC}


def changed(**members: Any) -> dict[str, bytes]:
    """The files with members of the first row of one reply changed."""
    about, rows = json.loads(SYNTHETIC)
    rows[0].update(members)
    return FILES | {NAME: json.dumps([about, rows]).encode()}


@pytest.fixture(scope="module")
def figures() -> pd.DataFrame:
    return parameter(Reading(parse(FILES), "2026-03-18")).set_index(["entity_id", "parameter"])


def test_every_series_is_read_and_the_trailing_null_is_no_row() -> None:
    frame = parse(FILES)["wgi_observation"]
    assert len(frame) == 18 * 7
    assert frame["series"].nunique() == 18


def test_taiwan_has_no_iso_code_and_is_known_by_its_name(figures: pd.DataFrame) -> None:
    taiwan = figures.loc[("country:TWN", "governance_political_stability")]
    assert (taiwan["central"], taiwan["as_of"]) == (0.8, "2024")


def test_the_newest_year_with_a_value_counts(figures: pd.DataFrame) -> None:
    germany = figures.loc[("country:DEU", "governance_political_stability")]
    assert (germany["central"], germany["as_of"]) == (0.5, "2023")


def test_the_range_is_the_90_percent_interval_of_the_standard_error(figures: pd.DataFrame) -> None:
    germany = figures.loc[("country:DEU", "governance_political_stability")]
    assert (germany["low"], germany["high"]) == pytest.approx((0.5 - 1.645 * 0.2, 0.5 + 1.645 * 0.2))
    assert (germany["unit"], germany["grade"]) == ("index", "primary")
    assert "5 sources" in germany["note"]


def test_only_our_countries_have_figures_and_each_has_six(figures: pd.DataFrame) -> None:
    assert figures.index.get_level_values(0).value_counts().to_dict() == {"country:DEU": 6, "country:TWN": 6}


def test_an_estimate_without_a_standard_error_gets_a_range_of_ours_and_says_so() -> None:
    frame = parse(FILES)["wgi_observation"]
    without = frame[~(frame["series"].str.endswith(".SE") & (frame["iso3"] == "DEU"))]
    figures = parameter(Reading({"wgi_observation": without})).set_index(["entity_id", "parameter"])
    for name, error in (("governance_political_stability", 0.24), ("governance_rule_of_law", 0.22)):
        germany = figures.loc[("country:DEU", name)]
        assert (germany["low"], germany["central"], germany["high"]) == pytest.approx((0.5 - 1.645 * error, 0.5, 0.5 + 1.645 * error))
        assert (germany["grade"], germany["as_of"]) == ("primary", "2023")
        assert f"the range is ours: its standard error was not at hand, {error} is typical; 5 sources" in germany["note"]
        assert "the range is ours" not in figures.loc[("country:TWN", name), "note"]


def test_a_standard_error_without_an_estimate_is_no_figure() -> None:
    frame = parse(FILES)["wgi_observation"]
    without = frame[~(frame["series"].str.endswith(".EST") & (frame["iso3"] == "DEU"))]
    assert set(parameter(Reading({"wgi_observation": without}))["entity_id"]) == {"country:TWN"}


def test_economies_without_any_code_are_told_apart_by_name() -> None:
    frame = parse(changed(countryiso3code="", country={"id": "", "value": "Niue"}))["wgi_observation"]
    nameless = frame[(frame["series"] == "GOV_WGI_PV.EST") & (frame["year"] == 2024) & frame["economy_id"].isna()]
    assert set(nameless["economy"]) == {"Niue", "Taiwan, China"}


def test_an_economy_without_a_code_must_be_declared() -> None:
    with pytest.raises(
        SourceError, match=r"GOV_WGI_PV\.EST\.1\.json:1: column 'country\.value': .*economy\.csv does not say what 'Ruritania'"
    ):
        parameter(Reading(parse(changed(countryiso3code="", country={"id": "XR", "value": "Ruritania"}))))


def test_a_source_without_a_vintage_gives_no_rows() -> None:
    reading = Reading({name: empty(record) for name, record in TABLES.items()})
    assert {name: len(made(reading)) for name, made in MAPS.items()} == {"parameter": 0}


@pytest.fixture(scope="module")
def snapshot() -> pd.DataFrame:
    rows = read_csv(ROOT / "sources" / "wgi" / "snapshot" / "wgi_observation.csv", Observation)
    return parameter(Reading({"wgi_observation": rows})).set_index(["entity_id", "parameter"])


def test_the_snapshot_has_all_six_estimates_of_every_country_of_the_publishers_that_are_used(snapshot: pd.DataFrame) -> None:
    found = {str(node).removeprefix("country:"): n for node, n in snapshot.index.get_level_values(0).value_counts().items()}
    assert found.pop("NCL") == 1
    assert set(found.values()) == {6}
    assert found.keys() >= {"TWN", "CHN", "KOR", "JPN", "USA", "NLD", "DEU", "MYS", "SGP", "COD", "CHL", "QAT", "UKR", "ISR", "IND"}
    assert len(found) == 130
    assert countries.codes() - found.keys() == {"NCL", "GRL"}
    assert snapshot["as_of"].value_counts().to_dict() == {"2024": 774, "2023": 3, "2020": 2, "2019": 2}
    assert set(snapshot[snapshot["as_of"] != "2024"].index.get_level_values(0)) == {"country:TWN", "country:NCL"}
    for row in snapshot.reset_index().drop(columns=["source_file", "source_line"]).to_dict("records"):
        ParameterRow.model_validate(row)


def test_the_snapshot_has_standard_errors_of_europe_alone(snapshot: pd.DataFrame) -> None:
    assert (~snapshot["note"].str.contains("the range is ours")).sum() == 27 * 2
    finland = snapshot.loc[("country:FIN", "governance_rule_of_law")]
    assert (finland["low"], finland["central"], finland["high"]) == pytest.approx((1.77552, 2.02127, 2.26702), abs=1e-5)


@pytest.mark.parametrize(
    ("country", "stability", "law"),
    [
        ("CHN", -0.153, -0.579), ("KOR", 0.639, 1.117), ("USA", -0.095, 0.962), ("COD", -2.119, -1.627), ("NAM", 0.547, 0.328),
        ("JAM", 0.477, -0.078), ("GEO", -0.613, 0.149), ("TWN", 1.043399, 1.19),
    ],
)  # fmt: skip
def test_the_snapshot_knows_the_countries_of_the_supply_chain(snapshot: pd.DataFrame, country: str, stability: float, law: float) -> None:
    found = snapshot.loc[f"country:{country}"]["central"]
    assert (found["governance_political_stability"], found["governance_rule_of_law"]) == (stability, law)


# --- what goes wrong


def test_a_renamed_series_is_told_in_the_words_of_the_world_bank() -> None:
    refusal = b'[{"message":[{"id":"175","key":"Invalid format","value":"The indicator was not found."}]}]'
    with pytest.raises(SourceError, match=r"PV\.EST\.1\.json:1: column 'message': .*The indicator was not found.*renamed"):
        parse(FILES | {NAME: refusal})


def test_a_page_that_is_missing_is_named() -> None:
    about, rows = json.loads(SYNTHETIC)
    with pytest.raises(SourceError, match=r"GOV_WGI_PV\.EST\.2\.json:1: .*page 2 of 2 .*missing"):
        parse(FILES | {NAME: json.dumps([about | {"pages": 2}, rows]).encode()})


def test_a_reply_that_was_cut_short_is_refused() -> None:
    about, rows = json.loads(SYNTHETIC)
    with pytest.raises(SourceError, match=r"column 'total': 7 rows of GOV_WGI_PV\.EST; expected the 1512"):
        parse(FILES | {NAME: json.dumps([about | {"total": 1512}, rows]).encode()})


def test_rows_of_another_series_or_database_are_refused() -> None:
    with pytest.raises(SourceError, match=r"column 'indicator\.id': expected 'GOV_WGI_PV\.EST', got 'GOV_WGI_PV\.SC'"):
        parse(changed(indicator={"id": "GOV_WGI_PV.SC", "value": "score"}))
    about, rows = json.loads(SYNTHETIC)
    with pytest.raises(SourceError, match="column 'sourceid': expected database 3, got '2'"):
        parse(FILES | {NAME: json.dumps([about | {"sourceid": "2"}, rows]).encode()})


def test_a_score_is_not_taken_for_an_estimate() -> None:
    with pytest.raises(SourceError, match=r"PV\.EST\.1\.json:1: column 'value': expected -4 to 4 for GOV_WGI_PV\.EST, got 65"):
        parse(changed(value=65))


def test_a_renamed_column_and_a_new_one_are_named() -> None:
    about, rows = json.loads(SYNTHETIC)
    renamed = [None if row is None else {"year" if k == "date" else k: v for k, v in row.items()} for row in rows]
    with pytest.raises(SourceError, match=r"column 'year': unknown column.*\n.*column 'date': this column is missing"):
        parse(FILES | {NAME: json.dumps([about, renamed]).encode()})
    with pytest.raises(SourceError, match="column 'revised': unknown column"):
        parse(changed(revised=True))


def test_a_value_that_is_there_twice_is_refused() -> None:
    about, rows = json.loads(SYNTHETIC)
    twice = [*rows, rows[1]]
    with pytest.raises(SourceError, match="is there already, in line"):
        parse(FILES | {NAME: json.dumps([about | {"total": 8}, twice]).encode()})


@pytest.mark.parametrize(
    "payload", [b"<html><title>Sorry</title></html>", SYNTHETIC[:300], b"\xff\xfe[]", b"[]", b"{}", b"[1, 2]", b"[{}, []]"]
)
def test_what_is_no_reply_is_refused_with_its_file(payload: bytes) -> None:
    with pytest.raises(SourceError, match=r"GOV_WGI_PV\.EST\.1\.json:\d+: "):
        parse(FILES | {NAME: payload})


@given(st.integers(0, len(SYNTHETIC) - 1), st.sampled_from(["flip", "delete", "insert"]), st.integers(1, 255))
def test_damaged_bytes_give_valid_rows_or_a_told_problem(place: int, how: str, byte: int) -> None:
    middle = {"flip": bytes([SYNTHETIC[place] ^ byte]), "delete": b"", "insert": bytes([SYNTHETIC[place], byte])}[how]
    try:
        frame = parse(FILES | {NAME: SYNTHETIC[:place] + middle + SYNTHETIC[place + 1 :]})["wgi_observation"]
    except SourceError:
        return
    assert list(frame.columns[: len(Observation.model_fields)]) == list(Observation.model_fields)


# --- what is asked for


def test_each_series_is_asked_for_in_database_3_and_all_its_pages() -> None:
    asked: list[tuple[str, str, Mapping[str, str]]] = []

    def get(name: str, url: str, *, params: Mapping[str, str] | None = None, **rest: Any) -> bytes:
        asked.append((name, url, params or {}))
        about, rows = json.loads(SYNTHETIC)
        pages = 2 if "PV.EST" in name else 1
        return json.dumps([about | {"pages": pages}, rows]).encode()

    fetch(get)
    assert len(asked) == 19
    _, url, params = next(a for a in asked if a[0] == "GOV_WGI_PV.EST.2.json")
    assert url == "https://api.worldbank.org/v2/country/all/indicator/GOV_WGI_PV.EST"
    assert (params["source"], params["format"], params["page"], params["per_page"]) == ("3", "json", "2", str(PER_PAGE))
    assert params["date"].endswith(f":{datetime.now(UTC).year}")


def test_a_code_that_is_no_country_of_the_world_awaits_review() -> None:
    about, rows = json.loads(SYNTHETIC)
    row = next(row for row in rows if row and row["countryiso3code"] == "DEU")
    row["countryiso3code"], row["country"]["value"] = "ATL", "Atlantis"
    with collecting() as questions:
        parameter(Reading(parse(FILES | {NAME: json.dumps([about, rows]).encode()}), "2026-03-18"))
    assert [(q.column, q.word) for q in questions] == [("country.value", "Atlantis")]
