"""How long a network survives the loss of a node, and what an outage costs at best (METHODS 4).

Time to recover (TTR) is how long a node is out; time to survive (TTS) how long demand can still be met in full without it.
A node whose TTR is longer than its TTS is exposed. Both follow from a linear programme over one outage of length t:

    minimise   sum_p f_p l_p
    subject to u_j <= sum_i y_ij / r_jk              for each part k that node j takes, i over its suppliers of k
               sum_j y_ij - u_i <= stock_i           what is shipped was made or in stock
               l_p + (u_j + stock_j - sum_k y_jk) >= d_p t        j the nodes that make product p
               u_j <= cap_j t,  u = 0 at the nodes lost,  all variables >= 0

u_j: units made during the outage, y_ij: units shipped, l_p: units of product p lost, f_p: margin in USD per unit, d_p: demand in units per day. For TTS,
t is a variable, l = 0, and t is what is maximised: the feasible set is convex and contains t = 0, so every shorter
outage is survived too and one programme gives the exact answer, without bisection.

The programme knows the whole outage in advance, moves goods without delay and shares them in the best way: its loss is
a lower bound of what happens (`graph.risk.simulation`), its TTS an upper one. Cycles may feed themselves within it.

References
----------
.. [1] D. Simchi-Levi et al., "Identifying Risks and Mitigating Disruptions in the Automotive Supply Chain", Interfaces
   45(5), 2015.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array, vstack

Array = NDArray[np.float64]


PARTS = ("products", "nodes", "edges", "makes", "bom", "ttr")
PRODUCT, NODE = ("demand", "margin"), ("stock", "cap")
"""The names that mean something in a network, of a product and of a node; what begins with _ is a remark."""
MOST = 1e12
"""Larger figures lie beyond what the solver tells apart from infinity and from rounding."""


class NetworkError(ValueError):
    """The network is not sound; the message names the node."""


@dataclass(frozen=True)
class Survival:
    """What the loss of some nodes for `ttr` days costs at best, and how long it is survived.

    lost_margin in USD (the unit of the margins), lost_units per product in its own unit, tts in days (infinite where
    demand is met for ever), exposed: ttr > tts.
    """

    disrupted: tuple[str, ...]
    ttr: float
    lost_margin: float
    lost_units: dict[str, float]
    tts: float
    exposed: bool


@dataclass(frozen=True)
class Plant:
    """A node: units in stock, units per day it can make (infinite: no limit), the part it makes, parts per unit it takes."""

    stock: float
    cap: float
    makes: str
    bill: Mapping[str, float]


@dataclass(frozen=True)
class StressNetwork:
    """Products (demand per day, margin per unit), nodes, and who supplies whom."""

    demand: dict[str, float]
    margin: dict[str, float]
    plants: dict[str, Plant]
    links: tuple[tuple[str, str], ...]
    makers: dict[str, tuple[str, ...]]
    """Product -> the nodes that make it: those whose part it is, or the node of its own name."""


def read_network(data: Mapping[str, Any]) -> StressNetwork:
    """A network from plain mappings, as they come from JSON.

    Parameters
    ----------
    data : mapping
        `products`: product -> {demand per day, margin per unit}; `nodes`: node -> {stock, cap per day; cap left out or
        null means no limit}; `edges`: [supplier, consumer] pairs; `makes`: node -> part (left out: a part of the node's
        own name); `bom`: node -> {part: units of it per unit made}.

    Raises
    ------
    NetworkError
        Nothing to make, an unknown node, a node that supplies itself, an edge given twice, a negative or missing figure,
        a part that no supplier of the node makes, a product that nobody makes, a name that is none of these.
    """
    for name in data:
        if name not in PARTS and (near := get_close_matches(str(name), PARTS, n=1, cutoff=0.75)):  # what else a file holds is its own
            raise NetworkError(f"unknown part {name!r}, perhaps {near[0]!r}; expected {', '.join(PARTS)}")
    rows, products = _entries(data, "nodes"), _entries(data, "products")
    if not rows:
        raise NetworkError("the network has no nodes")
    if not products:
        raise NetworkError("the network has no products: nothing can be lost")
    makes, bills = _named(data, "makes"), _entries(data, "bom")
    for place, names in (("makes", makes), ("bom", bills)):
        for name in names:
            if name not in rows:
                raise NetworkError(f"{place}: {name!r} is no node of the network")
    for kind, entries, fields in (("product", products, PRODUCT), ("node", rows, NODE)):
        for name, row in entries.items():
            _only(row, fields, f"{kind} {name!r}")
    plants = {
        name: Plant(
            stock=_figure(row.get("stock", 0.0), f"node {name!r}, stock"),
            cap=math.inf if row.get("cap") is None else _figure(row["cap"], f"node {name!r}, cap"),
            makes=str(makes.get(name, name)),
            bill={str(part): _figure(q, f"node {name!r}, bom {part!r}") for part, q in bills.get(name, {}).items()},
        )
        for name, row in rows.items()
    }
    links = _links(data.get("edges") or [], plants)
    makers = {p: tuple(n for n, one in plants.items() if p in (n, one.makes)) for p in products}
    for product, nodes in makers.items():
        if not nodes:
            raise NetworkError(f"product {product!r}: no node makes it")
    supplied = {(consumer, plants[supplier].makes) for supplier, consumer in links}
    for name, one in plants.items():
        for part, q in one.bill.items():
            if q > 0 and (name, part) not in supplied:
                raise NetworkError(f"node {name!r} takes part {part!r}, which none of its suppliers makes")
    return StressNetwork(
        demand={p: _figure(row.get("demand"), f"product {p!r}, demand") for p, row in products.items()},
        margin={p: _figure(row.get("margin"), f"product {p!r}, margin") for p, row in products.items()},
        plants=plants,
        links=links,
        makers=makers,
    )


def _named(data: Mapping[str, Any], part: str) -> Mapping[str, Any]:
    found = data.get(part) or {}
    if not isinstance(found, Mapping):
        raise NetworkError(f"{part}: expected an object, got {found!r}")
    return found


def _entries(data: Mapping[str, Any], part: str) -> Mapping[str, Mapping[str, Any]]:
    """A part of the network whose every entry is an object of its own."""
    found = _named(data, part)
    for name, row in found.items():
        if not isinstance(row, Mapping):
            raise NetworkError(f"{part}, {name!r}: expected an object, got {row!r}")
    return found


def _only(row: Mapping[str, Any], fields: Sequence[str], place: str) -> None:
    """Refuse names that mean nothing: a misspelt figure would silently count as left out."""
    for name in row:
        if name not in fields and not str(name).startswith("_"):
            near = get_close_matches(str(name), fields, n=1)
            raise NetworkError(f"{place}: unknown {name!r}{f', perhaps {near[0]!r}' if near else ''}; expected {', '.join(fields)}")


def _figure(value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise NetworkError(f"{place}: expected a number of at least 0, got {value!r}")
    if value > MOST:
        raise NetworkError(f"{place}: {value:g} is more than can be reckoned with ({MOST:g}): give it in a larger unit")
    return float(value)


def _links(edges: Any, plants: Mapping[str, Plant]) -> tuple[tuple[str, str], ...]:
    seen: dict[tuple[str, str], None] = {}
    if not isinstance(edges, list | tuple):
        raise NetworkError(f"edges: expected a list of [supplier, consumer], got {edges!r}")
    for number, edge in enumerate(edges, start=1):
        if not isinstance(edge, list | tuple) or len(edge) != 2 or not all(isinstance(end, str) for end in edge):
            raise NetworkError(f"edge {number}: expected [supplier, consumer], got {edge!r}")
        ends = (edge[0], edge[1])
        for end in ends:
            if end not in plants:
                raise NetworkError(f"edge {number}: {end!r} is no node of the network")
        if ends[0] == ends[1]:
            raise NetworkError(f"edge {number}: node {ends[0]!r} supplies itself")
        if ends in seen:
            raise NetworkError(f"edge {number}: {ends[0]!r} -> {ends[1]!r} is given twice")
        seen[ends[0], ends[1]] = None
    return tuple(seen)


def survive(network: StressNetwork | Mapping[str, Any], disrupted: str | Iterable[str], ttr: float) -> Survival:
    """What losing a node (or several at once) for `ttr` days costs at best, and how long it is survived.

    Parameters
    ----------
    network : a network, or plain mappings for `read_network`
    disrupted : the node, or nodes, that make nothing during the outage; what they have in stock is still there
    ttr : days until they work again

    Raises
    ------
    NetworkError
        The network is not sound, a node lost is not in it, or `ttr` is negative.
    """
    net = network if isinstance(network, StressNetwork) else read_network(network)
    lost = (disrupted,) if isinstance(disrupted, str) else tuple(disrupted)
    for name in lost:
        if name not in net.plants:
            raise NetworkError(f"the disrupted node {name!r} is not in the network")
    days = _figure(ttr, f"time to recover of {', '.join(lost)}")
    programme = _Programme(net, frozenset(lost))
    units = programme.least_loss(days)
    tts = programme.longest()
    margin = sum(net.margin[p] * units[p] for p in units)
    return Survival(lost, days, margin, units, tts, exposed=days > tts)


def survive_each(network: StressNetwork | Mapping[str, Any], ttr: Mapping[str, float]) -> pd.DataFrame:
    """`survive` for each node of `ttr` (node -> days): one row per node, the costliest first.

    Returns
    -------
    DataFrame
        Columns node, ttr_days, tts_days, exposed, lost_margin_usd, lost_units (of all products together).
    """
    net = network if isinstance(network, StressNetwork) else read_network(network)
    rows = [(name, survive(net, name, days)) for name, days in ttr.items()]
    table = [
        {
            "node": name,
            "ttr_days": one.ttr,
            "tts_days": one.tts,
            "exposed": one.exposed,
            "lost_margin_usd": one.lost_margin,
            "lost_units": sum(one.lost_units.values()),
        }
        for name, one in rows
    ]
    columns = ["node", "ttr_days", "tts_days", "exposed", "lost_margin_usd", "lost_units"]
    return pd.DataFrame(table, columns=columns).sort_values(["lost_margin_usd", "node"], ascending=[False, True], ignore_index=True)


class _Programme:
    """The programme's matrix, once, for both questions. Variables: u (nodes), y (links), l (products), t."""

    def __init__(self, net: StressNetwork, lost: frozenset[str]) -> None:
        self.net = net
        self.nodes, self.products = list(net.plants), list(net.demand)
        node = {name: k for k, name in enumerate(self.nodes)}
        n, m, p = len(self.nodes), len(net.links), len(self.products)
        self.l, self.t, self.size = n + m, n + m + p, n + m + p + 1
        entries: list[tuple[int, int, float]] = []
        right: list[float] = []

        def row(*terms: tuple[int, float], at_most: float) -> None:
            entries.extend((len(right), column, value) for column, value in terms)
            right.append(at_most)

        into: dict[tuple[str, str], list[int]] = {}
        out: dict[str, list[int]] = {}
        for e, (supplier, consumer) in enumerate(net.links):
            into.setdefault((consumer, net.plants[supplier].makes), []).append(n + e)
            out.setdefault(supplier, []).append(n + e)
        for name, one in net.plants.items():
            for part, q in one.bill.items():
                if q > 0:
                    row((node[name], 1.0), *((y, -1.0 / q) for y in into[name, part]), at_most=0.0)
            row(*((y, 1.0) for y in out.get(name, [])), (node[name], -1.0), at_most=one.stock)
            if name not in lost and math.isfinite(one.cap):
                row((node[name], 1.0), (self.t, -one.cap), at_most=0.0)
        for k, product in enumerate(self.products):
            made = [(node[j], -1.0) for j in net.makers[product]]
            away = [(y, 1.0) for j in net.makers[product] for y in out.get(j, [])]
            stock = sum(net.plants[j].stock for j in net.makers[product])
            row(*made, *away, (self.l + k, -1.0), (self.t, net.demand[product]), at_most=stock)
        rows, columns, values = zip(*entries, strict=True)
        self.matrix = coo_array((values, (rows, columns)), shape=(len(right), self.size)).tocsr()
        self.right = np.array(right)
        self.bounds: Array = np.tile([0.0, np.inf], (self.size, 1))
        for name in lost:
            self.bounds[node[name], 1] = 0.0

    def least_loss(self, days: float) -> dict[str, float]:
        """Units lost per product in an outage of `days`, at the least lost margin.

        Where products without margin make the answer ambiguous, the one with the fewest units lost is taken.
        """
        bounds = self.bounds.copy()
        bounds[self.t] = days
        margin = np.zeros(self.size)
        margin[self.l : self.t] = [self.net.margin[p] for p in self.products]
        found = self._solve(margin, bounds)
        if (margin[self.l : self.t] == 0).any():
            units = np.zeros(self.size)
            units[self.l : self.t] = 1.0
            found = self._solve(units, bounds, (margin, float(margin @ found)))
        return {p: float(v) + 0.0 for p, v in zip(self.products, found[self.l : self.t], strict=True)}

    def longest(self) -> float:
        """The largest t without loss, in days; infinite where there is no such limit."""
        bounds = self.bounds.copy()
        bounds[self.l : self.t] = 0.0
        cost = np.zeros(self.size)
        cost[self.t] = -1.0
        found = linprog(cost, self.matrix, self.right, bounds=bounds, method="highs")
        if found.status in (2, 4):  # t = 0 is feasible: presolve takes what is unbounded for infeasible, or cannot tell the two apart
            found = linprog(cost, self.matrix, self.right, bounds=bounds, method="highs", options={"presolve": False})
        if found.status == 3:
            return math.inf
        if found.status != 0:
            raise RuntimeError(f"HiGHS found no time to survive: {found.message}")
        return float(found.x[self.t])

    def _solve(self, cost: Array, bounds: Array, at_most: tuple[Array, float] | None = None) -> Array:
        matrix, right = self.matrix, self.right
        if at_most is not None:
            matrix = vstack([matrix, at_most[0][None, :]], format="csr")
            right = np.append(right, at_most[1] * (1 + 1e-12) + 1e-12)
        found = linprog(cost, matrix, right, bounds=bounds, method="highs")
        if found.status != 0:
            raise RuntimeError(f"HiGHS did not solve the programme of the least loss: {found.message}")
        return np.asarray(found.x, dtype=float)
