"""UN Comtrade: one reply a reporter, all codes and partners of the last two years together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from sources.columns import Table
from sources.comtrade.declarations import CodeShare, Flow
from sources.connector import Files, Get
from sources.errors import Problem, SourceError, nearest
from sources.expected import check_words
from sources.frames import rows_of
from sources.jsondata import entries, loaded
from sources.tabular import empty, headings, read_csv, validated

HERE = Path(__file__).resolve().parent
CODES = HERE / "hs_code.csv"
URL = "https://comtradeapi.un.org/data/v1/get/C/A/HS"

TABLES: dict[str, type[Table]] = {Flow.table: Flow}

REPORTERS = {
    "TWN": "490", "KOR": "410", "JPN": "392", "CHN": "156", "HKG": "344", "SGP": "702", "MYS": "458", "VNM": "704", "THA": "764",
    "PHL": "608", "IND": "699", "USA": "842", "CAN": "124", "MEX": "484", "DEU": "276", "NLD": "528", "FRA": "251", "IRL": "372",
    "ITA": "380,381", "GBR": "826", "POL": "616", "CZE": "203", "ISR": "376", "ARE": "784",
}  # fmt: skip
"""Those that make the chips, tools, boards and servers, or run the data centres: country -> its area code (Italy has had two)."""

LIMITS = {500: "without a key", 100_000: "with a free key", 250_000: "with a paid key"}
"""Rows at which a reply is cut without a word."""

IGNORED = frozenset(
    {
        # the same for all rows, by what is asked for
        "typeCode", "classificationSearchCode", "refMonth", "refPeriodId", "period", "mosCode",
        # names for codes that are read
        "reporterISO", "reporterDesc", "flowDesc", "partnerISO", "partnerDesc", "partner2ISO", "partner2Desc", "cmdDesc", "customsDesc",
        "motDesc",
        # quantities in units that differ by reporter; the net weight is read
        "qtyUnitCode", "qtyUnitAbbr", "qty", "isQtyEstimated", "altQtyUnitCode", "altQtyUnitAbbr", "altQty", "isAltQtyEstimated", "grossWgt",
        "isGrossWgtEstimated", "isNetWgtEstimated",
        # of the two values one is empty and the other is primaryValue
        "cifvalue", "fobvalue",
        # how the row came about; isReported and isAggregate are read
        "isOriginalClassification", "aggrLevel", "isLeaf", "legacyEstimationFlag",
    }
)  # fmt: skip


def file_name(country: str) -> str:
    return f"imports_{country.lower()}.json"


def fetch(get: Get) -> None:
    """The imports of each reporter in the last two years. A year is published two to twelve months after its end."""
    this_year = date.today().year
    codes = _codes()
    totals = {"partner2Code": "0", "customsCode": "C00", "motCode": "0"}
    for country, area in REPORTERS.items():
        asked = {"reporterCode": area, "period": f"{this_year - 2},{this_year - 1}", "cmdCode": ",".join(codes), "flowCode": "M"}
        options = {"maxRecords": "100000", "format": "JSON", "breakdownMode": "classic", "includeDesc": "false"}
        get(
            file_name(country),
            URL,
            params=asked | totals | options,
            kind="json",
            key=("Ocp-Apim-Subscription-Key", "COMTRADE_KEY"),
        )


def parse(files: Files) -> dict[str, pd.DataFrame]:
    """The flows of all replies.

    Raises
    ------
    SourceError
        A reply is an error, is cut, has rows that are none, or has a flow twice: in two editions of the nomenclature, say; or
        none of all reporters imported anything of a code: it was replaced by another.
    """
    frames = [_reply(name, payload) for name, payload in sorted(files.items())]
    filled = [frame for frame in frames if len(frame)]
    flows = pd.concat(filled, ignore_index=True) if filled else empty(Flow)
    if set(map(file_name, REPORTERS)) <= files.keys():  # all of them together import something of every code
        check_words(flows["hs_code"].unique(), _codes(), "imports_*.json", "cmdCode")
    return {Flow.table: flows}


def _codes() -> list[str]:
    """The customs codes that are asked for."""
    return sorted({row["hs_code"] for row in rows_of(read_csv(CODES, CodeShare))})


def _reply(name: str, payload: bytes) -> pd.DataFrame:
    """The rows of one reply; a row's line is its number in the reply, from 1."""
    reply = loaded(payload, name)
    rows = entries(reply, "data", name)
    if reply.get("error"):
        raise SourceError([Problem(name, 1, "error", f"the service answered {reply['error']!r}")])
    if reply.get("count") != len(rows):
        raise SourceError([Problem(name, 1, "count", f"the reply speaks of {reply.get('count')!r} rows and has {len(rows)}: it is cut")])
    if len(rows) in LIMITS:
        what = f"exactly {len(rows)} rows, the most that are given {LIMITS[len(rows)]}: the reply is cut; ask for fewer codes or years"
        raise SourceError([Problem(name, 1, "count", what)])
    return validated(_rows(rows, name), Flow, name, payload)


def _rows(rows: list[Any], name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    published = set(headings(Flow))
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise SourceError([Problem(name, number, "data", f"expected a mapping here, found {type(row).__name__}")])
        problems = [
            Problem(name, number, key, f"unknown column{nearest(key, sorted(published))}: declare it, or list it as ignored")
            for key in row
            if key not in published and key not in IGNORED
        ]
        problems += [Problem(name, number, key, "this column is missing") for key in sorted(published) if key not in row]
        if problems:
            raise SourceError(problems)
        yield number, {key: value for key, value in row.items() if key in published}
