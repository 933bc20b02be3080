"""`stackgraph cost` and `stackgraph shock`."""

from __future__ import annotations

import re

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
_HISTORIC = re.compile(r"^(?P<node>[a-z0-9_:/]+)=worst$")
_CHANGE = re.compile(r"^(?P<node>[a-z0-9_:/]+)=(?P<sign>[+-]?)(?P<number>\d+(\.\d+)?)%$")


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
        raise unknown("metric", metric, [*TOKENS, *WATERFALLS, "wafer", "price", *METRICS])
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


def show_shock(changes: list[str], board: str | None, model: str | None, workload: str | None, limit: int, format: str) -> None:
    """Useful-token costs before and after."""
    stack = published()
    check_ids(stack, board, model, workload)
    parsed = [parse_change(stack, change) for change in changes]
    asked = dict(parsed)
    if len(asked) < len(parsed):
        twice = sorted({node for node, _ in parsed if [n for n, _ in parsed].count(node) > 1})
        raise Unusable(f"{', '.join(twice)} is changed twice: give one change for each")
    frame = stack.shock(asked)
    for name, value in (("board_id", board), ("model_id", model), ("workload_id", workload)):
        if value is not None:
            frame = frame[frame[name] == value]
    said = ", ".join(f"{node} {change:+.0%}" for node, change in asked.items())
    say(f"USD per million useful tokens after {said}; sellers keep their margin as a percentage, or in dollars. Before: with its range.")
    if not len(frame):
        say("no such deployment is priced: `stackgraph cost served_token` says why")
    elif not (frame["change_percent_margin"].abs() > 1e-12).any():
        say("nothing shown here takes any of it, at any depth: the cost stays as it was")
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
    show_most(columns, frame[columns].to_numpy(dtype=object).tolist(), format, limit)


def parse_change(stack: Stack, text: str) -> tuple[str, float]:
    """'hbm3e=+30%' -> ('item:hbm3e', 0.3)."""
    match = _CHANGE.match(text) or _HISTORIC.match(text)
    if not match:
        raise Unusable(f"cannot read the change {text!r}: expected id=+30%, id=-10%, or id=worst for the largest rise on record")
    try:
        node = stack.node(match["node"])
    except KeyError:
        plain = [n.removeprefix("item:") for n in stack.bill if n.startswith(("item:", "board:"))]
        raise unknown("item or board with a price", match["node"], plain) from None
    if match.re is _HISTORIC:
        return node, on_record(stack, node)
    change = float(match["number"]) / 100 * (-1 if match["sign"] == "-" else 1)
    if change <= -1:
        raise Unusable(f"a price cannot fall by {match['number']}%: at most by less than 100%")
    return node, change


def on_record(stack: Stack, node: str) -> float:
    """The largest rise of an item's price within twelve months, as a fraction."""
    item = node.removeprefix("item:")
    found = dict(stack.rows("select item_id, largest_rise_12_months from mart.price_risk where largest_rise_12_months is not null")[1])
    if item not in found:
        known = f"it is for {', '.join(sorted(found))}" if found else "no price history was fetched: `stackgraph run --live`"
        raise Unusable(f"no price history of {item} is known: {known}")
    return float(found[item])
