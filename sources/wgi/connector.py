"""Asks for each series of the last years, and reads the replies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from sources.columns import Table
from sources.connector import Files, Get
from sources.errors import Problem, SourceError
from sources.frames import rows_of
from sources.jsondata import entries, loaded
from sources.tabular import check_headings, validated
from sources.wgi.declarations import Observation

TABLES: dict[str, type[Table]] = {Observation.table: Observation}

IGNORED = frozenset({"unit", "obs_status", "decimal", "scale"})
"""Empty or constant for these series; `unit` is left out of some replies."""

DIMENSIONS = ("VA", "PV", "GE", "RQ", "RL", "CC")
KINDS = ("EST", "SE", "SR")
SERIES = tuple(f"GOV_WGI_{dimension}.{kind}" for dimension in DIMENSIONS for kind in KINDS)

URL = "https://api.worldbank.org/v2/country/all/indicator/{series}"
PER_PAGE = 20_000
YEARS_BACK = 6
"""The values of a year are published in the autumn of the next; some economies lag behind."""


def file_name(series: str, page: int) -> str:
    return f"{series}.{page}.json"


def fetch(get: Get) -> None:
    """All pages of every series."""
    year = datetime.now(UTC).year
    for series in SERIES:
        page, pages = 1, 1
        while page <= pages:
            name = file_name(series, page)
            params = {
                "source": "3",
                "format": "json",
                "date": f"{year - YEARS_BACK}:{year}",
                "per_page": str(PER_PAGE),
                "page": str(page),
            }
            payload = get(name, URL.format(series=series), params=params, kind="json")
            pages = _whole(_meta(_parts(payload, name), name), "pages", name)
            page += 1


def parse(files: Files) -> dict[str, pd.DataFrame]:
    """The observations of all series; SourceError where a page, a series or part of a reply is missing."""
    frames = [frame for series in SERIES for frame in _series(files, series)]
    frame = pd.concat(frames, ignore_index=True)
    twice = frame[frame.duplicated(list(Observation.key))]
    problems = [
        Problem(row["source_file"], row["source_line"], "date", f"{row['series']} of {row['economy']} in {row['year']} is there twice")
        for row in rows_of(twice)
    ]
    if problems:
        raise SourceError(problems)
    return {Observation.table: frame}


def _series(files: Files, series: str) -> Iterator[pd.DataFrame]:
    """The pages of one series, which together must have as many rows as the replies say."""
    page, pages, total, found = 1, 1, 0, 0
    while page <= pages:
        name = file_name(series, page)
        if name not in files:
            raise SourceError([Problem(name, 1, "-", f"page {page} of {pages} of {series} is missing")])
        parts = _parts(files[name], name)
        meta = _meta(parts, name)
        pages, total = _whole(meta, "pages", name), _whole(meta, "total", name)
        if meta.get("sourceid") not in (None, "3", 3):
            raise SourceError([Problem(name, 1, "sourceid", f"expected database 3, got {meta['sourceid']!r}")])
        rows = [_flat(entry, series, name, number) for number, entry in enumerate(entries(parts[1], "", name), 1) if entry is not None]
        for headings in dict.fromkeys(tuple(row) for row in rows):
            check_headings(headings, Observation, name, IGNORED)
        found += len(rows)
        known = [(line, {k: v for k, v in row.items() if k not in IGNORED}) for line, row in enumerate(rows, 1)]
        yield validated(known, Observation, name, files[name])
        page += 1
    if found != total:
        what = f"{found} rows of {series}; expected the {total} that the reply announces: it was cut short"
        raise SourceError([Problem(file_name(series, 1), 1, "total", what)])


def _parts(payload: bytes, name: str) -> list[Any]:
    """The two parts of a reply: about it, and its rows. SourceError with the API's own words where it refuses."""
    value = loaded(payload, name)
    if isinstance(value, list) and value and isinstance(value[0], dict) and "message" in value[0]:
        said = value[0]["message"]
        texts = [str(m.get("value", m)) for m in said if isinstance(m, dict)] if isinstance(said, list) else [str(said)]
        raise SourceError([Problem(name, 1, "message", f"the World Bank refuses: {' '.join(texts) or said!r}; was the series renamed?")])
    if not isinstance(value, list) or len(value) != 2:
        what = f"expected a list of what the reply is and its rows, found {type(value).__name__}"
        raise SourceError([Problem(name, 1, "-", what)])
    return value


def _meta(parts: list[Any], name: str) -> Mapping[str, Any]:
    if not isinstance(parts[0], dict):
        raise SourceError([Problem(name, 1, "-", f"expected what the reply is about first, found {type(parts[0]).__name__}")])
    return parts[0]


def _whole(meta: Mapping[str, Any], what: str, name: str) -> int:
    """A count that a reply tells of itself."""
    value = meta.get(what)
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).isascii() or not str(value).isdigit():
        raise SourceError([Problem(name, 1, what, f"expected a whole number, got {value!r}")])
    number = int(str(value)[:9])
    if what == "pages" and not 1 <= number <= 1_000:
        raise SourceError([Problem(name, 1, what, f"expected 1 to 1000 pages, got {value!r}: there is no such series or no value")])
    return number


def _flat(entry: Any, series: str, name: str, number: int) -> dict[str, Any]:
    """A row with its members flattened: `indicator.id` for the id inside `indicator`."""
    if not isinstance(entry, dict):
        raise SourceError([Problem(name, number, "-", f"expected a row with named members, found {type(entry).__name__}")])
    row: dict[str, Any] = {}
    for key, value in entry.items():
        row.update({f"{key}.{inner}": v for inner, v in value.items()} if isinstance(value, dict) else {key: value})
    if row.get("indicator.id") != series:
        raise SourceError([Problem(name, number, "indicator.id", f"expected {series!r}, got {row.get('indicator.id')!r}")])
    return row
