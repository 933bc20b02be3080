"""How long demand can be met at best once an item is lost: the linear programme on a supply network (METHODS 4).

The programme of `graph.risk.time_to_survive` for the networks of `graph.risk.network`, where stocks lie with who uses them,
goods are on the way, tools wear and substitutes come late. For an outage of T days, all in days of normal use or output,
with v_j what node j makes and z_e what comes over link e:

    need_s(v_j, T)  <=  cover_s + sum_e z_e      each input s of j: what it takes is in stock, on the way, or comes
    sum_e a_e z_e - v_i  <=  stock_i             what is shipped was made or in stock; a_e: the part of i's output that e takes
    v_p >= (1 - SHORT) T                         end products; they are short from one per cent on, as everywhere
    v_j <= T;  v = 0 at the node lost
    z_e = mix_e f_s, f_s <= T                    alternatives that the loss reaches: cut alike
    z_e <= mix_e T                               all others: at most today's part

need_s is convex and piecewise linear: v_j for what is used up; for what lasts the least deliveries with which an installed
base makes v_j in T days; with a substitute for a part p that comes on day c, what v_j at a constant rate takes until c, and
(rate - p)/(1 - p) of a day's use each day after, the stock lasting until c (the same condition, for c days). With k of n to
deliver, and fewer than k left untouched, the input is worth what its reached alternatives bring.

Why no solver is needed: given v, each input has one unknown, f_s, bounded below; given all f, each v_i is bounded below.
Both bounds rise with what they are given, so repeating them from nothing ends in a least point below every plan [2]_, and
that is a plan itself where it makes nothing at the node lost: links at their normal parts add up to at most what a node
makes, so no other capacity binds. An outage is survived if and only if that point is zero at the node lost. A plan at
constant rates is one for every shorter outage too, so T is found by halving.

The programme knows the whole outage in advance, moves goods without delay, gives a scarce good to whoever has the least of
it in stock, and wears its tools down to the last day. `graph.risk.simulation` does none of that and is short no later on our
network (checked on every item). It need not be so on any: there, alternatives step in with what others leave idle.

References
----------
.. [1] D. Simchi-Levi et al., "Identifying Risks and Mitigating Disruptions in the Automotive Supply Chain", Interfaces
   45(5), 2015.
.. [2] A. Tarski, "A lattice-theoretical fixpoint theorem and its applications", Pacific Journal of Mathematics 5(2), 1955.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from graph.risk.network import Array, Ints, Network
from graph.risk.simulation import SHORT

Flags = NDArray[np.bool_]
FAINT = 1e-9
"""Days of output that are rounding."""


def longest_survived(net: Network, lost: Sequence[str], products: Sequence[str], longest: int) -> Ints:
    """(lost,) Whole days for which each node's total loss is survived at best; `longest` where it is for as long as that.

    Parameters
    ----------
    lost, products : names of nodes; demand is for the normal output of every product
    longest : days of the longest outage asked about

    Raises
    ------
    KeyError
        A node that is not in the network; the message gives the nearest names.
    """
    plan = Requirement(net, [net.position(n) for n in lost], [net.position(n) for n in products], longest)
    survived, fails = np.zeros(len(lost), np.int64), np.full(len(lost), longest + 1, np.int64)
    days = np.full(len(lost), longest, np.int64)
    while (open_ := np.flatnonzero(fails - survived > 1)).size:
        met = plan.met(open_, days[open_])
        survived[open_[met]], fails[open_[~met]] = days[open_[met]], days[open_[~met]]
        days = (survived + fails) // 2
    return survived


class Requirement:
    """The least that must be made where, for outages of several nodes side by side, each of at most `longest` days.

    reached : (N, lost) whether a loss reaches a node
    hit : (K, lost) the part of an input that it takes part in, 1 where too few alternatives are left to do without
    cover : (K,) stock and goods on the way, in days of normal use; weight : (E,) the part of its source's output that a link takes
    """

    def __init__(self, net: Network, lost: Sequence[int], products: Sequence[int], longest: int) -> None:
        self.net, self.lost = net, np.array(lost, dtype=np.int64)
        links, size = np.diff(net.link_start), len(net.nodes)
        slot = np.repeat(np.arange(len(links)), links)
        user, normal = net.slot_node[slot], net.need * net.output[net.slot_node]
        self.slot, self.weight = slot, net.flow / net.output[net.source]
        self.cover = (net.slot_stock + np.bincount(slot, net.flow * net.lead, len(links))) / normal
        self.end = np.zeros(size)
        self.end[list(products)] = 1.0 - SHORT
        takes = csr_array((np.ones(len(slot)), (user, net.source)), shape=(size, size))
        self.reached = _downstream(takes, self.lost)
        part = csr_array((net.mix, (slot, net.source)), shape=(len(links), size)) @ self.reached.astype(float)
        spared = csr_array((np.ones(len(slot)), (slot, net.source)), shape=(len(links), size)) @ (~self.reached).astype(float)
        self.hit = np.where((part > 0) & (spared < net.k[:, None]), 1.0, part)
        feeds = _downstream(csr_array(takes.T), np.array(products, dtype=np.int64))
        self.parts = self._parts(user, np.any(feeds[user], axis=1) & np.any(self.reached[net.source], axis=1))
        self.missing = {float(w): _missing(float(w), longest) for w in np.unique(net.turnover[net.turnover > 0])}

    def _parts(self, user: Ints, of_use: Flags) -> list[tuple[Ints, Ints, Ints, bool]]:
        """Suppliers in an order in which users stand before them: (nodes, their links, where each node's begin, a cycle or not)."""
        net, size = self.net, len(self.net.nodes)
        pairs = csr_array((np.ones(len(user)), (net.source, user)), shape=(size, size))
        _, knot = connected_components(pairs, directed=True, connection="strong")
        source, to = knot[net.source], knot[user]
        across, depth = source != to, np.zeros(size, dtype=np.int64)
        while True:  # the longest way to an end of the chain; nodes that need each other share it
            deeper = depth.copy()
            np.maximum.at(deeper, source[across], depth[to[across]] + 1)
            if (deeper == depth).all():
                break
            depth = deeper
        tied = (np.bincount(knot, minlength=size) > 1)[source]
        found = []
        for level in range(int(depth.max()) + 1):
            for cyclic in (False, True):
                links = np.flatnonzero(of_use & (depth[source] == level) & (tied == cyclic))
                if links.size:
                    links = links[np.argsort(net.source[links], kind="stable")]
                    nodes, starts = np.unique(net.source[links], return_index=True)
                    found.append((nodes, links, starts, cyclic))
        return found

    def met(self, columns: Ints, days: Ints) -> Flags:
        """(columns,) Whether demand is met for so many days though the node of that column is lost."""
        least = self.least(columns, days)
        return np.asarray(least[self.lost[columns], np.arange(len(columns))] <= FAINT * days)

    def least(self, columns: Ints, days: Ints) -> Array:
        """(N, columns) What each node must make at least, in days of its normal output; it tells where a loss reaches the node."""
        net, whole = self.net, days.astype(float)
        made: Array = self.end[:, None] * whole
        in_stock = (net.stock / net.output)[:, None]
        for nodes, links, starts, cyclic in self.parts:
            hit = self.hit[self.slot[links]][:, columns]
            weight = self.weight[links, None] * self.reached[net.source[links]][:, columns]
            while True:
                brought = np.maximum(self._lacking(self.slot[links], made, whole) - (1.0 - hit) * whole, 0.0)
                asked = np.add.reduceat(weight * (brought / np.where(hit > 0, hit, 1.0)), starts, axis=0)
                now = np.maximum(self.end[nodes, None] * whole, asked - in_stock[nodes])
                risen = np.abs(now - made[nodes]).max()
                made[nodes] = now
                if not cyclic or risen <= FAINT:
                    break
        return made

    def _lacking(self, slots: Ints, made: Array, days: Array) -> Array:
        """(slots, columns) What stock and goods on the way leave open of what must be taken in `days`, in normal days."""
        net = self.net
        made, cover = made[net.slot_node[slots]], self.cover[slots, None]
        part, comes = net.substitutable[slots, None], net.switch_days[slots, None].astype(float)
        helped = np.flatnonzero(((part > 0) & (comes < days)).any(axis=1))
        if not helped.size:
            return self._taken(slots, made, days) - cover
        rate, s = made[helped] / days, part[helped]
        until = np.minimum(comes[helped], days)
        left = np.maximum(rate - s, 0.0) / np.maximum(1.0 - s, FAINT)  # as in the simulation: a part of the output needs no input
        total = made.copy()
        total[helped] = rate * until + left * (days - until)
        lacking = self._taken(slots, total, days) - cover
        waits = comes[helped, 0] > 0  # until the substitute comes there is none
        until = until[waits]
        first = self._taken(slots[helped[waits]], rate[waits] * until, until) - cover[helped[waits]]
        lacking[helped[waits]] = np.maximum(lacking[helped[waits]], first * days / until)
        return lacking

    def _taken(self, slots: Ints, made: Array, days: Array) -> Array:
        """Normal days of an input that must come for `made` days of output in `days`."""
        wear, taken = self.net.turnover[slots], made.copy()
        for w, (m, missing) in self.missing.items():
            these = np.flatnonzero(wear == w)
            if these.size:
                whole = np.broadcast_to(days, made.shape)[these]
                taken[these] = np.maximum(whole - np.interp(whole - made[these], missing, m), 0.0)
        return taken


def _missing(wear: float, longest: int) -> tuple[Array, Array]:
    """m and h(m): days of output missing where an installed base that wears by `wear` a day gets nothing for the last m days.

    On the k-th of them (1 - wear)^k of the base is left. To deliver early and then nothing makes most of given deliveries.
    """
    m = np.arange(longest + 2.0)
    return m, m - (1 - wear) / wear * (1 - (1 - wear) ** m)


def _downstream(takes: csr_array, first: Ints) -> Flags:
    """(N, first) Which nodes take from a node, directly or through others, and the node itself."""
    found = np.zeros((takes.shape[0], len(first)), dtype=bool)
    found[first, np.arange(len(first))] = True
    while True:
        more = found | (takes @ found.astype(float) > 0)
        if (more == found).all():
            return found
        found = more
