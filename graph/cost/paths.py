"""Structural paths: the ways on which the cost of a useful token goes down the stack (METHODS 6).

The price of a thing is p = (I - A')^-1 v = v + A'v + A'^2 v + ...: what it adds itself, what its inputs add, what theirs do. Each product
of that series is a path,

    useful token <- served token <- hour <- server <- board <- package <- HBM

worth the amounts along it times what the thing at its end adds. All paths together are the cost; the largest are found first, best
first, by what can still pass through each.

References
----------
.. [1] J. Defourny, E. Thorbecke, "Structural path analysis and multiplier decomposition within a social accounting matrix framework",
   Economic Journal 94 (1984).
.. [2] M. Lenzen, "A guide for compiling inventories in hybrid life-cycle assessments: some Australian results", J. Cleaner Production 10
   (2002): pruning by what is below a node.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.cost.answer_tables import CostPath
from graph.cost.evidence import Grades
from graph.cost.figures import Figures
from graph.cost.model import CostModel, Key, layer_of
from graph.cost.rollup import Bill, Step, prices, value_added
from graph.cost.samples import bands
from sources.columns import columns
from sources.records import GRADES

Array = NDArray[np.float64]
DEEPEST = 60
"""Orders followed: a chain is some fifteen steps long, and what goes round a cycle again is soon nothing."""
MOST = 25
NOTHING = 1e-13
"""A part of the whole below this is rounding."""


@dataclass(frozen=True)
class Path:
    """A path from a target down to the thing at whose end value is added: its nodes, and USD of the target's price."""

    nodes: tuple[str, ...]
    usd: float

    @property
    def order(self) -> int:
        """Steps below the target: k of A'^k v."""
        return len(self.nodes) - 1


def reach(bill: Mapping[str, Step], price: Mapping[str, float]) -> dict[str, float]:
    """The most that all paths through one unit of each step can be worth, in size: its price, where nothing is sold below its cost."""
    sizes = {name: Step(bill[name].inputs, abs(float(usd)), 0.0) for name, usd in value_added(bill, price).items()}
    return {name: float(usd) for name, usd in prices(sizes).items()}


def largest_paths(
    bill: Mapping[str, Step], price: Mapping[str, float], target: str, most: int = MOST, within: Mapping[str, float] | None = None
) -> list[Path]:
    """The paths worth most, the largest first.

    Parameters
    ----------
    bill : at central values, all numbers scalar; price : of each step
    most : so many paths; within : `reach` of the bill, where it is known

    Notes
    -----
    Margins are a part of the price: what a node adds is its own cost and its margin on all that is in its price. So an input's part of a
    price is amount x price, whatever the margin on top, and the paths of one node sum to its price. What is sold below its cost (a contract
    of your own) adds less than nothing, and its path stands where its size puts it.
    """
    within = reach(bill, price) if within is None else within
    found: list[Path] = []
    queue: list[tuple[float, int, tuple[str, ...], float, float]] = [(-within[target], 0, (target,), 1.0, np.nan)]
    pushed = 1
    while queue and len(found) < most:
        _, _, nodes, amount, usd = heapq.heappop(queue)
        if usd == usd:  # a path that ends here; an open one has no worth of its own yet
            found.append(Path(nodes, usd))
            continue
        one = bill[nodes[-1]]
        ends = amount * float(one.own + one.margin * price[nodes[-1]])
        opened = [((*nodes, k), amount * float(q)) for k, q in one.inputs.items()]
        further = [(amount_of * within[path[-1]], path, amount_of, np.nan) for path, amount_of in opened if len(path) <= DEEPEST]
        for size, path, amount_of, worth in [(abs(ends), nodes, amount, ends), *further]:
            if size > 0:
                heapq.heappush(queue, (-size, pushed, path, amount_of, worth))
                pushed += 1
    return found


def order_usd(bill: Mapping[str, Step], price: Mapping[str, float], target: str, orders: int = DEEPEST) -> Array:
    """USD that all paths of each order are worth together, 0 to `orders`: the terms of the series, which sum to the price."""
    added: dict[str, float] = {}
    behind, usd = {target: 1.0}, []
    for _ in range(orders + 1):
        added |= {k: float(bill[k].own + bill[k].margin * price[k]) for k in behind if k not in added}
        usd.append(sum(n * added[k] for k, n in behind.items()))
        below: dict[str, float] = {}
        for name, amount in behind.items():
            for needed, q in bill[name].inputs.items():
                if abs(amount * q * price[needed]) > NOTHING * price[target]:  # what goes round a cycle again and again
                    below[needed] = below.get(needed, 0.0) + amount * float(q)
        behind = below
    return np.array(usd)


def path_usd(bill: Bill, price: Mapping[str, Array], nodes: tuple[str, ...]) -> Array:
    """What a path is worth in every draw."""
    amount: Array = np.ones(())
    for consumer, needed in pairwise(nodes):
        amount = amount * bill[consumer].inputs[needed]
    one = bill[nodes[-1]]
    return np.asarray(amount * (one.own + one.margin * price[nodes[-1]]))


def cost_paths(
    model: CostModel,
    central: Mapping[str, Step],
    core: Mapping[str, pd.DataFrame],
    figures: Figures,
    keys: Iterable[Key],
    most: int = MOST,
) -> pd.DataFrame:
    """cost.cost_path: the largest paths of each deployment. `central` is the model's bill at central values."""
    price = {name: float(np.asarray(value).flat[0]) for name, value in model.price.items()}
    layers = dict(zip(core["item"]["item_id"], core["item"]["layer"], strict=True))
    graded, within = Grades(core, figures), reach(central, price)
    rows: list[dict[str, object]] = []
    shares: list[Array] = []
    for key in keys:
        target = "useful:" + "/".join(key)
        listed = largest_paths(central, price, target, most, within)
        by_order = order_usd(central, price, target, max(path.order for path in listed)) / price[target]
        for rank, path in enumerate(listed, 1):
            end = path.nodes[-1]
            grades = [graded.own(end, key[2], key[0])] + ([graded.margin(end, key[2], key[0])] if central[end].margin else [])
            rows.append(
                {
                    "board_id": key[0], "model_id": key[1], "workload_id": key[2], "rank": rank, "path": " < ".join(path.nodes),
                    "path_order": path.order, "end": end, "layer": layer_of(end, layers), "usd_per_mtoken": path.usd,
                    "listed_share": sum(p.usd for p in listed[:rank]) / price[target],
                    "order_share": float(by_order[path.order]), "order_cumulative_share": float(by_order[: path.order + 1].sum()),
                    "grade": max(grades, key=GRADES.index),
                }
            )  # fmt: skip
            shares.append(path_usd(model.bill, model.price, path.nodes) / model.price[target])
    frame = pd.DataFrame(rows)
    if len(frame):
        frame[["share_low", "share_central", "share_high"]] = bands(shares)
    return frame.reindex(columns=[c.name for c in columns(CostPath)])
