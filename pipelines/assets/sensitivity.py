"""What moves the cost of a useful token, and how sure it is: cost.elasticity and cost.band, from the chain as a program."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from graph.cost.sensitivity_results import Sensitivity
from graph.cost.sensitivity_tables import Band, Elasticity
from pipelines.assets.declare import Result, asset_key, checked, key_check, spec, stored, unless_unchanged
from pipelines.beforehand import SENSITIVITY

ROUNDING = 1e-9
CHECKS = {
    (Elasticity.table, "value_added_sums_to_one"): "Every dollar of a useful token is somebody's own cost or margin.",
    (Elasticity.table, "a_price_rise_never_lowers_cost"): "No price has a negative elasticity, under either rule for margins.",
    (Band.table, "central_is_inside"): "The cost at central values lies between the 5th and the 95th percentile.",
}


@dg.multi_asset(
    specs=[spec(table, table.table, "cost", ["cost.useful_token", *SENSITIVITY.inputs], kinds=["numpy"]) for table in (Elasticity, Band)],
    check_specs=[
        *(key_check(table.table) for table in (Elasticity, Band)),
        *(
            dg.AssetCheckSpec(name, asset=asset_key(table), blocking=True, description=description)
            for (table, name), description in CHECKS.items()
        ),
    ],
    name="sensitivity",
    op_tags={"dagster/priority": "-3"},  # computed last in the process beside this one
)
def assets() -> Iterator[Result]:
    yield from unless_unchanged(SENSITIVITY.outputs, SENSITIVITY.inputs, _sensitivity)


def _sensitivity() -> Iterator[Result]:
    found: Sensitivity = SENSITIVITY.answer()
    yield stored(Elasticity, found.elasticity)
    yield checked(Elasticity.table, "value_added_sums_to_one", found.gap < ROUNDING, {"largest_gap": found.gap})
    prices = found.elasticity[found.elasticity["kind"] == "price"]
    falling = prices[(prices[["percent_margin", "dollar_margin"]] < 0).any(axis=1)]
    against = "; ".join(f"{row.input} on {row.board_id}" for row in falling.head(9).itertuples())
    yield checked(Elasticity.table, "a_price_rise_never_lowers_cost", not against, {"prices": len(prices), "against_it": against or "none"})
    yield stored(Band, found.band)
    bands = found.band
    inside = (bands["usd_p05"] <= bands["usd_central"]) & (bands["usd_central"] <= bands["usd_p95"])
    facts = {"deployments": len(bands), "outside": ", ".join(bands["board_id"][~inside]) or "none"}
    yield checked(Band.table, "central_is_inside", bool(inside.all()), facts)


ASSETS = [assets]
