"""How long every risk table of the shipped graph takes to make, from the published records.

    stackgraph run && python -m benchmarks.risk_tables

Makes all of them in a copy of the warehouse, checks and writing included, three times: one after the other in one process,
and as a run does, stress in a process of its own beside the others. Prints medians of wall and processor seconds, and the
target; modules and compiled code are loaded.
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from pipelines import ahead, beforehand, warehouse
from pipelines.assets import cascade, chokepoints, results, risk, stress
from pipelines.home import ENVIRONMENT, home

TARGET = 5.0
TABLES: dict[str, Callable[[], Iterable[object]]] = {
    "risk.hhi": results._risk,
    "risk.ntier_hhi": risk._ntier,
    "risk.spof, min_cut_set, top_probability": chokepoints._chokepoints,
    "risk.supply_risk": chokepoints._supply_risk,
    "risk.cascade": cascade._cascade,
    "risk.tts_ttr, disruption, common_mode, mitigation": stress._stress,
}


def measured(make: Callable[[], Iterable[object]]) -> tuple[float, float]:
    """(wall, processor) seconds of making a table once."""
    wall, processor = time.perf_counter(), time.process_time()
    list(make())
    return time.perf_counter() - wall, time.process_time() - processor


def beside() -> float:
    """Wall seconds of all tables, stress beside the others, from records to rows."""
    ahead.warm("graph.risk.stress_results", "graph.risk.kernels", wait=True)
    with warehouse.session(home().warehouse):
        began = time.perf_counter()
        beforehand.STRESS.begin(also_if_made=True)
        for make in TABLES.values():  # stress comes last, and is asked for what was begun
            list(make())
        return time.perf_counter() - began


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copyfile(home().warehouse, Path(folder) / "warehouse.duckdb")
        os.environ[ENVIRONMENT] = folder
        total = [0.0, 0.0]
        for name, make in TABLES.items():
            runs = []
            for _ in range(3):
                with warehouse.session(home().warehouse):  # each run reads its tables anew
                    runs.append(measured(make))
            wall, processor = (statistics.median(column) for column in zip(*runs, strict=True))
            total = [total[0] + wall, total[1] + processor]
            print(f"{name:<52} {wall:6.2f} s   processor {processor:6.2f} s")
        print(f"{'every risk table, one after the other':<52} {total[0]:6.2f} s   processor {total[1]:6.2f} s")
        print(f"{'every risk table, as a run makes them':<52} {statistics.median(beside() for _ in range(3)):6.2f} s   target {TARGET:g} s")


if __name__ == "__main__":
    main()
