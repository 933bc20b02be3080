"""`stackgraph cost` and `stackgraph shock`."""

from __future__ import annotations

import re

from pipelines.cli.errors import Unusable, unknown
from pipelines.cli.open import published
from pipelines.cli.output import say, show
from pipelines.stack import Stack

TOKENS = {
    "useful_token": "select board_id, model_id, workload_id, usd_low, usd_central, usd_high, with_rework_usd_central as with_rework, "
    "served_usd_central as served_usd, hour_usd_central as hour_usd, chips, batch, speed_tok_s_user as tok_s_user, "
    "round(primary_or_secondary_share, 2) as sourced from mart.useful_token",
    "served_token": "select board_id, model_id, workload_id, finding, usd_low, usd_central, usd_high, input_usd_central as input_usd, "
    "output_usd_central as output_usd, chips, batch, speed_tok_s_user as tok_s_user, ttft_s, latency_met_share as latency_met from cost.served_token",
}
WATERFALLS = {"accelerator_hour": "hour", "server": "server", "board": "accelerator", "package": "package", "die": "die"}
_CHANGE = re.compile(r"^(?P<node>[a-z0-9_:/]+)=(?P<sign>[+-]?)(?P<number>\d+(\.\d+)?)%$")


def show_cost(metric: str, board: str | None, model: str | None, workload: str | None, limit: int, format: str) -> None:
    """One metric of the chain."""
    stack = published()
    check_ids(stack, board, model, workload)
    if metric in TOKENS:
        where = "where board_id = coalesce(?, board_id) and model_id = coalesce(?, model_id) and workload_id = coalesce(?, workload_id)"
        show(
            *stack.rows(
                f"{TOKENS[metric]} {where} order by workload_id, model_id, usd_central nulls last limit ?", [board, model, workload, limit]
            ),
            format,
        )
    elif metric in WATERFALLS:
        query = (
            "select board_id, component, low_usd, central_usd, high_usd from mart.cost_waterfall where stage = ? and board_id = coalesce(?, board_id) "
            "order by board_id, position limit ?"
        )
        show(*stack.rows(query, [WATERFALLS[metric], board, limit]), format)
    elif metric == "wafer":
        show(
            *stack.rows(
                "select item_id, component, low_usd, central_usd, high_usd from cost.wafer order by item_id, position limit ?", [limit]
            ),
            format,
        )
    elif metric == "price":
        query = (
            "select node_id, unit, low_usd, central_usd, high_usd, inputs_usd, own_usd, margin_usd, unpriced_inputs, grade from cost.price "
            "where stage = 'item' order by layer, node_id limit ?"
        )
        show(*stack.rows(query, [limit]), format)
    else:
        raise unknown("metric", metric, [*TOKENS, *WATERFALLS, "wafer", "price"])


def check_ids(stack: Stack, board: str | None, model: str | None, workload: str | None) -> None:
    """Unknown ids are named, with the nearest known ones."""
    for what, value in (("board", board), ("model", model), ("workload", workload)):
        if value is not None and value not in (known := stack.ids(f"core.{what}", f"{what}_id")):
            raise unknown(what, value, known)


def show_shock(changes: list[str], board: str | None, model: str | None, workload: str | None, limit: int, format: str) -> None:
    """Useful-token costs before and after."""
    stack = published()
    check_ids(stack, board, model, workload)
    asked = dict(parse_change(stack, change) for change in changes)
    frame = stack.shock(asked)
    for name, value in (("board_id", board), ("model_id", model), ("workload_id", workload)):
        if value is not None:
            frame = frame[frame[name] == value]
    said = ", ".join(f"{node} {change:+.0%}" for node, change in asked.items())
    say(f"USD per million useful tokens after {said}; sellers keep their margin as a percentage, or in dollars. Before: with its range.")
    columns = [
        "board_id",
        "model_id",
        "workload_id",
        "usd_low",
        "usd_central",
        "usd_high",
        "usd_percent_margin",
        "change_percent_margin",
        "usd_dollar_margin",
        "change_dollar_margin",
    ]
    show(columns, frame[columns].head(limit).values.tolist(), format)


def parse_change(stack: Stack, text: str) -> tuple[str, float]:
    """'hbm3e=+30%' -> ('item:hbm3e', 0.3)."""
    match = _CHANGE.match(text)
    if not match:
        raise Unusable(f"cannot read the change {text!r}: expected id=+30% or id=-10%")
    try:
        node = stack.node(match["node"])
    except KeyError:
        plain = [n.removeprefix("item:") for n in stack.bill if n.startswith(("item:", "board:"))]
        raise unknown("item or board with a price", match["node"], plain) from None
    change = float(match["number"]) / 100 * (-1 if match["sign"] == "-" else 1)
    if change <= -1:
        raise Unusable(f"a price cannot fall by {match['number']}%: at most by less than 100%")
    return node, change
