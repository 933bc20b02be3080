"""What a little more of something would have saved: days of stock, a second source, a tenth more capacity (METHODS 4).

Each measure is tried alone, on each scenario, by running it again: marginal values, which do not add up. Only measures
that can matter are tried: stocks of inputs that bind on the way from the cause to the tokens or the accelerators, and
sources and capacity at the causes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from graph.risk.makers import weakest_hit
from graph.risk.network import Array, Network
from graph.risk.scenario import Case
from graph.risk.simulation import NONE, OWN, Loss, Run, processors, simulate
from graph.risk.stress import YEAR, Facts, lost_of
from graph.risk.stress_checks import with_stock
from graph.risk.supply import ACCELERATORS, TOKENS, Supply

STOCK_DAYS = 1.0
SECOND_SOURCE = 0.10
"""The part of the supply that one more qualified source takes over, out of reach of the shock."""
CAPACITY = 0.10
ROUNDING = 1e-6
"""A measure that changes less than this part of the year changes nothing."""
TRIED = 30
"""Stocks, and nodes that are hit, tried per scenario: those that bind the longest."""
EVERYWHERE = "all"
NO_RANGE = np.full(2, np.nan)
COLUMNS = [
    "scenario_id",
    "measure",
    "node",
    "input",
    "amount",
    "tokens_lost_share",
    "tokens_saved_low",
    "tokens_saved_share",
    "tokens_saved_high",
    "accelerators_lost_share",
    "accelerators_saved_low",
    "accelerators_saved_share",
    "accelerators_saved_high",
    "takes_from_others",
    "grade",
]


@dataclass(frozen=True)
class Measure:
    """One thing to try: its kind, where, and for stocks the number of the slot."""

    kind: str
    node: str
    slot: int | None = None


def mitigation(
    supply: Supply,
    cases: Mapping[str, Case],
    days: int = YEAR,
    tried: int = TRIED,
    stock_days: float = STOCK_DAYS,
    stocks_only: bool = False,
    ends: Sequence[Supply] = (),
) -> pd.DataFrame:
    """The table risk.mitigation: marginal value of each measure in each scenario that loses something.

    Parameters
    ----------
    tried : stocks, and nodes that are hit, tried in each scenario
    stock_days : how many more days of stock
    ends : the network at other ends of the ranges, where ranges of what is saved are wanted
    stocks_only : no sources and capacities; instead one row (node 'all') for that much more of every stock at once

    Returns
    -------
    DataFrame
        One row per scenario and measure that saves anything: scenario_id, measure ('stock': more days of an input's
        stock; 'second_source': one more qualified source with a tenth of the supply; 'capacity': a tenth more capacity),
        node, input (the one stocked, else the node itself), amount (days, or a part of supply), what is lost without the measure and what
        it saves, as parts of the useful tokens and accelerators of `days` (with their range over the ends), takes_from_others (one of
        the two is below 0: what is scarce is shared in proportion to orders, and who holds out longer goes on ordering), and the grade
        of the stock, or of the shares lost. The most valuable first within each
        scenario.
    """
    rows = []
    facts = Facts(supply)
    for scenario_id, case in cases.items():
        shocks = _in_world(supply, case, days)
        if not shocks:
            continue
        run = simulate(supply.world, [shocks], days, one_of_many=True)
        before = lost_of(run, [supply.world.position(TOKENS), supply.world.position(ACCELERATORS)])[0]
        if before.max() <= 0:
            continue
        measures = _worth_trying(supply, run, shocks, tried)
        if stocks_only:
            measures = [Measure("stock", EVERYWHERE), *(m for m in measures if m.kind == "stock")]
        with ThreadPoolExecutor(processors()) as pool:
            after = pool.map(partial(_lost_with, supply, shocks, stock_days=stock_days, days=days), measures)
        saved_by = {measure: before - lost for measure, lost in zip(measures, after, strict=True)}
        most = [measure for measure, saved in saved_by.items() if np.abs(saved).max() > ROUNDING]
        ranges = _at_ends(ends, case, {m: saved_by[m] for m in most}, stock_days, days)
        for measure, saved in saved_by.items():
            if np.abs(saved).max() <= ROUNDING:
                continue
            name = measure.node if measure.slot is None else supply.world.slot_names[measure.slot]
            grade = _grade(supply, facts, measure, case)
            amount = {"stock": stock_days, "second_source": SECOND_SOURCE, "capacity": CAPACITY}[measure.kind]
            takes = bool(saved.min() < -ROUNDING)
            low, high = ranges.get(measure, (NO_RANGE, NO_RANGE))
            figures = [value for of in (0, 1) for value in (before[of], low[of], saved[of], high[of])]
            rows.append((scenario_id, measure.kind, measure.node, name, amount, *figures, takes, grade))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    order = ["scenario_id", "tokens_saved_share", "accelerators_saved_share", "node", "measure"]
    return frame.sort_values(order, ascending=[True, False, False, True, True], ignore_index=True)


def _at_ends(
    ends: Sequence[Supply], case: Case, central: Mapping[Measure, Array], stock_days: float, days: int
) -> dict[Measure, tuple[Array, Array]]:
    """Measure -> the least and the most it saves of tokens and accelerators, over the ends and the middle; nothing where no ends are given."""
    found = [dict(central)]
    for supply in ends:
        shocks = _in_world(supply, case, days)
        run = simulate(supply.world, [shocks], days, (TOKENS, ACCELERATORS), one_of_many=True)
        before = lost_of(run, (0, 1))[0]
        with ThreadPoolExecutor(processors()) as pool:
            after = pool.map(partial(_lost_with, supply, shocks, stock_days=stock_days, days=days), central)
        found.append({measure: before - lost for measure, lost in zip(central, after, strict=True)})
    if not ends:
        return {}
    return {m: (np.minimum.reduce([one[m] for one in found]), np.maximum.reduce([one[m] for one in found])) for m in central}


def _grade(supply: Supply, facts: Facts, measure: Measure, case: Case) -> object:
    """What a measure rests on: the stock it adds to (the weakest of all of them), or the shares whose loss it makes up for."""
    if measure.kind == "stock":
        return facts.of_slots(storable(supply) if measure.slot is None else [measure.slot])["grade"]
    return facts.of_slots([], weakest_hit(supply.makers[measure.node], case.shocks))["grade"]


def storable(supply: Supply) -> list[int]:
    """The inputs (numbers of slots) of which there can be a stock."""
    held = ~supply.evidence["stock_basis"].str.contains("not stored").to_numpy()
    return [int(k) for k in np.flatnonzero(held[: len(supply.world.need)])]


def _in_world(supply: Supply, case: Case, days: int) -> list[Loss]:
    return [loss for loss in supply.losses(case, days) if loss.node in supply.world.index]


def _worth_trying(supply: Supply, run: Run, shocks: Sequence[Loss], tried: int) -> list[Measure]:
    """Stocks that bind longest anywhere upstream of the two targets, and the nodes that are hit and run below their orders."""
    net = supply.world
    kept = set(storable(supply))
    upstream = _upstream(net, [net.position(TOKENS), net.position(ACCELERATORS)])
    codes = run.binding[0][:, upstream]
    slots, counts = np.unique(codes[codes >= 0], return_counts=True)
    longest = [int(s) for s in slots[np.argsort(-counts, kind="stable")] if int(s) in kept][:tried]
    stocks = [Measure("stock", net.nodes[int(net.slot_node[s])], s) for s in longest]
    binds = {net.nodes[n] for n in upstream if (run.binding[0][:, n] == OWN).any() and (run.binding[0][:, n] != NONE).any()}
    hit = sorted({loss.node for loss in shocks} & binds, key=lambda n: (-float((1 - run.made[0, :, net.index[n]]).sum()), n))[:tried]
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


def _lost_with(supply: Supply, shocks: list[Loss], measure: Measure, *, stock_days: float, days: int) -> Array:
    """(2,) Tokens and accelerators lost with a measure taken."""
    run = simulate(*_with(supply, shocks, measure, stock_days), days, (TOKENS, ACCELERATORS), one_of_many=True)
    return np.asarray(lost_of(run, (0, 1))[0])


def _with(supply: Supply, shocks: list[Loss], measure: Measure, stock_days: float) -> tuple[Network, list[list[Loss]]]:
    """The network and the losses with a measure taken."""
    net = supply.world
    if measure.kind == "stock":
        return with_stock(net, stock_days, storable(supply) if measure.slot is None else [measure.slot]), [shocks]
    if measure.kind == "capacity":
        capacity = net.capacity.copy()
        capacity[net.index[measure.node]] *= 1.0 + CAPACITY
        return replace(net, capacity=capacity), [shocks]
    fewer = [replace(s, part=s.part * (1.0 - SECOND_SOURCE)) if s.node == measure.node else s for s in shocks]
    return net, [fewer]
