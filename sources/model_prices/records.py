"""From list prices to core.model_price: base tier, at noon of the vintage's day, with the reference model where the offer is one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from sources import records as r
from sources.connector import Map
from sources.frames import rows_of
from sources.model_prices.declarations import ReferenceModel
from sources.tabular import frame_of, place_of, read_csv

HERE = Path(__file__).resolve().parent
SOURCE = "model_prices"
NOON = "12:00:00"


def in_force(step: dict[str, Any], day: str, clock: str = NOON) -> bool:
    """Whether a step holds at a moment: `day` an ISO date, `clock` HH:MM:SS, both UTC."""
    if step["start_date"] is not None and day < step["start_date"]:
        return False
    start, end = step["start_time"], step["end_time"]
    if start is None or end is None:
        return True
    return bool(start <= clock < end if start <= end else clock >= start or clock < end)


def model_price(prices: pd.DataFrame, retrieved_at: str) -> pd.DataFrame:
    """Rows of core.model_price, in USD per million tokens. Offers that have ended, or are free at that moment, are left out.

    Graded secondary: the publisher cites the price pages of the providers.
    """
    reference = {(row["provider"], row["model"]): row["model_id"] for row in rows_of(read_csv(HERE / "model.csv", ReferenceModel))}
    chosen: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows_of(prices):
        key = (row["provider"], row["model"])
        if key not in chosen or in_force(row, retrieved_at):
            chosen[key] = row
    rows = [
        {
            **{name: row[name] for name in r.ModelPrice.model_fields if name in row},
            "model_id": reference.get(key),
            "as_of": retrieved_at,
            "source_id": SOURCE,
            "grade": "secondary",
            **place_of(row),
        }
        for key, row in chosen.items()
        if not row["is_deprecated"] and row["input_usd_per_mtoken"] is not None and row["output_usd_per_mtoken"] is not None
    ]
    return frame_of(rows, r.ModelPrice)


MAPS: dict[str, Map] = {"model_price": lambda reading: model_price(reading["model_prices_list"], reading.retrieved_at)}
