"""Excel workbooks as rows of cells."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from sources.errors import Problem, SourceError, nearest


def names(payload: bytes, where: str) -> list[str]:
    """The names of a workbook's worksheets; SourceError where the bytes are no workbook."""
    return [str(name) for name in _opened(payload, where).sheet_names]


def sheet(payload: bytes, name: str, where: str) -> list[list[Any]]:
    """All cells of one worksheet, row by row; empty cells are ''. Row n of the sheet is entry n-1.

    Raises
    ------
    SourceError
        The bytes are no workbook, or it has no sheet of that name (the message lists those it has).
    """
    from python_calamine import CalamineError

    book = _opened(payload, where)
    if name not in book.sheet_names:
        what = f"no worksheet {name!r}{nearest(name, book.sheet_names)}; it has {', '.join(map(repr, book.sheet_names))}"
        raise SourceError([Problem(where, 1, "-", what)])
    try:
        found = book.get_sheet_by_name(name)
        width = found.total_width
        return [list(row) + [""] * (width - len(row)) for row in found.to_python(skip_empty_area=False)]
    except (CalamineError, OSError, ValueError) as error:
        raise _unreadable(where, error) from error


def _opened(payload: bytes, where: str) -> Any:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(payload))
    except (CalamineError, OSError, ValueError) as error:
        raise _unreadable(where, error) from error


def _unreadable(where: str, error: Exception) -> SourceError:
    return SourceError([Problem(where, 1, "-", f"cannot be read as an Excel workbook: {error}")])


def table(rows: list[list[Any]], header: int, where: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows below a header as (row number as Excel shows it, heading -> value); empty cells are None, empty rows are left out.

    `header` is the header's row number as Excel shows it, from 1.
    """
    if len(rows) < header:
        raise SourceError([Problem(where, header, "-", f"expected a header in row {header}, the sheet has {len(rows)} rows")])
    names = [str(cell).strip() for cell in rows[header - 1]]
    for number, cells in enumerate(rows[header:], start=header + 1):
        values = {n: (c if c != "" else None) for n, c in zip(names, cells, strict=False) if n}
        if any(v is not None for v in values.values()):
            yield number, values
