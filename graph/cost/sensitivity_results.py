"""What moves the cost of a useful token, and how sure it is, of every board: what fills cost.elasticity and cost.band.

Every board that serves coding agents is taken with the first of `SHOWN_MODELS` that it can serve; other deployments are asked for by
name (`stackgraph cost elasticity`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from graph.cost.figures import Figures
from graph.cost.headline import HEADLINE_WORKLOAD, SHOWN_MODELS
from graph.cost.model import Key
from graph.cost.sensitivity import KEY, elasticities, swings
from graph.cost.sensitivity_tables import Band, Elasticity
from graph.cost.trace import Trace, Tracer
from graph.cost.uncertainty import band, felt, sample, sobol
from sources.columns import columns

CORE = ("item", "requirement", "price", "parameter", "board", "model", "workload")
DRAWS = 4096
"""The 5th and 95th percentile then stand within about two percent."""
UNKNOWNS = 6
"""Figures, the widest bars, among which the most valuable unknown is looked for."""
SOBOL_DRAWS = 512
LEAST = 1e-5
"""Rows that move the cost by less than this part are left out of the table."""


class Sensitivity(NamedTuple):
    """The two tables, and the largest gap between the sum of value added and the whole cost."""

    elasticity: pd.DataFrame
    band: pd.DataFrame
    gap: float


def sensitivity(core: Mapping[str, pd.DataFrame], *keys: Key) -> Sensitivity:
    """Both tables for every board, or for the deployments named.

    Parameters
    ----------
    core : the core tables item, requirement, price, parameter, board, model and workload by name

    Raises
    ------
    NotServed
        A deployment named cannot be had.
    """
    figures = Figures(core["parameter"], core["price"], core["requirement"], draws=0)
    tracer = Tracer(core, figures)
    trace = tracer.trace(*(keys or (key for board in core["board"]["board_id"] for key in _first_served(tracer, board))))
    bars = swings(trace, figures)
    moved = elasticity_table(trace, figures, bars, units_of(core))
    gap = moved.groupby(list(KEY))["value_added_share"].sum().sub(1.0).abs().max()
    shown = (moved[["percent_margin", "dollar_margin"]].abs().max(axis=1) > LEAST) | (
        (moved["usd_at_high"] - moved["usd_at_low"]).abs() > LEAST * moved["usd_at_low"]
    )
    return Sensitivity(moved[shown].reset_index(drop=True), band_table(trace, figures, bars), float(gap))


def units_of(core: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Figure -> its unit, under the names of `Figures`."""
    parameter, price, requirement = core["parameter"], core["price"], core["requirement"]
    names = (
        parameter["entity_id"] + "." + parameter["parameter"],
        "item:" + price["item_id"] + ".price",
        "quantity:" + requirement["requirement_id"],
    )
    return {
        n: u for named, frame in zip(names, (parameter, price, requirement), strict=True) for n, u in zip(named, frame["unit"], strict=True)
    }


def _first_served(tracer: Tracer, board_id: str) -> list[Key]:
    return [key for model_id in SHOWN_MODELS if not tracer.refused(key := (board_id, model_id, HEADLINE_WORKLOAD))][:1]


def elasticity_table(trace: Trace, figures: Figures, bars: pd.DataFrame, units: Mapping[str, str]) -> pd.DataFrame:
    """cost.elasticity of the deployments traced, every input that moves them at all; `bars` are their `swings`, `units` of figures."""
    bars = bars.rename(columns={"input": "figure"})
    found = elasticities(trace).rename(columns={"value_added": "value_added_share"})
    # The bar of an item's price is that of its published figure.
    found["figure"] = found["input"].where(found["kind"] == "figure", found["input"] + ".price")
    merged = found.drop(columns="central").merge(bars, "outer", [*KEY, "figure"])
    alone = merged["input"].isna()  # a published price whose range is felt, though in a shock its margin stays
    merged.loc[alone, "input"] = merged.loc[alone, "figure"]
    merged.loc[alone, "kind"] = "figure"
    merged[["percent_margin", "dollar_margin"]] = merged[["percent_margin", "dollar_margin"]].fillna(0.0)
    grades = {name: figures.grade(name) for name in merged["figure"].unique() if name in figures}
    merged["grade"] = merged["figure"].map(grades)
    merged["unit"] = merged["figure"].where(merged["low"].notna()).map(units)
    order = {key: k for k, key in enumerate(trace.keys)}
    at = np.array([order[key] for key in merged[list(KEY)].itertuples(index=False, name=None)])
    ranked = merged.iloc[np.lexsort((merged["input"], -merged["percent_margin"].abs(), at))]
    return ranked[[c.name for c in columns(Elasticity)]].reset_index(drop=True)


def band_table(trace: Trace, figures: Figures, bars: pd.DataFrame) -> pd.DataFrame:
    """cost.band of the deployments traced; `bars` are their `swings`."""
    bars = bars.assign(width=(bars["usd_at_high"] - bars["usd_at_low"]).abs())
    varied = felt(bars)
    rows = []
    for (key, mine), usd in zip(_by_key(bars, trace), sample(trace, figures, varied, DRAWS), strict=True):
        first = sobol(trace, figures, key, list(mine["input"][:UNKNOWNS]), SOBOL_DRAWS).iloc[0]
        low, middle, high = band(usd)
        rows.append(
            (
                *key, DRAWS, low, middle, high, float(usd.mean()), trace.usd(key), first["input"], first["first"], first["total"],
                first["usd_spread_removed"], figures.grade(str(first["input"])),
                float(mine.loc[mine["grade"] == "estimate", "width"].sum() / mine["width"].sum()),
            )
        )  # fmt: skip
    return pd.DataFrame(rows, columns=[c.name for c in columns(Band)])


def _by_key(bars: pd.DataFrame, trace: Trace) -> list[tuple[Key, pd.DataFrame]]:
    of = dict(list(bars.groupby(list(KEY), sort=False)))
    return [(key, of[key]) for key in trace.keys]
