"""Ember: generation, shares and carbon intensity of countries, among aggregates that are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources import countries
from sources.connector import Reading
from sources.ember.connector import FILE, TABLES, URL, fetch, parse
from sources.ember.declarations import Electricity
from sources.ember.records import MAPS, parameter
from sources.errors import SourceError
from sources.review import collecting
from sources.tabular import empty, read_csv

ROOT = Path(__file__).resolve().parents[2]
SYNTHETIC = (ROOT / "tests" / "payloads" / "ember" / "synthetic_long.csv").read_bytes()


def replaced(old: str, new: str) -> dict[str, bytes]:
    text = SYNTHETIC.decode()
    assert old in text
    return {FILE: text.replace(old, new, 1).encode()}


def figures_of(files: dict[str, bytes]) -> pd.DataFrame:
    return parameter(Reading(parse(files), "2026-06-23")).set_index(["entity_id", "parameter"])


@pytest.fixture(scope="module")
def figures() -> pd.DataFrame:
    return figures_of({FILE: SYNTHETIC})


def test_aggregates_and_countries_not_ours_have_no_figures(figures: pd.DataFrame) -> None:
    assert set(figures.index.get_level_values(0)) == {"country:DEU", "country:TWN"}


def test_shares_are_energies_over_the_total_of_the_same_year(figures: pd.DataFrame) -> None:
    germany = figures.loc["country:DEU"]
    assert germany.loc["share_coal", "central"] == pytest.approx(96 / 480)
    assert germany.loc["share_solar", "central"] == pytest.approx(72 / 480)
    assert set(germany["as_of"]) == {"2025"}
    assert (germany.loc["share_coal", "unit"], germany.loc["share_coal", "grade"]) == ("fraction", "derived")


def test_a_year_without_a_total_is_not_a_countrys_newest(figures: pd.DataFrame) -> None:
    assert "2026" not in set(figures["as_of"])


def test_zero_is_a_share_and_a_missing_fuel_is_none(figures: pd.DataFrame) -> None:
    nuclear = figures.loc[("country:DEU", "share_nuclear")]
    assert (nuclear["low"], nuclear["central"], nuclear["high"]) == (0, 0, 0)
    assert "share_nuclear" not in figures.loc["country:TWN"].index


def test_intensity_and_generation_keep_their_units_and_get_our_range(figures: pd.DataFrame) -> None:
    intensity = figures.loc[("country:DEU", "carbon_intensity")]
    assert (intensity["low"], intensity["central"], intensity["high"]) == pytest.approx((297, 330, 363))
    assert (intensity["unit"], intensity["grade"]) == ("gCO2/kWh", "primary")
    generation = figures.loc[("country:DEU", "electricity_generation")]
    assert (generation["low"], generation["central"], generation["high"]) == pytest.approx((470.4, 480, 489.6))


def test_a_share_is_never_above_one() -> None:
    figures = figures_of(replaced("Fuel,Gas,TWh,145", "Fuel,Gas,TWh,290"))
    gas = figures.loc[("country:TWN", "share_gas")]
    assert (gas["central"], gas["high"]) == (1, 1)


def test_sums_of_fuels_are_not_taken_for_a_fuel(figures: pd.DataFrame) -> None:
    assert not [name for name in figures.index.get_level_values(1) if "fossil" in name or "bio" in name]


def test_a_new_fuel_must_be_declared() -> None:
    with pytest.raises(SourceError, match=r"long_format\.csv:7: column 'Variable': .*variable\.csv does not say what 'Biogas' is"):
        figures_of(replaced("Fuel,Bioenergy,TWh", "Fuel,Biogas,TWh"))


def held_back(old: str, new: str) -> list[tuple[str, str, str]]:
    """(heading, word, file that settles it) of what awaits review where a word is replaced everywhere in a fetched release."""
    changed = SYNTHETIC.decode().replace(old, new)
    assert changed != SYNTHETIC.decode()
    with collecting() as questions:
        figures_of({FILE: changed.encode()})
    return sorted({(q.column, q.word, q.settle) for q in questions})


def test_an_area_that_is_no_country_of_the_world_awaits_review() -> None:
    assert held_back("Taiwan,TWN", "Atlantis,ATL") == [("ISO 3 code", "ATL", "sources/ember/area.csv")]


def test_a_category_that_nobody_has_explained_awaits_review() -> None:
    assert held_back("Electricity generation,Aggregate fuel", "Electricity generation,Sum of fuels") == [
        ("Subcategory", "Sum of fuels", "sources/ember/subcategory.csv")
    ]
    assert held_back("Capacity,Fuel", "Installed capacity,Fuel") == [("Category", "Installed capacity", "sources/ember/category.csv")]


def test_a_source_without_a_vintage_gives_no_rows() -> None:
    reading = Reading({name: empty(record) for name, record in TABLES.items()})
    assert {name: len(made(reading)) for name, made in MAPS.items()} == {"parameter": 0}


def test_the_snapshot_covers_every_country_once() -> None:
    snapshot = read_csv(ROOT / "sources" / "ember" / "snapshot" / "ember_electricity.csv", Electricity)
    figures = parameter(Reading({"ember_electricity": snapshot})).set_index(["entity_id", "parameter"])
    assert {f"country:{code}" for code in countries.codes()} >= set(figures.index.get_level_values(0))
    assert len(set(figures.index.get_level_values(0))) >= 100
    assert figures.index.is_unique
    assert figures.loc[("country:FRA", "share_nuclear"), "central"] == pytest.approx(0.65, abs=0.02)
    assert figures.loc[("country:USA", "carbon_intensity"), ["central", "as_of"]].tolist() == [384.4, "2025"]
    shares = figures[figures["unit"] == "fraction"].groupby(level=0)["central"].sum()
    assert shares.max() <= 1.0005


# --- what goes wrong


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("ISO 3 code", "Country code", r"'Country code': unknown column.*\n.*'ISO 3 code': this column is missing"),
        ("YoY % change", "YoY % change,Source", r"'Source': unknown column"),
        ("Germany,DEU,2024", "Germany,,2024", r":2: column 'ISO 3 code': a Country or economy needs an ISO code"),
        ("World,,2025", "World,WLD,2025", r"column 'ISO 3 code': a Region has no ISO code, got 'WLD'"),
        ("TWh,500,", "T\0Wh,500,", r":2: there is a NUL byte"),
        ("TWh,500,", "PWh,500,", r":2: column 'Unit': expected Total Generation in 'TWh', got 'PWh'"),
        ("TWh,500,", "TWh,five,", r":2: column 'Value': .*'five'"),
        ("TWh,500,", "TWh,500000,", r":2: column 'Value': 500000 TWh is more than there can be"),
        ("Germany,DEU,2025,Country or economy", "Germany,DEU,2024,Country or economy", r"of Germany in 2024 is there with another value"),
        ("Fuel,Coal,TWh,100,,", "Fuel,Coal,TWh,100,", r":3: .*expected 18 cells"),
    ],
)
def test_a_changed_file_is_refused_at_its_place(old: str, new: str, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        parse(replaced(old, new))


@pytest.mark.parametrize("payload", [b"<html><title>Sorry</title></html>", b"", "Área,año".encode("latin-1"), SYNTHETIC[:1000]])
def test_what_is_no_release_is_refused_with_its_file(payload: bytes) -> None:
    with pytest.raises(SourceError, match=r"yearly_full_release_long_format\.csv:\d+: "):
        parse({FILE: payload})


def test_a_missing_file_is_named() -> None:
    with pytest.raises(SourceError, match=r"long_format\.csv:1: .*missing"):
        parse({})


@given(st.integers(0, len(SYNTHETIC) - 1), st.sampled_from(["flip", "delete", "insert"]), st.integers(1, 255))
def test_damaged_bytes_give_valid_rows_or_a_told_problem(place: int, how: str, byte: int) -> None:
    middle = {"flip": bytes([SYNTHETIC[place] ^ byte]), "delete": b"", "insert": bytes([SYNTHETIC[place], byte])}[how]
    try:
        figures = figures_of({FILE: SYNTHETIC[:place] + middle + SYNTHETIC[place + 1 :]})
    except SourceError:
        return
    assert (figures["low"] <= figures["high"]).all()


def test_one_file_is_asked_for() -> None:
    asked = []

    def get(name: str, url: str, **rest: Any) -> bytes:
        asked.append((name, url))
        return SYNTHETIC

    fetch(get)
    assert asked == [(FILE, URL)]
