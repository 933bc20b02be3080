"""What part of a thing's price goes to each of its inputs, where the cost chain says so (METHODS 3, 5).

The chain of prices (cost.price_edge) runs over steps that requirements do not know: a package of a board, a server of an
hour. Here its steps are put together until both ends are things that requirements name. What the chain has for one
board is averaged over the boards in the mix that accelerators are bought in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

ACCELERATOR = "ai_accelerator"
CLUSTER = "ai_cluster"
HOUR = "accelerator_hour"
TOKEN = "token"
USEFUL = "useful_token"
NETWORK, SWITCHES = "scale_out_network", ("ethernet_switch", "infiniband_switch")
FACILITIES = ("facility_air", "facility_liquid", "facility_immersion")
FRONT_END, FRONT_ENDS = "coding_agent", ("coding_agent", "grounded_assistant", "ide")
Parts = dict[tuple[str, str], float]
"""(consumer, input) -> part of the consumer's price, before the input's own part among alternatives."""


def board_mix(requirements: Iterable[Mapping[str, Any]], boards: set[str]) -> dict[str, float]:
    """Board -> its part of the accelerators sold: the mixes of the alternatives from the accelerator down."""
    alternatives: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for r in requirements:
        if r["group_name"] and r["mix"]:
            alternatives[r["consumer_id"]].append(r)
    found: dict[str, float] = defaultdict(float)
    ahead = [(ACCELERATOR, 1.0)]
    while ahead:
        thing, part = ahead.pop()
        for r in alternatives[thing]:
            if r["input_id"] in boards:
                found[r["input_id"]] += part * r["mix"]
            else:
                ahead.append((r["input_id"], part * r["mix"]))
    return dict(found)


def chain_parts(price: pd.DataFrame, price_edge: pd.DataFrame, mix: Mapping[str, float]) -> Parts:
    """Parts of the prices of boards, accelerators in a cluster, hours, tokens and useful tokens.

    Parameters
    ----------
    price : node_id, central_usd (cost.price)
    price_edge : consumer, input, cost_usd (cost.price_edge)
    mix : board -> its part of the accelerators sold

    Notes
    -----
    Switches stand for the whole scale-out network and facilities for each other: the mix of the alternatives divides what
    the chain has for all of them, as it does for the front ends of the harness. The price of a useful token is the mean
    over all deployments.
    """
    usd = dict(zip(price["node_id"], price["central_usd"], strict=True))
    step: dict[str, dict[str, float]] = defaultdict(dict)
    for consumer, needed, cost in zip(price_edge["consumer"], price_edge["input"], price_edge["cost_usd"], strict=True):
        if usd[consumer] > 0:
            step[consumer][needed] = cost / usd[consumer]
    found: Parts = {}
    for node in [n for n in step if n.startswith("board:")]:
        for item, part in _items_of(step, node).items():
            found[node.removeprefix("board:"), item] = part
    sold = {board: part for board, part in mix.items() if part > 0 and f"hour:{board}" in step}
    whole = sum(sold.values())
    if not whole:
        return found
    hour: dict[str, float] = defaultdict(float)
    for board, part in sold.items():
        inputs, weight = step[f"hour:{board}"], part / whole
        for needed, of_hour in inputs.items():
            hour[needed.partition(":")[2] if needed.startswith("item:") else "server"] += weight * of_hour
        hour[ACCELERATOR] += weight * inputs.get(f"server:{board}", 0.0) * step[f"server:{board}"].get(f"board:{board}", 0.0)
    facility = sum(hour[f] for f in FACILITIES)
    cluster = hour["server"] + hour[NETWORK] + facility
    found |= {(TOKEN, HOUR): 1.0, (HOUR, "electricity"): hour["electricity"], (HOUR, CLUSTER): cluster}
    found |= {(CLUSTER, ACCELERATOR): hour[ACCELERATOR] / cluster}
    found |= {(CLUSTER, f): facility / cluster for f in FACILITIES} | {(CLUSTER, s): hour[NETWORK] / cluster for s in SWITCHES}
    return found | _useful(step)


def _items_of(step: Mapping[str, Mapping[str, float]], node: str) -> dict[str, float]:
    """The items behind a step, through steps that are no items."""
    found: dict[str, float] = defaultdict(float)
    for needed, part in step[node].items():
        if needed.startswith("item:"):
            found[needed.removeprefix("item:")] += part
        elif needed in step:
            for item, below in _items_of(step, needed).items():
                found[item] += part * below
    return found


def _useful(step: Mapping[str, Mapping[str, float]]) -> Parts:
    deployments = [node for node in step if node.startswith("useful:")]
    total: dict[str, float] = defaultdict(float)
    for node in deployments:
        for needed, part in step[node].items():
            total[needed.removeprefix("item:") if needed.startswith("item:") else TOKEN] += part / len(deployments)
    front = total.pop(FRONT_END, 0.0)
    return {(USEFUL, thing): part for thing, part in total.items()} | {(USEFUL, f): front for f in FRONT_ENDS}
