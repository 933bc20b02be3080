"""From provisions to shares: how the countries stood in 2019, beside what is curated and not in its place."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sources import mapping
from sources import records as r
from sources.connector import Map, Reading
from sources.eto.declarations import CountryName, InputItem, Provider, Provision
from sources.frames import rows_of
from sources.tabular import frame_of, place_of, read_csv

HERE = Path(__file__).resolve().parent
SOURCE = "eto"
AS_OF = "2019"

ROUNDING = 0.005
"""Shares are whole percents."""
LEAST = 0.01
"""What lies below is rounded up to this."""


def share(providers: pd.DataFrame, provisions: pd.DataFrame) -> pd.DataFrame:
    """Rows of core.share, all `conflicting`: the countries' shares of the inputs that are items of ours.

    Rows of firms, of `Various` and without a share are left out. Graded secondary: collected from market reports.

    Raises
    ------
    SourceError
        An input or a country that the mapping files do not know (in a live vintage its rows are held back).
    """
    inputs = {row["input_id"]: row for row in rows_of(read_csv(HERE / "input.csv", InputItem))}
    items = {name: row["item_id"] for name, row in inputs.items()}
    codes = mapping.meanings(HERE / "country.csv", CountryName)
    countries = mapping.check_known(providers[providers["type"] == "country"], "name", Provider, codes, HERE / "country.csv")
    code_of = {row["provider_id"]: codes[row["name"]] for row in rows_of(countries)}
    known = mapping.check_known(provisions, "provided_id", Provision, items, HERE / "input.csv")
    rows = [
        {
            "item_id": items[row["provided_id"]],
            "supplier_kind": "country",
            "supplier": code_of[row["provider_id"]],
            "production": None,
            "low": 0.0 if row["share"] <= LEAST else row["share"] - ROUNDING,
            "central": row["share"],
            "high": min(row["share"] + ROUNDING, 1.0),
            "metric": "market share by home of the maker",
            "as_of": AS_OF,
            "source_id": SOURCE,
            "locator": f"provision.csv, {row['provider_id']} and {row['provided_id']}",
            "grade": "secondary",
            "production_grade": None,
            "status": "conflicting",
            "note": inputs[row["provided_id"]]["note"],
            **place_of(row),
        }
        for row in rows_of(known)
        if row["share"] is not None and code_of.get(row["provider_id"]) is not None and items[row["provided_id"]] is not None
    ]
    return frame_of(rows, r.ShareRow)


def _share(reading: Reading) -> pd.DataFrame:
    return share(reading["eto_provider"], reading["eto_provision"])


MAPS: dict[str, Map] = {"share": _share}
