"""The daily simulation, compiled: one scenario after the other in a thread's own memory, scenarios spread over all cores.

Imported only where a job is large enough to be worth loading numba; `graph.risk.daily` has the same steps in plain numpy.
numba keeps the compiled code beside this file, or in the user's cache folder where this one cannot be written.

What makes it fast: a node's days are computed only from the day on which a loss, a short delivery or a changed order
reaches it, for until then each day is the same; each link's goods on the way lie in a ring as long as its lead time, so
that what arrives today and what is sent today share one place; orders are kept per slot, not per link.
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
    usual, beyond = np.empty(n_slots), np.zeros(n_slots)
    order2 = np.zeros(n_links)
    place, cursor = np.empty(n_links, np.int32), np.zeros(n_links, np.int32)
    ring = np.empty(lead.sum())
    calm1, asked1, asked2 = np.zeros(n_nodes), np.empty(n_nodes), np.zeros(n_nodes)
    fill1, fill2 = np.ones(n_nodes), np.ones(n_nodes)
    stock, left = stock0.copy(), capacity.copy()
    made_now, bound = output.copy(), np.full(n_nodes, -1, np.int32)
    awake, order, count = np.zeros(n_nodes, np.bool_), np.empty(n_nodes, np.int64), 0
    put = 0
    for n in range(n_nodes):
        for s in range(slot_start[n], slot_start[n + 1]):
            usual[s] = need[s] * output[n]
            for e in range(link_start[s], link_start[s + 1]):
                flow = mix[e] * usual[s]
                calm1[source[e]] += flow
                moving[s] += flow * lead[e]
                place[e] = put
                ring[put : put + lead[e]] = flow
                put += lead[e]
            target[s] += moving[s]
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
        # Arrivals, production, and how much of its orders each node can ship.
        running = count
        for i in range(running):
            n = order[i]
            want = min(left[n], asked1[n] + asked2[n] + demand[n] + max(stock0[n] - stock[n], 0.0))
            limit = 1.0
            bound[n] = -2 if left[n] < output[n] * (1 - 1e-9) else -1
            for s in range(slot_start[n], slot_start[n + 1]):
                a, b = link_start[s], link_start[s + 1]
                got = 0.0
                for e in range(a, b):
                    got += ring[place[e] + cursor[e]]
                moving[s] -= got
                if k[s] > 1:
                    got = min(got, _kth(ring, place, cursor, mix, a, b, k[s]))
                held[s] += got
                if turnover[s] > 0.0:
                    normal = need[s] * output[n]
                    installed = min(held[s], normal * (base[s] + (1.0 - base[s]) / turnover[s]))
                    held[s] -= installed
                    base[s] += turnover[s] * (installed / normal - base[s])
                    there, wanted = base[s] * output[n], want
                else:
                    there, wanted = held[s], need[s] * want
                if there < wanted:
                    reached = there / wanted
                    if t >= short_since[s] + switch_days[s]:
                        reached = substitutable[s] + (1.0 - substitutable[s]) * reached
                    if reached < limit:
                        if reached < limit - 1e-9:
                            bound[n] = s
                        limit = reached
            x = want * limit
            for s in range(slot_start[n], slot_start[n + 1]):
                if turnover[s] <= 0.0:
                    held[s] = max(held[s] - need[s] * x, 0.0)
            there, claim = stock[n] + x, asked1[n] + demand[n]
            fill1[n] = 1.0 if there >= claim else there / claim
            there = max(there - claim, 0.0)
            fill2[n] = 1.0 if there >= asked2[n] else there / asked2[n]
            stock[n] = max(there - asked2[n], 0.0)
            made_now[n] = x
            if fill1[n] < 1.0 - 1e-12:
                for c in range(consumer_start[n], consumer_start[n + 1]):
                    count = _wake(consumer[c], awake, order, count)
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
            woken_today = i > running
            working = min(output[n], left[n])
            for s in range(slot_start[n], slot_start[n + 1]):
                a, b = link_start[s], link_start[s + 1]
                sent, unfilled, weight = 0.0, 0.0, 0.0
                for e in range(a, b):
                    full = fill1[source[e]]
                    one = mix[e] * usual[s] * full
                    weight += mix[e] * full
                    if beyond[s] > 0.0:
                        one += order2[e] * fill2[source[e]]
                    ring[place[e] + cursor[e]] = one
                    sent += one
                    cursor[e] = cursor[e] + 1 if cursor[e] + 1 < lead[e] else 0
                    unfilled += mix[e] * (1.0 - full)
                normal = need[s] * output[n]
                moving[s] += sent - (normal if woken_today else 0.0)
                if unfilled * usual[s] > 1e-9 * normal and short_since[s] == NEVER:
                    short_since[s] = t
                rate = need[s] * working
                due = max(rate + target[s] - held[s] - moving[s], 0.0)
                usual[s] = min(due, rate)
                split = b - a > 1 and weight > 1e-9 and k[s] == 1
                more = due - usual[s] + (usual[s] * unfilled if split else 0.0)
                beyond[s] = more if more > 1e-12 * normal else 0.0
                if abs(usual[s] - normal) > 1e-12 * normal or beyond[s] > 0.0:
                    for e in range(a, b):
                        asked1[source[e]] += mix[e] * (usual[s] - normal)
                        count = _wake(source[e], awake, order, count)
                if beyond[s] > 0.0:
                    for e in range(a, b):
                        order2[e] = beyond[s] * (mix[e] * fill1[source[e]] / weight if split else mix[e])
                        asked2[source[e]] += order2[e]


@njit(cache=True, error_model="numpy")
def _wake(node, awake, order, count):  # type: ignore[no-untyped-def]
    """From today on a node's days are computed; until then each was the same. Returns how many are awake."""
    if awake[node]:
        return count
    awake[node] = True
    order[count] = node
    return count + 1


@njit(cache=True, error_model="numpy")
def _kth(ring, place, cursor, mix, a, b, k):  # type: ignore[no-untyped-def]
    """What the k-th best of the alternatives a..b brings today, relative to its normal part."""
    found = 0.0
    for e in range(a, b):
        mine = ring[place[e] + cursor[e]] / mix[e]
        as_good = 0
        for other in range(a, b):
            if ring[place[other] + cursor[other]] / mix[other] >= mine:
                as_good += 1
        if as_good >= k:
            found = max(found, mine)
    return found
