"""Facts that hold of stress in time whatever the tables say: no essential loss is free, no stock shortens survival, no country is less than its owners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from graph.risk.makers import Place
from graph.risk.network import Array, Network
from graph.risk.shortage import LEAST
from graph.risk.simulation import simulate
from graph.risk.stress import YEAR, first_short, scenarios
from graph.risk.supply import TOKENS, Supply
from graph.risk.survival import first_of_all

FELT_WITHIN = 5
"""Days after its last stock is gone by which a user must make less."""
TOGETHER = (30, 60, 100, 160)
"""Losses are followed for as long as their users' stocks last, those of about the same length side by side."""
FEWER = 1e-4
"""A larger loss may cost this part of the year less than a smaller one: what is scarce is shared among other users then."""


def sole_inputs(net: Network, days: int = YEAR) -> dict[str, list[int]]:
    """Node -> the inputs (numbers of slots) that it alone can fill, without a substitute, and that run out within `days`."""
    first = net.link_start[:-1]
    lasts = _lasts(net)
    alone = (np.diff(net.link_start) == 1) & (net.substitutable < 1) & (lasts + FELT_WITHIN < days)
    found: dict[str, list[int]] = {}
    for slot in np.flatnonzero(alone):
        found.setdefault(net.nodes[net.source[first[slot]]], []).append(int(slot))
    return found


def _lasts(net: Network) -> Array:
    """(K,) Days for which stock and goods on the way last when nothing more is shipped, of the first alternative."""
    return np.asarray(net.slot_stock / (net.need * net.output[net.slot_node]) + net.lead[net.link_start[:-1]], dtype=float)


def free_losses(supply: Supply, nodes: Sequence[str] | None = None, days: int = YEAR) -> list[str]:
    """Inputs whose total loss costs their users nothing though their stocks must have run out: an empty list, or the model errs.

    Looked at: each essential input of the nodes' users (of all nodes where none are named), used up or lasting, that has no
    alternative and no substitute, and of which stock and goods on the way last for less than `days`.
    """
    net = supply.net
    users = {node: slots for node, slots in sole_inputs(net, days).items() if nodes is None or node in nodes}
    lasts = _lasts(net)
    until = {node: int(np.ceil(lasts[slots].max())) + FELT_WITHIN for node, slots in users.items()}
    free: list[str] = []
    for shortest, longest in zip((0, *TOGETHER), (*TOGETHER, days), strict=True):
        now = [node for node in users if shortest < until[node] <= longest]
        if not now:
            continue
        last = max(until[node] for node in now)
        watched = sorted({int(net.slot_node[s]) for node in now for s in users[node]})
        run = simulate(net, scenarios(({n: 1.0} for n in now), np.ones(last)), last, [net.nodes[n] for n in watched], one_of_many=True)
        least, column = run.made.min(axis=1), {n: k for k, n in enumerate(watched)}
        free += [
            f"{node} for {net.nodes[net.slot_node[s]]}"
            for k, node in enumerate(now)
            for s in users[node]
            if least[k, column[int(net.slot_node[s])]] > 1.0 - LEAST
        ]
    return free


def leads_nowhere(supply: Supply) -> list[str]:
    """Nodes that somebody needs, but from which no need leads on to the useful token, a board or a site: their loss ends on the way."""
    net = supply.net
    normal = net.flow > 0
    user = np.repeat(net.slot_node, np.diff(net.link_start))
    reached = np.zeros(len(net.nodes), dtype=bool)
    reached[[net.position(n) for n in (TOKENS, *supply.built, *supply.sites)]] = True
    while True:
        more = net.source[normal & reached[user] & ~reached[net.source]]
        if not more.size:
            break
        reached[more] = True
    return [net.nodes[n] for n in np.unique(net.source[normal]) if not reached[n]]


def with_stock(net: Network, days: float, slots: Sequence[int] | None = None) -> Network:
    """The network with more days of stock of some inputs (all of them if left out)."""
    more = np.zeros(len(net.need))
    more[slice(None) if slots is None else list(slots)] = days
    return replace(net, slot_stock=net.slot_stock + more * net.need * net.output[net.slot_node])


def shortened_by_stock(supply: Supply, nodes: Sequence[str], more_days: float = 30.0, days: int = YEAR) -> list[str]:
    """Losses that are survived for less long with more of every stock: an empty list, or the model errs."""
    targets = (TOKENS, *supply.built)
    shocks = scenarios(({n: 1.0} for n in nodes), np.ones(days))
    before, after = (
        first_of_all(first_short(simulate(net, shocks, days, targets, one_of_many=True), range(len(targets))))[0]
        for net in (supply.world, with_stock(supply.world, more_days))
    )
    return [node for node, a, b in zip(nodes, before, after, strict=True) if b < a]


ALIKE = ("tokens_lost_central", "hours_lost_share", "nodes_hit")
"""What a place takes at least as much of as an owner in it. Accelerators, and the boards that run short, are not among it: where a larger loss stops
another user of a scarce input too, what that one no longer orders goes to systems of servers; and boards are idle then, not short."""


def less_than_an_owner(supply: Supply, table: pd.DataFrame, of: Sequence[str] = ALIKE) -> list[str]:
    """Countries and seats of risk.common_mode whose loss costs less than that of an owner all of whose supply they hold: none.

    of : columns compared, at central shares
    """
    held = {kind: supply.held_by(kind) for kind in ("country", "seat", "owner")}
    rows = table.set_index(["by", "place"])
    wrong = []
    for owner in table.loc[table["by"] == "owner", "place"]:
        parts = [m for node in held["owner"][owner] for m in supply.makers[node] if m.owner == owner]
        kinds: tuple[Place, ...] = ("country", "seat")
        for kind in kinds:
            places = {getattr(m, kind) for m in parts}
            place = next(iter(places))
            if len(places) > 1 or not place:
                continue
            if (kind, place) not in rows.index:
                wrong.append(f"{kind} {place} is missing beside owner {owner}")
                continue
            more, less = rows.loc[(kind, place)], rows.loc[("owner", owner)]
            wrong += [f"{kind} {place} loses less than owner {owner}: {one}" for one in of if more[one] < less[one] - FEWER]
    return wrong


def sample(nodes: Sequence[str], many: int) -> list[str]:
    """Every so many-th of the nodes: the same ones each time, spread over the list."""
    return [nodes[k] for k in sorted({round(i) for i in np.linspace(0, len(nodes) - 1, min(many, len(nodes)))})] if nodes else []
