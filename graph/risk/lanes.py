"""What the compiled daily simulation works on: several scenarios side by side, as rows of lanes in memory.

A lane is a scenario. Each figure of a node, input or link is a row with one number per lane, so that one instruction of
the processor serves several scenarios. `graph.risk.kernels` computes on these arrays; here they are laid out, in plain numpy.

Goods on the way lie in rings: what a link ships on day t arrives on day t + lead, so the ring holds lead - 1 days, and the
place from which tomorrow's arrivals are taken in the evening is the one that today's shipment takes. Rings of links of one
lead time are interleaved, so that the places of one day are neighbours.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.risk.network import Array, Ints, Network

Unsigned = NDArray[np.uint64]
NEVER = 1 << 30
FAINT = 1e-9
"""What falls short of orders by less than this part of normal output is rounding."""
LANES = 32
"""Scenarios side by side: with fewer the loops cost more than what they do, more do not fit the processor's cache."""


class Plan(NamedTuple):
    """What all scenarios have in common: the arrays of `graph.risk.network.Network`, and

    consumer_start, consumer : who takes from node n: consumer[consumer_start[n]:consumer_start[n + 1]]
    normal : (K,) units of each input per day when nothing is wrong
    calm : (N,) units that are ordered of each node then
    first, last, step : (E,) place in the ring of a link's first day, behind its last, and from one day to the next
    """

    output: Array
    capacity: Array
    stock: Array
    demand: Array
    slot_start: Ints
    need: Array
    substitutable: Array
    switch_days: Ints
    turnover: Array
    kept: Array
    k: Ints
    link_start: Ints
    source: Unsigned
    lead: Ints
    mix: Array
    consumer_start: Ints
    consumer: Ints
    normal: Array
    calm: Array
    first: Unsigned
    last: Unsigned
    step: Unsigned


class Lanes(NamedTuple):
    """Where a block of scenarios stands; L lanes.

    stock, left, made : (N, L) a node's stock, capacity today, output today
    asked, extra : (N, L) what customers order of it for their normal use, and beyond
    filled, filled_extra : (N, L) the parts of those orders that it ships
    bound : (N, L) what limits it (`graph.risk.simulation.NONE` and the like)
    held : (K, L) what a consumer holds of an input after the day's arrivals
    lack : (K, L) what held and on the way fall short of their target in the evening
    base : (K, L) installed base of a lasting input; short_since : (K, L) day of the first short delivery
    usual, beyond : (K, L) orders for normal use, and beyond
    order : (E, L) the part of `beyond` asked of each link
    ring, spot : (R, L) goods on the way; (E,) place of today
    awake, queue : (N,) whose days are computed, as flags and as a list
    arriving : (links of the largest input, L) what each link of one input brings tomorrow
    """

    stock: Array
    left: Array
    made: Array
    asked: Array
    extra: Array
    filled: Array
    filled_extra: Array
    bound: NDArray[np.int32]
    held: Array
    lack: Array
    base: Array
    short_since: NDArray[np.int32]
    usual: Array
    beyond: Array
    order: Array
    ring: Array
    spot: Unsigned
    awake: NDArray[np.bool_]
    queue: Ints
    arriving: Array


def plan(net: Network) -> Plan:
    """The parts of a network in the layout of the kernels."""
    slot = np.repeat(np.arange(len(net.need)), np.diff(net.link_start))
    by_source = np.argsort(net.source, kind="stable")
    days = np.maximum(net.lead - 1, 1)  # what is shipped today and arrives tomorrow passes through a ring of one day
    alike = np.bincount(days, minlength=2)
    by_days = np.argsort(days, kind="stable")
    place = np.empty_like(days)
    place[by_days] = np.arange(len(days)) - (np.cumsum(alike) - alike)[days[by_days]]
    place += np.concatenate(([0], np.cumsum(alike * np.arange(len(alike)))))[days]
    return Plan(
        net.output,
        net.capacity,
        net.stock,
        net.demand,
        net.slot_start,
        net.need,
        net.substitutable,
        net.switch_days,
        net.turnover,
        net.kept,
        net.k,
        net.link_start,
        net.source.astype(np.uint64),
        net.lead,
        net.mix,
        consumer_start=np.searchsorted(net.source[by_source], np.arange(len(net.nodes) + 1)).astype(np.int64),
        consumer=net.slot_node[slot[by_source]],
        normal=net.need * net.output[net.slot_node],
        calm=np.bincount(net.source, net.flow, len(net.nodes)).astype(float),
        first=place.astype(np.uint64),
        last=(place + days * alike[days]).astype(np.uint64),
        step=alike[days].astype(np.uint64),
    )


def at_rest(net: Network, of: Plan, lanes: int) -> Lanes:
    """A block of scenarios in the morning of the first day, to which nothing has happened yet."""
    links = np.diff(net.link_start)
    daily = np.bincount(np.repeat(np.arange(len(net.need)), links), net.flow, len(net.need))
    lasting = net.turnover > 0

    def rows(values: Array) -> Array:
        return np.repeat(values[:, None], lanes, axis=1)

    def zeros(count: int) -> Array:
        return np.zeros((count, lanes))

    return Lanes(
        stock=rows(net.stock),
        left=rows(net.capacity),
        made=rows(net.output),
        asked=rows(of.calm),
        extra=zeros(len(net.nodes)),
        filled=rows(np.ones(len(net.nodes))),
        filled_extra=rows(np.ones(len(net.nodes))),
        bound=np.full((len(net.nodes), lanes), -1, np.int32),
        # Of what lasts, the day's arrivals are installed at once.
        held=rows(np.where(lasting, net.slot_stock, net.slot_stock + daily)),
        lack=rows(np.where(lasting, of.normal, 0.0)),
        base=rows(np.ones(len(net.need))),
        short_since=np.full((len(net.need), lanes), NEVER, np.int32),
        usual=rows(of.normal),
        beyond=zeros(len(net.need)),
        order=zeros(len(net.source)),
        ring=np.empty((int(np.maximum(net.lead - 1, 1).sum()), lanes)),  # filled by the kernel
        spot=of.first.copy(),
        awake=np.zeros(len(net.nodes), np.bool_),
        queue=np.empty(len(net.nodes), np.int64),
        arriving=np.empty((int(links.max(initial=1)), lanes)),
    )
