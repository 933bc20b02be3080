"""Which operating points there are, of many boards, models and workloads at once, and which of them are worth running (METHODS 5.9).

A group of n chips decodes a batch of B sequences, with a draft of k tokens or without one. A larger batch costs less per token and is
slower for each user, so that a point is worth running if none is both faster and cheaper: those are the throughput-interactivity
frontier. Where the time to the first token counts too, as it does for a planner under a limit on it, none may be better in all three.

The formulas are those of the operating point (`graph.cost.throughput`), taken over all machines and points at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from graph.cost.deployment import Machine
from graph.cost.figures import Figures
from graph.cost.machines import Machines, stacked
from graph.cost.model import Key
from graph.cost.operating_point import OperatingPoint, at, batch_grid
from graph.cost.speculation import LONGEST_DRAFT, accepted_tokens, checking, step_cost
from graph.cost.throughput import decode_step_seconds, first_token_seconds, fits, group_sizes, sync_seconds

Array = NDArray[np.float64]
APART = 1.2
"""Of points on a frontier that lie closer than this factor in speed and in cost, one is kept."""
BOUNDS = ("memory", "arithmetic", "synchronisation", "launch")


@dataclass(frozen=True)
class Points:
    """Points of several machines: row of the machine, chips of the group, sequences of the batch, tokens of the draft; shape (points,)."""

    of: NDArray[np.intp]
    chips: Array
    batch: Array
    draft: NDArray[np.intp]

    def __getitem__(self, which: NDArray[np.intp] | NDArray[np.bool_]) -> Points:
        return Points(self.of[which], self.chips[which], self.batch[which], self.draft[which])


NO_POINTS = Points(np.empty(0, dtype=np.intp), np.empty(0), np.empty(0), np.empty(0, dtype=np.intp))


@cache
def _tried(sizes: tuple[int, ...], batches_per_chip: float) -> tuple[Array, Array]:
    """Chips and batches worth trying."""
    grids = [batch_grid(batches_per_chip * n) for n in sizes]
    return np.repeat(np.array(sizes, dtype=float), [g.size for g in grids]), np.concatenate(grids)


def points_that_fit(setups: Iterable[Machine], machines: Machines, batches_per_chip: float) -> Points:
    """Every group and batch that fits in memory at central figures, without a draft."""
    tried = [_tried(tuple(group_sizes(s.chip)), batches_per_chip) for s in setups]
    of = np.repeat(np.arange(len(tried)), [chips.size for chips, _ in tried])
    chips, batch = (np.concatenate([pair[k] for pair in tried]) if tried else np.empty(0) for k in (0, 1))
    m = machines.at(of)
    inside = np.asarray(fits(m.model, m.chip, m.efficiency, chips[:, None], batch[:, None], m.peak_context))[:, 0]
    return Points(of[inside], chips[inside], batch[inside], np.zeros(int(inside.sum()), dtype=np.intp))


def step_seconds(machines: Machines, points: Points, figures: Figures, ideal: str = "") -> Array:
    """Seconds of a step at each point: shape (points, 1), or (points, 1 + draws).

    figures : for the cost of drafting; ideal : a term of `BOUNDS` that is left out, to see what it does
    """
    found: Array | None = None
    for draft in np.unique(points.draft).tolist():
        here = np.nonzero(points.draft == draft)[0]
        m, n, b = machines.at(points.of[here]), points.chips[here, None], points.batch[here, None] * (draft + 1)
        model, chip, eff = checking(m.model, draft), m.chip, m.efficiency
        if ideal == "memory":
            chip = replace(chip, bandwidth=np.full(chip.bandwidth.shape, np.inf))
        elif ideal == "arithmetic":
            chip = replace(chip, flops=np.full(chip.flops.shape, np.inf))
        elif ideal == "launch":
            eff = replace(eff, launch=np.zeros(eff.launch.shape))
        step = decode_step_seconds(model, chip, eff, n, b, m.mean_context)
        if ideal == "synchronisation":
            step = step - sync_seconds(model, chip, eff, n, b)
        step = step * step_cost(draft, figures)
        found = np.empty((len(points.of), step.shape[1])) if found is None else found
        found[here] = step
    return np.empty((0, 1)) if found is None else found


def speed(points: Points, step: Array, figures: Figures) -> Array:
    """Output tokens per second that a user sees, in the shape of `step`."""
    lengths = np.unique(points.draft)
    taken = np.stack(np.broadcast_arrays(*(np.atleast_1d(accepted_tokens(int(k), figures)) for k in lengths)))
    return np.asarray(taken[np.searchsorted(lengths, points.draft)] / step)


def decode_chip_seconds(points: Points, fast: Array) -> Array:
    """Chip-seconds of an output token where users see `fast` tokens per second."""
    return np.asarray((points.chips / points.batch)[:, None] / fast)


def first_token(machines: Machines, points: Points) -> Array:
    """Seconds to the first token at each point, at central figures: shape (points,)."""
    c = machines.at_center().at(points.of)
    fresh = c.demand.prompt * (1.0 - c.demand.cache_hit)
    found = first_token_seconds(c.model, c.chip, c.efficiency, points.chips[:, None], c.demand.prompt, fresh)
    return np.broadcast_to(np.asarray(found), (points.of.size, 1))[:, 0]


def best(of: NDArray[np.intp], fast: Array, chip_seconds: Array, first: Array | None = None) -> NDArray[np.intp]:
    """Rows of the points than which none of the same machine is better in all that counts, the fastest of each machine first.

    of, fast, chip_seconds : shape (points,); first : seconds to the first token, where they count. Of equal points the first stays.
    """
    late = np.zeros(of.size) if first is None else first
    order = np.lexsort((late, chip_seconds, -fast, of))
    starts = np.flatnonzero(np.diff(of[order], prepend=-1))
    kept = np.zeros(order.size, dtype=bool)
    for mine in np.split(np.arange(order.size), starts[1:]):
        spent, waits = chip_seconds[order[mine]], late[order[mine]]
        # Those before are as fast or faster: a point stays if none of them that is as soon costs as little.
        for soon in np.unique(waits):
            least = np.minimum.accumulate(np.where(waits <= soon, spent, np.inf))
            kept[mine] |= (waits == soon) & (spent < np.concatenate(([np.inf], least[:-1])))
    return np.asarray(order[kept])


def spaced(of: NDArray[np.intp], fast: Array, chip_seconds: Array) -> NDArray[np.bool_]:
    """Of a frontier as `best` orders it: without points that hardly differ from the one before; both ends of each stay."""
    kept = np.zeros(of.size, dtype=bool)
    last = 0
    for k in range(of.size):
        is_end = k == 0 or of[k] != of[k - 1] or k + 1 == of.size or of[k] != of[k + 1]
        kept[k] = is_end or fast[last] / fast[k] >= APART or chip_seconds[last] / chip_seconds[k] >= APART
        last = k if kept[k] else last
    return kept


def all_drafts(points: Points) -> Points:
    """The same groups and batches with every draft length, none included."""
    drafts = np.arange(LONGEST_DRAFT + 1)
    many = Points(*(np.tile(getattr(points, name), drafts.size) for name in ("of", "chips", "batch", "draft")))
    return replace(many, draft=np.repeat(drafts, points.of.size))


def frontier_points(setups: Mapping[Key, Machine], central: Figures, is_speculating: bool, machines: Machines | None = None) -> Points:
    """The frontier of each set-up at central figures; `machines` are the same set-ups as columns, where they are at hand."""
    if not setups:
        return NO_POINTS
    machines = stacked(list(setups.values())) if machines is None else machines
    points = _all_that_fit(setups, machines, central)
    if is_speculating:
        points = all_drafts(points)
    fast, spent = _at_center(machines, points, central)
    on_it = best(points.of, fast, spent)
    return points[on_it[spaced(points.of[on_it], fast[on_it], spent[on_it])]]


def operating_points(setups: Mapping[Key, Machine], central: Figures) -> dict[Key, OperatingPoint]:
    """What a planner chooses from: all points of each set-up that none beats in speed, chip-seconds and time to the first token at once,
    without a draft; each figure of shape (points,), the fastest first. A set-up too large for its memory has none.

    The workload's own wishes for speed are not asked here: they are limits, which the planner may set otherwise.
    """
    if not setups:
        return {}
    machines = stacked(list(setups.values()))
    points = _all_that_fit(setups, machines, central)
    points = points[best(points.of, *_at_center(machines, points, central), first_token(machines, points))]
    ends = np.searchsorted(points.of, np.arange(len(setups) + 1))
    return {
        key: at(s.language, s.chip, s.reached, s.asked, points.chips[a:b], points.batch[a:b])
        for (key, s), a, b in zip(setups.items(), ends[:-1], ends[1:], strict=True)
        if a < b
    }


def _all_that_fit(setups: Mapping[Key, Machine], machines: Machines, central: Figures) -> Points:
    return points_that_fit(setups.values(), machines, central.central("global:throughput.max_batch_per_chip", "batching"))


def _at_center(machines: Machines, points: Points, central: Figures) -> tuple[Array, Array]:
    """(tokens/s per user, chip-seconds per output token) of each point: shape (points,)."""
    if not points.of.size:
        return np.empty(0), np.empty(0)
    fast = speed(points, step_seconds(machines, points, central), central)
    return fast[:, 0], decode_chip_seconds(points, fast)[:, 0]


def binding(machines: Machines, points: Points, central: Figures) -> list[str]:
    """The term of each point's step without which it would be shortened most; everything at central figures."""
    without = np.stack([step_seconds(machines, points, central, term)[:, 0] for term in BOUNDS])
    return [BOUNDS[k] for k in np.argmin(without, axis=0)]
