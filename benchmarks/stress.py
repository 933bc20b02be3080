"""How long the daily simulation takes: 1,000 nodes, 365 days, 1,000 scenarios.

    python -m benchmarks.stress [nodes] [days] [scenarios]

Makes a layered network with a few links back up (cycles), the same at each call, and loses one to three nodes in each
scenario. Prints seconds and peak memory next to the target; the first run, which may compile, is not counted. BoARIO
takes 8.8 s for one scenario of 100 days.
"""

from __future__ import annotations

import resource
import statistics
import sys
import time

import numpy as np

from graph.risk.network import Link, Network, Site, Slot, network
from graph.risk.simulation import Loss, Scenario, outage, simulate

TARGET = 10.0
INPUTS, ALTERNATIVES = 3, 2


def synthetic(nodes: int, seed: int = 7) -> Network:
    """A network of ten layers: each node takes three kinds of input, each from one or two nodes above (one in twenty from below)."""
    random = np.random.default_rng(seed)
    layers = np.array_split(np.arange(nodes), 10)
    supply: dict[int, list[tuple[int, ...]]] = {}
    for depth, layer in enumerate(layers):
        for n in layer:
            slots = []
            for _ in range(INPUTS if depth else 0):
                above = layers[depth - 1] if random.random() > 0.05 else layers[min(depth + 1, 9)]
                makers = random.choice(above, size=random.integers(1, ALTERNATIVES + 1), replace=False)
                slots.append(tuple(int(m) for m in makers if m != n) or (int(layers[depth - 1][0]),))
            supply[int(n)] = slots
    normal = np.zeros(nodes)
    for slots in supply.values():
        for makers in slots:
            normal[list(makers)] += 1.0 / len(makers)
    sites = {}
    for n, slots in supply.items():
        output = max(normal[n], 1.0)
        inputs = tuple(
            Slot(
                name=f"input {i}",
                need=1.0 / output,
                links=tuple(Link(f"n{m}", 1.0 / len(makers), int(random.integers(1, 45))) for m in makers),
                stock=float(random.integers(5, 60)),
                substitutable=float(random.choice([0.0, 0.2])),
                switch_days=60,
            )
            for i, makers in enumerate(slots)
        )
        sites[f"n{n}"] = Site(output, inputs, capacity=1.05 * output)
    return network(sites)


def shocks(net: Network, days: int, count: int, seed: int = 11) -> list[Scenario]:
    """Scenarios of one to three nodes lost for 30 to 180 days."""
    random = np.random.default_rng(seed)
    courses = [outage(days, int(d), recovery_days=30) for d in range(30, 181, 10)]
    return [
        [
            Loss(net.nodes[int(n)], float(random.uniform(0.3, 1.0)), courses[int(random.integers(len(courses)))])
            for n in random.choice(len(net.nodes), size=random.integers(1, 4), replace=False)
        ]
        for _ in range(count)
    ]


def main() -> None:
    nodes, days, scenarios = (int(v) for v in (sys.argv[1:] + ["1000", "365", "1000"][len(sys.argv) - 1 :]))
    net = synthetic(nodes)
    cases = shocks(net, days, scenarios)
    targets = net.nodes[-50:]
    start = time.perf_counter()
    simulate(net, cases, days, targets)
    first = time.perf_counter() - start
    taken, spent = [], []
    for _ in range(3):
        start, before = time.perf_counter(), time.process_time()
        run = simulate(net, cases, days, targets)
        taken.append(time.perf_counter() - start)
        spent.append(time.process_time() - before)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{nodes:,} nodes, {len(net.source):,} links, {days} days, {scenarios:,} scenarios, {len(targets)} targets")
    print(f"{'first run (loads, or compiles)':<34}{first:>8.2f} s")
    print(f"{'median of three':<34}{statistics.median(taken):>8.2f} s   target {TARGET:g} s")
    print(f"{'processor time, all cores':<34}{statistics.median(spent):>8.2f} s   what others run on the machine left out")
    print(f"{'peak memory':<34}{peak:>8,.0f} MB")
    print(f"{'mean output lost':<34}{run.lost().mean():>8.4f}")


if __name__ == "__main__":
    main()
