"""risk.ntier_hhi of everything that has inputs, by cost and by need."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from graph.risk import ntier
from graph.risk.concentration import supply_views

CORE = ("share", "offer", "organisation", "board")


def ntier_results(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The table; `tables` holds the tables `CORE`, edge, price and price_edge by name."""
    views = {by: ntier.supplies(view) for by, view in supply_views(tables["share"], tables["offer"], tables["organisation"]).items()}
    board = tables["board"].dropna(subset="system_item")
    cost = ntier.cost_inputs(tables["price_edge"], tables["price"], dict(zip(board["board_id"], board["system_item"], strict=True)))
    needed = ntier.needed_inputs(tables["edge"])
    targets = sorted({f"board:{b}" for b in tables["board"]["board_id"]} | set(needed) | set(cost))
    return ntier.ntier_hhi(targets, cost, needed, views)
