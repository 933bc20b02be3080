"""Gross margins and revenues of sellers by year, and what they made of them.

A year's figure is a row of core.parameter whose day is that plain year, in use or superseded; what is in use is also today's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.cost.answer_tables import ProfitPool
from graph.cost.samples import draw
from sources.columns import columns
from sources.frames import rows_of
from sources.records import GRADES

Array = NDArray[np.float64]
YEARS = (2023, 2024, 2025, 2026)
TODAY = YEARS[-1]
POOLS = {
    "nvidia": "boards", "tsmc": "foundry", "sk_hynix": "memory", "openai": "tokens", "anthropic": "tokens", "anysphere": "harness",
}  # fmt: skip
"""Firms that stand for a layer."""


@dataclass(frozen=True)
class Dated:
    """A margin of a year: draws, the weakest grade, and whose it is."""

    margin: Array
    grade: str
    whose: str


class DatedMargins:
    """Gross margins by seller and year, of all rows of core.parameter, in use or not; `draws` as in `samples.draw`."""

    def __init__(self, parameters: pd.DataFrame, draws: int) -> None:
        self._draws = draws
        self._rows: dict[tuple[str, int, str], tuple[float, float, float, str]] = {}
        kept = parameters[parameters["parameter"].isin(("gross_margin", "revenue_per_year")) & parameters["central"].notna()]
        for row in rows_of(kept[kept["status"].isin(("current", "superseded"))]):
            year = int(str(row["as_of"])[:4])
            # A plain year is the year of the figure; what is in use today is also today's.
            for y in ({year} if len(str(row["as_of"])) == 4 else set()) | ({TODAY} if row["status"] == "current" else set()):
                if row["parameter"] == "revenue_per_year" and y != year:
                    continue
                self._rows[row["entity_id"], y, row["parameter"]] = (row["low"], row["central"], row["high"], row["grade"])

    def figure(self, entity: str, year: int, parameter: str = "gross_margin") -> tuple[float, float, float, str] | None:
        """(low, central, high, grade), or None."""
        return self._rows.get((entity, year, parameter))

    def of(self, entity: str, year: int) -> Dated | None:
        """The margin of a seller in a year, or None where none is known."""
        found = self.figure(entity, year)
        if found is None:
            return None
        low, mid, high, grade = found
        return Dated(self._drawn(f"{entity}.gross_margin.{year}", low, mid, high), grade, f"{entity} {year} ({grade})")

    def of_several(self, entities: Sequence[str], year: int) -> Dated | None:
        """The margin of several sellers together, by revenue; None unless each is known."""
        margins, revenues = [self.of(e, year) for e in entities], [self.figure(e, year, "revenue_per_year") for e in entities]
        if not all(margins) or not all(revenues):
            return None
        weights = [np.asarray(r[1]) for r in revenues if r is not None]
        known = [m for m in margins if m is not None]
        mean = sum((w * m.margin for w, m in zip(weights, known, strict=True)), np.zeros(())) / sum(weights)
        return Dated(np.asarray(mean), max((m.grade for m in known), key=GRADES.index), ", ".join(m.whose for m in known))

    def _drawn(self, name: str, low: float, mid: float, high: float) -> Array:
        return draw(name, low, mid, high, self._draws) if self._draws else np.asarray(mid)


def profit_pools(parameters: pd.DataFrame, years: Sequence[int] = YEARS) -> pd.DataFrame:
    """cost.profit_pool: revenue x gross margin of the firms that stand for a layer, where both are known for a year."""
    dated = DatedMargins(parameters, 0)
    rows: list[dict[str, object]] = []
    for year in years:
        for firm, layer in POOLS.items():
            margin, sales = dated.figure(f"org:{firm}", year), dated.figure(f"org:{firm}", year, "revenue_per_year")
            if margin is None or sales is None:
                continue
            corners = np.outer(sales[:3], margin[:3])
            rows.append(
                {
                    "organisation_id": firm, "layer": layer, "year": year, "revenue_low_usd": sales[0], "revenue_usd": sales[1],
                    "revenue_high_usd": sales[2], "gross_margin": margin[1], "gross_profit_low_usd": corners.min(),
                    "gross_profit_usd": sales[1] * margin[1], "gross_profit_high_usd": corners.max(),
                    "grade": max(margin[3], sales[3], key=GRADES.index),
                }
            )  # fmt: skip
    frame = pd.DataFrame(rows).reindex(columns=[c.name for c in columns(ProfitPool)])
    earned = frame["gross_profit_usd"].clip(lower=0.0)
    return frame.assign(pool_share=earned / earned.groupby(frame["year"]).transform("sum"))
