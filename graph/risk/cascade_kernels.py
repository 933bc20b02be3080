"""Compiled kernel of the cascade: one closed firm after the other, with work only where its shock arrives (METHODS 3).

Importing this module loads numba; nothing that does not run the kernel should import it. Machine code is kept in
numba's cache (beside this file, or in the user's cache folder where this one is not writable; NUMBA_CACHE_DIR names
another), so only the first run of an installation compiles.

The rounds and the stop rule are those of the synchronous update of all firms. A firm is recomputed in a round if a
firm it reads has changed; any other would be given the value it has. What a firm reads are sums per group of links, to
which changes are added; when most links change the sums are made afresh instead, which reads memory in order. The
replaceability of a firm depends on all firms of its industry: where one has changed the industry's remaining output is
summed again, and those of its firms that have lost something pass on the difference.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.risk.cascade_weights import Channel, CompiledCascade

AFRESH = 0.25
"""Part of a channel's links that must have changed for all its sums to be made afresh: a link read in order takes a fourth of the time."""
NOTHING_LEFT = 1e-10
"""An industry's remaining sales below which its replaceability is taken over 1, as in the reference implementation."""
WIDE = 0.12
"""Part of all firms reached from which on all of them are put back to rest, in order, rather than those reached."""
IN_ORDER = 0.03
"""Part of all firms that must be recomputed for their list to be put in order: memory is read in order from there on."""


class Shock(NamedTuple):
    """What one thread knows of one channel while a firm is closed; as at rest between firms.

    h : (n,) remaining production (1)        x : (n,) loss passed on, sigma (1 - h) (0)
    sums : (G,) weighted loss per group (0)  changed : firms whose h changed in the last round
    source, step : firms whose x changed in this round, and by how much
    row, is_row : firms to recompute in this round, as a list and as flags (0)

    Lists have a place to spare: what is already in them is written behind their end, and not counted.
    """

    h: NDArray[np.float64]
    x: NDArray[np.float64]
    sums: NDArray[np.float64]
    changed: NDArray[np.uint32]
    source: NDArray[np.uint32]
    step: NDArray[np.float64]
    row: NDArray[np.uint32]
    is_row: NDArray[np.uint8]


class Reach(NamedTuple):
    """Whom the shock has reached by either channel.

    firm : (many,) firms to be put back to rest, some more than once; where they do not fit, all are
    is_closed : (n,) flags of the closed firms (0)
    industry, is_touched : industries in which a firm has changed in this round, as a list and as flags (0)
    """

    firm: NDArray[np.uint32]
    is_closed: NDArray[np.uint8]
    industry: NDArray[np.uint32]
    is_touched: NDArray[np.uint8]


def scratch(net: CompiledCascade) -> tuple[Shock, Shock, Reach]:
    """Work space of one thread, at rest."""
    n, industries = len(net.sales), len(net.industry_start) - 1

    def integers() -> NDArray[np.uint32]:
        return np.empty(n + 1, np.uint32)

    def flags() -> NDArray[np.uint8]:
        return np.zeros(n, np.uint8)

    def shock(channel: Channel) -> Shock:
        groups = len(channel.group_link) - 1
        return Shock(np.ones(n), np.zeros(n), np.zeros(groups), integers(), integers(), np.empty(n), integers(), flags())

    many = int(WIDE * n)
    reach = Reach(np.empty(many, np.uint32), flags(), np.empty(industries, np.uint32), np.zeros(industries, np.uint8))
    return shock(net.down), shock(net.up), reach


@njit(cache=True, nogil=True)
def pass_on(channel, shock, changed):  # type: ignore[no-untyped-def]
    """Upstream: whoever changed passes all of its loss on. Returns how many firms pass on more, and over how many links."""
    links = 0
    for a in range(changed):
        i = shock.changed[a]
        x = 1.0 - shock.h[i]
        shock.source[a] = i
        shock.step[a] = x - shock.x[i]
        shock.x[i] = x
        links += channel.out_start[i + 1] - channel.out_start[i]
    return changed, links


@njit(cache=True, nogil=True)
def pass_on_in_markets(channel, shock, changed, sales, industry, industry_start, reach):  # type: ignore[no-untyped-def]
    """Downstream with the market term: x = sigma (1 - h), for every firm in an industry in which one has changed."""
    touched = 0
    for a in range(changed):
        k = industry[shock.changed[a]]
        if reach.is_touched[k] == 0:
            reach.is_touched[k] = 1
            reach.industry[touched] = k
            touched += 1
    found = 0
    links = 0
    for a in range(touched):
        k = reach.industry[a]
        reach.is_touched[k] = 0
        remaining = 0.0
        for i in range(industry_start[k], industry_start[k + 1]):
            remaining += sales[i] * shock.h[i]
        if remaining <= NOTHING_LEFT:
            remaining = 1.0
        for i in range(industry_start[k], industry_start[k + 1]):
            if shock.h[i] < 1.0:
                x = min(1.0, sales[i] / remaining) * (1.0 - shock.h[i])
                if x != shock.x[i]:
                    shock.source[found] = i
                    shock.step[found] = x - shock.x[i]
                    shock.x[i] = x
                    found += 1
                    links += channel.out_start[i + 1] - channel.out_start[i]
    return found, links


@njit(cache=True, nogil=True)
def add_steps(channel, shock, sources):  # type: ignore[no-untyped-def]
    """Adds what the sources pass on to the sums that read it. Returns how many firms must be recomputed."""
    rows = 0
    for a in range(sources):
        i = shock.source[a]
        step = shock.step[a]
        for e in range(channel.out_start[i], channel.out_start[i + 1]):
            shock.sums[channel.out_group[e]] += channel.out_weight[e] * step
            j = channel.out_row[e]
            shock.row[rows] = j
            rows += 1 - shock.is_row[j]
            shock.is_row[j] = 1
    if rows > IN_ORDER * len(shock.h):
        rows = 0
        for j in range(len(shock.h)):
            shock.row[rows] = j
            rows += shock.is_row[j]
    return rows


@njit(cache=True, nogil=True)
def sum_afresh(channel, shock):  # type: ignore[no-untyped-def]
    """Makes all sums anew. Returns how many firms read a loss."""
    rows = 0
    for j in range(len(shock.h)):
        reads = False
        for g in range(channel.row_group[j], channel.row_group[j + 1]):
            total = 0.0
            for e in range(channel.group_link[g], channel.group_link[g + 1]):
                total += channel.weight[e] * shock.x[channel.other[e]]
            reads |= total != shock.sums[g]
            shock.sums[g] = total
        if reads:
            shock.row[rows] = j
            rows += 1
    return rows


@njit(cache=True, nogil=True)
def recompute(channel, shock, rows, is_closed):  # type: ignore[no-untyped-def]
    """New h of the firms listed. Returns how many changed, and the largest decrease."""
    changed = 0
    largest = 0.0
    for a in range(rows):
        j = shock.row[a]
        shock.is_row[j] = 0
        if is_closed[j] == 1:
            continue
        loss = 0.0
        for g in range(channel.row_group[j], channel.row_group[j + 1]):
            loss = max(loss, shock.sums[g])
        h = max(0.0, 1.0 - loss)
        if h != shock.h[j]:
            largest = max(largest, shock.h[j] - h)
            shock.h[j] = h
            shock.changed[changed] = j
            changed += 1
    return changed, largest


@njit(cache=True, nogil=True)
def remember(reach, reached, firms, count):  # type: ignore[no-untyped-def]
    """Adds firms to those reached. Returns how many they are by now, or more than fit in their list."""
    if reached + count > len(reach.firm):
        return len(reach.firm) + 1
    for a in range(count):
        reach.firm[reached + a] = firms[a]
    return reached + count


@njit(cache=True, nogil=True)
def settle(down, up, fall, pull, reach, reached, sales):  # type: ignore[no-untyped-def]
    """Sales lost by either channel, downstream and upstream; and everything the shock has reached is put back to rest."""
    either = 0.0
    by_down = 0.0
    by_up = 0.0
    if reached > len(reach.firm):
        for j in range(len(sales)):
            either += sales[j] * (1.0 - min(fall.h[j], pull.h[j]))
            by_down += sales[j] * (1.0 - fall.h[j])
            by_up += sales[j] * (1.0 - pull.h[j])
        reach.is_closed[:] = 0
        for shock in (fall, pull):
            shock.h[:] = 1.0
            shock.x[:] = 0.0
            shock.sums[:] = 0.0
        return either, by_down, by_up
    for a in range(reached):
        j = reach.firm[a]
        reach.is_closed[j] = 0
        either += sales[j] * (1.0 - min(fall.h[j], pull.h[j]))
        by_down += sales[j] * (1.0 - fall.h[j])
        by_up += sales[j] * (1.0 - pull.h[j])
        fall.h[j] = 1.0
        fall.x[j] = 0.0
        pull.h[j] = 1.0
        pull.x[j] = 0.0
        for g in range(down.row_group[j], down.row_group[j + 1]):
            fall.sums[g] = 0.0
        for g in range(up.row_group[j], up.row_group[j + 1]):
            pull.sums[g] = 0.0
    return either, by_down, by_up


@njit(cache=True, nogil=True)
def close_groups(closed, start, eps, market, most_rounds, sales, industry, industry_start, down, up, work, result):  # type: ignore[no-untyped-def]
    """Closes one group of firms after the other. Row q of `result` becomes esri, esri_down, esri_up, rounds of closed[start[q]:start[q + 1]].

    Rounds are -1 where the cascade has not settled after `most_rounds`.
    """
    fall, pull, reach = work
    total = sales.sum()
    for q in range(len(start) - 1):
        shut = 0
        for a in range(start[q], start[q + 1]):
            j = closed[a]
            if reach.is_closed[j] == 0:
                reach.is_closed[j] = 1
                fall.h[j] = 0.0
                pull.h[j] = 0.0
                fall.changed[shut] = j
                pull.changed[shut] = j
                shut += 1
        reached = remember(reach, 0, fall.changed, shut)
        fallen = shut
        pulled = shut
        rounds = 0
        while True:
            rounds += 1
            if market:
                sources, links = pass_on_in_markets(down, fall, fallen, sales, industry, industry_start, reach)
            else:
                sources, links = pass_on(down, fall, fallen)
            rows = sum_afresh(down, fall) if links > AFRESH * len(down.other) else add_steps(down, fall, sources)
            fallen, decrease = recompute(down, fall, rows, reach.is_closed)
            reached = remember(reach, reached, fall.row, rows)

            sources, links = pass_on(up, pull, pulled)
            rows = sum_afresh(up, pull) if links > AFRESH * len(up.other) else add_steps(up, pull, sources)
            pulled, decrease_up = recompute(up, pull, rows, reach.is_closed)
            reached = remember(reach, reached, pull.row, rows)

            if max(decrease, decrease_up) <= eps:
                break
            if rounds == most_rounds:
                rounds = -1
                break
        either, by_down, by_up = settle(down, up, fall, pull, reach, reached, sales)
        result[q, 0] = either / total
        result[q, 1] = by_down / total
        result[q, 2] = by_up / total
        result[q, 3] = rounds
