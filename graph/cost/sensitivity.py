"""What moves the cost of a useful token: elasticities of every input, and what each unknown is worth (METHODS 6).

An elasticity is d ln(cost)/d ln(input), from one pass of derivatives back through the chain. Two kinds of input are told apart:

price : the price of a thing, as in a shock. What it rises by is passed on downstream; sellers keep their margin as a part of
    the price (percent) or in USD per unit (dollar).
figure : a quantity of nature or of engineering: a yield, a bandwidth, a rate. Own costs and margins that were set from
    published prices stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.cost.figures import Figures
from graph.cost.model import Key
from graph.cost.trace import CHANGE, DOLLAR, PERCENT, USD, Trace, result

Array = NDArray[np.float64]
KEY = ("board_id", "model_id", "workload_id")
NOTHING = 1e-12
"""Elasticities and swings below this part are rounding."""


def elasticities(trace: Trace) -> pd.DataFrame:
    """d ln(USD per useful token)/d ln(input) for every input that moves it, of every deployment traced.

    Returns
    -------
    DataFrame
        board_id, model_id, workload_id, input, kind ('price' or 'figure'), central (of a figure), percent_margin and dollar_margin
        (elasticities), value_added (of a price: the part of the cost that this step's own cost and margin are). The strongest of
        each deployment first.

    Notes
    -----
    The value_added of a deployment sums to one: every dollar of the cost is somebody's cost of their own, or margin.
    """
    program, usd = trace.program, np.array([trace.usd(key) for key in trace.keys])
    percent, dollar = (program.gradient([result(kind, key) for key in trace.keys]) for kind in (PERCENT, DOLLAR))
    # The shock of a thing stands for its published price; that of the useful token itself would say nothing.
    names = [n for n in program.inputs if not n.endswith(".price") and not n.startswith(f"{CHANGE}useful:")]
    is_price = np.array([n.startswith(CHANGE) for n in names])
    at_centre = program.central
    central = np.array([at_centre[n] for n in names])
    scale = np.where(is_price, 1.0, central)[:, None] / usd
    by_percent, by_dollar = (np.stack([slopes[n] for n in names]) * scale for slopes in (percent, dollar))
    own = np.array([_value_added(trace, n.removeprefix(CHANGE)) if p else np.nan for n, p in zip(names, is_price, strict=True)])
    which, of = np.nonzero(np.maximum(abs(by_percent), abs(by_dollar)) > NOTHING)
    frame = _keyed(trace.keys, of).assign(
        input=np.array([n.removeprefix(CHANGE) for n in names], dtype=object)[which],
        kind=np.where(is_price, "price", "figure")[which],
        central=np.where(is_price, np.nan, central)[which],
        percent_margin=by_percent[which, of],
        dollar_margin=by_dollar[which, of],
        value_added=(own[:, None] * by_dollar)[which, of],
    )
    return _strongest_first(frame, of, np.abs(frame["percent_margin"].to_numpy()))


def _value_added(trace: Trace, step: str) -> float:
    """Own cost and margin as a part of a step's price."""
    one, price = trace.bill[step], trace.price[step]
    return (one.own + one.margin * price) / price if price else 0.0


def swings(trace: Trace, figures: Figures) -> pd.DataFrame:
    """The cost at each figure's bounds, one at a time: the bars of a tornado, for every deployment traced.

    Returns
    -------
    DataFrame
        board_id, model_id, workload_id, input, low, central, high (the figure), usd_at_low, usd_at_high (USD per million useful
        tokens), grade. Published prices stay what they are, but for the one that moves. The widest of each deployment first.
    """
    program = trace.program
    names = [n for n in program.inputs if not n.startswith(CHANGE) and figures.bounds(n)[0] < figures.bounds(n)[2]]
    bounds = np.array([figures.bounds(n) for n in names])
    given = {}
    for k, name in enumerate(names):
        tried = np.full(2 * len(names), bounds[k, 1])
        tried[2 * k : 2 * k + 2] = bounds[k, [0, 2]]
        given[name] = tried
    wanted = [result(USD, key) for key in trace.keys]
    found = program.evaluate(given, wanted)
    usd = np.stack([np.broadcast_to(found[name], 2 * len(names)) for name in wanted]).reshape(len(trace.keys), len(names), 2)
    central = np.array([trace.usd(key) for key in trace.keys])
    of, which = np.nonzero(abs(usd / central[:, None, None] - 1.0).max(axis=2) > NOTHING)
    frame = _keyed(trace.keys, of).assign(
        input=np.array(names, dtype=object)[which],
        low=bounds[which, 0],
        central=bounds[which, 1],
        high=bounds[which, 2],
        usd_at_low=usd[of, which, 0],
        usd_at_high=usd[of, which, 1],
        grade=np.array([figures.grade(n) for n in names], dtype=object)[which],
    )
    return _strongest_first(frame, of, np.ptp(usd[of, which], axis=1))


def _keyed(keys: Sequence[Key], of: NDArray[np.intp]) -> pd.DataFrame:
    return pd.DataFrame({name: np.array([key[k] for key in keys], dtype=object)[of] for k, name in enumerate(KEY)})


def _strongest_first(frame: pd.DataFrame, of: NDArray[np.intp], strength: Array) -> pd.DataFrame:
    return frame.iloc[np.lexsort((-strength, of))].reset_index(drop=True)
