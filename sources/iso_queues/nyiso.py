"""NYISO's workbook: one sheet for each state of a request, notes below the rows, headings in one row or in two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from sources import workbook
from sources.columns import Table
from sources.errors import Problem, SourceError
from sources.iso_queues.declarations import Nyiso, NyisoLoad
from sources.tabular import check_headings, headings, validated

SHEETS = ("Interconnection Queue", "Cluster Projects", "Withdrawn", "Cluster Projects-Withdrawn", "In Service")
"""Sheets of generation, without the space that one of their names begins with."""
LOADS = "Load Projects"
TWO_ROWS = "In Service"
"""The sheet whose headings stand in two rows: 'Queue' above 'Pos.', 'Date' above 'of IR'."""

SPELLINGS = {
    "Project Status #": "S", "NYISO Status": "S",  # since July 2026
    "Type/Fuel": "Type/ Fuel", "Location County": "County", "Location State": "State", "Queue Number": "Queue Pos.",
}  # fmt: skip
"""Other headings of a column that is read -> the one of its declaration."""
IGNORED_GENERATION = (
    "Developer/Interconnection Customer", "Interconnection Customer Name", "Owner/Developer", "Queue Owner/Developer",
    "Developer Name", "Utility", "CTO/Utility", "Interconnection Utility", "Affected Transmission Owner (ATO)", "ATO",  # who
    "Z", "NYISO Zone", "Points of Interconnection", "Interconnection Point", "Point", "Interconnection", "Location",  # where
    "Record Type", "Record Type Name", "Energy Storage Capability", "Minimum_Duration Full Discharge", "Minimum_Duration",  # storage
    "Last Updated Date", "Last Update", "Availability of Studies", "IA Tender Date", "SGIA Tender Date", "CY/FS Complete Date",
    "CY Complete Date", "FS Completion Date", "FS Complete Date",  # steps of the studies
    "Proposed In-Service/Initial Backfeed Date", "Proposed In-Service", "Proposed In-Service Date", "Proposed Sync Date",
    "Proposed Initial-Sync Date", "Proposed Initial Backfeed Date", "Proposed COD", "In-Service", "COD", "Proposed",  # plans
)  # fmt: skip
IGNORED_LOADS = (
    "Developer Name", "CTO/Utility", "Affected Transmission Owner (ATO)",  # who
    "Points of Interconnection", "State",  # where, beyond zone and county
    "Record Type Name", "Type/Fuel", "SIS Bundle", "Last Updated Date", "Availability of Studies", "IA Tender Date",
    "FS Completion Date",  # steps of the studies
    "Proposed Initial Backfeed Date",  # a plan
)  # fmt: skip
IGNORED = {Nyiso.table: IGNORED_GENERATION, NyisoLoad.table: IGNORED_LOADS}


def parse(payload: bytes, where: str) -> dict[str, pd.DataFrame]:
    """The raw tables of the workbook; SourceError where a sheet or a heading is not as it was."""
    names = workbook.names(payload, where)
    found = {name.strip(): name for name in names}
    missing = [name for name in (*SHEETS, LOADS) if name not in found]
    if missing:
        raise SourceError([Problem(where, 1, "-", f"no worksheet {missing[0]!r}; it has {', '.join(map(repr, names))}")])
    generation: list[pd.DataFrame] = []
    for sheet in SHEETS:
        rows = workbook.sheet(payload, found[sheet], where)
        place = f"{where}[{sheet}]"
        number, heads = _headings(rows, place, 2 if sheet == TWO_ROWS else 1)
        known = [SPELLINGS.get(head, head) for head in heads]
        optional = ["Sheet"] if "S" in known else ["Sheet", "S"]  # older editions of some sheets have no status
        _check([*optional, *known], Nyiso, place, IGNORED_GENERATION, number)
        found_here = ((line, {**cells, "Sheet": sheet}) for line, cells in _requests(rows[number:], known, number, Nyiso))
        generation.append(validated(found_here, Nyiso, place, payload))
    rows = workbook.sheet(payload, found[LOADS], where)
    place = f"{where}[{LOADS}]"
    number, heads = _headings(rows, place, 1)
    _check(heads, NyisoLoad, place, IGNORED_LOADS, number)
    return {
        Nyiso.table: pd.concat(generation, ignore_index=True),
        NyisoLoad.table: validated(_requests(rows[number:], heads, number, NyisoLoad), NyisoLoad, place, payload),
    }


def _headings(rows: Sequence[Sequence[Any]], place: str, height: int) -> tuple[int, list[str]]:
    """Row number (from 1) of the last row of headings, and each column's heading; the first begins with 'Queue'."""
    for index, row in enumerate(rows[:6]):
        if any(_text(cell).startswith("Queue") for cell in row[:2]) and index + height <= len(rows):
            stacked = [" ".join(filter(None, map(_text, cells))) for cells in zip(*rows[index : index + height], strict=True)]
            return index + height, stacked
    raise SourceError([Problem(place, 1, "-", "expected a row of headings that begins with 'Queue' in the first six rows")])


def _text(cell: Any) -> str:
    return " ".join(str(cell).split())


def _check(found: list[str], record: type[Table], place: str, ignored: Sequence[str], line: int) -> None:
    """As check_headings; columns without a heading, and columns passed over that stand there twice, are allowed."""
    read = [head for head in found if head and head not in ignored]
    passed = [head for head in dict.fromkeys(found) if head in ignored]
    check_headings([*read, *passed], record, place, ignored, line)


def _requests(rows: Sequence[Sequence[Any]], heads: list[str], above: int, record: type[Table]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows that are requests: with a queue number and anything else that is read beside it. Notes and fillers have not both."""
    wanted = set(headings(record))
    number = heads.index(next(head for head in heads if head.startswith("Queue")))
    for line, row in enumerate(rows, start=above + 1):
        cells = {head: _cell(cell) for head, cell in zip(heads, row, strict=False) if head in wanted}
        others = [value for head, value in cells.items() if head != heads[number]]
        if cells[heads[number]] is not None and any(value is not None for value in others):
            yield line, cells


def _cell(cell: Any) -> Any:
    """A cell as it is; blanks are None."""
    text = cell.strip() if isinstance(cell, str) else cell
    return None if text == "" else text
