"""What an attempt spends outside its model: on retrieval, on tools, on the gateway.

A workload's spending is one sum where nobody has counted what it buys. Where the counts are published, it is computed here
from them and from list prices, so that each can be seen, doubted and replaced. A sum that is given wins over counts: who
knows what they pay need not say what for.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.cost.figures import Figures
from graph.cost.traced import Number

GATEWAY = "model_gateway"
HARNESS_SPENDING = {"retrieval_pipeline": "retrieval_usd", "coding_agent": "tool_usd", GATEWAY: "gateway_usd"}
"""Item whose price moves a spending -> the workload's figure of it, USD per attempt."""


class Rate(NamedTuple):
    """Price of one of what a workload's figure counts: a sum of products of figures, over `per`."""

    products: tuple[tuple[str, ...], ...]
    per: float = 1.0


BOUGHT = {
    "coding_agent": {
        "web_searches": Rate((("item:web_search_api.price_per_query",),)),
        "sandbox_seconds": Rate(
            (
                ("item:code_sandbox.sandbox_processors", "item:code_sandbox.price_vcpu_hour"),
                ("item:code_sandbox.sandbox_memory", "item:code_sandbox.price_gib_hour"),
            ),
            per=3600.0,
        ),
        "build_minutes": Rate((("item:code_sandbox.price_runner_minute",),)),
    }
}
"""Item -> the workload's counts of what is bought through it, per attempt -> price of one."""


def spending(item_id: str, workload_id: str, figures: Figures) -> Number:
    """USD that an attempt of a workload spends on an item of HARNESS_SPENDING.

    Raises
    ------
    MissingFigure
        Neither the sum nor any count of what it buys is known; or a count is, but not the price of one.
    """
    why = f"the workload {workload_id}"
    counts = _counts(item_id, workload_id, figures)
    if not counts:
        return figures.get(_sum(item_id, workload_id), why)
    total: Number = np.zeros(())
    for count, rate in counts.items():
        for product in rate.products:
            bought = figures.get(count, why)
            for price in product:
                bought = bought * figures.get(price, f"what {why} buys")
            total = total + bought / rate.per
    return total


def figures_of_spending(item_id: str, workload_id: str, figures: Figures) -> list[str]:
    """Names of the figures that set a spending."""
    counts = _counts(item_id, workload_id, figures)
    priced = [price for rate in counts.values() for product in rate.products for price in product]
    return [*counts, *priced] or [_sum(item_id, workload_id)]


def _sum(item_id: str, workload_id: str) -> str:
    return f"workload:{workload_id}.{HARNESS_SPENDING[item_id]}"


def _counts(item_id: str, workload_id: str, figures: Figures) -> dict[str, Rate]:
    """Counts that are known; none where the sum itself is."""
    if _sum(item_id, workload_id) in figures:
        return {}
    named = {f"workload:{workload_id}.{count}": rate for count, rate in BOUGHT.get(item_id, {}).items()}
    return {count: rate for count, rate in named.items() if count in figures}
