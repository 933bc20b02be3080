"""cost.optimum and cost.shadow_price: what to build with 100 MW and three billion dollars, for each workload."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from graph.cost.optimum_tables import OPTIMUM_TABLES, Optimum, ShadowPrice
from pipelines.assets.declare import Result, blocking_checks, key_check, nothing_against, spec, stored, unless_unchanged
from pipelines.beforehand import OPTIMUM

ROUNDING = 1e-6
CHECKS = {
    Optimum: {
        "limits_are_kept": "No plan takes more of a limit than there is.",
        "no_dearer_than_the_next_board": "No plan costs more per useful token than the best one without its boards.",
        "plan_is_the_chain": "The plan's cost in the programme is what the cost chain gives for it.",
    },
    ShadowPrice: {
        "more_is_never_worse": "A step more of any limit never makes a useful token dearer.",
        "prices_are_what_more_brings": "The dual of a limit that binds is what asking again with a little more gives, where no better plan is opened.",
    },
}


@dg.multi_asset(
    specs=[spec(table, table.table, "cost", ["cost.useful_token", *OPTIMUM.inputs], kinds=["scipy"]) for table in OPTIMUM_TABLES],
    check_specs=[
        *(key_check(table.table) for table in OPTIMUM_TABLES),
        *blocking_checks(CHECKS),
    ],
    name="optimum",
    op_tags={"dagster/priority": "-2"},  # computed after stress, in the process beside this one
)
def optimum() -> Iterator[Result]:
    yield from unless_unchanged(OPTIMUM.outputs, OPTIMUM.inputs, _optimum)


def _optimum() -> Iterator[Result]:
    plans, prices = OPTIMUM.answer()
    yield stored(Optimum, plans)
    yield stored(ShadowPrice, prices)
    over = prices[prices["used"] > prices["limit_value"] * (1 + ROUNDING)]
    yield nothing_against(Optimum, "limits_are_kept", over["question_id"] + " " + over["limit_name"])
    dearer = plans[plans["plan_usd_central"] > plans["next_usd_central"] * (1 + ROUNDING)]
    yield nothing_against(Optimum, "no_dearer_than_the_next_board", dearer["question_id"])
    sums = plans.groupby("question_id").agg(
        usd=("usd_per_year", "sum"), tokens=("mtoken_per_year", "sum"), central=("plan_usd_central", "first")
    )
    off = sums[(sums["usd"] / sums["tokens"] / sums["central"] - 1).abs() > ROUNDING]
    yield nothing_against(Optimum, "plan_is_the_chain", off.index)
    cost = plans.drop_duplicates("question_id").set_index("question_id")["plan_usd_central"]
    worse = prices[prices["step_usd_per_mtoken"] > ROUNDING * prices["question_id"].map(cost)]
    yield nothing_against(ShadowPrice, "more_is_never_worse", worse["question_id"] + " " + worse["limit_name"])
    expected = prices["mtoken_per_year_per_unit"] * prices["step"]
    same_plan = prices["step_usd_per_mtoken"].abs() <= ROUNDING * prices["question_id"].map(cost)
    scale = prices["question_id"].map(plans.groupby("question_id")["mtoken_per_year"].sum())
    # Within a step another limit may begin to bind: the step then brings less.
    apart = prices[same_plan & (prices["step_mtoken_per_year"] > expected + ROUNDING * scale)]
    yield nothing_against(ShadowPrice, "prices_are_what_more_brings", apart["question_id"] + " " + apart["limit_name"])


ASSETS = [optimum]
