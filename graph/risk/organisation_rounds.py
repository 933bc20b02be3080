"""The cascade of organisations, computed once for all makers of one thing (METHODS 3).

All makers of a thing buy the same inputs in the same proportions, so what reaches one of them by its inputs reaches all, and
what one no longer takes is a part of what all take. The rounds of `graph.risk.cascade` then run over things and over pools (the
makers that a need may be met by) in place of links between firms, and each shock can have shares of its own, which is what
bounds of shares need. On equal shares the results are those of `graph.risk.cascade` on `organisation_network`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graph.risk.cascade_rounds import NOTHING_LEFT
from graph.risk.organisation_needs import ESSENTIAL, FINAL, OTHERS, Facts, Need
from sources.records import GRADES

Array = NDArray[np.float64]
SIDE_BY_SIDE = 128
"""Shocks computed at once: their arrays then stay in the processor's cache."""
GONE = 1e-30


@dataclass(frozen=True)
class Rounds:
    """Facts laid out for rounds over n lines, T things, P pools and G groups of inputs.

    lines : (maker, thing) of each line, by thing; share : (n,) central
    start, thing : (T,) first line of each thing; (n,) thing of each line
    members : (P, n) 1 where a line belongs to a pool
    asked : (P,) what firms buy of a pool; revenue : (P,) the same with final demand; both in units of the least sales of a line
    down : (G, P) part of a consumer's purchases from one input (essential) or from all (the others) that comes from a pool
    grade : of each entry of `down`, its position in GRADES
    groups : (G,) the consumer, and the input that is essential to it, or '' for all that are not
    group_start, reads : first group of each thing that has inputs, and which things those are
    up : (P, T) what each thing buys of each pool
    """

    lines: tuple[tuple[str, str], ...]
    things: tuple[str, ...]
    share: Array
    start: NDArray[np.int64]
    thing: NDArray[np.int64]
    members: csr_array
    asked: Array
    revenue: Array
    down: csr_array
    grade: NDArray[np.int64]
    groups: tuple[tuple[str, str], ...]
    group_start: NDArray[np.int64]
    reads: NDArray[np.int64]
    up: csr_array


@dataclass(frozen=True)
class Outcome:
    """What is lost at the end of the rounds of one eps: fractions of all sales between firms, each (shocks,)."""

    esri: Array
    down: Array
    up: Array
    iterations: NDArray[np.int64]


def lay_out(known: Facts) -> Rounds:
    """Arrays of the facts."""
    things = sorted(set(known.value) - {FINAL})
    at = {thing: k for k, thing in enumerate(things)}
    lines = [(m, thing) for thing in things for m in (*known.makers[thing], *([] if OTHERS in known.makers[thing] else [OTHERS]))]
    share = np.array([known.makers[t][m].share if m in known.makers[t] else 0.0 for m, t in lines])
    thing = np.array([at[t] for _, t in lines])
    place = {line: k for k, line in enumerate(lines)}

    pools: dict[tuple[str, tuple[str, ...]], int] = {}
    of = [pools.setdefault((n.input_id, _named(known, n)), len(pools)) for n in known.needs]
    inside = [(p, place[m, t]) for (t, named), p in pools.items() for m in (named or [m for m, thing in lines if thing == t])]
    members = csr_array((np.ones(len(inside)), tuple(np.array(inside).T)), shape=(len(pools), len(lines)))
    amount = np.array([known.value[n.consumer_id] * n.part for n in known.needs])
    between = np.array([n.consumer_id != FINAL for n in known.needs])
    asked = np.bincount(of, amount * between, len(pools))
    revenue = np.bincount(of, amount, len(pools))
    sales = share * (members.T @ (asked / (members @ share)))
    unit = sales[sales > 0].min()

    kinds: dict[tuple[str, str], int] = defaultdict(int)
    for n in known.needs:
        kinds[n.consumer_id, n.input_id] = max(kinds[n.consumer_id, n.input_id], n.essentiality)
    bought: dict[tuple[str, ...], float] = defaultdict(float)
    for n, value in zip(known.needs, amount, strict=True):
        bought[n.consumer_id, n.input_id] += value
        bought[n.consumer_id,] += value
    entries: dict[tuple[int, str], list[tuple[int, float, int]]] = defaultdict(list)
    for n, pool, value in zip(known.needs, of, amount, strict=True):
        if n.consumer_id != FINAL:
            is_essential = kinds[n.consumer_id, n.input_id] == ESSENTIAL
            whole = bought[n.consumer_id, n.input_id] if is_essential else bought[n.consumer_id,]
            key = (at[n.consumer_id], n.input_id if is_essential else "")
            entries[key].append((pool, value / whole, GRADES.index(n.grade)))
    order = sorted(entries)
    columns, weights, grade = (np.array(column) for column in zip(*(e for key in order for e in entries[key]), strict=True))
    row_start = np.cumsum([0, *(len(entries[key]) for key in order)])
    reads, group_start = np.unique([consumer for consumer, _ in order], return_index=True)
    buys = [(pool, at[n.consumer_id], v / unit) for n, pool, v in zip(known.needs, of, amount, strict=True) if n.consumer_id != FINAL]
    return Rounds(
        lines=tuple(lines),
        things=tuple(things),
        share=share,
        start=np.flatnonzero(np.diff(thing, prepend=-1)),
        thing=thing,
        members=members,
        asked=asked / unit,
        revenue=revenue / unit,
        down=csr_array((weights, columns, row_start), shape=(len(order), len(pools))),
        grade=grade,
        groups=tuple((things[consumer], name) for consumer, name in order),
        group_start=group_start,
        reads=reads,
        up=csr_array(
            (np.array([b[2] for b in buys]), (np.array([b[0] for b in buys]), np.array([b[1] for b in buys]))),
            shape=(len(pools), len(things)),
        ),
    )


def believing(net: Rounds, weakest: int) -> Rounds:
    """The same with losses that travel only along needs of this grade or better; what is bought stays as it is."""
    down = net.down.copy()
    down.data = np.where(net.grade <= weakest, down.data, 0.0)
    return replace(net, down=down)


def _named(known: Facts, need: Need) -> tuple[str, ...]:
    """The makers a need names; none where it names none that makes the input."""
    return tuple(m for m in known.makers[need.input_id] if m in need.makers)


def run(net: Rounds, closed: NDArray[np.bool_], shares: Array | None, stops: Sequence[float], most_rounds: int) -> list[Outcome]:
    """Rounds until no line falls by more than each of some eps, which lie on one path.

    Parameters
    ----------
    closed : (n, shocks) lines that close
    shares : (n, shocks) of each thing's makers under each shock; the central ones where None
    stops : eps, falling

    Returns
    -------
    An outcome for each eps; iterations are -1 where a cascade has not settled after `most_rounds`.
    """
    count = closed.shape[1]
    result = np.zeros((len(stops), 4, count))
    for first in range(0, count, SIDE_BY_SIDE):
        these = slice(first, min(first + SIDE_BY_SIDE, count))
        result[:, :, these] = _block(net, closed[:, these], None if shares is None else shares[:, these], stops, most_rounds)
    return [Outcome(r[0], r[1], r[2], r[3].astype(np.int64)) for r in result]


@dataclass(frozen=True)
class Shocks:
    """Shocks side by side. All (rows, shocks), or (rows, 1) where the same for every shock.

    cap : (n) what capacity each line has left; share, sales : (n) of each line; pool : (P) sum of the shares in a pool
    takes : (n) what all buyers take of a line, per share
    """

    cap: Array
    share: Array
    sales: Array
    pool: Array
    takes: Array

    def only(self, left: NDArray[np.int64]) -> Shocks:
        """Some of the shocks."""
        return Shocks(*(a if a.shape[1] == 1 else a[:, left] for a in (self.cap, self.share, self.sales, self.pool, self.takes)))


def shocks(net: Rounds, closed: NDArray[np.bool_], shares: Array | None = None) -> Shocks:
    """Closures before their first round."""
    share = net.share[:, None] if shares is None else shares
    pool = net.members @ share
    takes = net.members.T @ (net.revenue[:, None] / pool)
    return Shocks(
        cap=np.where(closed | (share <= 0), 0.0, 1.0),  # a line that makes nothing has nothing to lose
        share=share,
        sales=share * (net.members.T @ (net.asked[:, None] / pool)),
        pool=pool,
        takes=np.where(takes > 0, takes, 1.0),  # a line that no need may be met by sells nothing
    )


def _block(net: Rounds, closed: NDArray[np.bool_], shares: Array | None, stops: Sequence[float], most_rounds: int) -> Array:
    of = shocks(net, closed, shares)
    count = closed.shape[1]
    result = np.full((len(stops), 4, count), -1.0)
    running, level = np.arange(count), np.zeros(count, dtype=np.int64)
    hd = hu = of.cap
    for this in range(1, most_rounds + 1):
        new_hd, new_hu = update(net, of, hd, hu)
        fall = np.maximum((hd - new_hd).max(axis=0), (hu - new_hu).max(axis=0))
        hd, hu = new_hd, new_hu
        for k, eps in enumerate(stops):
            now = np.flatnonzero((level == k) & (fall <= eps))
            if now.size:
                sales = of.only(now).sales
                lost = [lost_sales(sales, h).sum(axis=0) for h in (np.minimum(hd[:, now], hu[:, now]), hd[:, now], hu[:, now])]
                result[k][:, running[now]] = [*lost, np.full(len(now), float(this))]
                level[now] += 1
        left = np.flatnonzero(level < len(stops))
        if not left.size:
            break
        if left.size < level.size:
            running, level, hd, hu, of = running[left], level[left], hd[:, left], hu[:, left], of.only(left)
    return result


def update(net: Rounds, of: Shocks, hd: Array, hu: Array) -> tuple[Array, Array]:
    """One round: remaining production by what is delivered and by what is taken."""
    short = np.zeros((len(net.start), hd.shape[1]))
    short[net.reads] = np.maximum.reduceat(missing(net, of, hd), net.group_start, axis=0)
    by_buyers = (net.members.T @ ((net.up @ not_taken(net, of, hu)) / of.pool)) / of.takes
    return np.maximum(0.0, np.minimum(of.cap, 1.0 - short[net.thing])), np.maximum(0.0, np.minimum(of.cap, 1.0 - by_buyers))


def missing(net: Rounds, of: Shocks, hd: Array) -> Array:
    """(G, shocks) part that is missing of each group of inputs."""
    return np.asarray(net.down @ undelivered(net, of, hd))


def undelivered(net: Rounds, of: Shocks, hd: Array) -> Array:
    """(P, shocks) part of each pool's deliveries that is lost and not replaced."""
    remaining = np.add.reduceat(of.sales * hd, net.start, axis=0)
    remaining[remaining <= NOTHING_LEFT] = GONE  # the published rule takes 1 for it, and wants every firm to sell at least that
    lost = of.share * np.minimum(1.0, of.sales / remaining[net.thing]) * (1.0 - hd)
    return np.asarray((net.members @ lost) / of.pool)


def not_taken(net: Rounds, of: Shocks, hu: Array) -> Array:
    """(T, shocks) part of each thing's purchases that its makers no longer make."""
    return np.asarray(np.add.reduceat(of.share * (1.0 - hu), net.start, axis=0))


def lost_sales(sales: Array, h: Array) -> Array:
    """(n, shocks) what each line loses, as a part of all sales between firms."""
    return np.asarray(sales * (1.0 - h) / sales.sum(axis=0))
