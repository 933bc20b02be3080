"""The data file, fetched and read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd

from sources import workbook
from sources.columns import Table
from sources.connector import Files, Get
from sources.errors import Problem, SourceError
from sources.lbnl_queued_up.declarations import Edition, Request
from sources.tabular import check_headings, headings, validated

FILE = "queued_up.xlsx"
URL = "https://eta-publications.lbl.gov/sites/default/files/2026-05/lbnl_ix_queue_data_file_thru2025.xlsx"
TABLES: dict[str, type[Table]] = {record.table: record for record in (Request, Edition)}
REQUESTS, HEADER = "03. Complete Queue Data", 2
FIRST_SHEET = "Introduction"
EARLIER = {
    "IA_status_clean": "IA_phase_clean", "IA_status_raw": "IA_phase_raw", "fips_codes": "fips_code",
    **{f"{what}{n}": f"{what}_{n}" for what in ("type", "mw") for n in (1, 2, 3)},
}  # fmt: skip
"""Headings of the edition through 2024 -> those since."""
IGNORED = (
    "IA_phase_raw",  # the phase in each queue's own words
    "fips_code",  # leading zeros are lost in it, and codes of several counties run together
    "utility",  # 387 spellings; `entity` is the standardised one
    "cluster",
    "type_clean",  # the technologies joined, at odds with type_1 to type_3 on some rows
    "q_year", "prop_year",  # of q_date and prop_date
)  # fmt: skip


def fetch(get: Get) -> None:
    """One file, 15 MB."""
    get(FILE, URL, kind="xlsx")


def parse(files: Files) -> dict[str, pd.DataFrame]:
    """The raw tables; SourceError where the file is not what it was."""
    if FILE not in files:
        raise SourceError([Problem(FILE, 1, "-", f"this file is missing; the vintage has {', '.join(files) or 'none'}")])
    payload = files[FILE]
    rows = workbook.sheet(payload, REQUESTS, FILE)
    if len(rows) < HEADER:
        raise SourceError([Problem(FILE, HEADER, "-", f"expected a header in row {HEADER}, the sheet has {len(rows)} rows")])
    found = [EARLIER.get(name, name) for name in (str(cell).strip() for cell in rows[HEADER - 1])]
    while found and not found[-1]:
        found.pop()
    check_headings(found, Request, FILE, IGNORED, HEADER)
    return {
        Request.table: validated(_requests(rows, found), Request, FILE, payload),
        Edition.table: validated([_edition(payload)], Edition, FILE, payload),
    }


def _requests(rows: list[list[Any]], found: list[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows below the header by heading, empty cells as None; rows without anything are left out."""
    wanted = [(name, place) for place, name in enumerate(found) if name in set(headings(Request))]
    for number, row in enumerate(rows[HEADER:], start=HEADER + 1):
        cells = {name: None if row[place] == "" else row[place] for name, place in wanted}
        if any(value is not None for value in cells.values()):
            yield number, cells


def _edition(payload: bytes) -> tuple[int, dict[str, Any]]:
    """The year that the first sheet's title names: 'Summarized Data Files, through 2025'."""
    for number, row in enumerate(workbook.sheet(payload, FIRST_SHEET, FILE), start=1):
        for cell in row:
            match = re.search(r"through (?:the end of )?(20\d\d)", str(cell))
            if match:
                return number, {"through": int(match[1])}
    raise SourceError([Problem(FILE, 1, "-", f"the sheet {FIRST_SHEET!r} does not say through which year the data go")])
