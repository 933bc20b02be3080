"""The published frontiers, and how far computed throughput lies from measured: what fills the three tables of `frontier_tables`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from graph.cost.calibration import calibration
from graph.cost.figures import Figures
from graph.cost.frontier import hour_prices, published_frontier
from graph.cost.frontier_tables import Calibration, CalibrationRow, Frontier
from sources.columns import Table

CORE = ("item", "requirement", "price", "parameter", "board", "model", "workload", "site", "benchmark")
TABLES: tuple[type[Table], ...] = (Frontier, CalibrationRow, Calibration)


class FrontierResults(NamedTuple):
    """The three tables."""

    frontier: pd.DataFrame
    calibration_row: pd.DataFrame
    calibration: pd.DataFrame


def frontier_results(core: Mapping[str, pd.DataFrame]) -> FrontierResults:
    """The tables as they are published; `core` holds the tables `CORE` by name."""
    figures = Figures(core["parameter"], core["price"], core["requirement"])
    summary, rows = calibration(core, figures)
    return FrontierResults(published_frontier(core, figures, hour_prices(core, figures)), rows, summary)
