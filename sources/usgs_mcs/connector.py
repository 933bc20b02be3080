"""Find the newest data release, fetch its file of production, and read it.

ScienceBase has an item for each year whose id follows no rule; they are found by their titles below one parent. A release
is asked for its files, and the first that has a file of a shape known here is taken.
"""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from sources.columns import Table
from sources.connector import Files, Get
from sources.errors import Problem, SourceError
from sources.expected import check_words
from sources.jsondata import entries, loaded
from sources.tabular import empty, parse_csv
from sources.usgs_mcs.declarations import Commodity, World
from sources.usgs_mcs.production import SECTION, STATISTIC, WORLD, Figure, figures

PARENT = "5c8c03e4e4b0938824529f7d"
CATALOG = "https://www.sciencebase.gov/catalog"
TABLES: dict[str, type[Table]] = {Commodity.table: Commodity, World.table: World}

IGNORED_LONG = ("Is critical mineral 2025",)
"""A list of the United States' own."""
IGNORED_WIDE = ("CAP_2023", "CAP_EST_ 2024", "CAP_NOTES", "RESERVES_2024", "RESERVE_NOTES")
"""Capacity of a few metals, and ore in the ground: no shares of supply."""
IGNORED = (*IGNORED_LONG, *IGNORED_WIDE)

_RELEASE = re.compile(r"Mineral Commodity Summaries (\d{4}) Data Release", re.IGNORECASE)
_LONG = re.compile(r"^MCS\d{4}_Commodities_Data\.csv$", re.IGNORECASE)
_WIDE = re.compile(r"^MCS\d{4}_World_Data\.csv$", re.IGNORECASE)

NEEDED = 12
"""Tables of ours with a total that a whole file has at least; it has some twenty."""


def fetch(get: Get) -> None:
    """Ask for the releases, the newest one's files, and the file itself.

    Raises
    ------
    SourceError
        No release, or none with a file of a known shape.
    """
    params = {"parentId": PARENT, "format": "json", "max": "200", "fields": "title"}
    listing = loaded(get("releases.json", f"{CATALOG}/items", params=params, kind="json"), "releases.json")
    years = {
        found[1]: str(item["id"])
        for item in entries(listing, "items", "releases.json")
        if isinstance(item, dict) and item.get("id") and (found := _RELEASE.search(str(item.get("title"))))
    }
    for year in sorted(years, reverse=True):
        name = f"release_{year}.json"
        params = {"format": "json", "fields": "title,files"}
        release = loaded(get(name, f"{CATALOG}/item/{years[year]}", params=params, kind="json"), name)
        for file in sorted(entries(release, "files", name), key=lambda f: str(_name(f))):
            if _LONG.match(_name(file)) or _WIDE.match(_name(file)):
                get(_name(file), _address(file, years[year]), kind="csv")
                return
    told = ", ".join(sorted(years)) or "none"
    what = f"no release has a file MCS<year>_Commodities_Data.csv or MCS<year>_World_Data.csv; releases found: {told}"
    raise SourceError([Problem("releases.json", 1, "title", what)])


def _name(file: Any) -> str:
    return str(file.get("name") or "") if isinstance(file, dict) else ""


def _address(file: Any, item: str) -> str:
    """Where ScienceBase says that the file lies; else where it has always lain."""
    return str(file.get("downloadUri") or file.get("url") or f"{CATALOG}/file/get/{item}?name={_name(file)}")


def parse(files: Files) -> dict[str, pd.DataFrame]:
    """The release's rows in its own shape, the other table empty.

    Raises
    ------
    SourceError
        No file of a known shape, a heading that is new or gone, an amount or a year that is not understood, or a file cut
        short: with file, line and column. Words that nobody has explained are left to the maps.
    """
    frames = {name: empty(record) for name, record in TABLES.items()}
    for name in sorted(files):
        if _LONG.match(name):
            long = parse_csv(files[name], Commodity, name, ignored=IGNORED_LONG, encoding=_encoding(files[name]))
            is_world = long["section"].str.startswith(SECTION)
            check_words([SECTION] if is_world.any() else long["section"].unique(), (SECTION,), name, "Section")
            check_words(long.loc[is_world, "statistic"].unique(), (STATISTIC,), name, "Statistics")
            frames[Commodity.table] = long
        elif _WIDE.match(name):
            frames[World.table] = parse_csv(files[name], World, name, ignored=IGNORED_WIDE, encoding=_encoding(files[name]))
    if all(frame.empty for frame in frames.values()):
        told = ", ".join(sorted(files)) or "none"
        what = f"no rows of a file MCS<year>_Commodities_Data.csv or MCS<year>_World_Data.csv; files: {told}"
        raise SourceError([Problem(next(iter(sorted(files)), "-"), 1, "-", what)])
    _check_complete(figures(frames[Commodity.table], frames[World.table], skip_unknown=True), files)
    return frames


def _encoding(payload: bytes) -> str:
    """cp1252, unless the bytes are UTF-8: a dash of cp1252 never is."""
    try:
        payload.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _check_complete(found: list[Figure], files: Files) -> None:
    """Raise SourceError where so few tables of ours have a total that the file must be cut short."""
    totals = {figure.word.item_id for figure in found if figure.country == WORLD and figure.amount}
    if len(totals) < NEEDED:
        name = next(name for name in sorted(files) if _LONG.match(name) or _WIDE.match(name))
        what = f"world totals of {len(totals)} items ({', '.join(sorted(map(str, totals))) or 'none'}); expected {NEEDED} or more: is the file cut short?"
        raise SourceError([Problem(name, 1, "-", what)])
