"""A network of firms that supply each other, from frames or from three CSV files.

    firms.csv         firm,industry[,revenue]     revenue: all of a firm's sales, final demand included
    links.csv         supplier,buyer,weight       weight: what the supplier sells to the buyer, in the unit of revenue
    essentiality.csv  ,<buying industries...>     first column: supplying industry; 2 essential, 1 non-essential, 0 irrelevant

Everything is checked before anything runs, and what is wrong is told with file, line and column. Ids are compared as
text. Links of weight zero carry nothing and are allowed; further columns are not read.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sources.errors import Problem, nearest

MOST_SHOWN = 10
HEADER = 1
"""Line of the header; the first row of a frame counts as line 2, as in a file."""
ROUNDING = 1e-6
"""Part of its sales to firms by which a revenue may lie below them: published revenues are rounded."""
NAMES = ("firms", "links", "essentiality")


class FirmNetworkError(ValueError):
    """The tables do not make a firm network; each problem names file, line and column."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        shown = "\n".join(f"  {p}" if p.column else f"  {p.file}:{p.line}: {p.what}" for p in self.problems[:MOST_SHOWN])
        more = "\n  ... and more" if len(self.problems) > MOST_SHOWN else ""
        super().__init__(f"this is no firm network:\n{shown}{more}")


@dataclass(frozen=True)
class FirmNetwork:
    """Firms and what they sell each other.

    firms : ids of n firms
    industries : names of the industries
    industry : (n,) number of each firm's industry
    supplier, buyer : (E,) numbers of firms
    weight : (E,) sales, not negative
    revenue : (n,) sales to firms and to final demand, in the unit of the weights; None where not known
    essentiality : (K, K) of an input from the industry of the row for the industry of the column: 2 essential,
        1 non-essential, 0 irrelevant
    """

    firms: tuple[str, ...]
    industries: tuple[str, ...]
    industry: NDArray[np.int64]
    supplier: NDArray[np.int64]
    buyer: NDArray[np.int64]
    weight: NDArray[np.float64]
    revenue: NDArray[np.float64] | None
    essentiality: NDArray[np.int8]


def read_firm_network(firms: str | Path, links: str | Path, essentiality: str | Path) -> FirmNetwork:
    """A network from three CSV files (comma, UTF-8, with header).

    Raises
    ------
    FirmNetworkError
        A file cannot be read or is not as it should be.
    """
    names = (str(firms), str(links), str(essentiality))
    return firm_network(_read(Path(firms)), _read(Path(links)), _read(Path(essentiality)), names)


def firm_network(firms: pd.DataFrame, links: pd.DataFrame, essentiality: pd.DataFrame, names: tuple[str, str, str] = NAMES) -> FirmNetwork:
    """A network from three frames with the columns of the files; the first column of `essentiality` holds the supplying industry.

    Parameters
    ----------
    names : what the frames are called in messages. Lines are counted as in a file, so the first row is line 2

    Raises
    ------
    FirmNetworkError
        No firms, no link of positive weight; a firm twice, or in no industry, or in one that the essentiality does not
        know; a revenue or weight that is negative or no number; a revenue below the firm's sales to firms; a link from
        or to a firm that is not there, from a firm to itself, or given twice; an essentiality other than 0, 1, 2.
    """
    said: list[Problem] = []
    firm_file, link_file, essentiality_file = names
    _require(firms, ("firm", "industry"), firm_file, said)
    _require(links, ("supplier", "buyer", "weight"), link_file, said)
    if essentiality.shape[1] < 2 or essentiality.empty:
        said.append(
            Problem(essentiality_file, HEADER, "", "no industries: a first column of supplying industries and a column per buying one")
        )
    _stop(said)

    ids, at_line = _text(firms["firm"]), _lines(firms)
    _each(said, firm_file, at_line, "firm", ids == "", lambda _: "no id of the firm")
    _each(
        said, firm_file, at_line, "firm", ids.duplicated() & (ids != ""), lambda r: f"{ids[r]!r} is also on line {at_line[_first(ids, r)]}"
    )
    table, industries = _essentiality(essentiality, essentiality_file, said)
    named = _text(firms["industry"])
    industry = pd.Index(industries).get_indexer(pd.Index(named))
    _each(said, firm_file, at_line, "industry", named == "", lambda r: f"{ids[r]!r} is in no industry")
    _each(
        said, firm_file, at_line, "industry", (industry < 0) & (named != ""),
        lambda r: f"{essentiality_file} has no row and column for the industry {named[r]!r}{nearest(named[r], industries)}",
    )  # fmt: skip
    revenue = _amounts(firms, "revenue", firm_file, said) if "revenue" in firms else None

    link_line = _lines(links)
    weight = _amounts(links, "weight", link_file, said)
    ends = {}
    index = pd.Index(ids.drop_duplicates())
    for column in ("supplier", "buyer"):
        end = _text(links[column])
        ends[column] = index.get_indexer(pd.Index(end))
        _each(
            said, link_file, link_line, column, ends[column] < 0,
            lambda r, end=end: f"{firm_file} has no firm {end[r]!r}{nearest(end[r], list(ids)) if len(ids) < 10_000 else ''}",
        )  # fmt: skip
    _stop(said)

    supplier, buyer = ends["supplier"].astype(np.int64), ends["buyer"].astype(np.int64)
    _each(
        said, link_file, link_line, "buyer", supplier == buyer, lambda r: f"{ids[buyer[r]]!r} supplies itself: a firm's own use is no link"
    )
    pair = pd.Series(supplier * len(ids) + buyer)
    _each(
        said, link_file, link_line, "supplier", pair.duplicated(),
        lambda r: f"{ids[supplier[r]]!r} supplies {ids[buyer[r]]!r} on line {link_line[_first(pair, r)]} already: one link with the sum of both",
    )  # fmt: skip
    if not (weight > 0).any():
        said.append(Problem(link_file, HEADER, "weight", "no link has a positive weight: nothing can cascade"))
    if not np.isfinite(sum(weight.tolist())):
        said.append(
            Problem(link_file, HEADER, "weight", "the weights add up to more than can be reckoned with: give them in a larger unit")
        )
    _stop(said)
    sales = np.bincount(supplier, weight, len(ids))
    if revenue is not None:
        _each(
            said, firm_file, at_line, "revenue", revenue < sales * (1 - ROUNDING),
            lambda r: f"{ids[r]!r} has a revenue of {revenue[r]:g} and sells {sales[r]:g} to firms: revenue is these sales and final demand",
        )  # fmt: skip
    _stop(said)
    return FirmNetwork(tuple(ids), tuple(industries), industry.astype(np.int64), supplier, buyer, weight, revenue, table)


SURPLUS = "\0"
"""A column behind the last: what stands there belongs to no column. No header can have this name."""


def _read(path: Path) -> pd.DataFrame:
    """A CSV as text, indexed by line; empty lines are left out."""
    header: list[str] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = [name.strip() for name in next(csv.reader(file), [])]
        if not any(header):
            raise FirmNetworkError([Problem(str(path), HEADER, "", "the file is empty: a header was expected")])
        twice = next((name for k, name in enumerate(header) if name in header[:k]), None)
        if twice is not None:
            raise FirmNetworkError([Problem(str(path), HEADER, twice, "this column is there twice")])
        frame = pd.read_csv(
            path, header=None, names=[*header, SURPLUS], skiprows=1, dtype=str, na_filter=False, skip_blank_lines=False,
            encoding="utf-8-sig", on_bad_lines="error",
        )  # fmt: skip
        if (frame.pop(SURPLUS).fillna("") != "").any():
            raise FirmNetworkError([_misshapen(path, len(header))])
    except OSError as error:
        raise FirmNetworkError([Problem(str(path), HEADER, "", f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise FirmNetworkError([_undecodable(path, error)]) from error
    except (pd.errors.ParserError, csv.Error) as error:
        raise FirmNetworkError([_misshapen(path, len(header))]) from error
    except pd.errors.EmptyDataError:
        frame = pd.DataFrame(columns=header, dtype=str)
    frame = frame.fillna("")
    frame.index = pd.RangeIndex(HEADER + 1, HEADER + 1 + len(frame))
    return frame[~(frame == "").all(axis=1)]


def _undecodable(path: Path, error: UnicodeDecodeError) -> Problem:
    """The line of the first byte that is no UTF-8."""
    content = path.read_bytes()
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError as at:
        error = at
    line = content[: error.start].count(b"\n") + HEADER
    return Problem(str(path), line, "", f"not UTF-8 text: byte 0x{error.object[error.start]:02x}; save the file as UTF-8")


def _misshapen(path: Path, columns: int) -> Problem:
    """Where a file stops being a table of so many columns."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, strict=True)
        try:
            for row in rows:
                if len(row) > columns:
                    return Problem(str(path), rows.line_num, "", f"{len(row)} cells; {columns} were expected")
        except csv.Error as error:
            return Problem(str(path), rows.line_num, "", f"no CSV: {error}")
    return Problem(str(path), HEADER, "", f"no table of {columns} columns")


def _require(frame: pd.DataFrame, columns: tuple[str, ...], file: str, said: list[Problem]) -> None:
    there = [str(c) for c in frame.columns]
    for name in columns:
        if name not in there:
            said.append(Problem(file, HEADER, name, f"this column is missing; there are {', '.join(there) or 'none'}"))
    if frame.empty:
        said.append(Problem(file, HEADER, columns[0], "no rows: the network is empty"))


def _lines(frame: pd.DataFrame) -> NDArray[np.int64]:
    """Line of each row: the index of a frame that was read, else the row counted from 2."""
    if isinstance(frame.index, pd.RangeIndex) and frame.index.start == 0:
        return np.arange(len(frame)) + HEADER + 1
    return frame.index.to_numpy(dtype=np.int64)


def _text(column: pd.Series) -> pd.Series:
    """Cells as text without blanks around them, missing ones empty, numbered from 0."""
    text = column.reset_index(drop=True)
    missing = text.isna()
    return text.astype(str).str.strip().mask(missing, "")


def _amounts(frame: pd.DataFrame, column: str, file: str, said: list[Problem]) -> NDArray[np.float64]:
    text = _text(frame[column])
    values = pd.to_numeric(text, errors="coerce").to_numpy(dtype=float)
    lines = _lines(frame)
    bad = ~np.isfinite(values)
    _each(said, file, lines, column, bad, lambda r: f"{text[r]!r} is no finite number" if text[r] else "no number: nothing is not zero")
    _each(said, file, lines, column, ~bad & (values < 0), lambda r: f"{values[r]:g} is negative")
    return np.where(bad, 0.0, values)


def _essentiality(frame: pd.DataFrame, file: str, said: list[Problem]) -> tuple[NDArray[np.int8], list[str]]:
    """The matrix over the industries that are both row and column."""
    supplying, buying = _text(frame.iloc[:, 0]), [str(c).strip() for c in frame.columns[1:]]
    lines, first = _lines(frame), str(frame.columns[0]) or "(first)"
    _each(said, file, lines, first, supplying == "", lambda _: "no supplying industry")
    _each(said, file, lines, first, supplying.duplicated(), lambda r: f"{supplying[r]!r} is also on line {lines[_first(supplying, r)]}")
    values = np.zeros((len(frame), len(buying)), dtype=np.int8)
    for k, name in enumerate(buying):
        text = _text(frame.iloc[:, k + 1])
        number = pd.to_numeric(text, errors="coerce")
        _each(
            said, file, lines, name, ~number.isin([0, 1, 2]), lambda r, text=text: f"{text[r]!r} is no essentiality: 0, 1 or 2 was expected"
        )
        values[:, k] = number.where(number.isin([0, 1, 2]), 0)
    rows = {name: r for r, name in reversed(list(enumerate(supplying)))}
    both = [name for name in buying if name in rows]
    return values[np.ix_([rows[name] for name in both], [buying.index(name) for name in both])], both


def _first(values: pd.Series, row: int) -> int:
    """The first row with the value of this one."""
    return int((values == values[row]).to_numpy().argmax())


def _each(said: list[Problem], file: str, lines: NDArray[np.int64], column: str, wrong, what) -> None:  # type: ignore[no-untyped-def]
    """A problem for each row that is wrong, no more of them than are ever shown."""
    for row in np.flatnonzero(np.asarray(wrong))[: MOST_SHOWN + 1]:
        said.append(Problem(file, int(lines[row]), column, what(int(row))))


def _stop(said: list[Problem]) -> None:
    if said:
        raise FirmNetworkError(sorted(said, key=lambda p: (p.file, p.line)))
