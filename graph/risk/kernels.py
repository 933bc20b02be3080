"""The daily simulation, compiled: blocks of scenarios side by side (`graph.risk.lanes`), one day after the other.

Imported only where a job is large enough to be worth loading numba; `graph.risk.daily` has the same steps in plain numpy.
numba keeps the compiled code beside this file, or in the user's cache folder where this one cannot be written.

What makes it fast: each inner loop runs over the scenarios of a block, eight to an instruction; places in the rings of
goods on the way, which are too many for the processor's cache, are asked of memory before they are needed; and a node's
days are computed only from the day on which a loss, a short delivery or a changed order reaches it in one of the
scenarios, for until then each day is the same.

Numbers are of double precision throughout: stocks and orders on the way are sums over a year, and what is short by a
billionth already counts.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from graph.risk.lanes import FAINT, NEVER
from graph.risk.prefetch import prefetch

AHEAD = 12
"""Links between the one computed and the one whose place is asked of memory."""


@njit(cache=True, nogil=True, error_model="numpy")
def run(plan, at, shock_start, shock_node, shock_part, shock_course, courses, targets, made, binding, several):  # type: ignore[no-untyped-def]
    """Fill made and binding (scenarios, days, targets) of one block, which is at rest.

    shock_start : (scenarios + 1,) the losses of each scenario, as in `graph.risk.simulation._Shocks`
    several : True for a block of LANES scenarios, of which fewer may be used; None for one scenario alone
    """
    output, capacity, first, last, step = plan.output, plan.capacity, plan.first, plan.last, plan.step
    left, awake, queue, made_today, bound, ring = at.left, at.awake, at.queue, at.made, at.bound, at.ring
    for s in range(plan.need.size):
        for e in range(plan.link_start[s], plan.link_start[s + 1]):
            for place in range(first[e], last[e], step[e]):
                ring[place, :] = plan.mix[e] * plan.normal[s]
    count, running = 0, 0
    for n in range(output.size):
        if abs(plan.calm[n] + plan.demand[n] - output[n]) > 1e-9 * output[n]:
            count = _wake(n, awake, queue, count)
    for t in range(made.shape[1]):
        for lane in range(made.shape[0]):
            for h in range(shock_start[lane], shock_start[lane + 1]):
                left[shock_node[h], lane] = capacity[shock_node[h]]
            for h in range(shock_start[lane], shock_start[lane + 1]):
                node, lost = shock_node[h], shock_part[h] * courses[shock_course[h], t]
                left[node, lane] = max(left[node, lane] - capacity[node] * lost, 0.0)
                if lost > 0.0:
                    count = _wake(node, awake, queue, count)
        if count > running:
            queue[:count].sort()  # neighbours one after the other
        running = count
        count = _produce(plan, at, t, count, several)
        for j in range(targets.size):
            n = targets[j]
            for lane in range(made.shape[0]):
                made[lane, t, j] = made_today[n, lane] / output[n]
                binding[lane, t, j] = bound[n, lane]
        count = _order(plan, at, t, count, several)


@njit(cache=True, nogil=True, error_model="numpy")
def _produce(plan, at, t, count, several):  # type: ignore[no-untyped-def]
    """What each node makes of what it holds, and how much of its orders it ships."""
    output, target, demand, slot_start, needs = plan.output, plan.stock, plan.demand, plan.slot_start, plan.need
    normal, turnover, substitutable, switch_days = plan.normal, plan.turnover, plan.substitutable, plan.switch_days
    consumer_start, consumer = plan.consumer_start, plan.consumer
    queue, left, asked, extras, stock = at.queue, at.left, at.asked, at.extra, at.stock
    bound, base, held, short_since, made = at.bound, at.base, at.held, at.short_since, at.made
    filled, filled_extra, awake = at.filled, at.filled_extra, at.awake
    lanes = _lanes(several, held)
    want, limit, reached = np.empty(lanes), np.empty(lanes), np.empty(lanes)
    for i in range(count):
        n = queue[i]
        whole, refill, final = output[n], target[n], demand[n]
        for lane in range(lanes):
            can = left[n, lane]
            want[lane] = min(can, asked[n, lane] + final + extras[n, lane] + max(refill - stock[n, lane], 0.0))
            limit[lane] = 1.0
            bound[n, lane] = -2 if can < whole * (1 - 1e-9) else -1
        for s in range(slot_start[n], slot_start[n + 1]):
            need, faint = needs[s], FAINT * normal[s]
            if turnover[s] > 0.0:
                for lane in range(lanes):
                    there, wanted = base[s, lane] * normal[s], need * want[lane]
                    reached[lane] = there / wanted if there < wanted - faint else 1.0
            else:
                for lane in range(lanes):
                    there, wanted = held[s, lane], need * want[lane]
                    reached[lane] = there / wanted if there < wanted - faint else 1.0
            if substitutable[s] > 0.0:
                helped, since = substitutable[s], t - switch_days[s]
                for lane in range(lanes):
                    if since >= short_since[s, lane]:
                        reached[lane] = helped + (1.0 - helped) * reached[lane]
            for lane in range(lanes):
                least = limit[lane]
                if reached[lane] < least - 1e-9:
                    bound[n, lane] = s
                limit[lane] = min(least, reached[lane])
        scarce = 0
        for lane in range(lanes):
            x = want[lane] * limit[lane]
            made[n, lane] = x
            claim, extra = asked[n, lane] + final, extras[n, lane]
            there = stock[n, lane] + x
            part = there / claim
            filled[n, lane] = 1.0 if there >= claim else part
            scarce += there < claim * (1.0 - 1e-12)
            there = max(there - claim, 0.0)
            part = there / extra
            filled_extra[n, lane] = 1.0 if there >= extra else part
            stock[n, lane] = max(there - extra, 0.0)
        if scarce:
            for c in range(consumer_start[n], consumer_start[n + 1]):
                count = _wake(consumer[c], awake, queue, count)
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _order(plan, at, t, count, several):  # type: ignore[no-untyped-def]
    """Shipments, tomorrow's orders and tomorrow's arrivals; who is woken by an order has had a normal day so far."""
    sources, calm, output, slot_start, link_start = plan.source, plan.calm, plan.output, plan.slot_start, plan.link_start
    ks, needs, normals, turnover, kept, mixes = plan.k, plan.need, plan.normal, plan.turnover, plan.kept, plan.mix
    leads, step, last, first, substitutable = plan.lead, plan.step, plan.last, plan.first, plan.substitutable
    asked, extra, queue, beyonds, ring = at.asked, at.extra, at.queue, at.beyond, at.ring
    spot, arriving, filled, usual, order = at.spot, at.arriving, at.filled, at.usual, at.order
    filled_extra, short_since, lack, held, made = at.filled_extra, at.short_since, at.lack, at.held, at.made
    left, base, awake = at.left, at.base, at.awake
    lanes, links = _lanes(several, held), sources.size
    got, sent, weight, change, share = np.empty(lanes), np.empty(lanes), np.empty(lanes), np.empty(lanes), np.empty(lanes)
    for n in range(calm.size):
        for lane in range(lanes):
            asked[n, lane] = calm[n]
            extra[n, lane] = 0.0
    i = 0
    while i < count:
        n = queue[i]
        i += 1
        whole = output[n]
        for s in range(slot_start[n], slot_start[n + 1]):
            a, b, k = link_start[s], link_start[s + 1], ks[s]
            need, normal, wear, keeps = needs[s], normals[s], turnover[s], kept[s]
            further = 0
            for lane in range(lanes):
                further += beyonds[s, lane] > 0.0
                got[lane] = 0.0
                sent[lane] = 0.0
                weight[lane] = 0.0
            wholly = 0.0
            for e in range(a, b):
                if lanes > 1 and e + AHEAD < links:
                    prefetch(ring, spot[e + AHEAD])  # type: ignore[call-arg]
                mix, place, source, tomorrow = mixes[e], spot[e], sources[e], leads[e] == 1
                if k > 1 and not tomorrow:
                    for lane in range(lanes):
                        arriving[e - a, lane] = ring[place, lane]
                if tomorrow:
                    for lane in range(lanes):
                        given = mix * filled[source, lane]
                        one = usual[s, lane] * given + order[e, lane] * filled_extra[source, lane]
                        ring[place, lane] = one
                        got[lane] += one
                        sent[lane] += one
                        weight[lane] += given
                elif further:
                    for lane in range(lanes):
                        given = mix * filled[source, lane]
                        one = usual[s, lane] * given + order[e, lane] * filled_extra[source, lane]
                        got[lane] += ring[place, lane]
                        ring[place, lane] = one
                        sent[lane] += one
                        weight[lane] += given
                else:
                    for lane in range(lanes):
                        given = mix * filled[source, lane]
                        one = usual[s, lane] * given
                        got[lane] += ring[place, lane]
                        ring[place, lane] = one
                        sent[lane] += one
                        weight[lane] += given
                if k > 1 and tomorrow:
                    for lane in range(lanes):
                        arriving[e - a, lane] = ring[place, lane]
                wholly += mix
                place += step[e]
                spot[e] = place if place < last[e] else first[e]
            if substitutable[s] > 0.0:
                for lane in range(lanes):
                    if (wholly - weight[lane]) * usual[s, lane] > 1e-9 * normal and short_since[s, lane] == NEVER:
                        short_since[s, lane] = t
            if wear > 0.0:
                for lane in range(lanes):
                    lack[s, lane] -= sent[lane]
            else:
                for lane in range(lanes):
                    there = held[s, lane]
                    rest = keeps * max(there - need * made[n, lane], 0.0)
                    held[s, lane] = rest
                    lack[s, lane] += (there - rest) - sent[lane]
            splits = b - a > 1 and k == 1
            changed, further_on = 0, 0
            for lane in range(lanes):
                rate = need * min(whole, left[n, lane])
                due = max(rate + lack[s, lane], 0.0)
                orders = min(due, rate)
                split = splits and weight[lane] > 1e-9
                beyond = due - orders + (orders * (wholly - weight[lane]) if split else 0.0)
                beyond = beyond if beyond > 1e-12 * normal else 0.0
                usual[s, lane] = orders
                beyonds[s, lane] = beyond
                change[lane] = orders - normal
                share[lane] = beyond / weight[lane] if split else beyond
                changed += abs(orders - normal) > 1e-12 * normal
                further_on += beyond > 0.0
            if changed + further_on:
                for e in range(a, b):
                    source, mix = sources[e], mixes[e]
                    for lane in range(lanes):
                        asked[source, lane] += mix * change[lane]
                    count = _wake(np.int64(source), awake, queue, count)
            if further_on:
                for e in range(a, b):
                    source, mix = sources[e], mixes[e]
                    for lane in range(lanes):
                        one = share[lane] * mix * (filled[source, lane] if splits and weight[lane] > 1e-9 else 1.0)
                        order[e, lane] = one
                        extra[source, lane] += one
            elif further:
                order[a:b] = 0.0
            if k > 1:
                for lane in range(lanes):
                    useful = min(got[lane], _kth(arriving, mixes, a, b, k, lane))
                    lack[s, lane] += got[lane] - useful
                    got[lane] = useful
            if wear > 0.0:
                for lane in range(lanes):
                    part, there = base[s, lane], held[s, lane] + got[lane]
                    installed = min(there, normal * (part + (1.0 - part) / wear))
                    held[s, lane] = there - installed
                    lack[s, lane] += installed
                    base[s, lane] = part + wear * (installed / normal - part)
            else:
                for lane in range(lanes):
                    held[s, lane] += got[lane]
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _wake(node, awake, queue, count):  # type: ignore[no-untyped-def]
    """From today on a node's days are computed; until then each was the same. Returns how many are awake."""
    if awake[node]:
        return count
    awake[node] = True
    queue[count] = node
    return count + 1


@njit(cache=True, nogil=True, error_model="numpy")
def _kth(arriving, mix, a, b, k, lane):  # type: ignore[no-untyped-def]
    """What the k-th best of the alternatives a..b brings, relative to its normal part."""
    found = 0.0
    for e in range(a, b):
        mine = arriving[e - a, lane] / mix[e]
        as_good = 0
        for other in range(a, b):
            if arriving[other - a, lane] / mix[other] >= mine:
                as_good += 1
        if as_good >= k:
            found = max(found, mine)
    return found


@njit(cache=True, nogil=True)
def _lanes(several, rows):  # type: ignore[no-untyped-def]
    """Scenarios of a block. One alone is known to the compiler, which makes another machine code for it, without inner loops."""
    if several is None:
        return 1
    return rows.shape[1]
