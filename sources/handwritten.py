"""Tables that a person writes, in the repository or in an overlay: CSV files with one record a line.

A publisher's CSV may have line breaks in its cells; `sources.tabular` reads those. Here no record has any, so a quoted cell that
is not closed in its line is a slip of the pen, and is refused where it was opened: read on, it would take the records below it
for text of its own.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pandas as pd

from sources.columns import Table
from sources.errors import MOST_COLLECTED, Problem, SourceError
from sources.tabular import ADVICE, check_headings, decoded, headings, validated

Rows = list[tuple[int, list[str]]]
"""Lines with their cells."""
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "upright bars"}
"""What spreadsheets put between cells instead of commas."""
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""No part of a text: control characters, line and paragraph separators, and what turns the direction of writing."""
_NAMES = {"\0": ", NUL", "\t": ", a tab", "\x1b": ", escape"}
UNCLOSED = "a quote opens this cell and does not close in this line: a record is one line, and a quote in a text is written twice"
BAD_QUOTES = "not a well-formed CSV line: {}; a text with a comma or a quote in it stands in quotes, and each quote in it is written twice"


def read(
    path: Path,
    record: type[Table],
    where: str,
    *,
    may_lack: Collection[str] = (),
    implied: Mapping[str, str] | None = None,
    advice: str = ADVICE,
) -> pd.DataFrame:
    """The rows of a file that a person wrote.

    Parameters
    ----------
    path, where : the file, and its name in errors and in source_file
    record : the table each row is a row of
    may_lack : columns that the header may leave out: they are empty then
    implied : further columns that it may leave out -> what each row says there then
    advice : what to do about an unknown column

    Returns
    -------
    DataFrame
        The fields of `record`, and the columns of `tabular.PROVENANCE`.

    Raises
    ------
    SourceError
        Another encoding or separator, a wrong header, a cell that is not closed in its line or holds a control character, or rows
        that are not valid: every problem with file, line and column.
    """
    payload, implied = path.read_bytes(), implied or {}
    text = decoded(payload, where)
    header = _header(text, record, where, {*may_lack, *implied}, advice)
    rows = _as_read(text, len(header)) or _line_by_line(text, header, where)
    unsaid = {name: value for name, value in implied.items() if name not in header}
    columns = [*header, *unsaid]
    said = [*unsaid.values()]
    named = ((line, dict(zip(columns, [*(cell.strip() or None for cell in cells), *said], strict=True))) for line, cells in rows[1:])
    return validated(named, record, where, payload)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Each line that is not blank, with its number."""
    return ((number, line) for number, line in enumerate(io.StringIO(text, newline=""), start=1) if line.strip())


def _header(text: str, record: type[Table], where: str, may_lack: Collection[str], advice: str) -> list[str]:
    """The columns that the first line names; SourceError unless they are those of the record, between commas."""
    number, line = next(_lines(text), (0, ""))
    if not line:
        needed = ", ".join(name for name in headings(record) if name not in may_lack)
        further = ", ".join(name for name in headings(record) if name in may_lack)
        where_known = f" (and {further}, where you have them)" if further else ""
        raise SourceError([Problem(where, 1, "-", f"the file is empty: expected a header with the columns {needed}{where_known}")])
    header = _cells(line)
    if len(header) == 1 and (found := next((mark for mark in SEPARATORS if mark in header[0]), None)):
        what = f"the cells are separated by {SEPARATORS[found]}: expected commas between them, and a point in numbers with decimals"
        raise SourceError([Problem(where, number, "-", what)])
    if problems := list(_slips(line, header, where, number)):
        raise SourceError(problems)
    check_headings(header, record, where, (), number, may_lack, advice)
    return header


def _as_read(text: str, width: int) -> Rows | None:
    """The rows of a file that is well written, header first; None where it has to be looked at line by line."""
    if not text.replace("\n", "").replace("\r", "").isprintable():
        return None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = [(line, cells) for line, cells in enumerate(reader, start=1) if cells]
    except csv.Error:
        return None
    return rows if rows[-1][0] == reader.line_num and all(len(cells) == width for _, cells in rows) else None


def _line_by_line(text: str, header: list[str], where: str) -> Rows:
    """The rows, header first; SourceError with the slips, up to a cell that is not closed: where it should end nobody knows."""
    problems: list[Problem] = []
    rows: Rows = []
    for number, line in _lines(text):
        found = list(_slips(line, header, where, number))
        problems += found
        rows.append((number, _cells(line)))
        if len(problems) >= MOST_COLLECTED or any(p.what == UNCLOSED for p in found):
            break
    if problems:
        raise SourceError(problems)
    return rows


def _slips(line: str, header: list[str], where: str, number: int) -> Iterator[Problem]:
    """What is wrong with one line by itself."""
    cells = _cells(line)
    try:
        next(csv.reader([line], strict=True))
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            yield Problem(where, number, _column(header, len(cells) - 1), UNCLOSED)
        else:
            yield Problem(where, number, "-", BAD_QUOTES.format(error))
        return
    for place, cell in enumerate(cells):
        if found := _CONTROL.search(cell):
            name = f"U+{ord(found[0]):04X}{_NAMES.get(found[0], '')}"
            what = f"character {found.start() + 1} of this cell is a control character ({name}): take it out"
            yield Problem(where, number, _column(header, place), what)
    if len(cells) != len(header):
        what = f"expected {len(header)} cells as in the header, got {len(cells)}: is a comma inside a text without quotes?"
        yield Problem(where, number, "-", what)


def _column(header: list[str], place: int) -> str:
    return header[place] if place < len(header) else "-"


def _cells(line: str) -> list[str]:
    """The cells of a line, well written or not."""
    try:
        return next(csv.reader([line]), [])
    except csv.Error:  # longer than any cell may be
        return []
