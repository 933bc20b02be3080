"""The daily simulation in plain numpy: all scenarios side by side, one day after the other.

The reference for `graph.risk.kernels`, and faster than loading the compiler where the network is small. Arrays have a
last axis of scenarios.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.risk.lanes import FAINT, NEVER
from graph.risk.network import Array, Ints, Network

TINY = 1e-300


def run_plain(net: Network, capacity_left: list[Array], wanted: Ints, made: NDArray[np.float32], binding: NDArray[np.int32]) -> None:
    """Fill `made` and `binding` (scenarios, days, targets). capacity_left: per day, (nodes, scenarios)."""
    scenarios = made.shape[0]
    slots, links = _Groups(net.slot_start), _Groups(net.link_start)
    of_slot = np.repeat(np.arange(len(net.need)), np.diff(net.link_start))
    by_source = np.argsort(net.source, kind="stable")
    sources = _Groups(np.searchsorted(net.source[by_source], np.arange(len(net.nodes) + 1)))
    several = np.flatnonzero(net.k > 1)
    choice = ((net.k == 1) & (np.diff(net.link_start) > 1))[:, None]
    durable = net.turnover > 0
    owner, output, need, mix = net.slot_node, net.output[:, None], net.need[:, None], net.mix[:, None]
    normal = need * output[owner]
    flow = net.flow
    target = (net.slot_stock + links.sum((flow * net.lead)[:, None])[:, 0])[:, None]
    held = np.repeat(net.slot_stock[:, None], scenarios, axis=1)
    moving = np.repeat(target - net.slot_stock[:, None], scenarios, axis=1)
    base = np.ones_like(held)
    short_since = np.full(held.shape, NEVER)
    rows = int(net.lead.max(initial=1)) + 1
    pipe = np.zeros((rows, len(flow), scenarios))
    for r in range(rows):
        pipe[r, net.lead > r] = flow[net.lead > r][:, None]
    order1, order2 = np.repeat(flow[:, None], scenarios, axis=1), np.zeros((len(flow), scenarios))
    asked1, asked2 = sources.sum(order1[by_source]), np.zeros((len(net.nodes), scenarios))
    stock = np.repeat(net.stock[:, None], scenarios, axis=1)
    slot_number = np.arange(len(net.need), dtype=np.int32)[:, None]
    every = np.arange(len(flow))
    for t in range(made.shape[1]):
        left = net.capacity[:, None] * capacity_left[t]
        refill = np.maximum(net.stock[:, None] - stock, 0.0)
        want = np.minimum(left, asked1 + asked2 + net.demand[:, None] + refill)
        arrived = pipe[t % rows]
        got = links.sum(arrived)
        moving -= got
        for s in several:
            part = arrived[net.link_start[s] : net.link_start[s + 1]] / mix[net.link_start[s] : net.link_start[s + 1]]
            got[s] = np.minimum(got[s], np.sort(part, axis=0)[-net.k[s]])
        held += got
        if durable.any():
            installed = np.minimum(held[durable], normal[durable] * (base[durable] + (1.0 - base[durable]) / net.turnover[durable, None]))
            held[durable] -= installed
            base[durable] += net.turnover[durable, None] * (installed / normal[durable] - base[durable])
        there, needed = np.where(durable[:, None], base * normal, held), need * want[owner]
        share = np.where(there < needed - FAINT * normal, there / np.maximum(needed, TINY), 1.0)
        helped = np.where(t >= short_since + net.switch_days[:, None], net.substitutable[:, None], 0.0)
        reached = helped + (1.0 - helped) * share
        limit = np.minimum(slots.min(reached), 1.0)
        binds = np.where(reached <= limit[owner] + 1e-9, slot_number, np.int32(len(net.need)))
        which = slots.min(binds.astype(float), empty=float(len(net.need))).astype(np.int32)
        own = np.where(left < output * (1 - 1e-9), -2, -1)
        bound = np.where(limit < 1.0 - 1e-9, which, own)
        x = want * limit
        held = np.where(durable[:, None], held, net.kept[:, None] * np.maximum(held - need * x[owner], 0.0))
        there = stock + x
        first_claim = asked1 + net.demand[:, None]
        fill1 = np.where(there >= first_claim, 1.0, there / np.maximum(first_claim, TINY))
        there = np.maximum(there - first_claim * fill1, 0.0)
        fill2 = np.where(there >= asked2, 1.0, there / np.maximum(asked2, TINY))
        stock = np.maximum(there - asked2 * fill2, 0.0)
        made[:, t, :] = (x / output)[wanted].T
        binding[:, t, :] = bound[wanted].T
        full = fill1[net.source]
        sent = order1 * full + order2 * fill2[net.source]
        pipe[(t + net.lead) % rows, every] = sent
        moving += links.sum(sent)
        missing = links.sum(mix * (1.0 - full))
        short_since = np.where(links.sum(order1 * (1.0 - full)) > 1e-9 * normal, np.minimum(short_since, t), short_since)
        rate = need * np.minimum(output, left)[owner]
        due = np.maximum(rate + target - held - moving, 0.0)
        usual = np.minimum(due, rate)
        weight = links.sum(mix * full)
        split = (weight > 1e-9) & choice
        beyond = due - usual + np.where(split, usual * missing, 0.0)
        beyond = np.where(beyond > 1e-12 * normal, beyond, 0.0)
        part = np.where(split[of_slot], mix * full / np.where(split, weight, 1.0)[of_slot], mix)
        order1, order2 = mix * usual[of_slot], part * beyond[of_slot]
        asked1, asked2 = sources.sum(order1[by_source]), sources.sum(order2[by_source])


class _Groups:
    """Sums and minima over neighbouring rows; groups may be empty."""

    def __init__(self, start: Ints) -> None:
        self.filled = np.flatnonzero(np.diff(start) > 0)
        self.start = start[self.filled]
        self.count = len(start) - 1

    def sum(self, values: Array) -> Array:
        result = np.zeros((self.count, values.shape[1]))
        if self.start.size:
            result[self.filled] = np.add.reduceat(values, self.start, axis=0)
        return result

    def min(self, values: Array, empty: float = 1.0) -> Array:
        result = np.full((self.count, values.shape[1]), empty)
        if self.start.size:
            result[self.filled] = np.minimum.reduceat(values, self.start, axis=0)
        return result
