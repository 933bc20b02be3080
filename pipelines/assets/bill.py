"""Schema cost: what is read off the bill. Who earns, which term an entrant shrinks, own or buy, and the ways a cost goes down the stack.

Published for the model that headlines show; `stackgraph own-or-buy` and `stackgraph cost cost_path` answer for others.
"""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import numpy as np
import pandas as pd

from graph.cost.answer_tables import ANSWER_TABLES, CostPath, EntrantTerm, MarginByLayer, MarginShift, OwnVsBuy, ProfitPool
from graph.cost.attribution import central_bill
from graph.cost.dated_margins import profit_pools
from graph.cost.entrant import entrant_terms
from graph.cost.headline import HEADLINE_MODEL, HEADLINE_WORKLOAD, LARGE_MODEL, SMALL_MODEL
from graph.cost.margins import margins_by_layer
from graph.cost.model import CostModel, Key
from graph.cost.own_or_buy import own_chips, own_vs_buy
from graph.cost.paths import cost_paths, order_usd
from graph.cost.rollup import behind
from pipelines.assets.declare import Result, blocking_checks, checked, contents_key, key_check, spec, stored, unless_unchanged
from pipelines.assets.priced import priced
from pipelines.assets.results import COST_INPUTS, ROUNDING
from pipelines.warehouse import read_tables

INPUTS = [f"core.{name}" for name in COST_INPUTS]
WORKLOADS = (HEADLINE_WORKLOAD, "chat")
MARGIN_BOARDS = ("h100", "gb200", "mi355x", "tpu_v7", "trainium2")
CHECKS = {
    MarginByLayer: {"dollar_is_whole": "Own costs and margins of all layers sum to the buyer's dollar, in every year."},
    EntrantTerm: {"terms_sum_to_the_ratio": "The terms sum to the logarithm of the ratio of the two published costs."},
    OwnVsBuy: {
        "earned_back_at_break_even": "At the break-even volume the savings are the fixed cost; there is none where a chip saves nothing."
    },
    CostPath: {"paths_are_the_cost": "Listed paths are no more than the cost, and all orders together are the cost."},
    ProfitPool: {"pools_are_whole": "The parts of a year's pool sum to one."},
}


@dg.multi_asset(
    specs=[spec(t, t.table, "cost", ["cost.useful_token", "core.parameter", "core.board"], kinds=["numpy"]) for t in ANSWER_TABLES],
    check_specs=[
        *(key_check(t.table) for t in ANSWER_TABLES),
        *blocking_checks(CHECKS),
    ],
    name="bill",
)
def bill() -> Iterator[Result]:
    yield from unless_unchanged([t.table for t in ANSWER_TABLES], INPUTS, _bill)


def _bill() -> Iterator[Result]:
    core = read_tables(INPUTS)
    model, figures = priced(core, contents_key(INPUTS))
    usual = [key for key in model.deployments if key[1] == HEADLINE_MODEL and key[2] in WORKLOADS]
    layers, shift = margins_by_layer(model, core, figures, [key for key in usual if key[0] in MARGIN_BOARDS])
    terms = entrant_terms(model, core, figures, _held_against(model))
    own = own_vs_buy(model, core, figures, own_chips(core, figures), of=[(HEADLINE_MODEL, w) for w in WORKLOADS])
    central = central_bill(behind(model.bill, ["useful:" + "/".join(key) for key in usual]))
    paths, pools = cost_paths(model, central, core, figures, usual), profit_pools(core["parameter"])
    made = {MarginByLayer: layers, MarginShift: shift, ProfitPool: pools, EntrantTerm: terms, OwnVsBuy: own, CostPath: paths}
    for table in ANSWER_TABLES:
        yield stored(table, made[table])
    yield _whole(layers)
    yield _exact(terms, model)
    even = own["break_even"].fillna(np.inf) * own["saving_usd"]
    wrong = own[
        (even / own["fixed_usd"] - 1).abs().gt(ROUNDING) & own["saving_usd"].gt(0) | own["break_even"].notna() & own["saving_usd"].le(0)
    ]
    yield checked(OwnVsBuy.table, "earned_back_at_break_even", wrong.empty, {"compared": len(own), "against_it": len(wrong)})
    price = {name: float(np.asarray(model.price[name]).flat[0]) for name in central}
    targets = ["useful:" + "/".join(key) for key in usual[:: len(WORKLOADS)]]
    apart = max((abs(float(order_usd(central, price, t).sum()) / price[t] - 1) for t in targets), default=0.0)
    most = float(paths["listed_share"].max())
    yield checked(
        CostPath.table, "paths_are_the_cost", bool(apart < ROUNDING and most < 1 + ROUNDING), {"largest_deviation": apart, "listed": most}
    )
    sums = (pools.groupby("year")["pool_share"].sum() - 1).abs().max()
    yield checked(ProfitPool.table, "pools_are_whole", bool(sums < ROUNDING), {"largest_deviation": float(sums)})


def _held_against(model: CostModel) -> list[Key]:
    """Each board with the headlines' model, or the small one where it cannot serve that, and a coding agent on the large one."""
    with_usual = {key[0] for key in model.deployments if key[1] == HEADLINE_MODEL}
    wanted = {(HEADLINE_MODEL, w) for w in WORKLOADS} | {(LARGE_MODEL, WORKLOADS[0])}
    return [
        key
        for key in model.deployments
        if key[1:] in wanted or (key[0] not in with_usual and key[1] == SMALL_MODEL and key[2] in WORKLOADS)
    ]


def _whole(layers: pd.DataFrame) -> dg.AssetCheckResult:
    whole = (layers["own_share"] + layers["margin_share_central"]).groupby(
        [layers[k] for k in ("board_id", "model_id", "workload_id", "year")]
    )
    worst = float((whole.sum() - 1).abs().max())
    return checked(MarginByLayer.table, "dollar_is_whole", worst < ROUNDING, {"largest_deviation": worst})


def _exact(terms: pd.DataFrame, model: CostModel) -> dg.AssetCheckResult:
    worst = 0.0
    sums = terms.groupby(["board_id", "reference", "model_id", "workload_id"])["log_central"].sum()
    for (board, reference, *what), total in zip(sums.index, sums, strict=True):
        ours, theirs = (float(np.asarray(model.price["useful:" + "/".join((b, *what))]).flat[0]) for b in (board, reference))
        worst = max(worst, abs(float(total) - float(np.log(ours / theirs))))
    return checked(EntrantTerm.table, "terms_sum_to_the_ratio", worst < ROUNDING, {"compared": len(sums), "largest_deviation": worst})


ASSETS = [bill]
