"""How long questions to the cost chain take, on the published records.

    stackgraph run && python -m benchmarks.cost_program

Prints the median of five, next to the target: tracing a deployment, 100,000 and a million draws of the whole chain, all
elasticities, Sobol indices of the twenty widest figures.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from graph.cost.figures import Figures
from graph.cost.headline import HEADLINE_MODEL, HEADLINE_WORKLOAD
from graph.cost.sensitivity import elasticities, swings
from graph.cost.trace import Tracer
from graph.cost.uncertainty import felt, sample, sobol
from pipelines.stack import Stack

KEY = ("gb200", HEADLINE_MODEL, HEADLINE_WORKLOAD)
TIMES = 5


def median_seconds(ask: Callable[[], object]) -> float:
    """Wall seconds of asking, the median of `TIMES`."""
    found = []
    for _ in range(TIMES):
        start = time.perf_counter()
        ask()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def main() -> None:
    core = Stack.load()._chain
    figures = Figures(core["parameter"], core["price"], core["requirement"], draws=0)
    trace = Tracer(core, figures).trace(KEY)
    bars = swings(trace, figures)
    names, widest = felt(bars), list(bars["input"][:20])
    print(
        f"{'/'.join(KEY)}: {len(trace.program.lines)} operations, {len(trace.program.inputs)} inputs, {len(names)} with a range that is felt"
    )
    jobs: dict[str, tuple[Callable[[], object], float | None]] = {
        "trace a deployment": (lambda: Tracer(core, figures).trace(KEY), None),
        "100,000 draws": (lambda: sample(trace, figures, names, 100_000), 0.5),
        "1,000,000 draws": (lambda: sample(trace, figures, names, 1_000_000), 5.0),
        "all elasticities, both rules": (lambda: elasticities(trace), 0.05),
        "Sobol indices of 20 figures, 4,096 draws": (lambda: sobol(trace, figures, KEY, widest), 3.0),
    }
    for name, (ask, target) in jobs.items():
        print(f"{name:<44} {median_seconds(ask):7.3f} s" + (f"   target {target:g} s" if target else ""))


if __name__ == "__main__":
    main()
