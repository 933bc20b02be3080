"""Fetch the workbook and read its monthly prices.

No listing of the workbooks is published as data: the landing page links to the current one. The address below is that
of 2026, under which the workbook is replaced every month; a workbook that has stopped is refused when it is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pandas as pd

from sources.columns import Table
from sources.connector import Files, Get
from sources.errors import Problem, SourceError, nearest
from sources.pink_sheet.declarations import MONTH, UNITS, MonthlyPrices
from sources.tabular import check_headings, validated
from sources.workbook import sheet

NAME = "CMO-Historical-Data-Monthly.xlsx"
URL = f"https://thedocs.worldbank.org/en/doc/74e8be41ceb20fa0da750cda2f6b9e4e-0050012026/related/{NAME}"
SHEET = "Monthly Prices"
TABLES: dict[str, type[Table]] = {MonthlyPrices.table: MonthlyPrices}

# Nothing of ours is made of these, or an item of ours has no price of its own for them (aluminium, nickel, gold, silver).
IGNORED = (
    "Crude oil, average", "Crude oil, Brent", "Crude oil, Dubai", "Crude oil, WTI", "Coal, Australian", "Coal, South African",
    "Natural gas, Europe", "Liquefied natural gas, Japan", "Natural gas index", "Cocoa", "Coffee, Arabica", "Coffee, Robusta",
    "Tea, avg 3 auctions", "Tea, Colombo", "Tea, Kolkata", "Tea, Mombasa", "Coconut oil", "Groundnuts", "Fish meal",
    "Groundnut oil", "Palm oil", "Palm kernel oil", "Soybeans", "Soybean oil", "Soybean meal", "Rapeseed oil",
    "Sunflower oil", "Barley", "Maize", "Sorghum", "Rice, Thai 5%", "Rice, Thai 25%", "Rice, Thai A.1",
    "Rice, Viet Namese 5%", "Wheat, US SRW", "Wheat, US HRW", "Banana, Europe", "Banana, US", "Orange", "Beef", "Chicken",
    "Lamb", "Shrimps, Mexican", "Sugar, EU", "Sugar, US", "Sugar, world", "Tobacco, US import u.v.", "Logs, Cameroon",
    "Logs, Malaysian", "Sawnwood, Cameroon", "Sawnwood, Malaysian", "Plywood", "Cotton, A Index", "Rubber, TSR20",
    "Rubber, RSS3", "Phosphate rock", "DAP", "TSP", "Urea", "Potassium chloride", "Aluminum", "Iron ore, cfr spot", "Lead",
    "Nickel", "Gold", "Silver",
)  # fmt: skip

TITLE_LINES = 12
"""The header stands in row 5 today; it is looked for in the rows before this one."""
STALE_MONTHS = 4
"""A workbook renewed every month that is this much behind is one of a former year."""


def fetch(get: Get, today: date | None = None) -> None:
    """Ask for the workbook.

    Raises
    ------
    SourceError
        Its newest month lies more than `STALE_MONTHS` back: the address is one that is no longer renewed.
    """
    months = parse({NAME: get(NAME, URL, kind="xlsx")})[MonthlyPrices.table]["month"]
    newest, now = str(months.iloc[-1]), today or date.today()
    if (now.year * 12 + now.month) - _months(newest) > STALE_MONTHS:
        what = (
            f"ends with {newest}: the address is of a former year; the current one is linked on worldbank.org/en/research/commodity-markets"
        )
        raise SourceError([Problem(NAME, 1, "Month", what)])


def parse(files: Files) -> dict[str, pd.DataFrame]:
    """The workbook's monthly prices.

    Raises
    ------
    SourceError
        No workbook or no such sheet, a series that is new, gone or in another unit, a month that is missing or out of
        order, a price that is no number: with file, row and column.
    """
    if NAME not in files:
        raise SourceError([Problem(NAME, 1, "-", f"this file is missing; there are {', '.join(sorted(files)) or 'none'}")])
    payload = files[NAME]
    rows = sheet(payload, SHEET, NAME)
    header = _header(rows)
    names = ["Month", *(_name(cell) for cell in rows[header - 1][1:])]
    while names[-1] == "":
        names.pop()
    check_headings(names, MonthlyPrices, NAME, IGNORED, line=header)
    _check_units(names, rows, header + 1)
    frame = validated(_prices(names, rows, header + 1), MonthlyPrices, NAME, payload)
    _check_months(frame)
    return {MonthlyPrices.table: frame}


def _name(cell: Any) -> str:
    """'Coal, South African **' -> 'Coal, South African': asterisks tell of a changed method, blanks of nothing."""
    return re.sub(r"[\s*]+$", "", str(cell)).strip()


def _header(rows: list[list[Any]]) -> int:
    """Row number of the names: the first row that has a series of ours in it."""
    for number, cells in enumerate(rows[:TITLE_LINES], start=1):
        if {_name(cell) for cell in cells} & UNITS.keys():
            return number
    found = [_name(cell) for cells in rows[:TITLE_LINES] for cell in cells if cell != ""]
    what = f"no row of names in the first {TITLE_LINES} rows{nearest('Copper', found)}"
    raise SourceError([Problem(NAME, 1, "Copper", what)])


def _check_units(names: list[str], rows: list[list[Any]], number: int) -> None:
    cells = rows[number - 1] if number <= len(rows) else []
    units = {name: str(cell).strip() for name, cell in zip(names, cells, strict=False)}
    problems = [
        Problem(NAME, number, name, f"expected the unit {unit!r}, got {units.get(name)!r}")
        for name, unit in UNITS.items()
        if units.get(name) != unit
    ]
    if problems:
        raise SourceError(problems)


def _prices(names: list[str], rows: list[list[Any]], units: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows below the header; a row of codes has no month, and stands before the first one."""
    begun = False
    for number, cells in enumerate(rows[units:], start=units + 1):
        month = str(cells[0]).strip() if cells else ""
        if not month and (not begun or not any(cell != "" for cell in cells)):
            continue
        begun = True
        values = {name: cell for name, cell in zip(names[1:], cells[1:], strict=False) if name in UNITS}
        yield number, {"Month": month or None} | {name: None if cell == "" else cell for name, cell in values.items()}


def _months(month: str) -> int:
    """'2026M04' as a number of months."""
    found = MONTH.match(month)
    if found is None:
        raise ValueError(f"not a month: {month!r}")
    return int(found[1]) * 12 + int(found[2])


def _check_months(frame: pd.DataFrame) -> None:
    """Raise SourceError unless there are months, and each follows the one before."""
    if frame.empty:
        raise SourceError([Problem(NAME, 1, "Month", "no month below the header: the sheet is cut short")])
    problems = []
    previous = None
    for month, line in zip(frame["month"], frame["source_line"], strict=True):
        if previous is not None and _months(month) != _months(previous) + 1:
            problems.append(Problem(NAME, int(line), "Month", f"expected the month after {previous}, got {month!r}"))
        previous = month
    if problems:
        raise SourceError(problems)
