"""Delimited files into validated rows: strict about columns, exact about places.

A file is read whole or not at all. Each column of the file is one of its declaration and each column declared
is in the file; a new or a vanished column is an error that names it. Empty cells are missing values.

A publisher's column keeps the publisher's heading: the field that holds it names it as its alias
(`power_mw: float = column("...", "MW", alias="Power (MW)")`), and errors speak of the heading, not of the field.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from sources.columns import FORMS, Table
from sources.columns import columns as declared
from sources.errors import MOST_COLLECTED, Misfit, Problem, SourceError, nearest

ROOT = Path(__file__).resolve().parent
PROVENANCE = ("source_file", "source_line", "vintage")
"""Added to each raw row: the file under sources/, the line in it, and the hash of the file's bytes."""


def display_path(path: Path) -> str:
    """The path as an error shows it: below the repository where it lies there, whole where it does not."""
    try:
        return str(path.resolve().relative_to(ROOT.parent))
    except ValueError:
        return str(path)


ADVICE = "declare it, or list it as ignored"
"""About an unknown column of a source of ours or a publisher's; the columns of an overlay are given, and its own to change."""


def read_csv(path: Path, record: type[Table]) -> pd.DataFrame:
    """Read a CSV file of ours, whose header is the columns of `record`, under their published headings where they have one.

    Returns, raises: as `parse_csv`.
    """
    return parse_csv(path.read_bytes(), record, display_path(path))


def parse_csv(
    payload: bytes,
    record: type[Table],
    where: str,
    *,
    ignored: Collection[str] = (),
    may_lack: Collection[str] = (),
    renamed: Mapping[str, str] | None = None,
    keep: Callable[[Mapping[str, Any]], bool] | None = None,
    encoding: str = "utf-8-sig",
    delimiter: str = ",",
    preamble: int = 0,
    advice: str = ADVICE,
) -> pd.DataFrame:
    """The bytes of a CSV file as rows of `record`.

    Parameters
    ----------
    payload : the file's bytes
    record : the table each row is a row of; a field is read from the column headed by its alias, or by its name
    where : name of the file, for errors and for source_file
    ignored : published columns that are known and passed over; any other unknown column is an error that names it
    may_lack : optional columns that some editions of the file do not have: they are empty then
    renamed : heading of another edition -> heading of the declaration
    keep : rows (by heading) for which it is False are passed over unread, as an empty line of a sheet is
    encoding, delimiter : of the file
    preamble : lines above the header that are no part of the table
    advice : what to do about an unknown column

    Returns
    -------
    DataFrame
        The fields of `record`, and the columns of `PROVENANCE`.

    Raises
    ------
    SourceError
        Wrong encoding, wrong header, or rows that are not valid: every problem with file, line and column.
    """
    edition = _Edition(frozenset(ignored), frozenset(may_lack), renamed or {}, encoding, delimiter, preamble, advice)
    rows = _cells(payload, where, record, edition)
    return validated(rows if keep is None else ((line, cells) for line, cells in rows if keep(cells)), record, where, payload)


@dataclass(frozen=True)
class _Edition:
    """How one edition of a file differs from its declaration, and how it is written; see `parse_csv`."""

    ignored: frozenset[str]
    may_lack: frozenset[str]
    renamed: Mapping[str, str]
    encoding: str
    delimiter: str
    preamble: int
    advice: str


CHUNK = 20_000
"""Rows validated before they are packed into columns: as Python objects a million rows would take gigabytes."""


def validated(rows: Iterable[tuple[int, Mapping[str, Any]]], record: type[Table], where: str, payload: bytes) -> pd.DataFrame:
    """Rows with their line (or row) numbers, each a mapping from published heading to value, as a frame.

    For sources that are not CSV: a JSON array's entries, a worksheet's rows. `payload` is what they were read from; its
    hash is the vintage. Values of None and absent keys are missing.

    Raises
    ------
    SourceError
        Rows that are not valid: every problem with file, line and column.
    """
    chunks: list[pd.DataFrame] = []
    pending: list[dict[str, Any]] = []
    lines: list[int] = []
    problems: list[Problem] = []
    for line, cells in rows:
        try:
            row = record.model_validate(cells)
        except ValidationError as error:
            problems.extend(_problems(error, where, line, cells))
            if len(problems) >= MOST_COLLECTED:
                break
            continue
        if problems:
            continue  # nothing of the file will be used: what is left to do is to find the other problems
        pending.append(row.__dict__)
        lines.append(line)
        if len(pending) == CHUNK:
            chunks.append(_packed(pending, lines, record))
            pending, lines = [], []
    if problems:
        raise SourceError(problems)
    frame = pd.concat([*chunks, _packed(pending, lines, record)], ignore_index=True) if chunks else _packed(pending, lines, record)
    _unique(frame, record, where)
    return frame.assign(source_file=_repeated(where, len(frame)), vintage=_repeated(vintage(payload), len(frame)))[
        [*record.model_fields, *PROVENANCE]
    ]


def _unique(frame: pd.DataFrame, record: type[Table], where: str) -> None:
    """Raise SourceError for rows that repeat the key of an earlier row of the file."""
    fields = [name for name in record.key if name in frame]
    if not fields:
        return
    repeated = frame[frame.duplicated(fields)].head(MOST_COLLECTED)
    heading = dict(zip(record.model_fields, headings(record), strict=True))
    problems = []
    for line, *values in repeated[["source_line", *fields]].itertuples(index=False):
        first = frame.loc[(frame[fields] == values).all(axis=1), "source_line"].iloc[0]
        said = ", ".join(repr(v) for v in values)
        problems.append(Problem(where, int(line), heading[fields[0]], f"{said} is there already, in line {first}"))
    if problems:
        raise SourceError(problems)


def _packed(rows: list[dict[str, Any]], lines: list[int], record: type[Table]) -> pd.DataFrame:
    """Rows as columns, of the declared type also where a chunk has no value: as Python objects texts weigh tenfold."""
    columns: dict[str, Any] = {name: [row[name] for row in rows] for name in record.model_fields}
    for column in declared(record):
        if column.duckdb_type == "VARCHAR":
            columns[column.name] = pd.array(columns[column.name], dtype="str")
        elif column.duckdb_type == "DOUBLE":
            columns[column.name] = np.array(columns[column.name], dtype=float)
    return pd.DataFrame({**columns, "source_line": lines})


def _repeated(text: str, count: int) -> pd.api.extensions.ExtensionArray:
    return pd.array([text], dtype="str").take(np.zeros(count, dtype=np.intp))


def empty(record: type[Table]) -> pd.DataFrame:
    """A frame without rows: the raw table of a source that has no vintage yet."""
    return pd.DataFrame(columns=[*record.model_fields, *PROVENANCE])


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


def decoded(payload: bytes, where: str, encoding: str = "utf-8-sig") -> str:
    """The text of a file; SourceError names the first byte that is not of this encoding."""
    try:
        return payload.decode(encoding)
    except UnicodeDecodeError as error:
        line = payload[: error.start].count(b"\n") + 1
        name = "UTF-8" if encoding.startswith("utf-8") else encoding
        raise SourceError(
            [Problem(where, line, "-", f"byte {payload[error.start]:#x} is not {name}: expected a file in {name}")]
        ) from error


def check_no_nul(payload: bytes, where: str) -> None:
    """Raise SourceError where a text has a NUL byte: it would hide in a word, which is then another word."""
    place = payload.find(b"\0")
    if place >= 0:
        line = payload.count(b"\n", 0, place) + 1
        raise SourceError([Problem(where, line, "-", "there is a NUL byte in this line: the file was damaged on its way")])


def _cells(payload: bytes, where: str, record: type[Table], edition: _Edition) -> Iterator[tuple[int, dict[str, Any]]]:
    check_no_nul(payload, where)
    # Decoded as it is read: the text of a large file, held whole, takes several times its bytes.
    text = io.TextIOWrapper(io.BytesIO(payload), encoding=edition.encoding, newline="")
    reader = csv.reader(text, strict=True, delimiter=edition.delimiter)
    line = 1
    try:
        for _ in range(edition.preamble):
            next(reader, None)
        header = [edition.renamed.get(name, name) for name in next(reader, [])]
        check_headings(header, record, where, edition.ignored, reader.line_num or 1, edition.may_lack, edition.advice)
        kept = [(place, name) for place, name in enumerate(header) if name not in edition.ignored]
        line = reader.line_num + 1
        for cells in reader:
            if not cells:
                line = reader.line_num + 1
                continue
            if len(cells) != len(header):
                what = f"expected {len(header)} cells as in the header, got {len(cells)}: is a comma inside a text without quotes?"
                raise SourceError([Problem(where, line, "-", what)])
            yield line, {name: cells[place].strip() or None for place, name in kept}
            line = reader.line_num + 1  # a cell may hold line breaks: a row is found where it begins
    except csv.Error as error:
        until = (
            f" (the row that begins here was read up to line {reader.line_num}: is a quote left open?)" if reader.line_num > line else ""
        )
        raise SourceError([Problem(where, line, "-", f"not a well-formed CSV line: {error}{until}")]) from error
    except UnicodeDecodeError:
        decoded(payload, where, edition.encoding)
        raise


def check_headings(
    found: Sequence[str],
    record: type[Table],
    where: str,
    ignored: Collection[str] = (),
    line: int = 1,
    may_lack: Collection[str] = (),
    advice: str = ADVICE,
) -> None:
    """Raise SourceError for each column that is new, gone or there twice: neither read nor known to be passed over."""
    expected = headings(record)
    problems = [
        Problem(where, line, name, f"unknown column{nearest(name, expected)}: {advice}")
        for name in found
        if name not in expected and name not in ignored
    ]
    problems += [Problem(where, line, name, "this column is missing") for name in expected if name not in found and name not in may_lack]
    problems += [Problem(where, line, name, "this column is there twice") for name in dict.fromkeys(found) if found.count(name) > 1]
    if problems:
        raise SourceError(problems)


def _problems(error: ValidationError, where: str, line: int, cells: Mapping[str, Any]) -> Iterator[Problem]:
    for detail in error.errors():
        told = detail.get("ctx", {}).get("error")
        if isinstance(told, Misfit):  # the row's model knows which column is at fault
            yield Problem(where, line, told.column, str(told))
            continue
        name = str(detail["loc"][0]) if detail["loc"] else "-"
        if cells.get(name) is None:
            what = "a value is required here, the cell is empty"
        else:
            what = FORMS.get(detail.get("ctx", {}).get("pattern", "")) or detail["msg"].removeprefix("Value error, ")
            what = f"{what[0].lower()}{what[1:]}, got {cells.get(name)!r}"
        yield Problem(where, line, name, what)
