"""Who adds what to a useful token: cost.cost_by_layer and cost.cost_evidence.

The value that each step adds, times how much of the step stands behind one useful token, sums to its cost. All deployments
are taken at once: what stands behind them is an array with one entry for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph import results as r
from graph.cost.evidence import Grades
from graph.cost.figures import Figures
from graph.cost.model import CostModel, Key, layer_of
from graph.cost.rollup import Bill, Step, activities
from sources.columns import Table, columns
from sources.records import GRADES, LAYERS

Array = NDArray[np.float64]
PARTS = ("own_cost", "margin")


def attribution(model: CostModel, core: Mapping[str, pd.DataFrame], figures: Figures) -> tuple[pd.DataFrame, pd.DataFrame]:
    """cost.cost_by_layer and cost.cost_evidence, at central values."""
    keys = list(model.deployments)
    bill = central_bill(model.bill)
    added = value_behind(bill, {name: float(price.flat[0]) for name, price in model.price.items()}, keys)
    total = np.array([float(model.useful(key).flat[0]) for key in keys])
    layers = dict(zip(core["item"]["item_id"], core["item"]["layer"], strict=True))
    by_layer: dict[tuple[str, ...], Array] = {(a, b): np.zeros(len(keys)) for a in LAYERS for b in PARTS}
    by_grade: dict[tuple[str, ...], Array] = {(g,): np.zeros(len(keys)) for g in GRADES}
    graded = Grades(core, figures)
    board_of, workload_of = (np.array([key[k] for key in keys]) for k in (0, 2))
    of_workload = {(w, None): workload_of == w for w in core["workload"]["workload_id"]}
    of_board = {(w, b): (workload_of == w) & (board_of == b) for b, _, w in keys}
    for (name, part), usd in added.items():
        by_layer[layer_of(name, layers), part] += usd
        for (workload, board), served in (of_workload if graded.is_same_on_all_boards(name) else of_board).items():
            for grade, share in graded.split(part, name, float(bill[name].own), workload, board).items():
                by_grade[(grade,)] += np.maximum(usd, 0.0) * served * share
    # What a contract leaves below the cost of its parts is taken off all parts alike, so that the grades' shares are parts of one.
    kept = total / sum(by_grade.values())
    by_grade = {grade: usd * kept for grade, usd in by_grade.items()}
    evidence = _long(keys, ("grade",), by_grade, total, r.CostEvidence)
    return _long(keys, ("layer", "part"), by_layer, total, r.CostByLayer), evidence


def value_behind(bill: Bill, price: Mapping[str, float], keys: Iterable[Key]) -> dict[tuple[str, str], Array]:
    """(step, part) -> USD that it adds to a million useful tokens, one entry for each deployment; parts that add nothing left out."""
    return value_behind_nodes(bill, price, ["useful:" + "/".join(key) for key in keys])


def value_behind_nodes(bill: Bill, price: Mapping[str, float], nodes: Sequence[str]) -> dict[tuple[str, str], Array]:
    """The same of a unit of any nodes, one entry for each."""
    behind = activities(bill, nodes)
    added = {}
    for name, amount in behind.items():
        for part, usd in zip(PARTS, (float(bill[name].own), float(bill[name].margin) * price[name]), strict=True):
            if usd:
                added[name, part] = amount * usd
    return added


def central_bill(bill: Bill) -> dict[str, Step]:
    """A bill at central values: scalars, for questions that need no band."""

    def first(values: Array) -> Array:
        return np.asarray(np.asarray(values).flat[0])

    return {n: Step({k: first(q) for k, q in one.inputs.items()}, first(one.own), first(one.margin)) for n, one in bill.items()}


def _long(
    keys: list[Key], names: tuple[str, ...], parts: Mapping[tuple[str, ...], Array], total: Array, table: type[Table]
) -> pd.DataFrame:
    """One row for each deployment and part that adds something."""
    usd = np.stack(list(parts.values()), axis=1)
    deployment, part = np.nonzero(usd)
    of_key, of_part = np.array(keys, dtype=object)[deployment], np.array(list(parts), dtype=object)[part]
    frame = pd.DataFrame(
        dict(zip(("board_id", "model_id", "workload_id"), of_key.T, strict=True)) | dict(zip(names, of_part.T, strict=True))
    )
    frame["usd_per_mtoken"] = usd[deployment, part]
    frame["share"] = frame["usd_per_mtoken"] / total[deployment]
    return frame[[c.name for c in columns(table)]]
