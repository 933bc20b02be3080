"""Asks for the one long file of all areas and years, and reads it."""

from __future__ import annotations

import pandas as pd

from sources.columns import Table
from sources.connector import Files, Get
from sources.ember.declarations import EMISSIONS, ENERGY_UNIT, GENERATION, INTENSITY, INTENSITY_UNIT, SINGLE, Electricity
from sources.errors import Problem, SourceError
from sources.expected import check_words
from sources.frames import rows_of
from sources.tabular import parse_csv

TABLES: dict[str, type[Table]] = {Electricity.table: Electricity}

FILE = "yearly_full_release_long_format.csv"
URL = f"https://files.ember-energy.org/public-downloads/{FILE}"

IGNORED = frozenset(
    {
        "Continent", "Ember region", "EU", "OECD", "G20", "G7", "ASEAN",  # groupings of areas, which we make ourselves
        "YoY absolute change", "YoY % change",  # follow from the values
    }
)  # fmt: skip


def fetch(get: Get) -> None:
    """The whole release, about 50 MB."""
    get(FILE, URL, kind="csv")


def parse(files: Files) -> dict[str, pd.DataFrame]:
    """Every row of the release.

    Raises
    ------
    SourceError
        Also where a figure of an area and year is there twice with different values, a figure that is read is in another unit,
        or a category that is read is gone.
    """
    if FILE not in files:
        raise SourceError([Problem(FILE, 1, "-", "the file is missing")])
    frame = parse_csv(files[FILE], Electricity, FILE, ignored=IGNORED)
    _check_words(frame)
    key = ["area", "year", "category", "subcategory", "variable", "unit"]
    distinct = frame.drop_duplicates([*key, "value"])
    problems = []
    for row in rows_of(distinct[distinct.duplicated(key)]):
        what = f"{row['variable']} of {row['area']} in {row['year']} is there with another value already"
        problems.append(Problem(FILE, row["source_line"], "Value", what))
    if problems:
        raise SourceError(problems)
    return {Electricity.table: frame}


def _check_words(frame: pd.DataFrame) -> None:
    """Raise SourceError where nothing is said any more under one of the words by which rows are picked."""
    check_words(frame["category"].unique(), (GENERATION, EMISSIONS), FILE, "Category")
    generation, emissions = (frame[frame["category"] == category] for category in (GENERATION, EMISSIONS))
    check_words(generation["subcategory"].unique(), SINGLE, FILE, "Subcategory")
    check_words(emissions["variable"].unique(), (INTENSITY,), FILE, "Variable")
    check_words(generation.loc[generation["subcategory"].isin(SINGLE), "unit"].unique(), (ENERGY_UNIT,), FILE, "Unit")
    check_words(emissions["unit"].unique(), (INTENSITY_UNIT,), FILE, "Unit")
