"""What an attempt buys besides tokens: counts times list prices, or a sum that is known."""

from __future__ import annotations

import pandas as pd
import pytest

from graph.cost.figures import Figures, MissingFigure
from graph.cost.spending import figures_of_spending, spending

SANDBOX = {
    "item:code_sandbox.sandbox_processors": 2.0,
    "item:code_sandbox.sandbox_memory": 0.5,
    "item:code_sandbox.price_vcpu_hour": 0.0504,
    "item:code_sandbox.price_gib_hour": 0.0162,
}


def known(values: dict[str, float]) -> Figures:
    rows = [(*name.rsplit(".", 1), value, value, value, "current", "primary", "test") for name, value in values.items()]
    parameters = pd.DataFrame(rows, columns=["entity_id", "parameter", "low", "central", "high", "status", "grade", "source_id"])
    price = parameters.assign(item_id=parameters["entity_id"]).head(0)
    return Figures(parameters, price, price.assign(requirement_id=price["entity_id"]), draws=0)


def test_an_hour_of_the_smallest_sandbox_costs_what_its_seller_works_out() -> None:
    """E2B's own worked example: two processors and half a GiB for an hour come to about 0.109 USD."""
    figures = known(SANDBOX | {"workload:coding_agent.sandbox_seconds": 3600.0})
    assert float(spending("coding_agent", "coding_agent", figures)) == pytest.approx(0.1089)


def test_what_is_bought_adds_up() -> None:
    bought = {"workload:w.build_minutes": 3.0, "item:code_sandbox.price_runner_minute": 0.006}
    searched = {"workload:w.web_searches": 0.4, "item:web_search_api.price_per_query": 0.005}
    assert float(spending("coding_agent", "w", known(bought | searched))) == pytest.approx(3 * 0.006 + 0.4 * 0.005)
    assert set(figures_of_spending("coding_agent", "w", known(bought | searched))) == set(bought | searched)


def test_a_sum_that_is_known_wins_over_counts() -> None:
    figures = known({"workload:w.tool_usd": 0.07, "workload:w.web_searches": 1.0, "item:web_search_api.price_per_query": 0.005})
    assert float(spending("coding_agent", "w", figures)) == 0.07
    assert figures_of_spending("coding_agent", "w", figures) == ["workload:w.tool_usd"]


def test_a_count_without_a_price_and_a_spending_without_either_are_errors_that_name_the_figure() -> None:
    with pytest.raises(MissingFigure, match=r"item:web_search_api\.price_per_query"):
        spending("coding_agent", "w", known({"workload:w.web_searches": 1.0}))
    with pytest.raises(MissingFigure, match=r"workload:w\.gateway_usd"):
        spending("model_gateway", "w", known({"workload:w.web_searches": 1.0}))
