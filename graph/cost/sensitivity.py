"""What moves the cost of a useful token: elasticities of every input, and what each unknown is worth (METHODS 6).

An elasticity is d ln(cost)/d ln(input), from one pass of derivatives back through the chain. Two kinds of input are told apart:

price : the price of a thing, as in a shock. What it rises by is passed on downstream; sellers keep their margin as a part of
    the price (percent) or in USD per unit (dollar).
figure : a quantity of nature or of engineering: a yield, a bandwidth, a rate. Own costs and margins that were set from
    published prices stay as they are.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from graph.cost.figures import Figures
from graph.cost.trace import CHANGE, DOLLAR, PERCENT, USD, Trace

NOTHING = 1e-12
"""Elasticities below this are rounding."""


def elasticities(trace: Trace) -> pd.DataFrame:
    """d ln(USD per useful token)/d ln(input) for every input that moves it.

    Returns
    -------
    DataFrame
        input, kind ('price' or 'figure'), central (of a figure), percent_margin and dollar_margin (elasticities), value_added
        (of a price: the part of the cost that this step's own cost and margin are). The strongest first.

    Notes
    -----
    The value_added column sums to one: every dollar of the cost is somebody's cost of their own or margin.
    """
    program = trace.program
    slopes = {result: program.gradient(result) for result in (PERCENT, DOLLAR)}
    rows = []
    for name, central in program.central.items():
        is_price = name.startswith(CHANGE)
        if name.startswith("item:") and name.endswith(".price"):
            continue  # its shock is the price of the item
        by_rule = [float(slopes[result][name]) * (1.0 if is_price else central) / trace.usd for result in (PERCENT, DOLLAR)]
        if max(map(abs, by_rule)) < NOTHING:
            continue
        step = name.removeprefix(CHANGE)
        rows.append(
            {
                "input": step,
                "kind": "price" if is_price else "figure",
                "central": None if is_price else central,
                "percent_margin": by_rule[0],
                "dollar_margin": by_rule[1],
                "value_added": _value_added(trace, step, by_rule[1]) if is_price else None,
            }
        )
    frame = pd.DataFrame(rows)
    return frame.sort_values("percent_margin", key=lambda e: -e.abs(), kind="stable", ignore_index=True)


def _value_added(trace: Trace, step: str, dollar: float) -> float:
    """A step's part of the cost: its elasticity with margins in USD is what all of it comes to; of that, what is its own."""
    one = trace.bill[step]
    return dollar * (float(one.own) + float(one.margin) * trace.price[step]) / trace.price[step] if trace.price[step] else 0.0


def swings(trace: Trace, figures: Figures) -> pd.DataFrame:
    """The cost at each figure's bounds, one at a time: the bars of a tornado.

    Returns
    -------
    DataFrame
        input, low, central, high (the figure), usd_at_low, usd_at_high (USD per million useful tokens), grade. Own costs and margins
        are set anew where a published price is the figure that moves. The widest first.
    """
    program = trace.program
    names = [n for n in program.inputs if not n.startswith(CHANGE) and figures.bounds(n)[0] < figures.bounds(n)[2]]
    bounds = np.array([figures.bounds(n) for n in names])
    given = {}
    for k, name in enumerate(names):
        tried = np.full(2 * len(names), bounds[k, 1])
        tried[2 * k], tried[2 * k + 1] = bounds[k, 0], bounds[k, 2]
        given[name] = tried
    usd = np.asarray(program.evaluate(given, [USD])[USD]).reshape(-1, 2)
    frame = pd.DataFrame(
        {
            "input": names,
            "low": bounds[:, 0],
            "central": bounds[:, 1],
            "high": bounds[:, 2],
            "usd_at_low": usd[:, 0],
            "usd_at_high": usd[:, 1],
            "grade": [figures.grade(n) for n in names],
        }
    )
    width = (frame["usd_at_high"] - frame["usd_at_low"]).abs()
    return frame.iloc[np.argsort(-width.to_numpy(), kind="stable")].reset_index(drop=True)
