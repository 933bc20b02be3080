"""From customs codes and areas to trade flows of items between countries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from sources import countries, mapping
from sources import records as r
from sources.comtrade.connector import CODES
from sources.comtrade.declarations import CodeShare, Flow, KnownArea
from sources.connector import Map, Reading
from sources.errors import Problem, SourceError, nearest
from sources.frames import rows_of
from sources.tabular import display_path, frame_of, place_of, read_csv

HERE = Path(__file__).resolve().parent
AREAS = HERE / "area.csv"
SOURCE = "comtrade"
SMALLEST_USD = 1e6
"""Imports of a code below this in a year are samples, returns and wrong codes: nobody depends on them."""


def trade_flow(reading: Reading) -> pd.DataFrame:
    """Rows of core.trade_flow: each reporter's newest year, a row for each item that a code stands for.

    The value is what crossed the border under the code, times the part of it that is the item. Partners that are no country
    of ours are passed over: they sell next to nothing of these goods.

    Raises
    ------
    SourceError
        An area or a code that the mapping files do not have.
    """
    country = mapping.meanings(AREAS, KnownArea)
    for column in ("reporter", "partner"):
        mapping.check_known(reading[Flow.table], column, Flow, country, AREAS)
    ours = countries.codes()
    shares: dict[str, list[dict[str, Any]]] = {}
    for share in rows_of(read_csv(CODES, CodeShare)):
        shares.setdefault(share["hs_code"], []).append(share)
    flows = rows_of(reading[Flow.table])
    _check_codes(flows, sorted(shares))
    newest: dict[str, int] = {}
    for flow in flows:
        newest[flow["reporter"]] = max(flow["year"], newest.get(flow["reporter"], flow["year"]))
    used = [
        flow
        for flow in flows
        if flow["value_usd"] >= SMALLEST_USD
        and flow["year"] == newest[flow["reporter"]]
        and country.get(flow["reporter"]) in ours  # one not known yet waits for review
        and country.get(flow["partner"]) in ours
    ]
    rows = [_row(flow, share, country) for flow in used for share in shares[flow["hs_code"]]]
    return frame_of(rows, r.TradeFlowRow)


MAPS: dict[str, Map] = {"trade_flow": trade_flow}


def _check_codes(flows: list[dict[str, Any]], known: list[str]) -> None:
    problems = []
    for flow in flows:
        if flow["hs_code"] not in known:
            what = f"{display_path(CODES)} does not say what {flow['hs_code']!r} is{nearest(flow['hs_code'], known)}"
            problems.append(Problem(flow["source_file"], flow["source_line"], "cmdCode", what))
    if problems:
        raise SourceError(problems)


def _row(flow: dict[str, Any], share: dict[str, Any], country: dict[str, str | None]) -> dict[str, Any]:
    whole = share["low"] == share["central"] == share["high"] == 1
    notes = [share["note"]] if share["note"] else []
    if flow["reporter"] == flow["partner"]:
        notes.append("its own goods that come back")
    return {
        "reporter": country[flow["reporter"]],
        "partner": country[flow["partner"]],
        "hs_code": flow["hs_code"],
        "item_id": share["item_id"],
        "code_share_low": share["low"],
        "code_share_central": share["central"],
        "code_share_high": share["high"],
        "year": flow["year"],
        "low": flow["value_usd"] * share["low"],
        "central": flow["value_usd"] * share["central"],
        "high": flow["value_usd"] * share["high"],
        "unit": "USD",
        "as_of": str(flow["year"]),
        "source_id": SOURCE,
        "locator": f"reporter {flow['reporter']}, partner {flow['partner']}, {flow['classification']} {flow['hs_code']}, {flow['year']}",
        "grade": "primary" if whole else "derived",
        "status": "current",
        "note": "; ".join(notes) or None,
        **place_of(flow),
    }
