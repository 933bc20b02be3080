"""A supply network for the daily simulation: nodes, the inputs they need, who supplies each, with stocks and delays.

A node makes one thing. Each kind of input it needs is a *slot*; the alternatives that can fill a slot are its *links*.
Arrays are laid out so that the links of a slot, and the slots of a node, lie next to each other (CSR). Days are whole.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


class SupplyError(ValueError):
    """The network is not sound; the message names the node and the input."""


@dataclass(frozen=True)
class Link:
    """One alternative of an input: the supplying node, the part of the input it gives today, days on the way."""

    source: str
    mix: float = 1.0
    lead: int = 1


@dataclass(frozen=True)
class Slot:
    """One kind of input of a node.

    need : units of the input per unit of output
    links : the alternatives; `mix` sums to 1
    stock : units held by the consumer at the start, and aimed at
    k : how many of the alternatives must deliver
    substitutable : part of the output that goes on without the input, 0 to 1, once a substitute has come
    switch_days : days from the first short delivery until it comes
    turnover : 0 for what is used up. For what lasts (a tool, a building) the part of the installed base that normal
        deliveries add per day, for wear and growth: output then falls with the installed base, not with deliveries
    perishes : what is not used on the day it comes is gone (power, hours): there is no stock of it
    """

    name: str
    need: float
    links: tuple[Link, ...]
    stock: float = 0.0
    k: int = 1
    substitutable: float = 0.0
    switch_days: int = 0
    turnover: float = 0.0
    perishes: bool = False


@dataclass(frozen=True)
class Site:
    """A node: what it normally makes per day, at most, what it has in stock, and final demand per day.

    capacity : left out, its normal output. demand : left out, whatever its consumers in the network leave over
    """

    output: float
    slots: tuple[Slot, ...] = ()
    capacity: float | None = None
    stock: float = 0.0
    demand: float | None = None


@dataclass(frozen=True)
class Network:
    """The network as arrays: N nodes, K slots, E links.

    output, capacity, stock, demand : (N,) units per day (stock: units)
    slot_start : (N + 1,) slots of node n are slot_start[n]:slot_start[n + 1]; slot_node : (K,) the other way round
    need, slot_stock, substitutable, switch_days, turnover, k : (K,) as in `Slot`
    kept : (K,) part of what is left in the evening that is still there in the morning: 0 of what perishes, else 1
    link_start : (K + 1,); source, lead, mix : (E,) as in `Link`, source as a node's number
    slot_names : K names of inputs
    """

    nodes: tuple[str, ...]
    slot_names: tuple[str, ...]
    output: Array
    capacity: Array
    stock: Array
    demand: Array
    slot_start: Ints
    slot_node: Ints
    need: Array
    slot_stock: Array
    substitutable: Array
    switch_days: Ints
    turnover: Array
    kept: Array
    k: Ints
    link_start: Ints
    source: Ints
    lead: Ints
    mix: Array
    index: dict[str, int] = field(repr=False)

    def position(self, node: str) -> int:
        """The number of a node. KeyError, with the nearest names, where it is not in the network."""
        if node not in self.index:
            from difflib import get_close_matches

            near = get_close_matches(node, self.nodes, n=3, cutoff=0.5)
            raise KeyError(f"no node {node!r} in the network" + (f"; nearest: {', '.join(near)}" if near else ""))
        return self.index[node]

    @property
    def flow(self) -> Array:
        """(E,) Units per day on each link when nothing is wrong."""
        slot = np.repeat(np.arange(len(self.need)), np.diff(self.link_start))
        return np.asarray(self.mix * self.need[slot] * self.output[self.slot_node[slot]], dtype=float)


def network(sites: Mapping[str, Site]) -> Network:
    """The arrays of a network; `sites` maps node names to what they are and need. Cycles are allowed.

    Raises
    ------
    SupplyError
        No nodes; a figure that is negative or not finite; an unknown supplier, the node itself or one twice among the
            alternatives; a mix that does not sum to 1; more alternatives required than there are; less capacity than output;
        consumers that normally take more than the node makes.
    """
    if not sites:
        raise SupplyError("the network has no nodes")
    index = {name: k for k, name in enumerate(sites)}
    for name, site in sites.items():
        _check_site(name, site, index)
    slots = [slot for site in sites.values() for slot in site.slots]
    links = [link for slot in slots for link in slot.links]
    counts = [len(site.slots) for site in sites.values()]
    taken: dict[str, float] = {}
    for site in sites.values():
        for slot in site.slots:
            for link in slot.links:
                taken[link.source] = taken.get(link.source, 0.0) + link.mix * slot.need * site.output
    return Network(
        nodes=tuple(sites),
        slot_names=tuple(slot.name for slot in slots),
        output=_floats([s.output for s in sites.values()]),
        capacity=_floats([s.output if s.capacity is None else s.capacity for s in sites.values()]),
        stock=_floats([s.stock for s in sites.values()]),
        demand=_floats([_demand(name, s, taken.get(name, 0.0)) for name, s in sites.items()]),
        slot_start=_offsets(counts),
        slot_node=np.repeat(np.arange(len(sites), dtype=np.int64), counts),
        need=_floats([s.need for s in slots]),
        slot_stock=_floats([s.stock for s in slots]),
        substitutable=_floats([s.substitutable for s in slots]),
        switch_days=_ints([s.switch_days for s in slots]),
        turnover=_floats([s.turnover for s in slots]),
        kept=_floats([0.0 if s.perishes else 1.0 for s in slots]),
        k=_ints([s.k for s in slots]),
        link_start=_offsets([len(s.links) for s in slots]),
        source=_ints([index[link.source] for link in links]),
        lead=_ints([max(link.lead, 1) for link in links]),
        mix=_floats([link.mix for link in links]),
        index=index,
    )


def first_nodes(net: Network, many: int) -> Network:
    """The network of the first nodes alone: what the others took of them is final demand.

    Raises
    ------
    SupplyError
        One of them takes from one of the others.
    """
    k = int(net.slot_start[many])
    e = int(net.link_start[k])
    if (net.source[:e] >= many).any():
        raise SupplyError(f"of the first {many} nodes some take from the others")
    return replace(
        net,
        demand=net.demand[:many] + np.bincount(net.source[e:], net.flow[e:], len(net.nodes))[:many],
        nodes=net.nodes[:many],
        slot_names=net.slot_names[:k],
        slot_start=net.slot_start[: many + 1],
        link_start=net.link_start[: k + 1],
        index=dict(list(net.index.items())[:many]),
        **{name: getattr(net, name)[:many] for name in ("output", "capacity", "stock")},
        **{
            name: getattr(net, name)[:k]
            for name in ("slot_node", "need", "slot_stock", "substitutable", "switch_days", "turnover", "kept", "k")
        },
        **{name: getattr(net, name)[:e] for name in ("source", "lead", "mix")},
    )


def _demand(name: str, site: Site, taken: float) -> float:
    if taken + (site.demand or 0.0) > site.output * (1 + 1e-9):
        raise SupplyError(f"node {name!r}: it makes {site.output:g} a day, of which {taken + (site.demand or 0.0):g} are taken")
    return max(site.output - taken, 0.0) if site.demand is None else site.demand


def _floats(values: Sequence[float]) -> Array:
    return np.array(values, dtype=np.float64)


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def _offsets(counts: Sequence[int]) -> Ints:
    return np.concatenate(([0], np.cumsum(np.array(counts, dtype=np.int64)))).astype(np.int64)


def _check_site(name: str, site: Site, index: Mapping[str, int]) -> None:
    where = f"node {name!r}"
    _figure(site.output, f"{where}, output", positive=True)
    if site.capacity is not None:
        _figure(site.capacity, f"{where}, capacity")
        if site.capacity < site.output * (1 - 1e-12):
            raise SupplyError(f"{where}: its normal output {site.output:g} is above its capacity {site.capacity:g}")
    _figure(site.stock, f"{where}, stock")
    if site.demand is not None:
        _figure(site.demand, f"{where}, demand")
    names: set[str] = set()
    for slot in site.slots:
        if slot.name in names:
            raise SupplyError(f"{where}: input {slot.name!r} is given twice")
        names.add(slot.name)
        _check_slot(name, slot, f"{where}, input {slot.name!r}", index)


def _check_slot(name: str, slot: Slot, where: str, index: Mapping[str, int]) -> None:
    _figure(slot.need, f"{where}, need", positive=True)
    _figure(slot.stock, f"{where}, stock")
    _figure(slot.switch_days, f"{where}, switch_days")
    for figure in ("substitutable", "turnover"):
        if not 0 <= getattr(slot, figure) <= 1:
            raise SupplyError(f"{where}: {figure} must lie between 0 and 1, got {getattr(slot, figure)}")
    if slot.perishes and slot.stock + slot.turnover > 0:
        raise SupplyError(f"{where}: what perishes has no stock and does not last; got stock {slot.stock:g}, turnover {slot.turnover:g}")
    if not slot.links:
        raise SupplyError(f"{where}: nobody supplies it")
    if not 1 <= slot.k <= len(slot.links):
        raise SupplyError(f"{where}: k = {slot.k} of {len(slot.links)} alternatives is not possible")
    seen: set[str] = set()
    for link in slot.links:
        if link.source not in index:
            raise SupplyError(f"{where}: the supplier {link.source!r} is no node of the network")
        if link.source == name:
            raise SupplyError(f"{where}: the node supplies itself")
        if link.source in seen:
            raise SupplyError(f"{where}: the supplier {link.source!r} is given twice")
        seen.add(link.source)
        _figure(link.mix, f"{where}, mix of {link.source!r}")
        _figure(link.lead, f"{where}, lead time from {link.source!r}")
    total = sum(link.mix for link in slot.links)
    if abs(total - 1.0) > 1e-6:
        raise SupplyError(f"{where}: the alternatives' mix sums to {total:g}, not to 1")
    if slot.k > 1 and any(link.mix <= 0 for link in slot.links):
        raise SupplyError(f"{where}: with k = {slot.k} each alternative needs a mix above 0")


def _figure(value: float, where: str, positive: bool = False) -> None:
    least = "above 0" if positive else "of at least 0"
    if not math.isfinite(value) or value < 0 or (positive and value == 0):
        raise SupplyError(f"{where}: expected a finite number {least}, got {value}")
