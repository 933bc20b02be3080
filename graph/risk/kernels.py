"""The daily simulation, compiled: one scenario after the other in a thread's own memory, scenarios spread over all cores.

Imported only where a job is large enough to be worth loading numba; `graph.risk.daily` has the same steps in plain numpy.
numba keeps the compiled code beside this file, or in the user's cache folder where this one cannot be written.

What makes it fast: a node's days are computed only from the day on which a loss, a short delivery or a changed order
reaches it, for until then each day is the same; each link's goods on the way lie in a ring as long as its lead time, so
that what arrives today and what is sent today share one place, and the rings of links of one lead time are interleaved, so
that one day's places are neighbours; orders are kept per slot, not per link.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

NEVER = 1 << 30


@njit(cache=True, parallel=True, error_model="numpy")
def run(  # type: ignore[no-untyped-def]
    output,
    capacity,
    stock0,
    demand,
    slot_start,
    need,
    slot_stock,
    substitutable,
    switch_days,
    turnover,
    k,
    link_start,
    source,
    lead,
    mix,
    consumer_start,
    consumer,
    shock_start,
    shock_node,
    shock_part,
    shock_course,
    courses,
    targets,
    made,
    binding,
):
    """Fill made and binding (scenarios, days, targets); the rest as in `graph.risk.network.Network` and the losses."""
    for scenario in prange(made.shape[0]):
        _one(
            output, capacity, stock0, demand, slot_start, need, slot_stock, substitutable, switch_days, turnover, k, link_start,
            source, lead, mix, consumer_start, consumer, shock_start[scenario], shock_start[scenario + 1], shock_node, shock_part, shock_course, courses,
            targets, made[scenario], binding[scenario],
        )  # fmt: skip


@njit(cache=True, error_model="numpy")
def _one(  # type: ignore[no-untyped-def]
    output,
    capacity,
    stock0,
    demand,
    slot_start,
    need,
    slot_stock,
    substitutable,
    switch_days,
    turnover,
    k,
    link_start,
    source,
    lead,
    mix,
    consumer_start,
    consumer,
    shock_from,
    shock_to,
    shock_node,
    shock_part,
    shock_course,
    courses,
    targets,
    made,
    binding,
):
    n_nodes, n_slots, n_links = output.size, need.size, source.size
    held, moving, target = slot_stock.copy(), np.zeros(n_slots), slot_stock.copy()
    base, short_since = np.ones(n_slots), np.full(n_slots, NEVER)
    usual, beyond, normally = np.empty(n_slots), np.zeros(n_slots), np.empty(n_slots)
    order2, of = np.zeros(n_links), source.astype(np.uint64)
    plain = (k == 1) & (turnover <= 0.0)
    begin, end, step = np.empty(n_links, np.uint64), np.empty(n_links, np.uint64), np.empty(n_links, np.uint64)
    ring = np.empty(lead.sum())
    alike = np.zeros(lead.max() + 1 if n_links else 1, np.int64)
    for e in range(n_links):
        alike[lead[e]] += 1
    put = np.zeros(alike.size, np.int64)
    for days in range(1, alike.size):
        put[days] = put[days - 1] + alike[days - 1] * (days - 1)
    calm1, asked1, asked2 = np.zeros(n_nodes), np.empty(n_nodes), np.zeros(n_nodes)
    fill1, fill2 = np.ones(n_nodes), np.ones(n_nodes)
    stock, left = stock0.copy(), capacity.copy()
    made_now, bound = output.copy(), np.full(n_nodes, -1, np.int32)
    awake, order, count, running = np.zeros(n_nodes, np.bool_), np.empty(n_nodes, np.int64), 0, 0
    for n in range(n_nodes):
        for s in range(slot_start[n], slot_start[n + 1]):
            usual[s] = normally[s] = need[s] * output[n]
            for e in range(link_start[s], link_start[s + 1]):
                flow = mix[e] * usual[s]
                calm1[source[e]] += flow
                moving[s] += flow * lead[e]
                place, many = put[lead[e]], alike[lead[e]]
                begin[e], end[e], step[e] = place, place + many * lead[e], many
                for day in range(lead[e]):
                    ring[place + many * day] = flow
                put[lead[e]] += 1
            target[s] += moving[s]
    spot = begin.copy()
    asked1[:] = calm1
    for n in range(n_nodes):
        if abs(calm1[n] + demand[n] - output[n]) > 1e-9 * output[n]:
            count = _wake(n, awake, order, count)
    for t in range(made.shape[0]):
        for h in range(shock_from, shock_to):
            left[shock_node[h]] = capacity[shock_node[h]]
        for h in range(shock_from, shock_to):
            node, lost = shock_node[h], shock_part[h] * courses[shock_course[h], t]
            left[node] = max(left[node] - capacity[node] * lost, 0.0)
            if lost > 0.0:
                count = _wake(node, awake, order, count)
        # Arrivals, production, and how much of its orders each node can ship. Locals spare look-ups: a store into one array
        # would have the compiler read all others again.
        if count > running:
            order[:count].sort()  # neighbours one after the other
        running = count
        for i in range(running):
            n = order[i]
            in_stock, claim, claim2, makes, whole = stock[n], asked1[n] + demand[n], asked2[n], left[n], output[n]
            want = min(makes, claim + claim2 + max(stock0[n] - in_stock, 0.0))
            limit, binds = 1.0, -2 if makes < whole * (1 - 1e-9) else -1
            first, after = slot_start[n], slot_start[n + 1]
            for s in range(first, after):
                a, b = link_start[s], link_start[s + 1]
                got = 0.0
                for e in range(a, b):
                    got += ring[spot[e]]
                moving[s] -= got
                if plain[s]:
                    there = held[s] + got
                    held[s] = there
                    wanted = need[s] * want
                else:
                    if k[s] > 1:
                        got = min(got, _kth(ring, spot, mix, a, b, k[s]))
                    there, wanted = held[s] + got, need[s] * want
                    if turnover[s] > 0.0:
                        normal, part = normally[s], base[s]
                        installed = min(there, normal * (part + (1.0 - part) / turnover[s]))
                        there -= installed
                        held[s] = there
                        part += turnover[s] * (installed / normal - part)
                        base[s] = part
                        there, wanted = part * whole, want
                    else:
                        held[s] = there
                if there < wanted:
                    reached = there / wanted
                    if t >= short_since[s] + switch_days[s]:
                        reached = substitutable[s] + (1.0 - substitutable[s]) * reached
                    if reached < limit:
                        if reached < limit - 1e-9:
                            binds = s
                        limit = reached
            x = want * limit
            there = in_stock + x
            if there >= claim:
                fill1[n] = 1.0
            else:
                fill1[n] = there / claim
                if there < claim * (1.0 - 1e-12):
                    for c in range(consumer_start[n], consumer_start[n + 1]):
                        count = _wake(consumer[c], awake, order, count)
            there = max(there - claim, 0.0)
            fill2[n] = 1.0 if there >= claim2 else there / claim2
            stock[n] = max(there - claim2, 0.0)
            made_now[n], bound[n] = x, binds
        for j in range(targets.size):
            made[t, j] = made_now[targets[j]] / output[targets[j]]
            binding[t, j] = bound[targets[j]]
        asked1[:] = calm1
        asked2[:] = 0.0
        # Shipping, and tomorrow's orders; who is woken by an order has had a normal day so far.
        i = 0
        while i < count:
            n = order[i]
            i += 1
            working, x = min(output[n], left[n]), made_now[n]
            for s in range(slot_start[n], slot_start[n + 1]):
                a, b = link_start[s], link_start[s + 1]
                asked, normal, more = usual[s], normally[s], beyond[s] > 0.0
                sent, weight, wholly = 0.0, 0.0, 0.0
                for e in range(a, b):
                    part, place = mix[e], spot[e]
                    given = part * fill1[of[e]]
                    one = asked * given
                    if more:
                        one += order2[e] * fill2[of[e]]
                    ring[place] = one
                    sent += one
                    weight += given
                    wholly += part
                    place += step[e]
                    spot[e] = place if place < end[e] else begin[e]
                stays = held[s]
                if i > running:
                    sent -= normal  # what arrived today was used today
                elif turnover[s] <= 0.0:
                    stays = max(stays - need[s] * x, 0.0)
                    held[s] = stays
                way = moving[s] + sent
                moving[s] = way
                unfilled = wholly - weight
                if unfilled * asked > 1e-9 * normal and short_since[s] == NEVER:
                    short_since[s] = t
                rate = need[s] * working
                due = max(rate + target[s] - stays - way, 0.0)
                asked = min(due, rate)
                usual[s] = asked
                split = b - a > 1 and weight > 1e-9 and k[s] == 1
                extra = due - asked + (asked * unfilled if split else 0.0)
                if extra <= 1e-12 * normal:
                    extra = 0.0
                beyond[s] = extra
                change = asked - normal
                if abs(change) > 1e-12 * normal or extra > 0.0:
                    for e in range(a, b):
                        asked1[of[e]] += mix[e] * change
                        count = _wake(source[e], awake, order, count)
                if extra > 0.0:
                    for e in range(a, b):
                        one = extra * (mix[e] * fill1[of[e]] / weight if split else mix[e])
                        order2[e] = one
                        asked2[of[e]] += one


@njit(cache=True, error_model="numpy")
def _wake(node, awake, order, count):  # type: ignore[no-untyped-def]
    """From today on a node's days are computed; until then each was the same. Returns how many are awake."""
    if awake[node]:
        return count
    awake[node] = True
    order[count] = node
    return count + 1


@njit(cache=True, error_model="numpy")
def _kth(ring, spot, mix, a, b, k):  # type: ignore[no-untyped-def]
    """What the k-th best of the alternatives a..b brings today, relative to its normal part."""
    found = 0.0
    for e in range(a, b):
        mine = ring[spot[e]] / mix[e]
        as_good = 0
        for other in range(a, b):
            if ring[spot[other]] / mix[other] >= mine:
                as_good += 1
        if as_good >= k:
            found = max(found, mine)
    return found
