"""The whole cost model: every item, board and deployment in one bill, priced; and its tables.

`price_everything` is the one way in. From its result come the tables of schema `cost`, a shock, and every question
of the kind "what does this move".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.build import Deployment
from graph.cost.chain import FACILITY, board_bill, item_bill
from graph.cost.deployment import Priced, Refused, price, serve
from graph.cost.figures import Figures
from graph.cost.operating_point import OperatingPoint
from graph.cost.rollup import Bill, PassThrough, Step, prices

Array = NDArray[np.float64]
SMALL_MODEL = "llama_3_1_8b"
"""The model to which a gateway sends what a small model does as well."""
STAGES = {
    "item": "item",
    "die": "die",
    "io_die": "die",
    "package": "package",
    "board": "board",
    "server": "server",
    "hour": "hour",
    "served": "served",
    "useful": "useful",
}


@dataclass(frozen=True)
class CostModel:
    """The bill, its prices, and what is known of each deployment.

    deployments : priced ones, by (board, model, workload); refused : why the others are not
    """

    bill: dict[str, Step]
    price: dict[str, Array]
    deployments: dict[tuple[str, str, str], Priced]
    refused: dict[tuple[str, str, str], str]
    site_id: dict[str, str] = field(default_factory=dict)

    def useful(self, key: tuple[str, str, str]) -> Array:
        """USD per million useful tokens of a deployment, per draw."""
        return self.price["useful:" + "/".join(key)]

    def listed(self) -> list[Deployment]:
        """Priced deployments as nodes of the graph."""
        return [Deployment(b, self.site_id[b], m, w) for b, m, w in self.deployments]


def price_everything(core: Mapping[str, pd.DataFrame], figures: Figures) -> CostModel:
    """Build the bill from core tables and roll it up.

    Raises
    ------
    MissingFigure
        A figure that every board or deployment of its kind needs is not known.
    ValueError
        The prices contradict the quantities.
    """
    boards, models = core["board"], core["model"]
    bill = item_bill(core["item"], core["requirement"], boards["board_id"], figures)
    bill |= board_bill(boards, bill, core["requirement"], figures)
    done: dict[tuple[str, str, str], Priced] = {}
    refused: dict[tuple[str, str, str], str] = {}
    small = {str(m.model_id): m for m in models.itertuples(index=False)}.get(SMALL_MODEL)
    for board in boards.itertuples(index=False):
        for workload_id in core["workload"]["workload_id"]:
            routed = _small_route(board, small, workload_id, figures)
            for model in models.itertuples(index=False):
                key = (str(board.board_id), str(model.model_id), str(workload_id))
                result = price(board, model, workload_id, None if model.model_id == SMALL_MODEL else routed, figures)
                if isinstance(result, Refused):
                    refused[key] = result.why
                else:
                    done[key] = result
                    bill["served:" + "/".join(key)] = result.served
                    bill["useful:" + "/".join(key)] = result.useful
    return CostModel(bill, prices(bill), done, refused, reference_sites(core))


def _small_route(board: object, small: object | None, workload_id: str, figures: Figures) -> OperatingPoint | None:
    if small is None:
        return None
    found = serve(board, small, workload_id, figures)
    return None if isinstance(found, Refused) else found[0]


def reference_sites(core: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """The reference site of each board: the first one with its kind of cooling."""
    sites = core["site"][core["site"]["status"] == "reference"]
    wanted = {"air": ("air",), "liquid": ("direct_to_chip", "mixed")}
    return {
        str(b.board_id): str(next(s.site_id for s in sites.itertuples(index=False) if s.cooling in wanted[str(b.cooling)]))
        for b in core["board"].itertuples(index=False)
    }


def shocked(model: CostModel, changes: Mapping[str, float], rule: PassThrough = "percent") -> dict[str, Array]:
    """Prices after a relative rise of the price of some nodes (0.3 is +30%), carried downstream.

    The rise is put on top of the price of the node itself; where it stands on a cycle, what comes back to it through the
    cycle is added.
    """
    added = {name: change * model.price[name] for name, change in changes.items()}
    return prices(model.bill, added, rule, model.price)


def kind_of(name: str) -> str:
    """'board' of 'board:h100'."""
    return name.partition(":")[0]


def layer_of(name: str, layers: Mapping[str, str]) -> str:
    """The layer that adds a step's value; `layers` maps item ids to theirs."""
    kind, _, rest = name.partition(":")
    if kind == "item":
        return layers[rest]
    return {"hour": "sites", "served": "tokens", "useful": "harness"}.get(kind, "boards")


def facility_items() -> tuple[str, ...]:
    """The items that stand for a facility in the chain."""
    return tuple(f"item:{i}" for i in FACILITY.values())


def consumers(bill: Bill) -> dict[str, list[str]]:
    """Who takes each step."""
    found: dict[str, list[str]] = {}
    for name, one in bill.items():
        for needed in one.inputs:
            found.setdefault(needed, []).append(name)
    return found
