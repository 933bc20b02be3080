"""Asks for the prices of the last months, page by page, and reads the replies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from sources.columns import Table
from sources.connector import Files, Get
from sources.eia.declarations import MONTHS, REGIONS, RegionMeaning, RetailPrice
from sources.errors import Problem, SourceError
from sources.frames import rows_of
from sources.jsondata import entries, loaded
from sources.mapping import meanings
from sources.tabular import check_headings, validated

TABLES: dict[str, type[Table]] = {RetailPrice.table: RetailPrice}

IGNORED: frozenset[str] = frozenset()
"""Only the price is asked for; sales, revenue and customers come only where they are."""

URL = "https://api.eia.gov/v2/electricity/retail-sales/data/"
KEY = ("api_key", "EIA_API_KEY")
SECTORS = ("IND", "COM")
PAGE = 5_000
"""Rows of a reply at most, whatever is asked for."""


def file_name(sector: str, page: int) -> str:
    """Pages are counted from 0: page k begins after k times PAGE rows."""
    return f"retail_sales.{sector}.{page}.json"


def fetch(get: Get) -> None:
    """All pages of both sectors, from January of the year before last: twelve months also where a state is late."""
    start = f"{datetime.now(UTC).year - 2}-01"
    for sector in SECTORS:
        page, pages = 0, 1
        while page < pages:
            name = file_name(sector, page)
            params = {
                "frequency": "monthly",
                "data[0]": "price",
                "facets[sectorid][]": sector,
                "start": start,
                "sort[0][column]": "period",
                "sort[0][direction]": "asc",
                "sort[1][column]": "stateid",
                "sort[1][direction]": "asc",
                "offset": str(page * PAGE),
                "length": str(PAGE),
            }
            payload = get(name, URL, params=params, kind="json", key=KEY)
            pages = _pages(_total(_reply(payload, name), name))
            page += 1


def parse(files: Files) -> dict[str, pd.DataFrame]:
    """The prices of both sectors; SourceError where a page is missing or a reply was cut at its limit of rows."""
    frames = []
    for sector in SECTORS:
        page, pages, total, found = 0, 1, 0, 0
        while page < pages:
            name = file_name(sector, page)
            if name not in files:
                raise SourceError([Problem(name, 1, "-", f"page {page + 1} of {pages} of sector {sector} is missing")])
            reply = _reply(files[name], name)
            total = _total(reply, name)
            pages = _pages(total)
            rows = _rows(reply, name)
            found += len(rows)
            frames.append(validated(enumerate(rows, 1), RetailPrice, name, files[name]))
            page += 1
        if found != total:
            what = f"{found} rows of sector {sector}; expected the {total} that the reply announces: it was cut short"
            raise SourceError([Problem(file_name(sector, 0), 1, "total", what)])
    frame = pd.concat(frames, ignore_index=True)
    twice = frame[frame.duplicated(list(RetailPrice.key))]
    problems = [
        Problem(row["source_file"], row["source_line"], "period", f"{row['sector']} of {row['state']} in {row['period']} is there twice")
        for row in rows_of(twice)
    ]
    if problems:
        raise SourceError(problems)
    return {RetailPrice.table: frame}


def cut(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """What a snapshot holds: the states, without census divisions, in the twelve newest months that have a price."""
    prices = tables[RetailPrice.table]
    prices = prices[prices["price"].fillna(0) > 0]
    divisions = {code for code, region in meanings(REGIONS, RegionMeaning).items() if region is None}
    newest = prices.sort_values("period").groupby(["state", "sector"]).tail(MONTHS)
    kept = prices[prices.index.isin(newest.index) & ~prices["state"].isin(divisions)]
    return {RetailPrice.table: kept.reset_index(drop=True)}


def _reply(payload: bytes, name: str) -> Mapping[str, Any]:
    """What stands under `response`; SourceError with the API's own words where it refuses."""
    value = loaded(payload, name)
    if not isinstance(value, dict):
        raise SourceError([Problem(name, 1, "-", f"expected an object with 'response', found {type(value).__name__}")])
    if "error" in value:
        raise SourceError([Problem(name, 1, "error", f"EIA refuses: {value['error']!r}")])
    reply = value.get("response")
    if not isinstance(reply, dict):
        raise SourceError([Problem(name, 1, "response", f"expected an object here, found {type(reply).__name__}")])
    return reply


def _total(reply: Mapping[str, Any], name: str) -> int:
    """The number of rows over all pages: a text in most replies."""
    value = reply.get("total")
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).isascii() or not str(value).isdigit():
        raise SourceError([Problem(name, 1, "total", f"expected a whole number, got {value!r}")])
    if not 0 < int(str(value)[:9]) <= 100 * PAGE:
        raise SourceError([Problem(name, 1, "total", f"expected some thousand rows, got {value!r}: is the series still there?")])
    return int(value)


def _pages(total: int) -> int:
    return -(-total // PAGE)


def _rows(reply: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    rows = entries(dict(reply), "data", name)
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise SourceError([Problem(name, number, "-", f"expected a row with named members, found {type(row).__name__}")])
    for headings in dict.fromkeys(tuple(row) for row in rows):
        check_headings(headings, RetailPrice, name, IGNORED)
    return rows
