"""Delimited files into validated rows: strict about columns, exact about places.

A file is read whole or not at all. Each column of the file is one of its declaration and each column declared
is in the file; a new or a vanished column is an error that names it. Empty cells are missing values.

A publisher's column keeps the publisher's heading: the field that holds it names it as its alias
(`power_mw: float = column("...", "MW", alias="Power (MW)")`), and errors speak of the heading, not of the field.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from sources.columns import Table
from sources.errors import Misfit, Problem, SourceError, nearest

ROOT = Path(__file__).resolve().parent
PROVENANCE = ("source_file", "source_line", "vintage")
"""Added to each raw row: the file under sources/, the line in it, and the hash of the file's bytes."""


def display_path(path: Path) -> str:
    """The path as an error shows it: below the repository where it lies there, whole where it does not."""
    try:
        return str(path.resolve().relative_to(ROOT.parent))
    except ValueError:
        return str(path)


def read_csv(path: Path, record: type[Table]) -> pd.DataFrame:
    """Read a CSV file whose header is the columns of `record`, under their published headings where they have one.

    Returns
    -------
    DataFrame
        The fields of `record`, and the columns of `PROVENANCE`.

    Raises
    ------
    SourceError
        Wrong encoding, wrong header, or rows that are not valid: every problem with file, line and column.
    """
    where = display_path(path)
    payload = path.read_bytes()
    rows: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for line, cells in _cells(payload, where, headings(record)):
        try:
            row = record.model_validate(cells).model_dump()
        except ValidationError as error:
            problems.extend(_problems(error, where, line, cells))
            continue
        rows.append({**row, "source_file": where, "source_line": line})
    if problems:
        raise SourceError(problems)
    frame = pd.DataFrame(rows, columns=[*record.model_fields, "source_file", "source_line"])
    frame["vintage"] = vintage(payload)
    return frame


def headings(record: type[Table]) -> list[str]:
    """The columns of a table as its publisher heads them."""
    return [field.alias or name for name, field in record.model_fields.items()]


def frame_of(rows: list[dict[str, Any]], record: type[Table]) -> pd.DataFrame:
    """A frame with the columns of a record, and the place each row comes from."""
    return pd.DataFrame(rows, columns=[*record.model_fields, "source_file", "source_line"])


def place_of(row: dict[str, Any]) -> dict[str, Any]:
    """The place a row comes from, to be carried over to what is made of it."""
    return {"source_file": row["source_file"], "source_line": row["source_line"]}


def vintage(payload: bytes) -> str:
    """Short content hash: two snapshots with the same bytes are one vintage."""
    import hashlib

    return hashlib.sha256(payload).hexdigest()[:16]


def _cells(payload: bytes, where: str, expected: list[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        text = payload.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = payload[: error.start].count(b"\n") + 1
        raise SourceError([Problem(where, line, "-", f"byte {payload[error.start]:#x} is not UTF-8: save the file as UTF-8")]) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        _check_header(header, expected, where)
        line = reader.line_num + 1
        for cells in reader:
            if not cells:
                line = reader.line_num + 1
                continue
            if len(cells) != len(header):
                what = f"expected {len(header)} cells as in the header, got {len(cells)}: is a comma inside a text without quotes?"
                raise SourceError([Problem(where, line, "-", what)])
            yield line, {name: cell.strip() or None for name, cell in zip(header, cells, strict=True)}
            line = reader.line_num + 1  # a cell may hold line breaks: a row is found where it begins
    except csv.Error as error:
        raise SourceError([Problem(where, reader.line_num, "-", f"not a well-formed CSV line: {error}")]) from error


def _check_header(header: list[str], expected: list[str], where: str) -> None:
    problems = [Problem(where, 1, name, f"unknown column{nearest(name, expected)}") for name in header if name not in expected]
    problems += [Problem(where, 1, name, "this column is missing") for name in expected if name not in header]
    problems += [Problem(where, 1, name, "this column is there twice") for name in set(header) if header.count(name) > 1]
    if problems:
        raise SourceError(problems)


def _problems(error: ValidationError, where: str, line: int, cells: dict[str, Any]) -> Iterator[Problem]:
    for detail in error.errors():
        told = detail.get("ctx", {}).get("error")
        if isinstance(told, Misfit):  # the row's model knows which column is at fault
            yield Problem(where, line, told.column, str(told))
            continue
        name = str(detail["loc"][0]) if detail["loc"] else "-"
        if cells.get(name) is None:
            what = "a value is required here, the cell is empty"
        else:
            what = detail["msg"].removeprefix("Value error, ")
            what = f"{what[0].lower()}{what[1:]}, got {cells.get(name)!r}"
        yield Problem(where, line, name, what)
