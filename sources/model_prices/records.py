"""From list prices to core.model_price: base tier, with the reference model where the offer is one."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sources import records as r
from sources.connector import Map
from sources.frames import rows_of
from sources.model_prices.declarations import ReferenceModel
from sources.registry import declaration
from sources.tabular import frame_of, place_of, read_csv

HERE = Path(__file__).resolve().parent
SOURCE = "model_prices"


def model_price(prices: pd.DataFrame) -> pd.DataFrame:
    """Rows of core.model_price, in USD per million tokens. Offers that have ended are left out.

    Graded secondary: the package cites the price pages of the providers.
    """
    reference = {(row["provider"], row["model"]): row["model_id"] for row in rows_of(read_csv(HERE / "model.csv", ReferenceModel))}
    as_of = declaration(HERE).retrieved_at
    rows = [
        {
            **{name: row[name] for name in r.ModelPrice.model_fields if name in row},
            "model_id": reference.get((row["provider"], row["model"])),
            "as_of": as_of,
            "source_id": SOURCE,
            "grade": "secondary",
            **place_of(row),
        }
        for row in rows_of(prices)
        if not row["is_deprecated"]
    ]
    return frame_of(rows, r.ModelPrice)


MAPS: dict[str, Map] = {"model_price": lambda reading: model_price(reading["model_prices_list"])}
