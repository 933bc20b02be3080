"""Company facts: one JSON file a company, fetched by CIK and read into one table of facts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from sources import records as r
from sources.columns import Table
from sources.connector import Files, Get
from sources.edgar.declarations import Concept, Fact
from sources.edgar.periods import PERIODIC
from sources.errors import Problem, SourceError, nearest
from sources.frames import rows_of
from sources.jsondata import loaded
from sources.tabular import empty, headings, read_csv, validated

HERE = Path(__file__).resolve().parent
CONCEPTS = HERE / "concept.csv"
IDENTIFIERS = HERE.parent / "curated" / "organisations" / "identifier.csv"
URL = "https://data.sec.gov/api/xbrl/companyfacts/CIK{cik}.json"

TABLES: dict[str, type[Table]] = {Fact.table: Fact}

IGNORED = frozenset({"frame"})
"""`frame` marks the one fact of a calendar period that the SEC's own cross-section uses; which one that is we settle ourselves."""

_NAME = re.compile(r"CIK(?P<cik>\d{10})\.json")
_CURRENCY = re.compile(r"[A-Z]{3}")


def ciks() -> dict[str, str]:
    """CIK (ten digits) -> organisation id, from the curated identifiers."""
    rows = rows_of(read_csv(IDENTIFIERS, r.Identifier))
    return {row["value"]: row["organisation_id"] for row in rows if row["scheme"] == "cik"}


def fetch(get: Get) -> None:
    """One file for each company whose CIK is known. The User-Agent with a contact comes from SEC_USER_AGENT."""
    for cik in sorted(ciks()):
        get(f"CIK{cik}.json", URL.format(cik=cik), kind="json", key=("User-Agent", "SEC_USER_AGENT"))


def parse(files: Files) -> dict[str, pd.DataFrame]:
    """The facts of all files, for the concepts that have a meaning here.

    Raises
    ------
    SourceError
        A file is not named after a CIK, is another company's, or holds a fact that is none; the column says where in the
        file ('us-gaap/InventoryNet/USD[3].val', counted from 0) and the line is the fact's number among those read.
    """
    used = {(row["taxonomy"], row["concept"]) for row in rows_of(read_csv(CONCEPTS, Concept)) if row["meaning"]}
    frames = [_company(name, payload, used) for name, payload in sorted(files.items())]
    filled = [frame for frame in frames if len(frame)]
    forms = sorted({form for frame in filled for form in frame["form"]})
    if forms and not any(form.startswith(PERIODIC) for form in forms):
        what = f"no fact was filed on a form that is read ({', '.join(PERIODIC)}): was it renamed? The forms are {', '.join(forms[:9])}"
        raise SourceError([Problem(filled[0]["source_file"].iloc[0], 1, "form", what)])
    return {Fact.table: pd.concat(filled, ignore_index=True) if filled else empty(Fact)}


def _company(name: str, payload: bytes, used: set[tuple[str, str]]) -> pd.DataFrame:
    """The facts of one company's file."""
    facts: list[dict[str, Any]] = []
    places: list[str] = []
    for path, cells in _facts(name, payload, used):
        places.append(path)
        facts.append(cells)
    try:
        return validated(enumerate(facts, start=1), Fact, name, payload)
    except SourceError as error:
        located = [Problem(p.file, p.line, f"{places[p.line - 1]}.{p.column}", p.what) for p in error.problems]
        raise SourceError(located) from error


def _facts(name: str, payload: bytes, used: set[tuple[str, str]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(place in the file, cells) of each fact of a used concept in a currency."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise SourceError([Problem(name, 1, "-", "expected a file named after a CIK of ten digits, such as CIK0001045810.json")])
    company = _mapping(loaded(payload, name), name, "-")
    if str(company.get("cik", "")).zfill(10) != match["cik"]:
        raise SourceError([Problem(name, 1, "cik", f"expected {match['cik']}, got {company.get('cik')!r}: this is another company's file")])
    taxonomies = _mapping(company.get("facts"), name, "facts")
    for taxonomy, concept in sorted(used):
        if taxonomy not in taxonomies or concept not in _mapping(taxonomies[taxonomy], name, taxonomy):
            continue
        path = f"{taxonomy}/{concept}"
        units = _mapping(_mapping(taxonomies[taxonomy][concept], name, path).get("units"), name, f"{path}.units")
        if units and not any(map(_CURRENCY.fullmatch, units)):
            what = f"expected amounts in a currency such as 'USD', got {', '.join(map(repr, units))}"
            raise SourceError([Problem(name, 1, f"{path}.units", what)])
        for unit, entries in units.items():
            if not _CURRENCY.fullmatch(unit):
                continue
            if not isinstance(entries, list):
                raise SourceError([Problem(name, 1, f"{path}/{unit}", f"expected a list here, found {type(entries).__name__}")])
            for number, entry in enumerate(entries):
                place = f"{path}/{unit}[{number}]"
                identity = {"cik": match["cik"], "taxonomy": taxonomy, "concept": concept, "unit": unit}
                yield place, identity | _known(_mapping(entry, name, place), name, place)


def _known(entry: dict[str, Any], name: str, place: str) -> dict[str, Any]:
    """The cells of a fact without those passed over; SourceError for a key that is neither declared nor passed over."""
    published = set(headings(Fact)) - {"cik", "taxonomy", "concept", "unit"}
    unknown = [key for key in entry if key not in published and key not in IGNORED]
    if unknown:
        hint = nearest(unknown[0], sorted(published))
        raise SourceError([Problem(name, 1, f"{place}.{unknown[0]}", f"unknown column{hint}: declare it, or list it as ignored")])
    return {key: value for key, value in entry.items() if key not in IGNORED}


def _mapping(value: Any, name: str, place: str) -> dict[str, Any]:
    """The value, where it is a mapping; SourceError that says what is there instead."""
    if not isinstance(value, dict):
        raise SourceError([Problem(name, 1, place, f"expected a mapping here, found {type(value).__name__}")])
    return value
