"""Should we build our own chip? The volume from which on an own design costs less than buying accelerators (METHODS 6).

    N* = (design + software) / (what one own chip saves in its life)

An own chip saves what the tokens that it gives would cost on bought accelerators, less what it costs itself, its design not counted. Both
serve the same model for the same workload within the same latency. Bought accelerators grow better while the own chip stays what it is:
what they cost per token falls by a part every year, and what an own chip saves falls with it, over its life and, for a design begun today,
over its time of design as well. How fast they fall is read off our own chain: the first and the newest of one seller's boards on sale, at
today's prices, over the time between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.cost.answer_tables import OwnVsBuy
from graph.cost.evidence import weakest
from graph.cost.figures import Figures
from graph.cost.model import CostModel, Key
from graph.cost.rollup import Step, activity, behind, prices
from graph.cost.samples import HIGH_QUANTILE, LOW_QUANTILE, bands
from graph.cost.site import HOURS_PER_YEAR
from sources.columns import columns
from sources.frames import records_of
from sources.records import GRADES, Board

Array = NDArray[np.float64]
OWNERS = ("google", "annapurna_labs", "microsoft", "meta", "openai")
"""Designers that use their chips themselves."""
AGAINST = ("gb200", "vr200", "mi355x")
PACE = ("h100", "gb300")
"""The boards whose distance says how fast bought accelerators grow cheaper per token."""


def break_even(fixed: Array, saving: Array) -> Array:
    """Chips from which on fixed cost is earned back: fixed/saving, infinite where a chip saves nothing."""
    pays = np.asarray(saving) > 0
    return np.where(pays, fixed / np.where(pays, saving, 1.0), np.inf)


def mean_fall(rate: Array, years: Array, delay: Array | float = 0.0) -> Array:
    """Mean over a life of what falls by `rate` (log) a year, after a delay: e^(-rate delay) (1-e^(-rate years))/(rate years)."""
    x = np.asarray(rate) * years
    safe = np.where(x < 1e-9, 1.0, x)
    return np.asarray(np.exp(-np.asarray(rate) * delay) * np.where(x < 1e-9, 1.0, -np.expm1(-safe) / safe))


def pace(model: CostModel, core: Mapping[str, pd.DataFrame], model_id: str, workload_id: str) -> Array:
    """How fast the cost of a token on bought accelerators falls, log a year; never below nothing, and nothing where it is not known."""
    released = dict(zip(core["board"]["board_id"], core["board"]["released"], strict=True))
    first, newest = ((board, model_id, workload_id) for board in PACE)
    if first not in model.deployments or newest not in model.deployments:
        return np.zeros(())
    apart = _year(released[newest[0]]) - _year(released[first[0]])
    before, now = (model.useful(key) - harness_usd(model, key) for key in (first, newest))
    return np.asarray(np.maximum(np.log(before / now) / apart, 0.0))


def harness_usd(model: CostModel, key: Key) -> Array:
    """USD of a million useful tokens that go to retrieval, tools and gateway: the same on every board, and no better next year."""
    bought = {k: q for k, q in model.deployments[key].useful.inputs.items() if k.startswith("item:")}
    return np.asarray(sum((q * model.price[k] for k, q in bought.items()), np.zeros(())))


def _year(month: str) -> float:
    """'2025-08' -> 2025.58."""
    year, _, rest = month.partition("-")
    return int(year) + (int(rest[:2]) - 1) / 12.0 if rest else int(year) + 0.5


def without_design(model: CostModel, boards: Iterable[str], figures: Figures) -> dict[str, Array]:
    """Board -> USD for one more of it: its published price, or what its makers charge, its part of the design taken off."""
    found = {}
    for board_id in boards:
        price = figures.find(f"board:{board_id}.price")
        design, volume = figures.find(f"board:{board_id}.design_cost"), figures.find(f"board:{board_id}.lifetime_volume")
        if price is None and design is not None and volume is not None:
            one = model.bill[f"board:{board_id}"]
            price = model.price[f"board:{board_id}"] - design / volume / (1.0 - one.margin)
        found[board_id] = np.asarray(model.price[f"board:{board_id}"] if price is None else price)
    return found


def own_vs_buy(
    model: CostModel,
    core: Mapping[str, pd.DataFrame],
    figures: Figures,
    own: Iterable[str],
    against: Iterable[str] = AGAINST,
    of: Iterable[tuple[str, str]] = (),
    design_usd: float | None = None,
    volume: float | None = None,
) -> pd.DataFrame:
    """cost.own_vs_buy.

    Parameters
    ----------
    own, against : boards; of : (model, workload)
    design_usd : of the design in place of the board's own figure; volume : chips, in place of those made of this design
    """
    own, against = list(own), list(against)
    unit = without_design(model, own, figures)
    alone = {**model.bill, **{f"board:{b}": Step({}, usd, np.zeros(())) for b, usd in unit.items()}}
    wanted = [(b, *pair) for b in own for pair in of if (b, *pair) in model.deployments]
    own_bill = behind(alone, ["useful:" + "/".join(key) for key in wanted])
    cost = prices(own_bill)
    get = figures.of("global:own_chip", "an own chip")
    life = figures.get("global:site.it_life", "the life of a chip")
    software, delay = get("software_cost"), get("design_time")
    rows: list[dict[str, object]] = []
    ranges: dict[str, list[Array]] = {"fixed_usd": [], "saving_usd": []}
    for key in wanted:
        board_id, model_id, workload_id = key
        target = "useful:" + "/".join(key)
        fixed = (figures.get(f"board:{board_id}.design_cost", f"the design of {board_id}") if design_usd is None else design_usd) + software
        made = (
            figures.get(f"board:{board_id}.lifetime_volume", f"the volume of {board_id}") if volume is None else np.asarray(float(volume))
        )
        hours = activity(behind(own_bill, [target]), target)[f"hour:{board_id}"]
        tokens = life * HOURS_PER_YEAR / hours
        rate = pace(model, core, model_id, workload_id)
        for other in against:
            rival: Key = (other, model_id, workload_id)
            if rival not in model.deployments or other == board_id:
                continue
            bought, spent = model.useful(rival), harness_usd(model, key)
            served, ours = bought - harness_usd(model, rival), cost[target] - spent
            saving = tokens * (served * mean_fall(rate, life) - ours)
            from_now = tokens * (served * mean_fall(rate, life, delay) - ours)
            even = np.atleast_1d(break_even(fixed, saving))
            draws = even[1:] if even.size > 1 else even
            low, high = np.quantile(draws, [LOW_QUANTILE, HIGH_QUANTILE], method="inverted_cdf")
            pays = float(np.mean(np.broadcast_to(made, even.shape)[1:] >= draws)) if even.size > 1 else float(_first(made) >= even[0])
            grades = [f"board:{board_id}.{f}" for f in ("design_cost", "lifetime_volume", "price", "gross_margin")] + [
                f"board:{other}.price"
            ]
            row = {
                "board_id": board_id, "against": other, "model_id": model_id, "workload_id": workload_id,
                "own_usd": _first(cost[target]), "bought_usd": _first(bought), "tokens_per_chip": _first(tokens),
                "obsolescence": float(-np.expm1(-_first(rate))),
                "break_even_low": _finite(min(low, even[0])), "break_even": _finite(even[0]), "break_even_high": _finite(max(high, even[0])),
                "break_even_without_obsolescence": _finite(_first(break_even(fixed, tokens * (served - ours)))),
                "break_even_from_now": _finite(_first(break_even(fixed, from_now))),
                "lifetime_volume": _first(made), "probability_pays": pays,
                # Software and the time of design are estimates for every chip.
                "grade": max(weakest(grades, figures), figures.grade("global:own_chip.software_cost"), key=GRADES.index),
            }  # fmt: skip
            rows.append({**row, "finding": verdict(row)})
            ranges["fixed_usd"].append(np.asarray(fixed))
            ranges["saving_usd"].append(saving)
    frame = pd.DataFrame(rows)
    for name, values in ranges.items() if rows else ():
        frame[[f"{name}_low", name, f"{name}_high"]] = bands(values)
    return frame.reindex(columns=[c.name for c in columns(OwnVsBuy)])


def verdict(row: Mapping[str, object]) -> str:
    """What the numbers say, in words: build where nine draws of ten pay, buy where one or fewer do."""
    odds, even = float(str(row["probability_pays"])), row["break_even"]
    said = "build" if odds >= 0.9 else "buy" if odds <= 0.1 else "open"
    if even is None:
        return f"{said}: at central values a chip saves nothing over its life"
    lasting = "" if row["break_even_from_now"] is not None else "; begun today it would come too late to pay at central values"
    return f"{said}: pays from {float(str(even)):,.0f} chips{lasting}"


def own_chips(core: Mapping[str, pd.DataFrame], figures: Figures) -> list[str]:
    """Boards of designers that use them themselves, whose design cost is known."""
    boards = records_of(core["board"], Board)
    return [b.board_id for b in boards if b.designer in OWNERS and f"board:{b.board_id}.design_cost" in figures]


def _first(values: Array | float) -> float:
    return float(np.asarray(values).flat[0])


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
