"""The programme of a supply network as HiGHS solves it: written from its constraints, to hold `graph.risk.supply_programme` to."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from graph.risk.network import Network
from graph.risk.simulation import SHORT

Term = tuple[int, float]


def least_made(net: Network, lost: str, products: Sequence[str], days: int) -> float:
    """Least days of its normal output that the node lost would have to make in an outage of `days` for demand to be met."""
    return _Solved(net, lost, products, days).least()


class _Solved:
    def __init__(self, net: Network, lost: str, products: Sequence[str], days: int) -> None:
        self.net, self.days, self.lost = net, days, net.index[lost]
        self.upper: list[float] = [float(days)] * len(net.nodes)  # first what each node makes
        self.rows: list[tuple[list[Term], float]] = []
        self.equal: list[tuple[list[Term], float]] = []
        chain: nx.DiGraph[int] = nx.DiGraph()
        for s in range(len(net.need)):
            chain.add_edges_from((int(i), int(net.slot_node[s])) for i in net.source[net.link_start[s] : net.link_start[s + 1]])
        self.reached = nx.descendants(chain, self.lost) | {self.lost}
        shipped: dict[int, list[Term]] = {}
        for s in range(len(net.need)):
            self._input(s, shipped)
        for i, terms in shipped.items():
            self.rows.append(([*terms, (i, -net.output[i])], float(net.stock[i])))
        for p in products:
            self.rows.append(([(net.index[p], -1.0)], -(1.0 - SHORT) * days))

    def variable(self, upper: float) -> int:
        self.upper.append(upper)
        return len(self.upper) - 1

    def _input(self, s: int, shipped: dict[int, list[Term]]) -> None:
        """What an input must take is in stock, on the way, or comes over its links."""
        net, days = self.net, self.days
        user = int(net.slot_node[s])
        normal = net.need[s] * net.output[user]
        links = range(net.link_start[s], net.link_start[s + 1])
        cut = [e for e in links if int(net.source[e]) in self.reached]
        comes: list[Term] = []
        factor = self.variable(days)
        for e in links:
            z = self.variable(net.mix[e] * days)
            if e in cut:
                self.equal.append(([(z, 1.0), (factor, -net.mix[e])], 0.0))
            comes.append((z, 1.0))
            shipped.setdefault(int(net.source[e]), []).append((z, normal))
        if cut and len(links) - len(cut) < net.k[s]:
            comes = [(factor, 1.0)]
        cover = (net.slot_stock[s] + sum(net.lead[e] * net.mix[e] * normal for e in links)) / normal
        part, late = net.substitutable[s], min(int(net.switch_days[s]), days)
        if part == 0:
            late = days
        rest = self.variable(np.inf)  # what a day takes once the substitute has come
        if part > 0:
            self.rows.append(([(user, 1.0 / days / (1 - part)), (rest, -1.0)], part / (1 - part)))
        if late > 0:
            self._taken([(user, late / days)], late, [(z, value * late / days) for z, value in comes], cover, net.turnover[s])
        self._taken([(user, late / days), (rest, float(days - late))], days, comes, cover, net.turnover[s])

    def _taken(self, takes: list[Term], days: int, comes: list[Term], cover: float, wear: float) -> None:
        if wear == 0:
            self.rows.append(([*takes, *((z, -value) for z, value in comes)], cover))
            return
        # Days of normal deliveries, the first ones worth most: base in sum over the outage, simulated, for each whole number of them.
        made = []
        for whole in range(days + 1):
            base, total = 1.0, 0.0
            for day in range(days):
                base += wear * ((1.0 if day < whole else 0.0) - base)
                total += base
            made.append(total)
        steps = [self.variable(1.0) for _ in range(days)]
        self.rows.append(([*((d, 1.0) for d in steps), *((z, -value) for z, value in comes)], cover))
        self.rows.append(([*takes, *((d, -(b - a)) for d, a, b in zip(steps, made, made[1:], strict=False))], made[0]))

    def least(self) -> float:
        size = len(self.upper)
        cost = np.zeros(size)
        cost[self.lost] = 1.0
        (matrix, right), (same, fixed) = (self._matrix(rows, size) for rows in (self.rows, self.equal))
        bounds = np.column_stack((np.zeros(size), self.upper))
        found = (
            linprog(cost, matrix, right, same, fixed, bounds, method="highs") if self.equal else linprog(cost, matrix, right, bounds=bounds)
        )
        assert found.status == 0, found.message
        return float(found.fun)

    @staticmethod
    def _matrix(rows: list[tuple[list[Term], float]], size: int) -> tuple[coo_array, list[float]]:
        entries = [(r, c, v) for r, (terms, _) in enumerate(rows) for c, v in terms]
        where, column, value = zip(*entries, strict=True) if entries else ((), (), ())
        return coo_array((value, (where, column)), shape=(len(rows), size)), [b for _, b in rows]
