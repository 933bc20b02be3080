"""The operating points among which a planner chooses: every group and batch worth running, for a board, a model and a workload.

A larger batch costs less per token and is slower for each user. A point is worth running if no other is both faster and
cheaper; those are the throughput-interactivity frontier (METHODS 5.9), and a limit on latency picks among them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.cost.deployment import Refused, machine, too_large
from graph.cost.figures import Figures
from graph.cost.operating_point import OperatingPoint, at, batch_grid
from graph.cost.throughput import fits, group_sizes
from sources.records import Board, Model

MILLI = 1e-3


@dataclass(frozen=True)
class Points:
    """Points of one board, model and workload at central figures.

    point : all of them, each figure an array of shape (P,); the fastest first
    bits : width of the weights as served
    """

    point: OperatingPoint
    bits: int

    @property
    def latency_ms(self) -> np.ndarray:
        """(P,) time between two tokens of one user, ms."""
        return np.asarray(1.0 / (self.point.speed * MILLI), dtype=float)


def operating_points(board: Board, model: Model, workload_id: str, figures: Figures) -> Points | Refused:
    """The frontier, or why there is none; `figures` hold central values alone.

    The workload's own wishes for speed are not asked here: they are limits, which the planner may set otherwise.
    """
    given = machine(board, model, workload_id, figures)
    if isinstance(given, Refused):
        return given
    language, chip, eff, asked = given.language, given.chip, given.reached, given.asked
    peak = asked.prompt + asked.answer
    most = figures.central("global:throughput.max_batch_per_chip", "batching")
    sizes = [n for n in group_sizes(chip) if fits(language, chip, eff, n, 1.0, peak)]
    if not sizes:
        return too_large(chip)
    grids = [batch_grid(most * n) for n in sizes]
    chips, batch = np.repeat(np.array(sizes, dtype=float), [g.size for g in grids]), np.concatenate(grids)
    kept = np.asarray(fits(language, chip, eff, chips, batch, peak))
    found = at(language, chip, eff, asked, chips[kept], batch[kept])
    best = _frontier(found.speed, found.decode, found.ttft)
    prefill = np.broadcast_to(found.prefill, found.speed.shape)
    decode, prefill, n, b, speed, ttft, in_time = (
        np.asarray(a)[best] for a in (found.decode, prefill, found.chips, found.batch, found.speed, found.ttft, found.meets_latency)
    )
    return Points(OperatingPoint(decode, prefill, n, b, speed, ttft, in_time, fits=True), given.bits)


def _frontier(speed: np.ndarray, decode: np.ndarray, ttft: np.ndarray) -> np.ndarray:
    """Places of the points that no other beats in speed, chip-seconds per token and time to the first token at once; the fastest first.

    Of equal points the one with the smaller group stays: it comes first.
    """
    order = np.lexsort((np.arange(speed.size), ttft, decode, -speed))
    kept: list[int] = []
    for k in order.tolist():
        before = np.array(kept, dtype=int)
        if not np.any((decode[before] <= decode[k]) & (ttft[before] <= ttft[k])):  # those before are as fast or faster
            kept.append(k)
    return np.array(kept, dtype=int)
