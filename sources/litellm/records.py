"""From LiteLLM's list to core.model_price, in USD per million tokens."""

from __future__ import annotations

import pandas as pd

from sources import records as r
from sources.connector import Map
from sources.frames import rows_of
from sources.litellm.declarations import HERE, ReferenceModel
from sources.tabular import frame_of, place_of, read_csv

SOURCE = "litellm"


def model_price(prices: pd.DataFrame, retrieved_at: str) -> pd.DataFrame:
    """Rows of core.model_price. Offers that have ended by the day of the vintage (ISO date) are left out.

    Graded secondary: the list is kept by its users, who cite the price pages of the providers.
    """
    reference = {(row["provider"], row["model"]): row["model_id"] for row in rows_of(read_csv(HERE / "model.csv", ReferenceModel))}
    rows = [
        {
            "provider": row["provider"],
            "model": row["model"],
            "model_id": reference.get((row["provider"], row["model"])),
            "input_usd_per_mtoken": _per_million(row["input_usd_per_token"]),
            "cached_input_usd_per_mtoken": _per_million(row["cached_input_usd_per_token"]),
            "output_usd_per_mtoken": _per_million(row["output_usd_per_token"]),
            "is_tiered": row["is_tiered"],
            "as_of": retrieved_at,
            "source_id": SOURCE,
            "grade": "secondary",
            **place_of(row),
        }
        for row in rows_of(prices)
        if row["deprecation_date"] is None or row["deprecation_date"] > retrieved_at
    ]
    return frame_of(rows, r.ModelPrice)


def _per_million(per_token: float | None) -> float | None:
    """USD per million tokens; rounded, since 1.5e-07 times a million is not quite 0.15."""
    return None if per_token is None else round(per_token * 1e6, 6)


MAPS: dict[str, Map] = {"model_price": lambda reading: model_price(reading["litellm_list"], reading.retrieved_at)}
