"""`stackgraph cost`: what things cost, from the wafer to the useful token."""

from __future__ import annotations

from pipelines.cli.bill import METRICS as ANSWERS
from pipelines.cli.bill import show_answer
from pipelines.cli.errors import Unusable, unknown
from pipelines.cli.open import published
from pipelines.cli.output import say, show_most
from pipelines.cli.sensitivity import METRICS, show_sensitivity
from pipelines.stack import Stack

TOKENS = {
    "useful_token": "select board_id, model_id, workload_id, usd_low, usd_central, usd_high, with_rework_usd_central as with_rework, "
    "served_usd_central as served_usd, hour_usd_central as hour_usd, chips, batch, speed_tok_s_user as tok_s_user, "
    "round(primary_or_secondary_share, 2) as sourced from mart.useful_token",
    "served_token": "select board_id, model_id, workload_id, finding, usd_low, usd_central, usd_high, input_usd_central as input_usd, "
    "output_usd_central as output_usd, chips, batch, speed_tok_s_user as tok_s_user, ttft_s, latency_met_share as latency_met from cost.served_token",
}
WATERFALLS = {"accelerator_hour": "hour", "server": "server", "board": "accelerator", "package": "package", "die": "die"}


WAFER = "select item_id, component, low_usd, central_usd, high_usd from cost.wafer order by item_id, position"
PRICE = """
select node_id, unit, low_usd, central_usd, high_usd, inputs_usd, own_usd, margin_usd, unpriced_inputs, grade
from cost.price where stage = 'item' order by layer, node_id
"""
WATERFALL = """
select board_id, component, low_usd, central_usd, high_usd
from mart.cost_waterfall where stage = ? and board_id = coalesce(?, board_id) order by board_id, position
"""
WHERE = """
where board_id = coalesce(?, board_id) and model_id = coalesce(?, model_id) and workload_id = coalesce(?, workload_id)
order by workload_id, model_id, usd_central nulls last
"""


def show_cost(metric: str, board: str | None, model: str | None, workload: str | None, limit: int, format: str) -> None:
    """One metric of the chain."""
    stack = published()
    check_ids(stack, board, model, workload)
    if metric in ANSWERS:
        show_answer(stack, metric, board, model, workload, limit, format)
        return
    if metric in TOKENS:
        found = stack.rows(f"{TOKENS[metric]} {WHERE}", [board, model, workload])
        if not found[1]:
            why = "select distinct finding from cost.served_token " + WHERE.partition("order by")[0]
            reasons = "; ".join(row[0] for row in stack.rows(why, [board, model, workload])[1])
            say(f"none of these can be served: {reasons}")
    elif metric in WATERFALLS:
        _takes_no(metric, model=model, workload=workload)
        found = stack.rows(WATERFALL, [WATERFALLS[metric], board])
    elif metric in ("wafer", "price"):
        _takes_no(metric, board=board, model=model, workload=workload)
        found = stack.rows(WAFER if metric == "wafer" else PRICE)
    elif metric in METRICS:
        show_sensitivity(stack, metric, board, model, workload, limit, format)
        return
    else:
        raise unknown("metric", metric, [*TOKENS, *WATERFALLS, "wafer", "price", *METRICS, *ANSWERS])
    show_most(*found, format, limit)


def _takes_no(metric: str, **options: str | None) -> None:
    """An option that would be passed over is refused."""
    for name, value in options.items():
        if value is not None:
            raise Unusable(f"{metric} does not depend on a {name}: leave out --{name}")


def check_ids(stack: Stack, board: str | None, model: str | None, workload: str | None) -> None:
    """Unknown ids are named, with the nearest known ones."""
    for what, value in (("board", board), ("model", model), ("workload", workload)):
        if value is not None and value not in (known := stack.ids(f"core.{what}", f"{what}_id")):
            raise unknown(what, value, known)
