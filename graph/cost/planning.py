"""What a planner chooses from: accelerators at places, and ways to serve workloads on them, all at central figures.

Everything is computed by the chain: what an accelerator costs a year at a place (`chain.board_bill` with the place's figures),
what it takes of what can be short, and how many of them a million useful tokens a year occupy (`deployment.price`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.cost.capital import capital_usd
from graph.cost.chain import COOLING, ONE, ZERO, board_bill
from graph.cost.deployment import Machine, Refused, machine, price, too_large
from graph.cost.figures import Figures
from graph.cost.headline import SMALL_MODEL
from graph.cost.model import Key
from graph.cost.operating_point import OperatingPoint
from graph.cost.places import Place, places, side_by_side
from graph.cost.points import operating_points
from graph.cost.rollup import Step, activities, prices
from graph.cost.site import HOURS_PER_YEAR, KW_PER_MW
from graph.cost.traced import Number, central
from sources.frames import records_of
from sources.records import Board, Model

Array = NDArray[np.float64]
POWER, CAPITAL = "power_mw", "capital_usd"
MILLI = 1e-3


@dataclass(frozen=True)
class Build:
    """A board at a place.

    usd_per_year : of one accelerator, all in
    uses : what one accelerator takes of what can be limited: `power_mw` (MW at the meter, all at full load), `capital_usd`, and
        items and classes of items, in their units
    months : until there is power
    """

    board_id: str
    site_id: str
    contract: str
    usd_per_year: float
    uses: Mapping[str, float]
    months: float


@dataclass(frozen=True)
class Ways:
    """Points at which one model runs: arrays of shape (P,).

    accelerators : of them, per million useful tokens a year, all of whose work is done by this model
    judge : accelerators that judge a million useful tokens a year, at the same points; of the main model
    """

    chips: Array
    batch: Array
    latency_ms: Array
    ttft_s: Array
    accelerators: Array
    judge: Array


@dataclass(frozen=True)
class Service:
    """How a board serves a workload: the model, and the small one a part of the requests can go to.

    usd_per_mtoken : what the harness spends beside accelerators, USD per million useful tokens
    routable : the part of the requests that a small model does as well, fraction
    max_ttft_s : the workload's own limit on the time to the first token; own_latency_ms : its own wish for time between tokens
    """

    board_id: str
    workload_id: str
    main: Ways
    small: Ways | None
    usd_per_mtoken: float
    routable: float
    max_ttft_s: float
    own_latency_ms: float


def item_prices(core: Mapping[str, pd.DataFrame], figures: Figures) -> dict[str, Step]:
    """Items as they are bought, at their published price; what they are made of has no say in what a plan costs."""
    money = dict(zip(core["item"]["item_id"], core["item"]["unit"] == "USD", strict=True))
    known = {i: ONE if is_money else figures.find(f"item:{i}.price") for i, is_money in money.items()}
    return {f"item:{i}": Step({}, value, ZERO) for i, value in known.items() if value is not None}


def builds(core: Mapping[str, pd.DataFrame], figures: Figures, boards: Collection[str], at: Sequence[Place] | None = None) -> list[Build]:
    """Boards at places (every one by default)."""
    center = figures.at_center()
    at = places(core, center) if at is None else at
    there = center.given(side_by_side(at, center))
    items = item_prices(core, there)
    bill = items | board_bill(core["board"], items, core["requirement"], there, boards)
    usd = prices(bill)
    chosen = [b for b in records_of(core["board"], Board) if b.board_id in boards]
    amounts = _amounts(core, bill, [b.board_id for b in chosen])
    found: list[Build] = []
    for board in chosen:
        kilowatts = center.central(f"board:{board.board_id}.power_per_accelerator", "its power")
        capital = capital_usd(board, kilowatts, usd)
        hour = usd[f"hour:{board.board_id}"]
        megawatts = kilowatts / KW_PER_MW * center.central(f"item:{COOLING[board.cooling]}.pue", "its cooling")
        for k, place in enumerate(at):
            uses = {POWER: megawatts, CAPITAL: _of(capital, k), **amounts[board.board_id]}
            found.append(Build(board.board_id, place.site_id, place.contract, HOURS_PER_YEAR * _of(hour, k), uses, place.months))
    return found


def _of(values: Number, k: int) -> float:
    array = np.asarray(values, dtype=float)
    return float(array[k] if array.ndim else array)


def _amounts(core: Mapping[str, pd.DataFrame], bill: Mapping[str, Step], boards: Sequence[str]) -> dict[str, dict[str, float]]:
    """board -> item or class of items -> amount behind one accelerator with its part of the server and network, yields included."""
    classes = dict(zip(core["item"]["item_id"], core["item"]["part_of"], strict=True))
    units = dict(zip(core["item"]["item_id"], core["item"]["unit"], strict=True))
    scalar = {n: Step({k: central(q) for k, q in one.inputs.items()}, ZERO, ZERO) for n, one in bill.items()}
    found: dict[str, dict[str, float]] = {board: {} for board in boards}
    for node, amount in activities(scalar, [f"server:{board}" for board in boards]).items():
        item: object = node.removeprefix("item:")
        unit = units.get(str(item))
        while node.startswith("item:") and isinstance(item, str) and units.get(item) == unit:
            for board, q in zip(boards, np.asarray(amount, dtype=float).tolist(), strict=True):
                if q:
                    found[board][item] = found[board].get(item, 0.0) + q
            item = classes.get(item)
    return found


def services(
    core: Mapping[str, pd.DataFrame], figures: Figures, boards: Collection[str], model_id: str, workloads: Iterable[str]
) -> tuple[list[Service], dict[tuple[str, str], str]]:
    """How boards serve a model for workloads; and, by (board, workload), why others do not."""
    center = figures.at_center()
    wanted = list(workloads)
    models = {m.model_id: m for m in records_of(core["model"], Model)}
    chosen = [b for b in records_of(core["board"], Board) if b.board_id in boards]
    asked = {(b.board_id, m, w): (b, models[m]) for b in chosen for m in dict.fromkeys((model_id, SMALL_MODEL)) for w in wanted}
    made = {key: machine(*pair, key[2], center) for key, pair in asked.items()}
    setups = {key: one for key, one in made.items() if isinstance(one, Machine)}
    points = operating_points(setups, center)
    usd = prices(item_prices(core, center))
    found: list[Service] = []
    refused: dict[tuple[str, str], str] = {}
    for board_id, workload_id in ((b.board_id, w) for b in chosen for w in wanted):
        key, less = (board_id, model_id, workload_id), (board_id, SMALL_MODEL, workload_id)
        if key not in points:
            one = made[key]
            refused[board_id, workload_id] = (one if isinstance(one, Refused) else too_large(one.chip)).why
            continue
        main, usd_per_mtoken = _ways(key, points[key], setups[key], usd, center)
        small = _ways(less, points[less], setups[less], usd, center)[0] if less != key and less in points else None
        of = center.of(f"workload:{workload_id}", f"the workload {workload_id}")
        figure = [central(of(name)) for name in ("small_model_share", "max_ttft", "min_speed")]
        found.append(Service(board_id, workload_id, main, small, usd_per_mtoken, figure[0], figure[1], 1e3 / figure[2]))
    return found, refused


def _ways(key: Key, point: OperatingPoint, setup: Machine, usd: Mapping[str, Number], figures: Figures) -> tuple[Ways, float]:
    """A model's points with the accelerators they take; and what the harness spends per million useful tokens."""
    priced = price(*key, point, setup.bits, None, figures)
    hour, served = f"hour:{key[0]}", "served:" + "/".join(key)
    inputs, shape = priced.useful.inputs, np.shape(point.speed)
    answering = np.broadcast_to(inputs[served] * priced.served.inputs[hour], shape) / HOURS_PER_YEAR
    judging = np.broadcast_to(inputs.get(hour, ZERO), shape) / HOURS_PER_YEAR
    latency_ms, ttft = np.asarray(1.0 / (point.speed * MILLI)), np.broadcast_to(point.ttft, shape)
    ways = Ways(point.chips, point.batch, latency_ms, ttft, answering, judging)
    return ways, sum(float(q * usd[name]) for name, q in inputs.items() if name.startswith("item:"))
