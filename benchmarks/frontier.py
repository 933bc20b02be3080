"""How long the frontiers of 20 boards and 5 models take, with their ranges, and the match of every board to a latency profile.

    stackgraph run && python -m benchmarks.frontier

Medians of several repetitions in one process, from records that are read already; both kinds of frontier, without and with speculative
decoding, and the prices of an hour that they need.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from graph.cost.board_match import match
from graph.cost.calibration import calibration
from graph.cost.figures import Figures
from graph.cost.frontier import MODELS, frontier, hour_prices
from graph.cost.headline import HEADLINE_MODEL, HEADLINE_WORKLOAD
from pipelines.stack import Stack
from pipelines.warehouse import tidy

CORE = ("item", "requirement", "price", "parameter", "board", "model", "workload", "site", "benchmark")
BOARDS = 20
REPETITIONS = 5


def median(work: Callable[[], object]) -> tuple[float, float]:
    """(wall, processor) seconds of a piece of work, after one run that is not counted."""
    work()
    runs = []
    for _ in range(REPETITIONS):
        wall, processor = time.perf_counter(), time.process_time()
        work()
        runs.append((time.perf_counter() - wall, time.process_time() - processor))
    walls, processors = zip(*runs, strict=True)
    return statistics.median(walls), statistics.median(processors)


def main() -> None:
    stack = Stack.load()
    core = {name: tidy(stack.sql(f"select * from core.{name}")) for name in CORE}
    tables = core["parameter"], core["price"], core["requirement"]
    boards = core["board"]["board_id"].tolist()
    keys = [(board, model, HEADLINE_WORKLOAD) for board in boards[:BOARDS] for model in MODELS]

    def frontiers(draws: int) -> None:
        figures = Figures(*tables, draws=draws)
        frontier(core, figures, hour_prices(core, figures), keys, (False, True))

    work: list[tuple[str, Callable[[], object], float | None]] = [
        (f"frontiers of {BOARDS} boards x {len(MODELS)} models, central", lambda: frontiers(0), 1.0),
        (f"frontiers of {BOARDS} boards x {len(MODELS)} models, with ranges", lambda: frontiers(256), 1.0),
        (f"{len(boards)} boards matched to a profile", lambda: match(core, Figures(*tables), HEADLINE_MODEL, HEADLINE_WORKLOAD), None),
        ("calibration, all splits", lambda: calibration(core, Figures(*tables)), None),
    ]
    for name, piece, target in work:
        wall, processor = median(piece)
        print(f"{name:<56} {wall:6.2f} s   processor {processor:6.2f} s" + (f"   target {target:g} s" if target else ""))


if __name__ == "__main__":
    main()
