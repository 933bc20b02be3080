"""How long minimal cut sets take: a published model where its files are at hand, and random trees of growing size.

    python -m benchmarks.cutsets [model.xml events.xml --top NAME]

Prints for each model the number of minimal cut sets, the median of seconds to find, count and list them all with the exact
probability, peak memory, and the target. `cold` is a process of its own from the first import to the last cut set. Machines are
noisy: CPU seconds are printed beside those of the clock.

Without files a tree of the kind that published models are made of is generated: trains in parallel with shared support
systems, and at-least gates between them. The yardstick for baobab1 is 0.16 s (zero-suppressed diagrams in C++).
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from graph.risk.cutsets import report
from graph.risk.decision_diagram import compiled
from graph.risk.fault_tree import FaultTree, Gate
from graph.risk.open_psa import read_fault_tree

ROOT = Path(__file__).resolve().parent.parent
RUNS = 5


def trains(number: int, parts: int, supports: int, seed: int) -> FaultTree:
    """`number` trains of `parts` components, each component leaning on a support system that all trains share; any two trains do."""
    random_source = random.Random(seed)
    gates: dict[str, Gate] = {}
    events: dict[str, float | None] = {}

    def event(name: str) -> str:
        events[name] = random_source.choice((1e-3, 5e-3, 2e-2))
        return name

    for s in range(supports):
        gates[f"support{s}"] = Gate("atleast", tuple(event(f"s{s}_{k}") for k in range(3)), 2)
    for t in range(number):
        for p in range(parts):
            leans_on = random_source.randrange(supports)
            gates[f"part{t}_{p}"] = Gate("or", (event(f"p{t}_{p}"), f"support{leans_on}"))
            gates[f"pair{t}_{p}"] = Gate("and", (f"part{t}_{p}", event(f"spare{t}_{p}")))
        gates[f"train{t}"] = Gate("or", tuple(f"pair{t}_{p}" for p in range(parts)))
    gates["top"] = Gate("atleast", tuple(f"train{t}" for t in range(number)), number - 1)
    return FaultTree(gates, events)


def measured(work: Callable[[], dict[str, object]]) -> tuple[dict[str, object], float, float]:
    """What the work gives, and medians of seconds and CPU seconds after one run that is not counted."""
    found = work()
    wall, cpu = [], []
    for _ in range(RUNS):
        w, c = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - w)
        cpu.append(time.process_time() - c)
    return found, statistics.median(wall), statistics.median(cpu)


def line(name: str, found: dict[str, object], wall: float, cpu: float, target: str = "") -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name:<34} {found['count']:>12,} cut sets  {wall:7.3f} s  {cpu:7.3f} s CPU  {peak:6.0f} MB  {target}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--top", default="r1")
    parser.add_argument("--one", action="store_true", help="one run and nothing else: what a cold process takes")
    given = parser.parse_args()
    if given.one:
        print(report(read_fault_tree(given.files), given.top)["count"])
        return
    generated = {f"{n} trains of {p}": trains(n, p, s, seed=1) for n, p, s in ((3, 6, 4), (3, 12, 6), (4, 10, 6), (4, 12, 6))}
    for loaded in (False, True):
        if loaded:
            compiled()
        print("machine code loaded" if loaded else "interpreter first")
        if given.files:
            target = "target 1 s" if "baobab1" in given.files[0].name else ""
            line(given.files[0].stem, *measured(lambda: report(read_fault_tree(given.files), given.top)), target)
        for name, tree in generated.items():
            line(name, *measured(lambda tree=tree: report(tree, "top")))  # type: ignore[misc]
    if given.files:
        wall = []
        for _ in range(RUNS + 1):
            start = time.perf_counter()
            command = [sys.executable, "-m", "benchmarks.cutsets", "--one", "--top", given.top, *map(str, given.files)]
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
            wall.append(time.perf_counter() - start)
        print(f"{given.files[0].stem + ', cold process':<34} {statistics.median(wall[1:]):.2f} s")


if __name__ == "__main__":
    main()
