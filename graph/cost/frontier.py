"""Throughput against interactivity: what each board can give for a model and a workload (METHODS 5.9).

A group of n chips decodes a batch of B sequences, with a draft of k tokens or without one. Every such point has a speed that a user
sees and chip-seconds that a token costs; the frontier holds the points than which none is both faster and cheaper. Output per chip,
per kilowatt and per dollar all go with chip-seconds on one board, so that one frontier serves the three of them.

The formulas are those of the operating point (`graph.cost.throughput`), taken over all boards, models and points at once. Which points
lie on the frontier is decided at central figures; the ranges of what they give are percentiles of the usual draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.cost.chain import board_bill, item_bill
from graph.cost.deployment import MILLION, Machine, Refused, attempt_seconds, busy_seconds, input_weight, machine
from graph.cost.evidence import weakest
from graph.cost.figures import Figures
from graph.cost.frontier_tables import Frontier
from graph.cost.machines import Machines, stacked
from graph.cost.model import Key
from graph.cost.operating_point import batch_grid
from graph.cost.rollup import prices
from graph.cost.samples import bands
from graph.cost.speculation import LONGEST_DRAFT, accepted_tokens, checking, step_cost
from graph.cost.throughput import decode_step_seconds, first_token_seconds, fits, group_sizes, prefill_chip_seconds, sync_seconds
from sources.columns import columns
from sources.frames import records_of
from sources.records import Board, Model

Array = NDArray[np.float64]
MODELS = ("llama_3_1_8b", "llama_3_3_70b", "llama_3_1_405b", "deepseek_v3", "gpt_oss_120b")
"""The published models: dense ones of three sizes, a large mixture of experts and a small one."""
WORKLOADS = ("coding_agent",)
"""The published workloads; `Stack.frontier` and `stackgraph boards` take any."""
APART = 1.2
"""Of points on a frontier that lie closer than this factor in speed and in cost, one is kept."""
BOUNDS = ("memory", "arithmetic", "synchronisation", "launch")
OF_BOARD = ("memory_capacity", "memory_bandwidth", "sram_capacity", "sram_bandwidth", "fp8_compute", "bf16_compute", "scale_up_size",
            "scale_up_bandwidth", "power_per_accelerator")  # fmt: skip
"""The board's own figures that a frontier rests on."""


@dataclass(frozen=True)
class Points:
    """Points of several machines: row of the machine, chips of the group, sequences of the batch, tokens of the draft; shape (points,)."""

    of: NDArray[np.intp]
    chips: Array
    batch: Array
    draft: NDArray[np.intp]

    def __getitem__(self, which: NDArray[np.intp] | NDArray[np.bool_]) -> Points:
        return Points(self.of[which], self.chips[which], self.batch[which], self.draft[which])


def set_ups(core: Mapping[str, pd.DataFrame], keys: Iterable[Key], figures: Figures) -> dict[Key, Machine]:
    """Set-ups of those deployments that go together at all.

    Raises
    ------
    MissingFigure
        A board, model or workload lacks a figure, such as a memory; it is named.
    """
    boards = {b.board_id: b for b in records_of(core["board"], Board)}
    models = {m.model_id: m for m in records_of(core["model"], Model)}
    found = {key: machine(boards[key[0]], models[key[1]], key[2], figures) for key in keys}
    return {key: made for key, made in found.items() if not isinstance(made, Refused)}


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


def best(of: NDArray[np.intp], fast: Array, chip_seconds: Array) -> NDArray[np.intp]:
    """Rows of the points than which none of the same machine is both faster and cheaper, the fastest of each machine first.

    of, fast, chip_seconds : shape (points,)
    """
    order = np.lexsort((chip_seconds, -fast, of))
    starts = np.flatnonzero(np.diff(of[order], prepend=-1))
    kept = np.zeros(order.size, dtype=bool)
    for start, end in zip(starts, [*starts[1:], order.size], strict=True):
        least = np.minimum.accumulate(chip_seconds[order[start:end]])
        kept[start] = True
        kept[start + 1 : end] = least[1:] < least[:-1]
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
        return Points(np.empty(0, dtype=np.intp), np.empty(0), np.empty(0), np.empty(0, dtype=np.intp))
    machines = stacked(list(setups.values())) if machines is None else machines
    most = central.central("global:throughput.max_batch_per_chip", "batching")
    points = points_that_fit(setups.values(), machines, most)
    if is_speculating:
        points = all_drafts(points)
    if not points.of.size:
        return points
    fast = speed(points, step_seconds(machines, points, central), central)
    spent = decode_chip_seconds(points, fast)
    on_it = best(points.of, fast[:, 0], spent[:, 0])
    return points[on_it[spaced(points.of[on_it], fast[on_it, 0], spent[on_it, 0])]]


def frontier(
    core: Mapping[str, pd.DataFrame], figures: Figures, hour_usd: Mapping[str, Array], keys: Iterable[Key], speculating: Iterable[bool]
) -> pd.DataFrame:
    """Rows of cost.frontier for these deployments; one that does not go together, or does not fit, has none.

    Parameters
    ----------
    hour_usd : USD per clock hour of one accelerator of each board, per draw
    speculating : whether drafts may be used, where that pays; the frontiers of each answer below each other

    Raises
    ------
    MissingFigure
        A board, model or workload lacks a figure, such as a memory; it is named.
    """
    setups = set_ups(core, keys, figures)
    machines = stacked(list(setups.values())) if setups else None
    frames = [pd.DataFrame(columns=[c.name for c in columns(Frontier)])]
    for drafts in speculating if machines is not None else ():
        assert machines is not None
        points = frontier_points(setups, figures.at_center(), drafts, machines.at_center())
        frames.append(_table(list(setups), machines, points, figures, hour_usd).assign(is_speculating=drafts))
    found = pd.concat([f for f in frames if len(f)] or frames, ignore_index=True)
    return found[[c.name for c in columns(Frontier)]]


def _table(names: list[Key], machines: Machines, points: Points, figures: Figures, hour_usd: Mapping[str, Array]) -> pd.DataFrame:
    """What each point gives, with its range."""
    if not points.of.size:
        return pd.DataFrame()
    step = step_seconds(machines, points, figures)
    fast = speed(points, step, figures)
    spent = decode_chip_seconds(points, fast)
    board_ids = [names[k][0] for k in points.of]
    power = _per_board(board_ids, {b: figures.get(f"board:{b}.power_per_accelerator", f"the frontier of {b}") for b in set(board_ids)})
    # Chip-seconds of a million tokens, in USD.
    price = _per_board(board_ids, hour_usd) * (MILLION / busy_seconds(figures))
    m = machines.at(points.of)
    prefill = prefill_chip_seconds(m.model, m.chip, m.efficiency, m.demand.prompt)
    whole = attempt_seconds(m.demand, input_weight(m.demand, figures), prefill, spent) / m.demand.output_tokens * price
    c = m.at_center()
    fresh = c.demand.prompt * (1.0 - c.demand.cache_hit)
    ttft = first_token_seconds(c.model, c.chip, c.efficiency, points.chips[:, None], c.demand.prompt, fresh)
    reached = figures.central("global:throughput.max_measured_concurrency", "the last measured batch")
    grades = {b: weakest((f"board:{b}.{name}" for name in OF_BOARD), figures) for b in set(board_ids)}
    seen = _banded("speed_tok_s_user", fast)
    return pd.DataFrame(
        {
            "board_id": board_ids,
            "model_id": [names[k][1] for k in points.of],
            "workload_id": [names[k][2] for k in points.of],
            "position": np.arange(points.of.size) - np.searchsorted(points.of, points.of),
            "chips": points.chips,
            "batch": points.batch,
            "draft_tokens": points.draft.astype(float),
            **seen,
            **{
                name.replace("speed_tok_s_user", "output_tok_s_chip"): of_one * points.batch / points.chips for name, of_one in seen.items()
            },
            **_banded("output_tok_s_kw", 1.0 / (spent * power)),
            **_banded("usd", spent * price),
            **_banded("request_usd", whole),
            "ttft_s": np.broadcast_to(ttft, (points.of.size, 1))[:, 0],
            "bound_by": binding(machines.at_center(), points, figures.at_center()),
            "is_beyond_measured": points.batch > reached,
            "board_grade": [grades[b] for b in board_ids],
        }
    )


def hour_prices(core: Mapping[str, pd.DataFrame], figures: Figures) -> dict[str, Array]:
    """Board -> USD per clock hour of one accelerator, per draw."""
    bill = item_bill(core["item"], core["requirement"], core["board"]["board_id"], figures)
    bill |= board_bill(core["board"], bill, core["requirement"], figures)
    found = prices(bill)
    return {board_id: found[f"hour:{board_id}"] for board_id in core["board"]["board_id"]}


def published_frontier(core: Mapping[str, pd.DataFrame], figures: Figures, hour_usd: Mapping[str, Array]) -> pd.DataFrame:
    """cost.frontier: every board with `MODELS` for `WORKLOADS`, without and with speculative decoding."""
    keys = [(b, m, w) for b in core["board"]["board_id"] for m in MODELS for w in WORKLOADS]
    return frontier(core, figures, hour_usd, keys, (False, True))


def binding(machines: Machines, points: Points, central: Figures) -> list[str]:
    """The term of each point's step without which it would be shortened most; everything at central figures."""
    without = np.stack([step_seconds(machines, points, central, term)[:, 0] for term in BOUNDS])
    return [BOUNDS[k] for k in np.argmin(without, axis=0)]


def _per_board(board_ids: list[str], values: Mapping[str, Array]) -> Array:
    """Values of each row's board, shape (rows, 1 + draws) or (rows, 1)."""
    names = sorted(set(board_ids))
    rows = np.stack(np.broadcast_arrays(*(np.atleast_1d(values[name]) for name in names)))
    return np.asarray(rows[[names.index(b) for b in board_ids]])


def _banded(name: str, values: Array) -> dict[str, Array]:
    """Columns <name>_low, _central and _high."""
    found = bands(list(values)) if values.shape[1] > 1 else np.repeat(values, 3, axis=1)
    return {f"{name}_{end}": found[:, k] for k, end in enumerate(("low", "central", "high"))}
