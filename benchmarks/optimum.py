"""How long the optimum takes over 20 boards, 10 sites and 12 operating points, and over the published records.

    stackgraph run && python -m benchmarks.optimum

Prints the processor seconds of one plan under four limits with its shadow prices, next to the target.
"""

from __future__ import annotations

import time

import numpy as np

from graph.cost.optimum import Menu, Question
from graph.cost.optimum_limits import planned, worths
from graph.cost.planning import CAPITAL, POWER, Build, Service, Ways

TARGET = 5.0
BOARDS, SITES, POINTS = 20, 10, 12


def menu(seed: int) -> Menu:
    """Boards, sites and points of the size of real ones, at random; none is better than another in everything."""
    generator = np.random.default_rng(seed)
    builds, services = [], []
    for b in range(BOARDS):
        usd, mw, capital = 10 ** generator.uniform([3.8, -3.2, 4.2], [4.6, -2.5, 5.0])
        for s in range(SITES):
            dearer, months = generator.uniform(0.9, 1.1), float(generator.integers(12, 84))
            uses = {POWER: mw * generator.uniform(0.95, 1.2), CAPITAL: capital / dearer, "hbm": 200.0, "cowos": 0.07}
            builds.append(Build(f"board_{b}", f"site_{s}", "grid", usd * dearer, uses, months))
        latency = np.linspace(4.0, 60.0, POINTS)
        accelerators = generator.uniform(2e-4, 2e-3) * (60.0 / latency) ** 0.7
        main = Ways(2.0 ** np.arange(POINTS), 2.0 ** np.arange(POINTS), latency, np.full(POINTS, 0.1), accelerators, accelerators * 0.05)
        small = Ways(main.chips, main.batch, latency / 3, main.ttft_s, accelerators / 8, accelerators * 0.0)
        services.append(Service(f"board_{b}", "coding_agent", main, small, 20.0, 0.15, 5.0, 20.0))
    return Menu(builds, services)


def main() -> None:
    for goal, demand, most in (("cost", None, 1), ("output", None, 1), ("cost", 3e7, 1), ("cost", 3e7, 3)):
        sizes = {POWER: 100.0, CAPITAL: 3e9, "hbm": 1.2e7, "cowos": 4e3}
        question = Question({"coding_agent": 1.0}, {"coding_agent": 40.0}, {"coding_agent": 5.0}, sizes, 60.0, demand, goal, most)  # type: ignore[arg-type]
        start = time.process_time()
        chosen = menu(7)
        plan = planned(question, chosen)
        worth = worths(plan, chosen)
        took = time.process_time() - start
        what = f"{goal if demand is None else 'demand'}, at most {most} builds, {len(worth)} limits priced"
        print(f"{what:<52} {took:6.2f} s   target {TARGET:g} s")


if __name__ == "__main__":
    main()
