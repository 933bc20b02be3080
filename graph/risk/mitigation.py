"""What a little more of something would have saved: a day of stock, a second source, a tenth more capacity (METHODS 4).

Each measure is tried alone, on each scenario, by running it again: marginal values, which do not add up. Only measures
that can matter are tried: stocks of inputs that bind on the way from the cause to the tokens or the accelerators, and
sources and capacity at the causes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from graph.risk.network import Network
from graph.risk.scenario import Case
from graph.risk.simulation import NONE, OWN, Loss, Run, simulate
from graph.risk.stress import YEAR
from graph.risk.supply import TOKENS, Supply

ACCELERATORS = "item:ai_accelerator"
STOCK_DAYS = 1.0
SECOND_SOURCE = 0.10
"""The part of the supply that one more qualified source takes over, out of reach of the shock."""
CAPACITY = 0.10
TRIED = 30
"""Stocks tried per scenario: those that bind the longest."""
COLUMNS = [
    "scenario_id",
    "measure",
    "node",
    "input",
    "tokens_lost_share",
    "tokens_saved_share",
    "accelerators_lost_share",
    "accelerators_saved_share",
]


@dataclass(frozen=True)
class Measure:
    """One thing to try: its kind, where, and for stocks the number of the slot."""

    kind: str
    node: str
    slot: int | None = None


def mitigation(supply: Supply, cases: Mapping[str, Case], days: int = YEAR, tried: int = TRIED) -> pd.DataFrame:
    """The table risk.mitigation: marginal value of each measure in each scenario that loses something.

    Returns
    -------
    DataFrame
        One row per scenario and measure that saves anything: scenario_id, measure ('stock_day': one more day of an input's
        stock; 'second_source': one more qualified source with a tenth of the supply; 'capacity': a tenth more capacity),
        node, input (for stocks), what is lost without the measure and what it saves, as parts of the year's useful tokens
        and accelerators. The most valuable first within each scenario.
    """
    rows = []
    for scenario_id, case in cases.items():
        shocks = supply.losses(case, days)
        if not shocks:
            continue
        run = simulate(supply.net, [shocks], days, one_of_many=True)
        at = [supply.net.position(TOKENS), supply.net.position(ACCELERATORS)]
        before = run.lost()[0, at]
        if before.max() <= 0:
            continue
        for measure in _worth_trying(supply, run, shocks, tried):
            after = simulate(*_with(supply.net, shocks, measure), days, (TOKENS, ACCELERATORS), one_of_many=True).lost()[0]
            saved = before - after
            if np.abs(saved).max() <= 1e-9:
                continue
            name = None if measure.slot is None else supply.net.slot_names[measure.slot]
            rows.append((scenario_id, measure.kind, measure.node, name, before[0], saved[0], before[1], saved[1]))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    order = ["scenario_id", "tokens_saved_share", "accelerators_saved_share", "node", "measure"]
    return frame.sort_values(order, ascending=[True, False, False, True, True], ignore_index=True)


def _worth_trying(supply: Supply, run: Run, shocks: Sequence[Loss], tried: int) -> list[Measure]:
    """Stocks that bind longest anywhere upstream of the two targets, and the nodes that are hit and run below their orders."""
    net = supply.net
    kept = ~supply.evidence["stock_basis"].str.contains("not stored").to_numpy()
    upstream = _upstream(net, [net.position(TOKENS), net.position(ACCELERATORS)])
    codes = run.binding[0][:, upstream]
    slots, counts = np.unique(codes[codes >= 0], return_counts=True)
    longest = slots[np.argsort(-counts, kind="stable")][:tried]
    stocks = [Measure("stock_day", net.nodes[int(net.slot_node[s])], int(s)) for s in longest if kept[s]]
    binds = {net.nodes[n] for n in upstream if (run.binding[0][:, n] == OWN).any() and (run.binding[0][:, n] != NONE).any()}
    hit = sorted({loss.node for loss in shocks} & binds, key=lambda n: -float((1 - run.made[0, :, net.index[n]]).sum()))[:tried]
    return stocks + [Measure(kind, node) for node in hit for kind in ("second_source", "capacity")]


def _upstream(net: Network, start: list[int]) -> list[int]:
    """The nodes from which goods reach those of `start`, themselves included."""
    seen = set(start)
    queue = list(start)
    while queue:
        n = queue.pop()
        a, b = net.link_start[net.slot_start[n]], net.link_start[net.slot_start[n + 1]]
        for source in net.source[a:b].tolist():
            if source not in seen:
                seen.add(source)
                queue.append(source)
    return sorted(seen)


def _with(net: Network, shocks: list[Loss], measure: Measure) -> tuple[Network, list[list[Loss]]]:
    """The network and the losses with a measure taken."""
    if measure.slot is not None:
        stock = net.slot_stock.copy()
        stock[measure.slot] += STOCK_DAYS * net.need[measure.slot] * net.output[net.slot_node[measure.slot]]
        return replace(net, slot_stock=stock), [shocks]
    if measure.kind == "capacity":
        capacity = net.capacity.copy()
        capacity[net.index[measure.node]] *= 1.0 + CAPACITY
        return replace(net, capacity=capacity), [shocks]
    fewer = [replace(s, part=s.part * (1.0 - SECOND_SOURCE)) if s.node == measure.node else s for s in shocks]
    return net, [fewer]
