"""Throughput against interactivity: what each board can give for a model and a workload (METHODS 5.9).

A group of n chips decodes a batch of B sequences, with a draft of k tokens or without one. Every such point has a speed that a user
sees and chip-seconds that a token costs; the frontier holds the points than which none is both faster and cheaper. Output per chip,
per kilowatt and per dollar all go with chip-seconds on one board, so that one frontier serves the three of them.

Which points lie on the frontier is decided at central figures (`graph.cost.points`); the ranges of what they give are percentiles of
the usual draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.cost.chain import board_bill, item_bill
from graph.cost.deployment import MILLION, Machine, Refused, attempt_seconds, busy_seconds, input_weight, machine
from graph.cost.evidence import weakest
from graph.cost.figures import Figures
from graph.cost.frontier_tables import Frontier
from graph.cost.headline import HEADLINE_MODEL, HEADLINE_WORKLOAD, LARGE_MODEL, SMALL_MODEL
from graph.cost.machines import Machines, stacked
from graph.cost.model import Key
from graph.cost.points import Points, binding, decode_chip_seconds, first_token, frontier_points, speed, step_seconds
from graph.cost.rollup import prices
from graph.cost.samples import bands
from graph.cost.throughput import prefill_chip_seconds
from sources.columns import columns
from sources.frames import records_of
from sources.records import Board, Model

Array = NDArray[np.float64]
MODELS = (SMALL_MODEL, HEADLINE_MODEL, "llama_3_1_405b", LARGE_MODEL, "gpt_oss_120b")
"""The published models: dense ones of three sizes, a large mixture of experts and a small one."""
WORKLOADS = (HEADLINE_WORKLOAD,)
"""The published workloads; `Stack.frontier` and `stackgraph boards` take any."""
OF_BOARD = ("memory_capacity", "memory_bandwidth", "sram_capacity", "sram_bandwidth", "fp8_compute", "bf16_compute", "scale_up_size",
            "scale_up_bandwidth", "power_per_accelerator")  # fmt: skip
"""The board's own figures that a frontier rests on."""


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
            "ttft_s": first_token(machines, points),
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


def _per_board(board_ids: list[str], values: Mapping[str, Array]) -> Array:
    """Values of each row's board, shape (rows, 1 + draws) or (rows, 1)."""
    names = sorted(set(board_ids))
    rows = np.stack(np.broadcast_arrays(*(np.atleast_1d(values[name]) for name in names)))
    return np.asarray(rows[[names.index(b) for b in board_ids]])


def _banded(name: str, values: Array) -> dict[str, Array]:
    """Columns <name>_low, _central and _high."""
    found = bands(list(values)) if values.shape[1] > 1 else np.repeat(values, 3, axis=1)
    return {f"{name}_{end}": found[:, k] for k, end in enumerate(("low", "central", "high"))}
